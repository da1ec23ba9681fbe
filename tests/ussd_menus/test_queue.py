"""The queue seen from afar, by USSD and by SMS, while the room calls; a number that is passed over and comes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import visit_notices, visits, vouchers
from clinic.queue import calling
from clinic.residents import NewPerson
from clinic.rules import BookingRules, Rules
from clinic.tables import Subscriber, Visit
from tests.clinic.conftest import nth_identity

MINE = "+8615400000001"


class Room:
    """The clinic on its morning: others book, people come, the room calls."""

    def __init__(self, house: Any) -> None:
        self.house = house

    def books(self, n: int, phone: str = "", name: str = "李明", offered: int = 1) -> Any:
        person = NewPerson(name, self.house.vault.seal(nth_identity(n)))
        given = {"clinic_session": offered, "language": "zh", "occasion": f"queue {n}", "now": self.house.moment}
        phone = phone or f"+861540003{n:04d}"
        installation = self.house.desk.installation
        return self.house.store.run_now(visits.book, patient=person, phone=phone, installation=installation, **given)

    def comes(self, view: Any) -> str:
        given = {"visit": view.id, "by": "li", "rules": BookingRules(), "now": self.house.moment}
        return str(self.house.store.run_now(vouchers.arrive, **given).outcome)

    def act(self, fn: Any, **given: Any) -> Any:
        house = self.house
        words = {"by": "li", "rules": Rules(), "installation": house.desk.installation, "now": house.moment}
        return house.store.run_now(fn, **words, **given)

    def calls(self) -> Any:
        return self.act(calling.call_next, offered=1).now

    def states(self) -> list[str]:
        return list(self.house.store.run_now(lambda s: list(s.scalars(select(Visit.state).order_by(Visit.id)))))


@pytest.fixture
def room(house: Any) -> Room:
    return Room(house)


@pytest.fixture
def mine(room: Room) -> Any:
    """Three are before me; all have come, two are seen or called at 08:06."""
    others = [room.books(n) for n in range(3)]
    mine = room.books(9, MINE, "王芳")
    for view in (*others, mine):
        room.comes(view)
    room.house.moment = room.house.moment.replace(hour=8, minute=0)
    room.calls()
    room.house.wait(minutes=6)
    room.calls()
    return mine


def test_by_ussd(network: Any, mine: Any) -> None:
    phone = network.phone()
    said = phone.dial("*120#", "2", "1")
    assert "1.11月23日周一上午 全科 第4号 前面1人\n" in said
    assert "当前叫到2号，已看1人，共4人。预计08:" in said
    english = update(Subscriber).values(language="en")
    network.house.store.run_now(lambda s: s.execute(english) and None)
    said = phone.again(2).dial("*120#", "2", "1")
    assert "General practice, no. 4, 1 ahead\n" in said
    assert "Now at no. 2. 1 of 4 seen. Your turn: about 08:" in said


def test_by_sms_one_word_is_answered_at_once(texter: Any, mine: Any, room: Room) -> None:
    told = texter.answer("排队", 1)
    assert told.startswith("全科第4号，前面1人。当前叫到2号，已看1人，共4人。预计08:")
    assert told.endswith("到您。")
    assert texter.answer("QUEUE", 2) == told
    room.calls()
    room.calls()
    assert texter.answer("排队", 3) == "全科第4号：正在叫您，请进诊室。"
    room.act(calling.pass_over, visit=mine.id)
    assert texter.answer("排队", 4).startswith("全科第4号已过号。请到窗口或再扫一次T码，即排下一位。当前叫到4号。")


def test_without_a_visit_of_today_by_sms(texter: Any, room: Room) -> None:
    assert texter.answer("排队", 1) == "您没有预约。预约请回复：预约"
    assert texter.answer("queue", 2) == "您没有预约。预约请回复：预约"
    room.books(9, MINE, "王芳", offered=3)
    assert texter.answer("排队", 3) == "11月24日周二上午全科第1号，前面无人。就诊当天可再查排队。"


def test_the_open_dialog_stays_open(texter: Any, mine: Any) -> None:
    texter.send("预约", "1")
    texter.send("排队")
    assert "选择日期" in texter.send("1")


def test_a_number_that_is_passed_over_comes_back(network: Any, texter: Any, mine: Any, room: Room) -> None:
    last = room.books(5)
    room.comes(last)
    assert room.calls().queue == 3
    assert room.calls().queue == 4  # me, and I am outside
    room.act(calling.recall, offered=1)
    assert "请4号王*到全科诊室就诊，正在叫号。" in network.house.messages()
    room.act(calling.pass_over, visit=mine.id)
    said = network.phone().dial("*120#", "2", "1")
    assert "已过号。请到窗口或再扫一次T码，即排下一位。" in said
    assert room.calls().queue == 5
    later = room.books(6)
    room.comes(later)
    room.house.wait(minutes=3)
    assert room.comes(mine) == "returned"
    assert texter.answer("排队", 1).startswith("全科第4号，前面无人。当前叫到5号，已看3人，共6人。预计08:")
    assert room.calls().queue == 4
    room.act(calling.seen, visit=mine.id)
    assert room.calls().queue == 6
    assert room.states() == ["fulfilled"] * 3 + ["fulfilled", "fulfilled", "arrived"]
    assert texter.answer("排队", 2) == "您没有预约。预约请回复：预约"


def test_who_never_comes_back_has_missed_their_visit(room: Room, mine: Any) -> None:
    room.calls()
    room.calls()
    room.act(calling.pass_over, visit=mine.id)
    house = room.house
    house.moment = house.moment.replace(hour=20, minute=30)
    given = {"rules": Rules(), "installation": house.desk.installation, "now": house.moment}
    house.store.run_now(visit_notices.scan, **given)
    assert room.states() == ["fulfilled"] * 3 + ["noshow"]
    assert house.moment.date() == dt.date(2026, 11, 23)
