"""What staff are told before they stop or move a session, and what went back after."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import update

from clinic.rules import Rules
from clinic.sessions import changes, reach
from clinic.tables import Draw, DrawEntry, Payment, Visit
from conf.texts.words import Money
from tests.clinic.conftest import HOUSE
from tests.clinic.sessions.queue_of_waiters import FULL, waiters

__all__ = ["waiters"]


def told(waiters: Any, offered: int = FULL) -> reach.Reach:
    found: reach.Reach = waiters.clinic.run(reach.reach, offered=offered)
    return found


def test_nothing_hangs_on_a_session_that_nobody_has_booked(waiters: Any) -> None:
    assert told(waiters) == reach.Reach(0, 0, 0, Money(0), 0, 0, 0)


def test_visits_by_what_they_are_money_those_who_wait_and_tickets(waiters: Any) -> None:
    waiters.clinic.change(FULL, capacity=4)
    visits = waiters.fill(many=4)
    waiters.join(0)
    now = waiters.clinic.moment

    def change(session: Any) -> None:
        states = ("booked", "pending", "arrived", "cancelled")
        for visit, state in zip(visits, states, strict=True):
            session.execute(update(Visit).where(Visit.id == visit.id).values(state=state))
        session.execute(update(Visit).where(Visit.id.in_([visits[0].id, visits[2].id])).values(paid=600))
        draw = Draw(clinic_session_id=FULL, commitment="c", seed=b"s", committed_at=now)
        session.add(draw)
        session.flush()
        for ticket, state in enumerate(("entered", "left"), 1):
            session.add(
                DrawEntry(
                    draw_id=draw.id, ticket=ticket, occasion=f"t{ticket}", resident_id=ticket, phone="+8615400010000",
                    language="zh", name="王芳", entered_at=now, state=state,
                )
            )  # fmt: skip

    waiters.clinic.run(change)
    found = told(waiters)
    # Who is there stays, and so does what was paid for them.
    assert found == reach.Reach(booked=1, pending=1, paid=1, held=Money(600), arrived=1, waiting=1, tickets=1)
    assert found.to_come == 2


@pytest.mark.parametrize("paid", [1, 2])
def test_what_went_back_is_what_was_held(waiters: Any, paid: int) -> None:
    """Charges of visits of this session that are given back by stopping it, and no others."""
    begun = waiters.clinic.moment
    visits = waiters.fill()
    charges = [_charge(waiters, visit.id) for visit in visits[:paid]]
    before = told(waiters)
    assert (before.paid, before.held) == (paid, Money(600 * paid))
    waiters.clinic.run(
        changes.stop, offered=FULL, reason="停电", by="li", rules=Rules(), installation=HOUSE, now=waiters.clinic.moment
    )
    back = waiters.clinic.run(reach.went_back, offered=FULL, since=begun)
    assert back == reach.WentBack(len(charges), before.held)
    later = waiters.clinic.moment + dt.timedelta(minutes=1)
    assert waiters.clinic.run(reach.went_back, offered=FULL, since=later) == reach.WentBack(0, Money(0))


def _charge(waiters: Any, visit: int) -> int:
    """A visit that was paid by phone: its charge."""

    def add(session: Any) -> int:
        row = session.get_one(Visit, visit)
        row.paid, row.pays = 600, "mobile"
        payment = Payment(
            occasion=f"charge:{visit}", kind="charge", method="mobile", provider="wallet", centre_id=1, visit_id=visit,
            phone=row.phone, amount=600, currency="CNY", state="completed", correlation_id=f"c{visit}",
            created_at=waiters.clinic.moment, settled_at=waiters.clinic.moment,
        )  # fmt: skip
        session.add(payment)
        session.flush()
        return int(payment.id)

    return int(waiters.clinic.run(add))
