"""Working days: the country's holidays, the weekends that are worked instead, and a centre's own."""

from __future__ import annotations

import datetime as dt

import pytest

from clinic.workdays import Workdays

CHINA = Workdays("CN")


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-02-13", True),
        ("2026-02-14", True),  # a Saturday that is worked for the Spring Festival
        ("2026-02-15", False),
        ("2026-02-17", False),
        ("2026-02-28", True),
        ("2026-10-01", False),
        ("2026-10-08", True),
        ("2026-10-10", True),
        ("2026-10-11", False),
    ],
)
def test_the_arrangement_of_the_year(day: str, worked: bool) -> None:
    assert CHINA.is_one(dt.date.fromisoformat(day)) is worked


def test_the_next_and_the_last_working_day() -> None:
    festival = dt.date(2026, 10, 3)
    assert CHINA.from_(festival) == dt.date(2026, 10, 8)
    assert CHINA.until(festival) == dt.date(2026, 9, 30)
    assert CHINA.from_(dt.date(2026, 10, 8)) == dt.date(2026, 10, 8)


def test_a_centre_has_days_of_its_own() -> None:
    monday, sunday = dt.date(2026, 3, 9), dt.date(2026, 3, 8)
    centre = Workdays("CN", closed=frozenset([monday]), open=frozenset([sunday]))
    assert (centre.is_one(monday), centre.is_one(sunday)) == (False, True)
    assert centre.from_(monday) == dt.date(2026, 3, 10)


def test_other_countries_have_other_days_and_an_unknown_one_weekends() -> None:
    unity = dt.date(2029, 10, 3)  # a Wednesday
    assert not Workdays("DE").is_one(unity)
    assert Workdays("AQ").is_one(unity)
    assert not Workdays("AQ").is_one(dt.date(2029, 10, 6))


def test_a_clinic_on_a_weekend_is_held_but_on_holidays() -> None:
    days = {"2026-03-07": True, "2026-10-03": False, "2026-10-10": True, "2026-10-02": False, "2026-10-09": True}
    assert {day: CHINA.is_held(dt.date.fromisoformat(day)) for day in days} == days
    saturday, sunday = dt.date(2026, 3, 7), dt.date(2026, 3, 8)
    centre = Workdays("CN", closed=frozenset([saturday]))
    assert (centre.is_held(saturday), centre.is_held(sunday), Workdays("AQ").is_held(sunday)) == (False, True, True)


def test_a_centre_that_never_opens_keeps_the_day() -> None:
    days = frozenset(dt.date(2026, 3, 1) + dt.timedelta(n) for n in range(60))
    assert Workdays("CN", closed=days).from_(dt.date(2026, 3, 1)) == dt.date(2026, 3, 1)
