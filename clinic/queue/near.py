"""Telling those who have become near that it is nearly their turn, each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import messages
from clinic.batches import among
from clinic.installation import Installation
from clinic.names import masked
from clinic.notices import Telling
from clinic.phones import masked_phone
from clinic.queue.line import Line
from clinic.rules import Rules
from clinic.tables import Message, Visit
from clinic.visit_telling.wording import tell, whole

WORTH = dt.timedelta(hours=1)
"""How long it is worth telling somebody that they are near, or called."""


@dataclass(frozen=True, slots=True)
class InQueue:
    """A visit as the room sees it."""

    visit: int
    queue: int
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class House:
    """What the queue's notices are told with."""

    rules: Rules
    installation: Installation
    now: dt.datetime

    def telling(self, session: Session) -> Telling:
        return Telling.of(session, rules=self.rules, installation=self.installation, now=self.now)


def tell_near(session: Session, queue: Line, house: House) -> tuple[InQueue, ...]:
    """Tell those of whom at most `queue_near` are before them; who was told now."""
    most = house.rules.notices.queue_near
    if not most:
        return ()
    ahead = {place.visit: before for place in queue.waiting if (before := queue.ahead(place)) <= most}
    fresh = _fresh(session, rows(session, list(ahead)))
    if not fresh:
        return ()
    telling = house.telling(session)
    return tuple(in_queue(row) for row in fresh if _tell_one(telling, row, ahead[row.id]))


def rows(session: Session, visits: Sequence[int]) -> list[Visit]:
    """These visits with what their notices say, in this order."""
    found = session.scalars(whole().where(among(session, Visit.id, visits)).execution_options(populate_existing=True))
    by_id = {row.id: row for row in found}
    return [by_id[visit] for visit in visits]


def in_queue(row: Visit) -> InQueue:
    return InQueue(row.id, row.queue, masked(row.name), masked_phone(row.phone) if row.phone else "")


def _fresh(session: Session, near: Sequence[Visit]) -> list[Visit]:
    if not near:
        return []
    known = [f"{occasion(row)}:{row.phone}" for row in near]
    told = set(session.scalars(select(Message.occasion).where(messages.under(session, *known))))
    return [row for row in near if row.phone and f"{occasion(row)}:{row.phone}" not in told]


def occasion(row: Visit) -> str:
    return f"visit:{row.id}:near"


def _tell_one(telling: Telling, row: Visit, ahead: int) -> bool:
    """False in quiet hours that end too late for it."""
    room = row.clinic_session.department.room
    key = "queue.room_sms" if room else "queue.near_sms"
    until = telling.when.now + WORTH
    return tell(telling, row, key, occasion(row), expires_at=until, ahead=ahead, room=room) is not None
