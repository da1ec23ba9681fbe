"""Bookings that were to be paid and were not: their places are held for a quarter of an hour, and no longer."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.installation import Installation
from clinic.jobs import Found
from clinic.tables import Payment, Visit
from clinic.visit_telling.wording import whole
from clinic.visits.seen import tell, view_of
from clinic.visits.withdrawing import withdraw


def scan(session: Session, *, installation: Installation, now: dt.datetime, most: int = 100) -> Found:
    """Give back a place whose time to be paid is over, and tell it; how many, and whether there are more.

    One for each transaction: who waits for the next visit's payments would hold the session and the accounts of the
    one before. What somebody has in hand (pays it, gives it up, moves it) is passed over, and looked at again by the
    next scan; of at most `most` that are due.

    A payment that nobody has answered yet may still come: it is given back then (`clinic.money.charging`).
    """
    unpaid = select(Visit.id).where(Visit.hold_until.is_not(None), Visit.hold_until <= now)
    over = session.scalars(unpaid.order_by(Visit.hold_until, Visit.id).limit(most)).all()
    for nth, visit in enumerate(over, 1):
        if _is_free(session, visit) and _give_up(session, visit, installation, now):
            return Found(1, more=nth < len(over) or len(over) == most)
    return Found(0, more=False)


def _is_free(session: Session, visit: int) -> bool:
    """Take its payments and itself, where nobody else has; without waiting for anybody."""
    theirs = select(Payment.id).where(Payment.visit_id == visit).order_by(Payment.id)
    ours = session.scalars(theirs.with_for_update(skip_locked=True)).all()
    if len(ours) < len(session.scalars(theirs).all()):
        return False
    mine = select(Visit.id).where(Visit.id == visit).with_for_update(skip_locked=True)
    return session.scalar(mine) is not None


def _give_up(session: Session, visit: int, installation: Installation, now: dt.datetime) -> bool:
    row = session.scalars(whole().where(Visit.id == visit).execution_options(populate_existing=True)).one()
    if row.hold_until is None or row.hold_until > now:
        return False
    if row.state != "pending" or not withdraw(session, row, why="unpaid", by="system", now=now):
        return False
    view = view_of(session, row, installation)
    tell(session, row, view, "visit.unpaid_sms", f"unpaid:{row.id}", row.language, now)  # type: ignore[arg-type]
    return True
