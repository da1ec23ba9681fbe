"""Two months of the year at a small size, on both databases: every notice comes once, by day, and none after a refusal.

`python -m benchmarks.year` lives the whole of it. What the ledger would miss is planted here, and must be told.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from benchmarks.year import ledger
from benchmarks.year.life import ZONE, Year, url_in
from benchmarks.year.network import Taken

PEOPLE, DAYS = 240, 60


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    lived = Year(url_in(Path(tmp_path_factory.mktemp("year"))), PEOPLE, deaths=0.03)
    lived.live(DAYS)
    return lived


def test_nothing_is_wrong_with_the_year(year: Year) -> None:
    assert year.faults() == []


def test_enough_has_happened(year: Year) -> None:
    figures = dict(year.figures())
    assert figures["deaths of nodes"] >= 10
    for what in ("vaccine.due_sms", "vaccine.before_sms", "care.today_own_sms", "remind.eve_sms", "missed.told_sms"):
        assert figures.get(what, 0) > 0, what
    assert len(year.days.diary.due) >= 10
    assert len(year.days.diary.care_due) >= 10
    assert figures["receipts before their answer"] > 0
    assert figures["throttled"] > 0


def test_other_people_on_the_other_database(postgresql_schema: str) -> None:
    lived = Year(postgresql_schema, 100, seed=2, deaths=0.03)
    lived.live(30)
    assert lived.faults() == []
    assert len(lived.network.taken) > 20


# What the ledger is worth: a year with one thing wrong in it.


@pytest.fixture
def small() -> Any:
    noon = dt.datetime(2028, 3, 6, 12, tzinfo=ZONE)
    row = ledger.Row("k", 7, "vaccine:7:x:+861", "+861", "百白破疫苗", "delivered", "notice", noon)
    return lambda **other: ledger.Year(
        **{
            "known": {1: row},
            "taken": [Taken(1, "+861", "百白破疫苗", noon, True)],
            "diary": ledger.Diary(),
            "phones": {7: ["+861"]},
            "quiet": (dt.time(21), dt.time(8)),
            "away": [],
            **other,
        }
    ).faults()


NOON = dt.datetime(2028, 3, 6, 12, tzinfo=ZONE)
ONE = Taken(1, "+861", "百白破疫苗", NOON, True)


def test_a_year_without_a_fault(small: Any) -> None:
    due = {(7, "DTaP", 3): NOON.date()}
    assert small(diary=ledger.Diary(due=due)) == []


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("went at", {"taken": [ONE._replace(at=NOON.replace(hour=21))]}),
        ("got twice", {"taken": [ONE, ONE]}),
        ("came 3 times", {"taken": [ONE._replace(answered=False)] * 3}),
        ("after that phone had refused", {"diary": ledger.Diary(refused={"+861": NOON.replace(hour=11)})}),
        ("was not told of MMR", {"diary": ledger.Diary(due={(7, "MMR", 1): NOON.date()})}),
        ("was not told of DTaP", {"diary": ledger.Diary(due={(7, "DTaP", 3): dt.date(2028, 3, 3)})}),
        ("was not told of the visit", {"diary": ledger.Diary(care_due={(7, NOON.date()): NOON.date()})}),
    ],
)
def test_what_is_wrong_is_told(small: Any, what: str, other: dict[str, Any]) -> None:
    [fault] = small(**other)
    assert what in fault


def test_one_copy_of_what_was_not_answered_is_no_fault(small: Any) -> None:
    assert small(taken=[ONE._replace(answered=False), ONE]) == []


def test_a_visit_without_its_eve_and_one_with_too_many(small: Any) -> None:
    begins = NOON.replace(day=10, hour=8)
    visits = {5: (NOON.replace(day=1), begins, None)}
    later = ledger.Row("", 0, "x", "", "", "sent", "answer", NOON.replace(day=20))
    assert small(known={1: later}, taken=[], diary=ledger.Diary(visits=visits)) == [
        "visit 5 has 0 notices of its eve, not 1"
    ]
