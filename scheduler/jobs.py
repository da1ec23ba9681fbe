"""The scheduled jobs: a table of what runs when, and the APScheduler timer that runs it on the reactor.

Every job is a use case that may run twice, on several nodes at once, or hours late, and still be right; so a missed
run is made up for once (coalesced), and no state of the timer needs to be kept.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

from clinic import long_texts, outbox, receipts, voice, vouchers
from dialogs.talk import Runs
from scheduler.broadcasts import Broadcasts
from scheduler.executor import DeferredExecutor

log = logging.getLogger("caredial.scheduler")

GO_ON = dt.timedelta(seconds=10)  # a look at small tables, unless there is something to do

Now = Callable[[], dt.datetime]
UnderWay = Callable[[], Collection[int]]
Tidies = Callable[[], Coroutine[Any, Any, str]]


class Sweeps(Protocol):
    """The shared state: lets go of what has expired, tells how many keys remain."""

    def sweep(self) -> Awaitable[int]: ...


@dataclass(frozen=True, slots=True)
class Job:
    """`run` does the work and says in a few words what it found, "" for nothing worth a line.

    `at_start` runs it once at once, too.
    """

    name: str
    trigger: BaseTrigger
    run: Callable[[], Coroutine[Any, Any, str]]
    at_start: bool = False


def table(
    store: Runs,
    shared: Sweeps,
    now: Now,
    timezone: ZoneInfo,
    under_way: UnderWay,
    on_call: UnderWay,
    tidy: Tidies | None = None,
    broadcasts: Broadcasts | None = None,
) -> list[Job]:
    """All jobs. `now` gives this moment, aware and in `timezone`: its date is the centres' day.

    `under_way` gives the messages that this node's sender is at work on, `on_call` those that its callers are. `tidy`
    removes sound that belongs to no call any more, where there is a hotline. `broadcasts` are gone on with, where there
    are any rules for them.
    """

    async def expire() -> str:
        return f"{await store.run(vouchers.expire, now=now())} T-codes expired"

    async def forget() -> str:
        return f"{await store.run(receipts.forget, now=now())} receipts dropped"

    async def forget_segments() -> str:
        return f"{await store.run(long_texts.forget, now=now())} segments of texts from phones dropped"

    async def recover() -> str:
        # No sender is called "": only the lease decides here. At its start each sender takes back its own.
        found = await store.run(outbox.recover, sender="", now=now(), under_way=under_way())
        return f"{found} messages of a sender that died are sent once more"

    async def recover_calls() -> str:
        found = await store.run(voice.recover, caller="", alive_messages=on_call(), now=now())
        return f"{found} calls of a gateway that died are made once more"

    async def sweep() -> str:
        return f"{await shared.sweep()} keys remain"

    def every(interval: dt.timedelta) -> IntervalTrigger:
        seconds = int(interval.total_seconds())
        return IntervalTrigger(seconds=seconds, start_date=now() + interval, timezone=timezone)

    return [
        Job("expire vouchers", CronTrigger(hour=0, minute=5, timezone=timezone), expire, at_start=True),
        Job("forget receipts", every(dt.timedelta(hours=1)), forget, at_start=True),
        Job("forget segments", every(dt.timedelta(hours=1)), forget_segments),
        Job("recover messages", every(outbox.LEASE), recover),
        Job("recover calls", every(outbox.LEASE), recover_calls),
        Job("sweep shared state", every(dt.timedelta(hours=1)), sweep),
        *([Job("broadcasts", every(GO_ON), partial(broadcasts.go_on, store), at_start=True)] if broadcasts else []),
        *([Job("remove old sound", every(dt.timedelta(hours=1)), tidy, at_start=True)] if tidy else []),
    ]


class Jobs:
    """The jobs on the reactor's time. A job that fails is logged; it and the others run again when they are due."""

    def __init__(
        self,
        reactor: IReactorFromThreads,
        store: Runs,
        shared: Sweeps,
        now: Now,
        timezone: ZoneInfo,
        under_way: UnderWay = tuple,
        on_call: UnderWay = tuple,
        tidy: Tidies | None = None,
        broadcasts: Broadcasts | None = None,
    ) -> None:
        # This module of APScheduler imports the reactor, which must be chosen before.
        from apscheduler.schedulers.twisted import TwistedScheduler  # noqa: PLC0415

        self._running: set[Deferred[None]] = set()
        quiet = log.getChild("timer")
        quiet.setLevel(logging.WARNING)
        self._timer = TwistedScheduler(
            reactor=reactor,
            timezone=timezone,
            logger=quiet,
            executors={"default": DeferredExecutor()},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        for job in table(store, shared, now, timezone, under_way, on_call, tidy, broadcasts):
            first = {"next_run_time": now()} if job.at_start else {}
            self._timer.add_job(self._run, job.trigger, args=[job], id=job.name, name=job.name, **first)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> Deferred[None]:
        """Begin no more jobs; fires when those under way have ended. May be called again, or before `start`."""
        if self._timer.running:
            self._timer.shutdown(wait=False)
        return DeferredList(list(self._running)).addCallback(lambda _: None)

    def _run(self, job: Job) -> Deferred[None]:
        done: Deferred[None] = Deferred.fromCoroutine(job.run()).addCallbacks(
            lambda found: log.info("%s: %s", job.name, found) if found else None,
            lambda failure: _failed(job, failure),
        )
        self._running.add(done)
        return done.addBoth(lambda _: self._running.discard(done))


def _failed(job: Job, failure: Failure) -> None:
    log.error("%s failed, it runs again when it is due next", job.name, exc_info=failure.value)
