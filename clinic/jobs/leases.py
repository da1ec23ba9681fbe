"""One leader among nodes: a row that says who leads until when, taken and renewed by one UPDATE.

The moments are the nodes' own, not the database's. A clock that is wrong can move the lead to another node once, or
make a take-over slower; it cannot have a run begun twice, because a run begins in a transaction that looks at the
holder (`clinic.jobs.runs.begin`). And so time stays an argument, which tests and simulations move.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, literal, or_, select, update
from sqlalchemy.orm import Session

from clinic.rows import get_or_add, reads, rows_changed
from clinic.tables import Instant, Lease


@dataclass(frozen=True, slots=True)
class LeaseView:
    """Who leads, since and until when."""

    holder: str
    since: dt.datetime
    until: dt.datetime

    def lives(self, now: dt.datetime) -> bool:
        return self.until > now


@reads
def current(session: Session, *, name: str) -> LeaseView | None:
    """Who led last, whether or not they still do; None where nobody ever did."""
    row = session.scalars(select(Lease).where(Lease.name == name)).one_or_none()
    return None if row is None else LeaseView(row.holder, row.since, row.until)


def take(
    session: Session,
    *,
    name: str,
    holder: str,
    until: dt.datetime,
    now: dt.datetime,
    given_up: dt.datetime | None = None,
) -> bool:
    """Take the lease where it is free or run out, renew it where it is ours; False where another holds it.

    One that ends at the very moment `given_up` is free, too: it has been seen not to be renewed.
    """
    first = {"holder": holder, "until": now, "since": now}
    get_or_add(session, Lease, ["name"], name=name, **first)
    ours = and_(Lease.holder == holder, Lease.until > now)
    taken: Any = session.execute(
        update(Lease)
        .where(Lease.name == name, or_(Lease.holder == holder, Lease.until <= now, Lease.until == given_up))
        .values(holder=holder, until=until, since=case((ours, Lease.since), else_=literal(now, Instant())))
        .execution_options(synchronize_session=False)
    )
    return rows_changed(taken) == 1


def give_back(session: Session, *, name: str, holder: str, now: dt.datetime) -> None:
    """Let the next one lead at once."""
    ours = update(Lease).where(Lease.name == name, Lease.holder == holder, Lease.until > now)
    session.execute(ours.values(until=now).execution_options(synchronize_session=False))


def holds(session: Session, *, name: str, holder: str, now: dt.datetime) -> bool:
    """Whether the lease is theirs, and stays so to the end of this transaction."""
    theirs = select(Lease.id).where(Lease.name == name, Lease.holder == holder, Lease.until > now)
    return session.scalar(theirs.with_for_update(read=True)) is not None
