"""One process of the hammer: `python hammer.py URL SEED THREADS ACTS MINUTES` does ACTS random things in each thread.

Residents book, pay, cancel, wait and answer; kiosks take T-codes; rooms call, pass over, transfer; providers complete,
refuse and repeat; staff stop, move, substitute and share out; texts leave; the scheduled jobs run. Each act takes some
seconds of the clinic's clock, which begins MINUTES after 07:45. Each is a line on stdout when it is done, before the
next one begins. What a use case refuses is no failure; anything else ends the process with its traceback.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, update
from stdnum.cn import ric

from clinic import kiosks, visit_notices, visits, vouchers
from clinic.errors import ClinicError
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.money import asking, insurance
from clinic.places import changing
from clinic.places.shares import Rule
from clinic.queue import calling, transferring
from clinic.queue.errors import NotInQueue
from clinic.residents import NewPerson
from clinic.rules import BookingRules, Rules
from clinic.sessions import changes, flow, substitutes, waiting
from clinic.sessions.waiting import ending
from clinic.tables import ClinicSession, Message, Payment, PlaceTold, Visit, Voucher, WaitEntry
from clinic.visits import holds, paid
from clinic.visits.walk_in import walk_in
from gateway.store import Store, connect

MORNING = dt.datetime(2027, 3, 8, 7, 45, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
RULES = Rules(booking=BookingRules(person_day=0, person=0, phone=0, phone_day=0, offer_minutes=3))
RESIDENTS = 60
STEP = dt.timedelta(seconds=7)
REFUSED = (ClinicError, NotInQueue, changing.NotChangeable, insurance.NotSwappable)


def identity(n: int) -> str:
    first = f"110101{1950 + n // 800}0101{n % 800 + 100:03d}0"
    return first[:17] + str(ric.calc_check_digit(first))


class Hammer:
    """One thread: its chance, its clock, and the store that all share."""

    def __init__(self, store: Store, seed: int, minutes: float = 0, chance: random.Random | None = None) -> None:
        self._store, self._chance = store, chance or random.Random(seed)
        self._seed, self._acts = seed, 0
        self.now = MORNING + dt.timedelta(minutes=minutes)
        self._kiosk = store.run_now(kiosks.known, token="kiosk")

    def act(self, name: str = "", chance: random.Random | None = None) -> str:
        """Do this, or whatever chance wants; what was done, or why it was not."""
        self._acts, self.now, self._chance = self._acts + 1, self.now + STEP, chance or self._chance
        name = name or self._chance.choices(list(ACTS), [weight for weight, _ in ACTS.values()])[0]
        try:
            ACTS[name][1](self)
        except REFUSED as refusal:
            return f"{name}: {type(refusal).__name__}"
        return name

    def rest(self) -> None:
        """Some days later: every provider has answered, every job has done what there was, day by day."""
        for days in range(1, 5):
            self.now = MORNING.replace(hour=10, minute=0) + dt.timedelta(days=days)
            while any(self.jobs()) or [self._completed(due) for due in self._due(most=100)]:
                self.now += STEP

    # What they do

    def book(self) -> None:
        who = self._chance.randrange(RESIDENTS)
        pays, provider = self._chance.choice([("counter", ""), ("account", ""), ("mobile", "demo"), ("mobile", "demo")])
        self._do(
            visits.book,
            clinic_session=self._session(),
            patient=NewPerson("王芳", VAULT.seal(identity(who))),
            channel=self._chance.choice(["ussd", "sms", "voice", "counter"]),
            pays=pays,
            provider=provider,
            rules=RULES.booking,
            occasion=self._occasion(),
            **self._phone(who),
        )

    def cancel(self) -> None:
        visit, phone = self._any(select(Visit.id, Visit.phone).where(Visit.state.in_(("pending", "booked"))))
        self._do(visits.cancel, visit=visit, phone=phone, language="zh")

    def walk_in(self) -> None:
        who = self._chance.randrange(RESIDENTS)
        self._do(
            walk_in,
            clinic_session=self._session(),
            patient=NewPerson("王芳", VAULT.seal(identity(who))),
            by="test",
            occasion=self._occasion(),
            over_reason=self._chance.choice(["", "发热"]),
            **self._phone(who),
        )

    def use(self) -> None:
        number = self._any(select(Voucher.number).where(Voucher.state == "issued"))
        self._store.run_now(vouchers.use, claims=None, number=number, kiosk=self._kiosk, now=self.now)

    def pay_again(self) -> None:
        visit, phone = self._any(select(Visit.id, Visit.phone).where(Visit.state == "pending"))
        how: dict[str, Any] = self._chance.choice([{"pays": "account"}, {"pays": "mobile", "provider": "demo"}])
        self._do(paid.again, visit=visit, phone=phone, occasion=self._occasion(), **how)

    def ask_provider(self) -> None:
        for due in self._due():
            self._answer(due)

    def _due(self, most: int = 3) -> list[asking.Due]:
        return self._store.run_now(asking.claim, now=self.now, most=most, lease=dt.timedelta(minutes=1))

    def late_answer(self) -> None:
        """A callback that comes out of the blue: late, twice, or before the answer."""
        row = self._any(select(Payment.correlation_id).where(Payment.method == "mobile", Payment.state != "created"))
        self._answer(self._store.run_now(asking.found, provider="demo", correlation_id=row))

    def _answer(self, due: asking.Due) -> None:
        what = self._chance.choices(["completed", "failed", "pending", "unknown", "less"], [12, 2, 3, 2, 1])[0]
        if what == "pending":
            self._store.run_now(asking.pending, payment=due.id, server_correlation_id=f"s{due.id}", now=self.now)
        elif what == "unknown":
            self._store.run_now(asking.unknown, payment=due.id, now=self.now)
        elif what == "failed":
            self._do(paid.failed, payment=due.id, error="no money")
        else:
            self._completed(due, Decimal("0.01") if what == "less" else Decimal(0))

    def _completed(self, due: asking.Due, less: Decimal = Decimal(0)) -> str:
        came = {"amount": due.amount - less, "currency": due.currency}
        outcome: str = self._do(paid.completed, payment=due.id, reference=f"r{due.id}", **came)
        return outcome

    def swap(self) -> None:
        visit = self._any(select(Visit.id).where(Visit.paid > 0))
        self._store.run_now(insurance.swap, visit=visit, covered=500, reference=f"i{visit}", by="kiosk:1", now=self.now)

    def join(self) -> None:
        who = self._chance.randrange(RESIDENTS)
        self._store.run_now(
            waiting.join,
            patient=NewPerson("王芳", VAULT.seal(identity(who))),
            offered=self._session(),
            occasion=self._occasion(),
            now=self.now,
            **self._phone(who),
        )

    def accept(self) -> None:
        told = select(PlaceTold.place_offer_id, PlaceTold.wait_entry_id, WaitEntry.phone)
        offer, entry, phone = self._any(told.join(WaitEntry, WaitEntry.id == PlaceTold.wait_entry_id))
        how = {"phone": phone, "language": "zh", "channel": "sms", "rules": RULES}
        if self._chance.random() < 0.2:
            self._store.run_now(waiting.decline, offer, entry=entry, phone=phone, now=self.now)
        else:
            self._do(waiting.accept, offer, entry=entry, **how)

    def call(self) -> None:
        self._room(calling.call_next, offered=self._session())

    def of_queue(self, fn: Callable[..., Any]) -> None:
        self._room(fn, visit=self._any(select(Visit.id).where(Visit.state == "arrived")))

    def transfer(self) -> None:
        to = self._session()
        self._room(transferring.transfer, visit=self._any(select(Visit.id).where(Visit.state == "arrived")), to=to)

    def stop(self) -> None:
        self._room(changes.stop, offered=self._session(), reason="停电")

    def move(self) -> None:
        half = self._chance.choice(["am", "pm"])
        hours = (dt.time(8), dt.time(11, 30)) if half == "am" else (dt.time(14), dt.time(17, 30))
        day = MORNING.date() + dt.timedelta(days=self._chance.randrange(3))
        target = changes.Target(day, half, *hours)  # type: ignore[arg-type]
        self._room(changes.move, offered=self._session(), to=target, reason="停电")

    def substitute(self) -> None:
        code = self._chance.choice(["1", "2", "3"])
        theirs = select(ClinicSession.id).where(ClinicSession.practitioner_id.is_not(None))
        self._room(substitutes.substitute, offered=self._any(theirs), code=code)

    def capacity(self) -> None:
        self._change(capacity=self._chance.randrange(4, 16))

    def shares(self) -> None:
        self._change(rule=Rule.read({"onsite": {"percent": self._chance.randrange(10, 60)}, "ussd": {"percent": 20}}))

    def _change(self, **what: Any) -> None:
        offered = self._session()
        self._store.run_now(changing.change, offered=offered, by="test", now=self.now, **what)

    def send(self) -> None:
        """Some texts leave: from now on they cannot be called off."""
        ids = self._all(select(Message.id).where(Message.state == "queued", Message.due_at <= self.now))[:5]

        def leave(session: Any) -> None:
            session.execute(update(Message).where(Message.id.in_(ids), Message.state == "queued").values(state="sent"))

        self._store.run_now(leave)

    def jobs(self) -> list[bool]:
        """Each scheduled scan, once; whether there is more."""
        return [
            self._do(holds.scan).more,
            *(self._room_job(scan).more for scan in (waiting.scan, ending.scan, changes.scan, visit_notices.scan)),
            self._store.run_now(flow.scan, now=self.now).more,
        ]

    # How

    def _do(self, fn: Callable[..., Any], *args: Any, **given: Any) -> Any:
        return self._store.run_now(fn, *args, installation=HOUSE, now=self.now, **given)

    def _session(self) -> int:
        """Mostly the one that all are at in this moment, or they would seldom meet."""
        ids: list[int] = self._all(select(ClinicSession.id).order_by(ClinicSession.id))
        return self._chance.choice([ids[self._acts // 8 % len(ids)], self._chance.choice(ids)])

    def _room(self, fn: Callable[..., Any], **given: Any) -> Any:
        return self._do(fn, by="test", rules=RULES, **given)

    def _room_job(self, fn: Callable[..., Any]) -> Any:
        return self._do(fn, rules=RULES)

    def _phone(self, who: int) -> dict[str, Any]:
        """Mostly one's own phone, now and then another's."""
        if self._chance.random() < 0.1:
            who = self._chance.randrange(RESIDENTS)
        return {"phone": f"+86154{who:08d}", "language": "zh"}

    def _occasion(self) -> str:
        return f"hammer:{self._seed}:{self._acts}:{self.now:%d%H%M%S}"

    def _any(self, rows: Select[Any]) -> Any:
        """One of these rows; Nothing where there are none."""
        return self._chance.choice(self._all(rows))

    def _all(self, rows: Select[Any]) -> list[Any]:
        def look(session: Any) -> Any:
            return [row[0] if len(row) == 1 else tuple(row) for row in session.execute(rows)]

        look.reads = True  # type: ignore[attr-defined]
        found: list[Any] = self._store.run_now(look)
        if not found:
            raise Nothing
        return found


class Nothing(ClinicError):
    """There is nothing to do this to."""


VAULT = Vault(b"k" * 32)
ACTS: dict[str, tuple[float, Callable[[Hammer], None]]] = {
    "book": (30, Hammer.book),
    "walk in": (3, Hammer.walk_in),
    "cancel": (9, Hammer.cancel),
    "use": (8, Hammer.use),
    "pay again": (3, Hammer.pay_again),
    "ask provider": (12, Hammer.ask_provider),
    "late answer": (4, Hammer.late_answer),
    "swap": (2, Hammer.swap),
    "join": (6, Hammer.join),
    "accept": (6, Hammer.accept),
    "call": (5, Hammer.call),
    "recall": (1, lambda self: self._room(calling.recall, offered=self._session())),
    "pass": (3, partial(Hammer.of_queue, fn=calling.pass_over)),
    "return": (3, partial(Hammer.of_queue, fn=calling.come_back)),
    "seen": (3, partial(Hammer.of_queue, fn=calling.seen)),
    "gone": (1, partial(Hammer.of_queue, fn=calling.gone)),
    "transfer": (2, Hammer.transfer),
    "stop": (0.3, Hammer.stop),
    "move": (0.4, Hammer.move),
    "substitute": (3, Hammer.substitute),
    "capacity": (1, Hammer.capacity),
    "shares": (1, Hammer.shares),
    "send": (6, Hammer.send),
    "jobs": (6, Hammer.jobs),
}


def main(url: str, seed: str, threads: str, acts: str, minutes: str) -> None:
    engine = connect(url, threads=int(threads) + 2)
    store = Store(engine, tries=20)
    hammers = [Hammer(store, int(seed) * 100 + n, float(minutes)) for n in range(int(threads))]

    def work(hammer: Hammer) -> None:
        for _ in range(int(acts)):
            sys.stdout.write(f"{hammer.act()}\n")
            sys.stdout.flush()

    with ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(work, hammers))
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
