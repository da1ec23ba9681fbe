"""What the simulators need of a Twisted reactor or `task.Clock`, as types that mypy can check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A delayed call (Twisted's IDelayedCall)."""

    def active(self) -> bool: ...

    def getTime(self) -> float: ...

    def cancel(self) -> None: ...


class Clock(Protocol):
    """The time, in seconds since 1970, and calls at a later time (Twisted's IReactorTime)."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, callable: Callable[[], object]) -> Timer: ...
