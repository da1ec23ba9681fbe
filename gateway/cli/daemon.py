"""The daemon's life: start when the reactor runs, say when it is ready, stop gracefully, know why it ended."""

from __future__ import annotations

import gc
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

log = logging.getLogger("caredial")

STOP_SECONDS = 30


class Runnable(Protocol):
    """What is run (`gateway.app.App`). `address` is where its pages are, once it has started."""

    @property
    def address(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


async def _nothing() -> None:
    """No company."""


class Daemon:
    """Runs `app` in `reactor`. `before` and `after` are awaited around it: company for as long as it lives.

    `known` are the errors whose own words tell an operator enough; others are logged with their traceback.
    """

    def __init__(
        self, reactor: Any, app: Runnable, *, say: Callable[[str], None], known: tuple[type[Exception], ...]
    ) -> None:
        self.before: Callable[[], Awaitable[None]] = _nothing
        self.after: Callable[[], Awaitable[None]] = _nothing
        self._reactor, self._app, self._say, self._known = reactor, app, say, known
        self._failure: str | None = None
        self._stopping = False

    def run(self) -> str | None:
        """Run until a signal or a failure; why it failed, or None."""
        self._reactor.callWhenRunning(self._begin)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._end)
        self._reactor.run()
        return self._failure

    def obey_signals(self) -> None:
        """Stop at SIGTERM and SIGINT. Twisted would do so too, but answers the second one with a traceback."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._reactor.callFromThread(self.stop))

    def stop(self) -> None:
        """Begin to stop; again is no harm."""
        if not self._stopping:
            self._stopping = True
            self._reactor.stop()

    def fail(self, reason: str) -> None:
        """Stop, because of this. What comes to an end while we stop is no failure."""
        if not self._stopping:
            self._failure = reason
            self.stop()

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._start()).addErrback(self._not_started)

    async def _start(self) -> None:
        await self.before()
        await self._app.start()
        # What is there now stays: looking through all of it for garbage again and again takes 0.2 s, each time. Of what
        # comes later thousands of messages at a time are under way, and hardly any of it is ever a cycle.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 10, 20)
        if not self._stopping:
            self._say(f"ready: {self._app.address}")

    def _not_started(self, failure: Failure) -> None:
        if not failure.check(*self._known):
            log.error("the daemon could not start", exc_info=failure.value)
        self.fail(f"{failure.value}")

    def _end(self) -> Deferred[None]:
        """Stop the app, then its company; the reactor waits for it, but not for ever."""
        self._stopping = True
        log.info("stopping")
        done = Deferred.fromCoroutine(self._stop())
        done.addTimeout(STOP_SECONDS, self._reactor)
        return done.addErrback(lambda failure: log.error("stopping was not clean: %r", failure.value))

    async def _stop(self) -> None:
        try:
            await self._app.stop()
        finally:
            await self.after()
