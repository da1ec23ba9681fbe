"""What a broadcast has in the outbox, by the index on its number and the state."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

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
