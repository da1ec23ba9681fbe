"""When the rules change, what is due to every child may be another thing: all are to be looked at again.

A file's own day to be looked at (`look_on`) was reckoned by the rules of then. A batch is a transaction, and how far it
has come is on record, so a node that stops, or another that leads from now on, goes on where it was.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.children import files
from clinic.jobs import Found
from clinic.rows import get_or_add, gives_way, reads
from clinic.tables import ChildFile, Resident, ScheduleSeen
from conf.vaccines import digest

MOST = 2000
VACCINES = "vaccines"
"""The row that stands for the schedules of conf/vaccines."""


@dataclass(frozen=True, slots=True)
class Marked:
    """How many children a batch let be looked at again, and after which file the next one begins; None: it was the
    last."""

    count: int
    after: int | None


@gives_way
def scan(session: Session, *, now: dt.datetime, most: int = MOST) -> Found:
    """Let all children be looked at again where the rules are others than at the last run; none at the first run ever,
    when nobody was looked at by other rules."""
    rules = digest()
    seen = get_or_add(session, ScheduleSeen, ["name"], name=VACCINES, digest=rules, looked_to=None)
    if seen.digest != rules:
        seen.digest, seen.looked_to = rules, 0
    if seen.looked_to is None:
        return Found(0, more=False)
    batch = look_again(session, now=now, after=seen.looked_to, most=most)
    seen.looked_to = batch.after
    return Found(batch.count, more=batch.after is not None)


@gives_way
def look_again(
    session: Session, *, now: dt.datetime, centre: int | None = None, after: int = 0, most: int = MOST
) -> Marked:
    """Let the reminders look today at up to `most` children who are looked after, whose files come after this one.

    What waits to be told of them and is not so any more is taken back. `centre`: only of this one. Once more does no
    harm.
    """
    chosen = _active(select(ChildFile.id, ChildFile.resident_id), centre).where(ChildFile.id > after)
    rows = session.execute(chosen.order_by(ChildFile.id).limit(most)).all()
    files.look_again(session, [row.resident_id for row in rows], now)
    return Marked(len(rows), rows[-1].id if len(rows) == most else None)


@reads
def active(session: Session, *, centre: int | None = None) -> int:
    """How many children are looked after."""
    return int(session.scalar(_active(select(func.count()).select_from(ChildFile), centre)) or 0)


def _active(query: Any, centre: int | None) -> Any:
    query = query.where(ChildFile.standing == "active")
    if centre is None:
        return query
    return query.join(Resident, Resident.id == ChildFile.resident_id).where(Resident.centre_id == centre)
