"""SMS that have come, stored many at a time: while one transaction is under way, what comes is the next one's.

So a crowd that writes does not keep the SMS centre waiting for a transaction of its own for each text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from clinic import inbox
from clinic.errors import ClinicError
from clinic.inbox import Came, Incoming
from dialogs.talk import Runs

MOST: Final = 100
"""Texts of one transaction."""


class Storing:
    """For the reactor's thread."""

    def __init__(self, store: Runs) -> None:
        self._store = store
        self._waiting: list[tuple[Came, Deferred[Incoming | None]]] = []
        self._busy = False

    def put(self, came: Came) -> Deferred[Incoming | None]:
        """Store a text; None for one that repeats one that we have. Fails as the transaction does."""
        stored: Deferred[Incoming | None] = Deferred()
        self._waiting.append((came, stored))
        if not self._busy:
            self._busy = True
            Deferred.fromCoroutine(self._go_on())
        return stored

    async def _go_on(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            outcomes = await self._stored([came for came, _ in batch])
            for (_, stored), outcome in zip(batch, outcomes, strict=True):
                if not stored.called:
                    stored.callback(outcome)
        self._busy = False

    async def _stored(self, batch: Sequence[Came]) -> Sequence[Incoming | Failure | None]:
        """Where one text spoils the transaction of all, each has its own."""
        try:
            return await self._store.run(inbox.receive_all, came=batch)
        except ClinicError:  # the database is away, for all of them
            return [Failure()] * len(batch)
        except Exception:  # noqa: BLE001  whoever waits is told, whatever it was
            if len(batch) == 1:
                return [Failure()]
        outcomes: list[Incoming | Failure | None] = []
        for came in batch:
            outcomes += await self._stored([came])
        return outcomes
