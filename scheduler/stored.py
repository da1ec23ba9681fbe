"""APScheduler's job store, through our door to the database: SQLite's one writer in turn, locks waited for, no thread
of its own, and the schema is made by our migrations.

A stored job is a name, a trigger and a moment; what it does stands in the table of this code. APScheduler keeps jobs as
pickles, which can hold any program: here only triggers and times are read back, or who can write to the database could
have the gateway run what they like.
"""

from __future__ import annotations

import datetime as dt
import io
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from zoneinfo import ZoneInfo

from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import Connection, MetaData
from sqlalchemy.orm import Session

from clinic.rows import reads
from clinic.tables import STORED_JOBS

P = ParamSpec("P")
T = TypeVar("T")

MODULES = ("apscheduler.triggers", "datetime", "zoneinfo")
MARK = "scheduler.stored:named"
"""What APScheduler has for the function of each job: it is never called."""


class RunsNow(Protocol):
    """The store, in the calling thread's hands (`gateway.store.Store`)."""

    def run_now(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


def named(name: str) -> None:
    """Stands for the job of this name, which its table knows."""


@dataclass(frozen=True, slots=True)
class _Within:
    """What the job store takes for its engine: a transaction of ours."""

    connection: Connection

    def begin(self) -> AbstractContextManager[Connection]:
        return nullcontext(self.connection)


class StoredJobs(SQLAlchemyJobStore):  # type: ignore[misc]  # APScheduler has no types
    """APScheduler's statements and its form of a job. For one thread, as each timer is."""

    def __init__(self, store: RunsNow) -> None:
        super().__init__(engine=_Within, metadata=MetaData())
        self._store, self.jobs_t = store, STORED_JOBS
        self._unreadable: list[str] = []

    def start(self, scheduler: Any, alias: str) -> None:
        self._scheduler, self._alias = scheduler, alias

    def shutdown(self) -> None:
        """The connections are the store's."""

    def job(self, name: str, trigger: BaseTrigger, due: dt.datetime | None) -> Job:
        """A job to be added."""
        kept = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1, "executor": "default"}
        return Job(
            self._scheduler, id=name, name=name, func=MARK, args=(name,), kwargs={}, trigger=trigger,
            next_run_time=due, **kept,
        )  # fmt: skip

    def add(self, session: Session, job: Job) -> None:
        """`add_job`, within a transaction that does more than that."""
        self._within(session, super().add_job, job)

    def keep(self, session: Session, job: Job) -> None:
        """`update_job`, within a transaction that does more than that."""
        self._within(session, super().update_job, job)

    def get_due_jobs(self, now: dt.datetime) -> Any:
        """Those that are due. What cannot be read goes; where it was one of ours it is soon there again (`Lead`)."""
        due = self._read(super().get_due_jobs, now)
        while self._unreadable:
            self.remove_job(self._unreadable[-1])
            self._unreadable.pop()
        return due

    def get_next_run_time(self) -> Any:
        return self._read(super().get_next_run_time)

    def get_all_jobs(self) -> Any:
        return self._read(super().get_all_jobs)

    def lookup_job(self, job_id: str) -> Any:
        return self._read(super().lookup_job, job_id)

    def add_job(self, job: Job) -> None:
        self._write(super().add_job, job)

    def update_job(self, job: Job) -> None:
        self._write(super().update_job, job)

    def remove_job(self, job_id: str) -> None:
        self._write(super().remove_job, job_id)

    def remove_all_jobs(self) -> None:
        self._write(super().remove_all_jobs)

    def _read(self, act: Callable[..., T], *args: Any) -> T:
        return self._store.run_now(reads(lambda session: self._within(session, act, *args)))

    def _write(self, act: Callable[..., T], *args: Any) -> T:
        return self._store.run_now(lambda session: self._within(session, act, *args))

    def _within(self, session: Session, act: Callable[..., T], *args: Any) -> T:
        self.engine = _Within(session.connection())
        return act(*args)

    def _get_jobs(self, *conditions: Any) -> list[Any]:
        """As APScheduler's, which would remove the others in a transaction that only reads."""
        query = self.jobs_t.select().order_by(self.jobs_t.c.next_run_time).where(*conditions)
        with self.engine.begin() as connection:
            rows = connection.execute(query).all()
        return [job for row in rows if (job := self._job_of(row)) is not None]

    def _job_of(self, row: Any) -> Any:
        try:
            return self._reconstitute_job(row.job_state)
        except Exception:
            self._logger.exception("the stored job %s cannot be read", row.id)
            self._unreadable.append(row.id)
            return None

    def _reconstitute_job(self, job_state: bytes) -> Any:
        state = _OnlyTriggers(io.BytesIO(job_state)).load()
        if state.get("func") != MARK:
            raise pickle.UnpicklingError(f"a stored job is none of ours: {state.get('func')!r}")
        job = Job.__new__(Job)
        job.__setstate__(state | {"jobstore": self})
        job._scheduler, job._jobstore_alias = self._scheduler, self._alias
        return job


class _OnlyTriggers(pickle.Unpickler):
    """Classes of triggers and of times, and nothing that can be called but what makes a ZoneInfo."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _zone_by_name
        known = any(module == one or module.startswith(f"{one}.") for one in MODULES)
        found = super().find_class(module, name) if known and "." not in name else None
        if not isinstance(found, type):
            raise pickle.UnpicklingError(f"a stored job may not hold {module}.{name}")
        return found


def _zone_by_name(of: object, name: str) -> Any:
    if (of, name) != (ZoneInfo, "_unpickle"):
        raise pickle.UnpicklingError(f"a stored job may not hold {of!r}.{name}")
    return ZoneInfo._unpickle  # type: ignore[attr-defined]  # as pickle itself finds it
