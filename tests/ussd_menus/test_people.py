"""Booking for a relative from the first dialled digit on, by USSD and by SMS; and a recovered phone that goes on."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from clinic.people import recovery
from clinic.people.recovery import Recovered
from clinic.tables import Message, RelatedPerson
from tests.dialogs.conftest import HOUSE

IDENTITY, MOTHER = "110101195808142424", "110101193507120046"
ANY = ("8615400000008", "8615400000009")
NEW, NEW_PHONE = "8615400000003", "+8615400000003"


def account(network: Any) -> tuple[str, str]:
    """What one types for my account, and there for the people that one books for."""
    found = option(network.phone(ANY[0]).dial("*120#"), "我的账户")
    return found, option(network.phone(ANY[1]).dial("*120#", found), "就诊人管理")


def option(shown: str, word: str) -> str:
    """The number before this option."""
    (number,) = re.findall(rf"(\d+)\.{word}", shown)
    return str(number)


def people(house: Any) -> list[str]:
    return list(house.store.run_now(lambda s: list(s.scalars(select(RelatedPerson.name).order_by(RelatedPerson.id)))))


def test_by_ussd_for_my_mother(network: Any) -> None:
    house = network.house
    first, second = account(network)
    phone = network.phone()
    phone.dial("*120#", first, second, "王芳", IDENTITY)
    phone.dial("*120#", first, second, "2", "李桂兰", MOTHER)
    assert people(house) == ["王芳", "李桂兰"]
    said = phone.dial("*120#", "1", "1", "1", "1", "1", "2", "1")
    assert "为谁预约？\n1.本人（王*）\n2.李*兰\n3.其他人\n" in said
    assert "预约成功，第1号。" in said
    assert house.visits() == [("李桂兰", 1, 1, "booked")]


def test_by_sms_for_my_mother_whom_this_phone_has_never_named(texter: Any, house: Any) -> None:
    texter.send("预约", "1", "1", "1", "1", f"王芳 {IDENTITY}", "1")
    said = texter.send("预约", "1", "1", "1", "1", "2", f"李桂兰 {MOTHER}", "1")
    assert "> 1\n预约成功，第2号。\n东苑社区卫生服务中心 全科\n" in said
    assert [name for name, *_ in house.visits()] == ["王芳", "李桂兰"]


def test_a_recovered_phone_goes_on_where_the_lost_one_was(network: Any) -> None:
    house = network.house
    lost, new = network.phone(), network.phone(NEW)
    lost.dial("*120#", "1", "1", "1", "2", "1", "王芳", IDENTITY, "1")
    given = {"by": "desk", "rules": house.desk.rules.booking, "installation": HOUSE, "now": house.moment}
    digest = house.vault.digest(IDENTITY)
    house.store.run_now(recovery.begin, identities=[digest], to=NEW_PHONE, old=None, **given)
    (code,) = re.findall(r"验证码(\d{6})", " ".join(house.messages()))
    done = house.store.run_now(recovery.confirm, phone=NEW_PHONE, code=code, **given)
    assert isinstance(done, Recovered)
    assert "您没有预约" in lost.dial("*120#", "2")
    seen = new.dial("*120#", "2", "1", "1")
    assert "第1号" in seen
    assert seen.endswith("> 1\nT码已重发，请查收短信。\n(end)\n")
    told = house.store.run_now(lambda s: list(s.scalars(select(Message.phone).order_by(Message.id))))
    assert told[-1] == NEW_PHONE
    again = new.dial("*120#", "1", "1", "1", "1", "1", "1", "1")
    assert "为谁预约？\n1.本人（王*）\n" in again
    assert [name for name, *_ in house.visits()] == ["王芳", "王芳"]
    stranger = lost.dial("*120#", "1", "1", "1", "1", "2")
    assert stranger.endswith("请输入就诊人姓名\n0.返回\n")
