"""Settling: what became of claimed messages, many in one transaction and a few statements."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic import pushes, receipts
from clinic.batches import add, among, on_postgresql
from clinic.outbox.claiming import MESSAGE, Outgoing
from clinic.tables import Instant, MessagePart, MessageState, SmsUsage

LONGEST_ERROR = 80  # characters
PARTS = ("message_id", "number", "link", "smsc_id", "state")


class SentPart(NamedTuple):
    """A segment that an SMS centre took: its number (from 1), over which link, and the id that it got there."""

    number: int
    link: str
    smsc_id: str


class Settled(NamedTuple):
    """What became of a claimed message: the segments taken now, and an error or nothing.

    `retry_at` puts it back for another try, which is counted unless the fault was not the message's (link down).
    `unknown`: it was written and not answered; where it is not sent once more, nobody knows what became of it.
    `segments` it has in all. `since` is when the first of them was submitted. `on_net`: whether the contract counts
    it as to one of its own phones.
    """

    message: Outgoing
    parts: Sequence[SentPart] = ()
    error: str | None = None
    retry_at: dt.datetime | None = None
    counts: bool = True
    unknown: bool = False
    segments: int | None = None
    since: dt.datetime | None = None
    on_net: bool = False

    @property
    def state(self) -> MessageState:
        if self.error is None:
            return "sent"
        if self.retry_at is not None and self.retry_at < self.message.expires_at:
            return "queued"
        return "unknown" if self.unknown else "failed"


def settle_many(session: Session, *, outcomes: Sequence[Settled], now: dt.datetime) -> None:
    """Record what became of these; `now` is local, of the installation: the contract counts by its months.

    Receipts that overtook an answer are applied here.
    """
    plain = [each.message.id for each in outcomes if each.error is None and each.counts]
    if plain:
        taken = update(MESSAGE).where(among(session, MESSAGE.c.id, sorted(plain)))
        values = {"state": "sent", "error": None, "attempts": MESSAGE.c.attempts + 1, "settled_at": now}
        session.execute(taken.values(values))
    _settle_each(session, [each for each in outcomes if each.error is not None or not each.counts], now)
    rows = [
        (each.message.id, part.number, part.link, receipts.fitting_id(part.smsc_id), "sent")
        for each in outcomes
        for part in each.parts
    ]
    add(session, MessagePart.__table__, PARTS, rows)  # type: ignore[arg-type]
    receipts.apply_early(session, outcomes, now)
    _count(session, outcomes, now)
    told = [each.message.id for each in outcomes if each.message.client_id is not None and each.state != "queued"]
    if told:
        pushes.note(session, told, now)


def _settle_each(session: Session, outcomes: Sequence[Settled], now: dt.datetime) -> None:
    """Those with an error, each of which has its own."""
    if not outcomes:
        return
    columns = MESSAGE.c
    put = (
        update(MESSAGE)
        .where(columns.id == bindparam("message"))
        .values(
            state=bindparam("new_state"),
            error=bindparam("new_error"),
            attempts=columns.attempts + bindparam("tries"),
            due_at=func.coalesce(bindparam("again_at", type_=Instant()), columns.due_at),
            settled_at=bindparam("since", type_=Instant()),
            segments=func.coalesce(columns.segments, bindparam("parts")),
        )
    )
    rows = [_row(each, now) for each in sorted(outcomes, key=lambda each: each.message.id)]
    session.connection().execute(put, rows)


def _row(each: Settled, now: dt.datetime) -> dict[str, Any]:
    waits = each.state == "queued"
    return {
        "message": each.message.id,
        "new_state": each.state,
        "new_error": each.error and each.error[:LONGEST_ERROR],
        "tries": int(each.counts),
        "again_at": each.retry_at if waits else None,
        "since": None if waits else now,
        "parts": each.segments if each.unknown else None,
    }


def _count(session: Session, outcomes: Iterable[Settled], now: dt.datetime) -> None:
    """Segments that were taken, as the contract counts them."""
    taken: Counter[bool] = Counter()
    for each in outcomes:
        if each.parts:
            taken[each.on_net] += len(each.parts)
    build: Any = postgresql.insert if on_postgresql(session) else sqlite.insert
    rows = [{"month": f"{now:%Y-%m}", "on_net": each, "segments": many} for each, many in sorted(taken.items())]
    if rows:
        row = build(SmsUsage.__table__).values(rows)
        more = {"segments": SmsUsage.__table__.c.segments + row.excluded.segments}
        session.execute(row.on_conflict_do_update(index_elements=["month", "on_net"], set_=more))
