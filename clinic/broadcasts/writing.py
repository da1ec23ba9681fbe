"""Rows of the outbox in bulk: tuples straight to the driver, since a hundred thousand of them are to take seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Dialect, select
from sqlalchemy.orm import Session

from clinic import consent
from clinic.batches import among
from clinic.broadcasts.screening import Recipient
from clinic.rows import in_turn
from clinic.tables import Message

COLUMNS = (
    "occasion", "phone", "text", "message_class", "channel", "state", "due_at", "expires_at", "attempts", "created_at",
    "broadcast_id", "centre_id", "language", "segments", "on_net",
)  # fmt: skip


def take_turn(session: Session) -> None:
    """Nobody refuses, and no other broadcast fills a phone's day, between our looking and our writing."""
    in_turn(session, consent.TURN)


class InOutbox:
    """The phones that are recipients already, for who goes on writing: those whose message stands in the outbox."""

    def __init__(self, session: Session, broadcast: int) -> None:
        self._session, self._broadcast = session, broadcast
        self._known: set[str] = set()

    def look_up(self, phones: Iterable[str]) -> None:
        # By the phone: the index of the broadcast would give all that it has. The plus hides the column from it.
        ours = Message.broadcast_id.op("+")(0) == self._broadcast
        found = select(Message.phone).where(among(self._session, Message.phone, list(phones)), ours)
        self._known = set(self._session.scalars(found))

    def __contains__(self, phone: str) -> bool:
        return phone in self._known

    def add(self, phone: str) -> None:
        self._known.add(phone)


def write(
    session: Session,
    recipients: Sequence[Recipient],
    *,
    broadcast: int,
    first: int,
    expires_at: dt.datetime,
    now: dt.datetime,
) -> None:
    """Put messages into the outbox; their occasions are numbered from `first` on."""
    if recipients:
        rows = _rows(recipients, broadcast, first, _instants(session.connection().dialect), expires_at, now)
        (_copy if session.get_bind().dialect.name == "postgresql" else _insert)(session, rows)


def _rows(
    recipients: Sequence[Recipient],
    broadcast: int,
    first: int,
    kept: Callable[[dt.datetime], Any],
    expires_at: dt.datetime,
    now: dt.datetime,
) -> Iterator[tuple[Any, ...]]:
    due = {moment: kept(moment) for moment in {each.due_at for each in recipients}}
    expires, created, begins = kept(expires_at), kept(now), f"broadcast:{broadcast}:"
    for number, each in enumerate(recipients, start=first):
        yield (
            f"{begins}{number:08}", each.phone, each.text, "bulk", "sms", "queued", due[each.due_at], expires, 0,
            created, broadcast, each.centre_id, each.language, each.segments, each.on_net,
        )  # fmt: skip


def _instants(dialect: Dialect) -> Callable[[dt.datetime], Any]:
    """How this database keeps a moment (`Instant`)."""
    kind = Message.__table__.c.due_at.type.dialect_impl(dialect)
    found: Callable[[dt.datetime], Any] | None = kind.bind_processor(dialect)
    if found is None:
        raise TypeError("moments are always converted")
    return found


def _insert(session: Session, rows: Iterator[tuple[Any, ...]]) -> None:
    places = ", ".join("?" * len(COLUMNS))
    session.connection().exec_driver_sql(
        f"insert into message ({', '.join(COLUMNS)}) values ({places})",  # noqa: S608  our own names
        list(rows),
    )


def _copy(session: Session, rows: Iterator[tuple[Any, ...]]) -> None:
    """COPY, by the driver's own cursor: SQLAlchemy has no word for it."""
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor().copy(f"copy message ({', '.join(COLUMNS)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
