"""What jobs are given: their collaborators, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clinic.broadcasts.views import LinkShape
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.verifying import Due, Verdict
from dialogs.talk import Runs

Now = Callable[[], dt.datetime]
UnderWay = Callable[[], Collection[int]]
Tidies = Callable[[], Coroutine[Any, Any, str]]


class Verifies(Protocol):
    """A register of real names (`gateway.verifiers`)."""

    def ask(self, due: Due) -> Awaitable[Verdict]: ...


class Sweeps(Protocol):
    """The shared state: lets go of what has expired, tells how many keys remain."""

    def sweep(self) -> Awaitable[int]: ...


def _always() -> bool:
    return True


def _tell_nobody(_found: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Given:
    """`now` gives this moment, aware and in the installation's time zone: its date is the centres' day.

    A job that takes long asks `going` between its steps, and ends with `Broken` when that is False: the node stops, or
    leads no more. It may `tell` what it has found so far. `vault` seals the seeds of draws.
    """

    store: Runs
    installation: Installation
    rules: Rules
    now: Now
    links: Sequence[LinkShape] = ()
    going: Callable[[], bool] = _always
    tell: Callable[[str], None] = _tell_nobody
    verifier: Verifies | None = None
    vault: Vault | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """What only this node has: the messages that its sender is at work on, those that its callers are, its sound.

    `tidy` removes sound that belongs to no call any more, where there is a hotline.
    """

    shared: Sweeps
    under_way: UnderWay = tuple
    on_call: UnderWay = tuple
    tidy: Tidies | None = None


class Broken(Exception):
    """A job stopped midway because it was told so; its words are what it had found. It is gone on with elsewhere."""
