"""Arriving, at a kiosk or the counter; and showing up again after being passed over.

Who arrives holds their visit's T-code, then the visit, then the session, as who cancels does. Everything else in the
queue is done with those who are there: the session first, then their visit (`clinic.queue.calling`).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from clinic import audit
from clinic.queue import line, order
from clinic.queue.errors import NotInQueue
from clinic.queue.line import Line, Place
from clinic.queue.order import Turn
from clinic.rows import PLAIN
from clinic.tables import ClinicSession, Visit


def arrive(session: Session, *, visit: int, late_minutes: int, now: dt.datetime) -> Turn:
    """Somebody is there: their turn. Its visit stands as booked, and its T-code is ours."""
    offered = session.scalars(select(Visit.clinic_session_id).where(Visit.id == visit).with_for_update()).one()
    here = locked(session, offered)
    queue = line.read(session, here, now=now)
    place = queue.of(visit)
    if place is None or place.state != "booked":
        raise NotInQueue(f"visit {visit} is not booked any more")
    turn = _turn(queue, place, late_minutes, now)
    set_ = update(Visit).where(Visit.id == visit)
    session.execute(
        set_.values(state="arrived", arrived_at=now, turn=turn.turn, turn_at=turn.since).execution_options(**PLAIN)
    )
    return turn


def _turn(queue: Line, place: Place, late_minutes: int, now: dt.datetime) -> Turn:
    plan = queue.plan
    if place.is_walk_in:
        return order.walk_in(plan, number=place.queue, since=place.booked_at, now=now)
    allowed = dt.timedelta(minutes=late_minutes)
    overtaken = queue.overtaken_at(place)
    if order.is_late(plan, number=place.queue, overtaken_at=overtaken, allowed=allowed, now=now):
        return order.late(plan, last_number=queue.last_number, now=now)
    return order.booked(plan, number=place.queue, since=place.booked_at)


def come_back(session: Session, *, visit: int, by: str, now: dt.datetime) -> bool:
    """Somebody who was passed over shows up again: they wait right after the one now called. False where they were not,
    or are back already. `by`: a kind and a name, for the audit trail."""
    offered = session.scalar(select(Visit.clinic_session_id).where(Visit.id == visit))
    if offered is None:
        return False
    locked(session, offered)
    turn = order.returned(now)
    passed = Visit.id == visit, Visit.state == "arrived", Visit.turn.is_(None)
    back = session.scalar(
        update(Visit)
        .where(*passed)
        .values(turn=turn.turn, turn_at=turn.since, called_at=None)
        .returning(Visit.id)
        .execution_options(**PLAIN)
    )
    if back is None:
        return False
    audit.note(session, by, "visit.return", f"visit:{visit}", now=now)
    return True


def locked(session: Session, offered: int) -> ClinicSession:
    """The session, ours to the end of the transaction: whatever is done to its queue is done one after the other."""
    found = select(ClinicSession).where(ClinicSession.id == offered).options(joinedload(ClinicSession.department))
    return session.scalars(found.with_for_update(of=ClinicSession).execution_options(populate_existing=True)).one()
