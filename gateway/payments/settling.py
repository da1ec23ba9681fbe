"""What is written down of a payment's progress; the same for an answer and for a callback."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from clinic.installation import Installation
from clinic.money import asking
from clinic.money.asking import Due
from clinic.visits import paid
from dialogs.talk import Runs
from gateway.payments.counters import PAID_SECONDS, PAYMENTS
from mobilemoney.session import Progress, State

log = logging.getLogger("caredial.payments")


class Settling:
    """Writes outcomes. Each use case settles a payment once, whoever comes first."""

    def __init__(self, store: Runs, installation: Installation, now: Callable[[], dt.datetime]) -> None:
        self._store, self._installation, self._now = store, installation, now

    async def settle(self, due: Due, progress: Progress) -> None:
        """Raises ClinicError (StoreBusy, say): then it is looked at again, and nothing is lost."""
        if progress.state in (State.COMPLETED, State.DIFFERS):
            outcome: str = await self._completed(due, progress)
        elif progress.state is State.FAILED:
            outcome = await self._failed(due, progress)
        else:
            await self._waits(due, progress)
            return
        PAYMENTS.labels(due.provider, due.kind, outcome).inc()
        if due.asked_at is not None and outcome != "repeated":
            PAID_SECONDS.observe(max(0.0, (self._now() - due.asked_at).total_seconds()))
        if outcome == "differs":
            log.error("payment %d: %s; staff have to look at it", due.id, progress.problem)
        else:
            log.info("payment %d: %s%s", due.id, outcome, f" ({progress.problem})" if progress.problem else "")

    async def _completed(self, due: Due, progress: Progress) -> str:
        return await self._store.run(
            paid.completed,
            payment=due.id,
            reference=progress.reference,
            amount=due.amount if progress.amount is None else progress.amount,
            currency=progress.currency or due.currency,
            installation=self._installation,
            now=self._now(),
        )

    async def _failed(self, due: Due, progress: Progress) -> str:
        return await self._store.run(
            paid.failed,
            payment=due.id,
            error=progress.problem or "failed",
            installation=self._installation,
            now=self._now(),
        )

    async def _waits(self, due: Due, progress: Progress) -> None:
        now = self._now()
        if progress.server or progress.state is State.SOUGHT:
            server = progress.server
            await self._store.run(asking.pending, payment=due.id, server_correlation_id=server, now=now)
        else:
            await self._store.run(asking.unknown, payment=due.id, now=now)
        if progress.problem:
            log.warning("payment %d is %s: %s", due.id, progress.state.value, progress.problem)
