"""A queue as staff see it: everybody of a session, those who wait in their order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic.names import masked
from clinic.phones import masked_phone
from clinic.queue import line
from clinic.queue.errors import NotInQueue
from clinic.queue.line import Line, Place
from clinic.queue.standing import stands
from clinic.rows import reads
from clinic.tables import ClinicSession, Department, Visit
from clinic.views import Standing
from conf.texts.words import Half, Name


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One of them. Names and phones are masked."""

    standing: Standing
    name: str
    phone: str
    arrived_at: dt.datetime | None
    called_at: dt.datetime | None
    passes: int
    is_walk_in: bool


@dataclass(frozen=True, slots=True)
class QueueView:
    """`minutes`: what one takes now, about."""

    session: int
    centre: Name
    department: Name
    practitioner: Name | None
    room: str
    day: dt.date
    half: Half
    starts: dt.time
    policy: str
    state: str
    in_all: int
    seen: int
    gone: int
    called: int
    minutes: float
    lines: tuple[QueueLine, ...]


@reads
def view(session: Session, *, offered: int, now: dt.datetime) -> QueueView:
    """The queue of a session of today. Raises NotInQueue."""
    found = (
        select(ClinicSession)
        .where(ClinicSession.id == offered)
        .options(
            joinedload(ClinicSession.department).joinedload(Department.centre), joinedload(ClinicSession.practitioner)
        )
    )
    here = session.scalars(found).one_or_none()
    if here is None:
        raise NotInQueue(f"there is no clinic session {offered}")
    if here.day != now.date():
        raise NotInQueue(f"clinic session {offered} is on {here.day}, not today")
    queue = line.read(session, here, now=now)
    people = {row.id: row for row in session.scalars(select(Visit).where(Visit.clinic_session_id == offered))}
    lines = [_line(queue, place, people[place.visit], now, here.department.room) for place in _shown(queue)]
    last = queue.last_called
    return QueueView(
        session=offered,
        centre=here.department.centre.name,
        department=here.department.name,
        practitioner=here.practitioner.name if here.practitioner else None,
        room=here.department.room,
        day=here.day,
        half=here.half,
        starts=here.starts,
        policy=queue.plan.policy,
        state=here.state,
        in_all=sum(place.state != "noshow" for place in queue.places),
        seen=sum(place.state == "fulfilled" for place in queue.places),
        gone=sum(place.state == "noshow" for place in queue.places),
        called=last.queue if last else 0,
        minutes=queue.pace.mean,
        lines=tuple(lines),
    )


def _shown(queue: Line) -> list[Place]:
    return [*queue.in_room, *queue.waiting, *queue.passed, *sorted(queue.to_come, key=queue.key)]


def _line(queue: Line, place: Place, row: Visit, now: dt.datetime, room: str) -> QueueLine:
    return QueueLine(
        standing=stands(queue, place, now, room),
        name=masked(row.name),
        phone=masked_phone(row.phone) if row.phone else "",
        arrived_at=place.arrived_at,
        called_at=place.called_at,
        passes=row.passes,
        is_walk_in=place.is_walk_in,
    )
