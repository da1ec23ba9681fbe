"""Recovering: what a sender that died had claimed is queued again, or nobody will ever know what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session

from clinic import pushes
from clinic.batches import among
from clinic.outbox.claiming import MESSAGE
from clinic.tables import SENDING, Message
from smpp.kinds import MessageClass

# How often a message is sent in all while its outcome is unknown. SMPP has no way to ask whether a submit was taken: a
# T-code that comes twice is better than one that never comes, a broadcast that comes twice is worse.
MOST_UNANSWERED: Mapping[MessageClass, int] = {"code": 2, "answer": 5, "notice": 2, "bulk": 1}
# A sender renews what it has under way long before this: one that has not has died.
LEASE = dt.timedelta(minutes=5)


def renew(session: Session, *, sender: str, messages: Collection[int], now: dt.datetime) -> None:
    """Tell that this sender is still at work on these messages."""
    mine = (among(session, MESSAGE.c.id, sorted(messages)), text(SENDING), MESSAGE.c.claimed_by == sender)
    session.execute(update(MESSAGE).where(*mine).values(claimed_at=now))


def recover(
    session: Session, *, sender: str, now: dt.datetime, lease: dt.timedelta = LEASE, under_way: Collection[int] = ()
) -> int:
    """Queue again what a dead sender had claimed: this sender's own at its start, others' after the lease.

    Not what it has `under_way`. A message that has been tried as often as its class may be while nobody knows what
    became of it is not sent again: a broadcast comes once, and whatever kills its sender each time shall not flood a
    phone. Only a receipt may yet tell (`clinic.receipts`).
    """
    stale = or_(Message.claimed_by == sender, Message.claimed_at < now - lease)
    columns = select(Message.id, Message.message_class, Message.attempts, Message.client_id)
    # Not in any order, and with what each of them has: so the small index on claimed_by finds them.
    claimed = (text(SENDING), Message.claimed_by.is_not(None), Message.channel == "sms", stale)
    found = session.execute(columns.where(*claimed).with_for_update())
    alive = set(under_way)
    rows = sorted((row for row in found if row.id not in alive), key=lambda row: row.id)
    spent = [row for row in rows if row.attempts + 1 >= MOST_UNANSWERED[row.message_class]]
    gone = {row.id for row in spent}
    again = [row.id for row in rows if row.id not in gone]
    _put(session, sorted(gone), state="unknown", error="outcome unknown", settled_at=now)
    _put(session, again, state="queued", due_at=now)
    told = [row.id for row in spent if row.client_id is not None]
    if told:
        pushes.note(session, told, now)
    return len(again)


def _put(session: Session, ids: Sequence[int], **values: object) -> None:
    if ids:
        put = update(MESSAGE).where(among(session, MESSAGE.c.id, ids))
        session.execute(put.values(attempts=MESSAGE.c.attempts + 1, **values))
