"""What people want of a scheduled job: that it runs now, that it rests, that it goes on. Each is written down."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.rows import get_or_add
from clinic.tables import Job


def run(session: Session, *, name: str, by: str, now: dt.datetime) -> int:
    """Ask the leader to run it now; how often it had run until then."""
    row = _row(session, name)
    row.asked_at, row.asked_by = now, by
    audit.note(session, f"staff:{by}", "job.asked", f"job:{name}", now=now)
    return row.runs


def pause(session: Session, *, name: str, by: str, now: dt.datetime) -> bool:
    """Let no run of it begin by the clock; False where it rests already."""
    row = _row(session, name)
    if row.paused_at is not None:
        return False
    row.paused_at, row.paused_by = now, by
    audit.note(session, f"staff:{by}", "job.paused", f"job:{name}", now=now)
    return True


def resume(session: Session, *, name: str, by: str, now: dt.datetime) -> bool:
    """Go on at its next time; False where it did not rest. What came due meanwhile is not made up for."""
    row = _row(session, name)
    if row.paused_at is None:
        return False
    audit.note(session, f"staff:{by}", "job.resumed", f"job:{name}", now=now, paused_by=row.paused_by)
    row.paused_at, row.paused_by = None, ""
    return True


def _row(session: Session, name: str) -> Job:
    """The job's row, also where no daemon has ever run: a job may be paused before its first run."""
    get_or_add(session, Job, ["name"], name=name)
    return session.scalars(select(Job).where(Job.name == name).with_for_update()).one()
