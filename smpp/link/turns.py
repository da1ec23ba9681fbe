"""Which message class is written next: the highest that waits, with a share for each lower one that waits, too.

A class that waits while another one is written saves up its share of a write; what has saved up a whole write goes
next, before all that is higher. Two classes may have saved up at the same time, so each may go up to two writes
early, and pays for that with its next one: thus with a share of 0.05 it gets every twentieth write.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final, Generic, Protocol, TypeVar

from smpp.kinds import MessageClass

ORDER: Final[tuple[MessageClass, ...]] = ("code", "answer", "notice", "bulk")
"""Highest first."""
SHARES: Final[Mapping[MessageClass, float]] = {"answer": 0.2, "notice": 0.1, "bulk": 0.05}
"""Part of the writes that a class gets at least while it waits, where nothing else is said."""

_WHOLE: Final = 10_000  # shares are counted in whole parts: 20 times 0.05 must be 1


class Waits(Protocol):
    """What waits for its turn; `wanted` may become false while it does, and then it gets none."""

    @property
    def rank(self) -> MessageClass: ...

    @property
    def wanted(self) -> bool: ...


T = TypeVar("T", bound=Waits)


class _Line(Generic[T]):
    """One class's queue, with what it has saved up."""

    __slots__ = ("due", "least", "queue", "saved", "share")

    def __init__(self, share: float, others: int) -> None:
        self.queue: deque[T] = deque()
        self.share = round(share * _WHOLE)
        self.due = _WHOLE - others * self.share
        self.least = self.due - _WHOLE
        self.saved = 0


class Turns(Generic[T]):
    """The queues of the classes, as one. Nothing here takes longer when more wait."""

    def __init__(self, shares: Mapping[MessageClass, float] = SHARES) -> None:
        """`shares` of the classes, together less than 1; a class that is not named is only written when none higher
        waits. Raises ValueError."""
        lower = {rank: shares.get(rank, 0.0) for rank in ORDER[1:]}
        if min(lower.values()) < 0 or sum(lower.values()) >= 1:
            raise ValueError("shares should be parts of 1, none below 0, together less than 1")
        others = max(0, sum(share > 0 for share in lower.values()) - 1)
        self._lines: dict[MessageClass, _Line[T]] = {rank: _Line(lower.get(rank, 0.0), others) for rank in ORDER}
        self._in_order = tuple(self._lines.values())
        self._queues = tuple(line.queue for line in self._in_order)

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def add(self, one: T) -> None:
        self._lines[one.rank].queue.append(one)

    def ready(self) -> bool:
        """Tell whether somebody waits; drops what nobody wants any more."""
        for queue in self._queues:  # noqa: SIM110  # asked with each write, and a generator would be half the cost
            if queue and (queue[0].wanted or _wanted(queue)):
                return True
        return False

    def next(self) -> T | None:
        """Remove and return whose turn it is; None when nobody waits."""
        first: _Line[T] | None = None
        due: _Line[T] | None = None
        for line in self._in_order:
            queue = line.queue
            if not queue or not (queue[0].wanted or _wanted(queue)):
                continue
            if first is None:
                first = line
                continue
            line.saved += line.share
            if line.saved >= line.due and line.share and (due is None or _more_urgent(line, due)):
                due = line
        chosen = due or first
        return None if chosen is None else _served(chosen)

    def run(self, most: int) -> list[T]:
        """Remove and return those whose turn it is next, `most` at most, as long as one class alone waits.

        It does what as many times `next` would; where several classes wait it returns nothing.
        """
        waiting = [line for line in self._in_order if line.queue]
        return _served_alone(waiting[0], most) if len(waiting) == 1 else []

    def drain(self) -> Iterator[T]:
        """Remove and yield all that wait, the highest first."""
        for line in self._in_order:
            while _wanted(line.queue):
                yield line.queue.popleft()


def _wanted(queue: deque[T]) -> bool:
    while queue:
        if queue[0].wanted:
            return True
        queue.popleft()
    return False


def _more_urgent(line: _Line[T], other: _Line[T]) -> bool:
    """Tell whether `line` has been due for more writes than `other`."""
    return (line.saved - line.due) * other.share > (other.saved - other.due) * line.share


def _served_alone(line: _Line[T], most: int) -> list[T]:
    """Serve a class while no other one waits: it pays for each write, and nobody saves up."""
    queue = line.queue
    served: list[T] = []
    while queue and len(served) < most:
        one = queue.popleft()
        if one.wanted:
            served.append(one)
    line.saved = max(line.saved - len(served) * _WHOLE, line.least)
    if line.saved > 0 and not queue:
        line.saved = 0
    return served


def _served(line: _Line[T]) -> T:
    one = line.queue.popleft()
    saved = line.saved - _WHOLE
    line.saved = saved if saved > line.least else line.least
    if line.saved > 0 and not line.queue:
        line.saved = 0  # it waits no more: nothing is saved up for later
    return one
