"""My visits: looking at the queue, the code once more, giving the place back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import update

from clinic.tables import Visit
from dialogs.booking import book_visit
from dialogs.visits import my_visits

IDENTITY = "110101195808142424"


@pytest.fixture
def booked(caller: Any) -> Any:
    """A caller with one visit."""
    caller.talk(book_visit, "1", "1", "1", "1", "王芳", IDENTITY, "1")
    return caller


def code(house: Any) -> str:
    """The T-code in the first SMS."""
    return str(house.messages()[0].split("T码")[1][:14])


def told(said: str) -> str:
    """How wide the interval is, is the queue's matter (tests/clinic/queue/test_expected.py)."""
    return re.sub(r"至08:\d\d轮到您", "至08:--轮到您", said)


def test_without_visits(caller: Any) -> None:
    assert caller.talk(my_visits) == "您没有预约。\n(end)\n"
    assert caller.talk(my_visits, language="en") == "You have no visits.\n(end)\n"


def test_the_list_tells_the_number_and_who_is_ahead(booked: Any) -> None:
    assert booked.talk(my_visits) == "我的预约\n1.11月23日周一上午 全科 第1号 前面无人\n(gone)\n"


def test_the_code_is_sent_again(booked: Any, house: Any) -> None:
    assert told(booked.talk(my_visits, "1", "1")) == (
        "我的预约\n1.11月23日周一上午 全科 第1号 前面无人\n"
        "> 1\n"
        "尚未叫号，已看0人，共1人。预计08:00至08:--轮到您\n"
        "第1号 前面无人\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00 欧阳雨桐\n王*\n"
        f"T码{code(house)}\n1.重发\n2.取消\n0<\n"
        "> 1\n"
        "T码已重发，请查收短信。\n(end)\n"
    )
    first, again = house.messages()
    assert first == again


def test_a_visit_is_cancelled(booked: Any, house: Any) -> None:
    assert booked.talk(my_visits, "1", "2", "1", language="en").endswith(
        "1.Send code\n2.Cancel\n0<\n"
        "> 2\n"
        "Cancel Mon 23 Nov am, General practice, no. 1?\n1.Yes, cancel\n2.Keep it\n0<\n"
        "> 1\n"
        "Your visit is cancelled.\n(end)\n"
    )
    assert house.visits() == [("王芳", 1, 1, "cancelled")]
    assert house.messages()[1] == (
        "Cancelled: Dongyuan Community Health Centre, General practice, Mon 23 Nov am 08:00, no. 1. Its T-code is void."
    )


def test_a_visit_is_kept_after_all(booked: Any, house: Any) -> None:
    assert booked.talk(my_visits, "1", "2", "2").endswith("> 2\n预约已保留。\n(end)\n")
    assert house.visits() == [("王芳", 1, 1, "booked")]


def test_back_from_the_question_to_the_visit_to_the_list(booked: Any) -> None:
    said = booked.talk(my_visits, "1", "2", "0", "0")
    assert said.count("我的预约\n") == 2
    assert said.count("1.重发\n") == 2


def test_a_visit_whose_session_ends_while_one_decides_cannot_be_cancelled(booked: Any, house: Any) -> None:
    said = booked.talk(my_visits, "1", "2", lambda: house.wait(hours=12), "1")
    assert said.endswith("> 1\n该预约不能取消。\n(end)\n")


def test_who_has_arrived_sees_the_queue_only(booked: Any, house: Any) -> None:
    there = update(Visit).values(state="arrived", arrived_at=house.moment, turn=1, turn_at=house.moment)
    house.store.run_now(lambda session: session.execute(there) and None)
    said = told(booked.talk(my_visits, "1"))
    assert "> 1\n尚未叫号，已看0人，共1人。预计08:00至08:--轮到您\n第1号 前面无人\n" in said
    assert said.endswith(f"王*\nT码{code(house)}\n(end)\n")


def test_by_voice_the_code_can_be_heard(booked: Any, house: Any) -> None:
    assert booked.talk(my_visits, "1", "1", letters=False).endswith(
        f"T码{code(house)}\n1.收听T码\n2.重发\n3.取消\n0<\n> 1\nT码{code(house)}\n(end)\n"
    )
    assert len(house.messages()) == 1


def test_by_voice_the_other_ways_are_the_same(booked: Any, house: Any) -> None:
    assert booked.talk(my_visits, "1", "2", letters=False).endswith("T码已重发，请查收短信。\n(end)\n")
    assert booked.talk(my_visits, "1", "3", "1", letters=False, language="en").endswith(
        "1.Hear code\n2.Send code\n3.Cancel\n0<\n> 3\n"
        "Cancel Mon 23 Nov am, General practice, no. 1?\n1.Yes, cancel\n2.Keep it\n0<\n> 1\n"
        "Your visit is cancelled.\n(end)\n"
    )
