"""The queue of a session at work: the next one is called, called again, passed over, seen, gone.

Whoever is called while another is still in the room is called after them: that one was seen. Two rooms of one session
call one after the other.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.installation import Installation
from clinic.queue import arriving, line, pace
from clinic.queue.errors import NotInQueue
from clinic.queue.line import HELD, Line, Place
from clinic.queue.near import WORTH, House, InQueue, in_queue, rows, tell_near
from clinic.rules import Rules
from clinic.tables import ClinicSession, Visit
from clinic.visit_telling.wording import tell


@dataclass(frozen=True, slots=True)
class Called:
    """Who is called, None where nobody waits; who was in the room and is seen by it; who was told to be near; how many
    wait still, and how many may still come."""

    now: InQueue | None
    seen: tuple[InQueue, ...]
    near: tuple[InQueue, ...]
    waiting: int
    to_come: int
    room: str


def call_next(
    session: Session, *, offered: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> Called:
    """Call the next one who is there; who was in the room is seen. Raises NotInQueue."""
    here = today(session, offered, now)
    queue = line.read(session, here, now=now)
    waiting = queue.waiting
    next_one = waiting[0] if waiting else None
    found = rows(session, [place.visit for place in (*queue.in_room, *waiting[:1])])
    in_room = found[: len(queue.in_room)]
    _note_pace(session, here, queue, next_one, now)
    for row in in_room:
        _end(session, row, "fulfilled", "visit.seen", by, now)
    if next_one is not None:
        found[-1].called_at = now
        audit.note(session, f"staff:{by}", "visit.call", f"visit:{next_one.visit}", now=now)
    session.flush()
    near = tell_near(session, line.read(session, here, now=now), House(rules, installation, now))
    return Called(
        now=in_queue(found[-1]) if next_one is not None else None,
        seen=tuple(map(in_queue, in_room)),
        near=near,
        waiting=len(waiting[1:]),
        to_come=len(queue.to_come),
        room=here.department.room,
    )


def recall(
    session: Session, *, offered: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> Called:
    """Call the one once more who was called last and is not seen yet, and tell their phone, once. Raises NotInQueue."""
    here = today(session, offered, now)
    queue = line.read(session, here, now=now)
    last = queue.last_called
    if last is None or not last.in_room:
        raise NotInQueue(f"nobody is called in clinic session {offered}")
    [row] = rows(session, [last.visit])
    room = here.department.room
    telling = House(rules, installation, now).telling(session)
    key = "standing.room_sms" if room else "standing.called_sms"
    tell(telling, row, key, f"visit:{row.id}:called", expires_at=now + WORTH, room=room)
    audit.note(session, f"staff:{by}", "visit.recall", f"visit:{row.id}", now=now)
    return Called(in_queue(row), (), (), len(queue.waiting), len(queue.to_come), room)


def pass_over(
    session: Session, *, visit: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> tuple[InQueue, ...]:
    """Somebody was called and does not come: they wait outside of the queue until they show up. Who is near by it.
    Raises NotInQueue."""
    row = _one(session, visit, now)
    if row.called_at is None or row.turn is None:
        raise NotInQueue(f"visit {visit} is not called; only who was called and does not come can be passed over")
    row.turn, row.turn_at, row.passes = None, None, row.passes + 1
    audit.note(session, f"staff:{by}", "visit.pass", f"visit:{visit}", now=now)
    return _near(session, row, rules, installation, now)


def come_back(
    session: Session, *, visit: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> tuple[InQueue, ...]:
    """Somebody who was passed over shows up again. Who is near by it. Raises NotInQueue."""
    row = _one(session, visit, now)
    if not arriving.come_back(session, visit=visit, by=f"staff:{by}", now=now):
        raise NotInQueue(f"visit {visit} was not passed over, or is back already")
    return _near(session, row, rules, installation, now)


def seen(
    session: Session, *, visit: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> tuple[InQueue, ...]:
    """Somebody who has arrived was seen; who is near by it. Raises NotInQueue."""
    row = _one(session, visit, now)
    queue = line.read(session, row.clinic_session, now=now)
    if row.called_at is not None and row.turn is not None:
        pace.note(session, row.clinic_session, now - row.called_at)
    elif queue.waiting and queue.waiting[0].visit == visit:
        row.called_at = now  # where nobody is called, seeing the next one moves the queue on
    _end(session, row, "fulfilled", "visit.seen", by, now)
    return _near(session, row, rules, installation, now)


def gone(
    session: Session, *, visit: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> tuple[InQueue, ...]:
    """Somebody who has arrived went away before they were seen; who is near by it. Raises NotInQueue.

    Who has never arrived is not for the room to say: they may come until the evening.
    """
    row = _one(session, visit, now)
    _end(session, row, "noshow", "visit.noshow", by, now)
    return _near(session, row, rules, installation, now)


def today(session: Session, offered: int, now: dt.datetime) -> ClinicSession:
    """The session, ours to the end of the transaction. Raises NotInQueue unless it is today's."""
    if session.get(ClinicSession, offered) is None:
        raise NotInQueue(f"there is no clinic session {offered}")
    row = arriving.locked(session, offered)
    if row.day != now.date():
        raise NotInQueue(f"clinic session {offered} is on {row.day}, not today")
    return row


def _one(session: Session, visit: int, now: dt.datetime) -> Visit:
    """The visit and its session, both ours; it may have gone to another session before that one was."""
    offered = session.scalar(select(Visit.clinic_session_id).where(Visit.id == visit))
    if offered is None:
        raise NotInQueue(f"there is no visit {visit}")
    today(session, offered, now)
    refuse_absent(session, visit)
    found = select(Visit).where(Visit.id == visit).with_for_update()
    row = session.scalars(found.execution_options(populate_existing=True)).one()
    if row.clinic_session_id != offered:
        raise NotInQueue(f"visit {visit} was moved to clinic session {row.clinic_session_id} in this moment")
    return row


def refuse_absent(session: Session, visit: int) -> None:
    """Raise NotInQueue unless somebody is there, whose session is ours: so they stay there. Asked before their visit is
    locked, for who is just arriving holds it and waits for the session."""
    state = session.scalar(select(Visit.state).where(Visit.id == visit))
    if state != "arrived":
        here = f": `caredial queue arrive {visit}` first, where they are here" if state == "booked" else ""
        raise NotInQueue(
            f"visit {visit} is {state}; only one that has arrived can be seen, passed over, moved, or go away{here}"
        )


def _end(session: Session, row: Visit, state: str, action: str, by: str, now: dt.datetime) -> None:
    row.state = state
    if state == "fulfilled":
        row.seen_at = now
    audit.note(session, f"staff:{by}", action, f"visit:{row.id}", now=now)


def _note_pace(session: Session, here: ClinicSession, queue: Line, next_one: Place | None, now: dt.datetime) -> None:
    """How long the one before took, where somebody waited all the while: else nobody knows when the room was free."""
    if next_one is None or next_one.waits_since is None:
        return
    last = max((place.called_at for place in queue.in_room if place.called_at), default=None)
    if last is not None and now - next_one.waits_since >= HELD:
        pace.note(session, here, now - last)


def _near(
    session: Session, row: Visit, rules: Rules, installation: Installation, now: dt.datetime
) -> tuple[InQueue, ...]:
    session.flush()
    queue = line.read(session, row.clinic_session, now=now)
    return tell_near(session, queue, House(rules, installation, now))
