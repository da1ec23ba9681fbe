"""What many want written at the same time, written together: while one transaction is under way, what comes is the
next one's. So a crowd does not wait for a transaction of its own for each text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from clinic.errors import ClinicError
from dialogs.talk import Runs

MOST: Final = 100
"""Things written by one transaction."""

Given = TypeVar("Given")
Outcome = TypeVar("Outcome")


class Together(Generic[Given, Outcome]):
    """For the reactor's thread. `write` writes several, and gives as many outcomes in their order."""

    def __init__(self, store: Runs, write: Callable[[Session, Sequence[Given]], Sequence[Outcome]]) -> None:
        self._store, self._write = store, write
        self._waiting: list[tuple[Given, Deferred[Outcome]]] = []
        self._busy = False

    def put(self, given: Given) -> Deferred[Outcome]:
        """Write this; fails as the transaction does."""
        told: Deferred[Outcome] = Deferred()
        self._waiting.append((given, told))
        if not self._busy:
            self._busy = True
            Deferred.fromCoroutine(self._go_on())
        return told

    async def _go_on(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            outcomes = await self._written([given for given, _ in batch])
            for (_, told), outcome in zip(batch, outcomes, strict=True):
                if not told.called:
                    told.callback(outcome)
        self._busy = False

    async def _written(self, batch: Sequence[Given]) -> Sequence[Outcome | Failure]:
        """Where one spoils the transaction of all, each has its own."""
        try:
            return await self._store.run(self._write, batch)
        except ClinicError:  # the database is away, for all of them
            return [Failure()] * len(batch)
        except Exception:  # noqa: BLE001  whoever waits is told, whatever it was
            if len(batch) == 1:
                return [Failure()]
        return [outcome for given in batch for outcome in await self._written([given])]
