"""Claims: what is due goes to a sender, each class by its own index and up to its own room.

Broadcasts take turns: the places of the class bulk are divided evenly over the centres that have any, and each
centre's over its broadcasts; what one does not need the others get. So a small one never waits behind a large one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Table, bindparam, select, text, true, update
from sqlalchemy.orm import Session

from clinic import pushes
from clinic.batches import among, fetch
from clinic.broadcasts import pace, sending
from clinic.messages import INSTEAD
from clinic.outbox.lanes import Lane, claimable
from clinic.outbox.quiet import awake, of_others
from clinic.rows import gives_way
from clinic.rules import Rules
from clinic.tables import TO_CALL, WAITS, Message, MessagePart
from smpp.kinds import MessageClass

MOST_ROUNDS = 100  # of a claim: after a long silence many messages have expired, and stand before those that have not
CLASSES: tuple[MessageClass, ...] = ("code", "answer", "notice", "bulk")
NONE: frozenset[int] = frozenset()
MESSAGE: Table = Message.__table__  # type: ignore[assignment]

T = TypeVar("T")

# Of each class, when the first that waits fell due: mostly none does, and that is told by one statement, which is made
# once. In the order of the index, or PostgreSQL would rather look through the table for just any.
_WAITS = select(
    *(
        select(Message.due_at)
        .where(text(WAITS), Message.channel == "sms", Message.message_class == each, Message.due_at <= bindparam("now"))
        .order_by(Message.due_at)
        .limit(1)
        .scalar_subquery()
        .label(each)
        for each in CLASSES
    )
)
_SPOKEN = select(Message.id).where(text(TO_CALL)).order_by(Message.message_class, Message.due_at).limit(1)


class Outgoing(NamedTuple):
    """A claimed message; `link` names the only one that may carry it, "" is any.

    `sent` holds the numbers (from 1) of segments that an SMS centre took before, `sent_over` the link that they
    took ("" for none). `on_net`: whether the contract counts it as to an own phone, None where nobody has looked.
    """

    id: int
    phone: str
    text: str
    message_class: MessageClass
    link: str
    attempts: int
    expires_at: dt.datetime
    sent: frozenset[int] = NONE
    sent_over: str = ""
    on_net: bool | None = None
    client_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    """What all claims of one transaction share."""

    session: Session
    sender: str
    now: dt.datetime
    lanes: Sequence[Lane] | None
    configured: Sequence[Lane]
    rules: Rules | None
    found: list[Outgoing] = field(default_factory=list)


def claim(
    session: Session,
    *,
    sender: str,
    rooms: Mapping[MessageClass, int],
    now: dt.datetime,
    lanes: Sequence[Lane] | None = None,
    configured: Sequence[Lane] = (),
    calls: bool = True,
    rules: Rules | None = None,
    turn: int = 0,
) -> list[Outgoing]:
    """Claim due messages for this sender, up to `rooms` of each class; other nodes skip them (SKIP LOCKED).

    With `lanes`, the links that are up, only those messages whose link has room: what cannot go now stays where it
    is, and holds up nothing. Those that none of the `configured` links will ever carry come too, to be told so.
    Without `calls` the installation can call nobody: what would be spoken is sent as a text. `rules` are those that
    broadcasts keep (`clinic.broadcasts.pace`), None for none; a number that grows from claim to claim tells whose
    `turn` it is to be the first.
    """
    if not calls:
        _write_instead(session)
    claim = _Claim(session, sender, now, lanes, configured, rules)
    waits = dict(zip(CLASSES, session.execute(_WAITS, {"now": now}).one(), strict=True))
    for message_class in CLASSES:
        most = rooms.get(message_class, 0)
        if most > 0 and message_class == "bulk":
            _bulk(claim, most, turn, alone=waits["bulk"] is not None)
        elif most > 0 and waits[message_class] is not None:
            _waiting(claim, message_class, most)
    return claim.found


@gives_way
def claim_patiently(session: Session, **given: Any) -> list[Outgoing]:
    """`claim`, for broadcasts: many at a time, and others first."""
    return claim(session, **given)


def divide(sources: Sequence[T], most: int, turn: int, take: Callable[[T, int], int]) -> int:
    """Give `most` places to sources that wait, evenly; `take` tells how many were of use. Returns how many were in all.

    Which of them goes first, and gets what cannot be divided, is another one each `turn`.
    """
    first = turn % len(sources) if sources else 0
    left, waiting = most, [*sources[first:], *sources[:first]]
    while left and waiting:
        wanting = []
        for place, source in enumerate(waiting):
            share = -(-left // (len(waiting) - place))
            taken = take(source, share) if share else 0
            left -= taken
            if taken == share:
                wanting.append(source)
        waiting = wanting
    return most - left


def _bulk(claim: _Claim, most: int, turn: int, *, alone: bool) -> None:
    """What is of no broadcast (`alone`: there is some) counts as one more centre."""
    centres = _centres(claim.session, claim.now)
    taken = _waiting(claim, "bulk", -(-most // (len(centres) + 1))) if alone else 0
    divide(centres, most - taken, turn, lambda each, places: _of_centre(claim, each, places, turn))


def _centres(session: Session, now: dt.datetime) -> list[list[int]]:
    """The broadcasts that are sending, by whose they are."""
    centres: dict[int | None, list[int]] = defaultdict(list)
    for going in sending.sending_now(session, now=now):
        centres[going.centre_id].append(going.id)
    return list(centres.values())


def _of_centre(claim: _Claim, broadcasts: Sequence[int], most: int, turn: int) -> int:
    return divide(broadcasts, most, turn, lambda broadcast, places: _of_broadcast(claim, broadcast, places))


def _of_broadcast(claim: _Claim, broadcast: int, most: int) -> int:
    its = [Message.broadcast_id == broadcast, Message.state == "queued"]
    if claim.rules is not None:
        screen = pace.screen(claim.session, broadcast=broadcast, now=claim.now, rules=claim.rules)
        if not screen.clear or screen.all_quiet_until is not None:
            return 0
        if screen.quiet:
            its.append(of_others(screen.quiet))
    return _take(claim, its, "bulk", most)


def _waiting(claim: _Claim, message_class: MessageClass, most: int) -> int:
    which = [text(WAITS), Message.channel == "sms", Message.message_class == message_class]
    if message_class == "notice" and claim.rules is not None:
        which += awake(claim.session, claim.rules, claim.now)
    return _take(claim, which, message_class, most)


def _take(claim: _Claim, which: Sequence[Any], message_class: MessageClass, most: int) -> int:
    """Claim up to `most` of these, in the order in which they fell due; how many it were."""
    free = true() if claim.lanes is None else claimable(claim.lanes, claim.configured, message_class, claim.now)
    due = (
        select(
            Message.id,
            Message.phone,
            Message.text,
            Message.link,
            Message.attempts,
            Message.expires_at,
            Message.error,
            Message.on_net,
            Message.client_id,
        )
        .where(*which, Message.due_at <= claim.now, free)
        .order_by(Message.due_at)
        .with_for_update(skip_locked=True)
    )
    taken, now = 0, claim.now.astimezone(dt.UTC)  # moments of one zone are compared quickly
    for _ in range(MOST_ROUNDS):
        wanted = most - taken
        rows = fetch(claim.session, due.limit(wanted))
        alive = [row for row in rows if row[5] > now]
        if len(alive) < len(rows):
            _expire(claim, [row for row in rows if row[5] <= now])
        if alive:
            _mark(claim, [row[0] for row in alive])
            claim.found.extend(_outgoing(claim.session, alive, message_class))
        taken += len(alive)
        if len(rows) < wanted or taken == most:
            break
    return taken


def _mark(claim: _Claim, ids: Sequence[int]) -> None:
    mine = update(MESSAGE).where(among(claim.session, MESSAGE.c.id, ids))
    claim.session.execute(mine.values(state="sending", claimed_by=claim.sender, claimed_at=claim.now))


def _expire(claim: _Claim, rows: Sequence[Any]) -> None:
    late = update(MESSAGE).where(among(claim.session, MESSAGE.c.id, [row[0] for row in rows]))
    claim.session.execute(late.values(state="expired", settled_at=claim.now))
    told = [row[0] for row in rows if row[8] is not None]
    if told:
        pushes.note(claim.session, told, claim.now)


def _outgoing(session: Session, rows: Sequence[Any], message_class: MessageClass) -> list[Outgoing]:
    begun = _begun(session, [row[0] for row in rows if row[4] or row[6]])
    return [
        Outgoing(number, phone, words, message_class, link or "", attempts, expires_at, *begun.get(number, (NONE, "")),
                 on_net, client)
        for number, phone, words, link, attempts, expires_at, _, on_net, client in rows
    ]  # fmt: skip


def _begun(session: Session, ids: Sequence[int]) -> dict[int, tuple[frozenset[int], str]]:
    """Of those that were tried before: the segments that were taken, and over which link."""
    if not ids:
        return {}
    parts: dict[int, list[tuple[int, str]]] = defaultdict(list)
    columns = select(MessagePart.message_id, MessagePart.number, MessagePart.link)
    for message, number, link in session.execute(
        columns.where(among(session, MessagePart.message_id, ids)).order_by(MessagePart.number)
    ):
        parts[message].append((number, link))
    return {message: (frozenset(number for number, _ in each), each[0][1]) for message, each in parts.items()}


def _write_instead(session: Session) -> None:
    """Texts of what waits to be spoken; but one that failed as an SMS, and waits for a call since, has failed."""
    if session.scalar(_SPOKEN) is not None:
        waits, missed = update(MESSAGE).where(text(TO_CALL)), MESSAGE.c.occasion.startswith(INSTEAD)
        session.execute(waits.where(missed).values(state="failed", error="no calls are made"))
        session.execute(waits.values(channel="sms"))
