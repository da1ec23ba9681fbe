"""A reminder that waits in the outbox is taken back when what it says is not so any more."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import update

from clinic.children.withdrawing import OVERTAKEN
from clinic.notices import questions
from clinic.tables import Message
from tests.clinic.children.families import MOTHER, NEWBORN, Families, at

BORN = "2026-01-12"


@pytest.fixture
def families(run: Any) -> Families:
    """The scan is at ten past midnight; what it writes waits for nine o'clock."""
    return Families(run, hour=dt.time(0, 10))


def test_a_dose_that_was_given_before_the_text_went_cancels_it(families: Families) -> None:
    child = families.child(BORN, *NEWBORN, ("IPV", 59))
    families.scan("2026-03-13")
    assert families.states() == ["queued"]
    assert families.give(child, "DTaP", 1, "2026-03-13") == 1
    assert families.rows(Message.state, Message.error) == [("cancelled", OVERTAKEN)]
    assert families.days("2026-03-14", "2026-04-03") == []


def test_what_it_also_told_and_is_still_due_is_told_anew(families: Families) -> None:
    child = families.child("2026-01-11", *NEWBORN)
    families.scan("2026-03-12")
    assert families.give(child, "IPV", 1, "2026-03-11", "2026-03-12") == 1
    assert families.reminders() == []
    families.scan("2026-03-12")
    assert [(state, text) for state, (_, text) in zip(families.states(), families.texts(), strict=True)] == [
        (
            "cancelled",
            "接种提醒：现在可接种脊灰灭活疫苗第1剂、百白破疫苗第1剂。地点：东苑中心。请带接种证。咨询请拨12580。",
        ),
        ("queued", "接种提醒：百白破疫苗第1剂现在可以接种，请到东苑中心。请带接种证。咨询请拨12580。"),
    ]
    assert families.reminders() == [("DTP", 1, 1)]


def test_what_has_gone_stays(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    families.scan("2026-03-12")
    families.run(lambda s: s.execute(update(Message).values(state="sent")) and None)
    assert families.give(child, "IPV", 1, "2026-03-12") == 0
    assert families.states() == ["sent"]


def test_another_vaccine_takes_nothing_back(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    families.scan("2026-03-12")
    assert families.give(child, "MPSV-A", 1, "2026-03-12") == 0


def test_a_live_vaccine_that_puts_the_other_one_off_does(families: Families) -> None:
    """JE-L was told for today; after MMR yesterday it has to wait four weeks."""
    child = families.child("2025-06-20", look_on="2026-03-12")
    families.scan("2026-03-12")
    assert families.give(child, "MMR", 1, "2026-03-11", "2026-03-12") == 1


def test_a_contraindication_takes_it_back_and_it_comes_again_after_it(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    families.scan("2026-03-12")
    assert families.contraindicate(child, "all", "2026-03-12", "2026-03-31") == 1
    assert [on for on, _ in families.days("2026-03-12", "2026-04-02")] == ["2026-03-25", "2026-04-01"]


def test_other_children_of_the_phone_keep_theirs(families: Families) -> None:
    child = families.child(BORN, *NEWBORN, name="王小明")
    families.child(BORN, *NEWBORN, name="王小红")
    families.scan("2026-03-12")
    families.give(child, "IPV", 1, "2026-03-12")
    assert families.states() == ["cancelled", "queued"]


def test_what_was_taken_back_cannot_be_answered(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    families.scan("2026-03-12")
    families.give(child, "IPV", 1, "2026-03-12")
    families.run(
        lambda s: s.execute(update(Message).values(state="sent")) and None
    )  # only the question's own end counts
    assert families.run(questions.open_to, phone=MOTHER, inbox=1, now=at("2026-03-12", dt.time(10))) == []
