"""What clients have yet to be told of their messages: an event for each change of state, kept until it is taken.

A client's events go in their order, one batch at a time: as long as its first event is not due, it is told nothing.
Every node may push. Whoever takes a batch leases it, which makes it due only after the lease: so two nodes never push
the same at a time, and what a node had that died is pushed by another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from sqlalchemy import ColumnElement, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from clinic.rows import reads, rows_changed
from clinic.tables import Client, ClientMessage, Instant, Message, Push

MOST = 100
"""Events in one batch."""


@dataclass(frozen=True, slots=True)
class Event:
    """A message came into a state. `id` is the same however often it is pushed."""

    id: str
    message: int
    reference: str | None
    state: str
    error: str | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one client, leased until `until`; `secret` is sealed. `tries`: how often they were pushed in vain."""

    client: int
    name: str
    url: str
    secret: bytes
    events: tuple[Event, ...]
    rows: tuple[int, ...]
    until: dt.datetime
    tries: int


def note(session: Session, ids: Sequence[int], now: dt.datetime) -> None:
    """These messages have just changed their state: keep an event of each that has a client with a webhook.

    To be called in the transaction of the change. One statement for all, so that it costs next to nothing for the
    many messages that no client waits for.
    """
    if not ids:
        return
    session.flush()
    moment, none = literal(now, Instant()), literal(0)
    changed = (
        select(Message.client_id, Message.id, Message.state, Message.error, moment, moment, none)
        .join(Client, Client.id == Message.client_id)
        .where(Message.id.in_(ids), Client.webhook_url != "", Client.disabled_at.is_(None))
        .order_by(Message.id)
    )
    columns = ["client_id", "message_id", "state", "error", "at", "due_at", "tries"]
    keep = insert(Push.__table__).from_select(columns, changed)  # type: ignore[arg-type]
    if rows_changed(session.execute(keep, execution_options={"preserve_rowcount": True})) > 0:
        session.info["noted"] = True  # lets the store wake the pusher after the commit


@reads
def heads(session: Session) -> dict[int, dt.datetime]:
    """When each client's first event is due, of all that have one: a seek in the index for each client."""
    first = select(Push.due_at).where(Push.client_id == Client.id).order_by(Push.id).limit(1).scalar_subquery()
    found = session.execute(select(Client.id, first).where(Client.webhook_url != "", Client.disabled_at.is_(None)))
    return {client: due_at for client, due_at in found if due_at is not None}


def lease(session: Session, *, client: int, now: dt.datetime, until: dt.datetime, most: int = MOST) -> Batch | None:
    """The client's first events that are due, nobody else's until `until`; None where its first is not due."""
    row = session.scalars(select(Client).where(Client.id == client).with_for_update(key_share=True)).one()
    first = select(Push).where(Push.client_id == client).order_by(Push.id).limit(most)
    due = list(takewhile(lambda push: push.due_at <= now, session.scalars(first)))
    if not due or row.webhook_secret is None or row.disabled_at is not None:
        return None
    rows = tuple(push.id for push in due)
    session.execute(update(Push).where(Push.id.in_(rows)).values(due_at=until))
    events = _events(session, due)
    return Batch(client, row.name, row.webhook_url, row.webhook_secret, events, rows, until, due[0].tries)


def taken(session: Session, *, batch: Batch) -> None:
    """The client has these events."""
    session.execute(delete(Push).where(*_leased(batch)))


def put_back(session: Session, *, batch: Batch, due_at: dt.datetime, tries: int) -> None:
    """They could not be told: they are due again at `due_at`."""
    session.execute(update(Push).where(*_leased(batch)).values(due_at=due_at, tries=tries))


def drop(session: Session, *, client: int, before: dt.datetime) -> int:
    """Give up what the client's webhook has not taken since `before`; how many events that were."""
    return rows_changed(session.execute(delete(Push).where(Push.client_id == client, Push.at < before)))


def _leased(batch: Batch) -> list[ColumnElement[bool]]:
    """Only what is still ours: SQLite gives the number of a row that is gone to a new one."""
    return [Push.id.in_(batch.rows), Push.client_id == batch.client, Push.due_at == batch.until]


def _events(session: Session, due: Sequence[Push]) -> tuple[Event, ...]:
    named = select(ClientMessage.id, ClientMessage.reference).where(
        ClientMessage.id.in_({push.message_id for push in due}), ClientMessage.reference.is_not(None)
    )
    references = {message: reference for message, reference in session.execute(named)}  # noqa: C416
    return tuple(
        Event(_name(push), push.message_id, references.get(push.message_id), push.state, push.error, push.at)
        for push in due
    )


def _name(push: Push) -> str:
    """Of what never changes; a row's number may be another's later."""
    return f"{push.message_id}-{push.state}-{int(push.at.timestamp() * 1_000_000)}"
