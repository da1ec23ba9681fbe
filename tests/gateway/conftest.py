"""A reactor's inbox without a reactor: what threads call into it runs when the test waits."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred


class Mail:
    """Stands in for the reactor towards threads; everything runs in the thread that waits."""

    def __init__(self) -> None:
        self._calls: queue.Queue[Callable[[], None]] = queue.Queue()

    def callFromThread(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self._calls.put(lambda: fn(*args, **kwargs))

    def wait(self, awaited: Any) -> Any:
        """What this Deferred or coroutine comes to; its error is raised."""
        done = awaited if isinstance(awaited, Deferred) else Deferred.fromCoroutine(awaited)
        outcome: list[Any] = []
        failures: list[Any] = []
        done.addCallbacks(outcome.append, failures.append)
        while not outcome and not failures:
            self._calls.get(timeout=30)()
        if failures:
            failures[0].raiseException()
        return outcome[0]


@pytest.fixture
def mail() -> Mail:
    return Mail()
