"""What a phone was asked, and which question its answer is for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import messages, notices
from clinic.notices import questions
from clinic.tables import Message

PHONE = "+8615400000001"
HOUR = dt.timedelta(hours=1)


def ask(clinic: Any, occasion: str, kind: str = "vaccine", **given: Any) -> None:
    told = {"phone": PHONE, "subject": {"child": 7}, "asked_at": clinic.moment, "expires_at": clinic.moment + 24 * HOUR}
    clinic.run(notices.ask, occasion=occasion, kind=kind, **{**told, **given})


def opened(clinic: Any, inbox: int = 1) -> list[str]:
    return [each.kind for each in clinic.run(questions.open_to, phone=PHONE, inbox=inbox, now=clinic.moment)]


def answer(clinic: Any, question: int, inbox: int | None = 1) -> bool:
    return bool(clinic.run(questions.answered, question=question, answer="1", inbox=inbox, now=clinic.moment))


def test_the_last_question_comes_first(clinic: Any) -> None:
    ask(clinic, "a", "vaccine")
    clinic.wait(hours=1)
    ask(clinic, "b", "satisfaction")
    assert opened(clinic) == ["satisfaction", "vaccine"]


def test_once_for_its_occasion(clinic: Any) -> None:
    ask(clinic, "a")
    ask(clinic, "a")
    assert opened(clinic) == ["vaccine"]


def test_not_before_it_was_asked_and_not_after_its_end(clinic: Any) -> None:
    ask(clinic, "a", asked_at=clinic.moment + HOUR)
    assert opened(clinic) == []
    clinic.wait(hours=1)
    assert opened(clinic) == ["vaccine"]
    clinic.wait(hours=23)
    assert opened(clinic) == []


def test_one_answer_closes_it_and_the_same_text_once_more_finds_it_again(clinic: Any) -> None:
    ask(clinic, "a")
    assert answer(clinic, 1, inbox=5)
    assert opened(clinic, inbox=5) == ["vaccine"]
    assert opened(clinic, inbox=6) == []
    assert answer(clinic, 1, inbox=5)
    assert not answer(clinic, 1, inbox=6)
    assert not answer(clinic, 1, inbox=None)


@pytest.mark.parametrize(
    ("state", "can_be_answered"),
    [
        ("queued", False),
        ("sending", True),
        ("sent", True),
        ("delivered", True),
        ("unknown", True),
        ("failed", False),
        ("expired", False),
        ("cancelled", False),
    ],
)
def test_nobody_answers_what_nobody_can_have_read(clinic: Any, state: str, can_be_answered: bool) -> None:
    ask(clinic, "a")
    clinic.run(messages.tell_text, occasion=f"a:{PHONE}", phone=PHONE, text="?", now=clinic.moment)
    clinic.run(lambda session: session.query(Message).update({"state": state}) and None)
    assert opened(clinic) == (["vaccine"] if can_be_answered else [])
