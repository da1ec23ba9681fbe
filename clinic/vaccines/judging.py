"""Whether doses that were given count: each by the edition of its day."""

from __future__ import annotations

import datetime as dt
from operator import itemgetter

from clinic.months import Ages, after
from clinic.vaccines import reasons
from clinic.vaccines.records import Child, Given, Judged
from clinic.vaccines.steps import (
    AGES,
    Bound,
    History,
    Step,
    Track,
    Verdict,
    complete,
    late_step,
    only_early,
    usual_step,
)
from conf.vaccines import Course, Edition, Series, edition

_IN_ORDER = itemgetter(0, 1, 2)
_LAST = 1_000  # place of what no series has


def judge(child: Child, today: dt.date, *, explain: bool = False) -> tuple[Judged, ...]:
    """The doses given up to today, by day, with whether they count; `explain`: also why."""
    return tuple(
        Judged(
            verdict.given,
            verdict.series,
            verdict.step.number if verdict.step else 0,
            verdict.judgement,
            reasons.of_dose(verdict) if explain else (),
        )
        for verdict in history(child, today).verdicts
    )


def history(child: Child, today: dt.date) -> History:
    """What was given up to today, judged dose by dose."""
    so_far = History(child, Ages(child.birth))
    for _, _, vaccine, given, rules in sorted(_in_force(child, today), key=_IN_ORDER):
        name = rules.series_of.get(vaccine)
        if name is None:
            so_far.verdicts.append(Verdict(given, "", "unknown"))
            continue
        track = so_far.track(name)
        verdict = _verdict(so_far, rules, name, track, given)
        so_far.verdicts.append(verdict)
        track.given.append(given)
        if verdict.judgement == "valid":
            track.valid.append(given)
        if vaccine in rules.live_injected:
            so_far.live.append((given, name))
    return so_far


def _in_force(child: Child, today: dt.date) -> list[tuple[dt.date, int, str, Given, Edition]]:
    """The doses that exist, each with its place among those of its day and the edition of its day."""
    rows = []
    for given in child.doses:
        vaccine, day = given
        if child.birth <= day <= today:
            rules = edition(day)
            rows.append((day, rules.places.get(vaccine, _LAST), vaccine, given, rules))
    return rows


def _verdict(so_far: History, rules: Edition, name: str, track: Track, given: Given) -> Verdict:
    """The first judgement that applies."""
    series = rules.series[name]
    course = track.course(series, so_far.child, track.given[0].vaccine if track.given else given.vaccine)
    if complete(series, course, so_far, track) or _beyond(series, course, track, given):
        return Verdict(given, name, "extra")
    step = _step(series, course, so_far, track, given)
    if given.vaccine not in step.vaccines:
        return Verdict(given, name, "wrong_vaccine", step)
    for bound in step.bounds:
        if given.day < bound.day:
            return Verdict(given, name, "too_early" if bound.rule in AGES else "too_close", step, bound)
    broken = _after_live(so_far, rules, name, given)
    if broken:
        return Verdict(given, name, "too_close_live", step, broken)
    broken = _after_immunoglobulin(so_far.child, rules, given)
    if broken:
        return Verdict(given, name, "too_close_immunoglobulin", step, broken)
    return Verdict(given, name, "valid", step)


def _beyond(series: Series, course: Course, track: Track, given: Given) -> bool:
    """Beyond the last dose of a course that is not complete, all but what must be and is missing is extra."""
    must = series.must_have
    return must is not None and len(track.valid) >= len(course.doses) and given.vaccine != must.vaccine


def _step(series: Series, course: Course, so_far: History, track: Track, given: Given) -> Step:
    """What this dose is judged by. What only the late rule allows is, before its age, too early."""
    late, place = series.late, len(track.valid)
    if late:
        if given.day >= so_far.ages[late.from_age]:
            return late_step(late, so_far, track)
        if place >= len(course.doses) or given.vaccine not in course.doses[place].vaccines:
            return late_step(late, so_far, track)._replace(vaccines=series.vaccines)
    return only_early(series, so_far, track, usual_step(series, course, so_far, track), given.vaccine)


def _after_live(so_far: History, rules: Edition, name: str, given: Given) -> Bound | None:
    """The live injected dose of another series that was given too short a time before."""
    if given.vaccine not in rules.live_injected:
        return None
    length = rules.spacing.live_injected
    for other, series in reversed(so_far.live):
        day = after(other.day, length)
        if day <= given.day:
            return None  # and so are all before it
        if series != name and other.day != given.day:
            return Bound(day, "live", length, other.day, 0, other.vaccine)
    return None


def _after_immunoglobulin(child: Child, rules: Edition, given: Given) -> Bound | None:
    if not child.immunoglobulin:
        return None
    length = rules.spacing.immunoglobulin.get(given.vaccine)
    if length is None:
        return None
    for day in sorted(child.immunoglobulin, reverse=True):
        free = after(day, length)
        if day <= given.day < free:
            return Bound(free, "immunoglobulin", length, day)
    return None
