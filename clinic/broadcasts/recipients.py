"""Those who a broadcast was written for, one by one: its messages in the outbox, in the order of the audience."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.rows import reads
from clinic.tables import Message, MessageState
from conf.texts.words import Language

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """A recipient and what has become of their message.

    `number` is the place in which it was written (`screening`). `claimed_at`: when it was taken to be sent;
    `settled_at`: since when its state is what it is; both None where that was never so.
    """

    number: int
    phone: str
    language: Language | None
    state: MessageState
    error: str | None
    segments: int | None
    on_net: bool | None
    written_at: dt.datetime
    claimed_at: dt.datetime | None
    settled_at: dt.datetime | None


@reads
def span(session: Session, *, broadcast: int) -> range:
    """Among which ids its messages are, others between them."""
    ids = select(func.min(Message.id), func.max(Message.id)).where(Message.broadcast_id == broadcast)
    first, last = session.execute(ids).one()
    return range(0) if first is None else range(first, last + 1)


@reads
def within(session: Session, *, broadcast: int, ids: range) -> list[RecipientLine]:
    """The recipients whose messages have these ids, in order: a slice of `span`, so that each costs the same."""
    rows = (
        select(
            Message.occasion,
            Message.phone,
            Message.language,
            Message.state,
            Message.error,
            Message.segments,
            Message.on_net,
            Message.created_at,
            Message.claimed_at,
            Message.settled_at,
        )
        .where(Message.id >= ids.start, Message.id < ids.stop, Message.broadcast_id == broadcast)
        .order_by(Message.id)
    )
    return [RecipientLine(int(first.rpartition(":")[2]), *rest) for first, *rest in session.execute(rows).all()]


@reads
def next_due(session: Session, *, broadcast: int) -> dt.datetime | None:
    """When the next of its queued messages is due, None where none is queued."""
    waiting = select(func.min(Message.due_at)).where(Message.broadcast_id == broadcast, Message.state == "queued")
    due: dt.datetime | None = session.scalar(waiting)
    return due


@reads
def last_test(session: Session, *, broadcast: int, phone: str) -> str | None:
    """The occasion of the last text that `drafts.try_out` has sent to this phone."""
    tests = select(Message.occasion).where(
        Message.phone == phone, Message.occasion.startswith(f"broadcast-test:{broadcast}:")
    )
    found: str | None = session.scalar(tests.order_by(Message.id.desc()).limit(1))
    return found
