"""Small steps that several use cases share on their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.tables import Base

Row = TypeVar("Row", bound=Base)
Fn = TypeVar("Fn", bound=Callable[..., Any])


def reads(fn: Fn) -> Fn:
    """Marks a use case that never writes: the store need not take SQLite's one write lock for it."""
    fn.reads = True  # type: ignore[attr-defined]
    return fn


def get_or_add(session: Session, table: type[Row], unique: Sequence[str], **values: Any) -> Row:
    """The row with these `unique` values, added with all `values` where it is missing.

    Two transactions that add the same row at once both go on with the one row that is there.
    """
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    found = select(table).where(*(getattr(table, name) == values[name] for name in unique))
    row = session.scalars(found).one_or_none()
    if row is None:
        session.execute(build(table).values(**values).on_conflict_do_nothing())
        row = session.scalars(found).one()
    return row


def in_turn(session: Session, name: str, *, shared: bool = False) -> None:
    """Wait until no other transaction holds this name; ours holds it to its end. Those that share it only exclude
    one that does not.

    On PostgreSQL an advisory lock, for what no row stands for yet; SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        session.execute(select(lock(number)))
