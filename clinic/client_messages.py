"""Messages of clients: many queued in one transaction, once for each idempotency key; read, cancelled.

A message of class bulk goes only to who may get it: one to a phone that has refused is cancelled at once, and the
others of its batch go on. It waits out the quiet hours, and tells how to refuse more of them.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from clinic import consent, hours, pushes
from clinic.broadcasts import wording
from clinic.installation import Installation
from clinic.messages import lifetime
from clinic.rows import add_or_get, reads
from clinic.rules import Rules
from clinic.tables import ClientBatch, ClientMessage, ConsentClass, Message, MessagePart, MessageState
from conf.texts.words import Language
from smpp.kinds import MessageClass
from smpp.segments import STANDARD

MOST = 10_000
"""Messages in one batch."""

LOOKED_AT = 20_000  # messages that a page looks through for those in one state


class KeyTaken(ValueError):
    """This idempotency key came before with another body."""


class NotQueued(ValueError):
    """The message is not queued any more; its state is the message."""


@dataclass(frozen=True, slots=True)
class Order:
    """A message as a client wants it; `consent_class` is that of class bulk, and None for all others.

    `expires_at` None: after what is usual for its class.
    """

    phone: str
    text: str
    message_class: MessageClass
    language: Language
    consent_class: ConsentClass | None = None
    expires_at: dt.datetime | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """What came of a request: each message's id and reference, in the order of the request.

    `refused` were cancelled at once; `repeated`: the same request came before, and nothing was queued by this one.
    """

    batch: int
    messages: tuple[tuple[int, str | None], ...]
    refused: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class PartView:
    """A segment that an SMS centre took."""

    number: int
    state: str
    error: str | None


@dataclass(frozen=True, slots=True)
class ClientMessageView:
    id: int
    batch: int
    reference: str | None
    phone: str
    text: str
    message_class: MessageClass
    state: MessageState
    error: str | None
    segments: int | None
    parts: tuple[PartView, ...]
    created_at: dt.datetime
    due_at: dt.datetime
    expires_at: dt.datetime
    settled_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """`after` is where the next page begins, None where there is none."""

    messages: tuple[ClientMessageView, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class BatchView:
    id: int
    created_at: dt.datetime
    count: int
    states: Mapping[MessageState, int]


@reads
def repeated(session: Session, *, client: int, key: str, digest: str) -> Queued | None:
    """What the request with this key came to, None where it is new. Raises KeyTaken when its body was another."""
    found = select(ClientBatch).where(ClientBatch.client_id == client, ClientBatch.idempotency_key == key)
    row = session.scalars(found).one_or_none()
    return None if row is None else _again(session, row, digest)


def _again(session: Session, row: ClientBatch, digest: str) -> Queued:
    if row.body_digest != digest:
        raise KeyTaken(row.idempotency_key)
    own = select(ClientMessage.id, ClientMessage.reference).where(ClientMessage.batch_id == row.id)
    rows = session.execute(own.order_by(ClientMessage.id))
    return Queued(row.id, tuple((number, name) for number, name in rows), row.answer["refused"], repeated=True)


def queue(
    session: Session,
    *,
    client: int,
    key: str | None,
    digest: str,
    orders: Sequence[Order],
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> Queued:
    """Put all of them into the outbox, or, where this key came before, none. Raises KeyTaken.

    Of two requests with one key that come at once, the second waits for the first, and finds its batch.
    """
    own, key = secrets.token_hex(16), key or f"none:{secrets.token_hex(16)}"
    # The answer holds a number of ours until all is written: so a batch that was there already is known.
    values = {"client_id": client, "idempotency_key": key, "body_digest": digest, "created_at": now}
    batch = add_or_get(session, ClientBatch, ["client_id", "idempotency_key"], answer={"own": own}, **values)
    row = session.get_one(ClientBatch, batch)
    if row.answer.get("own") != own:
        return _again(session, row, digest)
    refusing = _refusing(session, orders, rules)
    due = hours.quiet_until(now, (rules.quiet_from, rules.quiet_until), installation.timezone) or now
    name = f"client:{client}:{batch}"
    written = [_row(order, f"{name}:{n}", client, refusing, now, due) for n, order in enumerate(orders)]
    session.execute(insert(Message.__table__), written)  # type: ignore[arg-type]
    ids = _ids(session, client, name, len(orders))
    named = tuple((number, order.reference) for number, order in zip(ids, orders, strict=True))
    kept = [{"id": number, "client_id": client, "batch_id": batch, "reference": each} for number, each in named]
    session.execute(insert(ClientMessage.__table__), kept)  # type: ignore[arg-type]
    cancelled = [number for number, each in zip(ids, written, strict=True) if each["state"] == "cancelled"]
    row.answer = {"count": len(orders), "refused": len(cancelled)}
    pushes.note(session, cancelled, now)
    session.info["told"] = True  # lets the store wake the sender after the commit
    return Queued(batch, named, len(cancelled), repeated=False)


def _row(
    order: Order, occasion: str, client: int, refusing: frozenset[Order], now: dt.datetime, due: dt.datetime
) -> dict[str, Any]:
    bulk = order.consent_class is not None
    begins = due if bulk else now
    text = wording.with_refusal(order.language, order.text, order.consent_class) if order.consent_class else order.text
    refused = order in refusing
    return {
        "occasion": occasion,
        "phone": order.phone,
        "text": text,
        "message_class": order.message_class,
        "channel": "sms",
        "state": "cancelled" if refused else "queued",
        "error": consent.REFUSED if refused else None,
        "settled_at": now if refused else None,
        "due_at": begins,
        "expires_at": order.expires_at or begins + lifetime(order.message_class),
        "attempts": 0,
        "created_at": now,
        "client_id": client,
        "language": order.language,
        "segments": wording.measure(text, STANDARD)[1],
    }


def _refusing(session: Session, orders: Sequence[Order], rules: Rules) -> frozenset[Order]:
    """Those to phones that have refused their class, or must agree to it and have not."""
    found: set[Order] = set()
    for consent_class in {order.consent_class for order in orders if order.consent_class}:
        ours = [order for order in orders if order.consent_class == consent_class]
        standing = consent.standing(session, phones={order.phone for order in ours}, consent_class=consent_class)
        silent = consent_class not in rules.needs_consent
        found.update(order for order in ours if not standing.get(order.phone, silent))
    return frozenset(found)


def _ids(session: Session, client: int, name: str, count: int) -> list[int]:
    """The ids of the rows just written: a table counts upwards, and another transaction may have counted between."""
    ours = select(Message.id).where(Message.client_id == client, Message.occasion.startswith(f"{name}:"))
    return list(reversed(session.scalars(ours.order_by(Message.id.desc()).limit(count)).all()))


@reads
def get(session: Session, *, client: int, message: int) -> ClientMessageView | None:
    """A message of this client; None for anybody else's."""
    found = _views(session, _own(client).where(Message.id == message))
    return found[0] if found else None


@reads
def page(
    session: Session,
    *,
    client: int,
    after: int = 0,
    most: int = 100,
    reference: str | None = None,
    batch: int | None = None,
    state: MessageState | None = None,
) -> Page:
    """The client's messages in the order of their ids, from the one after `after` on.

    A page by state looks through so many messages at most: it may have fewer than `most`, and another one after it.
    """

    def narrowed(wanted: Any) -> Any:
        if batch is not None:
            wanted = wanted.where(ClientMessage.batch_id == batch)
        return wanted if reference is None else wanted.where(ClientMessage.reference == reference)

    # First the ids, by whichever index has them, so that a page never reads more than its window.
    ids = narrowed(select(ClientMessage.id).where(ClientMessage.client_id == client, ClientMessage.id > after))
    if batch is None and reference is None:
        ids = select(Message.id.label("id")).where(Message.client_id == client, Message.id > after)
    window = session.scalars(ids.order_by("id").limit(LOOKED_AT if state else most + 1)).all()
    if not window:
        return Page((), None)
    wanted = narrowed(_own(client).where(Message.id >= window[0], Message.id <= window[-1]))
    if state is not None:
        wanted = wanted.where(Message.state == state)
    found = _views(session, wanted.order_by(Message.id).limit(most + 1))
    if len(found) > most:
        return Page(found[:most], found[most - 1].id)
    return Page(found, window[-1] if state and len(window) == LOOKED_AT else None)


@reads
def batch(session: Session, *, client: int, batch: int) -> BatchView | None:
    """A batch of this client, with how many of its messages are in which state; None for anybody else's."""
    row = session.get(ClientBatch, batch)
    if row is None or row.client_id != client:
        return None
    counted = (
        select(Message.state, func.count())
        .join(ClientMessage, ClientMessage.id == Message.id)
        .where(ClientMessage.batch_id == batch)
        .group_by(Message.state)
    )
    states: dict[MessageState, int] = {state: count for state, count in session.execute(counted)}  # noqa: C416
    return BatchView(row.id, row.created_at, row.answer["count"], states)


def cancel(session: Session, *, client: int, message: int, now: dt.datetime) -> ClientMessageView | None:
    """Have it not sent; None where it is not this client's. Raises NotQueued where it is too late.

    One that is cancelled already stays so.
    """
    queued = update(Message).where(Message.id == message, Message.client_id == client, Message.state == "queued")
    changed = session.scalar(queued.values(state="cancelled", settled_at=now).returning(Message.id))
    if changed is not None:
        pushes.note(session, [changed], now)
    found = get(session, client=client, message=message)
    if found is not None and found.state != "cancelled":
        raise NotQueued(found.state)
    return found


def _own(client: int) -> Any:
    """A select of what a view shows, of all messages of this client."""
    columns = (ClientMessage.batch_id, ClientMessage.reference, Message.phone, Message.text, Message.message_class)
    states = (Message.state, Message.error, Message.segments)
    times = (Message.created_at, Message.due_at, Message.expires_at, Message.settled_at)
    joined = select(Message.id, *columns, *states, *times).join(ClientMessage, ClientMessage.id == Message.id)
    return joined.where(Message.client_id == client)


def _views(session: Session, wanted: Any) -> tuple[ClientMessageView, ...]:
    rows = session.execute(wanted).all()
    parts: dict[int, list[PartView]] = {row.id: [] for row in rows}
    taken = select(MessagePart.message_id, MessagePart.number, MessagePart.state, MessagePart.error)
    taken = taken.where(MessagePart.message_id.in_(parts)).order_by(MessagePart.number)
    for message, number, state, error in session.execute(taken):
        parts[message].append(PartView(number, state, error))
    return tuple(
        ClientMessageView(
            id=row.id,
            batch=row.batch_id,
            reference=row.reference,
            phone=row.phone,
            text=row.text,
            message_class=row.message_class,
            state=row.state,
            error=row.error,
            segments=row.segments,
            parts=tuple(parts[row.id]),
            created_at=row.created_at,
            due_at=row.due_at,
            expires_at=row.expires_at,
            settled_at=row.settled_at,
        )
        for row in rows
    )
