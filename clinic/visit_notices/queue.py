"""The queue of a clinic session: calling the next number, who was seen, who is not there; and who is near.

Numbers are called in their order among those who have arrived; who comes late is called next. Whoever is called while
another is still in the room is called after them: that one was seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, messages
from clinic.installation import Installation
from clinic.notices import times
from clinic.phones import masked_phone
from clinic.rules import Rules
from clinic.tables import ClinicSession, Message, Visit
from clinic.visit_notices.wording import Telling, tell, whole
from clinic.vouchers import masked

NEAR_FOR = dt.timedelta(hours=1)
"""How long it is worth telling somebody that they are near."""


class NotInQueue(Exception):
    """There is no such clinic session today, or no such visit that can be seen or missed; the words say which."""


@dataclass(frozen=True, slots=True)
class InQueue:
    """A visit as the room sees it."""

    visit: int
    queue: int
    name: str
    phone: str


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
    """Call the next number that has arrived; who was in the room is seen. Raises NotInQueue."""
    place = _today(session, offered, now)
    rows = _alive(session, offered)
    in_room = [row for row in rows if row.called_at is not None]
    waiting = [row for row in rows if row.state == "arrived" and row.called_at is None]
    for row in in_room:
        _seen(session, row, by, now)
    if waiting:
        waiting[0].called_at = now
        audit.note(session, f"staff:{by}", "visit.call", f"visit:{waiting[0].id}", now=now)
    session.flush()
    near = _tell_near(session, offered, rules, installation, now)
    return Called(
        now=_line(waiting[0]) if waiting else None,
        seen=tuple(map(_line, in_room)),
        near=near,
        waiting=len(waiting[1:]),
        to_come=sum(row.state == "booked" for row in rows),
        room=place.department.room,
    )


def seen(
    session: Session, *, visit: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> tuple[InQueue, ...]:
    """Somebody who has arrived was seen; who is near by it. Raises NotInQueue."""
    row = _one(session, visit, now, ("arrived",))
    if not _waits_before(session, row):
        row.called_at = row.called_at or now
    _seen(session, row, by, now)
    session.flush()
    return _tell_near(session, row.clinic_session_id, rules, installation, now)


def noshow(
    session: Session, *, visit: int, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> tuple[InQueue, ...]:
    """Somebody who has arrived went away before they were seen; who is near by it. Raises NotInQueue.

    Who has never arrived is not for the room to say: they may come until the evening.
    """
    row = _one(session, visit, now, ("arrived",))
    row.state = "noshow"
    audit.note(session, f"staff:{by}", "visit.noshow", f"visit:{row.id}", now=now)
    session.flush()
    return _tell_near(session, row.clinic_session_id, rules, installation, now)


def _seen(session: Session, row: Visit, by: str, now: dt.datetime) -> None:
    row.state = "fulfilled"
    audit.note(session, f"staff:{by}", "visit.seen", f"visit:{row.id}", now=now)


def _waits_before(session: Session, row: Visit) -> bool:
    """Whether somebody with a lower number is there and not called yet: who is seen out of turn says nothing of how far
    the queue is."""
    theirs = Visit.clinic_session_id == row.clinic_session_id, Visit.queue < row.queue
    waits = select(Visit.id).where(*theirs, Visit.state == "arrived", Visit.called_at.is_(None)).limit(1)
    return session.scalar(waits) is not None


def _today(session: Session, offered: int, now: dt.datetime) -> ClinicSession:
    """The session, ours to the end of the transaction: two rooms of one session call one after the other."""
    row = session.scalars(select(ClinicSession).where(ClinicSession.id == offered).with_for_update()).one_or_none()
    if row is None:
        raise NotInQueue(f"there is no clinic session {offered}")
    if row.day != now.date():
        raise NotInQueue(f"clinic session {offered} is on {row.day}, not today")
    return row


def _one(session: Session, visit: int, now: dt.datetime, states: Sequence[str]) -> Visit:
    offered = session.scalar(select(Visit.clinic_session_id).where(Visit.id == visit))
    if offered is None:
        raise NotInQueue(f"there is no visit {visit}")
    _today(session, offered, now)
    row = session.scalars(select(Visit).where(Visit.id == visit).with_for_update()).one()
    if row.state not in states:
        raise NotInQueue(f"visit {visit} is {row.state}; only one that has arrived can be seen, or go away")
    return row


def _alive(session: Session, offered: int) -> Sequence[Visit]:
    """Those who are there and those who may come, by number."""
    theirs = whole().where(Visit.clinic_session_id == offered, Visit.state.in_(("booked", "arrived")))
    return session.scalars(theirs.order_by(Visit.queue).execution_options(populate_existing=True)).all()


def _tell_near(
    session: Session, offered: int, rules: Rules, installation: Installation, now: dt.datetime
) -> tuple[InQueue, ...]:
    """Tell those who have become near, each once; who they are."""
    near = [(row, ahead) for row, ahead in _ahead(session, offered) if ahead <= rules.notices.queue_near]
    occasions = {f"visit:{row.id}:near": row for row, _ in near}
    if not near or not rules.notices.queue_near:
        return ()
    known = [f"{occasion}:{row.phone}" for occasion, row in occasions.items()]
    told = set(session.scalars(select(Message.occasion).where(messages.under(session, *known))))
    telling = Telling(session, times(session, rules=rules, installation=installation, now=now), installation)
    fresh = [(row, ahead) for row, ahead in near if f"visit:{row.id}:near:{row.phone}" not in told]
    return tuple(_line(row) for row, ahead in fresh if _tell_one(telling, row, ahead))


def _tell_one(telling: Telling, row: Visit, ahead: int) -> bool:
    """False in quiet hours that end too late for it."""
    room = row.clinic_session.department.room
    key = "queue.room_sms" if room else "queue.near_sms"
    until = telling.when.now + NEAR_FOR
    told = tell(telling, row, key, f"visit:{row.id}:near", expires_at=until, ahead=ahead, room=room)
    return told is not None


def _ahead(session: Session, offered: int) -> list[tuple[Visit, int]]:
    """Those who wait, by number, each with how many are before them: as `visits` counts them."""
    theirs = Visit.clinic_session_id == offered, Visit.called_at.is_not(None)
    passed = session.scalar(select(func.max(Visit.queue)).where(*theirs)) or 0
    before, found = 0, []
    for row in _alive(session, offered):
        waits = row.state == "arrived" and row.called_at is None
        if waits:
            found.append((row, before))
        before += waits or (row.state == "booked" and row.queue > passed)
    return found


def _line(row: Visit) -> InQueue:
    return InQueue(row.id, row.queue, masked(row.name), masked_phone(row.phone))
