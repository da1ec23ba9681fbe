"""How far a queue is: how many in all, how many seen, who is called now, how many before me, about how long."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.queue import line
from clinic.queue.line import Line, Place
from clinic.queue.outlook import outlook
from clinic.rows import reads
from clinic.tables import ClinicSession, Visit
from clinic.tables.visits import STANDING
from clinic.views import Standing


def of(session: Session, row: Visit, *, now: dt.datetime) -> Standing:
    """Where a visit of today stands; before its day only who is before it is known."""
    offered = row.clinic_session
    queue = line.read(session, offered, now=now)
    place = queue.of(row.id)
    return stands(queue, place, now, offered.department.room) if place else _given_up(row, offered)


@reads
def of_visit(session: Session, *, visit: int, now: dt.datetime) -> Standing | None:
    """The same, for who has its number only; None unless it is of today."""
    row = session.get(Visit, visit)
    return of(session, row, now=now) if row is not None and row.day == now.date() else None


def stands(queue: Line, place: Place, now: dt.datetime, room: str) -> Standing:
    last = queue.last_called
    return Standing(
        visit=place.visit,
        queue=place.queue,
        state=state_of(place),
        in_all=sum(row.state != "noshow" for row in queue.places),
        seen=sum(row.state == "fulfilled" for row in queue.places),
        called=last.queue if last else 0,
        ahead=queue.ahead(place),
        expected=outlook(queue, place, now),
        room=room,
    )


def state_of(place: Place) -> str:
    if place.waits:
        return "waits"
    if place.in_room:
        return "called"
    return "passed" if place.passed else "to_come" if place.may_come else "over"


def ahead(session: Session, row: Visit) -> int:
    """Those with a lower number who are to be seen: all that can be said before the day, in one count."""
    before = Visit.clinic_session_id == row.clinic_session_id, Visit.queue < row.queue
    waits = Visit.state.in_(STANDING), Visit.called_at.is_(None)
    return session.scalar(select(func.count()).where(*before, *waits)) or 0


def _given_up(row: Visit, offered: ClinicSession) -> Standing:
    return Standing(row.id, row.queue, "over", 0, 0, 0, 0, None, offered.department.room)
