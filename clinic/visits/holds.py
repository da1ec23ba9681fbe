"""Bookings that were to be paid and were not: their places are held for a quarter of an hour, and no longer."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.installation import Installation
from clinic.jobs import Found
from clinic.tables import Visit
from clinic.visits.seen import tell, view_of, whole
from clinic.visits.withdrawing import withdraw


def scan(session: Session, *, installation: Installation, now: dt.datetime, most: int = 100) -> Found:
    """Give back up to `most` places whose time to be paid is over, and tell it; how many.

    A payment that nobody has answered yet may still come: it is given back then (`clinic.money.charging`).
    """
    unpaid = select(Visit.id).where(Visit.hold_until.is_not(None), Visit.hold_until <= now)
    over = session.scalars(unpaid.order_by(Visit.hold_until, Visit.id).limit(most)).all()
    given = sum(_give_up(session, visit, installation, now) for visit in over)
    return Found(given, more=len(over) == most)


def _give_up(session: Session, visit: int, installation: Installation, now: dt.datetime) -> bool:
    row = session.scalars(whole().where(Visit.id == visit).execution_options(populate_existing=True)).one()
    if row.state != "pending" or not withdraw(session, row, why="unpaid", by="system", now=now):
        return False
    view = view_of(session, row, installation)
    tell(session, row, view, "visit.unpaid_sms", f"unpaid:{row.id}", row.language, now)  # type: ignore[arg-type]
    return True
