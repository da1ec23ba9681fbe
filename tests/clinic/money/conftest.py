"""Visits with a fee of 12.50 at a centre where one may pay by phone, and what a test wants to see of the books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import invariants
from clinic.money import accounts, asking, checks, insurance
from clinic.tables import Centre, LedgerAccount, Payment, Posting, Visit
from clinic.views import VisitView
from clinic.visits import holds, paid
from tests.clinic.conftest import HOUSE, PHONE, Clinic

PROVIDER = "wallet"
FEE = Decimal("12.50")


@dataclass
class Till:
    """The money's side of the small clinic, in few words."""

    clinic: Clinic
    acts: int = 0

    @property
    def run(self) -> Callable[..., Any]:
        return self.clinic.run

    @property
    def now(self) -> dt.datetime:
        return self.clinic.moment

    def book(self, pays: str = "mobile", **more: Any) -> VisitView:
        return self.clinic.book(pays=pays, provider=PROVIDER, **more)

    def claim(self, most: int = 100) -> list[asking.Due]:
        return list(self.run(asking.claim, now=self.now, most=most, lease=dt.timedelta(seconds=30)))

    def complete(self, payment: int, amount: Decimal = FEE, currency: str = "CNY", reference: str = "R1") -> str:
        said = {"reference": reference, "amount": amount, "currency": currency}
        return str(self.run(paid.completed, payment=payment, installation=HOUSE, now=self.now, **said))

    def fail(self, payment: int, error: str = "not enough funds") -> str:
        return str(self.run(paid.failed, payment=payment, error=error, installation=HOUSE, now=self.now))

    def again(self, visit: int, pays: str = "mobile", phone: str = PHONE) -> VisitView:
        self.acts += 1
        given = {"visit": visit, "phone": phone, "pays": pays, "provider": PROVIDER, "occasion": f"again:{self.acts}"}
        return self.run(paid.again, installation=HOUSE, now=self.now, **given)

    def give_up_unpaid(self) -> int:
        return int(self.run(holds.scan, installation=HOUSE, now=self.now).count)

    def account(self, amount: int = 0, *, phone: str = PHONE, resident: int = 1) -> int:
        """A resident's account at the first centre, with so many fen, from which this phone may pay."""
        opened = self.run(accounts.open_account, resident=resident, centre="DY", by="102", now=self.now)
        proof = accounts.proof_of(opened.id, phone)
        self.run(accounts.link, account=opened.id, phone=phone, proof=proof, by="102", now=self.now)
        if amount:
            self.top_up(opened.id, amount)
        return int(opened.id)

    def top_up(self, account: int, amount: int) -> accounts.Receipt:
        self.acts += 1
        act = {"occasion": f"till:{self.acts}", "by": "102", "now": self.now}
        return self.run(accounts.top_up, account=account, amount=amount, **act)

    def swap(self, visit: int, covered: int = 800) -> insurance.Swapped:
        return self.run(insurance.swap, visit=visit, covered=covered, reference="YB1", by="kiosk:1", now=self.now)

    def books(self) -> dict[str, int]:
        """Balances by account: kind, or kind and key; without those of nothing."""
        rows = self.clinic.rows(LedgerAccount.kind, LedgerAccount.key, LedgerAccount.balance)
        return {f"{kind}:{key}" if key else kind: balance for kind, key, balance in rows if balance}

    def payments(self) -> list[tuple[str, str, str, int]]:
        return self.clinic.rows(Payment.kind, Payment.method, Payment.state, Payment.amount)

    def visits(self) -> list[tuple[str, int]]:
        return self.clinic.rows(Visit.state, Visit.paid)

    def sums_to_nothing(self) -> bool:
        return self.run(_everything) == 0

    def broken(self) -> list[Any]:
        return [*self.run(checks.broken), *self.run(invariants.broken)]

    def texts(self) -> list[str]:
        return [text for _, text in self.clinic.texts()]


def _everything(session: Session) -> int:
    return sum(session.scalars(select(Posting.amount))) + sum(session.scalars(select(LedgerAccount.balance)))


@pytest.fixture
def till(clinic: Clinic) -> Till:
    clinic.run(lambda s: s.execute(update(Centre).values(payment="optional")) and None)
    return Till(clinic)
