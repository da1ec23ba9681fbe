"""Small steps that several use cases share on their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import CursorResult, Result, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.tables import Base

PLAIN: Final = {"synchronize_session": False}
"""Options of an UPDATE or DELETE by which objects that the session has already are not changed."""

Row = TypeVar("Row", bound=Base)
Fn = TypeVar("Fn", bound=Callable[..., Any])


def reads(fn: Fn) -> Fn:
    """Marks a use case that never writes: the store need not take SQLite's one write lock for it."""
    fn.reads = True  # type: ignore[attr-defined]
    return fn


def shared(fn: Fn) -> Fn:
    """Marks a reading that is nobody's own, and of which a crowd may be given one that is a moment old: what is offered
    to all. Whether it can still be had is seen when somebody takes it."""
    fn.shared = True  # type: ignore[attr-defined]
    return reads(fn)


def gives_way(fn: Fn) -> Fn:
    """Marks a use case that writes much and that nobody waits for: the store lets others take SQLite's lock first."""
    fn.gives_way = True  # type: ignore[attr-defined]
    return fn


def get_or_add(session: Session, table: type[Row], unique: Sequence[str], **values: Any) -> Row:
    """The row with these `unique` values, added with all `values` where it is missing.

    Two transactions that add the same row at once both go on with the one row that is there.
    """
    found = select(table).where(*(getattr(table, name) == values[name] for name in unique))
    row = session.scalars(found).one_or_none()
    if row is None:
        session.execute(_insert(session.get_bind().dialect.name, table).values(**values).on_conflict_do_nothing())
        row = session.scalars(found).one()
    return row


def add_or_get(session: Session, table: type[Row], unique: Sequence[str], **values: Any) -> int:
    """As `get_or_add`, for a row that is mostly new: one statement adds it. Its id."""
    number: int | None = session.scalar(_adding(session.get_bind().dialect.name, table), values)
    if number is None:
        found = select(table.__table__.c.id).where(*(getattr(table, name) == values[name] for name in unique))
        number = session.scalars(found).one()
    return number


def add_if_new(session: Session, table: type[Row], **values: Any) -> int | None:
    """Add the row unless anything unique stands in its way; its id, None where something does."""
    number: int | None = session.scalar(_adding(session.get_bind().dialect.name, table), values)
    return number


def rows_changed(result: Result[*tuple[Any, ...]]) -> int:
    """How many rows an INSERT, UPDATE or DELETE has changed."""
    return result.rowcount if isinstance(result, CursorResult) else 0


def _insert(dialect: str, table: type[Base]) -> Any:
    """Not through the ORM, which takes twice as long and gives nothing here."""
    build: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return build(table.__table__)


@cache
def _adding(dialect: str, table: type[Base]) -> Any:
    """Built once: a statement that is built anew for each row takes longer to build than to execute."""
    return _insert(dialect, table).on_conflict_do_nothing().returning(table.__table__.c.id)


def in_turn(session: Session, name: str, *, shared: bool = False) -> None:
    """Wait until no other transaction holds this name; ours holds it to its end. Those that share it only exclude
    one that does not.

    On PostgreSQL an advisory lock, for what no row stands for yet; SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        session.execute(select(lock(number)))
