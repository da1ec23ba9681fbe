"""The sender: claims messages from the outbox as long as there is room on their links, and settles what became of them.

Journal first: a claim is committed before a segment is written. After a crash a claimed message's outcome is
unknown; its class tells whether it is sent once more. Segments that were settled as taken are never sent again. While
the sender lives it keeps its claims, however slow the link, and settles from memory what the database missed.

A link has room for `batch` messages. One that is slow or stuck fills up, and the messages that are its own wait in
the outbox; those of other links go on.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater

from clinic import outbox
from clinic.errors import ClinicError
from clinic.installation import Installation
from clinic.outbox import Lane, Outgoing, SentPart
from dialogs.talk import Runs
from gateway.counters import SMS_SENT
from gateway.delivery import Courier, Outcome
from smpp.link import Link

log = logging.getLogger("caredial.sender")

RENEW_SECONDS = outbox.LEASE.total_seconds() / 5
SETTLE_SECONDS = 5.0
"""Between two tries to settle while the database is away."""


class Sender(Service):
    """Works through the outbox while it runs; `wake` makes it look at once.

    `only` names the one link that carries all messages that name none; "" leaves it to the routing. `calls`: a caller
    tells by telephone what is to be told so; without one that goes as SMS too.
    """

    def __init__(
        self,
        store: Runs,
        links: Mapping[str, Link],
        installation: Installation,
        clock: IReactorTime,
        now: Callable[[], dt.datetime],
        *,
        node: str,
        batch: int = 50,
        poll_seconds: float = 2.0,
        only: str = "",
        calls: bool = False,
    ) -> None:
        self._store, self._clock, self._now, self._node, self._calls = store, clock, now, node, calls
        self._courier = Courier(links, installation, now, only)
        self._batch, self._poll_seconds = batch, poll_seconds
        self._next: IDelayedCall | None = None
        self._round: Deferred[None] | None = None
        self._again = False
        self._full: set[str] = set()
        self._under_way: dict[Deferred[None], int] = {}
        self._renewed = clock.seconds()
        self._pauses: set[Deferred[None]] = set()

    def startService(self) -> None:
        super().startService()
        self._begin(self._recover())

    def stopService(self) -> Deferred[None] | None:
        """Claims nothing more; what is under way is settled first, where the database is there."""
        super().stopService()
        for pause in list(self._pauses):
            pause.cancel()
        if self._next is not None and self._next.active():
            self._next.cancel()
        return Deferred.fromCoroutine(self._finish()) if self._round or self._under_way else None

    async def _finish(self) -> None:
        if self._round is not None:
            await DeferredList([self._round])
        await DeferredList(list(self._under_way))

    def under_way(self) -> frozenset[int]:
        """The messages that are claimed and not settled yet: by their ids."""
        return frozenset(self._under_way.values())

    def wake(self) -> None:
        """Look at the outbox at once (to be called in the reactor's thread)."""
        if self._round is not None:
            self._again = True
        elif self.running:
            self._begin(self._work())

    def _begin(self, work: object) -> None:
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._round = Deferred.fromCoroutine(work)  # type: ignore[arg-type]
        self._round.addErrback(lambda failure: log.error("the outbox could not be worked on: %s", failure.value))
        self._round.addCallback(self._rest)

    def _rest(self, _: object) -> None:
        self._round = None
        again, self._again = self._again, False
        if self.running:
            self._next = self._clock.callLater(0 if again else self._poll_seconds, self.wake)

    async def _recover(self) -> None:
        found = await self._store.run(outbox.recover, sender=self._node, now=self._now(), under_way=self.under_way())
        if found:
            log.warning("%d messages of a sender that died are sent once more", found)
        await self._work()

    async def _work(self) -> None:
        """Claim until nothing is left that can go; what is claimed goes its way meanwhile."""
        while self.running:
            await self._renew()
            lanes = self._lanes()
            self._full = {lane.link for lane in lanes if not lane.room}
            most = self._most(lanes)
            if not most:
                self._full = set(self._courier.links)
                return
            batch = await self._store.run(
                outbox.claim,
                sender=self._node,
                most=most,
                now=self._now(),
                calls=self._calls,
                lanes=lanes,
                configured=[self._lane(link) for link in self._links() if link.settings.bind != "receiver"],
            )
            for message in batch:
                self._deliver(message)
            if len(batch) < most:
                return

    async def _renew(self) -> None:
        """Long before the lease is over, or the recovering job of any node would have it sent twice."""
        now = self._clock.seconds()
        if self._under_way and now - self._renewed >= RENEW_SECONDS:
            await self._store.run(outbox.renew, sender=self._node, messages=self.under_way(), now=self._now())
            self._renewed = now

    def _links(self) -> Iterable[Link]:
        return self._courier.links.values()

    def _lanes(self) -> list[Lane]:
        return [self._lane(link) for link in self._links() if link.may_submit]

    def _lane(self, link: Link) -> Lane:
        settings, only = link.settings, self._courier.only
        return Lane(
            link=link.name,
            prefixes=settings.prefixes,
            classes=settings.classes,
            cost=settings.price,
            named_only=only not in {"", link.name},
            throttled=link.throttled,
            room=self._has_room(link.name),
        )

    def _has_room(self, link: str) -> bool:
        """With half its room free a link may be given more: claims stay few, and what is under way bounded."""
        return self._left(link) >= max(1, self._batch // 2)

    def _left(self, link: str) -> int:
        return self._batch - self._courier.load[link]

    def _most(self, lanes: list[Lane]) -> int:
        """How many may be claimed now: no more than any link with room can take, and all together.

        With no such link the outbox still gives out those that no link will ever carry.
        """
        altogether = self._batch * max(1, len(self._courier.links)) - len(self._under_way)
        return max(0, min([self._batch, altogether, *(self._left(lane.link) for lane in lanes if lane.room)]))

    def _deliver(self, message: Outgoing) -> None:
        """One that cannot be settled stays claimed: after the lease it is taken up again (outbox.recover)."""
        done = Deferred.fromCoroutine(self._send_and_settle(message))
        done.addErrback(lambda failure: log.error("message %d was not settled: %r", message.id, failure.value))
        if not done.called:
            self._under_way[done] = message.id
            done.addCallback(lambda _: self._ended(done))

    def _ended(self, done: Deferred[None]) -> None:
        del self._under_way[done]
        if any(self._has_room(link) for link in self._full):
            self._full = set()
            self.wake()

    async def _send_and_settle(self, message: Outgoing) -> None:
        """Submit one message and settle it; whatever goes wrong is written down, never lost."""
        sent: list[SentPart] = []
        since = self._now()
        outcome = await self._courier.send(message, sent)
        SMS_SENT.labels("sent" if outcome.error is None else "put back" if outcome.retry_at else "failed").inc()
        while not await self._settled(message, sent, outcome, since):
            await self._pause()

    async def _settled(self, message: Outgoing, sent: list[SentPart], outcome: Outcome, since: dt.datetime) -> bool:
        """Whether it could be written down; False where that is to be tried again."""
        try:
            await self._store.run(
                outbox.settle,
                message=message.id,
                parts=sent,
                retry_at=outcome.retry_at,
                error=outcome.error,
                counts=outcome.counts,
                since=since,
            )
        except ClinicError as error:
            if not (error.retry and self.running):
                raise
            return False
        return True

    async def _pause(self) -> None:
        """Some seconds, or until the sender is stopped."""
        pause: Deferred[None] = deferLater(self._clock, SETTLE_SECONDS)
        self._pauses.add(pause)
        with suppress(CancelledError):
            await pause
        self._pauses.discard(pause)
