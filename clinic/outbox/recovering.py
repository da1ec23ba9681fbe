"""Recovering: what a sender that died had claimed is queued again, or nobody will ever know what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session

from clinic import pushes
from clinic.batches import among
from clinic.outbox.claiming import MESSAGE, NONE, Outgoing
from clinic.outbox.settling import SentPart, Settled, settle_many
from clinic.tables import SENDING, Message, MessagePart
from smpp.kinds import MessageClass

# How often a message is sent in all while its outcome is unknown. SMPP has no way to ask whether a submit was taken: a
# T-code that comes twice is better than one that never comes, a broadcast that comes twice is worse.
MOST_UNANSWERED: Mapping[MessageClass, int] = {"code": 2, "answer": 5, "notice": 2, "bulk": 1}
# A sender renews what it has under way long before this: one that has not has died.
LEASE = dt.timedelta(minutes=5)
_COLUMNS = tuple(
    MESSAGE.c[name]
    for name in (
        "id", "phone", "text", "message_class", "link", "attempts", "expires_at", "on_net", "client_id", "claimed_by",
        "claimed_at",
    )
)  # fmt: skip


class Trace(NamedTuple):
    """What a dead sender has left of a message: of how many segments it posted some, those that were taken, and the
    numbers of those that it posted and that have no answer."""

    segments: int = 0
    parts: tuple[SentPart, ...] = ()
    open: frozenset[int] = NONE


NO_TRACE = Trace()


def renew(session: Session, *, sender: str, messages: Collection[int], now: dt.datetime) -> None:
    """Tell that this sender is still at work on these messages."""
    mine = (among(session, MESSAGE.c.id, sorted(messages)), text(SENDING), MESSAGE.c.claimed_by == sender)
    session.execute(update(MESSAGE).where(*mine).values(claimed_at=now))


def recover(
    session: Session,
    *,
    sender: str,
    now: dt.datetime,
    lease: dt.timedelta = LEASE,
    under_way: Collection[int] = (),
    traces: Mapping[int, Trace] | None = None,
    on_net: Callable[[str], bool] = lambda phone: False,  # noqa: ARG005
) -> int:
    """Queue again what a dead sender had claimed: this sender's own at its start, others' after the lease.

    Not what it has `under_way`. A message that has been tried as often as its class may be while nobody knows what
    became of it is not sent again: a broadcast comes once, and whatever kills its sender each time shall not flood a
    phone. Only a receipt may yet tell (`clinic.receipts`).

    `traces` tell what this sender had posted: of what has none nothing was, and it is queued as if never claimed.
    What was answered is settled. None: nobody knows, and all may have been posted. `on_net` counts for the contract.
    Tells how many are queued again.
    """
    stale = or_(Message.claimed_by == sender, Message.claimed_at < now - lease)
    columns = select(*_COLUMNS)
    # Not in any order, and with what each of them has: so the small index on claimed_by finds them.
    claimed = (text(SENDING), Message.claimed_by.is_not(None), Message.channel == "sms", stale)
    found = session.execute(columns.where(*claimed).with_for_update())
    alive = set(under_way)
    rows = sorted((row for row in found if row.id not in alive), key=lambda row: row.id)
    back = 0
    if traces is not None:
        back = _by_trace(session, [row for row in rows if row.claimed_by == sender], traces, now, on_net)
        rows = [row for row in rows if row.claimed_by != sender]
    spent = [row for row in rows if row.attempts + 1 >= MOST_UNANSWERED[row.message_class]]
    gone = {row.id for row in spent}
    again = [row.id for row in rows if row.id not in gone]
    _put(session, sorted(gone), state="unknown", error="outcome unknown", settled_at=now)
    _put(session, again, state="queued", due_at=now)
    told = [row.id for row in spent if row.client_id is not None]
    if told:
        pushes.note(session, told, now)
    return back + len(again)


def _by_trace(
    session: Session,
    rows: Sequence[Any],
    traces: Mapping[int, Trace],
    now: dt.datetime,
    on_net: Callable[[str], bool],
) -> int:
    """Settle what is known of these; how many are queued again."""
    taken = _taken(session, [row.id for row in rows if row.id in traces])
    fresh, outcomes = [], []
    for row in rows:
        trace = traces.get(row.id, NO_TRACE)
        had = taken.get(row.id, NONE)
        parts = {part.number: part for part in trace.parts if part.number not in had}
        if parts or trace.open:
            known = trace._replace(parts=tuple(parts.values()))
            outcomes.append(_outcome(row, known, had, now, on_net))
        else:
            fresh.append(row.id)
    if fresh:
        unposted = update(MESSAGE).where(among(session, MESSAGE.c.id, fresh))
        session.execute(unposted.values(state="queued", due_at=now))
    if outcomes:
        settle_many(session, outcomes=outcomes, now=now)
    return len(fresh) + sum(each.state == "queued" for each in outcomes)


def _outcome(row: Any, trace: Trace, had: frozenset[int], now: dt.datetime, on_net: Callable[[str], bool]) -> Settled:
    """Of one of which something was posted: as its sender would have settled it."""
    phone, kind, attempts = row.phone, row.message_class, row.attempts
    message = Outgoing(
        row.id, phone, row.text, kind, row.link or "", attempts, row.expires_at, had, "", row.on_net, row.client_id
    )
    own = row.on_net if row.on_net is not None else on_net(phone)
    settled = Settled(message, trace.parts, segments=trace.segments, since=row.claimed_at, on_net=own)
    if trace.open:
        spent = attempts + 1 >= MOST_UNANSWERED[kind]
        return settled._replace(error="outcome unknown", retry_at=None if spent else now, unknown=True)
    if len(had) + len(trace.parts) < trace.segments:
        return settled._replace(error="sender died", retry_at=now, counts=False)
    return settled


def _taken(session: Session, ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The segments of these that are settled already."""
    query = select(MessagePart.message_id, MessagePart.number).where(among(session, MessagePart.message_id, ids))
    found: dict[int, frozenset[int]] = {}
    for message, number in session.execute(query):
        found[message] = found.get(message, NONE) | {number}
    return found


def _put(session: Session, ids: Sequence[int], **values: object) -> None:
    if ids:
        put = update(MESSAGE).where(among(session, MESSAGE.c.id, ids))
        session.execute(put.values(attempts=MESSAGE.c.attempts + 1, **values))
