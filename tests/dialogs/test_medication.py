"""Medicines by menu: what one takes, and that the last reminder was followed; which words by SMS mean what."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

import pytest

from clinic import residents, subscribers
from clinic.medication import prescriptions, reminders
from clinic.medication.prescriptions import Entry
from clinic.rules import Rules
from clinic.tables import Medication, MedicationIntake
from conf import texts
from conf.texts import LANGUAGES
from dialogs.medication import _read, my_medicines
from tests.dialogs.conftest import HOUSE, MONDAY, PHONE, now_or_never
from ussd_menus.commands import Commands
from ussd_menus.settings import MenuSettings

PEOPLE = {"王秀英": "110101195808142424", "李国强": "110101195501010099"}


@pytest.fixture
def takes(house: Any) -> Any:
    """`takes("王秀英", "氨氯地平", "08:00")`: one more person of this phone, or medicine of a person."""

    def write(name: str, medicine: str, *times: str, **more: Any) -> int:
        def add(session: Any) -> int:
            person = residents.NewPerson(name, house.vault.seal(PEOPLE[name]))
            row = residents.register(session, person, centre=1, now=house.moment)
            residents.put_on_record(session, row, subscribers.known(session, PHONE, house.moment), name)
            session.flush()
            wall = tuple(map(dt.time.fromisoformat, times))
            entry = Entry(medicine, "5mg 1片", wall, MONDAY.date(), **more)
            given = {"rules": Rules(), "installation": HOUSE, "actor": "staff:A", "now": house.moment}
            return prescriptions.add(session, resident=row.id, entry=entry, **given).medication

        return int(house.store.run_now(add))

    return write


@pytest.fixture
def texter(house: Any) -> Any:
    """`texter("1")`: the reply to a text to the service number."""
    numbers = count(1)

    async def allow(_key: str, **_limits: int) -> bool:
        return True

    def send(text: str) -> Any:
        commands = Commands(house.desk, house.drafts, allow=allow, settings=MenuSettings())
        return now_or_never(commands.answer(PHONE, text, next(numbers)))

    return send


def remind(house: Any, time: str = "08:00") -> None:
    house.moment = dt.datetime.combine(MONDAY.date(), dt.time.fromisoformat(time), MONDAY.tzinfo)
    house.store.run_now(reminders.scan, rules=Rules(), installation=HOUSE, now=house.moment)
    sent = "update message set state = 'delivered'"
    house.store.run_now(lambda s: s.connection().exec_driver_sql(sent) and None)


def left(house: Any, number: int) -> Any:
    return house.store.run_now(lambda s: s.get(Medication, number).left)


def test_what_one_takes_when_and_how_many_are_left(takes: Any, caller: Any) -> None:
    takes("王秀英", "氨氯地平", "08:00", left=12)
    takes("王秀英", "二甲双胍", "08:00", "18:00")
    takes("王秀英", "阿司匹林", "09:00", left=0)
    assert caller.talk(my_medicines, "1") == (
        "用药提醒\n1.我的药\n"
        "> 1\n"
        "氨氯地平，每次5mg 1片，08:00，剩12次\n"
        "二甲双胍，每次5mg 1片，08:00、18:00\n"
        "阿司匹林已用完，请到中心取药\n(end)\n"
    )


def test_in_english(takes: Any, caller: Any) -> None:
    takes("王秀英", "Amlodipine", "08:00", left=12)
    assert caller.talk(my_medicines, "1", language="en") == (
        "Medicines\n1.My medicines\n> 1\nAmlodipine, 5mg 1片 at 08:00, 12 left\n(end)\n"
    )


def test_whose_on_a_phone_of_two(takes: Any, caller: Any) -> None:
    takes("王秀英", "氨氯地平", "08:00")
    takes("李国强", "二甲双胍", "08:00")
    assert caller.talk(my_medicines, "1", "2") == (
        "用药提醒\n1.我的药\n> 1\n看谁的用药？\n1.王*英\n2.李*强\n0<\n> 2\n二甲双胍，每次5mg 1片，08:00\n(end)\n"
    )


def test_of_a_phone_that_stands_for_nobody(caller: Any) -> None:
    assert caller.talk(my_medicines, "1").endswith("> 1\n本机没有登记用药提醒。\n(end)\n")


def test_the_last_reminder_is_answered_by_menu_once(takes: Any, caller: Any, house: Any) -> None:
    number = takes("王秀英", "氨氯地平", "08:00", left=12)
    remind(house)
    assert caller.talk(my_medicines, "1") == (
        "用药提醒\n1.08:00的药已吃\n2.08:00的药没吃\n3.我的药\n> 1\n已记录。\n(end)\n"
    )
    assert left(house, number) == 11
    assert caller.talk(my_medicines, "1").startswith("用药提醒\n1.我的药\n")


def test_that_it_was_not_taken_leaves_the_box(takes: Any, caller: Any, house: Any) -> None:
    number = takes("王秀英", "氨氯地平", "08:00", left=12)
    remind(house)
    assert caller.talk(my_medicines, "2").endswith("> 2\n已记录。\n(end)\n")
    assert left(house, number) == 12
    assert house.store.run_now(lambda s: s.get(MedicationIntake, 1).taken_at) is None


def test_each_of_two_people_has_answers(takes: Any, caller: Any, house: Any) -> None:
    numbers = [takes(name, "氨氯地平", "08:00", left=12) for name in PEOPLE]
    remind(house)
    said = caller.talk(my_medicines, "1")
    assert said.splitlines()[1:6] == ["1.李*强08:00的药已吃", "2.李*强08:00的药没吃", "3.王*英08:00的药已吃",
                                      "4.王*英08:00的药没吃", "5.我的药"]  # fmt: skip
    assert [left(house, number) for number in numbers] == [12, 11]


def test_a_reminder_that_has_ended_meanwhile_is_not_offered_any_more(takes: Any, caller: Any, house: Any) -> None:
    takes("王秀英", "氨氯地平", "08:00", left=12)
    remind(house)
    house.wait(hours=7)
    assert caller.talk(my_medicines).startswith("用药提醒\n1.我的药\n")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1", ("1", None)),
        (" １２ ", ("12", None)),
        ("1，吃了", ("1", None)),
        ("吃了。", ("", "yes")),
        ("TAKEN", ("", "yes")),
        ("Not taken.", ("", "no")),
        ("还没吃！", ("", "no")),
        ("123", None),
        ("吃了么", None),
        ("1号预约", None),
        ("", None),
        ("。", None),
    ],
)
def test_which_words_are_an_answer(text: str, read: Any) -> None:
    assert _read(text) == read


def test_no_word_means_both_and_none_is_a_keyword_of_the_menus() -> None:
    listed = {
        kind: {
            word for language in LANGUAGES for word in texts.say(language, f"medication.{kind}_words_sms").split("|")
        }
        for kind in ("yes", "no", "stop")
    }
    assert not listed["yes"] & listed["no"]
    keywords = {
        word.casefold()
        for language in LANGUAGES
        for key in texts.keys(language)
        if key.startswith("command.") and not key.endswith("_text")
        for word in texts.say(language, key).split()
        if "{" not in word
    }
    assert not keywords & {word.casefold() for words in listed.values() for word in words}


def test_words_answer_in_the_middle_of_a_conversation_and_figures_go_on_with_it(
    takes: Any, house: Any, texter: Any
) -> None:
    number = takes("王秀英", "氨氯地平", "08:00", left=12)
    remind(house)
    assert texter("预约").startswith("选择中心\n")
    assert texter("吃了") == "已记录 08:00已服：氨氯地平（剩11次）。"
    assert texter("1").startswith("选择科室\n")
    assert texter("停止用药提醒").startswith("用药提醒已停止：氨氯地平。")
    assert left(house, number) == 11


def test_a_figure_answers_where_nothing_else_is_open(takes: Any, house: Any, texter: Any) -> None:
    number = takes("王秀英", "氨氯地平", "08:00", left=12)
    remind(house)
    assert texter("1") == "已记录 08:00已服：氨氯地平（剩11次）。"
    assert texter("1").startswith("选择中心\n")  # what one types at the root menu
    assert left(house, number) == 11
