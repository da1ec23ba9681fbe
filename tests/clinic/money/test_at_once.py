"""The same payment answered, its visit given up and its time over, all at the same moment: one of them wins, once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from clinic.errors import ClinicError
from clinic.money import accounts
from clinic.rules import BookingRules
from clinic.tables import Message, Payment, Visit
from tests.clinic.conftest import nth_identity
from tests.clinic.money.conftest import Till

MANY = 8
FREE = BookingRules(person_day=0, person=0, phone=0, phone_day=0)


def all_at_once(acts: list[Callable[[], Any]]) -> None:
    """Each on its own connection, in no order; what is refused is refused."""

    def act(one: Callable[[], Any]) -> None:
        try:
            one()
        except ClinicError:
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, random.Random(7).sample(acts, len(acts))))


def phone(n: int) -> str:
    return f"+861540003{n:04d}"


def test_answers_and_giving_up(till: Till) -> None:
    for n in range(MANY):
        person = till.clinic.person("王芳", nth_identity(n))
        till.book(offered=4, patient=person, phone=phone(n), rules=FREE)
    due = till.claim()
    till.clinic.wait(minutes=16)
    acts: list[Callable[[], Any]] = []
    for n, each in enumerate(sorted(due, key=lambda one: one.id)):
        acts += [lambda e=each: till.complete(e.id, reference=f"R{e.id}")] * 3
        acts += [lambda e=each: till.fail(e.id)] if n % 2 else []
        acts += [lambda n=n: till.clinic.cancel(n + 1, phone(n))] * 2
    all_at_once([*acts, till.give_up_unpaid, till.give_up_unpaid])

    assert till.broken() == []
    charges = [row for row in till.payments() if row[0] == "charge"]
    assert [row[2] for row in charges] == ["completed"] * MANY
    assert till.books()["provider:wallet"] == 1250 * MANY
    for refund in till.claim():
        till.complete(refund.id, reference=f"B{refund.id}")
    assert set(till.visits()) <= {("cancelled", 0), ("booked", 1250)}
    told = Counter(till.clinic.rows(Message.occasion))
    assert max(told.values()) == 1
    assert till.broken() == []


def test_one_account_and_many_who_spend_it(till: Till) -> None:
    """It holds enough for three visits; eight are booked from it at once, by its one phone."""
    till.book("counter", offered=3)
    account = till.account(1250 * 3)
    people = [till.clinic.person("王芳", nth_identity(n)) for n in range(MANY)]
    acts: list[Callable[[], Any]] = [
        lambda n=n: till.clinic.book(4, people[n], pays="account", rules=FREE, occasion=f"spend:{n}")
        for n in range(MANY)
    ]
    out = {"account": account, "amount": 1, "by": "102", "now": till.now}
    acts += [lambda n=n: till.run(accounts.pay_out, occasion=f"out:{n % 2}", **out) for n in range(4)]
    all_at_once(acts)
    booked = [paid for state, paid in till.visits() if state == "booked" and paid]
    spent = 1250 * len(booked)
    balance = till.run(accounts.show, account=account).balance.fen
    assert len(booked) in (2, 3)
    assert balance >= 0
    assert till.books()["fees"] == -spent
    assert till.books()["cash"] == balance + spent
    assert till.clinic.places(4)[0] == len(booked)
    assert till.broken() == []


def test_two_gateways_claim_each_payment_once(till: Till) -> None:
    for n in range(MANY):
        till.book(offered=4, patient=till.clinic.person("王芳", nth_identity(n)), phone=phone(n), rules=FREE)
    claimed: list[int] = []
    all_at_once([lambda: claimed.extend(due.id for due in till.claim(2))] * MANY)
    assert sorted(claimed) == sorted(till.clinic.rows(Payment.id))
    assert set(till.clinic.rows(Payment.tries)) == {1}
    assert set(till.clinic.rows(Visit.state)) == {"pending"}
