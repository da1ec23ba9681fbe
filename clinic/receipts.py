"""Delivery receipts, matched by (link, message id as the SMS centre gave it), many in one transaction.

A receipt may overtake its submit_sm_resp, come twice, or come after a restart (SMPP 3.4 appendix B; every network
does it): one that finds no segment waits in a table until the answer is settled. A final state is never overwritten.

An SMS centre may count its ids anew: what comes for a segment that is final already is a repetition, or belongs to a
message whose answer is not settled yet. It waits too, but not for long.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import CursorResult, Row, Select, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from clinic.rows import in_turn
from clinic.tables import Message, MessagePart, Receipt

LONGEST_ID, LONGEST_ERROR = 65, 40  # characters; longer ones come only from a broken peer, and PostgreSQL refuses them
FINAL = frozenset({"delivered", "expired", "deleted", "undeliverable", "rejected", "skipped"})
LOST = FINAL - {"delivered"}
# A submit is settled within minutes, so a receipt that found no segment in two days never will.
KEPT = dt.timedelta(days=2)
KEPT_IN_DOUBT = dt.timedelta(hours=1)  # all segments of a long text, over a slow link
# How far the clocks of two nodes may differ: one takes a receipt, the other has written the submit.
SKEW = dt.timedelta(minutes=1)

Outcome = tuple[str, str | None]
"""State and error."""


class Sent(Protocol):
    """A segment by the name that the SMS centre gave it."""

    @property
    def link(self) -> str: ...
    @property
    def smsc_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Told:
    """A receipt: `state` is the SMPP message state in lower case (enroute, delivered, expired, ...).

    `phones`: one that anybody could have written as an SMS counts only for a message to one of these.

    What is too long for a table is cut, and NUL, which PostgreSQL refuses, goes: one odd receipt must not keep those
    that are recorded with it.
    """

    smsc_id: str
    state: str
    error: str | None = None
    phones: frozenset[str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "smsc_id", fitting_id(self.smsc_id))
        object.__setattr__(self, "error", self.error and self.error.replace("\0", "")[:LONGEST_ERROR])


def fitting_id(smsc_id: str) -> str:
    """An SMS centre's message id as we keep it."""
    return smsc_id.replace("\0", "")[:LONGEST_ID]


def record(session: Session, *, link: str, told: Sequence[Told], now: dt.datetime) -> int:
    """Apply a link's receipts in their order, keep those whose segment is not settled yet; how many found one."""
    found = _matched(session, link, told)
    if any(_may_be_early(segment, each) for segment, each in found):
        # An answer may just be being settled, and would look for its receipt before it could see ours.
        in_turn(session, _answers(link))
        found = _matched(session, link, told)
    early = [(segment, each) for segment, each in found if _may_be_early(segment, each)]
    if early:
        session.execute(insert(Receipt), [_early(link, segment, each, now) for segment, each in early])
    matched = [(segment, each) for segment, each in found if segment is not None]
    _apply(session, matched)
    return len(matched)


def _matched(session: Session, link: str, told: Sequence[Told]) -> list[tuple[_Segment | None, Told]]:
    """Each with its segment. What anybody could have written has one only where that went to a phone it names."""
    segments = _segments(session, link, told)
    doubtful = {each.smsc_id for each in told if each.phones is not None} & segments.keys()
    owners = select(Message.id, Message.phone).where(Message.id.in_(segments[each].message_id for each in doubtful))
    phones = {row.id: row.phone for row in session.execute(owners)} if doubtful else {}

    def own(each: Told) -> _Segment | None:
        segment = segments.get(each.smsc_id)
        known = each.phones is None or (segment is not None and phones.get(segment.message_id) in each.phones)
        return segment if known else None

    return [(own(each), each) for each in told]


def _may_be_early(segment: _Segment | None, told: Told) -> bool:
    return segment is None or (segment.state in FINAL and told.state in FINAL)


def apply_early(session: Session, message: Message, sent: Sequence[Sent], since: dt.datetime | None = None) -> None:
    """Apply the receipts that came before these segments, written already, were settled.

    `since` is when the first of them was submitted: what came before is another's, who had the same id.
    """
    by_link: dict[str, list[str]] = defaultdict(list)
    for part in sent:
        by_link[part.link].append(fitting_id(part.smsc_id))
    for link, ids in sorted(by_link.items()):
        in_turn(session, _answers(link), shared=True)
        waiting = select(Receipt).where(Receipt.link == link, Receipt.smsc_id.in_(ids))
        if since is not None:
            waiting = waiting.where(Receipt.received_at >= since - SKEW)
        found = [each for each in session.scalars(waiting.order_by(Receipt.id)) if _counts_for(message, each)]
        if found:
            told = [Told(receipt.smsc_id, receipt.state, receipt.error) for receipt in found]
            session.execute(delete(Receipt).where(Receipt.id.in_([receipt.id for receipt in found])))
            segments = _segments(session, link, told)
            _apply(session, [(segments[each.smsc_id], each) for each in told if each.smsc_id in segments])
    session.expire(message)


def _counts_for(message: Message, receipt: Receipt) -> bool:
    return receipt.phones is None or message.phone in receipt.phones.split()


def forget(session: Session, *, now: dt.datetime) -> int:
    """Drop receipts that found no segment by now; tells how many."""
    old = or_(Receipt.forget_at <= now, Receipt.received_at <= now - KEPT)
    result = session.execute(delete(Receipt).where(old))
    return result.rowcount if isinstance(result, CursorResult) else 0


def looked_up(link: str, ids: Collection[str]) -> Select[int, int, str, str]:
    """The segments that have these ids, by the index on (link, smsc_id); the newest last."""
    columns = select(MessagePart.id, MessagePart.message_id, MessagePart.smsc_id, MessagePart.state)
    return columns.where(MessagePart.link == link, MessagePart.smsc_id.in_(ids)).order_by(MessagePart.id)


_Segment = Row[int, int, str, str]


def _segments(session: Session, link: str, told: Iterable[Told]) -> dict[str, _Segment]:
    """An id belongs to the newest segment that has it: an SMS centre may count anew."""
    found = session.execute(looked_up(link, {each.smsc_id for each in told})).all()
    return {row.smsc_id: row for row in found}


def _apply(session: Session, found: Sequence[tuple[_Segment, Told]]) -> None:
    """Write the segments' new states, one UPDATE for all that become the same, and conclude their messages."""
    if not found:
        return
    messages = sorted({segment.message_id for segment, _ in found})
    # First the messages, in order: another transaction that has their other segments waits, and none for one another.
    session.execute(select(Message.id).where(Message.id.in_(messages)).order_by(Message.id).with_for_update())
    states = {segment.id: segment.state for segment, _ in found}
    outcomes: dict[int, Outcome] = {}
    for segment, told in found:
        if states[segment.id] not in FINAL:
            states[segment.id] = told.state
            outcomes[segment.id] = (told.state, told.error)
    for (state, error), ids in _grouped(outcomes).items():
        changed = update(MessagePart).where(MessagePart.id.in_(ids), MessagePart.state.not_in(FINAL))
        session.execute(changed.values(state=state, error=error))
    _conclude(session, messages)


def _conclude(session: Session, messages: Sequence[int]) -> None:
    """A message is delivered when all its segments are, failed when one of them finally is not."""
    rows = session.execute(
        select(MessagePart.message_id, MessagePart.state, MessagePart.error)
        .join(Message, Message.id == MessagePart.message_id)
        .where(Message.id.in_(messages), Message.state == "sent")
        .order_by(MessagePart.message_id, MessagePart.number)
    )
    parts: dict[int, list[Outcome]] = defaultdict(list)
    for message, state, error in rows:
        parts[message].append((state, error))
    concluded = {message: outcome for message, each in parts.items() if (outcome := _conclusion(each))}
    for (state, error), ids in _grouped(concluded).items():
        changed = update(Message).where(Message.id.in_(ids), Message.state == "sent")
        session.execute(changed.values({"state": state} if error is None else {"state": state, "error": error}))


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
