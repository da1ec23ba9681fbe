"""All jobs of a daemon: the leader's steps on a thread of their own, their work in the reactor."""

from __future__ import annotations

import datetime as dt
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from clinic.jobs import leases, runs, wishes
from clinic.rules import Rules
from scheduler.cadence import daily, every
from scheduler.given import Given, Node
from scheduler.jobs import Jobs
from scheduler.lead import Terms
from scheduler.table import Job, NodeJob
from tests.scheduler.conftest import HOUSE, Inline

PATIENCE = 20


class Reactor(Clock):
    """A reactor's inbox: what threads call into it runs where the test waits. Its timers stand still."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: queue.Queue[Callable[[], None]] = queue.Queue()

    def callFromThread(self, fn: Callable[..., Any], *args: Any) -> None:
        self._calls.put(lambda: fn(*args))

    def wait(self, until: Callable[[], Any]) -> None:
        end = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < end
            try:
                self._calls.get(timeout=0.05)()
            except queue.Empty:
                continue


class Shared:
    def sweep(self) -> Deferred[int]:
        return succeed(0)


class CanGo:
    """A store that can be cut off."""

    def __init__(self, store: Any) -> None:
        self.store, self.cut, self.refused = store, False, 0

    def run_now(self, fn: Any, /, *args: Any, **given: Any) -> Any:
        if self.cut:
            self.refused += 1
            raise OperationalError("select 1", None, OSError("the server closed the connection"))
        return self.store.run_now(fn, *args, **given)


class Daemon:
    """The jobs of a daemon; `threads` is where its job's work was done, `answer` what it comes to."""

    def __init__(self, store: Any, name: str = "a") -> None:
        self.reactor, self.store = Reactor(), CanGo(store)
        self.threads: list[str] = []
        self.answer: Any = "done"
        self.node_ran = 0
        given = Given(Inline(store), HOUSE, Rules(), lambda: dt.datetime.now(HOUSE.timezone))
        table = [Job("nightly", self._work, daily("00:05"), "Does it.", at_once=True)]
        each = [NodeJob("tidy", self._tidy, every(hours=1), "Tidies.", at_once=True)]
        terms = Terms(name, dt.timedelta(seconds=2), dt.timedelta(seconds=0.05))
        self.jobs = Jobs(self.reactor, self.store, given, Node(Shared()), terms, leader=table, each=each)
        self.now = given.now

    async def _work(self, _given: Given) -> str:
        self.threads.append(threading.current_thread().name)
        return str(await self.answer if isinstance(self.answer, Deferred) else self.answer)

    async def _tidy(self, _given: Given, _node: Node) -> str:
        self.node_ran += 1
        return ""

    def row(self) -> runs.JobView | None:
        return next(iter(self.store.store.run_now(runs.listed)), None)

    def ended(self, many: int) -> bool:
        row = self.row()
        return row is not None and row.runs >= many and not row.under_way

    def stop(self) -> None:
        stopped = self.jobs.stop()
        self.reactor.wait(lambda: stopped.called)


@pytest.fixture
def daemon(store: Any) -> Any:
    daemon = Daemon(store)
    yield daemon
    daemon.store.cut = False
    daemon.stop()


def test_steps_have_a_thread_and_the_work_is_done_in_the_reactor(daemon: Daemon) -> None:
    daemon.jobs.start()
    daemon.reactor.wait(lambda: daemon.ended(1))
    assert daemon.threads == [threading.current_thread().name]
    assert daemon.node_ran == 1
    row = daemon.row()
    assert row is not None
    assert (row.found, row.node) == ("done", "a")


def test_a_run_that_is_asked_for_through_the_database_is_run(daemon: Daemon) -> None:
    daemon.jobs.start()
    daemon.reactor.wait(lambda: daemon.ended(1))
    daemon.answer = "once more"
    daemon.store.store.run_now(wishes.run, name="nightly", by="li", now=daemon.now())
    daemon.reactor.wait(lambda: daemon.ended(2))
    row = daemon.row()
    assert row is not None
    assert row.found == "once more"


def test_the_thread_outlives_a_database_that_goes_away(daemon: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    daemon.jobs.start()
    daemon.reactor.wait(lambda: daemon.ended(1))
    daemon.store.cut = True
    daemon.reactor.wait(lambda: daemon.store.refused > 1)
    daemon.store.cut = False
    daemon.store.store.run_now(wishes.run, name="nightly", by="li", now=daemon.now())
    daemon.reactor.wait(lambda: daemon.ended(2))
    waits = [line for line in caplog.records if "the jobs go on in" in line.getMessage()]
    assert len(waits) >= 2
    assert [bool(line.exc_info) for line in waits[:2]] == [True, False]


def test_stopping_waits_for_what_is_under_way_and_gives_the_lead_back(daemon: Daemon) -> None:
    daemon.answer = under_way = Deferred()
    daemon.jobs.start()
    daemon.reactor.wait(lambda: daemon.threads)
    stopped = daemon.jobs.stop()
    again = daemon.jobs.stop()
    daemon.reactor.wait(lambda: daemon.jobs.lead.closing)
    assert not stopped.called
    under_way.callback("at last")
    daemon.reactor.wait(lambda: stopped.called and again.called)
    row, held = daemon.row(), daemon.store.store.run_now(leases.current, name=runs.LEAD)
    assert row is not None
    assert (row.found, row.under_way) == ("at last", False)
    assert not held.lives(daemon.now())


def test_stopping_while_the_database_is_away_comes_to_an_end(daemon: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    daemon.jobs.start()
    daemon.reactor.wait(lambda: daemon.ended(1))
    daemon.store.cut = True
    daemon.stop()
    assert "the next leader runs them once more" in caplog.text


def test_stopping_before_the_start_does_no_harm(daemon: Daemon) -> None:
    assert daemon.jobs.stop().called


def test_two_daemons_beside_each_other_on_one_database_run_it_once(store: Any) -> None:
    daemons = [Daemon(store, "a"), Daemon(store, "b")]
    for daemon in daemons:
        daemon.jobs.start()
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline or not any(daemon.ended(1) for daemon in daemons):
        for daemon in daemons:
            try:
                daemon.reactor._calls.get(timeout=0.02)()
            except queue.Empty:
                continue
    assert sum(len(daemon.threads) for daemon in daemons) == 1
    for daemon in daemons:
        daemon.stop()
