"""Where conversations begin, on whatever channel: in a crowd whoever came first is served first.

A conversation asks here for its store. How the line is kept is the gateway's matter (`gateway.entrance`).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from dialogs.talk import Runs


class Entrance(Protocol):
    """The line of those who want to talk with us. A phone keeps its place in it from its first call to its `leave`,
    also when it hangs up and dials again, or goes on by another channel."""

    def enter(self, phone: str) -> bool:
        """Whether somebody who comes now can come in. Where not, they have their place in the line all the same: they
        are to wait for their `turn`, or to come again."""

    def turn(self, phone: str) -> Awaitable[None]:
        """Wait to come in."""

    def store(self, phone: str) -> Runs:
        """The store for this phone's conversation."""

    def leave(self, phone: str) -> None:
        """What this phone wanted is done: whatever it wants next, it comes for anew."""


class Open:
    """No line: everybody is served at once, by this store."""

    def __init__(self, store: Runs) -> None:
        self._store = store

    def enter(self, phone: str) -> bool:  # noqa: ARG002
        return True

    async def turn(self, phone: str) -> None:
        """It is everybody's."""

    def store(self, phone: str) -> Runs:  # noqa: ARG002
        return self._store

    def leave(self, phone: str) -> None:
        """There is no place to give up."""
