"""Vaccines by telephone: why and when, a place by keys alone; and a reminder that is spoken."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update
from twisted.internet.defer import Deferred

from clinic import speech
from clinic.children import reminders
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Message, Subscriber, Visit
from ivr.speech.phrases import pieces
from ivr.speech.pieces import Improvised
from tests.dialogs.told_family import NEWBORN, on_record, vaccinates
from tests.ivr.calls.conftest import NOW, PHONE, House
from tests.ivr.calls.test_outbound import Out

TUESDAY = dt.date(2026, 11, 24)
HOUSE = Installation("https://care.example", "12580120", "*120#", "12580")


def spoken(house: House) -> list[str]:
    """The clips, without what every menu ends with."""
    return [line.removeprefix("♪ ").split(" 返回上一步")[0] for line in house.asterisk.said if line.startswith("♪")]


@pytest.fixture
def family(house: House) -> House:
    house.store.run_now(on_record, *NEWBORN, moment=NOW)
    house.store.run_now(vaccinates, TUESDAY, department=1)
    return house


def test_why_and_a_place_by_keys(family: House) -> None:
    line = family.asterisk
    line.call()
    for key in ("3", "1", "2", "1", "1", "1", "1"):
        line.wait(8)
        line.press(key)
    line.wait(20)
    said = spoken(family)
    assert said[1].startswith("周*宝的疫苗，请选择。")
    assert "脊灰灭活疫苗第1剂，现在可以接种" in said[2]
    assert "百白破疫苗第1剂" in said[3]
    assert "今日可接种" in said[3]
    (visit,) = family.rows(Visit)
    assert (visit.name, visit.queue, visit.day) == ("周小宝", 1, NOW.date())
    assert any("您的T码是" in text for text in said)


def test_a_text_of_knowledge_is_heard_whole(family: House) -> None:
    line = family.asterisk
    line.call()
    for key in ("3", "5", "3"):
        line.wait(8)
        line.press(key)
    line.wait(8)
    assert any("不能接种：以前种同一种疫苗后严重过敏" in text for text in spoken(family))


def test_a_name_that_a_screen_covers_is_not_spoken_as_an_asterisk() -> None:
    assert pieces("zh", "resident.other", name="王*明")[-1] == Improvised("王某明")
    assert pieces("zh", "resident.other", name="王*(2023)")[0] == Improvised("王某(2023)")
    assert pieces("en", "resident.other", name="王*")[-1] == Improvised("王 ")


def by_voice(house: House) -> Message:
    """The reminder of this Monday to who is reached by voice."""
    house.store.run_now(
        lambda s: s.execute(update(Subscriber).where(Subscriber.phone == PHONE).values(contact="voice")) and None
    )
    house.store.run_now(reminders.scan, rules=Rules(), installation=HOUSE, now=NOW)
    (message,) = house.rows(Message)
    assert message.channel == "voice"
    assert isinstance(message, Message)
    return message


def test_a_reminder_of_one_dose_is_heard_from_recordings(house: House) -> None:
    house.store.run_now(on_record, *NEWBORN, ("IPV", 62), moment=NOW)
    told = speech.thaw(by_voice(house).speech)
    out = Out(house)
    out.answer()
    heard: list[bool] = []
    Deferred.fromCoroutine(house.outbound.tell(out.came[0], told, lambda: heard.append(True)))
    house.asterisk.wait()
    house.asterisk.press("1")
    house.asterisk.wait(20)
    assert spoken(house)[1].startswith(
        "儿童接种提醒。百白破疫苗第1剂，现在可以接种，请到东苑中心。请带好接种证。预约或者咨询，请拨打12580。"
    )
    assert heard == [True]
    assert not [piece for piece in pieces(told.language, told.key, **told.words) if isinstance(piece, Improvised)]


def test_a_list_of_several_is_spoken_on_the_spot_and_nobody_is_asked_to_reply(family: House) -> None:
    told = speech.thaw(by_voice(family).speech)
    parts = pieces(told.language, told.key, **told.words)
    assert [piece.text for piece in parts if isinstance(piece, Improvised)] == [
        "现在可接种脊灰灭活疫苗第1剂、百白破疫苗第1剂"
    ]
    assert "回复1" not in "".join(piece.text for piece in parts)
