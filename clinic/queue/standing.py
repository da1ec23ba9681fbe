"""How far a queue is: how many are before somebody."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from clinic.tables import Visit


def ahead(session: Session, row: Visit) -> int:
    """Those who are there and not in the room yet, and those who may still come: not who was passed over already."""
    theirs = Visit.clinic_session_id == row.clinic_session_id
    passed = select(func.coalesce(func.max(Visit.queue), 0)).where(theirs, Visit.called_at.is_not(None))
    waits = or_(
        and_(Visit.state == "arrived", Visit.called_at.is_(None)),
        and_(Visit.state.in_(("pending", "booked")), Visit.queue > passed.scalar_subquery()),
    )
    return session.scalar(select(func.count()).where(theirs, Visit.queue < row.queue, waits)) or 0
