"""Which request a link writes next, on which of its binds, and when."""

from collections import deque
from collections.abc import Sequence

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from smpp.link.bind import Ask, LastingBind
from smpp.link.pacing import Pace


class Dispatch:
    """The requests that wait: urgent ones first, on the bind that they want or the one with the freest window."""

    def __init__(self, binds: Sequence[LastingBind], pace: Pace, clock: IReactorTime) -> None:
        self._binds, self._pace, self._clock = binds, pace, clock
        self._urgent: deque[Ask] = deque()
        self._waiting: deque[Ask] = deque()
        self._later: IDelayedCall | None = None

    def __len__(self) -> int:
        return len(self._urgent) + len(self._waiting) + sum(len(bind.queue) for bind in self._binds)

    def add(self, ask: Ask) -> None:
        """Queue a request, for the bind that it wants as long as that one may submit."""
        self._queue(ask).append(ask)
        self.pump()

    def put_back(self, ask: Ask) -> None:
        """Queue a request that the SMSC has refused to take now, before all others."""
        self._queue(ask).appendleft(ask)

    def release(self, bind: LastingBind) -> None:
        """Let what wanted this bind take any other, in its order."""
        while bind.queue:
            self._urgent.appendleft(bind.queue.pop())

    def clear(self) -> list[Ask]:
        """Stop, and return what was still waiting."""
        if self._later is not None and self._later.active():
            self._later.cancel()
        queues = (self._urgent, self._waiting, *(bind.queue for bind in self._binds))
        waiting = [ask for queue in queues for ask in queue if not ask.done.called]
        for queue in queues:
            queue.clear()
        return waiting

    def pump(self) -> None:
        """Write what windows and pace allow."""
        while (found := self._next()) is not None:
            bind, queue = found
            delay = self._pace.take(self._clock.seconds())
            if delay:
                self._pump_later(delay)
                return
            bind.write(queue.popleft())

    def _queue(self, ask: Ask) -> deque[Ask]:
        if ask.bind:
            for bind in self._binds:
                if bind.id == ask.bind and bind.may_submit:
                    return bind.queue
        return self._urgent if ask.urgent else self._waiting

    def _next(self) -> tuple[LastingBind, deque[Ask]] | None:
        freest = max(self._binds, key=_room)
        if not freest.room:
            return None
        for bind in self._binds:
            if bind.queue and bind.room and _waited_for(bind.queue):
                return bind, bind.queue
        for queue in (self._urgent, self._waiting):
            if _waited_for(queue):
                return freest, queue
        return None

    def _pump_later(self, delay: float) -> None:
        if self._later is None or not self._later.active():
            self._later = self._clock.callLater(delay, self.pump)


def _room(bind: LastingBind) -> int:
    return bind.room


def _waited_for(queue: deque[Ask]) -> bool:
    """Tell whether somebody waits for the queue's head; heads that nobody waits for any more are dropped."""
    while queue and queue[0].done.called:
        queue.popleft()
    return bool(queue)
