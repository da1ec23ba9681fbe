"""Many rows in one statement. The two databases want it in different words; this is the one place that has them.

SQLite is stepped through row by row, and the driver gives the interpreter away at each step: beside a busy reactor a
thousand rows would wait a thousand times to get it back. So there rows go in and come out as one JSON document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Integer,
    String,
    Table,
    Text,
    any_,
    bindparam,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Session

from clinic.tables import Instant

_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode


def on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def among(session: Session, column: Any, values: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    """Whether the column is one of these numbers, or of these texts; however many, one parameter."""
    if on_postgresql(session):
        kind = Text() if isinstance(column.type, String) else BigInteger()
        found: ColumnElement[bool] = column == any_(bindparam(None, list(values), type_=ARRAY(kind), unique=True))
        return found
    each = func.json_each(_encode(list(values)).decode()).table_valued("value")
    return column.in_(select(each.c.value))  # type: ignore[no-any-return]


def fetch(session: Session, query: Any) -> list[Any]:
    """The rows of a query, in its order: tuples, or what unpacks like them. Days come as dates, moments aware."""
    if on_postgresql(session):
        return list(session.execute(query).all())
    rows = query.subquery()
    document: Any = session.scalar(select(func.json_group_array(func.json_array(*rows.c))))
    found: list[Any] = _decode(document)
    readers = [(place, _READ[kind]) for place, each in enumerate(rows.c) if (kind := type(each.type)) in _READ]
    for row in found if readers else ():
        for place, read in readers:
            if row[place] is not None:
                row[place] = read(row[place])
    return found


def add(session: Session, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of numbers and texts, given in the order of these columns; the table's own defaults do not count."""
    given = list(rows)
    if not given:
        return
    kinds = [table.c[name].type for name in columns]
    if on_postgresql(session):
        arrays = [
            bindparam(
                None, list(values), type_=ARRAY(BigInteger() if isinstance(kind, Integer) else Text()), unique=True
            )
            for values, kind in zip(zip(*given, strict=True), kinds, strict=True)
        ]
        given_rows = func.unnest(*arrays).table_valued(*columns).render_derived()
        source = select(*(given_rows.c[name] for name in columns))
    else:
        each = func.json_each(_encode(given).decode()).table_valued("value")
        source = select(*(func.json_extract(each.c.value, f"$[{place}]") for place in range(len(columns))))
    session.execute(insert(table).from_select(list(columns), source, include_defaults=False))


def by_index(session: Session) -> None:
    """What follows in this transaction looks up thousands of rows among millions.

    PostgreSQL takes reading a whole table for cheaper as long as that has some tens of megabytes, for each batch anew.
    """
    if on_postgresql(session):
        session.execute(text("set local enable_seqscan = off"))


def look_over(session: Session, table: Table) -> None:
    """After many rows were added that are asked for at once: PostgreSQL counts them by itself only after a while, and
    until then takes the table for what it was. SQLite does not go by such counts unless somebody has made them."""
    if on_postgresql(session):
        session.execute(text(f"analyze {table.name}"))


@lru_cache(64)
def _moment(written: str) -> dt.datetime:
    return dt.datetime.fromisoformat(written).replace(tzinfo=dt.UTC)


_READ: dict[type, Any] = {Instant: _moment, Boolean: bool, Date: dt.date.fromisoformat}
