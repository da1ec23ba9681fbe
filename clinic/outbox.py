"""The sender's side of the outbox: claim, settle, recover.

The sender claims a batch in a transaction of its own before it writes to a link: after a crash a claimed message
is one whose outcome nobody knows, and is sent once more (a T-code that comes twice is better than one that never
comes).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, selectinload

from clinic import receipts
from clinic.rows import reads
from clinic.tables import Message, MessagePart

MOST_TRIES = 8
# A sender settles a batch within seconds: one that still holds it after this has died.
LEASE = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message. `sent` holds the numbers (from 1) of segments that the SMS centre took before."""

    id: int
    phone: str
    text: str
    attempts: int
    expires_at: dt.datetime
    sent: frozenset[int]


@dataclass(frozen=True, slots=True)
class SentPart:
    number: int
    link: str
    smsc_id: str


def claim(session: Session, *, sender: str, most: int, now: dt.datetime) -> list[Outgoing]:
    """Claim up to `most` due messages for this sender; other nodes skip them (SKIP LOCKED on PostgreSQL)."""
    rows = session.scalars(
        select(Message)
        .options(selectinload(Message.parts))
        .where(Message.state == "queued", Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.state = "expired" if row.expires_at <= now else "claimed"
        row.claimed_by, row.claimed_at = sender, now
    return [_outgoing(row) for row in rows if row.state == "claimed"]


def _outgoing(row: Message) -> Outgoing:
    return Outgoing(
        row.id, row.phone, row.text, row.attempts, row.expires_at, frozenset(part.number for part in row.parts)
    )


def settle(
    session: Session,
    *,
    message: int,
    parts: Sequence[SentPart],
    retry_at: dt.datetime | None = None,
    error: str | None = None,
    counts: bool = True,
) -> None:
    """Record what became of a claimed message: the segments taken, and an error or nothing.

    `retry_at` puts it back for another try, which is counted unless the fault was not the message's (link down).
    Receipts that overtook the answer are applied here.
    """
    row = session.get_one(Message, message)
    session.add_all(
        MessagePart(message_id=message, number=part.number, link=part.link, smsc_id=part.smsc_id[: receipts.LONGEST_ID])
        for part in parts
    )
    row.error = error
    row.attempts += int(counts)
    if error is None:
        row.state = "submitted"
    elif retry_at is not None and retry_at < row.expires_at:
        row.state, row.due_at = "queued", retry_at
    else:
        row.state = "failed"
    session.flush()
    receipts.apply_early(session, row, parts)


def recover(
    session: Session, *, sender: str, now: dt.datetime, lease: dt.timedelta = LEASE, most: int = MOST_TRIES
) -> int:
    """Queue again what a dead sender had claimed: this sender's own at its start, others' after the lease.

    A message that was tried `most` times has failed: whatever kills its sender each time shall not flood a phone.
    """
    stale = or_(Message.claimed_by == sender, Message.claimed_at < now - lease)
    claimed = update(Message).where(Message.state == "claimed", stale)
    session.execute(claimed.where(Message.attempts + 1 >= most).values(state="failed", error="outcome unknown"))
    result = session.execute(claimed.values(state="queued", due_at=now, attempts=Message.attempts + 1))
    return result.rowcount if isinstance(result, CursorResult) else 0


@reads
def next_due(session: Session, *, now: dt.datetime) -> dt.datetime | None:
    """When the next queued message falls due, or None."""
    due: dt.datetime | None = session.scalar(
        select(Message.due_at).where(Message.state == "queued", Message.due_at > now).order_by(Message.due_at).limit(1)
    )
    return due
