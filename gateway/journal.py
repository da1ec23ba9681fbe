"""What is to be written down of what went over the links: outcomes of messages, and receipts, in one transaction.

The first goes at once; what comes while a transaction is under way goes into the next one, so the slower the database,
the more goes together. Outcomes also wait until a moment has gone by since the last began, for nobody waits for them,
and hundreds of small transactions in a second take the interpreter from the links; receipts never wait. An outcome is
written no later than a receipt that came after it, so the receipt finds its message.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clinic import outbox
from clinic.errors import ClinicError
from clinic.outbox import Settled
from clinic.receipts import Told
from dialogs.talk import Runs

log = logging.getLogger("caredial.sender")

AT_ONCE = 4_000
"""Of each kind in one transaction."""
GATHER_SECONDS = 0.02
"""What the daemon gathers outcomes for: a fiftieth of a second, which is nothing to a report."""
PAUSE_SECONDS = 5.0
"""Between two tries to settle while the database is away."""


class Full(ClinicError):
    """Too many are waiting."""

    retry = True


class _Receipt(NamedTuple):
    link: str
    told: Told
    done: Deferred[None]


class Journal:
    """Writes as long as there is something to write; `gather`: seconds between two beginnings for outcomes alone.

    `settled` is called with the outcomes that are dealt with: written, or given up; `written` before it, with the
    former. While the database is away they are kept, and tried again; receipts are not: the SMS centre brings them
    again.
    """

    def __init__(
        self,
        store: Runs,
        now: Callable[[], dt.datetime],
        clock: IReactorTime,
        *,
        region: str = "CN",
        gather: float = 0.0,
    ) -> None:
        self._store, self._now, self._clock, self._region, self._gather = store, now, clock, region, gather
        self.settled: Callable[[Sequence[Settled]], None] = lambda settled: None  # noqa: ARG005
        self.written: Callable[[Sequence[Settled]], None] = lambda settled: None  # noqa: ARG005
        self._outcomes: deque[Settled] = deque()
        self._receipts: deque[_Receipt] = deque()
        self._busy = False
        self._pause: IDelayedCall | None = None
        self._gathering: IDelayedCall | None = None
        self._began = -gather
        self._stopping = False

    def start(self) -> None:
        self._stopping = False

    def stop(self) -> None:
        """Whatever cannot be written now is tried once more, and no more often."""
        self._stopping = True
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        self._go_on()

    def settle(self, outcome: Settled) -> None:
        self._outcomes.append(outcome)
        self._go_on()

    def receipt(self, link: str, told: Told, *, most: int) -> Deferred[None]:
        """Fires when it is written; fails with what kept it from that. Raises Full where `most` wait already."""
        if len(self._receipts) >= most:
            raise Full
        receipt = _Receipt(link, told, Deferred())
        self._receipts.append(receipt)
        self._go_on()
        return receipt.done

    def _go_on(self) -> None:
        """Begin where something is due; where outcomes are to be gathered first, when that is done."""
        if self._busy or not (self._receipts or self._outcomes):
            return
        if self._due:
            if self._gathering is not None:
                self._gathering.cancel()
                self._gathering = None
            done = Deferred.fromCoroutine(self._work())
            done.addErrback(lambda failure: log.error("the journal could not go on: %r", failure.value))
        elif self._pause is None and self._gathering is None:
            left = self._began + self._gather - self._clock.seconds()
            self._gathering = self._clock.callLater(max(0.0, left), self._gathered)

    @property
    def _due(self) -> bool:
        if self._receipts:
            return True
        if not self._outcomes or self._pause is not None:
            return False
        gathered = self._clock.seconds() >= self._began + self._gather
        return gathered or self._stopping or len(self._outcomes) >= AT_ONCE

    def _gathered(self) -> None:
        self._gathering = None
        self._go_on()

    async def _work(self) -> None:
        self._busy = True
        try:
            while self._due:
                self._began = self._clock.seconds()
                outcomes = _some(self._outcomes) if self._pause is None else []
                await self._together(outcomes, _some(self._receipts))
        finally:
            self._busy = False
        self._go_on()

    async def _together(self, outcomes: list[Settled], receipts: list[_Receipt]) -> None:
        """What cannot be written together is written one by one: one bad item must not keep the others."""
        try:
            await self._store.run(outbox.enter, outcomes=outcomes, told=_by_link(receipts), now=self._now(),
                                  region=self._region)  # fmt: skip
        except Exception as error:  # noqa: BLE001  whatever it is, those who wait are told
            if getattr(error, "retry", False) and not (self._stopping and outcomes):
                self._keep(outcomes)
                _fail(receipts, error)
            elif len(outcomes) + len(receipts) == 1 or getattr(error, "retry", False):
                self._give_up(outcomes, error)
                _fail(receipts, error)
            else:
                log.warning("%d together could not be written, they are one by one: %r", len(outcomes) + len(receipts),
                            error)  # fmt: skip
                for outcome in outcomes:
                    await self._together([outcome], [])
                for receipt in receipts:
                    await self._together([], [receipt])
        else:
            self.written(outcomes)
            self.settled(outcomes)
            for receipt in receipts:
                receipt.done.callback(None)

    def _keep(self, outcomes: list[Settled]) -> None:
        if outcomes:
            self._outcomes.extendleft(reversed(outcomes))
            self._pause = self._pause or self._clock.callLater(PAUSE_SECONDS, self._try_again)

    def _try_again(self) -> None:
        self._pause = None
        self._go_on()

    def _give_up(self, outcomes: list[Settled], error: Exception) -> None:
        """They stay claimed: after the lease they are taken up again (`outbox.recover`)."""
        for outcome in outcomes:
            log.error("message %d was not settled: %r", outcome.message.id, error)
        if outcomes:
            self.settled(outcomes)


def _some(waiting: deque[Settled] | deque[_Receipt]) -> list:  # type: ignore[type-arg]
    return [waiting.popleft() for _ in range(min(AT_ONCE, len(waiting)))]


def _by_link(receipts: Sequence[_Receipt]) -> dict[str, list[Told]]:
    told: dict[str, list[Told]] = defaultdict(list)
    for receipt in receipts:
        told[receipt.link].append(receipt.told)
    return told


def _fail(receipts: Sequence[_Receipt], error: Exception) -> None:
    for receipt in receipts:
        receipt.done.errback(error)
