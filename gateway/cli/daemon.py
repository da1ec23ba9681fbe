"""The daemon's life: start when the reactor runs, say when it is ready, stop gracefully, know why it ended."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred

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
    """Runs `app` in `reactor`. `before` and `after` are awaited around it: company for as long as it lives."""

    def __init__(self, reactor: Any, app: Runnable, say: Callable[[str], None]) -> None:
        self.before: Callable[[], Awaitable[None]] = _nothing
        self.after: Callable[[], Awaitable[None]] = _nothing
        self._reactor, self._app, self._say = reactor, app, say
        self._failure: str | None = None
        self._stopping = False

    def run(self) -> str | None:
        """Run until a signal or a failure; why it failed, or None."""
        self._reactor.callWhenRunning(self._begin)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._end)
        self._reactor.run()
        return self._failure

    def fail(self, reason: str) -> None:
        """Stop, because of this. The first reason counts; one that comes while stopping does not."""
        if self._stopping:
            return
        self._failure = self._failure or reason
        self._stopping = True
        self._reactor.stop()

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._start()).addErrback(self._not_started)

    async def _start(self) -> None:
        await self.before()
        await self._app.start()
        if not self._stopping:
            self._say(f"ready: {self._app.address}")

    def _not_started(self, failure: Any) -> None:
        if failure.check(OSError, Exception) and not _told(failure.value):
            log.error("the daemon could not start", exc_info=failure.value)
        self.fail(str(failure.value))

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


def _told(error: BaseException) -> bool:
    """Whether the error's own words are for an operator: then no traceback is needed."""
    return type(error).__name__ == "CannotStart"
