"""A place more than a session has, for who stands there: given by staff, one by one. Its row is ours meanwhile."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.places.pools import ONSITE
from clinic.rows import PLAIN
from clinic.tables import ClinicSession, SessionShare


def has_room(session: Session, offered: ClinicSession) -> bool:
    """Whether the counter has a place in it."""
    session.refresh(offered, ["taken", "capacity", "shares"])
    if offered.taken >= offered.capacity:
        return False
    if offered.shares is None:
        return True
    left = select(SessionShare.id).where(
        SessionShare.clinic_session_id == offered.id,
        SessionShare.pool == ONSITE,
        SessionShare.taken < SessionShare.places,
    )
    return session.scalar(left) is not None


def add_place(session: Session, offered: ClinicSession) -> None:
    """One place more than it has, for the counter."""
    more = update(ClinicSession).where(ClinicSession.id == offered.id).values(capacity=ClinicSession.capacity + 1)
    session.execute(more, execution_options=PLAIN)
    if offered.shares is None:
        return
    onsite = update(SessionShare).where(SessionShare.clinic_session_id == offered.id, SessionShare.pool == ONSITE)
    changed = session.execute(
        onsite.values(places=SessionShare.places + 1).returning(SessionShare.id).execution_options(**PLAIN)
    ).all()
    if not changed:
        session.add(SessionShare(clinic_session_id=offered.id, pool=ONSITE, places=1, taken=0))
        session.flush()
