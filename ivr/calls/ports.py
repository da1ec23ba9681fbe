"""What calls need of the rooms above: a clock's threads, figures to count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Aside(Protocol):
    """Runs what would block the reactor on a thread, and gives what it returned."""

    def __call__(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Awaitable[T]: ...


class Counts(Protocol):
    """What an operator would ask for. `event` is one of the words of docs/hotline.md."""

    def event(self, name: str) -> None: ...
    def took(self, seconds: float) -> None:
        """From a caller's key to our next prompt handed to Asterisk."""

    def ended(self, direction: str, outcome: str, seconds: float) -> None: ...
