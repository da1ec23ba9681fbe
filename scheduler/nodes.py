"""The jobs of each node, in its memory and on its reactor's time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from apscheduler.jobstores.memory import MemoryJobStore
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from scheduler.executor import DeferredExecutor
from scheduler.given import Given, Node
from scheduler.lead import Ended, tell_log
from scheduler.stored import named
from scheduler.table import NodeJob
from scheduler.timer import Timer

MOST_SECONDS = 60.0
"""So long it sleeps at most: where the machine's clock is put forward, or the machine slept, nothing waits longer."""


class NodeJobs:
    """Begun by `start`. A job that fails is logged; it and the others run again when they are due."""

    def __init__(self, reactor: IReactorTime, jobs: Iterable[NodeJob], given: Given, node: Node) -> None:
        self._reactor, self._given, self._node = reactor, given, node
        self._jobs = {job.name: job for job in jobs}
        self._kept = MemoryJobStore()
        self._executor = DeferredExecutor(self._run)
        self._timer = Timer(self._kept, self._executor, given.installation.timezone, self._begins)
        self._later: IDelayedCall | None = None
        self._begun = False
        self.running: set[Deferred[None]] = set()
        self.last: dict[str, Ended] = {}
        self.told: Callable[[Ended], None] = lambda _ended: None

    def next_times(self) -> dict[str, dt.datetime]:
        """When each is due next."""
        return {job.id: job.next_run_time for job in self._kept.get_all_jobs()}

    def start(self) -> None:
        self._timer.start()
        for job in self._jobs.values():
            self._add(job, self._given.now().astimezone(dt.UTC))
        self._begun = True
        self._step()

    def _add(self, job: NodeJob, now: dt.datetime) -> None:
        # Counted from the start, so that the nodes do not all do it at one moment.
        first = now + job.cadence.interval
        trigger = job.cadence.trigger(self._given.installation.timezone, first)
        self._timer.add_job(
            named, trigger, args=[job.name], id=job.name, name=job.name, next_run_time=now if job.at_once else first
        )

    def stop(self) -> None:
        """Begin no more."""
        self._begun = False
        if self._later is not None and self._later.active():
            self._later.cancel()

    def _step(self) -> None:
        now = self._given.now().astimezone(dt.UTC)
        due = self._timer.step(now)
        seconds = (due - now).total_seconds() if due is not None else MOST_SECONDS
        if self._begun:
            self._later = self._reactor.callLater(min(max(seconds, 0.0), MOST_SECONDS), self._step)

    def _begins(self, job: Any, _due: dt.datetime, _now: dt.datetime) -> bool:
        self._kept.update_job(job)
        return not self._executor.busy(job.id)

    def _run(self, name: str) -> None:
        began = self._given.now().astimezone(dt.UTC)

        def over(found: str = "", error: BaseException | None = None) -> None:
            at = self._given.now().astimezone(dt.UTC)
            ended = Ended(name, at, (at - began).total_seconds(), found, error)
            tell_log(ended)
            self.last[name] = ended
            self._executor.ended(name)
            self.told(ended)

        done: Deferred[Any] = Deferred.fromCoroutine(self._work(name))
        done.addCallbacks(over, lambda failure: over(error=failure.value))
        self.running.add(done)
        done.addBoth(lambda _: self.running.discard(done))

    async def _work(self, name: str) -> str:
        return await self._jobs[name].work(self._given, self._node)
