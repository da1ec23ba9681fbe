"""`caredial accounts` and `caredial settle` as somebody at the counter, and at the desk, types them."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.installation import Installation
from clinic.money import asking
from clinic.tables import Audit, Centre, LedgerAccount, Message, Payment
from clinic.visits import paid

HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


def documents(result: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def last_code(place: Any) -> str:
    text = place.store.run_now(lambda s: s.scalar(select(Message.text).order_by(Message.id.desc()).limit(1)))
    found = re.search(r"\d{6}|\d{3} \d{3}", text)
    assert found is not None, text
    return found[0].replace(" ", "")


def pay(place: Any, amount: str = "") -> int:
    """A visit that is paid by mobile money; the payment's number."""
    place.store.run_now(lambda s: s.execute(update(Centre).values(payment="optional")) and None)
    place.book(pays="mobile", provider="wallet")
    now = dt.datetime.now(dt.UTC)
    (due,) = place.store.run_now(asking.claim, now=now, most=9, lease=dt.timedelta(minutes=1))
    said = {"reference": "R1", "amount": Decimal(amount) if amount else due.amount, "currency": "CNY"}
    place.store.run_now(paid.completed, payment=due.id, installation=HOUSE, now=now, **said)
    return int(due.id)


def test_an_account_from_opening_to_paying_out(caredial: Any, place: Any) -> None:
    assert "1 account" in caredial("accounts", "open", "1", "--centre", "DY").stdout
    assert caredial("accounts", "top-up", "1", "50.00", input="n\n").exit_code == 1
    result = caredial("accounts", "top-up", "1", "50.00", "--by", "李会计", input="y\n")
    assert "Take in 50.00 CNY" in result.stderr
    receipt = result.stdout
    for part in ("充值收据", "金额：50元", "余额：50元", "经办：李会计"):
        assert part in receipt
    caredial("accounts", "pay-out", "1", "12.5", "--yes")
    lines = documents(caredial("accounts", "statement", "1", "--json"))
    assert [(each["kind"], each["amount"]["amount"], each["after"]["amount"]) for each in lines] == [
        ("topup", "50.00", "50.00"),
        ("payout", "-12.50", "37.50"),
    ]
    shown = caredial("accounts", "statement", "1").stdout
    assert "37.50 CNY" in shown
    refused = caredial("accounts", "pay-out", "1", "37.51", "--yes")
    assert refused.exit_code == 1
    assert "not as much in the account" in refused.stderr
    assert "余额：0元" in caredial("accounts", "pay-out", "1", "all", "--yes").stdout
    assert "there is nothing" in caredial("accounts", "pay-out", "1", "all", "--yes").stderr
    assert caredial("accounts", "check").stdout == "the books are right\n"


def test_one_act_is_done_once(caredial: Any, place: Any) -> None:
    caredial("accounts", "open", "1", "--centre", "DY")
    words = ("accounts", "top-up", "1", "50", "--once", "till-7-12", "--yes", "--json")
    (first,), (second,) = documents(caredial(*words)), documents(caredial(*words))
    assert first == second
    (account,) = documents(caredial("accounts", "show", "1", "--json"))
    assert account["balance"] == {"amount": "50.00", "currency": "CNY"}
    other = caredial("accounts", "top-up", "1", "60", "--once", "till-7-12", "--yes")
    assert other.exit_code == 1
    assert "entry 1 was written for this before, with another amount" in other.stderr


def test_a_phone_is_linked_with_the_code_that_it_was_sent(caredial: Any, place: Any) -> None:
    caredial("accounts", "open", "1", "--centre", "DY")
    phone = ("accounts", "link", "1", "15400000009")
    assert "a code was sent to +86154****0009" in caredial(*phone).stdout
    right = last_code(place)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    assert caredial(*phone, "--code", wrong).exit_code == 1
    assert "+86154****0009" in caredial(*phone, "--code", right).stdout
    assert caredial(*phone, "--code", right).exit_code == 1  # once
    assert "1 account" in caredial("accounts", "list", "--phone", "15400000009").stdout
    assert "no more" in caredial(*phone, "--remove").stdout
    assert "0 accounts" in caredial("accounts", "list", "--phone", "15400000009").stdout


def test_a_code_for_one_account_links_no_other(caredial: Any, place: Any) -> None:
    for resident in ("1", "2"):
        caredial("accounts", "open", resident, "--centre", "DY")
    caredial("accounts", "link", "1", "15400000009")
    result = caredial("accounts", "link", "2", "15400000009", "--code", last_code(place))
    assert result.exit_code == 1
    assert documents(caredial("accounts", "show", "2", "--json"))[0]["phones"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("open", "1", "--centre", "ZZ"), "there is no centre ZZ"),
        (("open", "99999", "--centre", "DY"), "there is no resident 99999"),
        (("show", "7"), "there is no account 7"),
        (("insure", "7", "--covered", "1", "--reference", "YB1", "--yes"), "there is no visit 7"),
    ],
)
def test_what_there_is_not_is_told(caredial: Any, place: Any, words: tuple[str, ...], told: str) -> None:
    result = caredial("accounts", *words)
    assert result.exit_code == 1
    assert told in result.stderr


@pytest.mark.parametrize("amount", ["0", "-1", "12.505", "1e3", "fifty"])
def test_what_is_no_amount_is_a_mistake(caredial: Any, place: Any, amount: str) -> None:
    caredial("accounts", "open", "1", "--centre", "DY")
    assert caredial("accounts", "top-up", "--yes", "--", "1", amount).exit_code == 2


def test_an_insured_visit_is_swapped(caredial: Any, place: Any) -> None:
    pay(place)
    words = ("accounts", "insure", "1", "--covered", "4.00", "--reference", "YB1", "--yes")
    assert "insurer 4.00 CNY, resident 2.00 CNY" in caredial(*words).stdout
    assert "was settled before" in caredial(*words).stdout
    assert "the books are right" in caredial("accounts", "check").stdout


def test_books_that_are_wrong_are_told(caredial: Any, place: Any) -> None:
    caredial("accounts", "open", "1", "--centre", "DY")
    caredial("accounts", "top-up", "1", "50", "--yes")
    place.store.run_now(lambda s: s.execute(update(LedgerAccount).values(balance=1)) and None)
    result = caredial("accounts", "check")
    assert result.exit_code == 1
    assert "account 1: balance 1" in result.stdout
    assert "the books are wrong" in result.stderr


def test_a_day_is_settled(caredial: Any, place: Any) -> None:
    pay(place)
    today = f"{dt.datetime.now(HOUSE.timezone):%Y-%m-%d}"
    head = "provider,day,kind,reference,amount,currency\n"
    Path("wallet.csv").write_text(f"{head}wallet,{today},charge,R1,5.50,CNY\nwallet,{today},charge,R7,3,CNY\n")
    assert "2 lines imported" in caredial("settle", "import", "provider-statement", "wallet.csv").stdout
    first = caredial("settle", "run", "--day", "today")
    assert first.exit_code == 1
    for part in ("wallet", "6.00 CNY", "8.50 CNY", "amount", "missing-here", "R7"):
        assert part in first.stdout
    assert "2 differences to see to" in first.stderr
    assert "difference 1 (amount, wallet" in caredial("settle", "clear", "1", "--note", "their fee", "--yes").stdout
    (result,) = documents(caredial("settle", "run", "--day", "today", "--json"))
    assert [(line["name"], line["note"]) for line in result["differences"]] == [
        ("amount", "their fee"),
        ("missing-here", ""),
    ]
    left = documents(caredial("settle", "open", "--json"))
    assert [line["name"] for line in left] == ["missing-here"]
    caredial("settle", "clear", str(left[0]["id"]), "--note", "of another centre", "--yes")
    assert caredial("settle", "run", "--day", "today").exit_code == 0
    assert "1 settlement" in caredial("settle", "list").stdout


def test_a_bad_statement_changes_nothing(caredial: Any, place: Any) -> None:
    Path("fees.csv").write_text("centre,day,visit,amount\nDY,2027-03-08,1,12.505\n")
    result = caredial("settle", "import", "hospital-fees", "fees.csv")
    assert result.exit_code == 1
    assert "line 2: amount: 12.505: CNY has 2 digits after the point" in result.stderr
    assert "nobody has said anything" in caredial("settle", "run", "--day", "2027-03-08").stderr


def test_money_that_was_not_asked_for_is_given_back(caredial: Any, place: Any) -> None:
    number = pay(place, "10.00")
    assert "differs" in caredial("settle", "open").stdout
    assert "refund 2 of 10.00 CNY is on its way" in caredial("settle", "give-back", str(number), "--yes").stdout
    assert "given back already" in caredial("settle", "give-back", str(number), "--yes").stderr
    place.store.run_now(lambda s: s.execute(update(Payment).where(Payment.id == 2).values(state="failed")) and None)
    assert "refund-failed" in caredial("settle", "open").stdout
    assert "on its way again" in caredial("settle", "retry", "2", "--yes").stdout
    assert "no refund that has failed" in caredial("settle", "retry", "2", "--yes").stderr
    assert caredial("accounts", "check").exit_code == 0


# Payments that a provider cannot finish.


def asked(place: Any) -> int:
    """A charge that nobody answers for."""
    place.store.run_now(lambda s: s.execute(update(Centre).values(payment="optional")) and None)
    place.book(pays="mobile", provider="wallet")
    now = dt.datetime.now(dt.UTC)
    (due,) = place.store.run_now(asking.claim, now=now, most=9, lease=dt.timedelta(minutes=1))
    return int(due.id)


def noted(place: Any, action: str) -> list[tuple[str, dict[str, str]]]:
    notes = select(Audit.actor, Audit.detail).where(Audit.action == action)
    return place.store.run_now(lambda s: [tuple(row) for row in s.execute(notes)])


def test_staff_finish_what_the_provider_says_elsewhere(caredial: Any, place: Any) -> None:
    payment = str(asked(place))
    assert caredial("settle", "done", payment, "--reference", "MP1", input="n\n").exit_code == 1
    assert "reference has 1 to 64" in caredial("settle", "done", payment, "--reference", " ", "--yes").stderr
    done = caredial("settle", "done", payment, "--reference", "MP1", "--by", "李会计", input="y\n")
    assert f"The money has moved, as MP1: the charge {payment} of " in done.stderr
    assert done.stdout.endswith(f"payment {payment}: booked\n")
    row = place.store.run_now(lambda s: tuple(s.execute(select(Payment.state, Payment.reference)).one()))
    assert row == ("completed", "MP1")
    assert noted(place, "payment.done") == [("staff:李会计", {"reference": "MP1"})]
    again = caredial("settle", "done", payment, "--reference", "MP2", "--yes")
    assert (again.exit_code, "is completed" in again.stderr) == (1, True)
    assert caredial("accounts", "check").stdout == "the books are right\n"


def test_staff_give_up_what_nobody_answers_for(caredial: Any, place: Any) -> None:
    payment = str(asked(place))
    given_up = ("settle", "failed", payment, "--why", "not in their books", "--by", "李会计", "--yes")
    assert caredial(*given_up).stdout == f"payment {payment}: failed\n"
    row = place.store.run_now(lambda s: tuple(s.execute(select(Payment.state, Payment.error)).one()))
    assert row == ("failed", "by staff: not in their books")
    assert noted(place, "payment.failed") == [("staff:李会计", {"why": "not in their books"})]
    assert "is failed" in caredial(*given_up).stderr
    assert "there is no payment 99" in caredial("settle", "failed", "99", "--why", "x", "--yes").stderr
