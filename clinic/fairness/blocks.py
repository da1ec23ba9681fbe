"""Who may not book by phone for a time."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic.errors import Blocked
from clinic.tables import Block


def check(session: Session, *, resident: int, phone: str, centre: int, now: dt.datetime) -> None:
    """Raise Blocked, with its last day, where the person or the phone is blocked at this centre."""
    until = session.scalar(
        select(Block.until)
        .where(or_(Block.resident_id == resident, Block.phone == phone), Block.lifted_at.is_(None))
        .where(Block.since <= now, Block.until > now, or_(Block.centre_id.is_(None), Block.centre_id == centre))
        .order_by(Block.until.desc())
        .limit(1)
    )
    if until is not None:
        raise Blocked(until.astimezone(now.tzinfo).date())
