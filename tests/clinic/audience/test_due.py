"""Whose next dose is due, by the schedule of the day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from clinic.audience.ages import latest, latest_birth
from clinic.immunizations import VACCINES
from clinic.residents import age
from conf.vaccines import schedule

DAY = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("born", "months", "day"),
    [
        ("2023-01-31", 1, "2023-02-28"),
        ("2023-01-31", 9, "2023-10-31"),
        ("2014-03-31", 9, "2014-12-31"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2023-12-15", 2, "2024-02-15"),
    ],
)
def test_months_are_completed_on_the_same_day_or_the_last_of_a_shorter_month(born: str, months: int, day: str) -> None:
    assert DAY(born) <= latest(DAY(day), months)
    assert DAY(born) > latest(DAY(day) - dt.timedelta(days=1), months)


DATES = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))


@given(born=DATES, day=DATES, months=st.integers(0, 1000), years=st.integers(0, 100))
def test_bounds_agree_with_counting(born: dt.date, day: dt.date, months: int, years: int) -> None:
    assert (born <= latest(day, months)) == (born + relativedelta(months=months) <= day)
    assert (born <= latest_birth(day, years)) == (age(born, day) >= years)


@pytest.mark.parametrize(
    ("vaccine", "born", "doses", "day", "is_due"),
    [
        ("MMR", "2026-07-31", (), "2027-03-30", False),
        ("MMR", "2026-07-31", (), "2027-03-31", True),
        ("MMR", "2026-07-31", ("MMR 2027-03-31",), "2028-01-30", False),
        ("MMR", "2026-07-31", ("MMR 2027-03-31",), "2028-01-31", True),
        # The interval: 28 days since the last dose.
        ("MMR", "2024-01-01", ("MMR 2027-03-01",), "2027-03-28", False),
        ("MMR", "2024-01-01", ("MMR 2027-03-01",), "2027-03-29", True),
        ("MMR", "2024-01-01", ("MMR 2025-03-01", "MMR 2026-03-01"), "2027-03-29", False),
        # Never from an age on.
        ("BCG", "2023-04-01", (), "2027-03-31", True),
        ("BCG", "2023-03-31", (), "2027-03-31", False),
        ("HepB", "1958-08-14", (), "2027-03-31", False),
        # A series of two vaccines: IPV, then drops.
        ("bOPV", "2026-10-01", ("IPV 2026-12-01",), "2027-03-31", False),
        ("bOPV", "2026-10-01", ("IPV 2026-12-01", "IPV 2027-01-05"), "2027-03-31", True),
        ("IPV", "2026-10-01", ("IPV 2026-12-01", "IPV 2027-01-05"), "2027-03-31", False),
        ("bOPV", "2020-10-01", ("IPV 2021-01-01",) * 4, "2027-03-31", False),
        # Another way to the same protection.
        ("JE-L", "2026-01-01", ("JE-I 2026-09-01",), "2027-03-31", False),
        ("JE-I", "2026-01-01", ("JE-I 2027-03-24",), "2027-03-31", True),
        # The change of 2025: DTaP at 2 months, a fifth dose at 6 years unless DT was given.
        ("DTaP", "2024-10-20", (), "2024-12-31", False),
        ("DTaP", "2024-10-20", (), "2025-01-01", True),
        ("DTaP", "2020-06-01", ("DTaP 2021-01-01",) * 4, "2027-03-31", True),
        ("DTaP", "2020-06-01", ("DTaP 2021-01-01",) * 4 + ("DT 2026-07-01",), "2027-03-31", False),
        ("DT", "2018-06-01", (), "2024-12-31", True),
    ],
)
def test_who_is_due(
    town: Any, person: Any, vaccine: str, born: str, doses: tuple[str, ...], day: str, is_due: bool
) -> None:
    given = tuple((dose.split()[0], number, DAY(dose.split()[1])) for number, dose in enumerate(doses, start=1))
    ids = town.settle(person(birth=DAY(born), doses=given))
    assert town.whom(f"due:{vaccine}", today=DAY(day)) == (ids if is_due else [])


def test_the_schedule_has_every_vaccine_until_2025_and_no_dt_from_then_on() -> None:
    before, after = schedule(dt.date(2024, 12, 31)), schedule(dt.date(2025, 1, 1))
    assert set(before) == set(VACCINES)
    assert set(after) == set(VACCINES) - {"DT"}
    assert [dose.age for dose in before["DTaP"].doses] == [3, 4, 5, 18]
    assert [dose.age for dose in after["DTaP"].doses] == [2, 4, 6, 18, 72]
    assert schedule(dt.date(2010, 1, 1)) == {}
    for vaccine in before.values():
        ages = [dose.age for dose in vaccine.doses]
        assert ages == sorted(ages)
        assert ages[-1] < vaccine.not_from
        assert [dose.interval is None for dose in vaccine.doses] == [dose.number == 1 for dose in vaccine.doses]
