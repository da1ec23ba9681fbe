"""How it was: what is understood as an answer by SMS, and the same by menu."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.tables import Satisfaction, Visit
from dialogs.booking import book_visit
from dialogs.satisfaction import Said, read
from dialogs.visits import my_visits

IDENTITY = "110101195808142424"


@pytest.mark.parametrize(
    ("text", "score", "comment"),
    [
        ("5", 5, ""),
        (" ５ ", 5, ""),
        ("5分", 5, ""),
        ("４星。", 4, ""),
        ("3 points", 3, ""),
        ("五分", 5, ""),
        ("三", 3, ""),
        ("1，等了两个小时", 1, "等了两个小时"),
        ("2分排队太久", 2, "排队太久"),
        ("4 医生很耐心\n谢谢", 4, "医生很耐心 谢谢"),
        ("非常满意", 5, ""),
        ("很好，谢谢", 5, "谢谢"),
        ("满意", 4, ""),
        ("不满意！", 2, ""),
        ("很不满意", 1, ""),
        ("一般", 3, ""),
        ("一般般", 3, ""),
        ("Very good, thank you", 5, "thank you"),
        ("GOOD", 4, ""),
        ("very bad", 1, ""),
        ("not good", 2, ""),
    ],
)
def test_what_is_an_answer(text: str, score: int, comment: str) -> None:
    assert read(text) == Said(score, comment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "6",
        "15",
        "5分钟",
        "5月",
        "1385",
        "一二三",
        "好的",
        "good morning",
        "收到",
        "预约",
        "取消",
        "150/95",
        "T",
        "四川人",
        "满意度怎么查",
        "120",
    ],
)
def test_what_is_none(text: str) -> None:
    assert read(text) is None


@pytest.fixture
def was(caller: Any, house: Any) -> Any:
    """A caller who was seen this morning."""
    caller.talk(book_visit, "1", "1", "1", "1", "王芳", IDENTITY, "1")
    house.store.run_now(lambda s: s.execute(update(Visit).values(state="fulfilled")) and None)
    house.wait(hours=10)
    return caller


def test_by_menu_the_number_of_the_answer_is_its_points(was: Any, house: Any) -> None:
    assert was.talk(my_visits, "1", "5") == (
        "我的预约\n1.评价11月23日周一 全科\n"
        "> 1\n"
        "11月23日周一全科就诊，您满意吗？\n1.很不满意\n2.不满意\n3.一般\n4.满意\n5.很满意\n0<\n"
        "> 5\n"
        "谢谢您的评价：5分。\n(end)\n"
    )
    assert house.store.run_now(lambda s: s.scalar(select(Satisfaction.score))) == 5
    assert was.talk(my_visits) == "您没有预约。\n(end)\n"


def test_who_was_not_satisfied_is_told_that_somebody_calls(was: Any) -> None:
    assert was.talk(my_visits, "1", "2", language="en").endswith(
        "Mon 23 Nov, General practice: how was it?\n1.Very bad\n2.Bad\n3.Fair\n4.Good\n5.Very good\n0<\n"
        "> 2\n"
        "Thank you for your answer: 2. We are sorry that it was not good; the centre will call you.\n(end)\n"
    )


def test_after_a_week_nothing_is_asked_any_more(was: Any, house: Any) -> None:
    house.moment += dt.timedelta(days=8)
    assert was.talk(my_visits) == "您没有预约。\n(end)\n"


def test_beside_visits_to_come(was: Any) -> None:
    was.talk(book_visit, "1", "1", "1", "1", "1", "1")
    assert "1.11月24日周二上午 全科 第1号 前面无人\n2.评价11月23日周一 全科\n" in was.talk(my_visits)
