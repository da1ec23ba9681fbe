"""A phone, a clinic, a mobile-money platform, all on one clock and in memory but for the database's file.

A node (payer and callbacks) can be killed before or after any of its steps: a use case, or a request. Then it does
nothing more, as a process that is gone, and a new one is started on the same database.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.internet.task import Clock

from clinic import invariants, visits
from clinic.identity import Vault
from clinic.money import amounts
from clinic.residents import NewPerson
from clinic.tables import Message, Payment, Visit
from clinic.visits import holds
from gateway.payments.callbacks import Callbacks
from gateway.payments.desks import ProviderDesk
from gateway.payments.payer import Payer
from gateway.payments.settling import Settling
from gateway.store import Store
from mobilemoney.answers import Answer
from mobilemoney.callbacks import Addresses, Shown
from mobilemoney.client import NoAnswer
from mobilemoney.dialects import GSMA
from mobilemoney.orders import Merchant, Request, Writer
from mobilemoney.session import Pace
from simulators.mobilemoney.conditions import Conditions
from simulators.mobilemoney.platform import Platform, Reply
from simulators.mobilemoney.wallets import Shop
from tests.clinic.conftest import HOUSE, IDENTITY, NOW, PHONE, seed

PROVIDER = "wallet"
FEE = Decimal("12.50")
TOMORROW = 4  # a visit of today would cost its fee, cancelled as late
ANSWER_SECONDS = 15.0


class Killed(Exception):
    """The process is gone."""


@dataclass
class Kill:
    """When the first node dies: before or after its step of this number, from 1 on."""

    step: int
    when: Literal["before", "after"]
    seen: int = 0


class Node:
    """A payer, its callbacks, and all that they touch, until it is killed."""

    def __init__(self, town: Town, kill: Kill | None = None) -> None:
        self.town, self.kill, self.dead = town, kill, False
        self.steps: list[str] = []
        addresses = Addresses("https://clinic.example", b"c" * 32)
        writer = Writer(town.dialect, Merchant("caredial", client="caredial"))
        desks = {PROVIDER: ProviderDesk(PROVIDER, self, writer, "shared")}
        settling = Settling(self, HOUSE, town.now)
        given: Any = {"describe": lambda due: "fee"}
        self.payer = Payer(
            self,
            desks,
            addresses,
            settling,
            town.clock,
            town.now,
            poll_seconds=5,
            lease=dt.timedelta(seconds=60),
            pace=Pace(),
            **given,
        )
        self.callbacks = Callbacks(self, desks, addresses, self.payer, settling, now=town.now, **given)
        self.payer.startService()

    def run(self, fn: Any, /, **how: Any) -> Deferred[Any]:
        return self._step(f"db {fn.__name__}", lambda: self.town.store.run_now(fn, **how))

    def send(self, request: Request) -> Deferred[Answer]:
        return self._step(f"{request.method} {request.purpose}", lambda: self.town.carry(request))

    def _step(self, name: str, what: Callable[[], Any]) -> Deferred[Any]:
        if self.dead:
            return fail(Killed(name))
        kill = self.kill
        if name == "db claim" and kill is not None and not self.town.due():
            kill = None  # a look at nothing is no step
        self.steps.append(name)
        if kill is None:
            return maybeDeferred(what)
        kill.seen += 1
        if kill.seen != kill.step:
            return maybeDeferred(what)
        if kill.when == "after":
            maybeDeferred(what).addErrback(lambda _: None)
        self.die()
        return fail(Killed(name))

    def die(self) -> None:
        self.dead = True
        self.town.clock.callLater(3, self.town.restart)


class Town:
    def __init__(self, store: Store, kill: Kill | None = None, **conditions: Any) -> None:
        self.store, self.clock, self.dialect = store, Clock(), GSMA
        self.clock.advance(NOW.timestamp())
        self.store.run_now(seed)
        shop = Shop(callback_key="shared")
        trouble = Conditions().changed(conditions)
        self.platform = Platform(self.clock, shop, calls=self.call_back, conditions=trouble, chance=random.Random(7))
        self.answers: list[int] = []
        self.given_up = 0
        self.nodes = [Node(self, kill)]
        self.booked = 0

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock.seconds(), NOW.tzinfo)

    @property
    def node(self) -> Node:
        return self.nodes[-1]

    def restart(self) -> None:
        self.nodes.append(Node(self))

    # The wire

    def carry(self, request: Request) -> Deferred[Answer]:
        """To the platform and back, as the client does it; a token first."""
        token = self.platform.wallets.random_uuid()
        self.platform._tokens[token] = float("inf")
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        answered = self.platform.handle(request.method, request.path, headers, request.body)
        answered.addTimeout(ANSWER_SECONDS, self.clock)
        return answered.addCallbacks(self._answer, self._no_answer)

    @staticmethod
    def _answer(reply: Reply | None) -> Answer:
        if reply is None:
            raise NoAnswer("the connection ended")
        return Answer(reply.status, reply.body)

    @staticmethod
    def _no_answer(failure: Any) -> Any:
        raise NoAnswer("no answer in time")

    def call_back(self, url: str, headers: dict[str, str], body: bytes, tries: int = 4) -> Deferred[None]:
        """As the platform's own: again after a while where nobody takes it."""
        _, _, _, provider, correlation, token = urlsplit(url).path.split("/")
        shown = Shown(headers.get("X-API-Key", ""), "", headers.get("X-CorrelationID", ""))
        taken = Deferred.fromCoroutine(self.node.callbacks.take(provider, correlation, token, shown, body))
        taken.addErrback(lambda _: 503)

        def answered(status: int) -> None:
            self.answers.append(status)
            if status >= 300 and tries > 1:
                self.clock.callLater(2, lambda: self.call_back(url, headers, body, tries - 1))

        return taken.addCallback(answered)

    # What happens

    def book(self, offered: int = TOMORROW) -> int:
        self.booked += 1
        person = NewPerson("王芳", Vault(b"k" * 32).seal(IDENTITY))
        who: Any = {"patient": person, "phone": PHONE, "language": "zh", "occasion": f"test:{self.booked}"}
        how: Any = {"pays": "mobile", "provider": PROVIDER, "installation": HOUSE, "now": self.now()}
        booked = self.store.run_now(visits.book, clinic_session=offered, **who, **how)
        self.node.payer.wake()
        return int(booked.id)

    def cancel(self, visit: int) -> None:
        given: Any = {"language": "zh", "installation": HOUSE, "now": self.now()}
        self.store.run_now(visits.cancel, visit=visit, phone=PHONE, **given)
        self.node.payer.wake()

    def wait(self, seconds: float = 60, step: float = 1) -> None:
        for _ in range(int(seconds / step)):
            self.clock.advance(step)

    def live_on(self) -> None:
        """Until all that can happen by itself has: unpaid places are given up meanwhile."""
        self.wait(60)
        for _ in range(4):
            self.wait(300, step=30)
            self.given_up += self.store.run_now(holds.scan, installation=HOUSE, now=self.now()).count
        for _ in range(4):  # what the provider did not know of is looked for again, more and more seldom
            self.wait(6000, step=600)

    # What is seen

    def due(self) -> bool:
        found = select(Payment.id).where(Payment.look_at.is_not(None), Payment.look_at <= self.now())
        return self.store.run_now(lambda s: s.scalars(found.limit(1)).first()) is not None

    def visit(self, visit: int) -> Visit:
        return self._row(Visit, visit)

    def payments(self, kind: str = "charge") -> list[Payment]:
        wanted = select(Payment).where(Payment.kind == kind).order_by(Payment.id)
        return self.store.run_now(lambda s: list(_loose(s, s.scalars(wanted).all())))

    def told(self) -> Counter[str]:
        return Counter(self.store.run_now(lambda s: list(s.scalars(select(Message.occasion)))))

    def codes(self) -> int:
        return sum(count for occasion, count in self.told().items() if occasion.startswith("code:"))

    def balance(self) -> Decimal:
        return self.platform.wallets.account(PHONE).balance

    def _row(self, kind: Any, number: int) -> Any:
        return self.store.run_now(lambda s: _loose(s, [s.get_one(kind, number)])[0])

    def check(self) -> None:
        """What must be true whatever happened."""
        assert self.store.run_now(invariants.broken) == []
        entries = list(self.platform.books.entries.values())
        charges = [each for each in entries if each.type == "merchantpay" and each.status == "completed"]
        backs = [each for each in entries if each.type == "adjustment" and each.status == "completed"]
        assert len(charges) <= self.booked, "paid twice"
        taken, returned = (sum(each.taken for each in some) for some in (charges, backs))
        assert self.balance() == self.platform.shop.opening - taken + returned
        for charged in charges:
            gone_back = sum(each.taken for each in backs if each.original == charged.reference)
            assert gone_back <= charged.taken, "more given back than was paid"
            ours = next(row for row in self.payments() if row.correlation_id == charged.correlation)
            visit = self.visit(ours.visit_id or 0)
            done, fee = ours.state == "completed", amounts.units(FEE, "CNY")
            is_booked = done and visit.state == "booked" and visit.paid == fee
            is_returned = done and gone_back == charged.taken
            assert is_booked != is_returned or ours.state == "differs", (visit.state, ours.state, gone_back)
        assert all(row.state != "completed" for row in self.payments() if row.correlation_id not in _of(charges))


def _of(entries: list[Any]) -> set[str]:
    return {each.correlation for each in entries}


def _loose(session: Session, rows: Any) -> Any:
    for row in rows:
        session.refresh(row)
        session.expunge(row)
    return rows
