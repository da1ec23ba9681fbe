"""Paying for a visit when it is booked, or while its place is held; the account."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.money import accounts, asking
from clinic.rules import Provider, Rules
from clinic.tables import Centre, LedgerAccount, Payment, Resident
from clinic.visits import paid
from dialogs.account import my_account
from dialogs.booking import book_visit
from dialogs.visits import my_visits
from tests.dialogs.conftest import HOUSE, PHONE

IDENTITY = "110101195808142424"
FIRST_TIME = ("1", "1", "1", "1", "王芳", IDENTITY, "1")
AGAIN = ("1", "1", "2", "1", "1", "1")  # the second day, for oneself


def centre(house: Any, payment: str) -> None:
    house.store.run_now(lambda s: s.execute(update(Centre).values(payment=payment)) and None)


def account(house: Any, fen: int) -> None:
    """The first resident's, with so much in it, for the caller's phone."""
    now = house.moment
    opened = house.store.run_now(accounts.open_account, resident=1, centre="DY", by="102", now=now)
    proof = accounts.proof_of(opened.id, PHONE)
    house.store.run_now(accounts.link, account=opened.id, phone=PHONE, proof=proof, by="102", now=now)
    act = {"account": opened.id, "amount": fen, "occasion": "till:1", "by": "102", "now": now}
    house.store.run_now(accounts.top_up, **act)


def claimed(house: Any) -> Any:
    found = house.store.run_now(asking.claim, now=house.moment, most=9, lease=dt.timedelta(minutes=1))
    return found[0]


def complete(house: Any) -> str:
    due = claimed(house)
    said = {"reference": "R1", "amount": due.amount, "currency": due.currency, "installation": HOUSE}
    return str(house.store.run_now(paid.completed, payment=due.id, now=house.moment, **said))


def fail(house: Any) -> None:
    due = claimed(house)
    house.store.run_now(paid.failed, payment=due.id, error="no", installation=HOUSE, now=house.moment)


def code(house: Any) -> str:
    """The last code that was sent."""
    found = re.search(r"验证码([\d ]+)", house.messages()[-1])
    assert found is not None
    return found[1].replace(" ", "")


@pytest.fixture
def wallet(house: Any) -> Any:
    """One may pay when booking, or at the centre; this phone has a wallet."""
    house.rules = Rules(providers=(Provider("wallet", ("+86154",)), Provider("other", ("+86139",))))
    centre(house, "optional")
    return house


def test_where_one_pays_at_the_counter_nothing_is_asked(caller: Any, house: Any) -> None:
    house.rules = Rules(providers=(Provider("wallet"),))
    assert "怎样支付" not in caller.talk(book_visit, *FIRST_TIME)
    assert house.visits() == [("王芳", 1, 1, "booked")]


def test_by_mobile_money(caller: Any, wallet: Any) -> None:
    assert caller.talk(book_visit, *FIRST_TIME, "1").endswith(
        "> 1\n"
        "怎样支付12.50元？\n1.手机支付\n2.到院支付\n0<\n"
        "> 1\n"
        "第1号已为您保留到07:45。\n请在手机上确认支付12.50元，T码随后以短信发送。\n(end)\n"
    )
    assert wallet.messages() == []
    assert complete(wallet) == "booked"
    assert wallet.messages()[0].startswith("预约成功：东苑社区卫生服务中心全科")
    assert wallet.visits() == [("王芳", 1, 1, "booked")]


def test_at_the_counter_where_one_may_choose(caller: Any, wallet: Any) -> None:
    assert "T码将以短信发送" in caller.talk(book_visit, *FIRST_TIME, "2")
    assert wallet.store.run_now(lambda s: s.scalars(select(Payment.id)).all()) == []


def test_where_one_must_pay_one_may_also_leave_it(caller: Any, wallet: Any) -> None:
    centre(wallet, "required")
    said = caller.talk(book_visit, *FIRST_TIME, "2", language="en")
    assert said.endswith("How do you pay ¥12.50?\n1.Mobile money\n2.Do not book\n0<\n> 2\nNothing was booked.\n(end)\n")
    assert wallet.visits() == []


def test_where_one_must_pay_and_cannot_it_is_said(caller: Any, house: Any) -> None:
    centre(house, "required")
    said = caller.talk(book_visit, *FIRST_TIME)
    assert said.endswith("此处预约须先付费，而本机目前无法支付。请到中心窗口预约。\n(end)\n")
    assert house.visits() == []


def test_from_the_account(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    said = caller.talk(book_visit, *AGAIN, "1")
    assert (
        "怎样支付12.50元？\n1.账户（余额20元）\n2.手机支付\n3.到院支付\n0<\n> 1\n已从账户支付12.50元。\n预约成功"
        in said
    )
    caller.talk(book_visit, "1", "1", "2", "2", "1", "1")  # what is left does not suffice
    assert "账户（余额" not in caller.said.rpartition("怎样支付")[2]


def test_what_is_spent_while_one_chooses_is_asked_again(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 1250)
    spend = update(LedgerAccount).where(LedgerAccount.kind == "resident").values(balance=-100)
    said = caller.talk(book_visit, *AGAIN, lambda: wallet.store.run_now(lambda s: s.execute(spend) and None), "1", "1")
    assert "账户余额不足。\n怎样支付12.50元？\n1.手机支付\n2.到院支付\n0<\n> 1\n第1号已为您保留" in said


# By telephone: the number of a caller can be forged.


def spoken(caller: Any, *answers: str | Callable[[], None]) -> str:
    return str(caller.talk(book_visit, *answers, channel="voice"))


def test_by_voice_an_account_is_paid_from_with_a_code_that_comes_by_sms(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    before = len(wallet.messages())
    assert spoken(caller, *AGAIN, "1").endswith("> 1\n请输入短信中的6位验证码\n0<\n(gone)\n")
    assert len(wallet.messages()) == before + 1
    right = code(wallet)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    said = spoken(caller, "1", wrong, "12345", right)
    assert "验证码不对，还可以试4次。\n请输入短信中的6位验证码" in said
    assert "验证码是6位数字。" in said
    assert "已从账户支付12.50元。" in said
    assert len(wallet.messages()) == before + 2  # one code, however often the dialog was run again
    assert wallet.visits()[-1][-1] == "booked"


def test_who_has_not_the_phone_does_not_pay_from_its_account(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    wrong: list[str] = []

    def five_wrong() -> list[str]:
        return [f"{n:06}" for n in range(5)]

    spoken(caller, *AGAIN, "1")
    wrong = [each for each in five_wrong() if each != code(wallet)]
    spoken(caller, "1", *wrong)
    assert "已从账户支付" not in caller.said
    assert len(wallet.visits()) == 1


def test_a_telephone_that_gets_no_sms_is_not_offered_the_account_by_voice(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    from clinic.tables import Subscriber  # noqa: PLC0415

    wallet.store.run_now(lambda s: s.execute(update(Subscriber).values(contact="voice")) and None)
    assert "账户（余额" not in spoken(caller, *AGAIN)
    assert "怎样支付12.50元？\n1.手机支付\n2.到院支付\n0<\n(gone)\n" in caller.said


def at_the_telephone(caller: Any, *answers: str) -> str:
    return str(caller.talk(my_account, *answers, channel="voice"))


@pytest.mark.parametrize("line", ["1", "2"])
def test_by_voice_nothing_of_an_account_is_told_before_a_code_proves_the_phone(
    caller: Any, wallet: Any, line: str
) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    assert at_the_telephone(caller, line).endswith(f"> {line}\n请输入短信中的6位验证码\n0<\n(gone)\n")
    assert "20元" not in caller.said
    right = code(wallet)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    assert "验证码不对，还可以试4次。\n请输入短信中的6位验证码" in at_the_telephone(caller, "1", wrong)
    assert "20元" not in caller.said
    assert at_the_telephone(caller, "1", right).endswith("东苑社区卫生服务中心账户余额20元\n(end)\n")


def test_by_voice_a_telephone_without_sms_hears_nothing_of_its_account(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    from clinic.tables import Subscriber  # noqa: PLC0415

    wallet.store.run_now(lambda s: s.execute(update(Subscriber).values(contact="voice")) and None)
    assert "目前无法向本机发送验证码，请到中心窗口查询。\n我的账户" in at_the_telephone(caller, "1")
    assert "20元" not in caller.said
    assert at_the_telephone(caller, "1").count("验证码") == 1


def test_by_voice_the_ways_to_pay_do_not_tell_the_balance(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    assert "怎样支付12.50元？\n1.账户\n2.手机支付" in spoken(caller, *AGAIN)


# A place that is held.


@pytest.fixture
def held(caller: Any, wallet: Any) -> Any:
    caller.talk(book_visit, *FIRST_TIME, "1")
    return caller


def test_a_held_place_says_until_when_and_can_be_paid_again(held: Any, wallet: Any) -> None:
    said = held.talk(my_visits, "1", "1")
    assert said.startswith("我的预约\n1.11月23日周一上午 全科 第1号 待支付\n> 1\n")
    assert said.endswith("上一笔支付还在处理中，请稍候。\n(end)\n")
    fail(wallet)
    assert held.talk(my_visits, "1", "1", "1").endswith(
        "第1号，保留到07:45\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00 欧阳雨桐\n"
        "王* 待支付12.50元\n1.支付\n2.取消\n0<\n"
        "> 1\n"
        "怎样支付12.50元？\n1.手机支付\n2.暂不支付\n0<\n"
        "> 1\n"
        "第1号已为您保留到07:45。\n请在手机上确认支付12.50元，T码随后以短信发送。\n(end)\n"
    )
    assert complete(wallet) == "booked"


def test_it_can_be_paid_from_an_account_instead(held: Any, wallet: Any) -> None:
    fail(wallet)
    account(wallet, 2000)
    said = held.talk(my_account, "3", "1", "1")
    assert "待支付的预约\n1.11月23日周一上午 全科 12.50元\n0<\n> 1\n怎样支付12.50元？\n1.账户（余额20元）" in said
    assert "已从账户支付12.50元。\nT码" in said
    assert wallet.visits() == [("王芳", 1, 1, "booked")]


def test_it_can_be_given_up(held: Any, wallet: Any) -> None:
    said = held.talk(my_visits, "1", "2", "1")
    assert said.endswith("> 1\n预约已取消。\n(end)\n")
    assert "退回" not in said
    assert wallet.visits() == [("王芳", 1, 1, "cancelled")]


def test_one_that_was_paid_meanwhile_is_not_paid_again(held: Any, wallet: Any) -> None:
    fail(wallet)
    held.talk(my_visits, "1", "1", "1")
    held.talk(my_visits, "1")
    said = held.talk(my_visits, lambda: complete(wallet) and None, "1", "1")
    assert "怎样支付" not in said


# Giving up what is paid.


@pytest.mark.parametrize(
    ("day", "told"),
    [("1", "已过免费取消时间，已付12.50元不退。\n"), ("2", "已付12.50元将原路退回。\n")],
)
def test_before_one_gives_up_one_is_told_whether_the_money_comes_back(
    caller: Any, wallet: Any, day: str, told: str
) -> None:
    caller.talk(book_visit, "1", "1", day, "1", "王芳", IDENTITY, "1", "1")
    complete(wallet)
    said = caller.talk(my_visits, "1", "2", "1")
    assert f"{told}取消11月" in said
    refunds = wallet.store.run_now(lambda s: s.scalars(select(Payment.kind).where(Payment.kind == "refund")).all())
    assert bool(refunds) == ("退回" in told)


# The account.


def test_without_an_account(caller: Any, house: Any) -> None:
    assert caller.talk(my_account, "1").endswith("> 1\n本机没有账户。请带证件到中心窗口开户。\n(end)\n")
    assert caller.talk(my_account, "2", language="en").endswith(
        "> 2\nThis phone has no account. The counter opens one: please bring your identity card.\n(end)\n"
    )
    assert caller.talk(my_account, "3").endswith("> 3\n没有待支付的预约。\n(end)\n")


def test_balance_and_last_entries(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    caller.talk(book_visit, *AGAIN, "1")
    assert caller.talk(my_account, "1").endswith("> 1\n东苑社区卫生服务中心账户余额7.50元\n(end)\n")
    assert caller.talk(my_account, "2").endswith(
        "> 2\n11月23日周一 支付 -12.50元\n11月23日周一 充值 20元\n东苑社区卫生服务中心账户余额7.50元\n(end)\n"
    )


def test_of_two_accounts_one_is_chosen(caller: Any, wallet: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME, "2")
    account(wallet, 2000)
    opened = wallet.store.run_now(accounts.open_account, resident=1, centre="NH", by="102", now=wallet.moment)
    proof = accounts.proof_of(opened.id, PHONE)
    wallet.store.run_now(accounts.link, account=opened.id, phone=PHONE, proof=proof, by="102", now=wallet.moment)
    said = caller.talk(my_account, "2", "2")
    assert "选择账户\n1.东苑社区卫生服务中心 王*\n2.南河社区卫生服务中心 王*\n0<\n> 2\n还没有收支记录。\n" in said
    assert wallet.store.run_now(lambda s: s.scalar(select(Resident.name))) == "王芳"
