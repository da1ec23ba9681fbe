"""Delivery receipts, matched by (link, message id as the SMS centre gave it), many in one transaction.

A receipt may overtake its submit_sm_resp, come twice, or come after a restart (SMPP 3.4 appendix B; every network
does it): one that finds no segment waits in a table until the answer is settled. A final state is never overwritten.

An SMS centre may count its ids anew: what comes for a segment that is final already is a repetition, or belongs to a
message whose answer is not settled yet. It waits too, but not for long.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from clinic import pushes
from clinic.batches import among, fetch
from clinic.phones import BadPhone, canonical
from clinic.rows import in_turn, rows_changed
from clinic.tables import Message, MessagePart, Receipt
from smpp.segments import count

LONGEST_ID, LONGEST_ERROR = 65, 40  # characters; longer ones come only from a broken peer, and PostgreSQL refuses them
FINAL = frozenset({"delivered", "expired", "deleted", "undeliverable", "rejected", "skipped"})
LOST = FINAL - {"delivered"}
OPEN = ("sent", "unknown")  # states of a message that a receipt may end
# A submit is settled within minutes, so a receipt that found no segment in two days never will.
KEPT = dt.timedelta(days=2)
KEPT_IN_DOUBT = dt.timedelta(hours=1)  # all segments of a long text, over a slow link
# How far the clocks of two nodes may differ: one takes a receipt, the other has written the submit.
SKEW = dt.timedelta(minutes=1)
# Mostly no receipt of a link waits; that is told sooner than a thousand ids are looked for.
_WAITING = select(Receipt.id).where(Receipt.link == bindparam("link")).limit(1)

Outcome = tuple[str, str | None]
"""State and error."""


class Sent(Protocol):
    """A segment by the name that the SMS centre gave it."""

    @property
    def link(self) -> str: ...
    @property
    def smsc_id(self) -> str: ...


class Owner(Protocol):
    """A message that was claimed."""

    @property
    def id(self) -> int: ...
    @property
    def phone(self) -> str: ...


class Answered(Protocol):
    """Segments of a message that were taken, and when the first of them was submitted."""

    @property
    def message(self) -> Owner: ...
    @property
    def parts(self) -> Sequence[Sent]: ...
    @property
    def since(self) -> dt.datetime | None: ...


class Told(NamedTuple):
    """A receipt: `state` is the SMPP message state in lower case (enroute, delivered, expired, ...).

    `phones`: one that anybody could have written as an SMS counts only for a message to one of these. `about` are the
    numbers that it came with, as they were written: read only where the id is nobody's.
    """

    smsc_id: str
    state: str
    error: str | None = None
    phones: frozenset[str] | None = None
    about: tuple[str, ...] = ()

    def fitting(self) -> Told:
        """As a table can keep it: one odd receipt must not keep those that are recorded with it."""
        return self._replace(
            smsc_id=fitting_id(self.smsc_id), error=self.error and self.error.replace("\0", "")[:LONGEST_ERROR]
        )


def fitting_id(smsc_id: str) -> str:
    """An SMS centre's message id as we keep it: PostgreSQL refuses NUL, and what is too long."""
    return smsc_id.replace("\0", "")[:LONGEST_ID]


def record(session: Session, *, link: str, told: Sequence[Told], now: dt.datetime, region: str = "CN") -> int:
    """Apply a link's receipts in their order, keep those whose segment is not settled yet; how many found one."""
    told = [each.fitting() for each in told]
    found = _matched(session, link, told)
    if any(_may_be_early(segment, each) for segment, each in found):
        # An answer may just be being settled, and would look for its receipt before it could see ours.
        in_turn(session, _answers(link))
        found = _matched(session, link, told)
        if _adopted(session, link, [each for segment, each in found if segment is None], now, region):
            found = _matched(session, link, told)
    early = [(segment, each) for segment, each in found if _may_be_early(segment, each)]
    if early:
        session.execute(insert(Receipt), [_early(link, segment, each, now) for segment, each in early])
    matched = [(segment, each) for segment, each in found if segment is not None]
    _apply(session, matched, now)
    return len(matched)


def _matched(session: Session, link: str, told: Sequence[Told]) -> list[tuple[_Segment | None, Told]]:
    """Each with its segment. What anybody could have written has one only where that went to a phone it names."""
    segments = _segments(session, link, told)
    doubtful = {each.smsc_id for each in told if each.phones is not None} & segments.keys()
    owners = select(Message.id, Message.phone).where(Message.id.in_([segments[each].message_id for each in doubtful]))
    phones = {row.id: row.phone for row in session.execute(owners)} if doubtful else {}

    def own(each: Told) -> _Segment | None:
        segment = segments.get(each.smsc_id)
        known = each.phones is None or (segment is not None and phones.get(segment.message_id) in each.phones)
        return segment if known else None

    return [(own(each), each) for each in told]


def _may_be_early(segment: _Segment | None, told: Told) -> bool:
    return segment is None or (segment.state in FINAL and told.state in FINAL)


def apply_early(session: Session, answered: Sequence[Answered], now: dt.datetime) -> None:
    """Apply the receipts that came before these segments, written already, were settled.

    What came before the first of a message's segments was submitted is another's, who had the same id.
    """
    for link in sorted({part.link for each in answered for part in each.parts}):
        in_turn(session, _answers(link), shared=True)
        if session.scalar(_WAITING, {"link": link}) is None:
            continue
        owners = {fitting_id(part.smsc_id): each for each in answered for part in each.parts if part.link == link}
        waiting = select(Receipt).where(Receipt.link == link, among(session, Receipt.smsc_id, owners.keys()))
        found = [
            each for each in session.scalars(waiting.order_by(Receipt.id)) if _counts_for(owners[each.smsc_id], each)
        ]
        if found:
            told = [Told(receipt.smsc_id, receipt.state, receipt.error) for receipt in found]
            session.execute(delete(Receipt).where(Receipt.id.in_([receipt.id for receipt in found])))
            segments = _segments(session, link, told)
            _apply(session, [(segments[each.smsc_id], each) for each in told if each.smsc_id in segments], now)


def _counts_for(answered: Answered, receipt: Receipt) -> bool:
    in_time = answered.since is None or receipt.received_at >= answered.since - SKEW
    return in_time and (receipt.phones is None or answered.message.phone in receipt.phones.split())


def _adopted(session: Session, link: str, told: Sequence[Told], now: dt.datetime, region: str) -> bool:
    """Give each that is about a phone with one message of which nobody knows a segment of that message.

    Where another message is on its way to the same phone it may be that one's, and waits.
    """
    about = {phone: each for each in told for phone in _phones(each, region)}
    if not about:
        return False
    rows: dict[str, list[Any]] = defaultdict(list)
    its = (Message.channel == "sms", Message.state.in_(("unknown", "sending")), Message.claimed_at > now - KEPT)
    over = or_(Message.link.is_(None), Message.link == link)
    columns = select(Message.id, Message.phone, Message.state)
    for row in session.execute(columns.where(among(session, Message.phone, about.keys()), *its, over)):
        rows[row.phone].append(row)
    found = {each[0].id: about[phone] for phone, each in rows.items() if [row.state for row in each] == ["unknown"]}
    for message, each in sorted(found.items()):
        _adopt(session, link, message, each)
    return bool(found)


def _adopt(session: Session, link: str, message: int, told: Told) -> None:
    """The segment that was not answered: the first whose answer is missing."""
    taken = session.scalar(select(func.max(MessagePart.number)).where(MessagePart.message_id == message)) or 0
    session.add(MessagePart(message_id=message, number=taken + 1, link=link, smsc_id=told.smsc_id))
    session.flush()


def _phones(told: Told, region: str) -> list[str]:
    found = []
    for written in told.about:
        with suppress(BadPhone):
            found.append(canonical(written, region))
    return found


def forget(session: Session, *, now: dt.datetime) -> int:
    """Drop receipts that found no segment by now; tells how many."""
    old = or_(Receipt.forget_at <= now, Receipt.received_at <= now - KEPT)
    result = session.execute(delete(Receipt).where(old))
    return rows_changed(result)


def looked_up(session: Session, link: str, ids: Collection[str]) -> Select[int, int, str, str]:
    """The segments that have these ids, by the index on (smsc_id, link); the newest last."""
    columns = select(MessagePart.id, MessagePart.message_id, MessagePart.smsc_id, MessagePart.state)
    return columns.where(MessagePart.link == link, among(session, MessagePart.smsc_id, ids)).order_by(MessagePart.id)


class _Message(NamedTuple):
    id: int
    state: str
    client_id: int | None


class _Segment(NamedTuple):
    id: int
    message_id: int
    smsc_id: str
    state: str


def _segments(session: Session, link: str, told: Iterable[Told]) -> dict[str, _Segment]:
    """An id belongs to the newest segment that has it: an SMS centre may count anew."""
    rows = map(_Segment._make, fetch(session, looked_up(session, link, {each.smsc_id for each in told})))
    return {row.smsc_id: row for row in rows}


def _apply(session: Session, found: Sequence[tuple[_Segment, Told]], now: dt.datetime) -> None:
    """Write the segments' new states, one UPDATE for all that become the same, and conclude their messages."""
    if not found:
        return
    owners = _owners(session, {segment.message_id for segment, _ in found})
    states = {segment.id: segment.state for segment, _ in found}
    outcomes: dict[int, Outcome] = {}
    for segment, told in found:
        if states[segment.id] not in FINAL:
            states[segment.id] = told.state
            outcomes[segment.id] = (told.state, told.error)
    table: Any = MessagePart.__table__
    for (state, error), ids in _grouped(outcomes).items():
        changed = update(table).where(among(session, table.c.id, ids), table.c.state.not_in(FINAL))
        session.execute(changed.values(state=state, error=error))
    _conclude(session, owners, now)


def _owners(session: Session, messages: Collection[int]) -> list[_Message]:
    """Locked, in order: another transaction that has their other segments waits, and none for one another."""
    columns = select(Message.id, Message.state, Message.client_id)
    which = columns.where(among(session, Message.id, sorted(messages))).order_by(Message.id).with_for_update()
    return [_Message(*row) for row in fetch(session, which)]


def _conclude(session: Session, owners: Sequence[_Message], now: dt.datetime) -> None:
    """A message is delivered when all its segments are, failed when one of them finally is not."""
    states = {each.id: each.state for each in owners if each.state in OPEN}
    columns = select(MessagePart.message_id, MessagePart.state, MessagePart.error)
    its = columns.where(among(session, MessagePart.message_id, [*states]))
    parts: dict[int, list[Outcome]] = defaultdict(list)
    for message, state, error in fetch(session, its.order_by(MessagePart.message_id, MessagePart.number)):
        parts[message].append((state, error))
    concluded = {message: outcome for message, each in parts.items() if (outcome := _conclusion(each))}
    doubtful = [each for each, (state, _) in concluded.items() if state == "delivered" and states[each] == "unknown"]
    for message in _incomplete(session, doubtful, parts):
        del concluded[message]
    table: Any = Message.__table__
    for (state, error), ids in _grouped(concluded).items():
        changed = update(table).where(among(session, table.c.id, ids), table.c.state.in_(OPEN))
        values = {"state": state, "settled_at": now}
        keeps = error is None and state != "delivered"
        session.execute(changed.values(values if keeps else {**values, "error": error}))
    told = [each.id for each in owners if each.client_id is not None and each.id in concluded]
    if told:
        pushes.note(session, told, now)


def _incomplete(session: Session, messages: Collection[int], parts: Mapping[int, Sequence[Outcome]]) -> list[int]:
    """Those of which segments are missing that we know nothing of."""
    if not messages:
        return []
    columns = select(Message.id, Message.segments, Message.text).where(Message.id.in_(set(messages)))
    return [row.id for row in session.execute(columns) if len(parts[row.id]) < (row.segments or count(row.text))]


def _conclusion(parts: Sequence[Outcome]) -> Outcome | None:
    states = {state for state, _ in parts}
    if states == {"delivered"}:
        return "delivered", None
    if states & LOST:
        return "failed", next((error for _, error in parts if error), None)
    return None


def _grouped(outcomes: dict[int, Outcome]) -> dict[Outcome, list[int]]:
    """The ids that come to the same, in order."""
    groups: dict[Outcome, list[int]] = defaultdict(list)
    for row in sorted(outcomes):
        groups[outcomes[row]].append(row)
    return groups


def _early(link: str, segment: _Segment | None, told: Told, now: dt.datetime) -> dict[str, object]:
    """A row. In doubt is what may be a repetition, or what somebody has made up."""
    in_doubt = segment is not None or told.phones is not None
    return {
        "link": link,
        "smsc_id": told.smsc_id,
        "state": told.state,
        "error": told.error,
        "received_at": now,
        "phones": None if told.phones is None else " ".join(sorted(told.phones)),
        "forget_at": now + (KEPT_IN_DOUBT if in_doubt else KEPT),
    }


def _answers(link: str) -> str:
    return f"answers of link {link}"
