"""Runs of the scheduled jobs: begun by the leader alone, at most once for each moment they are due, never lost.

What a node that died had begun is run once more by the next leader: jobs are use cases that may run twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, not_, select
from sqlalchemy.orm import Session

from clinic.jobs import leases
from clinic.rows import gives_way, reads
from clinic.tables import Job
from clinic.typed import printable

LEAD = "jobs"
"""Name of the lease of who runs them."""

NEXT = "the next leader"
"""Who asks for a run that was broken off: it is not run while the job is paused."""

Verdict = Literal["begun", "paused", "done already", "not leading"]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as the database knows it; with its name alone, one that it does not know yet."""

    name: str
    next_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    found: str = ""
    error: str = ""
    node: str = ""
    runs: int = 0
    failures: int = 0
    asked_at: dt.datetime | None = None
    asked_by: str = ""
    paused_at: dt.datetime | None = None
    paused_by: str = ""

    @property
    def under_way(self) -> bool:
        return self.started_at is not None and self.ended_at is None

    @property
    def took(self) -> dt.timedelta | None:
        """How long the last run took; None while it is under way, or where there was none."""
        return self.ended_at - self.started_at if self.started_at and self.ended_at else None


def know(session: Session, *, names: Mapping[str, dt.datetime | None]) -> None:
    """Make a row for each of these jobs that has none, with the moment it is due; those of other versions stay."""
    known = set(session.scalars(select(Job.name)))
    session.add_all(Job(name=name, next_at=due) for name, due in names.items() if name not in known)


def reschedule(session: Session, *, name: str, next_at: dt.datetime | None) -> None:
    """The job's cadence has changed."""
    row = _row(session, name)
    if row is not None:
        row.next_at = next_at


def begin(
    session: Session, *, name: str, holder: str, due: dt.datetime | None, next_at: dt.datetime | None, now: dt.datetime
) -> Verdict:
    """Begin a run that is `due`, or that somebody asked for (None); `next_at` is when the clock wants the next one.

    A job that is paused is passed over, and this moment is never made up for; but who asks for a run gets it.
    """
    if not leases.holds(session, name=LEAD, holder=holder, now=now):
        return "not leading"
    row = _row(session, name)
    if row is None:
        return "done already"
    if due is None:
        if row.asked_at is None:
            return "done already"
        row.asked_at = None
    else:
        if row.due_at is not None and due <= row.due_at <= now:  # later than now is what a wrong clock has left
            return "done already"
        row.due_at, row.next_at = due, next_at
        if row.paused_at is not None:
            return "paused"
        if row.asked_at is None:
            row.asked_by = ""
    row.started_at, row.ended_at, row.node = now, None, holder
    row.found, row.error = "", ""
    row.runs += 1
    return "begun"


@gives_way
def tell(session: Session, *, name: str, holder: str, found: str) -> None:
    """What a run has found so far."""
    if (row := _under_way(session, name, holder)) is not None:
        row.found = _short(found, 200)


def end(session: Session, *, name: str, holder: str, found: str, error: str, now: dt.datetime) -> None:
    """A run has ended; `error` says why it failed. Nothing where another leader has begun it anew meanwhile."""
    if (row := _under_way(session, name, holder)) is not None:
        row.ended_at, row.found, row.error = now, _short(found, 200), _short(error, 400)
        row.failures += bool(error)


def break_off(session: Session, *, name: str, holder: str, found: str, now: dt.datetime) -> None:
    """A run was broken off because the node stops or leads no more: the next leader goes on with it at once."""
    if (row := _under_way(session, name, holder)) is not None:
        row.ended_at, row.found = now, _short(found, 200)
        _again(row, now)


def make_up(session: Session, *, alive: Collection[str], now: dt.datetime) -> list[str]:
    """Have those run once more that began and never ended, but for those that are `alive` here; their names.

    A run that makes up for another is not made up for: it may be what kills the nodes, and waits for its time.
    """
    rows = session.scalars(select(Job).where(Job.started_at.is_not(None), Job.ended_at.is_(None)).with_for_update())
    dead = [row for row in rows if row.name not in alive]
    again = [row.name for row in dead if row.asked_by != NEXT]
    for row in dead:
        row.ended_at, row.error = now, f"{row.node} died meanwhile"
        row.failures += 1
        if row.name in again:
            _again(row, now)
    return again


@reads
def asked(session: Session) -> list[str]:
    """The jobs that somebody wants to run now."""
    rests = and_(Job.paused_at.is_not(None), Job.asked_by == NEXT)
    wanted = select(Job.name).where(Job.asked_at.is_not(None), not_(rests))
    return list(session.scalars(wanted.order_by(Job.asked_at)))


@reads
def listed(session: Session) -> list[JobView]:
    """All that were ever known, by name."""
    return [_view(row) for row in session.scalars(select(Job).order_by(Job.name))]


def _again(row: Job, now: dt.datetime) -> None:
    if row.asked_at is None:
        row.asked_at, row.asked_by = now, NEXT


def _under_way(session: Session, name: str, holder: str) -> Job | None:
    row = _row(session, name)
    return row if row is not None and row.node == holder and row.ended_at is None else None


def _row(session: Session, name: str) -> Job | None:
    """The row of this job, ours to the end of the transaction; None where somebody has removed it meanwhile."""
    return session.scalars(select(Job).where(Job.name == name).with_for_update()).one_or_none()


def _short(text: str, most: int) -> str:
    return printable(text[:most])


def _view(row: Job) -> JobView:
    return JobView(
        name=row.name,
        next_at=row.next_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        found=row.found,
        error=row.error,
        node=row.node,
        runs=row.runs,
        failures=row.failures,
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
    )
