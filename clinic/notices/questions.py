"""Questions that a notice asks, and which a short text answers: written with the notice, found by the phone.

Of several that are open the last one asked is meant. A question has the occasion of its notice: while that is not
sent, or where it never came, nobody can have read it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, not_, or_, select, update
from sqlalchemy.orm import Session

from clinic.rows import add_or_get, reads
from clinic.tables import Message, Question


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question: `kind` says who answers it, `subject` what it is about."""

    id: int
    kind: str
    subject: Mapping[str, Any]
    asked_at: dt.datetime


def ask(
    session: Session,
    *,
    occasion: str,
    phone: str,
    kind: str,
    subject: Mapping[str, Any],
    asked_at: dt.datetime,
    expires_at: dt.datetime,
) -> None:
    """Let this phone answer from `asked_at`, when its notice falls due, to `expires_at`; once for this occasion."""
    add_or_get(
        session,
        Question,
        ["occasion"],
        occasion=f"{occasion}:{phone}",
        phone=phone,
        kind=kind,
        subject=dict(subject),
        asked_at=asked_at,
        expires_at=expires_at,
        answer="",
    )


@reads
def open_to(session: Session, *, phone: str, inbox: int, now: dt.datetime) -> list[Asked]:
    """What this phone may answer now, the last asked first; also what this very text has answered before."""
    rows = session.scalars(
        select(Question)
        .where(Question.phone == phone, or_(Question.answered_at.is_(None), Question.inbox_id == inbox))
        .where(Question.asked_at <= now, Question.expires_at > now, not_(_unread()))
        .order_by(Question.asked_at.desc(), Question.id.desc())
    )
    return [Asked(row.id, row.kind, row.subject, row.asked_at) for row in rows]


def _unread() -> ColumnElement[bool]:
    """The notice waits, or has not come. A question that was put in a reply has no notice in the outbox."""
    notice = select(Message.id).where(Message.occasion == Question.occasion, Message.broadcast_id.is_(None))
    return notice.where(Message.state.in_(("queued", "failed", "expired", "cancelled"))).exists()


def answered(session: Session, *, question: int, answer: str, inbox: int | None, now: dt.datetime) -> bool:
    """Close it with these words, of that text in the inbox; False where another answer has closed it before."""
    by_us = Question.inbox_id == inbox if inbox is not None else false()
    still = update(Question).where(Question.id == question, or_(Question.answered_at.is_(None), by_us))
    closed = session.scalar(still.values(answered_at=now, answer=answer[:40], inbox_id=inbox).returning(Question.id))
    return closed is not None
