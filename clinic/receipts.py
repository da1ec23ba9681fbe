"""Delivery receipts, matched by (link, message id as the SMS centre gave it).

A receipt may overtake its submit_sm_resp, come twice, or come after a restart (SMPP 3.4 appendix B; every network
does it): one that finds no segment waits in a table until the answer is settled. A final state is never overwritten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from clinic.tables import Message, MessagePart, Receipt

LONGEST_ID, LONGEST_ERROR = 65, 40  # characters; longer ones come only from a broken peer, and PostgreSQL refuses them
FINAL = frozenset({"delivered", "expired", "deleted", "undeliverable", "rejected", "skipped"})


class Sent(Protocol):
    """A segment by the name that the SMS centre gave it."""

    @property
    def link(self) -> str: ...
    @property
    def smsc_id(self) -> str: ...


def record(session: Session, *, link: str, smsc_id: str, state: str, error: str | None, now: dt.datetime) -> bool:
    """Apply a receipt, or keep it for a segment that is not settled yet; tells whether one was found.

    `state` is the SMPP message state in lower case (enroute, delivered, expired, ...).
    """
    smsc_id, error = smsc_id[:LONGEST_ID], error and error[:LONGEST_ERROR]
    part = session.scalars(
        select(MessagePart)
        .where(MessagePart.link == link, MessagePart.smsc_id == smsc_id)
        .order_by(MessagePart.id.desc())
        .limit(1)
    ).one_or_none()
    if part is None:
        session.add(Receipt(link=link, smsc_id=smsc_id, state=state, error=error, received_at=now))
        return False
    _apply(part, state, error)
    session.flush()
    _conclude(session.get_one(Message, part.message_id))
    return True


def apply_early(session: Session, message: Message, sent: Iterable[Sent]) -> None:
    """Apply the receipts that came before these segments were settled."""
    for part in sent:
        named = (Receipt.link == part.link, Receipt.smsc_id == part.smsc_id[:LONGEST_ID])
        early = select(Receipt).where(*named).order_by(Receipt.id)
        for receipt in session.scalars(early).all():
            record(
                session,
                link=receipt.link,
                smsc_id=receipt.smsc_id,
                state=receipt.state,
                error=receipt.error,
                now=receipt.received_at,
            )
            session.delete(receipt)
    session.expire(message, ["parts"])


def forget(session: Session, *, before: dt.datetime) -> int:
    """Drop receipts that found no segment by then; tells how many."""
    result = session.execute(delete(Receipt).where(Receipt.received_at < before))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _apply(part: MessagePart, state: str, error: str | None) -> None:
    if part.state not in FINAL:
        part.state, part.error = state, error


def _conclude(message: Message) -> None:
    """A message is delivered when all its segments are, failed when one of them finally is not."""
    if message.state != "submitted":
        return
    states = {part.state for part in message.parts}
    if states == {"delivered"}:
        message.state = "delivered"
    elif states & (FINAL - {"delivered"}):
        message.state = "failed"
        message.error = next((part.error for part in message.parts if part.error), message.error)
