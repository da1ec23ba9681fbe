"""How many broadcasts a phone gets in a day: those whose messages fall due on it, but for those that never went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.hours import day_bounds
from clinic.tables import Broadcast, Message

NEVER_WENT = ("cancelled", "failed", "expired")
TOO_MANY = "daily limit"
"""The error of a message that was cancelled because its phone has had enough on the day it was put off to."""


def can_be_reached(session: Session, days: Sequence[dt.date], *, zone: dt.tzinfo, besides: int, limit: int) -> bool:
    """Whether any phone can have had so many: each broadcast gives it one, so there must be as many of them."""
    begin, end = day_bounds(days[0], zone)[0], day_bounds(days[-1], zone)[1]
    others = select(func.count()).where(
        Broadcast.id != besides, Broadcast.state != "draft", Broadcast.start_at < end, Broadcast.expires_at > begin
    )
    return session.scalars(others).one() >= limit


def full(
    session: Session, phones: Collection[str], *, days: Sequence[dt.date], zone: dt.tzinfo, besides: int, limit: int
) -> set[tuple[str, dt.date]]:
    """Which of these phones get so many messages of other broadcasts, or more, on which of these days."""
    return {
        (phone, day)
        for day in days
        if phones
        for phone in session.scalars(_full(session, phones, day, zone, besides, limit))
    }


def _full(
    session: Session, phones: Collection[str], day: dt.date, zone: dt.tzinfo, besides: int, limit: int
) -> Select[Any]:
    begin, end = day_bounds(day, zone)
    going = (
        Message.broadcast_id.is_not(None),
        Message.broadcast_id != besides,
        Message.state.not_in(NEVER_WENT),
        Message.due_at >= begin,
        Message.due_at < end,
    )
    theirs = select(Message.phone).where(among(session, Message.phone, phones), *going)
    return theirs.group_by(Message.phone).having(func.count() >= limit)
