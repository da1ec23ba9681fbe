"""Three visits missed, the SMS that tells it, booking refused with its date, the appeal, the answer, booking again: the
whole way by USSD, and by SMS."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import vouchers
from clinic.fairness import absences, appeals, rules
from clinic.rules import Rules
from clinic.tables import Block, Message
from tests.dialogs.conftest import HOUSE, MONDAY, offered

IDENTITY = "110101195808142424"
TOLD = (
    "暂停预约通知：王*3次预约未到（11月23日周一全科、11月24日周二全科、11月25日周三全科），"
    "各中心电话预约暂停至2月24日周三。"
)
REFUSED = "电话预约已暂停至2月24日周三。"


@pytest.fixture(autouse=True)
def _a_week_and_a_rule(house: Any) -> None:
    """Places from Monday to Friday; three missed in a year block for three months."""

    def open_week(session: Any) -> None:
        for days in range(2, 5):
            session.add(offered(MONDAY.date() + dt.timedelta(days=days), "am", practitioner_id=1))

    house.store.run_now(open_week)
    given = {"times": 3, "months": 12, "block_months": 3, "valid_from": MONDAY.date(), "valid_until": None}
    house.store.run_now(rules.add, centre="", what="noshow", by="test", now=MONDAY, **given)


def next_morning(house: Any) -> None:
    """The jobs of the night, the SMS of the morning; half past nine."""
    house.moment = house.moment.replace(hour=0, minute=6) + dt.timedelta(days=1)
    house.store.run_now(vouchers.expire, now=house.moment)
    house.store.run_now(absences.scan, rules=Rules(), installation=HOUSE, now=house.moment)
    house.store.run_now(lambda session: session.execute(update(Message).values(state="sent")) and None)
    house.moment = house.moment.replace(hour=7, minute=30)


def miss_three(house: Any, book: Callable[..., str]) -> None:
    for day in range(3):
        assert "预约成功" in book(*(("王芳", IDENTITY) if day == 0 else ("1",)))
        next_morning(house)
    house.moment = house.moment.replace(hour=9, minute=30)


def told(house: Any) -> list[str]:
    rows = select(Message.text).where(Message.kind.like("block.%")).order_by(Message.id)
    return list(house.store.run_now(lambda session: list(session.scalars(rows))))


def grant(house: Any) -> None:
    given = {"block": 1, "granted": True, "answer": "已核实住院记录", "by": "amy", "rules": Rules()}
    house.store.run_now(appeals.decide, installation=HOUSE, now=house.moment, **given)


def block(house: Any) -> tuple[Any, ...]:
    columns = select(Block.appeal, Block.appeal_text, Block.counted, Block.lifted_by)
    return tuple(house.store.run_now(lambda session: session.execute(columns).one()))


def option(shown: str, word: str) -> str:
    """The number before this option."""
    (number,) = re.findall(rf"(\d+)\.{word}", shown)
    return str(number)


def test_by_ussd(network: Any) -> None:
    house, sessions = network.house, iter(range(1, 100))

    def dial(*answers: str) -> str:
        handset = network.phone(session=next(sessions))
        handset.read = len(network.sent)
        said = str(handset.dial("*120#", *answers))
        handset.hangs_up()
        house.kept.blobs.clear()  # what was broken off is not asked for
        return said

    def book(*who: str) -> str:
        # Book, the first centre and department, the first day and session, for whom, yes.
        return dial("1", "1", "1", "1", "1", *who, "1")

    miss_three(house, book)
    assert [text[: len(TOLD)] for text in told(house)] == [TOLD]
    assert REFUSED in book("1")

    account = option(dial(), "我的账户")
    mine = option(dial(account), "暂停预约与申诉")
    shown = dial(account, mine)
    assert "11月23日周一 全科\n11月24日周二 全科\n11月25日周三 全科\n" in shown.replace("\r", "")
    assert "暂停至2月24日周三" in shown
    assert "申诉已提交" in dial(account, mine, "1", "那几天住院")
    assert block(house) == ("open", "那几天住院", [1, 2, 3], "")
    assert "申诉正在处理" in dial(account, mine)
    assert REFUSED in book("1")

    grant(house)
    assert told(house)[1:] == ["申诉通过：王*在各中心的电话预约已恢复。答复：已核实住院记录"]
    assert "目前没有暂停预约" in dial(account, mine)
    assert "预约成功" in book("1")


def test_by_sms(house: Any, texter: Any) -> None:
    def book(*who: str) -> str:
        return str(texter.send("预约", "1", "1", "1", "1", *who, "1"))

    miss_three(house, book)
    assert [text[: len(TOLD)] for text in told(house)] == [TOLD]
    assert REFUSED in book("1")
    assert texter.send("申诉 那几天住院") == "> 申诉 那几天住院\n申诉已提交，结果将通知您。\n"
    assert block(house) == ("open", "那几天住院", [1, 2, 3], "")
    assert texter.send("申诉").startswith("> 申诉\n")
    assert block(house)[1] == "那几天住院"  # once
    assert REFUSED in book("1")
    grant(house)
    assert told(house)[1:] == ["申诉通过：王*在各中心的电话预约已恢复。答复：已核实住院记录"]
    assert block(house)[3] == "staff:amy"
    assert "预约成功" in book("1")
