"""The leader's jobs, one step at a time: write down what has ended, lead or watch who does, run what is asked for and
what is due.

A step blocks on the database, so it has a thread of its own in the daemon (`scheduler.jobs`); it is told the time, so
that tests and simulations can drive it, several nodes side by side.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred

from clinic.jobs import leases, runs
from clinic.jobs.leases import LeaseView
from clinic.jobs.runs import LEAD, JobView
from scheduler.cadence import next_after
from scheduler.executor import DeferredExecutor
from scheduler.given import Broken, Given
from scheduler.stored import RunsNow, StoredJobs
from scheduler.table import Job
from scheduler.timer import Timer

log = logging.getLogger("caredial.scheduler")


@dataclass(frozen=True, slots=True)
class Terms:
    """For how long this node leads without renewing, and how often it looks for what is asked for."""

    node: str
    lease: dt.timedelta = dt.timedelta(seconds=30)
    look: dt.timedelta = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Ended:
    """A run is over: what it found, why it failed or that it was broken off."""

    name: str
    at: dt.datetime
    seconds: float
    found: str = ""
    error: BaseException | None = None

    @property
    def outcome(self) -> str:
        if isinstance(self.error, Broken):
            return "broken off"
        return "failed" if self.error else "done"


class Lead:
    """A node as far as it leads, or may. `call` brings a function into the reactor's thread.

    `told` is called there with each run that has ended. All else is for the one thread that steps.
    """

    def __init__(
        self, store: RunsNow, jobs: Mapping[str, Job], given: Given, terms: Terms, *, call: Callable[..., Any]
    ) -> None:
        self._store, self._jobs, self._given, self._terms, self._call = store, jobs, given, terms, call
        self._kept = StoredJobs(store)
        self._executor = DeferredExecutor(lambda name: call(self._run, name) and None)
        self._timer = Timer(self._kept, self._executor, given.installation.timezone, self._begins)
        self._timer.start()
        self._ended: deque[Ended] = deque()
        self._said: dict[str, str] = {}
        self._until: dt.datetime | None = None
        self._warned = False
        self._watched: tuple[dt.datetime, dt.datetime] | None = None
        self.running: set[Deferred[None]] = set()
        self.closing = False
        self.shown: tuple[JobView, ...] = ()
        self.told: Callable[[Ended], None] = _nobody
        self.wake: Callable[[], None] = _nothing

    # Seen from any thread

    def leads(self, now: dt.datetime) -> bool:
        return self._until is not None and now.astimezone(dt.UTC) < self._until

    # Stepping

    def step(self, now: dt.datetime) -> dt.datetime:
        """Do what there is to do now; when to come again. Raises what the database raises: the next step goes on."""
        now = now.astimezone(dt.UTC)  # local times can be neither compared nor added to while the clocks change
        self._settle(now)
        if not self._lead(now):
            return now + self._terms.look
        for name in self._store.run_now(runs.asked):
            self._begin_asked(name, now)
        due = self._timer.step(now)
        return now + self._terms.look if due is None else min(due, now + self._terms.look)

    def finish(self, now: dt.datetime) -> None:
        """Begin nothing more, write down what has ended, and let another node lead at once."""
        now = now.astimezone(dt.UTC)
        self._settle(now)
        if self.leads(now):
            self._store.run_now(leases.give_back, name=LEAD, holder=self._terms.node, now=now)
        self._until, self.shown = None, ()

    # Leading

    def _lead(self, now: dt.datetime) -> bool:
        if self._until is not None and self._terms.lease * 2 / 3 < self._until - now <= self._terms.lease:
            return True
        until, held = now + self._terms.lease, self._store.run_now(leases.current, name=LEAD)
        if not self._free(held, now) or not self._store.run_now(
            leases.take,
            name=LEAD,
            holder=self._terms.node,
            until=until,
            now=now,
            given_up=held.until if held is not None else None,
        ):
            self._lost(now)
            return False
        if self._until is None:
            log.info("this node (%s) leads: it runs the scheduled jobs", self._terms.node)
        self._know(now)
        self._until = until
        self._look()
        return True

    def _free(self, held: LeaseView | None, now: dt.datetime) -> bool:
        """Whether the lease is to be had: only looking, most of the time, as a write would wait for other writers."""
        if held is None or held.holder == self._terms.node or not held.lives(now):
            return True
        if held.until - now <= 2 * self._terms.lease:
            return False
        if not self._warned:
            self._warned = True
            log.warning("%s leads until %s: is its clock ahead of ours, or its lease longer?", held.holder, held.until)
        return self._given_up(held.until, now)

    def _given_up(self, until: dt.datetime, now: dt.datetime) -> bool:
        """Whether a lease that our clock does not believe has not been renewed for as long as one lasts: the clock of
        who held it was put right, or they are gone."""
        if self._watched is None or self._watched[0] != until:
            self._watched = until, now
        return now - self._watched[1] > self._terms.lease

    def _lost(self, now: dt.datetime) -> None:
        if self._until is not None:
            log.warning("this node (%s) leads no more since %s", self._terms.node, min(self._until, now))
        self._until, self.shown = None, ()

    def _know(self, now: dt.datetime) -> None:
        """Have the database know exactly the jobs of this code, each as it stands there; mostly, nothing to do."""
        rows = {row.name: row for row in self._store.run_now(runs.listed)}
        stored = {job.id: job for job in self._kept.get_all_jobs()}
        if missing := self._jobs.keys() - rows.keys():
            due = {name: stored[name].next_run_time if name in stored else None for name in sorted(missing)}
            self._store.run_now(runs.know, names=due)
        for name, job in self._jobs.items():
            if name not in stored:
                row = rows.get(name)
                self._add(job, row.next_at if row and row.next_at else self._first(job, now))
            elif repr(stored[name].trigger) != repr(self._trigger(job)):
                self._rearrange(job, stored[name], now)
            elif self._is_too_far(stored[name], now):
                log.warning("%s was due at %s only: was a clock ahead?", name, stored[name].next_run_time)
                self._rearrange(job, stored[name], now)
        for name in stored.keys() - self._jobs.keys():
            log.info("%s is no job any more", name)
            self._kept.remove_job(name)
        if dead := [row.name for row in rows.values() if row.under_way and not self._executor.busy(row.name)]:
            alive = rows.keys() - dead
            for name in self._store.run_now(runs.make_up, alive=alive, now=now):
                log.warning("%s was under way on a node that died: it runs once more", name)

    def _is_too_far(self, stored: Any, now: dt.datetime) -> bool:
        """Whether it would be due before it is: a node whose clock was ahead has moved it."""
        due, soonest = stored.next_run_time, next_after(stored.trigger, now)
        return due is not None and soonest is not None and due > soonest

    def _first(self, job: Job, now: dt.datetime) -> dt.datetime | None:
        return now if job.at_once else next_after(self._trigger(job), now)

    def _trigger(self, job: Job) -> BaseTrigger:
        return job.cadence.trigger(self._given.installation.timezone)

    def _add(self, job: Job, due: dt.datetime | None) -> None:
        def add(session: Session) -> None:
            self._kept.add(session, self._kept.job(job.name, self._trigger(job), due))
            runs.reschedule(session, name=job.name, next_at=due)

        self._store.run_now(add)

    def _rearrange(self, job: Job, stored: Any, now: dt.datetime) -> None:
        """Another cadence, or time zone. A run that was missed is still made up for."""
        due = stored.next_run_time
        if due is None or due > now:
            due = next_after(self._trigger(job), now)
        log.info("%s runs %s now, next at %s", job.name, job.cadence.words, due)
        stored._modify(trigger=self._trigger(job), next_run_time=due)
        self._keep(stored, due)

    def _keep(self, stored: Any, due: dt.datetime | None) -> None:
        def keep(session: Session) -> None:
            self._kept.keep(session, stored)
            runs.reschedule(session, name=stored.id, next_at=due)

        self._store.run_now(keep)

    # Beginning

    def _begins(self, stored: Any, due: dt.datetime, now: dt.datetime) -> bool:
        """In one transaction: when it is due next, and that it is run now. So none is lost, and none is begun twice."""
        if self._executor.busy(stored.id):
            log.debug("%s is still running, and not begun again", stored.id)
            self._keep(stored, stored.next_run_time)
            return False

        def begin(session: Session) -> runs.Verdict:
            verdict = self._allowed(session, name=stored.id, due=due, next_at=stored.next_run_time, now=now)
            if verdict != "not leading":
                self._kept.keep(session, stored)
            return verdict

        return self._went(stored.id, self._store.run_now(begin))

    def _begin_asked(self, name: str, now: dt.datetime) -> None:
        stored = self._kept.lookup_job(name) if name in self._jobs else None
        if stored is None or self._executor.busy(name):
            return
        verdict = self._store.run_now(self._allowed, name=name, due=None, next_at=None, now=now)
        if self._went(name, verdict):
            self._executor.submit_job(stored, [now])

    def _allowed(self, session: Session, /, name: str, **moments: Any) -> runs.Verdict:
        return runs.begin(session, name=name, holder=self._terms.node, **moments)

    def _went(self, name: str, verdict: runs.Verdict) -> bool:
        if verdict == "paused":
            log.info("%s is paused: not run this time", name)
        elif verdict == "not leading":
            self._until = None
        self._look()
        return verdict == "begun"

    def _look(self) -> None:
        rows = self._store.run_now(runs.listed)
        self.shown = tuple(row for row in rows if row.name in self._jobs)

    # Ending

    def _settle(self, now: dt.datetime) -> None:
        """Write down what runs have found; they count as running until this is done."""
        while self._ended:
            ended = self._ended[0]
            self._store.run_now(self._write_end, ended)
            self._ended.popleft()
            self._said.pop(ended.name, None)
            self._executor.ended(ended.name)
            if self.leads(now):
                self._look()
        for name, found in self._said.copy().items():
            self._store.run_now(runs.tell, name=name, holder=self._terms.node, found=found)
            if self._said.get(name) == found:
                self._said.pop(name, None)

    def _write_end(self, session: Session, ended: Ended) -> None:
        row: dict[str, Any] = {"name": ended.name, "holder": self._terms.node, "now": ended.at}
        if isinstance(ended.error, Broken):
            runs.break_off(session, found=str(ended.error), **row)
        else:
            error = f"{type(ended.error).__name__}: {ended.error}" if ended.error else ""
            runs.end(session, found=ended.found, error=error, **row)

    # In the reactor

    def _run(self, name: str) -> None:
        began = self._given.now().astimezone(dt.UTC)
        given = replace(self._given, going=self._going, tell=lambda found: self._said.__setitem__(name, found))

        def over(found: str = "", error: BaseException | None = None) -> None:
            at = self._given.now().astimezone(dt.UTC)
            ended = Ended(name, at, (at - began).total_seconds(), found, error)
            tell_log(ended)
            self._ended.append(ended)
            self.told(ended)
            self.wake()

        done: Deferred[Any] = Deferred.fromCoroutine(self._work(name, given))
        done.addCallbacks(over, lambda failure: over(error=failure.value))
        self.running.add(done)
        done.addBoth(lambda _: self.running.discard(done))

    async def _work(self, name: str, given: Given) -> str:
        """As a coroutine of its own: what `work` raises before its first wait is a failure of the job, too."""
        return await self._jobs[name].work(given)

    def _going(self) -> bool:
        return not self.closing and self.leads(self._given.now())


def tell_log(ended: Ended) -> None:
    """Tell the log of a run."""
    if isinstance(ended.error, Broken):
        log.info("%s stopped before its end, the next leader goes on with it: %s", ended.name, ended.error)
    elif ended.error is not None:
        log.error("%s failed, it runs again when it is due next", ended.name, exc_info=ended.error)
    elif ended.found:
        log.info("%s: %s", ended.name, ended.found)


def _nothing() -> None:
    """Nobody sleeps."""


def _nobody(_ended: Ended) -> None:
    """Nobody counts."""
