"""APScheduler without a clock and a thread of its own: what is due at a moment that it is told.

Its own schedulers ask the machine for the time, give up their thread when a database is away, write down that a run
has been begun only after it was, and count through every missed run of a month to make up for one. Its jobs, triggers,
job stores and executors are used as they are.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.jobstores.base import BaseJobStore
from apscheduler.schedulers.base import BaseScheduler

from scheduler.cadence import next_after
from scheduler.executor import DeferredExecutor

_quiet = logging.getLogger("caredial.scheduler.timer")
_quiet.setLevel(logging.WARNING)

Begins = Callable[[Any, dt.datetime, dt.datetime], bool]


class Timer(BaseScheduler):  # type: ignore[misc]  # APScheduler has no types
    """One job store and one executor. `begins(job, due, now)` keeps when a job is due next (`job.next_run_time` has it
    already), and that it is run now, before it is; False where it is not."""

    def __init__(self, jobs: BaseJobStore, executor: DeferredExecutor, timezone: ZoneInfo, begins: Begins) -> None:
        super().__init__(
            timezone=timezone,
            logger=_quiet,
            jobstores={"default": jobs},
            executors={"default": executor},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._jobs, self._executor, self._begins = jobs, executor, begins

    def wakeup(self) -> None:
        """Nobody sleeps here: who calls `step` looks again soon enough."""

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)

    def step(self, now: dt.datetime) -> dt.datetime | None:
        """Run what is due at this moment, each once however often it was missed; when something is due next."""
        for job in self._jobs.get_due_jobs(now):
            self._due(job, now)
        due: dt.datetime | None = self._jobs.get_next_run_time()
        return due

    def _due(self, job: Any, now: dt.datetime) -> None:
        due: dt.datetime = job.next_run_time
        job._modify(next_run_time=next_after(job.trigger, now))  # `modify` would look it up once more
        if self._begins(job, due, now):
            self._executor.submit_job(job, [due])
