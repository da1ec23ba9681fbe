"""Somebody who is there goes over to another session of the same day: another room, practitioner or department."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, places
from clinic.installation import Installation
from clinic.places import over
from clinic.places.pools import COUNTER
from clinic.places.taking import free
from clinic.queue import line, order
from clinic.queue.calling import refuse_absent, today
from clinic.queue.errors import NotInQueue
from clinic.queue.near import WORTH, House, InQueue, in_queue
from clinic.rules import Rules
from clinic.tables import ClinicSession, Visit
from clinic.tables.visits import STANDING
from clinic.visit_telling.wording import tell, whole


def transfer(
    session: Session, *, visit: int, to: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> InQueue:
    """Move somebody who is there to the session `to`, with the number that they get there; they are told. They keep the
    turn of their arrival (`order.moved_here`). A session that is full gets one place more. Raises NotInQueue."""
    source = session.scalar(select(Visit.clinic_session_id).where(Visit.id == visit))
    if source is None:
        raise NotInQueue(f"there is no visit {visit}")
    if source == to:
        raise NotInQueue(f"visit {visit} is in clinic session {to} already")
    for offered in sorted((source, to)):
        today(session, offered, now)
    refuse_absent(session, visit)
    found = whole().where(Visit.id == visit).with_for_update(of=Visit)
    row = session.scalars(found.execution_options(populate_existing=True)).one()
    target = session.get_one(ClinicSession, to, options=[joinedload(ClinicSession.department)])
    _check(session, row, source, target)
    queue = line.read(session, target, now=now)
    arrived = row.arrived_at or now
    turn = order.moved_here(queue.plan, arrived_at=arrived, waiting=map(line.waits, queue.waiting))
    free(session, offered=source, pool=row.pool)
    row.queue, row.pool = _place(session, target, by, now)
    row.clinic_session_id, row.department_id = to, target.department_id
    row.turn, row.turn_at, row.called_at, row.moved_at = turn.turn, turn.since, None, now
    session.flush()
    session.expire(row, ["clinic_session"])
    audit.note(session, f"staff:{by}", "visit.transfer", f"visit:{visit}", now=now, source=source, target=to)
    _tell(session, row, House(rules, installation, now))
    return in_queue(row)


def _check(session: Session, row: Visit, source: int, target: ClinicSession) -> None:
    if row.clinic_session_id != source:
        raise NotInQueue(f"visit {row.id} was moved to clinic session {row.clinic_session_id} in this moment")
    if target.state != "open":
        raise NotInQueue(f"clinic session {target.id} is {target.state}")
    if target.department.centre_id != row.clinic_session.department.centre_id:
        raise NotInQueue(f"clinic session {target.id} is at another centre")
    there = Visit.resident_id == row.resident_id, Visit.department_id == target.department_id, Visit.day == row.day
    other = session.scalar(select(Visit.id).where(*there, Visit.id != row.id, Visit.state.in_(STANDING)))
    if other is not None:
        raise NotInQueue(f"the same person has visit {other} in that department today: use that one")


def _place(session: Session, target: ClinicSession, by: str, now: dt.datetime) -> tuple[int, str]:
    """A number there and the pool of its place. Their session is locked by us, so what is free stays so."""
    if not over.has_room(session, target):
        over.add_place(session, target)
        audit.note(session, f"staff:{by}", "session.over", f"session:{target.id}", now=now, reason="transfer")
    taken = places.take(session, target, channel=COUNTER)
    return taken.number, taken.pool


def _tell(session: Session, row: Visit, house: House) -> None:
    room = row.clinic_session.department.room
    key = "standing.moved_room_sms" if room else "standing.moved_sms"
    # There and back and there again: each is something new.
    occasion = f"visit:{row.id}:transferred:{house.now:%Y%m%d%H%M%S}:{row.clinic_session_id}"
    tell(house.telling(session), row, key, occasion, expires_at=house.now + WORTH, room=room)
