"""Paying from an account by telephone: the code comes by SMS while one is on the line, and is keyed in."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from clinic.money import accounts
from clinic.tables import Centre, Message, Visit
from tests.ivr.calls.conftest import NOW, PHONE, House
from tests.ivr.calls.test_hotline import spoken

TO_PAY = ("1", "1", "1", "1", "1")  # book: department, day, session (one centre), for oneself


def code(house: House) -> str:
    """What the last SMS says."""
    found = re.search(r"验证码([\d ]+)", house.rows(Message)[-1].text)
    assert found is not None
    return found[1].replace(" ", "")


@pytest.fixture
def account(house: House) -> House:
    """An account with 20 yuan at a centre where one must pay."""
    house.store.run_now(lambda s: s.execute(update(Centre).values(payment="required")) and None)
    opened = house.store.run_now(accounts.open_account, resident=1, centre="DY", by="102", now=NOW)
    proof = accounts.proof_of(opened.id, PHONE)
    house.store.run_now(accounts.link, account=opened.id, phone=PHONE, proof=proof, by="102", now=NOW)
    act = {"account": opened.id, "amount": 2000, "occasion": "till:1", "by": "102", "now": NOW}
    house.store.run_now(accounts.top_up, **act)
    return house


def call_to_the_code(house: House) -> None:
    house.asterisk.call()
    for key in (*TO_PAY, "1", "1"):  # yes; from the account
        house.asterisk.wait()
        house.asterisk.press(key)
    house.asterisk.wait(20)


def test_a_code_is_keyed_in_and_the_visit_is_paid(account: House) -> None:
    call_to_the_code(account)
    assert spoken(account)[-1].startswith("验证码已用短信发送到您的手机，请按键输入6位数字。")
    account.asterisk.wait(30)  # the SMS takes its time, and nobody is told to hurry
    assert [visit.state for visit in account.rows(Visit)] == []
    account.asterisk.press(*code(account))
    account.asterisk.wait(20)
    (visit,) = account.rows(Visit)
    assert (visit.state, visit.pays, visit.paid) == ("booked", "account", 1250)
    assert "已从账户支付12.50元。" in "".join(spoken(account))


def test_a_wrong_code_is_told_and_asked_for_again(account: House) -> None:
    call_to_the_code(account)
    right = code(account)
    account.asterisk.press(*f"{(int(right) + 1) % 1_000_000:06}")
    account.asterisk.wait(20)
    assert spoken(account)[-1].startswith("验证码不对，还可以试4次。 验证码已用短信发送")
    account.asterisk.press(*right)
    account.asterisk.wait(20)
    assert [visit.state for visit in account.rows(Visit)] == ["booked"]


def test_a_code_may_begin_with_zero_which_calls_no_operator(account: House) -> None:
    call_to_the_code(account)
    account.asterisk.press(*"012345"[:5], "#")
    account.asterisk.wait(20)
    assert "验证码是6位数字。" in spoken(account)[-1]
    assert "正在为您转接" not in "".join(account.asterisk.said)


def test_a_star_goes_back_to_the_ways_to_pay(account: House) -> None:
    call_to_the_code(account)
    account.asterisk.press("*")
    account.asterisk.wait(5)
    assert spoken(account)[-1].startswith("怎样支付")
    assert account.rows(Visit) == []


def test_help_is_one_key_away(account: House) -> None:
    call_to_the_code(account)
    account.asterisk.press("#")
    account.asterisk.wait(20)
    assert "正在接通值班医生" in "".join(account.asterisk.said)
