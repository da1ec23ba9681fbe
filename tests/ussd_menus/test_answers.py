"""Texts that answer a notice, or are meant for a taker, beside the menus: who gets which."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.notices import questions
from clinic.notices.questions import Asked
from dialogs import takers
from dialogs.incoming import Incoming, Reply
from dialogs.talk import Desk
from tests.ussd_menus.test_commands import CENTRES, ROOT

PHONE = "+8615400000001"


async def score(asked: Asked, text: Incoming, desk: Desk) -> Reply | None:
    """A question that a figure from 1 to 5 answers."""
    if text.text not in "12345":
        return None
    given = {"question": asked.id, "answer": text.text, "inbox": text.inbox, "now": desk.now()}
    return f"thanks for {text.text}" if await desk.store.run(questions.answered, **given) else None


async def books(asked: Asked, text: Incoming, desk: Desk) -> Reply | None:
    """A question that 1 answers: a conversation begins."""
    return [("root.menu", "book")] if text.text == "1" else None


async def reading(text: Incoming, desk: Desk) -> Reply | None:
    return "noted" if "150/95" in text.text else None


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takers, "ANSWERING", {"score": score, "books": books})
    monkeypatch.setattr(takers, "TAKERS", (reading,))


def ask(house: Any, occasion: str, kind: str) -> None:
    now = house.desk.now()
    until = now + dt.timedelta(hours=5)
    told = {"occasion": occasion, "phone": PHONE, "kind": kind, "subject": {}, "asked_at": now, "expires_at": until}
    house.store.run_now(questions.ask, **told)


def test_without_a_question_a_figure_is_the_menus(texter: Any) -> None:
    assert texter.send("1") == f"> 1\n{CENTRES}\n"


def test_an_answer_is_taken_once(house: Any, texter: Any) -> None:
    ask(house, "a", "score")
    assert texter.send("5", "4") == "> 5\nthanks for 5\n> 4\n" + texter.said.split("> 4\n")[1]
    assert "thanks for 4" not in texter.said


def test_the_last_question_is_meant_and_the_one_before_gets_what_does_not_fit(house: Any, texter: Any) -> None:
    ask(house, "a", "score")
    ask(house, "b", "books")
    assert texter.send("3") == "> 3\nthanks for 3\n"
    assert texter.send("1") == f"> 1\n{CENTRES}\n"


def test_an_answer_can_begin_a_conversation(house: Any, texter: Any) -> None:
    ask(house, "a", "books")
    assert texter.send("1", "1").startswith(f"> 1\n{CENTRES}\n> 1\n选择科室")


def test_what_fits_no_question_goes_to_the_menus(house: Any, texter: Any) -> None:
    ask(house, "a", "score")
    assert texter.send("你好") == f"> 你好\n{ROOT}\n"
    assert texter.send("预约") == f"> 预约\n{CENTRES}\n"


def test_in_a_conversation_a_figure_is_its_answer(house: Any, texter: Any) -> None:
    texter.send("预约")
    ask(house, "a", "score")
    assert "选择科室" in texter.send("1")


def test_a_reading_in_the_middle_of_a_conversation_leaves_it_open(texter: Any) -> None:
    texter.send("预约")
    assert texter.send("血压150/95") == "> 血压150/95\nnoted\n"
    assert "选择科室" in texter.send("1")


def test_a_text_that_is_handled_twice_gets_the_same_reply(house: Any, texter: Any) -> None:
    ask(house, "a", "score")
    assert [texter.answer("5", 7), texter.answer("5", 7)] == ["thanks for 5"] * 2
    ask(house, "b", "books")
    assert [texter.answer("1", 8), texter.answer("1", 8)] == [CENTRES] * 2
    assert "选择科室" in texter.answer("1", 9)


def test_a_refusal_is_a_refusal_whatever_was_asked(house: Any, texter: Any) -> None:
    ask(house, "a", "score")
    assert "退订" in texter.send("TD")
