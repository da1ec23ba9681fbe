"""Statutory follow-up: what came of a visit, when the next is due, what is still missing in a year.

Only visits face to face move a date or count in a year. A reading by telephone stands in the history too, where it
informs whoever reads it, and nothing here looks at it. Each answer says by which rule it came, and with which figures.

A visit is judged by the norms that were in force on its day. Months are counted as in `clinic.audience.ages`: where a
month is too short, its last day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from clinic.audience.ages import latest
from clinic.care.norms import Reason, emergency, on_goal
from clinic.care.reading.values import Glucose, Pressure, Reading
from clinic.months import after
from clinic.residents import age
from conf.lengths import Length
from conf.norms import Condition, Norms, norms

Result = Literal["controlled", "uncontrolled", "adverse", "complication", "emergency", "unmeasured"]
Rule = Literal[
    "never_seen",  # due at once
    "routine",  # under control
    "uncontrolled",  # for the first time
    "adverse_reaction",  # for the first time
    "twice_running",  # not under control or an adverse reaction, twice: refer
    "new_complication",  # refer
    "emergency",  # refer at once
    "not_measured",  # nothing was measured that the condition is judged by
    "pre_high",  # not ill: half-yearly
]


@dataclass(frozen=True, slots=True)
class Contact:
    """A visit, or a reading by telephone (`face_to_face` false). Pressure in mmHg, glucose in tenths of mmol/L.

    `fasting` is the glucose that a visit is judged by, `glucose` any other; `danger` are codes of danger signs.
    """

    day: dt.date
    systolic: int | None = None
    diastolic: int | None = None
    fasting: int | None = None
    glucose: int | None = None
    adverse_reaction: bool = False
    new_complication: bool = False
    danger: tuple[str, ...] = ()
    examination: bool = False
    face_to_face: bool = True

    def readings(self) -> list[Reading]:
        """What was measured, as readings."""
        found: list[Reading] = []
        if self.systolic is not None and self.diastolic is not None:
            found.append(Pressure(self.systolic, self.diastolic))
        if self.fasting is not None:
            found.append(Glucose(self.fasting, "fasting"))
        if self.glucose is not None:
            found.append(Glucose(self.glucose))
        return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a visit, and why; the gravest of all that was found, `reasons` tell the others too."""

    result: Result
    reasons: tuple[Reason, ...]

    @property
    def unsatisfied(self) -> bool:
        """Not under control, or an adverse reaction: what must not happen twice running."""
        codes = {reason.code for reason in self.reasons}
        return bool(codes & {"not_below_goal", "adverse_reaction"}) or self.result == "emergency"


@dataclass(frozen=True, slots=True)
class Due:
    """When the next visit is due, by which rule; `after` is the visit that it is counted from.

    `refer`: to a hospital, and the visit is the check of what came of it. `urgent`: today.
    """

    on: dt.date
    rule: Rule
    after: dt.date | None = None
    interval: Length | None = None
    outcome: Outcome | None = None
    refer: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are in a year, and how many there must be."""

    done: int
    needed: int

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.done)


@dataclass(frozen=True, slots=True)
class Year:
    """A year of follow-up. `next_by`: the last day of the next visit that still leaves room for all that are missing.

    None where nothing is missing, or the year is over. Room is the routine interval between visits and the end of the
    year; where that day has passed (`behind`) the days that are left are shared out evenly.
    """

    year: int
    visits: Tally
    examinations: Tally
    fasting_tests: Tally
    next_by: dt.date | None
    behind: bool


def outcome(condition: Condition, contact: Contact, birth: dt.date) -> Outcome:
    """What came of a visit for this condition."""
    of, readings = norms(contact.day), contact.readings()
    urgent = [reason for reading in readings if (reason := emergency(reading, of)) is not None]
    urgent += [Reason("danger_sign", sign) for sign in contact.danger]
    judged = [on_goal(each, age(birth, contact.day), of) for each in readings if _judged_by(condition, each)]
    adverse = [Reason("adverse_reaction")] if contact.adverse_reaction else []
    complication = [Reason("new_complication")] if contact.new_complication else []
    reasons = (*urgent, *complication, *adverse, *(judged or [Reason("not_measured")]))
    return Outcome(_gravest(reasons), reasons)


def next_visit(condition: Condition, contacts: Iterable[Contact], *, birth: dt.date, since: dt.date) -> Due:
    """When who is followed up `since` then is to be seen next, face to face."""
    visits = _visits(contacts)
    if not visits:
        return Due(since, "never_seen")
    last, found = visits[-1], [outcome(condition, visit, birth) for visit in visits]
    rule = _rule(found)
    interval = _interval(rule, norms(last.day))
    return Due(
        on=after(last.day, interval),
        rule=rule,
        after=last.day,
        interval=interval,
        outcome=found[-1],
        refer=rule in ("twice_running", "new_complication", "emergency"),
        urgent=rule == "emergency",
    )


def next_measurement(day: dt.date) -> Due:
    """When who is not ill, but was pre-high on this day, is to be measured again."""
    interval = norms(day).intervals.pre_high
    return Due(after(day, interval), "pre_high", after=day, interval=interval)


def year_of(condition: Condition, contacts: Iterable[Contact], *, year: int, today: dt.date) -> Year:
    """What there is of a year's statutory visits and tests, and what is missing, as it stands `today`."""
    visits = [visit for visit in _visits(contacts) if visit.day.year == year and visit.day <= today]
    end = dt.date(year, 12, 31)
    of = norms(min(today, end))
    programme = of.programmes[condition]
    seen = Tally(len(visits), programme.visits)
    next_by, behind = _next_by(seen.missing, end, today, of.intervals.routine)
    return Year(
        year=year,
        visits=seen,
        examinations=Tally(sum(visit.examination for visit in visits), programme.examinations),
        fasting_tests=Tally(sum(visit.fasting is not None for visit in visits), programme.fasting_tests),
        next_by=next_by,
        behind=behind,
    )


def _visits(contacts: Iterable[Contact]) -> list[Contact]:
    return sorted((contact for contact in contacts if contact.face_to_face), key=lambda contact: contact.day)


def _judged_by(condition: Condition, reading: Reading) -> bool:
    if condition == "hypertension":
        return isinstance(reading, Pressure)
    return isinstance(reading, Glucose) and reading.meal == "fasting"


def _gravest(reasons: Sequence[Reason]) -> Result:
    codes = {reason.code for reason in reasons}
    for result, among in _GRAVITY:
        if codes & among:
            return result
    return "controlled"


_GRAVITY: tuple[tuple[Result, frozenset[str]], ...] = (
    ("emergency", frozenset({"emergency_pressure", "emergency_glucose_high", "emergency_glucose_low", "danger_sign"})),
    ("complication", frozenset({"new_complication"})),
    ("adverse", frozenset({"adverse_reaction"})),
    ("uncontrolled", frozenset({"not_below_goal"})),
    ("unmeasured", frozenset({"not_measured"})),
)


def _rule(outcomes: Sequence[Outcome]) -> Rule:
    """Visits where nothing was measured neither count as under control nor break what runs."""
    last = outcomes[-1]
    match last.result:
        case "emergency":
            return "emergency"
        case "complication":
            return "new_complication"
        case "unmeasured":
            return "not_measured"
        case "controlled":
            return "routine"
    before = [each for each in outcomes[:-1] if each.result != "unmeasured"]
    if before and before[-1].unsatisfied:
        return "twice_running"
    return "adverse_reaction" if last.result == "adverse" else "uncontrolled"


def _interval(rule: Rule, of: Norms) -> Length:
    if rule == "routine":
        return of.intervals.routine
    return of.intervals.referred if rule in ("twice_running", "new_complication", "emergency") else of.intervals.soon


def _next_by(missing: int, end: dt.date, today: dt.date, routine: Length) -> tuple[dt.date | None, bool]:
    if not missing or today > end:
        return None, missing > 0
    others = missing - 1
    by = latest(end, routine.months * others) - dt.timedelta(days=routine.days * others)
    if by >= today:
        return by, False
    return today + (end - today) // missing, True
