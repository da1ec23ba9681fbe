"""The sender: claims messages from the outbox as long as there is room on their links, and settles what became of them.

Journal first: a claim is committed before a segment is written. After a crash a claimed message's outcome is
unknown; its class tells whether it is sent once more. Segments that were settled as taken are never sent again. While
the sender lives it keeps its claims, however slow the link, and settles from memory what the database missed.

What it posts, and how that is answered, is logged beside the database (`gateway.posted`): after a kill -9 only what was
written and not answered is in doubt.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from clinic import outbox
from clinic.installation import Installation
from clinic.outbox import Outgoing, SentPart, Settled, Trace
from clinic.rules import Rules
from dialogs.talk import Runs
from gateway.claims import Claims
from gateway.counters import SMS_SENT, submits
from gateway.delivery import Courier, Journey
from gateway.journal import Journal
from gateway.meter import Meter
from gateway.posted import PostedLog
from gateway.rooms import Rooms
from smpp.kinds import MessageClass
from smpp.link import Link, Submit
from smpp.link.asks import Asked
from smpp.status import StatusClass

log = logging.getLogger("caredial.sender")

RENEW_SECONDS = outbox.LEASE.total_seconds() / 5
CLASSES: tuple[MessageClass, ...] = get_args(MessageClass)
BULK: list[MessageClass] = ["bulk"]
AT_ONCE = 100
"""Messages that go their way before the reactor does what else there is to do: some milliseconds."""


class Sender(Service):
    """Works through the outbox while it runs; `wake` makes it look at once.

    `only` names the one link that carries all messages that name none; "" leaves it to the routing. `calls`: a caller
    tells by telephone what is to be told so; without one that goes as SMS too. `journal` may be shared with who
    takes the receipts. `rules` are those that broadcasts keep. `posted` is the log of what goes over the wire.

    `taken_back` fires when it was tried for the first time to settle what an earlier process had under way.
    `sent_all` is called when messages of broadcasts have gone, and nothing more of any can go now.
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
        broadcast_batch: int = 4_000,
        poll_seconds: float = 2.0,
        only: str = "",
        calls: bool = False,
        journal: Journal | None = None,
        rules: Rules | None = None,
        posted: PostedLog | None = None,
        on_net: Callable[[str], bool] = lambda phone: False,  # noqa: ARG005
    ) -> None:
        self._store, self._clock, self._now, self._node, self._calls = store, clock, now, node, calls
        self._courier = Courier(links, installation, now, only, on_net=on_net)
        self._rooms = Rooms(links, batch, broadcast_batch)
        self._journal = journal or Journal(store, now, clock)
        self._journal.settled = self._settled
        self._journal.written = self._written
        self._posted = posted or PostedLog(None)
        if posted is not None:
            for link in links.values():
                link.before_write(self._before_write)
        self._claims = self._claims_for(rules, poll_seconds)
        self._recovery: Deferred[None] | None = None
        self.taken_back: Deferred[None] = Deferred()
        self.sent_all: Callable[[], None] = lambda: None
        self._sends = False
        self._next_try: IDelayedCall | None = None
        self._recovered = False
        self._under_way: dict[int, MessageClass] = {}
        self._renewed = clock.seconds()
        self._finished: Deferred[None] | None = None
        self._poll_seconds = poll_seconds
        self._meter = Meter(clock.seconds)

    def _claims_for(self, rules: Rules | None, poll_seconds: float) -> dict[MessageClass, Claims]:
        """Of each class; broadcasts have some of their own."""
        waited_for: list[MessageClass] = [each for each in CLASSES if each != "bulk"]
        looks = [(waited_for, outbox.claim), (BULK, outbox.claim_patiently)]
        made = [
            Claims(
                classes,
                partial(self._claim, use_case, rules),
                self._courier,
                self._rooms,
                self._clock,
                poll_seconds,
                renew=self._renew,
                deliver=self._deliver,
                rested=self._rested,
            )
            for classes, use_case in looks
        ]
        return {message_class: claims for claims in made for message_class in claims.classes}

    def startService(self) -> None:
        super().startService()
        self._recovered = False
        self._journal.start()
        self.wake()

    def stopService(self) -> Deferred[None] | None:
        """Claims nothing more; what is under way is settled first, where the database is there."""
        super().stopService()
        for claims in self._each():
            claims.stop()
        self._journal.stop()
        self._cancel_try()
        if not self._busy:
            self._posted.end()
            return None
        self._finished = Deferred()
        return self._finished

    def under_way(self) -> frozenset[int]:
        """The messages that are claimed and not settled yet: by their ids."""
        return frozenset(self._under_way)

    def status(self) -> dict[str, object]:
        """`rate`: messages settled a second, over the last ten; `under_way`: how many are, in all and of each class."""
        classes = {each: self._claims[each].unsettled[each] for each in CLASSES}
        return {"rate": self._meter.rate(), "under_way": sum(classes.values()), "classes": classes}

    def wake(self) -> None:
        """Look at the outbox at once (to be called in the reactor's thread)."""
        if not self.running:
            return
        if self._recovered:
            for claims in self._each():
                claims.wake()
        elif self._recovery is None:
            self._cancel_try()
            self._recovery = Deferred.fromCoroutine(self._recover())
            self._recovery.addBoth(self._recovery_over)

    def _each(self) -> list[Claims]:
        return list(dict.fromkeys(self._claims.values()))

    def _recovery_over(self, failed: Failure | None) -> None:
        self._recovery = None
        if not self.taken_back.called:
            self.taken_back.callback(None)
        if failed is not None:
            log.error("the outbox could not be worked on: %s", failed.value)
        if failed is not None and self.running:
            self._next_try = self._clock.callLater(self._poll_seconds, self.wake)
        elif self.running:
            for claims in self._each():
                claims.start()
        self._finish()

    def _cancel_try(self) -> None:
        if self._next_try is not None and self._next_try.active():
            self._next_try.cancel()

    @property
    def _busy(self) -> bool:
        return bool(self._recovery or self._under_way or any(claims.busy for claims in self._each()))

    def _rested(self) -> None:
        bulk = self._claims["bulk"]
        if self._sends and self.running and not (bulk.busy or bulk.unsettled["bulk"]):
            self._sends = False
            self.sent_all()
        self._finish()

    def _finish(self) -> None:
        if self._finished is not None and not self._busy:
            finished, self._finished = self._finished, None
            self._posted.end()
            finished.callback(None)

    async def _recover(self) -> None:
        """Before anything is posted: the log tells only what an earlier process did until it is begun anew."""
        traces = self._posted.read()
        try:
            await self._take_back(traces)
        except Exception as error:
            if getattr(error, "retry", False):
                raise  # and after a while it is tried again
            log.exception("what this sender had claimed could not be taken back before its lease is over")
            self._posted.drop(error)
        else:
            self._posted.begin()
        self._recovered = True

    async def _take_back(self, traces: Mapping[int, Trace] | None) -> None:
        on_net = self._courier.on_net
        found = await self._store.run(
            outbox.recover, sender=self._node, now=self._now(), under_way=self.under_way(), traces=traces, on_net=on_net
        )
        if found:
            log.warning("%d messages of a sender that died are sent once more", found)

    async def _claim(
        self, use_case: Callable[..., list[Outgoing]], rules: Rules | None, **where: Any
    ) -> list[Outgoing]:
        claimed: list[Outgoing] = await self._store.run(
            use_case, sender=self._node, now=self._now(), calls=self._calls, rules=rules, **where
        )
        return claimed

    async def _renew(self) -> None:
        """Long before the lease is over, or the recovering job of any node would have it sent twice."""
        before, now = self._renewed, self._clock.seconds()
        if self._under_way and now - before >= RENEW_SECONDS:
            self._renewed = now  # who looks meanwhile need not do it too
            try:
                await self._store.run(outbox.renew, sender=self._node, messages=self.under_way(), now=self._now())
            except Exception:
                self._renewed = before
                raise

    async def _deliver(self, batch: Sequence[Outgoing]) -> None:
        """One that cannot be settled stays claimed: after the lease it is taken up again (outbox.recover)."""
        now = self._now()
        if any(message.message_class == "bulk" for message in batch):
            self._sends = True
            for link in self._courier.links:
                room = self._rooms[link, "bulk"]
                room.fit(self._clock.seconds(), dry=not room.load)
        self._under_way.update((message.id, message.message_class) for message in batch)
        for begin in range(0, len(batch), AT_ONCE):
            if begin:
                await deferLater(self._clock, 0)
            seconds = self._clock.seconds()
            for message in batch[begin : begin + AT_ONCE]:
                self._go(Journey(message, self._courier, self, now, seconds))

    def _go(self, journey: Journey) -> None:
        """Whatever is wrong with one message must not keep those after it."""
        message = journey.message
        try:
            journey.go()
        except Exception:
            log.exception("message %d could not be sent; it is taken up again after its lease", message.id)
            self._under_way.pop(message.id, None)
            self._claims[message.message_class].settled(message.message_class, 1)

    # What the journeys tell

    def entered(self, journey: Journey, link: str) -> None:
        self._rooms[link, journey.message.message_class].load += 1

    def left(self, journey: Journey, link: str) -> None:
        message_class = journey.message.message_class
        self._claims[message_class].left(link, message_class)

    def taken(self, journey: Journey, part: SentPart) -> None:
        self._posted.answered(journey.message.id, part)

    def refused(self, journey: Journey) -> None:
        self._posted.refused(journey.message.id, journey.place[0])

    def ended(self, journey: Journey, settled: Settled) -> None:
        if journey.link is not None and journey.message.message_class == "bulk":
            self._rooms[journey.link.name, "bulk"].waited(self._clock.seconds() - journey.claimed)
        self._journal.settle(settled)

    def _before_write(self, batch: Sequence[Asked]) -> None:
        """The log first: with what was answered meanwhile that is one write."""
        for asked in batch:
            if isinstance(asked, Submit) and isinstance(asked.owner, Journey):
                journey = asked.owner
                link = journey.link.name if journey.link is not None else ""
                self._posted.posted(journey.message.id, *journey.place, link)
        self._posted.flush()

    def _written(self, outcomes: Sequence[Settled]) -> None:
        """The database knows: the log needs not. Of what was given up it does."""
        for outcome in outcomes:
            self._posted.settled(outcome.message.id, again=outcome.state == "queued")

    def _settled(self, outcomes: Sequence[Settled]) -> None:
        """They are written down, or could not be."""
        for outcome in outcomes:
            self._under_way.pop(outcome.message.id, None)
        self._meter.add(len(outcomes))
        kinds = Counter([(each.message.message_class, each.state) for each in outcomes])
        for (message_class, state), many in kinds.items():
            self._claims[message_class].settled(message_class, many)
            SMS_SENT.labels("put back" if state == "queued" else state, message_class).inc(many)
        for link, many in Counter([part.link for each in outcomes for part in each.parts]).items():
            submits(link, StatusClass.OK.value, many)
        self._rested()
