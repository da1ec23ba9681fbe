"""Long texts from phones: segments are stored one by one, and joined in the transaction that brings the last.

What belongs together is told by source, destination, reference, total and the reference's width, never by the link:
segments come over two binds, or two links, in any order, twice, and with a restart between them. A reference has 8 or
16 bits and is used again: the same place with other octets begins a new text, and what was unfinished there goes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from clinic import inbox
from clinic.inbox import Incoming
from clinic.rows import in_turn, rows_changed
from clinic.tables import InboundPart
from smpp.parts import Part

MOST_AGE = dt.timedelta(hours=24)  # a phone that is switched off keeps the rest of a text no longer than that
REPEATS_WITHIN = dt.timedelta(minutes=5)  # after the text was complete: an SMS centre repeats within minutes
MOST_OF_A_PHONE = 600  # segments: two of the longest texts, and some
MOST_IN_ALL = 100_000


def receive(
    session: Session,
    *,
    link: str,
    bind: str,
    live: Collection[str],
    phone: str,
    part: Part,
    join: Callable[[Sequence[Part]], str],
    now: dt.datetime,
) -> Incoming | None:
    """Store a segment; the whole text where it was the last one missing, else None.

    `phone` is the source in our form, `live` as for `inbox.receive`. An exact repetition changes nothing, also some
    minutes after the text was complete.
    """
    in_turn(session, f"segments of {part.key[0]}")
    mine = _place(part)
    _gone(session, and_(mine, InboundPart.received_at <= now - MOST_AGE))
    stored = session.scalars(select(InboundPart).where(mine).order_by(InboundPart.number)).all()
    if any(_repeats(row, part, now) for row in stored):
        return None
    if any(row.number == part.number or row.inbound_id is not None for row in stored):
        session.execute(delete(InboundPart).where(mine))
        stored = []
    session.add(row := _row(part, now))
    session.flush()
    _keep_within_bounds(session, row)
    if len(stored) + 1 < part.total:
        return None
    text = join([_part(each) for each in sorted([*stored, row], key=lambda each: each.number)])
    incoming = inbox.receive(session, link=link, bind=bind, live=live, phone=phone, text=text, now=now)
    return _complete(session, mine, incoming)


def forget(session: Session, *, now: dt.datetime) -> int:
    """Drop segments whose rest never came, and those kept to know a repetition by; tells how many."""
    old = InboundPart.received_at < now - MOST_AGE
    known = and_(InboundPart.inbound_id.is_not(None), InboundPart.received_at < now - REPEATS_WITHIN)
    return sum(_gone(session, which) for which in (old, known))


def _complete(session: Session, mine: ColumnElement[bool], incoming: Incoming | None) -> Incoming | None:
    """The segments stay with their text; those of a text that we had (another bind brought it again) go."""
    if incoming is None:
        session.execute(delete(InboundPart).where(mine))
    else:
        session.execute(update(InboundPart).where(mine).values(inbound_id=incoming.id))
    return incoming


def _repeats(row: InboundPart, part: Part, now: dt.datetime) -> bool:
    same = (row.number, row.data_coding, row.octets) == (part.number, part.data_coding, part.octets)
    return same and (row.inbound_id is None or row.received_at > now - REPEATS_WITHIN)


def _keep_within_bounds(session: Session, newest: InboundPart) -> None:
    """The oldest go: of this phone, and of all (numbers of rows only grow, so theirs are the lowest)."""
    _gone(session, InboundPart.id <= newest.id - MOST_IN_ALL)
    this_phone = InboundPart.source == newest.source
    too_many = session.scalar(
        select(InboundPart.id).where(this_phone).order_by(InboundPart.id.desc()).offset(MOST_OF_A_PHONE).limit(1)
    )
    if too_many is not None:
        _gone(session, and_(this_phone, InboundPart.id <= too_many))


def _gone(session: Session, which: ColumnElement[bool]) -> int:
    result = session.execute(delete(InboundPart).where(which))
    return rows_changed(result)


def _place(part: Part) -> ColumnElement[bool]:
    source, destination, reference, total, width = part.key
    return and_(
        InboundPart.source == source,
        InboundPart.destination == destination,
        InboundPart.reference == reference,
        InboundPart.total == total,
        InboundPart.width == width,
    )


def _row(part: Part, now: dt.datetime) -> InboundPart:
    source, destination, reference, total, width = part.key
    return InboundPart(
        source=source,
        destination=destination,
        reference=reference,
        total=total,
        width=width,
        number=part.number,
        data_coding=part.data_coding,
        octets=part.octets,
        received_at=now,
    )


def _part(row: InboundPart) -> Part:
    key = (row.source, row.destination, row.reference, row.total, row.width)
    return Part(key, row.number, row.total, row.data_coding, row.octets)
