"""Lanes: work for the store's threads, taken in turns, so that a crowd in one lane does not keep the others waiting.

Who talks with us, by whatever channel, is in `talks`: there whoever came first goes first, from their first question to
their last. Kiosks and pages are in `pages`; all else is in `rest`. Where nobody else wants the threads a lane has them
all.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Concatenate, Final, Literal, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred

from gateway.line import Line, Piece

P = ParamSpec("P")
T = TypeVar("T")
Name = Literal["talks", "pages", "rest"]
NAMES: Final[tuple[Name, ...]] = ("talks", "pages", "rest")


class Starts(Protocol):
    """Runs work in a thread, and tells what came of it in the reactor."""

    def __call__(self, work: Callable[[], Any]) -> Deferred[Any]: ...


class Lanes:
    """For the reactor's thread. `start` is given at most `threads` pieces of work at a time."""

    def __init__(self, start: Starts, *, threads: int, clock: Callable[[], float] = time.time) -> None:
        self._start, self._free = start, threads
        self.lines: dict[Name, Line] = {name: Line(clock) for name in NAMES}
        self._order = deque(NAMES)

    def put(
        self,
        lane: Name,
        work: Callable[[], Any],
        *,
        since: float | None = None,
        same: Hashable | None = None,
        lasts: bool = False,
    ) -> Deferred[Any]:
        """Have it done when its turn comes (`Line.add`). When the Deferred is cancelled before that, it is not done."""
        told: Deferred[Any] = Deferred(self.lines[lane].leave)
        self.lines[lane].add(work, told, since=since, same=same, lasts=lasts)
        self._go_on()
        return told

    def hurry(self) -> None:
        """Start all that waits, whatever its turn: the end has come."""
        self._free += sum(map(len, self.lines.values()))
        self._go_on()

    def _go_on(self) -> None:
        while self._free and (lane := self._next()) is not None:
            self._free -= 1
            line = self.lines[lane]
            piece = line.pop()
            self._start(piece.work).addBoth(self._done, line, piece)

    def _next(self) -> Name | None:
        """The lane whose turn it is of those where somebody waits; it goes to the end of the line."""
        lane = next((name for name in self._order if self.lines[name]), None)
        if lane is not None:
            self._order.remove(lane)
            self._order.append(lane)
        return lane

    def _done(self, outcome: Any, line: Line, piece: Piece) -> None:
        self._free += 1
        self._go_on()
        line.tell(piece, outcome)


class Lane:
    """The store, as those of one lane see it; `since` is when whoever asks has come, None: with each question anew."""

    def __init__(self, lanes: Lanes, name: Name, run_now: Callable[..., Any], since: float | None = None) -> None:
        self._lanes, self._name, self._run_now, self._since = lanes, name, run_now, since
        self.line = lanes.lines[name]

    def since(self, moment: float) -> Lane:
        """The same for somebody who came at `moment`, in seconds since 1970."""
        return Lane(self._lanes, self._name, self._run_now, moment)

    def run(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        """What only reads is read once for all who wait for the same: in a rush everybody asks for the same lists."""
        same = _same(fn, args, kwargs) if getattr(fn, "reads", False) else None
        lasts = same is not None and getattr(fn, "shared", False)
        work = partial(self._run_now, fn, *args, **kwargs)
        return self._lanes.put(self._name, work, since=self._since, same=same, lasts=lasts)


def _same(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hashable | None:
    """Equal for the same question, whenever it is asked: `now` is the last asker's, as it is read after that."""
    asked = (fn, args, frozenset((name, value) for name, value in kwargs.items() if name != "now"))
    try:
        hash(asked)
    except TypeError:
        return None
    return asked
