"""What a provider or a hospital says of a day, line by line; said again, a line changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.rows import get_or_add, reads
from clinic.tables import Statement

HOSPITAL: Final = "hospital:"
"""With a centre's code the source of its fee list."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line. `reference`: the provider's own; of a hospital the number of our visit. `amount`: in smallest units."""

    kind: Literal["charge", "refund"]
    reference: str
    amount: int
    currency: str
    correlation_id: str = ""
    state: str = "completed"


def take(session: Session, *, source: str, day: dt.date, lines: Iterable[Said], centre: int | None = None) -> int:
    """Keep these lines of a day; how many. A line is known by its reference and kind, and the last word counts."""
    count = 0
    for line in lines:
        row = get_or_add(
            session,
            Statement,
            ["source", "day", "reference", "kind"],
            source=source,
            centre_id=centre,
            day=day,
            kind=line.kind,
            reference=line.reference,
            correlation_id=line.correlation_id,
            amount=line.amount,
            currency=line.currency,
            state=line.state,
        )
        row.amount, row.currency, row.state = line.amount, line.currency, line.state
        row.correlation_id = line.correlation_id or row.correlation_id
        count += 1
    session.flush()
    return count


@reads
def sources(session: Session, *, day: dt.date) -> list[str]:
    """Who has said something of this day."""
    return list(
        session.scalars(select(Statement.source).where(Statement.day == day).distinct().order_by(Statement.source))
    )
