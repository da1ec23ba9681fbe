"""Random days at a full session: whatever people, staff and the clock do, nothing is lost, nothing is double."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from clinic.errors import ClinicError
from clinic.places.changing import change
from clinic.tables import ClinicSession, Message, PlaceOffer, PlaceTold, Visit, WaitEntry
from tests.clinic.sessions.numbered_people import phone
from tests.clinic.sessions.queue_of_waiters import FULL, waiters

__all__ = ["waiters"]
PEOPLE, STEPS = 9, 90
ACTS = ("join", "join", "cancel", "cancel", "accept", "accept", "accept", "decline", "leave", "scan", "scan", "book",
        "wait", "more")  # fmt: skip


class Day:
    """What may happen; each act is drawn by its name."""

    def __init__(self, waiters: Any, random: Random) -> None:
        self.waiters, self.random = waiters, random

    def act(self) -> str:
        name = self.random.choice(ACTS)
        try:
            getattr(self, name)(self.random.randrange(PEOPLE))
        except (ClinicError, IndexError) as refused:
            return f"{name}: {type(refused).__name__}"
        return name

    def join(self, n: int) -> None:
        self.waiters.join(n)

    def cancel(self, n: int) -> None:
        held = [(visit, to) for visit, to, state in self.waiters.clinic.rows(Visit.id, Visit.phone, Visit.state)
                if state == "booked"]  # fmt: skip
        visit, to = held[n % len(held)] if held else held[0]
        self.waiters.clinic.cancel(visit, to)

    def accept(self, n: int) -> None:
        """Whoever was told, or anybody: they may be too late, or never have been asked."""
        self.waiters.accept(*self._told(n))

    def decline(self, n: int) -> None:
        self.waiters.decline(*self._told(n))

    def leave(self, n: int) -> None:
        waits = [to for to, state in self.waiters.clinic.rows(WaitEntry.phone, WaitEntry.state) if state == "waiting"]
        self.waiters.leave(int(waits[n % len(waits)][-4:]) if waits else n)

    def scan(self, _n: int) -> None:
        self.waiters.scan()

    def book(self, n: int) -> None:
        self.waiters.book(n)

    def wait(self, n: int) -> None:
        self.waiters.clinic.wait(minutes=5 * n)

    def more(self, n: int) -> None:
        """Staff add a place, seldom."""
        if n:
            return
        capacity = self.waiters.clinic.run(
            lambda s: s.scalar(select(ClinicSession.capacity).where(ClinicSession.id == FULL))
        )
        given = {"offered": FULL, "capacity": capacity + 1, "by": "test", "now": self.moment}
        self.waiters.clinic.run(lambda s: change(s, **given) and None)

    @property
    def moment(self) -> dt.datetime:
        moment: dt.datetime = self.waiters.clinic.moment
        return moment

    def _told(self, n: int) -> tuple[int, int]:
        """A person, and an offer: mostly one that they were told of."""
        rows = self.waiters.clinic.rows(PlaceTold.wait_entry_id, PlaceTold.place_offer_id, PlaceTold.answer)
        silent = [(entry, offer) for entry, offer, said in rows if said == ""]
        if not silent or n == 0:
            return n, int(self.random.choice(self.waiters.clinic.rows(PlaceOffer.id)))
        entry, offer = silent[n % len(silent)]
        phones = dict(self.waiters.clinic.rows(WaitEntry.id, WaitEntry.phone))
        return int(phones[entry][-4:]), offer


@pytest.mark.parametrize("seed", range(4))
def test_random_days(waiters: Any, seed: int) -> None:
    day = Day(waiters, Random(seed))
    waiters.change(phone_day=0, person=0, phone=0)
    waiters.fill()
    for n in range(4):
        waiters.join(n)
    done = [day.act() for _ in range(STEPS)]
    assert {"join", "cancel", "scan", "accept"} <= set(done), done
    assert {"decline", "leave"} & set(done), done
    check(waiters)
    waiters.at(9, 7, 31)
    waiters.scan()
    assert "open" not in waiters.offers()
    waiters.at(10, 0, 20)
    waiters.end()
    assert "waiting" not in waiters.states()
    check(waiters)


def check(waiters: Any) -> None:
    waiters.is_sound()
    taken = [visit for state, visit in waiters.clinic.rows(PlaceOffer.state, PlaceOffer.visit_id) if state == "taken"]
    assert None not in taken
    assert len(set(taken)) == len(taken)
    yes = [offer for offer, said in waiters.clinic.rows(PlaceTold.place_offer_id, PlaceTold.answer) if said == "yes"]
    assert len(set(yes)) == len(yes) == len(taken)
    assert waiters.states().count("booked") == len(taken)
    once = [(to, occasion) for to, occasion in waiters.clinic.rows(Message.phone, Message.occasion)]
    assert len(set(once)) == len(once)
    standing = [to for to, state in waiters.clinic.rows(Visit.phone, Visit.state) if state == "booked"]
    assert len(set(standing)) == len(standing)
    waits = [to for to, state in waiters.clinic.rows(WaitEntry.phone, WaitEntry.state) if state == "waiting"]
    assert len(set(waits)) == len(waits)
    assert set(waits) <= {phone(n) for n in range(PEOPLE)}
