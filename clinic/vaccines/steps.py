"""The dose of a series that comes next, and what it has to wait for: the same for judging and for what is due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from clinic.months import Ages, after
from clinic.vaccines.records import Child, Given, Judgement
from conf.lengths import Length
from conf.vaccines import Course, Follows, Late, MustHave, Series

Rule = Literal[
    "age",
    "only",
    "late",
    "interval",
    "since",
    "follows_enough",
    "follows_fewer",
    "live",
    "immunoglobulin",
    "contraindication",
]
AGES = frozenset({"age", "only", "late"})
"""Rules that count from the birth: a dose before such a bound is too early, before another one too close."""


class Bound(NamedTuple):
    """`day` is the first that a rule allows: `length` after the birth, or after what was on the day `since`.

    `number`: of the dose on that day, where it matters; `vaccine`: what was given then, of another series.
    """

    day: dt.date
    rule: Rule
    length: Length
    since: dt.date
    number: int = 0
    vaccine: str = ""


class Step(NamedTuple):
    """The next dose: what it may be given as (the preferred first), its bounds, and the age before which it is due.

    The limit is None where a dose has none.
    """

    number: int
    vaccines: tuple[str, ...]
    bounds: list[Bound]
    limit: Length | None

    @property
    def earliest(self) -> dt.date:
        return max(self.bounds)[0]


class Verdict(NamedTuple):
    """A dose as it was judged: by what step, and which bound it broke."""

    given: Given
    series: str
    judgement: Judgement
    step: Step | None = None
    broken: Bound | None = None


@dataclass(slots=True)
class Track:
    """What was given of a series so far, by day: all doses, and those that count."""

    given: list[Given] = field(default_factory=list)
    valid: list[Given] = field(default_factory=list)
    _way: tuple[Series, Course] | None = None

    def course(self, series: Series, child: Child, first: str) -> Course:
        """The way that `first`, the vaccine of the first dose given, begins."""
        if self._way is None or self._way[0] is not series:
            self._way = series, course_of(series, child, first)
        return self._way[1]


@dataclass(slots=True)
class History:
    """A child's doses so far. `live`: the injected live ones with their series, by day."""

    child: Child
    ages: Ages
    tracks: dict[str, Track] = field(default_factory=dict)
    live: list[tuple[Given, str]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def track(self, series: str) -> Track:
        found = self.tracks.get(series)
        if found is None:
            found = self.tracks[series] = Track()
        return found


def course_of(series: Series, child: Child, first: str) -> Course:
    """The way that `first`, the vaccine of the first dose given, begins; "": nothing was given yet."""
    if len(series.ways) == 1:
        return series.ways[0]
    ways = series.ways_for(child.birth, child.birth_weight)
    return next((way for way in ways if first in way.doses[0].vaccines), ways[0])


def complete(series: Series, course: Course, history: History, track: Track) -> bool:
    """Whether nothing of the series is missing."""
    valid = track.valid
    if series.late:
        late = series.late
        return len(valid) >= late.complete_with and valid[-1].day >= history.ages[late.from_age]
    if len(valid) < len(course.doses):
        return False
    return series.must_have is None or not missing(series.must_have, history.child, track)


def missing(must: MustHave, child: Child, track: Track) -> int:
    """How many doses are still to be of the vaccine that must be."""
    has = sum(dose.vaccine == must.vaccine for dose in track.valid)
    return max(0, must.needed(child.birth) - has)


def usual_step(series: Series, course: Course, history: History, track: Track) -> Step:
    """The next dose of the course; beyond its last one what must be and is missing."""
    place = len(track.valid)
    if place >= len(course.doses):
        return _beyond(series.must_have, track)
    dose = course.doses[place]
    vaccines = _preferred(series.must_have, dose.vaccines, history.child, track) if series.must_have else dose.vaccines
    if series.follows and place == 0:
        return Step(1, vaccines, _following(series.follows, history), dose.limit)
    bounds = [Bound(history.ages[dose.age], "age", dose.age, history.ages.birth)]
    if dose.interval:
        bounds.append(_interval(dose.interval, track))
    if dose.since:
        number, length = dose.since.dose, dose.since.interval
        since = track.valid[number - 1].day
        bounds.append(Bound(after(since, length), "since", length, since, number))
    return Step(place + 1, vaccines, bounds, dose.limit)


def late_step(late: Late, history: History, track: Track) -> Step:
    """The next dose by the rule that holds from an age on."""
    place = len(track.valid)
    bounds = [Bound(history.ages[late.from_age], "late", late.from_age, history.ages.birth, vaccine=late.vaccine)]
    if place:
        bounds.append(_interval(late.interval(place), track))
    return Step(place + 1, (late.vaccine,), bounds, late.before)


def only_early(series: Series, history: History, track: Track, step: Step, vaccine: str) -> Step:
    """Where all doses are of the vaccine that must be, one of them may come earlier than the others."""
    must = series.must_have
    if must is None or must.only is None or step.number != must.only.dose:
        return step
    if vaccine != must.vaccine or any(dose.vaccine != vaccine for dose in track.valid):
        return step
    age = must.only.age
    return step._replace(bounds=[Bound(history.ages[age], "only", age, history.ages.birth), *step.bounds[1:]])


def _beyond(must: MustHave | None, track: Track) -> Step:
    if must is None:
        raise ValueError("a series that is complete has no next dose")
    return Step(len(track.valid) + 1, (must.vaccine,), [_interval(must.interval, track)], None)


def _interval(length: Length, track: Track) -> Bound:
    last = track.given[-1]
    return Bound(after(last.day, length), "interval", length, last.day)


def _preferred(must: MustHave, vaccines: tuple[str, ...], child: Child, track: Track) -> tuple[str, ...]:
    others = tuple(code for code in vaccines if code != must.vaccine)
    return (must.vaccine, *others) if missing(must, child, track) else (*others, must.vaccine)


def _following(follows: Follows, history: History) -> list[Bound]:
    """The bounds of a first dose that looks at another series."""
    other = history.tracks.get(follows.series)
    enough, fewer = follows.enough, follows.fewer
    if other and len(other.valid) >= enough.doses:
        last = other.valid[enough.doses - 1]
        return [
            Bound(history.ages[enough.age], "age", enough.age, history.ages.birth),
            Bound(
                after(last.day, enough.interval),
                "follows_enough",
                enough.interval,
                last.day,
                enough.doses,
                last.vaccine,
            ),
        ]
    bounds = [Bound(history.ages[fewer.age], "age", fewer.age, history.ages.birth)]
    if other and other.given:
        last = other.given[-1]
        free = after(last.day, fewer.interval)
        bounds.append(Bound(free, "follows_fewer", fewer.interval, last.day, 0, last.vaccine))
    return bounds
