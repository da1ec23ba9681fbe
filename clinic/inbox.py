"""The inbox: an SMS from a phone is stored before the SMS centre is told that we have it.

deliver_sm is delivered at least once: an SMS centre that never saw our answer (the link broke) sends the PDU again
over another bind. The same text from the same phone within a minute of one that came over a bind which *is gone* is
therefore that repetition. Where that bind lives, nothing was lost with it: a person typed the same thing twice, and the
SMS centre used the binds of the link in turn.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
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


@dataclass(frozen=True, slots=True)
class Came:
    """A text as it came. `bind` names the one bind of the link that it came by, `live` those of the link that live."""

    link: str
    bind: str
    live: frozenset[str]
    phone: str
    text: str
    at: dt.datetime


def receive_all(session: Session, came: Sequence[Came]) -> list[Incoming | None]:
    """As `receive`, of several in their order."""
    return [
        receive(session, link=one.link, bind=one.bind, live=one.live, phone=one.phone, text=one.text, now=one.at)
        for one in came
    ]


def receive(
    session: Session, *, link: str, bind: str, live: Collection[str], phone: str, text: str, now: dt.datetime
) -> Incoming | None:
    """Store a text; None when it repeats one that we have.

    `bind` names the one bind of the link that it came by, `live` those of the link that live now.
    """
    fingerprint = hashlib.sha256("\0".join((link, phone, text)).encode()).hexdigest()
    repeated = select(Inbound.id).where(
        Inbound.fingerprint == fingerprint,
        Inbound.bind.not_in({bind, *live}),
        Inbound.received_at > now - REPEATS_WITHIN,
    )
    known = session.scalar(repeated.order_by(Inbound.id).limit(1))
    if known is not None:
        # It is this bind's now: what was typed twice and lost twice is known twice, and no third one.
        session.execute(update(Inbound).where(Inbound.id == known).values(bind=bind))
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


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to a text, None: nothing."""

    incoming: Incoming
    text: str | None
    at: dt.datetime


def answer_all(session: Session, replies: Sequence[Reply]) -> list[None]:
    """As `answer`, of several."""
    for reply in replies:
        answer(session, incoming=reply.incoming, reply=reply.text, now=reply.at)
    return [None] * len(replies)


def answer(session: Session, *, incoming: Incoming, reply: str | None, now: dt.datetime) -> None:
    """Mark it handled and put the reply, if any, into the outbox: both or neither."""
    if reply is not None:
        # Who writes is answered in writing, whatever the number looks like.
        messages.tell_text(
            session, occasion=f"reply:{incoming.id}", phone=incoming.phone, text=reply, channel="sms", now=now
        )
    session.execute(update(Inbound).where(Inbound.id == incoming.id).values(handled_at=now))
