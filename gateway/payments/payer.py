"""The payer: claims payments that are due, asks their providers, and writes down what was heard.

Journal first, as for SMS and calls: a payment counts as asked for before anything is written to the wire, and whoever
claims it after a crash looks for it under the same correlation id. A claim is a lease: what a node that died had is
another's when it is over.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clinic.errors import ClinicError
from clinic.money import asking
from clinic.money.asking import Due
from dialogs.talk import Runs
from gateway.payments.counters import ANSWER_SECONDS, ASKED, REACHED, UNDER_WAY
from gateway.payments.desks import ProviderDesk, order_of
from gateway.payments.settling import Settling
from mobilemoney import session
from mobilemoney.answers import Heard, News, heard
from mobilemoney.callbacks import Addresses
from mobilemoney.client import NoAnswer, Unsent
from mobilemoney.dialects import NotSpoken
from mobilemoney.orders import Order, Purpose, Request
from mobilemoney.session import OVER, Pace, Progress, State

log = logging.getLogger("caredial.payments")

STEPS = 4
"""Requests one after the other for one payment: look for it, ask again, look at it, and no more."""
REMEMBERED = 10_000
BROKEN_SECONDS = 5.0
"""After a look at the database that failed."""


class Payer(Service):
    """Works through the payments that are due while it runs; `wake` makes it look at once."""

    def __init__(
        self,
        store: Runs,
        desks: Mapping[str, ProviderDesk],
        addresses: Addresses,
        settling: Settling,
        clock: IReactorTime,
        now: Callable[[], dt.datetime],
        *,
        describe: Callable[[Due], str],
        most: int = 16,
        poll_seconds: float = 2.0,
        lease: dt.timedelta = dt.timedelta(minutes=5),
        pace: Pace = Pace(),  # noqa: B008  frozen
    ) -> None:
        self._store, self._desks, self._addresses, self._settling = store, desks, addresses, settling
        self._clock, self._now, self._describe = clock, now, describe
        self._most, self._poll_seconds, self._lease, self._pace = most, poll_seconds, lease, pace
        self._progress: OrderedDict[str, Progress] = OrderedDict()
        self._under_way: dict[int, Deferred[None]] = {}
        self._next: IDelayedCall | None = None
        self._round: Deferred[Any] | None = None
        self._again = False
        UNDER_WAY.set_function(lambda: len(self._under_way))

    def startService(self) -> None:
        super().startService()
        self.wake()

    def stopService(self) -> Deferred[Any]:
        """Asks nothing more; waits for what is under way, at most as long as a provider has to answer."""
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()
        return DeferredList([*([self._round] if self._round else []), *self._under_way.values()])

    def wake(self) -> None:
        """Look at once (to be called in the reactor's thread)."""
        if self._round is not None:
            self._again = True
        if self._round is not None or not self.running:
            return
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._round = Deferred.fromCoroutine(self._work())
        self._round.addErrback(_broken)
        self._round.addCallback(self._rest)

    def states(self) -> dict[str, str]:
        """Of each provider "ok", or what is wrong with it."""
        return {name: getattr(desk.sends, "problem", "") or "ok" for name, desk in self._desks.items()}

    def progress(self, due: Due) -> Progress:
        """How far it is, as far as we know."""
        known = self._progress.get(due.correlation_id)
        if known is not None:
            return known
        is_new = due.state == "asked" and due.tries <= 1
        return session.resumed("created" if is_new else due.state, due.server_correlation_id, due.reference, due.tries)

    def know(self, due: Due, progress: Progress) -> None:
        """Remember; a restart resumes from the row, which knows less and loses nothing."""
        self._remember(due.correlation_id, progress)

    def _remember(self, correlation_id: str, progress: Progress) -> None:
        if progress.state in OVER:
            self._progress.pop(correlation_id, None)
            return
        self._progress[correlation_id] = progress
        self._progress.move_to_end(correlation_id)
        while len(self._progress) > REMEMBERED:
            self._progress.popitem(last=False)

    def _rest(self, seconds: float) -> None:
        self._round = None
        again, self._again = self._again, False
        if self.running:
            self._next = self._clock.callLater(0 if again else seconds, self.wake)

    async def _work(self) -> float:
        room = self._most - len(self._under_way)
        if room <= 0 or not self._desks:
            return self._poll_seconds
        batch = await self._store.run(asking.claim, now=self._now(), most=room, lease=self._lease)
        for due in batch:
            # Stopped meanwhile: what is claimed comes due again by itself, for whoever runs then.
            if self.running and due.id not in self._under_way:
                self._begin(due)
        self._again = self._again or len(batch) == room
        return self._poll_seconds

    def _begin(self, due: Due) -> None:
        done: Deferred[Any] = Deferred.fromCoroutine(self._carry(due))
        done.addErrback(lambda failure: log.error("payment %d: %s", due.id, failure.getErrorMessage()))
        if not done.called:
            self._under_way[due.id] = done
            done.addCallback(lambda _: self._ended(due))

    def _ended(self, due: Due) -> None:
        del self._under_way[due.id]
        self.wake()

    async def _carry(self, due: Due) -> None:
        """Ask, until there is nothing to ask at once; then write down how far it is."""
        desk = self._desks.get(due.provider)
        if desk is None:
            log.error("payment %d: [payments.providers.%s] is not in use any more", due.id, due.provider)
            await self._store.run(asking.unknown, payment=due.id, now=self._now())
            return
        begin = self._now()
        order, progress = order_of(due, self._addresses, self._describe(due)), self.progress(due)
        try:
            before = await self._before(desk, order, progress, due)
            if before is not None and before.state not in OVER:
                self.know(due, progress)
                await self._store.run(asking.unknown, payment=due.id, now=self._now())
                return
            progress = before or await self._asked(desk, order, progress, due, begin)
        except NotSpoken as error:
            progress = Progress(State.FAILED, problem=str(error)[:200])
        self.know(due, progress)
        await self._settling.settle(due, progress)

    async def _before(self, desk: ProviderDesk, order: Order, progress: Progress, due: Due) -> Progress | None:
        """What has become of earlier tries that were said to have failed; None: nothing, ask anew.

        One that went through after all is what is wanted; while the provider does not say, nothing new is asked for.
        Whoever cannot be asked about it, or knows of nothing (yet: some know only what is finished), is sent it once
        more as it was, under its own id, where that is never paid twice; else a callback tells, or staff do. So nothing
        is asked for under a new id before the provider has said no to the old one.
        """
        if progress.state not in (State.NEW, State.LOST, State.UNSEEN):
            return None
        for former in due.formers:
            server = former.server_correlation_id
            known = Progress(State.PENDING, server) if server else Progress(State.LOST)
            known = self._progress.get(former.correlation_id, known)
            callback = self._addresses.of(due.provider, former.correlation_id)
            old = replace(order, correlation_id=former.correlation_id, callback=callback)
            found, news = await self._looked(desk, old, known)
            if news in (None, News.MISSING) and desk.writer.dialect.repeats:
                found, news = await self._repeated(desk, old, due)
            self._remember(former.correlation_id, found)
            if found.state in (State.COMPLETED, State.DIFFERS):
                return found
            if news not in (News.FAILED, News.REFUSED):
                log.warning("payment %d: an earlier try is %s; nothing new is asked for", due.id, found.state.value)
                return found
        return None

    async def _looked(self, desk: ProviderDesk, order: Order, progress: Progress) -> tuple[Progress, News | None]:
        """Look at a payment without asking for it; what was heard last, None where this dialect cannot look."""
        news = None
        for _ in range(STEPS):
            request = session.request(order, progress, desk.writer, self._now())
            if request is None or request.purpose is Purpose.PAY:
                break
            told, before, now = await self._heard(desk, order, request), progress, self._now()
            news = told.news
            progress = session.answered(before, told, asked=False, asked_at=now, now=now, pace=self._pace)
            if progress.state is before.state:
                break
        return progress, news

    async def _repeated(self, desk: ProviderDesk, order: Order, due: Due) -> tuple[Progress, News]:
        """Ask for the very same again: what comes of it is what came of it the first time."""
        now = self._now()
        told = await self._heard(desk, order, desk.writer.pay(order, now))
        lost = Progress(State.LOST)
        found = session.answered(lost, told, asked=True, asked_at=due.asked_at or now, now=now, pace=self._pace)
        return found, told.news

    async def _asked(
        self, desk: ProviderDesk, order: Order, progress: Progress, due: Due, begin: dt.datetime
    ) -> Progress:
        for _ in range(STEPS):
            request = session.request(order, progress, desk.writer, self._now())
            if request is None:
                break
            told = await self._heard(desk, order, request)
            before = progress
            progress = session.answered(
                before,
                told,
                asked=request.purpose is Purpose.PAY,
                asked_at=due.asked_at or begin,
                now=self._now(),
                pace=self._pace,
            )
            if not session.at_once(before, progress) or not self.running:
                break
        return progress

    async def _heard(self, desk: ProviderDesk, order: Order, request: Request) -> Heard:
        began = self._clock.seconds()
        try:
            answer = await desk.sends.send(request)
        except Unsent as error:
            told = Heard(News.UNSENT, problem=str(error)[:200])
        except NoAnswer as error:
            told = Heard(News.SILENCE, problem=str(error)[:200])
        else:
            told = heard(request.purpose, answer, order, desk.writer.dialect)
        ANSWER_SECONDS.labels(desk.name).observe(self._clock.seconds() - began)
        ASKED.labels(desk.name, request.purpose.value, told.news.value).inc()
        REACHED.labels(desk.name).set(int(told.news not in (News.UNSENT, News.SILENCE)))
        return told


def _broken(failure: Any) -> float:
    """The store was away; what is claimed comes due by itself. When to look again."""
    if failure.check(ClinicError):
        log.warning("payments could not be read: %s", failure.value)
    else:
        log.error("payments could not be read: %s", failure.getTraceback())
    return BROKEN_SECONDS
