"""A town of residents and their phones, and broadcasts to it in few words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from clinic import consent
from clinic.broadcasts import drafts, pace, report, sending
from clinic.broadcasts import invoice as invoices
from clinic.broadcasts.views import Invoice, LinkShape, Progress, Report, Screen
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Centre, Message, MessagePart, RelatedPerson, Resident, SmsUsage, Subscriber
from smpp.settings import LinkSettings

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = dt.datetime(2027, 3, 8, 9, 0, tzinfo=SHANGHAI)  # a Monday, after quiet hours
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
ZH = "周六上午免费测量血压，欢迎参加。"
EN = "Free blood pressure check on Saturday morning."
BOTH = {"zh": ZH, "en": EN}


def phone(number: int) -> str:
    return f"+86154{number:08d}"


@dataclass
class Town:
    run: Callable[..., Any]
    moment: dt.datetime = MORNING
    rules: Rules = field(default_factory=Rules)
    links: tuple[LinkShape, ...] = (LinkShape("main", LinkSettings()),)
    house: Installation = HOUSE
    people: int = 0

    def wait(self, **time: float) -> None:
        self.moment += dt.timedelta(**time)

    def at(self, hour: int, minute: int = 0, *, days: int = 0) -> dt.datetime:
        day = MORNING.date() + dt.timedelta(days=days)
        return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI)

    def add(
        self, *phones: str | None, centre: int = 1, language: Any = None, name: str = "王芳", age: int = 40
    ) -> None:
        """A resident for each phone; None: nobody knows their phone."""
        self.run(self._add, phones, centre, language, name, MORNING.date().replace(year=MORNING.year - age))

    def _add(self, session: Any, phones: Any, centre: int, language: Any, name: str, birth: dt.date) -> None:
        for number in phones:
            self.people += 1
            resident = Resident(
                name=name,
                identity_sealed=b"sealed",
                identity_digest=str(self.people),
                birth=birth,
                sex="female",
                centre_id=centre,
                created_at=MORNING,
            )
            session.add(resident)
            session.flush()
            if number is not None:
                known = session.scalar(select(Subscriber).where(Subscriber.phone == number))
                subscriber = known or Subscriber(phone=number, created_at=MORNING)
                subscriber.language = language
                session.add(subscriber)
                session.flush()
                session.add(
                    RelatedPerson(
                        subscriber_id=subscriber.id, resident_id=resident.id, name=name, is_self=known is None
                    )
                )
                session.flush()

    def hours(self, centre: int, begin: dt.time, end: dt.time) -> None:
        own = update(Centre).where(Centre.id == centre).values(quiet_from=begin, quiet_until=end)
        self.run(lambda session: session.execute(own) and None)

    def used(self, on_net: int, off_net: int = 0, month: str = "2027-03") -> None:
        counts = ((True, on_net), (False, off_net))
        self.run(lambda s: s.add_all(SmsUsage(month=month, on_net=net, segments=count) for net, count in counts))

    def refuse(self, *phones: str) -> int:
        return sum(self.run(consent.refuse, phone=each, source="sms", proof="TD", now=self.moment) for each in phones)

    def agree(self, *phones: str) -> None:
        for each in phones:
            self.run(consent.agree, phone=each, source="staff", now=self.moment)

    # Broadcasts

    def draft(self, expression: str = "all", texts: Any = None, **more: Any) -> int:
        given = {"title": "Blood pressure", "consent_class": "public", "by": "lin", "now": self.moment, **more}
        return int(self.run(drafts.create, expression=expression, texts=texts or {"zh": ZH}, **given).id)

    def invoice(self, number: int, **more: Any) -> Invoice:
        given = {"rules": self.rules, "links": self.links, "now": self.moment, "installation": self.house, **more}
        made: Invoice = self.run(invoices.invoice, broadcast=number, **given)
        return made

    def begin(self, number: int, by: str = "lin", **more: Any) -> Invoice:
        made = self.invoice(number, **more)
        self.run(sending.begin, invoice=made, by=by, now=self.moment)
        return made

    def write(self, number: int, most: int = 5_000) -> Progress:
        given = {"rules": self.rules, "links": self.links, "now": self.moment, "installation": self.house}
        progress: Progress = self.run(sending.write_some, broadcast=number, most=most, **given)
        return progress

    def send(self, number: int, **more: Any) -> Invoice:
        """From the draft to messages in the outbox."""
        made = self.begin(number, **more)
        while not self.write(number, 3).done:
            pass
        return made

    def act(self, what: Any, number: int, by: str = "lin") -> str:
        return str(self.run(what, broadcast=number, by=by, now=self.moment).state)

    def state(self, number: int) -> str:
        return str(self.run(drafts.get, broadcast=number).state)

    def screen(self, number: int, **more: Any) -> Screen:
        screen: Screen = self.run(pace.screen, broadcast=number, now=self.moment, rules=self.rules, **more)
        return screen

    def conclude(self) -> list[int]:
        return list(self.run(sending.conclude, now=self.moment))

    def report(self, number: int, **more: Any) -> Report:
        told: Report = self.run(report.report, broadcast=number, **more)
        return told

    # The outbox

    def outbox(self, number: int) -> list[str]:
        """`phone state due`, and why, in the order in which they were written; times of this town."""
        columns = Message.phone, Message.state, Message.due_at, Message.error
        query = select(*columns).where(Message.broadcast_id == number).order_by(Message.id)
        return [
            " ".join(filter(None, (each[-4:], state, f"{due.astimezone(SHANGHAI):%d %H:%M}", error)))
            for each, state, due, error in self.run(lambda s: s.execute(query).all())
        ]

    def texts(self, number: int) -> list[tuple[str, str]]:
        query = select(Message.phone, Message.text).where(Message.broadcast_id == number).order_by(Message.id)
        return [(each[-4:], text) for each, text in self.run(lambda s: s.execute(query).all())]

    def states(self, number: int) -> Counter[str]:
        query = select(Message.state).where(Message.broadcast_id == number)
        return Counter(self.run(lambda s: s.scalars(query).all()))

    def settle(self, number: int, state: str = "delivered", *, phones: Any = None, error: str | None = None) -> None:
        """What the sender and the receipts would do: every segment was taken, then the message is in this state."""
        self.run(self._settle, number, state, phones, error)

    def _settle(self, session: Any, number: int, state: str, phones: Any, error: str | None) -> None:
        queued = select(Message).where(Message.broadcast_id == number, Message.state == "queued")
        for row in session.scalars(queued if phones is None else queued.where(Message.phone.in_(phones))):
            row.state, row.error, row.claimed_at, row.settled_at = state, error, self.moment, self.moment
            row.claimed_by = "node"
            for place in range(1, (row.segments or 1) + 1):
                session.add(MessagePart(message_id=row.id, number=place, link="main", smsc_id=f"{row.id}-{place}"))


@pytest.fixture
def town(run: Callable[..., Any]) -> Town:
    return Town(run)
