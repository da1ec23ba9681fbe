"""The sender's side of the outbox: claim, settle, recover. What is spoken is the caller's (`clinic.voice`).

The sender claims a batch in a transaction of its own before it writes to a link: after a crash a claimed message
is one whose outcome nobody knows, as where no answer came, and its class tells whether it is sent once more. What is
under way for long is claimed anew from time to time, so that nobody takes it for a dead sender's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, CursorResult, and_, false, not_, or_, select, text, true, update
from sqlalchemy.orm import Session, selectinload

from clinic import receipts
from clinic.rows import reads
from clinic.tables import TO_CALL, WAITS, Message, MessagePart
from smpp.kinds import MessageClass

MOST_TRIES = 8
# How often a message is sent in all while its outcome is unknown. SMPP has no way to ask whether a submit was taken: a
# T-code that comes twice is better than one that never comes, a broadcast that comes twice is worse.
MOST_UNANSWERED: Mapping[MessageClass, int] = {"code": 2, "answer": 5, "notice": 2, "bulk": 1}
# A sender renews what it has under way long before this: one that has not has died.
LEASE = dt.timedelta(minutes=5)
LONGEST_ERROR = 80  # characters
# How the occasion of a call begins that is made because an SMS has failed.
INSTEAD = "voice:"
MOST_ROUNDS = 100  # of a claim: after a long silence many messages have expired, and stand before those that have not


@dataclass(frozen=True, slots=True)
class Lane:
    """A link as the outbox sees it: what it carries, and what it would rather not.

    Numbers that begin with one of `prefixes`, messages of one of `classes`; empty: all. `named_only`: only messages
    that name it. `throttled` goes last, then the longest prefix first, then the cheapest; without `room` it is the
    right one for what it fits best, but can take no more just now. The order is that of `smpp.routing.choose`.
    """

    link: str
    prefixes: tuple[str, ...] = ()
    classes: tuple[MessageClass, ...] = ()
    cost: Decimal = Decimal(0)
    named_only: bool = False
    throttled: bool = False
    room: bool = True


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message; `link` names the only one that may carry it, "" is any.

    `sent` holds the numbers (from 1) of segments that an SMS centre took before, `sent_over` the link that they
    took ("" for none).
    """

    id: int
    phone: str
    text: str
    message_class: MessageClass
    link: str
    attempts: int
    expires_at: dt.datetime
    sent: frozenset[int]
    sent_over: str


@dataclass(frozen=True, slots=True)
class SentPart:
    number: int
    link: str
    smsc_id: str


def claim(
    session: Session,
    *,
    sender: str,
    most: int,
    now: dt.datetime,
    lanes: Sequence[Lane] | None = None,
    configured: Sequence[Lane] = (),
    calls: bool = True,
) -> list[Outgoing]:
    """Claim up to `most` due messages for this sender; other nodes skip them (SKIP LOCKED on PostgreSQL).

    With `lanes`, the links that are up, only those messages whose link has room: what cannot go now stays where it
    is, and holds up nothing. Those that none of the `configured` links will ever carry come too, to be told so.
    Without `calls` the installation can call nobody: what would be spoken is sent as a text.
    """
    if not calls:
        _write_instead(session)
    due = (
        select(Message)
        .options(selectinload(Message.parts))
        .where(text(WAITS), Message.channel == "sms", Message.due_at <= now)
        .where(true() if lanes is None else _claimable(lanes, configured, now))
        .order_by(Message.due_at, Message.id)
        .with_for_update(skip_locked=True)
    )
    claimed: list[Outgoing] = []
    for _ in range(MOST_ROUNDS):
        wanted = most - len(claimed)
        rows = session.scalars(due.limit(wanted)).all()
        for row in rows:
            row.state = "expired" if row.expires_at <= now else "sending"
            row.claimed_by, row.claimed_at = sender, now
        claimed += [_outgoing(row) for row in rows if row.state == "sending"]
        if len(rows) < wanted or len(claimed) == most:
            break
    return claimed


def _write_instead(session: Session) -> None:
    """Texts of what waits to be spoken; but one that failed as an SMS, and waits for a call since, has failed."""
    waits = update(Message).where(text(TO_CALL))
    session.execute(waits.where(Message.occasion.startswith(INSTEAD)).values(state="failed", error="no calls are made"))
    session.execute(waits.values(channel="sms"))


def _claimable(lanes: Sequence[Lane], configured: Sequence[Lane], now: dt.datetime) -> ColumnElement[bool]:
    """Each lane takes what begins with its prefix, unless a better one, which has no room, would carry it."""
    ranked = sorted(
        ((lane, prefix) for lane in lanes for prefix in lane.prefixes or ("",)),
        key=lambda entry: (entry[0].throttled, -len(entry[1].removeprefix("+")), entry[0].cost, not entry[0].room),
    )
    full: list[ColumnElement[bool]] = []
    free: list[ColumnElement[bool]] = []
    for lane, prefix in ranked:
        if lane.room:
            free.append(and_(_fits(lane, prefix), not_(or_(false(), *full))))
        else:
            full.append(_fits(lane, prefix))
    ever = [_fits(lane, prefix) for lane in configured for prefix in lane.prefixes or ("",)]
    return or_(Message.expires_at <= now, *free, not_(or_(false(), *ever)))


def _fits(lane: Lane, prefix: str) -> ColumnElement[bool]:
    named = Message.link == lane.link
    return and_(
        and_(Message.link.is_not(None), named) if lane.named_only else or_(Message.link.is_(None), named),
        begins_with(prefix),
        Message.message_class.in_(lane.classes) if lane.classes else true(),
    )


def begins_with(prefix: str) -> ColumnElement[bool]:
    """Whether the phone does; with its "+" or without, as the prefix too. "" are all."""
    digits = prefix.removeprefix("+")
    return or_(Message.phone.startswith(f"+{digits}"), Message.phone.startswith(digits)) if digits else true()


def _outgoing(row: Message) -> Outgoing:
    return Outgoing(
        row.id,
        row.phone,
        row.text,
        row.message_class,
        row.link or "",
        row.attempts,
        row.expires_at,
        frozenset(part.number for part in row.parts),
        row.parts[0].link if row.parts else "",
    )


def settle(
    session: Session,
    *,
    message: int,
    parts: Sequence[SentPart],
    retry_at: dt.datetime | None = None,
    error: str | None = None,
    counts: bool = True,
    since: dt.datetime | None = None,
) -> None:
    """Record what became of a claimed message: the segments taken, and an error or nothing.

    `retry_at` puts it back for another try, which is counted unless the fault was not the message's (link down).
    Receipts that overtook the answer are applied here, those that came `since` the first segment was submitted.
    """
    row = session.get_one(Message, message)
    session.add_all(
        MessagePart(message_id=message, number=part.number, link=part.link, smsc_id=receipts.fitting_id(part.smsc_id))
        for part in parts
    )
    row.error = error and error[:LONGEST_ERROR]
    row.attempts += int(counts)
    if error is None:
        row.state = "sent"
    elif retry_at is not None and retry_at < row.expires_at:
        row.state, row.due_at = "queued", retry_at
    else:
        row.state = "failed"
    session.flush()
    receipts.apply_early(session, row, parts, since)


def renew(session: Session, *, sender: str, messages: Collection[int], now: dt.datetime) -> None:
    """Tell that this sender is still at work on these messages."""
    mine = (Message.id.in_(messages), Message.state == "sending", Message.claimed_by == sender)
    session.execute(update(Message).where(*mine).values(claimed_at=now))


def recover(
    session: Session, *, sender: str, now: dt.datetime, lease: dt.timedelta = LEASE, under_way: Collection[int] = ()
) -> int:
    """Queue again what a dead sender had claimed: this sender's own at its start, others' after the lease.

    Not what it has `under_way`. A message that has been tried as often as its class may be while nobody knows what
    became of it has failed: a broadcast comes once, and whatever kills its sender each time shall not flood a phone.
    """
    stale = or_(Message.claimed_by == sender, Message.claimed_at < now - lease)
    claimed = update(Message).where(
        Message.channel == "sms", Message.state == "sending", stale, Message.id.not_in(under_way)
    )
    for message_class, most in MOST_UNANSWERED.items():
        spent = claimed.where(Message.message_class == message_class, Message.attempts + 1 >= most)
        session.execute(spent.values(state="failed", error="outcome unknown", attempts=Message.attempts + 1))
    result = session.execute(claimed.values(state="queued", due_at=now, attempts=Message.attempts + 1))
    return result.rowcount if isinstance(result, CursorResult) else 0


@reads
def next_due(session: Session, *, now: dt.datetime) -> dt.datetime | None:
    """When the next queued message falls due, or None."""
    queued = text(WAITS), Message.channel == "sms"
    due: dt.datetime | None = session.scalar(
        select(Message.due_at).where(*queued, Message.due_at > now).order_by(Message.due_at).limit(1)
    )
    return due
