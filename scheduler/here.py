"""A job of the leader run by a command, where no daemon leads: the command leads for as long as it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from clinic.jobs import leases, runs, wishes
from clinic.jobs.runs import LEAD
from scheduler.given import Broken, Given
from scheduler.stored import RunsNow
from scheduler.table import Job


class AnotherLeads(Exception):
    """There is a leader: it has to be asked."""


@dataclass(frozen=True, slots=True)
class Inline:
    """The store for work that is awaited, without threads: what is awaited is there at once."""

    store: RunsNow

    async def run(self, fn: Callable[..., Any], /, *args: Any, **given: Any) -> Any:
        return self.store.run_now(fn, *args, **given)


@dataclass(slots=True)
class Here:
    """This process as a leader for one run; `given` says all but its store and whether it may go on."""

    store: RunsNow
    given: Given
    holder: str
    lease: dt.timedelta
    _until: dt.datetime | None = None

    def run(self, job: Job, *, by: str) -> str:
        """Run it, and tell what it found. AnotherLeads where a daemon does; what the job raises is noted, and raised.

        Ctrl-C breaks it off: the next leader goes on with it.
        """
        if not self._hold():
            raise AnotherLeads
        try:
            self.store.run_now(self._begin, job, by)
            return self._work(job)
        finally:
            self.store.run_now(leases.give_back, name=LEAD, holder=self.holder, now=self.given.now())

    def _hold(self) -> bool:
        now = self.given.now().astimezone(dt.UTC)
        if self._until is None or self._until - now < self.lease * 2 / 3:
            until = now + self.lease
            taken = self.store.run_now(leases.take, name=LEAD, holder=self.holder, until=until, now=now)
            self._until = until if taken else now
        return self._until > now

    def _begin(self, session: Session, job: Job, by: str) -> None:
        now = self.given.now()
        wishes.run(session, name=job.name, by=by, now=now)
        runs.make_up(session, alive=(), now=now)  # nobody leads: what is under way is dead
        if runs.begin(session, name=job.name, holder=self.holder, due=None, next_at=None, now=now) != "begun":
            raise AnotherLeads

    def _work(self, job: Job) -> str:
        given = replace(self.given, store=Inline(self.store), going=self._hold)
        row: dict[str, Any] = {"name": job.name, "holder": self.holder}
        try:
            found = _result(job.work(given))
        except (KeyboardInterrupt, Broken) as error:
            self.store.run_now(runs.break_off, found=str(error), now=self.given.now(), **row)
            raise
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            self.store.run_now(runs.end, found="", error=told, now=self.given.now(), **row)
            raise
        self.store.run_now(runs.end, found=found, error="", now=self.given.now(), **row)
        return found


def _result(work: Coroutine[Any, Any, str]) -> str:
    """What a coroutine comes to that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return str(done.value)
    work.close()
    raise RuntimeError("a job of the leader may wait for nothing but the store")
