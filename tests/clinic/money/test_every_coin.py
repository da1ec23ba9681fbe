"""Whatever happens in whatever order, the books balance to nothing, no account owes us, and every coin is somewhere.

The money that went over the counter, and that the provider says has moved, is counted here by hand beside the books.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from clinic.errors import ClinicError
from clinic.money import accounts, troubles
from clinic.money.troubles import NotSo
from clinic.rules import BookingRules
from clinic.tables import ClinicSession, LedgerAccount, Payment, Visit
from clinic.tables.visits import STANDING
from tests.clinic.conftest import Clinic, nth_identity
from tests.clinic.money.conftest import FEE, Till

FREE = BookingRules(person_day=0, person=0, phone=0, phone_day=0)
ACTS = (
    *("book", "book", "pay", "topup", "payout", "claim", "claim", "complete", "complete", "complete", "odd", "fail"),
    *("unknown", "wait", "again", "again by account", "cancel", "cancel", "swap", "swap", "pay", "retry", "return"),
)
steps = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 6)), min_size=4, max_size=22)


@dataclass
class World:
    """A few residents with accounts, and what has really moved."""

    till: Till
    phones: list[str] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    visits: list[tuple[int, str]] = field(default_factory=list)
    cash: int = 0
    moved: int = 0
    people: int = 0

    def act(self, name: str, which: int) -> None:
        try:
            getattr(self, name.replace(" ", "_"))(which)
        except (ClinicError, NotSo):
            return  # refused; whatever it was, nothing has changed, as the checks show

    def book(self, which: int, pays: str = "mobile") -> None:
        """Everybody books for themselves, from a phone of their own, on the second day: it can be given up free."""
        who = which % len(self.phones)
        given = {"patient": who + 1, "phone": self.phones[who], "offered": (4, 5, 1)[which % 3], "rules": FREE}
        visit = self.till.book(pays, **given)
        self.visits.append((visit.id, self.phones[who]))

    def pay(self, which: int) -> None:
        self.book(which, "account")

    def topup(self, which: int) -> None:
        self.till.top_up(self.accounts[which % len(self.accounts)], 500 * (which + 1))
        self.cash += 500 * (which + 1)

    def payout(self, which: int) -> None:
        self.till.acts += 1
        act = {"occasion": f"out:{self.till.acts}", "by": "102", "now": self.till.now}
        account = self.accounts[which % len(self.accounts)]
        self.till.run(accounts.pay_out, account=account, amount=400 * (which + 1), **act)
        self.cash -= 400 * (which + 1)

    def claim(self, which: int) -> None:
        self.till.claim(which + 1)

    def complete(self, which: int, odd: int = 0) -> None:
        """Any payment that was ever asked for may be told of, late, early, twice, after a failure."""
        payment = self._asked(which)
        if payment is None:
            return
        amount = Decimal(payment.amount - odd) / 100
        said = self.till.complete(payment.id, amount, reference=f"R{payment.id}")
        if said != "repeated":
            self.moved += (payment.amount - odd) * (1 if payment.kind == "charge" else -1)

    def odd(self, which: int) -> None:
        self.complete(which, odd=which + 1)

    def fail(self, which: int) -> None:
        payment = self._asked(which)
        if payment is not None:
            self.till.fail(payment.id)

    def unknown(self, which: int) -> None:
        from clinic.money import asking  # noqa: PLC0415

        payment = self._asked(which)
        if payment is not None:
            self.till.run(asking.unknown, payment=payment.id, now=self.till.now)

    def wait(self, which: int) -> None:
        self.till.clinic.wait(minutes=4 * which)
        self.till.give_up_unpaid()

    def again(self, which: int, pays: str = "mobile") -> None:
        if self.visits:
            visit, phone = self.visits[which % len(self.visits)]
            self.till.again(visit, pays, phone)

    def again_by_account(self, which: int) -> None:
        self.again(which, "account")

    def cancel(self, which: int) -> None:
        if self.visits:
            visit, phone = self.visits[which % len(self.visits)]
            self.till.clinic.cancel(visit, phone)

    def swap(self, which: int) -> None:
        if self.visits:
            self.till.swap(self.visits[which % len(self.visits)][0], 200 * (which + 1))

    def retry(self, which: int) -> None:
        payment = self._asked(which)
        if payment is not None:
            self.till.run(troubles.retry, payment=payment.id, by="102", now=self.till.now)

    def give_back(self, which: int) -> None:
        payment = self._asked(which)
        if payment is not None:
            self.till.run(troubles.give_back, payment=payment.id, by="102", now=self.till.now)

    def _asked(self, which: int) -> Any:
        """The payments of this run that a provider knows of, one of them."""
        of_it = select(Payment.id, Payment.kind, Payment.amount).order_by(Payment.id.desc())
        known = of_it.where(Payment.method == "mobile", Payment.asked_at.is_not(None))
        found = self.till.run(lambda s: s.execute(known.limit(7)).all())
        return found[which % len(found)] if found else None

    def settle(self) -> None:
        """What is true at every step."""
        assert self.till.broken() == []
        assert self.till.sums_to_nothing()
        balances = self.till.clinic.rows(LedgerAccount.kind, LedgerAccount.balance)
        assert all(balance <= 0 for kind, balance in balances if kind == "resident")
        assert sum(balance for kind, balance in balances if kind == "cash") == self.cash
        assert sum(balance for kind, balance in balances if kind == "provider") == self.moved
        held = sum(self.till.clinic.rows(Visit.paid))
        assert sum(balance for kind, balance in balances if kind == "fees") == -held


@pytest.fixture
def world(till: Till) -> World:
    till.clinic.change(1, capacity=500)
    till.run(lambda s: s.execute(update(ClinicSession).values(capacity=500)) and None)
    world = World(till)
    for n in range(3):
        phone = f"+8615400002{n:03d}"
        till.book("counter", offered=(3, 6, 3)[n], patient=_person(till.clinic, n), phone=phone, rules=FREE)
        world.phones.append(phone)
        world.accounts.append(till.account(phone=phone, resident=n + 1))
    return world


def _person(clinic: Clinic, n: int) -> Any:
    return clinic.person("王芳", nth_identity(n))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=steps)
def test_every_coin_is_somewhere(world: World, taken: list[tuple[str, int]]) -> None:
    """The world goes on from one example to the next: so it gets old, and stranger."""
    for name, which in taken:
        world.act("give back" if name == "return" else name, which)
        world.settle()


def test_the_acts_do_what_they_say(world: World) -> None:
    """The test above is worth nothing if all is refused."""
    world.act("topup", 6)
    for name, which in (
        ("pay", 0),
        ("book", 1),
        ("claim", 6),
        ("complete", 0),
        ("swap", 0),
        ("cancel", 1),
        ("claim", 6),
    ):
        world.act(name, which)
        world.settle()
    states = world.till.clinic.rows(Visit.state, Visit.pays)
    assert states[3:] == [("booked", "account"), ("cancelled", "mobile")]
    assert world.moved == int(FEE * 100)
    world.act("complete", 0)
    world.settle()
    assert world.moved == 0
    assert [state for state, _ in states if state in STANDING]
