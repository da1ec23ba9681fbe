"""A provider calls back: is it theirs, does it fit, and what does it settle?"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping

from clinic.errors import ClinicError
from clinic.money import asking
from clinic.money.asking import Due
from clinic.money.referred import referred
from dialogs.talk import Runs
from gateway.payments.counters import CALLBACKS
from gateway.payments.desks import ProviderDesk, order_of
from gateway.payments.payer import Payer
from gateway.payments.settling import Settling
from mobilemoney import callbacks, session
from mobilemoney.answers import News, called_back
from mobilemoney.callbacks import Addresses, NotTheirs, Shown
from mobilemoney.messages import Unreadable
from mobilemoney.session import Progress

log = logging.getLogger("caredial.payments")

ACCEPTED, NOT_READ, FORBIDDEN, UNKNOWN, LATER = 204, 400, 403, 404, 503


class Callbacks:
    """Takes callbacks; what is answered are the numbers that the API names (204, 400, 403, 404, 503)."""

    def __init__(
        self,
        store: Runs,
        desks: Mapping[str, ProviderDesk],
        addresses: Addresses,
        payer: Payer,
        settling: Settling,
        *,
        describe: Callable[[Due], str],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._store, self._desks, self._addresses = store, desks, addresses
        self._payer, self._settling, self._describe, self._now = payer, settling, describe, now

    def headers(self, provider: str) -> tuple[str, str, str]:
        """The headers that `Shown` is read from: key, hash, correlation id."""
        desk = self._desks.get(provider)
        return callbacks.headers(desk.writer.dialect) if desk is not None else ("", "", "")

    async def take(self, provider: str, correlation_id: str, token: str, shown: Shown, body: bytes) -> int:
        """The status to answer with. What is not surely the provider's changes nothing."""
        desk = self._desks.get(provider)
        if desk is None:
            return self._counted("unknown", "no provider", UNKNOWN)
        try:
            self._addresses.check(provider, correlation_id, token)
            callbacks.check_shown(shown, body, correlation_id, secret=desk.secret)
        except NotTheirs as error:
            log.warning("a callback for %s is refused: %s", provider, error)
            return self._counted(provider, "not theirs", error.status)
        try:
            return await self._matched(desk, correlation_id, body)
        except ClinicError as error:
            log.warning("a callback of %s comes too early: %s", provider, error)
            return self._counted(provider, "busy", LATER)

    async def _matched(self, desk: ProviderDesk, correlation_id: str, body: bytes) -> int:
        due = await self._store.run(asking.found, provider=desk.name, correlation_id=correlation_id)
        if due is None:
            return self._counted(desk.name, "no payment", UNKNOWN)
        try:
            told = called_back(body, order_of(due, self._addresses, self._describe(due)), desk.writer.dialect)
        except Unreadable as error:
            log.warning("payment %d: a callback that nobody can read: %s", due.id, error)
            return self._counted(desk.name, "unreadable", NOT_READ)
        if told.news in (News.DIFFERENT, News.SILENCE):
            log.error("payment %d: a callback does not fit: %s", due.id, told.problem)
            return self._counted(desk.name, "does not fit", FORBIDDEN)
        before = self._payer.progress(due)
        after = session.called_back(before, told)
        self._payer.know(due, after)
        if after.state in session.OVER and after.state is not before.state:
            await self._settling.settle(due, after)
            return self._counted(desk.name, "settled", ACCEPTED)
        if after.state is session.State.REFERRED:
            await self._look(due, after)
        return self._counted(desk.name, "nothing new" if after.state is before.state else "noted", ACCEPTED)

    async def _look(self, due: Due, progress: Progress) -> None:
        """Kept before the provider is thanked for it, then looked at."""
        ids = {"reference": progress.reference, "server_correlation_id": progress.server}
        if await self._store.run(referred, payment=due.id, now=self._now(), **ids):
            self._payer.wake()

    @staticmethod
    def _counted(provider: str, outcome: str, status: int) -> int:
        CALLBACKS.labels(provider, outcome).inc()
        return status
