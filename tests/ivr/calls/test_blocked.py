"""Three visits missed, booking refused with its date, the appeal by one key, the answer, booking again: by voice."""

from __future__ import annotations

import datetime as dt
import re
from itertools import count
from typing import Any

from clinic import visits, vouchers
from clinic.fairness import absences, appeals, rules
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Block, ClinicSession, Message, RelatedPerson, Visit
from tests.ivr.calls.conftest import NOW, PHONE, House

HOUSE = Installation("https://care.example", "12580120", "*120#", "12580")
_calls = count(1)


def call(house: House, *keys: str, wait: float = 60) -> str:
    """A call with these keys; all that was said in it."""
    line, number = house.asterisk, next(_calls)
    before = len(line.said)
    line.uniqueid, line.channel = f"1798736500.{number}", f"PJSIP/trunk-b{number:07}"
    line.call()
    line.press(*keys)
    line.wait(wait)
    line.hang_up()
    return " ".join(line.said[before:])


def miss_three(house: House, now: dt.datetime) -> None:
    """Of the person whom the phone knows, on the three days before."""
    (person, *_) = [row.resident_id for row in house.rows(RelatedPerson) if row.is_self]
    (first, *_) = house.rows(ClinicSession)

    def miss(session: Any, days: int) -> int:
        row = ClinicSession(
            department_id=first.department_id,
            day=now.date() - dt.timedelta(days=days),
            half="am",
            starts=dt.time(8),
            ends=dt.time(11, 30),
            capacity=10,
            fee=0,
            release_at=now - dt.timedelta(days=30),
        )
        session.add(row)
        session.flush()
        return int(row.id)

    for days in (3, 2, 1):
        then = now - dt.timedelta(days=days)
        given = {"clinic_session": house.store.run_now(miss, days), "patient": person, "phone": PHONE}
        house.store.run_now(
            visits.book, language="zh", occasion=f"missed:{days}", installation=HOUSE, now=then, **given
        )
        house.store.run_now(vouchers.expire, now=then + dt.timedelta(hours=20))
    house.store.run_now(absences.scan, rules=Rules(), installation=HOUSE, now=now)


def test_by_voice(house: House) -> None:
    given = {"times": 3, "months": 12, "block_months": 3, "valid_from": dt.date(2026, 1, 1), "valid_until": None}
    house.store.run_now(rules.add, centre="", what="noshow", by="test", now=NOW, **given)
    miss_three(house, NOW)
    (block,) = house.rows(Block)
    assert block.counted == [1, 2, 3]
    (told,) = [row for row in house.rows(Message) if row.kind == "block.missed_sms"]
    assert "3次预约未到" in told.text

    book = ("1", "1", "1", "1", "1", "1")  # book, department, day, session, for oneself, yes
    assert "电话预约已暂停至" in call(house, *book)
    assert len(house.rows(Visit)) == 3

    said = call(house)
    account = key_before(said, "我的账户")
    said = call(house, account)
    mine = key_before(said, "暂停预约与申诉")
    said = call(house, "2", account, mine, "1")  # who hung up in the menu is asked whether to go on: no, begin again
    assert "3次预约没有到" in said
    assert "申诉已提交" in said
    (block,) = house.rows(Block)
    assert (block.appeal, block.appeal_text, block.appeal_phone) == ("open", "", PHONE)
    assert "申诉正在处理" in call(house, account, mine)

    answer = {"block": block.id, "granted": True, "answer": "已核实", "by": "amy", "rules": Rules()}
    house.store.run_now(appeals.decide, installation=HOUSE, now=NOW, **answer)
    said = call(house, *book)
    assert "已被暂停" not in said
    assert [row.state for row in house.rows(Visit)] == ["noshow"] * 3 + ["booked"]


def key_before(said: str, words: str) -> str:
    """The key that is said with this option, whichever way round."""
    found = re.search(rf"{words}[^0-9]{{0,6}}(\d)", said) or re.search(rf"(\d)[^0-9]{{0,4}}{words}", said)
    assert found is not None, said
    return found[1]
