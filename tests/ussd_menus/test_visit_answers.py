"""Answers by SMS to notices about visits: "cancel" to a reminder, points to the question of the evening."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import visit_notices
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Message, Satisfaction, Visit
from tests.ussd_menus.test_commands import IDENTITY, ROOT

HOUSE = Installation("https://care.example", "12580120", "*120#", "12580")


def scan(house: Any) -> None:
    house.store.run_now(visit_notices.scan, rules=Rules(), installation=HOUSE, now=house.moment)
    sent = update(Message).values(state="sent")
    house.store.run_now(lambda session: session.execute(sent) and None)


@pytest.fixture
def booked(texter: Any, house: Any) -> Any:
    """A phone with a visit tomorrow morning, reminded of it on its eve."""
    texter.send("预约", "1", "1", "2", "1", "王芳", IDENTITY, "1")
    scan(house)
    house.wait(hours=9, minutes=30)
    scan(house)
    assert "取消请回复“取消”" in house.messages()[1]
    return texter


def test_cancel_asks_whether_one_is_sure_and_cancels(booked: Any, house: Any) -> None:
    assert booked.send("取消", "1") == (
        "> 取消\n取消11月24日周二上午全科第1号？\n1.确认取消\n2.保留\n0.返回\n> 1\n预约已取消。\n"
    )
    assert house.visits() == [("王芳", 3, 1, "cancelled")]


@pytest.mark.parametrize("text", ["“取消”", "cancel", "QX", "取消。"])
def test_in_whatever_form(booked: Any, text: str) -> None:
    assert booked.send(text).startswith(f"> {text}\n取消11月24日周二上午全科第1号？\n")


def test_one_may_keep_it(booked: Any, house: Any) -> None:
    assert booked.send("取消", "2").endswith("> 2\n预约已保留。\n")
    assert house.visits() == [("王芳", 3, 1, "booked")]


def test_what_is_cancelled_already_is_not_there_any_more(booked: Any) -> None:
    booked.send("取消", "1")
    assert booked.send("取消").endswith("您没有预约。\n")


def test_once_the_visit_has_begun_it_is_no_answer(booked: Any, house: Any) -> None:
    house.wait(hours=15)
    assert booked.send("取消") == f"> 取消\n{ROOT}\n"


@pytest.fixture
def was(booked: Any, house: Any) -> Any:
    """They were there, and are asked in the evening."""
    house.store.run_now(lambda s: s.execute(update(Visit).values(state="arrived", look_at=house.moment)) and None)
    house.wait(hours=25)
    scan(house)
    assert "您满意吗" in house.messages()[-1]
    return booked


def said(house: Any) -> list[Any]:
    columns = select(Satisfaction.score, Satisfaction.comment, Satisfaction.channel)
    return house.store.run_now(lambda s: [tuple(row) for row in s.execute(columns)])


def test_points_and_a_comment(was: Any, house: Any) -> None:
    assert was.send("5分，医生很耐心") == "> 5分，医生很耐心\n谢谢您的评价：5分。\n"
    assert said(house) == [(5, "医生很耐心", "sms")]
    assert was.send("3").startswith("> 3\n")
    assert said(house) == [(5, "医生很耐心", "sms")]  # the next text means the menu


def test_words_and_that_somebody_will_call(was: Any, house: Any) -> None:
    assert was.send("很不满意") == "> 很不满意\n谢谢您的评价：1分。很抱歉没让您满意，中心会给您打电话。\n"
    assert said(house) == [(1, "", "sms")]


def test_the_same_text_handled_twice_counts_once(was: Any, house: Any) -> None:
    first = was.send("4")
    was.last -= 1
    assert was.send("4") == first
    assert said(house) == [(4, "", "sms")]


def test_after_a_week_it_is_no_answer_any_more(was: Any, house: Any) -> None:
    house.moment += dt.timedelta(days=8)
    was.send("4")
    assert said(house) == [(None, "", "")]


def test_in_a_conversation_a_figure_is_its_answer(was: Any, house: Any) -> None:
    was.send("预约", "1")
    assert said(house) == [(None, "", "")]
