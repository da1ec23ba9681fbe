"""What befalls a booked visit, the same by USSD, by SMS and by voice: the clinic is stopped or moved, the provider's
answer is lost, the visit is given up and the money comes back, the number is passed over.

From the resident's choice to the text that they are sent, with the real menus, calls, payer and database. Over TCP and
with peers that nobody here wrote they are in tests/asterisk/test_journeys.py.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.money import accounts
from clinic.queue import calling
from clinic.sessions import changes
from clinic.sessions.changes import Target
from clinic.tables import ClinicSession, Message
from gateway.store import Store, connect
from tests.journeys.town import CHANNELS, OPENING, Resident, Town

FEE = 1250
TODAY, TOMORROW = 1, 4
"""The morning sessions in general practice."""

Towns = Callable[..., Town]
by_every_channel = pytest.mark.parametrize("channel", CHANNELS)


@pytest.fixture
def town(sqlite_schema: str) -> Iterator[Towns]:
    engine = connect(sqlite_schema, threads=2)
    yield lambda **conditions: Town(Store(engine), **conditions)
    engine.dispose()


def booked(said: str) -> bool:
    return "预约成功" in said


# The clinic is stopped, or moved.


@by_every_channel
def test_a_stopped_clinic(town: Towns, channel: str) -> None:
    here = town()
    me = here.resident(channel)
    assert booked(me.book())
    [code] = me.told()
    assert code.startswith("预约成功：东苑中心全科，3月9日周二上午08:00，第1号。")
    here.stop(TOMORROW, "医生外出")
    assert me.told() == [
        "停诊通知：王*，3月9日周二上午08:00，东苑中心全科第1号已停诊（医生外出），T码作废。"
        "重新预约请回复“预约”，或拨*120#。"
    ]
    assert "没有预约" in me.asks("我的预约")
    assert "上午" not in me.asks("预约看病", "东苑", "全科", "周二")
    assert booked(me.book(half="下午"))
    assert [(each.clinic_session_id, each.state) for each in me.visits()] == [(4, "cancelled"), (5, "booked")]
    [code] = me.told()
    assert code.startswith("预约成功：东苑中心全科，3月9日周二下午14:00，第1号。")
    here.sound()


@by_every_channel
@pytest.mark.parametrize("pay", ["手机支付", "账户"])
def test_of_a_stopped_clinic_what_was_paid_comes_back(town: Towns, channel: str, pay: str) -> None:
    here = town()
    me = here.resident(channel)
    account = here.account(me, 2000)
    paid(me, pay)
    me.told()
    here.stop(TOMORROW, "停电")
    here.wait(30)
    stopped, *more = me.told()
    assert stopped.startswith("停诊通知：王*，3月9日周二上午08:00")
    assert "退回" in stopped + "".join(more)
    assert (me.wallet, balance(here, account)) == (OPENING, 2000)
    assert booked(me.book(half="下午", pay="到院支付"))
    here.sound()


@by_every_channel
def test_a_clinic_that_is_moved(town: Towns, channel: str) -> None:
    """Nobody has to book anew: the visit moves with its number and its T-code; whoever cannot come gives it back."""
    here = town()
    me = here.resident(channel)
    me.book()
    me.told()
    code = me.tcode
    thursday = Target(dt.date(2027, 3, 11), "am", dt.time(8), dt.time(11))
    here.staff(changes.move, offered=TOMORROW, to=thursday, reason="停电")
    [moved] = me.told()
    assert moved.startswith("改期通知：王*，原3月9日周二08:00的东苑中心全科改为3月11日周四上午08:00")
    assert f"T码{code}不变" in moved.replace(" ", "")
    shown = me.asks("我的预约", "周四")
    assert "第1号" in shown
    assert "3月11日周四上午08:00" in shown
    assert "已取消" in me.asks("我的预约", "周四", "取消", "确认取消")
    assert booked(me.book(half="下午"))
    here.sound()


@by_every_channel
@pytest.mark.parametrize("ends", ["stopped", "given up"])
def test_a_t_code_that_has_not_left_yet_is_not_told_any_more(town: Towns, channel: str, ends: str) -> None:
    """The network was away, or a fixed line engaged: nobody is sent a void T-code after they were told that it is."""
    here = town()
    me = here.resident(channel)
    me.book()
    if ends == "stopped":
        here.stop(TOMORROW, "停电")
    else:
        me.asks("我的预约", "全科", "取消", "确认取消")
    waits = select(Message.text).where(Message.phone == me.phone, Message.state == "queued")
    [told] = here.store.run_now(lambda s: list(s.scalars(waits)))
    assert told.startswith("停诊通知" if ends == "stopped" else "已取消")


# The provider's answer is lost.

LOST: dict[str, dict[str, Any]] = {
    "the answer, and the callback comes": {"answer_lost": 1},
    "the answer and the callback": {"answer_lost": 1, "callback_times": 0},
    "the request": {"answer_unheard": 1},
}


@by_every_channel
@pytest.mark.parametrize("lost", LOST)
def test_a_payment_of_which_something_is_lost(town: Towns, channel: str, lost: str) -> None:
    here = town(**LOST[lost])
    me = here.resident(channel)
    said = me.book(pay="手机支付")
    assert "第1号" in said
    assert "请在手机上确认支付12.50元" in said
    assert me.visit.state == "pending"
    here.wait(5)
    if lost == "the request":
        here.platform.conditions = here.platform.conditions.changed({"answer_unheard": 0})
    here.wait(120)
    assert (me.visit.state, me.visit.paid) == ("booked", FEE)
    assert me.wallet == OPENING - FEE
    [code] = me.told()
    assert code.startswith("预约成功：东苑中心全科，3月9日周二上午08:00，第1号。T码")
    assert me.tcode in code.replace(" ", "")
    here.settled(charged=1)


@by_every_channel
def test_who_does_not_confirm_is_told_and_pays_again(town: Towns, channel: str) -> None:
    here = town(answer_lost=1, pay_manner="declines")
    me = here.resident(channel)
    me.book(pay="手机支付")
    here.wait(60)
    [failed] = me.told()
    assert failed.startswith("支付未成功：全科3月9日周二上午，12.50元。")
    assert me.wallet == OPENING
    here.platform.conditions = here.platform.conditions.changed({"pay_manner": "confirms"})
    assert "请在手机上确认支付12.50元" in me.asks("我的账户", "待支付", "全科", "手机支付")
    here.wait(60)
    assert (me.visit.state, me.visit.paid, me.wallet) == ("booked", FEE, OPENING - FEE)
    assert me.told()[-1].startswith("预约成功")
    here.settled(charged=1)


@by_every_channel
def test_a_clinic_that_is_stopped_while_an_answer_is_lost(town: Towns, channel: str) -> None:
    """What moves at the provider after that comes back by itself."""
    here = town(answer_lost=1, callback_times=0, pay_seconds=20)
    me = here.resident(channel)
    me.book(pay="手机支付")
    here.wait(5)
    here.stop(TOMORROW, "停电")
    [stopped] = me.told()
    assert stopped.startswith("停诊通知：王*，3月9日周二上午08:00")
    assert "退回" in stopped
    here.wait(300, step=5)
    assert (me.visit.state, me.wallet) == ("cancelled", OPENING)
    returned, refunded = me.told()
    assert "12.50元" in returned
    assert "已原路退回" in refunded
    here.settled(charged=1, returned=1)


# Given up, and the money comes back to where it came from.


def paid(me: Resident, pay: str) -> None:
    """A visit of tomorrow, paid."""
    assert ("账户" if pay == "账户" else "请在手机上确认支付") in me.book(pay=pay)
    me.town.wait(30)
    assert (me.visit.state, me.visit.paid) == ("booked", FEE)


def balance(here: Town, account: int) -> int:
    return int(here.store.run_now(accounts.show, account=account).balance.fen)


def entries(me: Resident) -> str:
    """What the account's menu says of its entries; by voice once a code has proved the phone."""
    return me.asks("我的账户", "收支")


def statement(here: Town, account: int) -> list[tuple[str, int]]:
    """What `caredial accounts statement` lists."""
    lines = here.store.run_now(accounts.statement, account=account)
    return [(line.kind, line.amount.fen) for line in lines]


@by_every_channel
def test_given_up_it_goes_back_to_the_phone(town: Towns, channel: str) -> None:
    here = town()
    me = here.resident(channel)
    account = here.account(me, 2000)
    paid(me, "手机支付")
    assert (me.wallet, balance(here, account)) == (OPENING - FEE, 2000)
    me.told()
    said = me.asks("我的预约", "全科", "取消")
    assert "已付12.50元将原路退回" in said
    assert "已取消" in me.asks("我的预约", "全科", "取消", "确认取消")
    here.wait(30)
    assert "已原路退回" in me.told()[-1]
    assert (me.wallet, balance(here, account)) == (OPENING, 2000)
    here.settled(charged=1, returned=1)


@by_every_channel
def test_given_up_it_goes_back_to_the_account(town: Towns, channel: str) -> None:
    here = town()
    me = here.resident(channel)
    account = here.account(me, 2000)
    paid(me, "账户")
    assert (me.wallet, balance(here, account)) == (OPENING, 750)
    assert "已取消" in me.asks("我的预约", "全科", "取消", "确认取消")
    assert (me.wallet, balance(here, account)) == (OPENING, 2000)
    said = entries(me)
    assert "退款 12.50元" in said
    assert "支付 -12.50元" in said
    assert "账户余额20元" in said
    assert statement(here, account) == [("topup", 2000), ("charge", -FEE), ("refund", FEE)]
    here.settled()


@by_every_channel
def test_given_up_too_late_it_is_said_before(town: Towns, channel: str) -> None:
    here = town()
    me = here.resident(channel)
    me.book(day="周一", half="下午", pay="手机支付")
    here.wait(30)
    assert "已付12.50元不退" in me.asks("我的预约", "全科", "取消")
    assert "已取消" in me.asks("我的预约", "全科", "取消", "确认取消")
    here.wait(30)
    assert me.wallet == OPENING - FEE
    here.settled(charged=1)


# There is no place left.


@by_every_channel
def test_a_place_that_comes_back_to_who_waits(town: Towns, channel: str) -> None:
    here = town()
    two = update(ClinicSession).values(capacity=2).where(ClinicSession.id == 5)
    here.store.run_now(lambda s: s.execute(two) and None)
    first, _ = here.strangers(2, offered=5)
    me = here.resident(channel)
    said = me.asks("预约看病", "东苑", "全科", "摇号", "周二下午", "本人", "确认")
    assert re.search("已经?候补，您排在?第一", said)
    here.gives_back(first)
    [offer] = me.told()
    assert offer.startswith("有号")
    assert "王*，3月9日周二下午14:00，东苑中心全科，12.50元" in offer
    said = me.types("1") if channel == "sms" else me.asks("我的账户", "候补", "有号", "预约")
    assert booked(said)
    assert (me.visit.clinic_session_id, me.visit.state, me.visit.queue) == (5, "booked", 3)
    assert me.told()[-1].startswith("预约成功")
    here.sound()


# The number is called, and its holder is outside.


@by_every_channel
def test_a_number_that_is_passed_over(town: Towns, channel: str) -> None:
    here = town()
    first, second = here.strangers(2)
    me = here.resident(channel)
    me.book(day="周一")
    fourth, last = here.strangers(2)
    assert [here.comes(each) for each in (first, second, me.visit.id, fourth)] == ["genuine"] * 4
    me.told()

    here.calls()
    here.wait(300)
    said = me.asks("我的预约", "全科")
    assert called(said) == 1
    assert ahead(said) == 1
    here.calls()
    here.wait(300)
    assert here.calls().queue == 3
    assert "正在叫您，请进诊室" in me.asks("我的预约", "全科")
    here.staff(calling.recall, offered=TODAY)
    assert me.told()[-1] == "请3号王*到全科101就诊，正在叫号。"

    here.staff(calling.pass_over, visit=me.visit.id)
    said = me.asks("我的预约", "全科")
    assert "已过号。请到" in said
    assert here.calls().queue == 4
    here.wait(120)
    assert here.comes(last) == "genuine"
    assert here.comes(me.visit.id) == "returned"
    said = me.asks("我的预约", "全科")
    assert "已过号" not in said
    assert called(said) == 4
    assert ahead(said) == 0
    assert here.calls().queue == 3  # the one after whom they came back is in the room
    assert "正在叫您，请进诊室" in me.asks("我的预约", "全科")
    assert here.calls().queue == 5
    assert me.visit.state == "fulfilled"
    here.sound()


def called(said: str) -> int:
    """Whose number is called now."""
    [number] = re.findall(r"叫到?(\d+)号", said)
    return int(number)


def ahead(said: str) -> int:
    """How many are told to be before them."""
    [many] = set(re.findall(r"前面(?:还有|没有|无)?(\d*)人", said))
    return int(many or 0)
