"""Claims from the outbox: some classes, as long as there is room for them on their links.

Broadcasts are claimed apart from all else, so who waits for a T-code does not wait until thousands are claimed. Each
class has its room on each link (`gateway.rooms`). One that is slow or stuck fills up, and the messages that are its
own wait in the outbox; those of other links go on. More is claimed as soon as half of a room is free: what was sent is
settled meanwhile.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clinic.outbox import Lane, Outgoing
from gateway.delivery import Courier
from gateway.rooms import Rooms
from smpp.kinds import MessageClass
from smpp.link import Link

log = logging.getLogger("caredial.sender")

LOOK_SECONDS = 60.0


class Claiming(Protocol):
    """One look at the outbox, for what each of the `rooms` has place for at most (`outbox.claim`)."""

    def __call__(
        self, *, rooms: Mapping[MessageClass, int], lanes: list[Lane], configured: list[Lane], turn: int
    ) -> Awaitable[list[Outgoing]]: ...


class Claims:
    """Looks for messages of these `classes` when it is woken, and every `poll_seconds`, from `start` to `stop`.

    `renew` is called before each look, to keep what was claimed before; `deliver` takes what was claimed; `rested` is
    called when nothing more can be done for now.
    """

    def __init__(
        self,
        classes: Sequence[MessageClass],
        claim: Claiming,
        courier: Courier,
        rooms: Rooms,
        clock: IReactorTime,
        poll_seconds: float,
        *,
        renew: Callable[[], Awaitable[None]],
        deliver: Callable[[Sequence[Outgoing]], Awaitable[None]],
        rested: Callable[[], None],
    ) -> None:
        self.classes = classes
        self._claim, self._courier, self._rooms, self._clock = claim, courier, rooms, clock
        self._poll_seconds, self._renew, self._deliver, self._rested = poll_seconds, renew, deliver, rested
        self.unsettled: Counter[MessageClass] = Counter()
        self._running = False
        self._round: Deferred[None] | None = None
        self._next: IDelayedCall | None = None
        self._again = False
        self._overfull = False
        self._looked: dict[MessageClass, float] = {}
        self._turn = 0

    def start(self) -> None:
        self._running = True
        self.wake()

    def stop(self) -> None:
        """Nothing more is claimed; a claim under way is still delivered (`busy` until then)."""
        self._running = False
        self._cancel()

    @property
    def busy(self) -> bool:
        return self._round is not None

    def wake(self) -> None:
        """Look at the outbox at once (to be called in the reactor's thread)."""
        if self._round is not None:
            self._again = True
        elif self._running:
            self._cancel()
            self._round = Deferred.fromCoroutine(self._work())
            self._round.addErrback(lambda failure: log.error("the outbox could not be worked on: %s", failure.value))
            self._round.addCallback(self._rest)

    def left(self, link: str, message_class: MessageClass) -> None:
        """A message has left its room."""
        room = self._rooms[link, message_class]
        room.load -= 1
        if room.asked and room.is_free:
            room.asked = False
            self.wake()

    def settled(self, message_class: MessageClass, many: int) -> None:
        """So many of those that were delivered are written down, or given up."""
        self.unsettled[message_class] -= many
        if self._overfull:
            self._overfull = False
            self.wake()

    def _cancel(self) -> None:
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _rest(self, _: object) -> None:
        self._round = None
        again, self._again = self._again, False
        if self._running:
            self._next = self._clock.callLater(0 if again else self._poll_seconds, self.wake)
        self._rested()

    async def _work(self) -> None:
        """Claim until nothing is left that can go; what is claimed goes its way meanwhile."""
        wanting: Iterable[MessageClass] = self.classes
        while self._running and wanting:
            await self._renew()
            lanes = self._lanes()
            for lane in lanes:
                for each in lane.full:
                    self._rooms[lane.link, each].asked = True
            rooms = {each: most for each in self.classes if (most := self._most(lanes, each))}
            if not any(each in rooms for each in wanting):
                return
            batch = await self._look(lanes, rooms)
            counts = Counter([message.message_class for message in batch])
            self.unsettled.update(counts)
            await self._deliver(batch)
            wanting = [each for each, most in rooms.items() if counts[each] >= most]

    def _look(self, lanes: list[Lane], rooms: Mapping[MessageClass, int]) -> Awaitable[list[Outgoing]]:
        self._turn += 1
        configured = [self._lane(link) for link in self._links() if link.settings.bind != "receiver"]
        return self._claim(rooms=rooms, lanes=lanes, configured=configured, turn=self._turn)

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
            full=frozenset(each for each in self.classes if not self._rooms[link.name, each].is_free),
        )

    def _most(self, lanes: list[Lane], message_class: MessageClass) -> int:
        """How many may be claimed now: no more than any link with room can take, and all together.

        What waits to be settled takes room too, of twice the size: so nothing waits for a commit, unless the database
        is away.
        """
        sizes = [self._rooms[link.name, message_class].size for link in self._links()] or [1]
        altogether = 2 * sum(sizes) - self.unsettled[message_class]
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
