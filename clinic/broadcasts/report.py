"""What became of a broadcast, line by line beside its invoice."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Integer, case, cast, exists, extract, func, or_, select
from sqlalchemy.orm import Session

from clinic.broadcasts import price
from clinic.broadcasts.drafts import find, view
from clinic.broadcasts.sending import shown
from clinic.broadcasts.views import REASONS, Bill, Cell, Invoice, Line, LinkShape, Moment, Reason, Report
from clinic.rows import reads
from clinic.tables import Broadcast, Message, MessagePart, MessageState
from conf.texts.words import Language

STEPS = 100
TAKEN: tuple[MessageState, ...] = ("sent", "delivered")
UNDER_WAY: tuple[MessageState, ...] = ("queued", "sending")
WHY: dict[Reason, str] = {
    "no_phone": "no phone is known",
    "invalid": "number gets no SMS",
    "refused": "opted out",
    "no_consent": "no consent",
    "no_text": "text cannot be made",
    "duplicate": "duplicate phone",
    "daily_limit": "daily limit reached",
    "expires": "expires in quiet hours",
}


class _Group(NamedTuple):
    """Messages that are alike; `segments` as planned."""

    state: MessageState
    on_net: bool | None
    language: Language | None
    messages: int
    segments: int
    first: dt.datetime | None  # claimed
    last: dt.datetime | None


@reads
def report(session: Session, *, broadcast: int, links: Sequence[LinkShape] = ()) -> Report:
    """What happened so far. `links` tells which of them have their SMS centre part long texts (segments = payload).

    Raises NoSuchBroadcast, NotNow before it was sent.
    """
    row = find(session, broadcast)
    invoice = shown(session, broadcast=broadcast)
    groups = _groups(session, broadcast)
    taken = _segments_taken(session, broadcast, groups, links)
    used = (invoice.bill.used_on_net, invoice.bill.used_off_net)
    bill = price.bill(invoice.contract, month=invoice.bill.month, used=used, on_net=taken[True], off_net=taken[False])
    return Report(
        broadcast=view(session, row),
        invoice=invoice,
        lines=tuple(Line(*cells) for cells in _lines(session, row, invoice, groups, bill)),
        bill=bill,
        failures=_errors(session, broadcast, "failed"),
        cancellations=_errors(session, broadcast, "cancelled"),
    )


def _groups(session: Session, broadcast: int) -> list[_Group]:
    alike = Message.state, Message.on_net, Message.language
    sums = func.count(), func.coalesce(func.sum(Message.segments), 0)
    times = func.min(Message.claimed_at), func.max(Message.claimed_at)
    rows = session.execute(select(*alike, *sums, *times).where(Message.broadcast_id == broadcast).group_by(*alike))
    return [
        _Group(state, on_net, language, many, segments or 0, first, last)
        for state, on_net, language, many, segments, first, last in rows
    ]


def _segments_taken(
    session: Session, broadcast: int, groups: Sequence[_Group], links: Sequence[LinkShape]
) -> Counter[bool]:
    """Segments that SMS centres took, by whether they are on-net: of what did not go well, those that they named."""
    taken: Counter[bool] = Counter()
    for group in groups:
        if group.state in TAKEN:
            taken[bool(group.on_net)] += group.segments
    whole = [link.name for link in links if link.settings.segments == "payload"]
    each = case((MessagePart.link.in_(whole), func.coalesce(Message.segments, 1)), else_=1)
    rest: Sequence[MessageState] = [group.state for group in groups if group.state not in TAKEN]
    parts = (
        select(Message.on_net, func.sum(each))
        .join(MessagePart, MessagePart.message_id == Message.id)
        .where(Message.broadcast_id == broadcast, Message.state.in_(rest))
        .group_by(Message.on_net)
    )
    for on_net, count in session.execute(parts) if rest else ():
        taken[bool(on_net)] += int(count)
    return taken


def _lines(
    session: Session, row: Broadcast, invoice: Invoice, groups: Sequence[_Group], bill: Bill
) -> Iterator[tuple[str, str, Cell, Cell]]:
    """Who was written to, what became of it, what it took and cost, and when."""

    def count(fits: Callable[[_Group], bool]) -> int:
        return sum(group.messages for group in groups if fits(group))

    def state(*states: MessageState) -> int:
        return count(lambda group: group.state in states)

    cursor = row.cursor or {}
    written = cursor.get("all", False) or row.state == "cancelled"
    yield "members", "audience", invoice.members, cursor.get("members", 0) if written else None
    for reason in REASONS:
        found = cursor.get("excluded", {}).get(reason, 0) if written else None
        yield f"excluded.{reason}", f"excluded: {WHY[reason]}", invoice.excluded[reason], found
    yield "recipients", "recipients", invoice.recipients, count(lambda _: True)
    for line in invoice.languages:
        there = count(lambda group, language=line.language: group.language == language)  # type: ignore[misc]
        yield f"recipients.{line.language}", f"recipients in {line.language}", line.recipients, there
    taken = state(*TAKEN) + _taken_in_vain(session, row.id, groups)
    yield "taken", "taken by an SMS centre", invoice.recipients, taken
    yield "delivered", "delivered", None, state("delivered")
    yield "sent", "taken, no receipt yet", None, state("sent")
    yield "failed", "failed", None, state("failed")
    yield "expired", "expired", None, state("expired")
    yield "unknown", "unknown", None, state("unknown")
    yield "cancelled", "cancelled", None, state("cancelled")
    yield "under_way", "still under way", None, state(*UNDER_WAY)
    yield "segments.on_net", "segments on-net", invoice.bill.on_net, bill.on_net
    yield "segments.off_net", "segments off-net", invoice.bill.off_net, bill.off_net
    yield "price.before", "month without it", invoice.bill.before, bill.before
    yield "price.added", "added by it", invoice.bill.added, bill.added
    yield "price.after", "month with it", invoice.bill.after, bill.after
    firsts = [group.first for group in groups if group.first is not None]
    lasts = [group.last for group in groups if group.last is not None]
    yield "starts", "starts", invoice.start_at, min(firsts, default=None)
    yield "ends", "ends", invoice.ends_at, max(lasts, default=None) if row.ended_at else None


def _taken_in_vain(session: Session, broadcast: int, groups: Sequence[_Group]) -> int:
    """Messages of which an SMS centre took something, and which were not delivered."""
    rest = [group.state for group in groups if group.state not in TAKEN]
    parts = select(func.count(MessagePart.message_id.distinct())).join(Message, Message.id == MessagePart.message_id)
    found = parts.where(Message.broadcast_id == broadcast, Message.state.in_(rest))
    return session.scalars(found).one() if rest else 0


def _errors(session: Session, broadcast: int, state: MessageState) -> dict[str, int]:
    """How many messages in this state have which error, the most frequent first."""
    error = func.coalesce(Message.error, "")
    rows = session.execute(
        select(error, func.count()).where(Message.broadcast_id == broadcast, Message.state == state).group_by(error)
    )
    return dict(sorted(rows, key=lambda row: (-row[1], row[0])))


@reads
def timeline(session: Session, *, broadcast: int, step: dt.timedelta | None = None) -> list[Moment]:
    """How it went over time, in steps (None: about 100 of them, a second at least). Raises NoSuchBroadcast.

    A message that an SMS centre took is `sent` when it was claimed, some milliseconds before it was written to a link;
    it is `delivered` or `failed` when that was recorded.
    """
    find(session, broadcast)
    taken = or_(Message.state.in_(TAKEN), exists().where(MessagePart.message_id == Message.id))
    counted = {
        "sent": _by_second(session, broadcast, Message.claimed_at, taken),
        "delivered": _by_second(session, broadcast, Message.settled_at, Message.state == "delivered"),
        "failed": _by_second(session, broadcast, Message.settled_at, Message.state == "failed"),
    }
    seconds = [second for counts in counted.values() for second in counts]
    if not seconds:
        return []
    first, last = min(seconds), max(seconds)
    size = max(1, int(step.total_seconds()) if step else -(-(last - first + 1) // STEPS))
    steps = {kind: _steps(counts, first, size) for kind, counts in counted.items()}
    return [
        Moment(
            at=dt.datetime.fromtimestamp(first + number * size, dt.UTC),
            sent=steps["sent"][number],
            delivered=steps["delivered"][number],
            failed=steps["failed"][number],
        )
        for number in range((last - first) // size + 1)
    ]


def _by_second(session: Session, broadcast: int, when: Any, which: Any) -> dict[int, int]:
    """How many of its messages, by the second (since 1970) of one of their moments."""
    if session.get_bind().dialect.name == "sqlite":
        second = cast(func.strftime("%s", when), Integer)
    else:
        second = cast(func.floor(extract("epoch", when)), Integer)
    counts = select(second, func.count()).where(Message.broadcast_id == broadcast, which, when.is_not(None))
    return dict(session.execute(counts.group_by(second)).all())


def _steps(counts: dict[int, int], first: int, size: int) -> Counter[int]:
    steps: Counter[int] = Counter()
    for second, count in counts.items():
        steps[(second - first) // size] += count
    return steps
