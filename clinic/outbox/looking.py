"""What a broadcast has in the outbox, by the index on its number and the state."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.outbox.claiming import MESSAGE
from clinic.rows import reads
from clinic.tables import Message, MessageState


@reads
def counts(session: Session, *, broadcast: int) -> dict[MessageState, int]:
    """How many messages of a broadcast are in each state; a state that none is in is missing."""
    its = (
        select(Message.state, func.count().label("many"))
        .where(Message.broadcast_id == broadcast)
        .group_by(Message.state)
    )
    return {row.state: row.many for row in session.execute(its)}


def cancel(session: Session, *, broadcast: int, most: int, now: dt.datetime) -> int:
    """Give up to `most` queued messages of a broadcast up; how many there were. What is claimed goes its way."""
    queued = select(Message.id).where(Message.broadcast_id == broadcast, Message.state == "queued")
    ids = session.scalars(queued.order_by(Message.due_at).limit(most).with_for_update()).all()
    if ids:
        given_up = update(MESSAGE).where(among(session, MESSAGE.c.id, ids))
        session.execute(given_up.values(state="cancelled", settled_at=now))
    return len(ids)
