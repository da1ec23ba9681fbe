from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from gateway.cli.daemon import STOP_SECONDS, Daemon


class Reactor(Clock):
    """Runs what `meanwhile` says as its life, then fires the shutdown triggers."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks: list[Callable[[], Any]] = []
        self.triggers: list[Callable[[], Any]] = []
        self.meanwhile: Callable[[], Any] = lambda: None
        self.stops = 0
        self.ended: list[Deferred[Any]] = []

    def callWhenRunning(self, hook: Callable[[], Any]) -> None:
        self.hooks.append(hook)

    def addSystemEventTrigger(self, phase: str, event: str, trigger: Callable[[], Any]) -> None:
        assert (phase, event) == ("before", "shutdown")
        self.triggers.append(trigger)

    def callFromThread(self, fn: Callable[..., Any], *args: Any) -> None:
        fn(*args)

    def run(self) -> None:
        for hook in self.hooks:
            hook()
        self.meanwhile()
        self.ended = [trigger() for trigger in self.triggers]

    def stop(self) -> None:
        self.stops += 1


class CannotStart(Exception):
    """As gateway.app's."""


class App:
    """Writes down what happens to it."""

    address = "http://127.0.0.1:8080"

    def __init__(self, diary: list[str]) -> None:
        self.diary = diary
        self.failure: Exception | None = None
        self.stopping: Deferred[None] | None = None

    async def start(self) -> None:
        self.diary.append("start")
        if self.failure:
            raise self.failure

    async def stop(self) -> None:
        self.diary.append("stop")
        if self.stopping:
            await self.stopping


@pytest.fixture
def diary() -> list[str]:
    return []


@pytest.fixture
def app(diary: list[str]) -> App:
    return App(diary)


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def daemon(reactor: Reactor, app: App, diary: list[str]) -> Daemon:
    return Daemon(reactor, app, say=diary.append, known=(CannotStart,))


@pytest.fixture
def _signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_starts_says_that_it_is_ready_and_stops(daemon: Daemon, diary: list[str]) -> None:
    assert daemon.run() is None
    assert diary == ["start", "ready: http://127.0.0.1:8080", "stop"]


def test_company_comes_before_and_goes_after(daemon: Daemon, diary: list[str]) -> None:
    async def come() -> None:
        diary.append("come")

    async def go() -> None:
        diary.append("go")

    daemon.before, daemon.after = come, go
    daemon.run()
    assert diary == ["come", "start", "ready: http://127.0.0.1:8080", "stop", "go"]


def test_what_cannot_start_stops_and_says_why(
    daemon: Daemon, app: App, reactor: Reactor, diary: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    app.failure = CannotStart("cannot listen on 127.0.0.1:8080")
    assert daemon.run() == "cannot listen on 127.0.0.1:8080"
    assert reactor.stops == 1
    assert diary == ["start", "stop"]
    assert "Traceback" not in caplog.text


def test_a_failure_that_nobody_foresaw_is_logged_with_its_traceback(
    daemon: Daemon, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    app.failure = ZeroDivisionError("of ours")
    assert daemon.run() == "of ours"
    assert "Traceback" in caplog.text


def test_company_that_leaves_ends_it_with_a_failure_once(daemon: Daemon, reactor: Reactor) -> None:
    def meanwhile() -> None:
        daemon.fail("the simulator ended")
        daemon.fail("and again")

    reactor.meanwhile = meanwhile
    assert daemon.run() == "the simulator ended"
    assert reactor.stops == 1


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_and_a_second_one_does_no_harm(daemon: Daemon, reactor: Reactor, number: int) -> None:
    def meanwhile() -> None:
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)

    reactor.callWhenRunning(daemon.obey_signals)
    reactor.meanwhile = meanwhile
    assert daemon.run() is None
    assert reactor.stops == 1


def test_the_reactor_waits_for_the_stop_but_not_for_ever(
    daemon: Daemon, app: App, reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    app.stopping = Deferred()
    daemon.run()
    (ended,) = reactor.ended
    assert not ended.called
    reactor.advance(STOP_SECONDS)
    assert ended.called
    assert [line.levelno for line in caplog.records if "not clean" in line.message] == [logging.ERROR]
