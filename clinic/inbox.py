"""The inbox: an SMS from a phone is stored before the SMS centre is told that we have it.

deliver_sm is delivered at least once: an SMS centre that never saw our answer (the link broke) sends the PDU again
over the next bind. The same text from the same phone over *another* bind within a minute is therefore that
repetition; over the same bind it is a person who typed the same thing twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from clinic import messages
from clinic.rows import reads
from clinic.tables import Inbound

REPEATS_WITHIN = dt.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Incoming:
    id: int
    phone: str
    text: str
    received_at: dt.datetime


def receive(session: Session, *, link: str, bind: str, phone: str, text: str, now: dt.datetime) -> Incoming | None:
    """Store a text; None when it repeats one that we have. `bind` names this one bind of the link."""
    fingerprint = hashlib.sha256("\0".join((link, phone, text)).encode()).hexdigest()
    repeated = exists().where(
        Inbound.fingerprint == fingerprint, Inbound.bind != bind, Inbound.received_at > now - REPEATS_WITHIN
    )
    if session.scalar(select(repeated)):
        return None
    row = Inbound(link=link, bind=bind, phone=phone, text=text, fingerprint=fingerprint, received_at=now)
    session.add(row)
    session.flush()
    return Incoming(row.id, phone, text, now)


@reads
def unhandled(session: Session, *, most: int) -> list[Incoming]:
    """What a crash left unanswered, oldest first."""
    rows = session.scalars(select(Inbound).where(Inbound.handled_at.is_(None)).order_by(Inbound.id).limit(most))
    return [Incoming(row.id, row.phone, row.text, row.received_at) for row in rows]


def answer(session: Session, *, incoming: Incoming, reply: str | None, now: dt.datetime) -> None:
    """Mark it handled and put the reply, if any, into the outbox: both or neither."""
    if reply is not None:
        messages.tell_text(session, occasion=f"reply:{incoming.id}", phone=incoming.phone, text=reply, now=now)
    session.execute(update(Inbound).where(Inbound.id == incoming.id).values(handled_at=now))
