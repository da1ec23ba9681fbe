"""The scheduled jobs: what each did last and what is wanted of it, who leads, and APScheduler's own table."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Column, Float, LargeBinary, String, Table, Unicode
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base


class Job(Base):
    """A job that only the leader runs. `due_at` is the moment that its last run by the clock was for.

    A row with a start and no end is under way, or its node died: a leader knows which, and makes up for the latter.
    """

    __tablename__ = "job"
    name: Mapped[str] = mapped_column(String(60), unique=True)
    due_at: Mapped[dt.datetime | None]
    next_at: Mapped[dt.datetime | None]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    found: Mapped[str] = mapped_column(String(200), default="")
    error: Mapped[str] = mapped_column(String(400), default="")
    node: Mapped[str] = mapped_column(String(120), default="")
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[dt.datetime | None]
    asked_by: Mapped[str] = mapped_column(String(60), default="")
    paused_at: Mapped[dt.datetime | None]
    paused_by: Mapped[str] = mapped_column(String(60), default="")


class Lease(Base):
    """Who alone may do something, until when; they renew it while they live. `since` is when they got it."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(60), unique=True)
    holder: Mapped[str] = mapped_column(String(120))
    until: Mapped[dt.datetime]
    since: Mapped[dt.datetime]


# Columns as APScheduler's SQLAlchemyJobStore makes them: a test compares the two.
STORED_JOBS = Table(
    "apscheduler_jobs",
    Base.metadata,
    Column("id", Unicode(191), primary_key=True),
    Column("next_run_time", Float(25), index=True),
    Column("job_state", LargeBinary, nullable=False),
)
