"""docs/vaccines.md a second time: plain and slow, read by somebody who had not seen the first reading.

Of `clinic` it knows only the records. What the page gives as tables is typed again in page.py; a day is found by trying
day after day and an age is counted in completed months, so that a slip of arithmetic there can hardly be one here too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from clinic.vaccines.records import Child, Due, Given, Judged, Judgement, Status
from tests.clinic.vaccines.page import (
    COURSES,
    DTP_NOT_FROM,
    IN_ORDER,
    INJECTED_LIVE,
    LATE_INTERVALS,
    LIVE,
    NOT_FROM,
    SERIES,
    SERIES_OF,
    TWO_OF_MMR_AND_IPV,
    YEARS,
)

ONE_DAY = dt.timedelta(days=1)


class Wait(NamedTuple):
    """So many days and so many months since a day."""

    since: dt.date
    days: int = 0
    months: int = 0


class Next(NamedTuple):
    """A dose as a child may have it: number, the vaccines with their ages (first the better), what to wait for."""

    number: int
    ages: dict[str, int]
    waits: list[Wait]
    before: int | None = None


# Days and ages


def whole_months(since: dt.date, day: dt.date) -> int:
    """Completed months: one is complete on the same day of the month, or on the last of a month without that day."""
    months = (day.year - since.year) * 12 + day.month - since.month
    complete = day.day >= since.day or (day + ONE_DAY).month != day.month
    return months if complete else months - 1


def first_day(day: dt.date, fits: Callable[[dt.date], bool]) -> dt.date:
    while not fits(day):
        day += ONE_DAY
    return day


def over(waits: list[Wait], day: dt.date) -> bool:
    return all((day - w.since).days >= w.days and whole_months(w.since, day) >= w.months for w in waits)


def edition(day: dt.date) -> Literal[2021, 2025]:
    return 2025 if day >= dt.date(2025, 1, 1) else 2021


# What has been given


def given(child: Child, today: dt.date) -> list[Given]:
    """The doses that exist today, in their order; those of no series come last on their day."""
    exist = [dose for dose in child.doses if child.birth <= dose.day <= today]
    return sorted(exist, key=lambda dose: (dose.day, *_place(dose.vaccine)))


def _place(vaccine: str) -> tuple[int, str]:
    return (IN_ORDER.index(vaccine), "") if vaccine in IN_ORDER else (len(IN_ORDER), vaccine)


def of(series: str, past: Sequence[Judged]) -> list[Judged]:
    return [one for one in past if one.series == series]


def valid(series: str, past: Sequence[Judged]) -> list[Given]:
    return [one.given for one in past if one.series == series and one.judgement == "valid"]


# The way through a series


def course(child: Child, series: str, first: str) -> str:
    """A key of COURSES, for DTP without its year. `first`: the vaccine given first, valid or not; empty for none."""
    if series == "HepB":
        return "HepB light" if child.birth_weight is not None and child.birth_weight < 2000 else "HepB usual"
    if series == "MMR":
        return "MMR two" if child.birth >= TWO_OF_MMR_AND_IPV else "MMR one"
    if series in {"JE", "HepA"}:
        return first or f"{series}-L"
    return series


def begun_with(series: str, past: Sequence[Judged]) -> str:
    doses = of(series, past)
    return doses[0].given.vaccine if doses else ""


def ipv_needed(child: Child) -> int:
    return 2 if child.birth >= TWO_OF_MMR_AND_IPV else 1


def ipv_missing(child: Child, past: Sequence[Judged]) -> bool:
    return sum(dose.vaccine == "IPV" for dose in valid("polio", past)) < ipv_needed(child)


def complete(child: Child, series: str, past: Sequence[Judged]) -> bool:
    doses = valid(series, past)
    if series == "polio":
        return len(doses) >= 4 and not ipv_missing(child, past)
    if series == "DTP":
        return len(doses) >= 3 and any(whole_months(child.birth, dose.day) >= 6 * YEARS for dose in doses)
    return len(doses) >= len(COURSES[course(child, series, begun_with(series, past))])


def next_dose(child: Child, series: str, way: str, past: Sequence[Judged]) -> Next:
    """Dose n + 1 of a course that is not complete, as its table has it."""
    n = len(valid(series, past))
    if series == "polio" and n >= 4:
        return Next(n + 1, {"IPV": 0}, _since_last(series, past, days=28))
    if series == "MenAC" and n == 0:
        return _first_of_menac(past)
    step = COURSES[way][n]
    waits = _since_last(series, past, step.days, step.months)
    if step.since_valid is not None:
        which, months = step.since_valid
        waits.append(Wait(valid(series, past)[which - 1].day, months=months))
    return Next(n + 1, step.ages, waits, step.before)


def late_dose(child: Child, past: Sequence[Judged], year: int) -> Next:
    """DTP from 6 years on."""
    n = len(valid("DTP", past))
    days, months = LATE_INTERVALS[min(n, 4)]
    waits = _since_last("DTP", past, days, months)
    return Next(n + 1, {"DT" if year == 2021 else "DTaP": 6 * YEARS}, waits, 7 * YEARS)


def _since_last(series: str, past: Sequence[Judged], days: int = 0, months: int = 0) -> list[Wait]:
    """The interval since the last dose given, valid or not; no wait where there is no interval or no such dose."""
    doses = of(series, past)
    return [Wait(doses[-1].given.day, days, months)] if doses and (days or months) else []


def _first_of_menac(past: Sequence[Judged]) -> Next:
    before = COURSES["MenAC"][0].before
    two = valid("MenA", past)
    if len(two) == 2:
        return Next(1, {"MPSV-AC": 3 * YEARS}, [Wait(two[1].day, months=12)], before)
    return Next(1, {"MPSV-AC": 24}, _since_last("MenA", past, months=3), before)


# Judging


def judge(child: Child, today: dt.date) -> list[Judged]:
    """Every dose that exists today, in the order of their days."""
    past: list[Judged] = []
    for dose in given(child, today):
        series = SERIES_OF.get(dose.vaccine, "")
        number, judgement = _judge(child, series, dose, past) if series else (0, "unknown")
        past.append(Judged(dose, series, number, judgement))
    return past


def _judge(child: Child, series: str, dose: Given, past: Sequence[Judged]) -> tuple[int, Judgement]:
    if complete(child, series, past):
        return 0, "extra"
    wanted = _wanted(child, series, dose, past)
    if series == "polio" and dose.vaccine not in wanted.ages:
        return 0, "extra"  # bOPV, where only IPV is missing
    return wanted.number, _first_that_applies(child, series, dose, wanted, past)


def _wanted(child: Child, series: str, dose: Given, past: Sequence[Judged]) -> Next:
    """What this dose is measured against."""
    if series == "DTP":
        return _wanted_of_dtp(child, dose, past)
    way = course(child, series, begun_with(series, past) or dose.vaccine)
    wanted = next_dose(child, series, way, past)
    if series == "polio" and wanted.number == 4 and all(one.vaccine == "IPV" for one in valid(series, past)):
        return wanted._replace(ages=wanted.ages | {"IPV": 18})
    return wanted


def _wanted_of_dtp(child: Child, dose: Given, past: Sequence[Judged]) -> Next:
    year = edition(dose.day)
    if whole_months(child.birth, dose.day) >= 6 * YEARS:
        return late_dose(child, past, year)
    n = len(valid("DTP", past))
    if n >= 4 or dose.vaccine == "DT":
        return Next(n + 1, {dose.vaccine: 6 * YEARS}, [])  # too early
    return next_dose(child, "DTP", f"DTP {year}", past)


def _first_that_applies(child: Child, series: str, dose: Given, wanted: Next, past: Sequence[Judged]) -> Judgement:
    if dose.vaccine not in wanted.ages:
        return "wrong_vaccine"
    if whole_months(child.birth, dose.day) < wanted.ages[dose.vaccine]:
        return "too_early"
    if not over(wanted.waits, dose.day):
        return "too_close"
    if not live_ones_apart(series, dose, past):
        return "too_close_live"
    if not immunoglobulin_gone(child, dose):
        return "too_close_immunoglobulin"
    return "valid"


def live_ones_apart(series: str, dose: Given, past: Sequence[Judged]) -> bool:
    if dose.vaccine not in INJECTED_LIVE:
        return True
    others = [one.given for one in past if one.series != series and one.given.vaccine in INJECTED_LIVE]
    return all(other.day == dose.day or (dose.day - other.day).days >= 28 for other in others)


def immunoglobulin_gone(child: Child, dose: Given) -> bool:
    got = [day for day in child.immunoglobulin if day <= dose.day]
    return dose.vaccine != "MMR" or all(whole_months(day, dose.day) >= 3 for day in got)


# What is due


def due(child: Child, today: dt.date) -> list[Due]:
    """Each series, in the order of the table."""
    known = child_of_today(child, today)
    past = judge(known, today)
    return [_due(known, series, past, today) for series in SERIES]


def child_of_today(child: Child, today: dt.date) -> Child:
    return Child(
        child.birth,
        tuple(given(child, today)),
        tuple(one for one in child.contraindications if one.since <= today),
        tuple(day for day in child.immunoglobulin if day <= today),
        child.birth_weight,
    )


def _due(child: Child, series: str, past: Sequence[Judged], today: dt.date) -> Due:
    if complete(child, series, past):
        return Due(series, "complete")
    found = _dose_and_vaccine(child, series, past, today)
    if found is None:
        return Due(series, "contraindicated")
    dose, vaccine = found
    early = earliest(child, dose, vaccine)
    on = first_day(max(today, early), lambda day: can_be_given(child, series, vaccine, past, day))
    limit = overdue_from(child, dose, vaccine, early)
    status = _status(too_old(child, series, on, today), early, limit, today)
    skin_test = vaccine == "BCG" and whole_months(child.birth, on) >= 3 and status != "too_old"
    return Due(series, status, vaccine, dose.number, early, on, limit, skin_test)


def _status(old: bool, early: dt.date, limit: dt.date, today: dt.date) -> Status:
    if old:
        return "too_old"
    if early > today:
        return "later"
    return "overdue" if today >= limit else "due"


def _dose_and_vaccine(child: Child, series: str, past: Sequence[Judged], today: dt.date) -> tuple[Next, str] | None:
    """The dose by the first course, and the first vaccine of it, that is not contraindicated for good."""
    for dose in _ways(child, series, past, today):
        for vaccine in _preferred(child, series, dose, past):
            if not forbidden(child, vaccine):
                return dose, vaccine
    return None


def _ways(child: Child, series: str, past: Sequence[Judged], today: dt.date) -> list[Next]:
    """Dose n + 1, of the next course too where none was begun."""
    if series == "DTP":
        return [_dtp(child, past, today)]
    way = course(child, series, begun_with(series, past))
    ways = [way] if of(series, past) else [way, *{"JE": ["JE-I"], "HepA": ["HepA-I"]}.get(series, [])]
    return [next_dose(child, series, one, past) for one in ways]


def _dtp(child: Child, past: Sequence[Judged], today: dt.date) -> Next:
    year = edition(today)
    late = late_dose(child, past, year)
    if len(valid("DTP", past)) >= 4 or whole_months(child.birth, today) >= 6 * YEARS:
        return late
    usual = next_dose(child, "DTP", f"DTP {year}", past)
    by_then = whole_months(child.birth, earliest(child, usual, "DTaP"))
    return late if by_then >= 6 * YEARS else usual


def _preferred(child: Child, series: str, dose: Next, past: Sequence[Judged]) -> list[str]:
    if series == "polio" and dose.number <= 4:
        return ["IPV", "bOPV"] if ipv_missing(child, past) else ["bOPV", "IPV"]
    return list(dose.ages)


def forbidden(child: Child, vaccine: str) -> bool:
    return any(one.until is None and _against(one.against, vaccine) for one in child.contraindications)


def _against(what: str, vaccine: str) -> bool:
    return what in {"all", vaccine} or (what == "live" and vaccine in LIVE)


def earliest(child: Child, dose: Next, vaccine: str) -> dt.date:
    def fits(day: dt.date) -> bool:
        return whole_months(child.birth, day) >= dose.ages[vaccine] and over(dose.waits, day)

    return first_day(child.birth, fits)


def can_be_given(child: Child, series: str, vaccine: str, past: Sequence[Judged], day: dt.date) -> bool:
    dose = Given(vaccine, day)
    ill = any(
        one.since <= day and one.until is not None and day <= one.until and _against(one.against, vaccine)
        for one in child.contraindications
    )
    return not ill and live_ones_apart(series, dose, past) and immunoglobulin_gone(child, dose)


def overdue_from(child: Child, dose: Next, vaccine: str, early: dt.date) -> dt.date:
    """From the day on which it is of the age before which it is complete, but never before it may be given."""
    if vaccine == "HepB" and dose.number == 1:
        return child.birth + 2 * ONE_DAY  # 24 hours as a limit: 2 days
    age = dose.ages[vaccine] + 1 if dose.before is None else dose.before
    return first_day(early, lambda day: whole_months(child.birth, day) >= age)


def too_old(child: Child, series: str, on: dt.date, today: dt.date) -> bool:
    years = DTP_NOT_FROM[edition(today)] if series == "DTP" else NOT_FROM[series]
    return whole_months(child.birth, on) >= years * YEARS
