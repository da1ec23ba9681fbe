"""The sender: claims messages from the outbox as long as there is room on their links, and settles what became of them.

Journal first: a claim is committed before a segment is written. After a crash a claimed message's outcome is
unknown; its class tells whether it is sent once more. Segments that were settled as taken are never sent again. While
the sender lives it keeps its claims, however slow the link, and settles from memory what the database missed.

Each class has its room on each link (`gateway.rooms`). One that is slow or stuck fills up, and the messages that are
its own wait in the outbox; those of other links go on. More is claimed as soon as half of a room is free: what was
sent is settled meanwhile.

What it posts, and how that is answered, is logged beside the database (`gateway.posted`): after a kill -9 only what was
written and not answered is in doubt.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import get_args

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clinic import outbox
from clinic.installation import Installation
from clinic.outbox import Lane, Outgoing, SentPart, Settled, Trace
from clinic.rules import Rules
from dialogs.talk import Runs
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
LOOK_SECONDS = 60.0
CLASSES: tuple[MessageClass, ...] = get_args(MessageClass)


class Sender(Service):
    """Works through the outbox while it runs; `wake` makes it look at once.

    `only` names the one link that carries all messages that name none; "" leaves it to the routing. `calls`: a caller
    tells by telephone what is to be told so; without one that goes as SMS too. `journal` may be shared with who
    takes the receipts. `rules` are those that broadcasts keep. `posted` is the log of what goes over the wire.
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
        self._recovered = False
        self._rules, self._poll_seconds = rules, poll_seconds
        self._next: IDelayedCall | None = None
        self._round: Deferred[None] | None = None
        self._again = False
        self._overfull = False
        self._under_way: dict[int, MessageClass] = {}
        self._unsettled: Counter[MessageClass] = Counter()
        self._renewed = clock.seconds()
        self._finished: Deferred[None] | None = None
        self._looked: dict[MessageClass, float] = {}
        self._turn = 0
        self._meter = Meter(clock.seconds)

    def startService(self) -> None:
        super().startService()
        self._journal.start()
        self._begin(self._recover())

    def stopService(self) -> Deferred[None] | None:
        """Claims nothing more; what is under way is settled first, where the database is there."""
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._journal.stop()
        if not (self._round or self._under_way):
            self._posted.end()
            return None
        self._finished = Deferred()
        return self._finished

    def under_way(self) -> frozenset[int]:
        """The messages that are claimed and not settled yet: by their ids."""
        return frozenset(self._under_way)

    def status(self) -> dict[str, object]:
        """`rate`: messages settled a second, over the last ten; `under_way`: how many are, in all and of each class."""
        classes = {each: self._unsettled[each] for each in CLASSES}
        return {"rate": self._meter.rate(), "under_way": sum(classes.values()), "classes": classes}

    def wake(self) -> None:
        """Look at the outbox at once (to be called in the reactor's thread)."""
        if self._round is not None:
            self._again = True
        elif self.running:
            self._begin(self._work() if self._recovered else self._recover())

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
        self._finish()

    def _finish(self) -> None:
        if self._finished is not None and not self._round and not self._under_way:
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
                raise  # and at the next poll it is tried again
            log.exception("what this sender had claimed could not be taken back before its lease is over")
            self._posted.drop(error)
        else:
            self._posted.begin()
        self._recovered = True
        await self._work()

    async def _take_back(self, traces: Mapping[int, Trace] | None) -> None:
        on_net = self._courier.on_net
        found = await self._store.run(
            outbox.recover, sender=self._node, now=self._now(), under_way=self.under_way(), traces=traces, on_net=on_net
        )
        if found:
            log.warning("%d messages of a sender that died are sent once more", found)

    async def _work(self) -> None:
        """Claim until nothing is left that can go; what is claimed goes its way meanwhile."""
        wanting: Iterable[MessageClass] = CLASSES
        while self.running and wanting:
            await self._renew()
            lanes = self._lanes()
            for lane in lanes:
                for each in lane.full:
                    self._rooms[lane.link, each].asked = True
            rooms = {each: most for each in CLASSES if (most := self._most(lanes, each))}
            if not any(each in rooms for each in wanting):
                return
            batch = await self._claim(lanes, rooms)
            self._deliver(batch)
            counts = Counter(message.message_class for message in batch)
            wanting = [each for each, most in rooms.items() if counts[each] >= most]

    async def _claim(self, lanes: list[Lane], rooms: Mapping[MessageClass, int]) -> list[Outgoing]:
        self._turn += 1
        claimed: list[Outgoing] = await self._store.run(
            outbox.claim,
            sender=self._node,
            rooms=rooms,
            now=self._now(),
            calls=self._calls,
            lanes=lanes,
            configured=[self._lane(link) for link in self._links() if link.settings.bind != "receiver"],
            rules=self._rules,
            turn=self._turn,
        )
        return claimed

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
            full=frozenset(each for each in CLASSES if not self._rooms[link.name, each].is_free),
        )

    def _most(self, lanes: list[Lane], message_class: MessageClass) -> int:
        """How many may be claimed now: no more than any link with room can take, and all together.

        What waits to be settled takes room too, of twice the size: so nothing waits for a commit, unless the database
        is away.
        """
        sizes = [self._rooms[link.name, message_class].size for link in self._links()] or [1]
        altogether = 2 * sum(sizes) - self._unsettled[message_class]
        if altogether < max(1, min(sizes) // 2):
            self._overfull = True
            return 0
        carrying = [lane for lane in lanes if lane.carries(message_class)]
        if not carrying:
            return min(altogether, max(sizes)) if self._look_due(message_class) else 0
        left = [self._rooms[lane.link, message_class].left for lane in carrying if message_class not in lane.full]
        return max(0, min(altogether, *left)) if left else 0

    def _look_due(self, message_class: MessageClass) -> bool:
        """While its links are down a class is only looked through for what has expired, or no link will ever carry.

        That takes long where a million wait, so it is not done at each poll.
        """
        now, looked = self._clock.seconds(), self._looked.get(message_class)
        if looked is not None and now - looked < LOOK_SECONDS:
            return False
        self._looked[message_class] = now
        return True

    def _deliver(self, batch: Sequence[Outgoing]) -> None:
        """One that cannot be settled stays claimed: after the lease it is taken up again (outbox.recover)."""
        now, seconds, courier = self._now(), self._clock.seconds(), self._courier
        counts = Counter([message.message_class for message in batch])
        if counts["bulk"]:
            for link in courier.links:
                room = self._rooms[link, "bulk"]
                room.fit(seconds, dry=not room.load)
        self._unsettled.update(counts)
        for message in batch:
            self._under_way[message.id] = message.message_class
            Journey(message, courier, self, now, seconds).go()

    # What the journeys tell

    def entered(self, journey: Journey, link: str) -> None:
        self._rooms[link, journey.message.message_class].load += 1

    def left(self, journey: Journey, link: str) -> None:
        room = self._rooms[link, journey.message.message_class]
        room.load -= 1
        if room.asked and room.is_free:
            room.asked = False
            self.wake()

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
            self._unsettled[message_class] -= many
            SMS_SENT.labels("put back" if state == "queued" else state, message_class).inc(many)
        for link, many in Counter([part.link for each in outcomes for part in each.parts]).items():
            submits(link, StatusClass.OK.value, many)
        if self._overfull and outcomes:
            self._overfull = False
            self.wake()
        self._finish()
