"""A line of work that waits for a thread: whoever came first goes first, and what several ask alike is done once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

REACH_SECONDS: Final = 1.0
"""Who was begun so lately shows how far the line has come."""
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
        for asker in self.askers:
            if not asker.called:
                asker.callback(outcome)


class Line:
    """Pieces in the order in which their askers came, which need not be the order in which they were asked for.

    Somebody who has been in conversation for a while goes before those who came later. `clock` gives seconds since
    1970, as moments of coming outlive a process.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Piece]] = []
        self._asked: deque[Piece] = deque()
        self._same: dict[Hashable, Piece] = {}
        self._numbers = count()
        self._many = 0
        self._fresh: dict[Hashable, tuple[float, Any]] = {}
        self._reached: deque[tuple[float, float]] = deque()

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
        piece = self._same.get(same) if same is not None else None
        if piece is None or not piece.waits:
            piece = self._new(work, since, now, same)
        elif since < piece.since:
            piece.since = since
            heappush(self._heap, (since, next(self._numbers), piece))
        piece.work, piece.lasts = work, lasts
        piece.askers.append(asker)

    def pop(self) -> Piece:
        """The piece whose turn it is. IndexError where none waits."""
        while True:
            _, _, piece = heappop(self._heap)
            if piece.waits:
                break
        piece.begun = True
        self._left(piece)
        self._note(piece.since)
        return piece

    def tell(self, piece: Piece, outcome: Any) -> None:
        """What came of a piece, to those who have asked for it."""
        if piece.lasts and not isinstance(outcome, Failure):
            now = self._clock()
            self._fresh = {same: kept for same, kept in self._fresh.items() if now - kept[0] < FRESH_SECONDS}
            self._fresh[piece.same] = (now, outcome)
        piece.tell(outcome)

    def leave(self, asker: Deferred[Any]) -> None:
        """This asker does not wait any more; what nobody waits for is not done."""
        piece = next((each for each in self._asked if each.waits and asker in each.askers), None)
        if piece is not None:
            piece.askers.remove(asker)
            if not piece.askers:
                self._left(piece)

    @property
    def waited(self) -> float:
        """Seconds that somebody has waited at most for what was not begun yet; 0 where nobody does."""
        while self._asked and not self._asked[0].waits:
            self._asked.popleft()
        return self._clock() - self._asked[0].asked_at if self._asked else 0.0

    @property
    def reached(self) -> float:
        """The latest moment of coming of those begun within the last second; 0 where none was."""
        until = self._clock() - REACH_SECONDS
        while self._reached and self._reached[0][0] < until:
            self._reached.popleft()
        return self._reached[0][1] if self._reached else 0.0

    def _new(self, work: Callable[[], Any], since: float, now: float, same: Hashable | None) -> Piece:
        piece = Piece(work, since, now, same)
        heappush(self._heap, (since, next(self._numbers), piece))
        self._asked.append(piece)
        self._many += 1
        if same is not None:
            self._same[same] = piece
        return piece

    def _left(self, piece: Piece) -> None:
        self._many -= 1
        if piece.same is not None and self._same.get(piece.same) is piece:
            del self._same[piece.same]

    def _note(self, since: float) -> None:
        """Keep a falling row of maxima: its first is the latest of the last second."""
        while self._reached and self._reached[-1][1] <= since:
            self._reached.pop()
        self._reached.append((self._clock(), since))
