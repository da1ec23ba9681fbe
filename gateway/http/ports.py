"""What the web side asks of the rest of the daemon; it gets each of these by argument."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Limits(Protocol):
    """Rate limits shared by all nodes (`gateway.shared.Shared`)."""

    async def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        """Count one more use of `key`; False when there were over `limit` in this window of `seconds`."""
        ...


class Aside(Protocol):
    """Runs what takes long (decoding, drawing, key files) beside the reactor: `deferToThreadPool`, bound."""

    def __call__(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...
