"""A line of work that waits for a thread: whoever came first goes first, and what several ask alike is done once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from heapq import heappop, heappush
from itertools import count
from threading import Lock
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

LATELY_SECONDS: Final = 1.0
"""What was begun so lately shows how quickly the line goes on."""
FRESH_SECONDS: Final = 0.25
"""While others wait, what was read so lately for all is not read again."""


class Piece:
    """A piece of work and those who have asked for it; `since` is when the first of them came into the line."""

    __slots__ = ("asked_at", "askers", "begun", "lasts", "same", "since", "work")

    def __init__(self, work: Callable[[], Any], since: float, asked_at: float, same: Hashable | None) -> None:
        self.work, self.since, self.asked_at, self.same = work, since, asked_at, same
        self.askers: list[Deferred[Any]] = []
        self.begun = self.lasts = False

    @property
    def waits(self) -> bool:
        return not self.begun and bool(self.askers)

    def tell(self, outcome: Any) -> None:
        """To those who have asked; it is only a mark in the line then."""
        askers, self.askers, self.work = self.askers, [], _nothing
        for asker in askers:
            if not asker.called:
                asker.callback(outcome)


def _nothing() -> None:
    """All is done."""


class Line:
    """Pieces in the order in which their askers came, which need not be the order in which they were asked for.

    Somebody who has been in conversation for a while goes before those who came later. For the reactor's thread, but
    that any thread may `pop`. `clock` gives seconds since 1970, as all nodes have them.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Piece]] = []
        self._asked: deque[Piece] = deque()
        self._same: dict[Hashable, Piece] = {}
        self._numbers = count()
        self._many, self._crowded_at = 0, 0.0
        self._fresh: dict[Hashable, tuple[float, Any]] = {}
        self._begun: deque[float] = deque()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many pieces wait."""
        return self._many

    def add(
        self,
        work: Callable[[], Any],
        asker: Deferred[Any],
        *,
        since: float | None = None,
        same: Hashable | None = None,
        lasts: bool = False,
    ) -> None:
        """Wait, since now or for longer. `same` is equal for work of which one outcome serves all who wait for it:
        what only reads, and so tells each of them the state of a moment after they asked. Where it `lasts`, it serves
        for a moment more those who come while others wait."""
        now = self._clock()
        if lasts and self._many and (fresh := self._fresh.get(same)) and now - fresh[0] < FRESH_SECONDS:
            asker.callback(fresh[1])
            return
        since = now if since is None else since
        with self._lock:
            piece = self._same.get(same) if same is not None else None
            if piece is None:
                piece = self._new(work, since, now, same)
            elif since < piece.since:
                piece.since = since
                heappush(self._heap, (since, next(self._numbers), piece))
            piece.work, piece.lasts = work, lasts
            piece.askers.append(asker)

    def pop(self) -> Piece | None:
        """The piece whose turn it is; None where none waits."""
        with self._lock:
            while self._heap:
                _, _, piece = heappop(self._heap)
                if piece.waits:
                    piece.begun = True
                    self._left(piece)
                    self._lately().append(self._clock())
                    return piece
            return None

    def tell(self, piece: Piece, outcome: Any) -> None:
        """What came of a piece, to those who have asked for it."""
        if piece.lasts and not isinstance(outcome, Failure):
            now = self._clock()
            self._fresh = {same: kept for same, kept in self._fresh.items() if now - kept[0] < FRESH_SECONDS}
            self._fresh[piece.same] = (now, outcome)
        piece.tell(outcome)

    def leave(self, asker: Deferred[Any]) -> None:
        """This asker does not wait any more; what nobody waits for is not done."""
        with self._lock:
            piece = next((each for each in self._asked if each.waits and asker in each.askers), None)
            if piece is not None:
                piece.askers.remove(asker)
                if not piece.askers:
                    self._left(piece)

    @property
    def wait(self) -> float:
        """Seconds that somebody who comes now will wait at the least; 0 where nobody waits.

        As long as somebody waits already, or as what waits takes at the pace of the last second.
        """
        with self._lock:
            if not self._asked:
                return 0.0
            now = self._clock()
            waited, since = now - self._asked[0].asked_at, max(self._crowded_at, now - LATELY_SECONDS)
            if now - since < LATELY_SECONDS / 2:
                return waited  # it has no pace yet
            begun = sum(at >= since for at in self._lately())
            return max(waited, self._many * (now - since) / max(1, begun))

    def _lately(self) -> deque[float]:
        """When what was begun within the last second was begun."""
        until = self._clock() - LATELY_SECONDS
        while self._begun and self._begun[0] < until:
            self._begun.popleft()
        return self._begun

    def _new(self, work: Callable[[], Any], since: float, now: float, same: Hashable | None) -> Piece:
        piece = Piece(work, since, now, same)
        heappush(self._heap, (since, next(self._numbers), piece))
        self._asked.append(piece)
        if not self._many:
            self._crowded_at = now
        self._many += 1
        if same is not None:
            self._same[same] = piece
        return piece

    def _left(self, piece: Piece) -> None:
        self._many -= 1
        while self._asked and not self._asked[0].waits:
            self._asked.popleft()
        if piece.same is not None and self._same.get(piece.same) is piece:
            del self._same[piece.same]
