"""What a row is read with, and what it refers to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Base, Centre, Department, Practitioner

Row = Mapping[str, str]
Entry = TypeVar("Entry", bound=Base)


class BadRow(ValueError):
    """Why a row cannot be taken."""


@dataclass(frozen=True, slots=True)
class Import:
    """What a row is read with. `now` is aware and local: it gives the day of `+3`, and the zone of release times."""

    session: Session
    vault: Vault
    installation: Installation
    now: dt.datetime
    touched: set[int] = field(default_factory=set)
    """The children whose reminders are to be looked at again, once all rows are in."""
    known: dict[tuple[object, ...], Any] = field(default_factory=dict)
    """What rows refer to again and again: centres, departments, practitioners, found once."""
    rules: Rules = field(default_factory=Rules)


def find(context: Import, table: type[Entry], **key: Any) -> Entry | None:
    return context.session.scalars(select(table).filter_by(**key)).one_or_none()


def new(context: Import, row: Entry) -> Entry:
    context.session.add(row)
    return row


def refer(context: Import, table: type[Entry], problem: str, **key: Any) -> Entry:
    """The row that another row refers to; BadRow with this problem where there is none."""
    name = (table, *key.values())
    if name not in context.known:
        found = find(context, table, **key)
        if found is None:
            raise BadRow(problem)
        context.known[name] = found
    entry: Entry = context.known[name]
    return entry


def known_centre(context: Import, code: str) -> Centre:
    return refer(context, Centre, f"centre: there is no centre {code!r}", code=code)


def known_department(context: Import, row: Row) -> Department:
    centre = known_centre(context, row["centre"])
    problem = f"department: {row['centre']} has no department {row['department']!r}"
    return refer(context, Department, problem, centre_id=centre.id, code=row["department"])


def known_practitioner(context: Import, department: Department, code: str) -> int | None:
    if not code:
        return None
    problem = f"practitioner: the centre has no practitioner {code!r}"
    return refer(context, Practitioner, problem, centre_id=department.centre_id, code=code).id
