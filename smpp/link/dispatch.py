"""Which request a link writes next, on which of its binds, and when."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from smpp.kinds import MessageClass
from smpp.link.asks import Asked
from smpp.link.bind import LastingBind
from smpp.link.pacing import Pace
from smpp.link.turns import Turns


class Dispatch:
    """The requests that wait: urgent ones first, then by class, each on the bind that it wants or the one with the
    freest window. What may go at one time goes to its bind as one batch."""

    def __init__(
        self, binds: Sequence[LastingBind], pace: Pace, clock: IReactorTime, shares: Mapping[MessageClass, float]
    ) -> None:
        """Raises ValueError for impossible shares."""
        self.before_write: Callable[[Sequence[Asked]], None] | None = None
        self._binds, self._pace, self._clock = binds, pace, clock
        self._urgent: deque[Asked] = deque()
        self._turns: Turns[Asked] = Turns(shares)
        self._queues = (self._urgent, *(bind.queue for bind in binds))
        self._later: IDelayedCall | None = None
        self._held = 0

    def __len__(self) -> int:
        return len(self._turns) + sum(map(len, self._queues))

    def add(self, asked: Asked) -> None:
        """Queue a request, for the bind that it wants as long as that one may submit."""
        wants = asked.bind and self._bind(asked.bind)
        if wants:
            wants.queue.append(asked)
        elif asked.urgent:
            self._urgent.append(asked)
        else:
            self._turns.add(asked)
        if not self._held:
            self.pump()

    def put_back(self, asked: Asked) -> None:
        """Queue an urgent request that the SMSC has refused to take now, before all others."""
        wants = self._bind(asked.bind)
        (wants.queue if wants else self._urgent).appendleft(asked)

    def release(self, bind: LastingBind) -> None:
        """Let what wanted this bind take any other, in its order."""
        while bind.queue:
            self._urgent.appendleft(bind.queue.pop())

    def clear(self) -> list[Asked]:
        """Stop, and return what was still waiting."""
        if self._later is not None and self._later.active():
            self._later.cancel()
        waiting = [asked for queue in self._queues for asked in queue if asked.wanted]
        for queue in self._queues:
            queue.clear()
        return [*waiting, *self._turns.drain()]

    def hold(self) -> None:
        """Write nothing until `go_on`: more is about to come."""
        self._held += 1

    def go_on(self) -> None:
        self._held -= 1
        if not self._held:
            self.pump()
            if self.before_write is not None:
                self.before_write(())

    def pump(self) -> None:
        """Write what windows and pace allow."""
        rooms: dict[LastingBind, int] = {}
        for bind in self._binds:  # looked at with each message, and a comprehension would be half the cost
            if room := bind.room:
                rooms[bind] = room
        if not rooms:
            return
        now = self._clock.seconds()
        batches = self._batches(rooms, now)
        if batches and self.before_write is not None:
            self.before_write([asked for batch in batches.values() for asked in batch])
        for bind, batch in batches.items():
            bind.write(batch, now)

    def _batches(self, rooms: dict[LastingBind, int], now: float) -> dict[LastingBind, list[Asked]]:
        """Take from the queues what may be written now; `rooms` has the places of the binds that have any."""
        batches = self._run(rooms, now)
        while rooms and (found := self._next(rooms)) is not None:
            bind, queue = found
            delay = self._pace.take(now)
            if delay:
                self._pump_later(delay)
                break
            asked = self._turns.next() if queue is None else queue.popleft()
            if asked is not None:
                batches.setdefault(bind, []).append(asked)
            rooms[bind] -= 1
            if not rooms[bind]:
                del rooms[bind]
        return batches

    def _run(self, rooms: dict[LastingBind, int], now: float) -> dict[LastingBind, list[Asked]]:
        """Take at once what may go while there is nothing to choose: one bind has room, and one class alone waits.

        So it is all through a broadcast. What is left, if only for want of pace, is chosen one at a time.
        """
        if len(rooms) > 1 or any(self._queues):
            return {}
        ((bind, room),) = rooms.items()
        batch = self._turns.run(self._pace.room(room, now))
        if not batch:
            return {}
        self._pace.took(len(batch), now)
        if len(batch) == room:
            del rooms[bind]
        else:
            rooms[bind] = room - len(batch)
        return {bind: batch}

    def _next(self, rooms: dict[LastingBind, int]) -> tuple[LastingBind, deque[Asked] | None] | None:
        """Return who goes next: the bind, and the queue, None for that of the classes."""
        for bind in rooms:
            if bind.queue and _waited_for(bind.queue):
                return bind, bind.queue
        freest = max(rooms, key=rooms.__getitem__) if len(rooms) > 1 else next(iter(rooms))
        if self._urgent and _waited_for(self._urgent):
            return freest, self._urgent
        return (freest, None) if self._turns.ready() else None

    def _bind(self, wanted: str) -> LastingBind | None:
        """The bind of that id, while it may submit."""
        return next((bind for bind in self._binds if wanted and bind.id == wanted and bind.may_submit), None)

    def _pump_later(self, delay: float) -> None:
        if self._later is None or not self._later.active():
            self._later = self._clock.callLater(delay, self.pump)


def _waited_for(queue: deque[Asked]) -> bool:
    """Tell whether somebody waits for the queue's head; heads that nobody waits for any more are dropped."""
    while queue and not queue[0].wanted:
        queue.popleft()
    return bool(queue)
