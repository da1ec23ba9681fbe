"""A small clinic in which people wait for places: the waiting list and its offers in few words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update

from clinic import visits
from clinic.sessions import waiting
from clinic.sessions.waiting import ending
from clinic.tables import Message, PlaceOffer, PlaceTold, Visit, WaitEntry
from tests.clinic.conftest import HOUSE
from tests.clinic.sessions.numbered_people import NumberedPeople, phone

FULL = 6
"""A session of Chinese medicine tomorrow morning that has two places."""
DEPARTMENT = 3


@dataclass
class Waiters(NumberedPeople):
    """By default they wait for tomorrow's session, which is full."""

    topic = "waiting"

    def fill(self, offered: int = FULL, many: int = 2) -> list[Any]:
        """Others have its places: persons 900 and on."""
        return [self.clinic.book(offered, self.person(900 + n), phone(900 + n)) for n in range(many)]

    def join(self, n: int, offered: int | None = FULL, **more: Any) -> Any:
        words = {"patient": self.person(n), "phone": phone(n), "language": "zh", "occasion": self.occasion("join")}
        given = {**words, "offered": offered, **more}
        return self.clinic.run(waiting.join, rules=self.rules.booking, now=self.clinic.moment, **given)

    def cancel(self, visit: Any) -> None:
        row = self.clinic.rows(Visit.id, Visit.phone)
        self.clinic.cancel(visit.id, dict(row)[visit.id])

    def scan(self) -> int:
        """The job's run, to its end; how many were told. What was told is sent."""
        return self.repeat(waiting.scan)

    def end(self) -> int:
        return self.repeat(ending.scan)

    def repeat(self, fn: Callable[..., Any]) -> int:
        told = 0
        for _ in range(200):
            found = self.act(fn)
            told += found.count
            if not found.more:
                self.send()
                return told
        raise AssertionError("the scan does not come to its end")

    def send(self) -> None:
        sent = update(Message).where(Message.state == "queued", Message.due_at <= self.clinic.moment)
        self.clinic.run(lambda session: session.execute(sent.values(state="sent")) and None)

    def accept(self, n: int, offer: int = 1, **more: Any) -> Any:
        given = {"entry": self.entry(n), "phone": phone(n), "language": "zh", "channel": "sms", **more}
        return self.act(lambda session, **words: waiting.accept(session, offer, **words), **given)

    def decline(self, n: int, offer: int = 1) -> None:
        given = {"entry": self.entry(n), "phone": phone(n), "now": self.clinic.moment}
        self.clinic.run(lambda session: waiting.decline(session, offer, **given))

    def leave(self, n: int) -> Any:
        return self.clinic.run(waiting.leave, entry=self.entry(n), phone=phone(n), now=self.clinic.moment)

    def entry(self, n: int) -> int:
        """The last entry of this person's phone."""
        return int([number for number, of in self.clinic.rows(WaitEntry.id, WaitEntry.phone) if of == phone(n)][-1])

    def states(self) -> list[str]:
        return list(self.clinic.rows(WaitEntry.state))

    def offers(self) -> list[str]:
        return list(self.clinic.rows(PlaceOffer.state))

    def answers(self) -> list[str]:
        return list(self.clinic.rows(PlaceTold.answer))

    def book(self, n: int, offered: int = FULL, **more: Any) -> Any:
        given = {"language": "zh", "occasion": self.occasion("book"), "rules": self.rules.booking, **more}
        return self.clinic.run(
            visits.book, clinic_session=offered, patient=self.person(n), phone=phone(n), installation=HOUSE,
            now=self.clinic.moment, **given,
        )  # fmt: skip


@pytest.fixture
def waiters(clinic: Any) -> Waiters:
    made = Waiters(clinic)
    made.at(8, 9)
    return made


def minutes(n: float) -> dt.timedelta:
    return dt.timedelta(minutes=n)
