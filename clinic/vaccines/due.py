"""What of each series is due today, by the edition of today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from clinic.months import after
from clinic.vaccines import reasons
from clinic.vaccines.judging import history
from clinic.vaccines.records import Child, Contra, Due, Status
from clinic.vaccines.steps import Bound, History, Step, Track, complete, course_of, late_step, usual_step
from conf.lengths import Length
from conf.vaccines import Course, Edition, Series, edition

_NOTHING_GIVEN = Track()


def due(child: Child, today: dt.date, *, explain: bool = False) -> tuple[Due, ...]:
    """Each series of the edition, in its order: what it is at, and when what is to be given; `explain`: also why."""
    rules, so_far = edition(today), history(child, today)
    exist = [each for each in child.contraindications if each.since <= today]
    return tuple(_due(rules, name, so_far, exist, today, explain) for name in rules.series)


def _due(rules: Edition, name: str, so_far: History, exist: list[Contra], today: dt.date, explain: bool) -> Due:
    series, track = rules.series[name], so_far.tracks.get(name)
    if track is None:
        track, course = _NOTHING_GIVEN, course_of(series, so_far.child, "")
    else:
        course = track.course(series, so_far.child, track.given[0].vaccine)
    if complete(series, course, so_far, track):
        return Due(name, "complete", why=reasons.of_complete(name, so_far) if explain else ())
    for way in (course,) if track.given else series.ways_for(so_far.child.birth, so_far.child.birth_weight):
        step = _next(series, way, so_far, track, today)
        for vaccine in step.vaccines:
            if not (exist and _barred(rules, vaccine, exist)):
                return _to_give(rules, name, so_far, exist, today, step, vaccine, explain)
    return Due(name, "contraindicated", why=reasons.of_contraindicated(rules, name, exist) if explain else ())


def _to_give(
    rules: Edition,
    name: str,
    so_far: History,
    exist: list[Contra],
    today: dt.date,
    step: Step,
    vaccine: str,
    explain: bool,
) -> Due:
    series, ages = rules.series[name], so_far.ages
    earliest = step.earliest
    waits = list(_waits(rules, name, vaccine, so_far, exist, today))
    on = max(today, earliest)
    if waits:
        on = _free(waits, on)
    overdue_from = max(earliest, ages[step.limit]) if step.limit else earliest
    status = _status(today, earliest, overdue_from, too_old=on >= ages[series.not_from])
    test_age = series.skin_test_from
    skin_test = test_age is not None and status != "too_old" and on >= ages[test_age]
    found = Due(name, status, vaccine, step.number, earliest, on, overdue_from, skin_test)
    if not explain:
        return found
    return reasons.explained(found, reasons.Grounds(rules, so_far, exist, step, waits, today))


def _status(today: dt.date, earliest: dt.date, overdue_from: dt.date, *, too_old: bool) -> Status:
    if too_old:
        return "too_old"
    if earliest > today:
        return "later"
    return "overdue" if today >= overdue_from else "due"


def _next(series: Series, course: Course, so_far: History, track: Track, today: dt.date) -> Step:
    late = series.late
    if late is None:
        return usual_step(series, course, so_far, track)
    turn = so_far.ages[late.from_age]
    if today < turn and len(track.valid) < len(course.doses):
        step = usual_step(series, course, so_far, track)
        if step.earliest < turn:
            return step
    return late_step(late, so_far, track)


def _barred(rules: Edition, vaccine: str, exist: list[Contra]) -> bool:
    return any(each.until is None and concerns(rules, each, vaccine) for each in exist)


def concerns(rules: Edition, contra: Contra, vaccine: str) -> bool:
    """Whether a contraindication is one against this vaccine."""
    return contra.against in (vaccine, "all") or (contra.against == "live" and vaccine in rules.live)


def _waits(
    rules: Edition, name: str, vaccine: str, so_far: History, exist: list[Contra], today: dt.date
) -> Iterator[Bound]:
    """What may still keep this vaccine from being given, though its own rules do not."""
    if so_far.live and vaccine in rules.live_injected:
        length = rules.spacing.live_injected
        for other, series in so_far.live:
            free = after(other.day, length)
            if free > today and series != name:
                yield Bound(free, "live", length, other.day, 0, other.vaccine)
    if so_far.child.immunoglobulin and vaccine in rules.spacing.immunoglobulin:
        length = rules.spacing.immunoglobulin[vaccine]
        for day in so_far.child.immunoglobulin:
            if day <= today:
                yield Bound(after(day, length), "immunoglobulin", length, day)
    for each in exist:
        if each.until and concerns(rules, each, vaccine):
            yield Bound(each.until + dt.timedelta(days=1), "contraindication", Length(), each.since)


def _free(waits: list[Bound], on: dt.date) -> dt.date:
    """The first day from `on` on that nothing blocks. On the very day of a live vaccine another one may be given."""
    while True:
        blocked = [wait.day for wait in waits if on < wait.day and not (wait.rule == "live" and wait.since == on)]
        if not blocked:
            return on
        on = max(blocked)
