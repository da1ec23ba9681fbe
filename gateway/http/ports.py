"""What the web side asks of the rest of the daemon; it gets each of these by argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ParamSpec, Protocol, TypeVar

from clinic.rules import BookingRules
from dialogs.talk import Runs
from tcode.keyring import Keyring

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


@dataclass(frozen=True, slots=True)
class Office:
    """What every page and route that deals with T-codes works with.

    `now` is aware, in the installation's time zone; `proxies` are the addresses of our own reverse proxies.
    """

    store: Runs
    keyring: Keyring
    limits: Limits
    aside: Aside
    now: Callable[[], dt.datetime]
    proxies: frozenset[str] = frozenset()
    booking: BookingRules = field(default_factory=BookingRules)
