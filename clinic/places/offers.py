"""Places held for those who wait: made where one comes back or is added, given up where nobody takes it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from clinic.errors import SessionFull
from clinic.places.pools import BOOKED, ONSITE
from clinic.places.taking import for_session, free
from clinic.rows import PLAIN
from clinic.tables import ClinicSession, PlaceOffer, SessionShare, WaitEntry


def offer_places(session: Session, offered: int, many: int, now: dt.datetime) -> int:
    """Hold up to `many` free places of a session for those who wait, one for each of them; how many are held.

    For whoever adds places (capacity is raised, a pool is widened): to be called with the session's row locked, once
    its places and pools are as they shall be. Of a shared-out session none of the counter's is held.
    """
    row = session.scalars(
        select(ClinicSession).where(ClinicSession.id == offered).execution_options(populate_existing=True)
    ).one()
    wanted = min(many, row.capacity - row.taken, _unserved(session, row, now))
    held = 0
    while held < wanted and row.state == "open":
        if hold(session, row, now=now, look_at=now) is None:
            break
        held += 1
    return held


def hold(session: Session, row: ClinicSession, *, now: dt.datetime, look_at: dt.datetime | None) -> PlaceOffer | None:
    """Take one free place out of anybody's reach; None where there is none that phones may have."""
    pool = _roomy_pool(session, row) if row.shares is not None else ""
    if pool is None:
        return None
    one_more = update(ClinicSession).where(ClinicSession.id == row.id, ClinicSession.taken < ClinicSession.capacity)
    took = one_more.values(taken=ClinicSession.taken + 1).returning(ClinicSession.id).execution_options(**PLAIN)
    if session.scalar(took) is None:
        return None
    if pool:
        theirs = SessionShare.clinic_session_id == row.id, SessionShare.pool == pool
        roomy = update(SessionShare).where(*theirs, SessionShare.taken < SessionShare.places)
        more = roomy.values(taken=SessionShare.taken + 1).returning(SessionShare.id).execution_options(**PLAIN)
        if session.scalar(more) is None:
            raise SessionFull  # the pool was looked at under the session's lock; the transaction must not go on
    offer = PlaceOffer(clinic_session_id=row.id, pool=pool, state="open", made_at=now, look_at=look_at, told=0)
    session.add(offer)
    session.flush()
    return offer


def release(session: Session, offer: PlaceOffer) -> bool:
    """Nobody wants the place: it is anybody's again. False where somebody was faster."""
    ours = update(PlaceOffer).where(PlaceOffer.id == offer.id, PlaceOffer.state == "open")
    closed = ours.values(state="released", look_at=None).returning(PlaceOffer.id).execution_options(**PLAIN)
    if session.scalar(closed) is None:
        return False
    free(session, offered=offer.clinic_session_id, pool=offer.pool)
    return True


def release_all(session: Session, offered: int) -> int:
    """Give up all open offers of a session (it is stopped, say): their places are held no more. How many it were.

    To be called with the session's row locked only where nobody else takes offers of it: whoever accepts one has the
    offer first, and the session after it. Those in somebody's hands at this moment are passed over.
    """
    theirs = select(PlaceOffer).where(PlaceOffer.clinic_session_id == offered, PlaceOffer.state == "open")
    rows = session.scalars(theirs.order_by(PlaceOffer.id).with_for_update(skip_locked=True)).all()
    return sum(release(session, row) for row in rows)


def _unserved(session: Session, row: ClinicSession, now: dt.datetime) -> int:
    """How many wait for a place of this session beyond those that are held for them already."""
    if row.starts_at(now.tzinfo) <= now:
        return 0
    wait = session.scalar(select(func.count()).select_from(WaitEntry).where(*for_session(row))) or 0
    open_ones = PlaceOffer.clinic_session_id == row.id, PlaceOffer.state == "open"
    return wait - (session.scalar(select(func.count()).select_from(PlaceOffer).where(*open_ones)) or 0)


def _roomy_pool(session: Session, row: ClinicSession) -> str | None:
    """A pool with a free place: the one for all channels first, never the counter's."""
    theirs = SessionShare.clinic_session_id == row.id, SessionShare.pool != ONSITE
    roomy = select(SessionShare.pool).where(*theirs, SessionShare.taken < SessionShare.places)
    first: str | None = session.scalar(roomy.order_by(SessionShare.pool != BOOKED, SessionShare.pool).limit(1))
    return first
