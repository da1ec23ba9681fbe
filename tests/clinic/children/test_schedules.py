"""A new schedule: everybody is looked at again, once, in batches, and goes on where it stopped."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.children import schedules
from clinic.children.schedules import Marked
from clinic.jobs import Found
from clinic.tables import ScheduleSeen
from tests.clinic.children.families import MOTHER, NEWBORN, Families, at, day

BORN, TODAY, LATER = "2026-01-12", "2026-03-05", "2026-09-01"


@pytest.fixture
def families(run: Any) -> Families:
    return Families(run)


def look(families: Families, most: int = 2) -> Found:
    found: Found = families.run(schedules.scan, now=at(TODAY), most=most)
    return found


def new_rules(monkeypatch: pytest.MonkeyPatch, written: str = "others") -> None:
    monkeypatch.setattr(schedules, "digest", lambda: written)


def days(families: Families, *children: int) -> list[dt.date | None]:
    return [families.look_on(child) for child in children]


def test_the_first_run_and_one_by_the_same_rules_look_at_nobody(families: Families) -> None:
    child = families.child(BORN, look_on=LATER)
    assert [look(families) for _ in range(2)] == [Found(0, more=False)] * 2
    assert days(families, child) == [day(LATER)]


def test_by_new_rules_everybody_is_looked_at_once_batch_by_batch(
    families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = [families.child(BORN, look_on=LATER) for _ in range(5)]
    gone = families.child(BORN, look_on=LATER, standing="moved")
    look(families)
    new_rules(monkeypatch)
    assert look(families) == Found(2, more=True)
    assert days(families, *children) == [day(TODAY)] * 2 + [day(LATER)] * 3  # a node stops here, another goes on
    assert [look(families) for _ in range(3)] == [Found(2, more=True), Found(1, more=False), Found(0, more=False)]
    assert days(families, *children, gone) == [day(TODAY)] * 5 + [day(LATER)]


def test_rules_that_change_once_more_midway_begin_anew(families: Families, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        families.child(BORN, look_on=LATER)
    look(families)
    new_rules(monkeypatch)
    look(families)
    new_rules(monkeypatch, "others again")
    assert [look(families) for _ in range(2)] == [Found(2, more=True), Found(1, more=False)]
    assert families.rows(ScheduleSeen.digest, ScheduleSeen.looked_to) == [("others again", None)]


def test_as_many_as_a_batch_holds_come_to_their_end(families: Families, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        families.child(BORN, look_on=LATER)
    look(families)
    new_rules(monkeypatch)
    assert [look(families) for _ in range(3)] == [Found(2, more=True), Found(0, more=False), Found(0, more=False)]


def test_nobody_is_told_twice(families: Families, monkeypatch: pytest.MonkeyPatch) -> None:
    families.child(BORN, *NEWBORN)
    look(families)
    families.scan(TODAY)
    new_rules(monkeypatch)
    assert look(families, most=10) == Found(1, more=False)
    families.scan(TODAY)
    assert [phone for phone, _ in families.texts()] == [MOTHER]


def test_one_centre_by_hand(families: Families) -> None:
    here, there = families.child(BORN, look_on=LATER), families.child(BORN, look_on=LATER, centre=2)
    given = {"now": at(TODAY), "centre": 2}
    assert families.run(schedules.active, centre=2) == 1
    assert families.run(schedules.active) == 2
    assert families.run(schedules.look_again, **given) == Marked(1, None)
    assert days(families, here, there) == [day(LATER), day(TODAY)]
