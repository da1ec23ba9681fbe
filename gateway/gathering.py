"""Work that is waiting is done together: what comes while a transaction is under way goes into the next one.

No timer and no delay: the first goes at once, and the slower the database, the more goes together.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred

from clinic.errors import ClinicError

log = logging.getLogger("caredial.inbound")

AT_ONCE = 200

T = TypeVar("T")


class Full(ClinicError):
    """Too many are waiting."""

    retry = True


class Gathering(Generic[T]):
    """`write` gets up to `at_once` items in their order; at most `most` wait."""

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[object]], *, most: int, at_once: int = AT_ONCE) -> None:
        self._write, self._most, self._at_once = write, most, at_once
        self._waiting: deque[tuple[T, Deferred[None]]] = deque()
        self._busy = False

    def __len__(self) -> int:
        """How many wait, without those that are being written."""
        return len(self._waiting)

    async def add(self, item: T) -> None:
        """Return when the item is written. Raises Full, or what `write` raised for it."""
        if len(self._waiting) >= self._most:
            raise Full
        done: Deferred[None] = Deferred()
        self._waiting.append((item, done))
        if not self._busy:
            Deferred.fromCoroutine(self._work())
        await done

    async def _work(self) -> None:
        self._busy = True
        try:
            while self._waiting:
                count = min(self._at_once, len(self._waiting))
                await self._together([self._waiting.popleft() for _ in range(count)])
        finally:
            self._busy = False

    async def _together(self, batch: list[tuple[T, Deferred[None]]]) -> None:
        """What cannot be written together is written one by one: one bad item must not keep the others."""
        try:
            await self._write([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  whatever it is, those who wait are told
            if len(batch) == 1 or getattr(error, "retry", False):
                for _, done in batch:
                    done.errback(error)
                return
            log.warning("%d together could not be written, they are one by one: %r", len(batch), error)
            for each in batch:
                await self._together([each])
        else:
            for _, done in batch:
                done.callback(None)
