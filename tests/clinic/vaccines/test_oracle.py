"""The engine and the oracle agree on every child; on far more of them by hand: benchmarks/vaccine_oracle.py."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import get_args

import pytest

from clinic.vaccines.due import due
from clinic.vaccines.records import Child, Due, Given, Judged, Judgement, Status
from clinic.vaccines.today import next_look
from tests.clinic.vaccines import oracle
from tests.clinic.vaccines.children import CODES, children
from tests.clinic.vaccines.page import COURSES, SERIES
from tests.clinic.vaccines.readings import ENGINE, Reading, differences, transcript

SEEDS, EACH = range(6), 500
RARELY = 8  # of 1 000 children: less often would say little


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_agrees_with_the_oracle(seed: int) -> None:
    for child, today in children(seed, EACH):
        assert not differences(child, today, ENGINE), f"\n{transcript(child, today, ENGINE)}"


def test_all_that_can_be_found_is_found_among_the_children() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:2]:
        for child, today in children(seed, EACH):
            past = oracle.judge(child, today)
            seen.update(one.judgement for one in past)
            seen.update(f"valid {one.given.vaccine}" for one in past if one.judgement == "valid")
            seen.update(f"{one.series} {one.status}" for one in oracle.due(child, today))
            seen.update({oracle.course(child, one.series, oracle.begun_with(one.series, past)) for one in past})
    courses = {course for course in COURSES if not course.startswith("DTP")} - {""}
    wanted = {*get_args(Judgement), *courses, *(f"valid {code}" for code in CODES)}
    wanted |= {f"{series} {status}" for series in SERIES for status in get_args(Status)}
    wanted.remove("BCG later")  # from the birth on
    assert {one: seen[one] for one in wanted if seen[one] < RARELY} == {}


def _seen(dues: Sequence[Due]) -> list[tuple[str, str, str, int, bool]]:
    return [(one.series, one.status, one.vaccine, one.number, one.skin_test) for one in dues]


def test_nothing_changes_until_the_next_look() -> None:
    """By the engine, which sees what the oracle sees; some days of each child and always the last one."""
    random = Random(7)
    for child, today in children(100, 1000):
        dues = due(child, today)
        look = next_look(child, today, dues) or today + dt.timedelta(days=4000)
        quiet = range(1, (look - today).days)
        for days in [*random.sample(quiet, min(4, len(quiet))), *quiet[-1:]]:
            day = today + dt.timedelta(days=days)
            assert _seen(due(child, day)) == _seen(dues), f"{child} on {today}, again on {look}, but {day}"


def _a_day_late_at_months_ends(child: Child) -> Child:
    """As an engine would see it that takes the 31st of a short month for the 1st of the next."""
    if (child.birth + oracle.ONE_DAY).day == 1:
        return replace(child, birth=child.birth + oracle.ONE_DAY)
    return child


def _judge(child: Child, today: dt.date) -> list[Judged]:
    return oracle.judge(_a_day_late_at_months_ends(child), today)


def _due(child: Child, today: dt.date) -> list[Due]:
    return oracle.due(_a_day_late_at_months_ends(child), today)


def test_a_mistake_would_be_found_and_told_on_a_small_child() -> None:
    mistaken = Reading(_judge, _due)
    doses = (Given("HepB", dt.date(2023, 2, 1)), Given("HepB", dt.date(2023, 3, 1)), Given("MMR", dt.date(2023, 9, 30)))
    child = Child(dt.date(2023, 1, 31), doses, immunoglobulin=(dt.date(2023, 2, 1),), birth_weight=3100)
    told = transcript(child, dt.date(2023, 9, 30), mistaken).splitlines()
    assert told[:2] == ["born 2023-01-31, None g, looked at on 2023-09-30", "oracle, then engine:"]
    assert (
        "  MMR due MMR 1, earliest 2023-09-30, on 2023-09-30, overdue from 2024-01-31: "
        "engine MMR later MMR 1, earliest 2023-10-01, on 2023-10-01, overdue from 2024-02-01"
    ) in told
    assert any(differences(*one, mistaken) for one in children(0, 50))
