"""At its hour what is left of a session's booked shares goes to the counter; what comes back later goes there too."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.jobs import Found
from clinic.places.pools import ONSITE
from clinic.tables import ClinicSession, SessionShare


def scan(session: Session, *, now: dt.datetime) -> Found:
    """Let what is left of one session go to the counter: each in a transaction of its own. How many places went.

    Not of a lottery that is not drawn yet: its places are given first. One that somebody is booking in this moment is
    passed over until the next run.
    """
    row = session.scalars(
        select(ClinicSession)
        .where(ClinicSession.flow_at.is_not(None), ClinicSession.flowed_at.is_(None), ClinicSession.flow_at <= now)
        .where(ClinicSession.state != "draw")
        .order_by(ClinicSession.flow_at, ClinicSession.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return Found(0, more=False)
    return Found(_flow(session, row, now), more=True)


def _flow(session: Session, row: ClinicSession, now: dt.datetime) -> int:
    row.flowed_at = now
    if row.state == "stopped" or row.shares is None:
        return 0
    theirs = select(SessionShare).where(SessionShare.clinic_session_id == row.id).order_by(SessionShare.pool)
    pools = session.scalars(theirs.with_for_update().execution_options(populate_existing=True)).all()
    left = 0
    for pool in pools:
        if pool.pool != ONSITE:
            left += pool.places - pool.taken
            pool.places = pool.taken
    for pool in pools:
        if pool.pool == ONSITE:
            pool.places += left
    audit.note(session, "system", "session.flow", f"session:{row.id}", now=now, places=left)
    session.flush()
    return left
