"""Blocks in the menu, by screen and by voice, and the answer to the SMS."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from clinic import visits
from clinic.fairness import absences, appeals, rules
from clinic.identity import Vault
from clinic.notices import Asked
from clinic.residents import NewPerson
from clinic.rules import Rules
from clinic.tables import Block
from clinic.vouchers import expire
from dialogs import takers
from dialogs.appeals import answered, appeal_in, my_blocks
from dialogs.incoming import Incoming
from tests.dialogs.conftest import HOUSE, MONDAY, PHONE, now_or_never

IDENTITY = "110101195808142424"


@pytest.fixture
def blocked(house: Any) -> Any:
    """The phone has missed a visit, and may not book for three months."""
    given = {"times": 1, "months": 12, "block_months": 3, "valid_from": dt.date(2026, 1, 1), "valid_until": None}
    run = house.store.run_now
    run(rules.add, centre="", what="noshow", by="test", now=MONDAY, **given)
    person = NewPerson("王小明", Vault(b"k" * 32).seal(IDENTITY))
    booking = {"clinic_session": 1, "patient": person, "phone": PHONE, "language": "zh", "occasion": "test"}
    run(visits.book, installation=HOUSE, now=MONDAY, **booking)
    house.wait(days=1)
    run(expire, now=house.moment)
    run(absences.scan, rules=Rules(), installation=HOUSE, now=house.moment)
    return house


def appeal_of(house: Any) -> tuple[str, str]:
    return tuple(house.store.run_now(lambda s: s.execute(select(Block.appeal, Block.appeal_text)).one()))


def decide(house: Any, *, granted: bool) -> None:
    given = {"block": 1, "granted": granted, "answer": "无法核实", "by": "amy", "rules": Rules()}
    house.store.run_now(appeals.decide, installation=HOUSE, now=house.moment, **given)


def test_without_a_block_there_is_nothing_to_show(caller: Any) -> None:
    assert caller.talk(my_blocks) == "目前没有暂停预约。\n(end)\n"


def test_the_block_with_its_days_and_visits_and_an_appeal(blocked: Any, caller: Any) -> None:
    assert caller.talk(my_blocks, "1", "病重住院") == (
        "11月23日周一 全科\n"
        "王*明1次预约未到，各中心电话预约暂停至2月22日周一。窗口可挂号。\n"
        "1.申诉\n"
        "2.不申诉\n"
        "> 1\n"
        "请写申诉原因\n"
        "0<\n"
        "> 病重住院\n"
        "申诉已提交，结果将通知您。\n"
        "(end)\n"
    )
    assert appeal_of(blocked) == ("open", "病重住院")


def test_in_english(blocked: Any, caller: Any) -> None:
    said = caller.talk(my_blocks, "2", language="en")
    assert said.startswith(
        "Mon 23 Nov General practice\n"
        "Missed visits of 王*明: 1. Booking by phone is blocked at all centres until Mon 22 Feb. "
        "You can still register at the counter.\n1.Appeal\n2.Do not appeal\n"
    )
    assert said.endswith("You have not appealed.\n(end)\n")
    assert appeal_of(blocked) == ("", "")


def test_by_voice_nothing_is_typed(blocked: Any, caller: Any) -> None:
    said = caller.talk(my_blocks, "1", letters=False)
    assert said.endswith("> 1\n申诉已提交，结果将通知您。\n(end)\n")
    assert appeal_of(blocked) == ("open", "")


def test_once(blocked: Any, caller: Any) -> None:
    caller.talk(my_blocks, "1", "病重住院")
    assert caller.talk(my_blocks).startswith("申诉正在处理，结果将通知您。\n王*明1次")
    decide(blocked, granted=False)
    assert caller.talk(my_blocks).startswith("申诉未通过：无法核实\n王*明1次")


def test_granted_the_block_is_gone(blocked: Any, caller: Any) -> None:
    caller.talk(my_blocks, "1", "病重住院")
    decide(blocked, granted=True)
    assert caller.talk(my_blocks) == "目前没有暂停预约。\n(end)\n"


def test_an_appeal_in_writing_has_a_reason(blocked: Any, caller: Any) -> None:
    assert "请写申诉原因" in caller.talk(my_blocks, "1", "  ", "误会")
    assert appeal_of(blocked) == ("open", "误会")


def test_it_ends_while_somebody_writes(blocked: Any, caller: Any) -> None:
    said = caller.talk(my_blocks, "1", lambda: blocked.wait(days=100), "误会")
    assert said.endswith("不能申诉：暂停预约已结束，或已申诉过。请到窗口咨询。\n(end)\n")


# The answer to the SMS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("申诉", ""),
        ("申诉 病重住院", "病重住院"),
        ("申诉：病重住院。", "病重住院"),
        ("“申诉”加原因", "加原因"),
        ("我要申诉，那天住院", "，那天住院".strip("，")),
        ("APPEAL I was ill.", "I was ill"),
        ("appeal", ""),
        ("appealing offer", None),
        ("预约", None),
        ("", None),
    ],
)
def test_what_is_an_appeal(text: str, why: str | None) -> None:
    assert appeal_in(text) == why


def test_an_answer_appeals_with_its_reason(blocked: Any) -> None:
    blocked.moment = blocked.moment.replace(hour=10)
    incoming = Incoming(PHONE, "申诉 那天住院", 7, "zh")
    assert now_or_never(takers.answered(incoming, blocked.desk)) is None  # the SMS has not come yet
    asked = Asked(1, "block", {"block": 1}, blocked.moment)
    assert now_or_never(answered(asked, incoming, blocked.desk)) == "申诉已提交，结果将通知您。"
    assert appeal_of(blocked) == ("open", "那天住院")
    decide(blocked, granted=False)
    assert now_or_never(answered(asked, incoming, blocked.desk)).startswith("不能申诉")


def test_any_other_text_is_no_answer(blocked: Any) -> None:
    asked = Asked(1, "block", {"block": 1}, blocked.moment)
    assert now_or_never(answered(asked, Incoming(PHONE, "谢谢", 7, "zh"), blocked.desk)) is None
    assert "block" in takers.ANSWERING
