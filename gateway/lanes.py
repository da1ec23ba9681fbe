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
from threading import Lock
from typing import Any, Concatenate, Final, Literal, ParamSpec, TypeVar

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gateway.line import Line, Piece
from gateway.transaction import reads

P = ParamSpec("P")
T = TypeVar("T")
Name = Literal["talks", "pages", "rest"]
NAMES: Final[tuple[Name, ...]] = ("talks", "pages", "rest")


class Lanes:
    """Asked in the reactor's thread; the threads themselves take one piece after the other, so that a reactor that has
    much to do keeps none of them waiting.

    `in_thread` runs something in a thread, of which at most `threads` are wanted at a time; `tell` calls something in
    the reactor's thread.
    """

    def __init__(
        self,
        in_thread: Callable[[Callable[[], None]], object],
        tell: Callable[..., object],
        *,
        threads: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._in_thread, self._tell, self._idle = in_thread, tell, threads
        self.lines: dict[Name, Line] = {name: Line(clock) for name in NAMES}
        self._order = deque(NAMES)
        self._taking = Lock()

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
        line = self.lines[lane]
        told: Deferred[Any] = Deferred(line.leave)
        line.add(work, told, since=since, same=same, lasts=lasts)
        with self._taking:
            wanted = self._idle > 0 and len(line) > 0
            self._idle -= wanted
        if wanted:
            self._in_thread(self._work)
        return told

    def _work(self) -> None:
        """One thread's life, as long as there is anything to do."""
        while (taken := self._next()) is not None:
            line, piece = taken
            try:
                outcome = piece.work()
            except BaseException:  # noqa: BLE001  whoever asked is told, whatever it was
                outcome = Failure()
            self._tell(line.tell, piece, outcome)

    def _next(self) -> tuple[Line, Piece] | None:
        """A piece of the lane whose turn it is, of those where somebody waits; the lane goes to the end of the row."""
        with self._taking:
            for name in self._order:
                piece = self.lines[name].pop()
                if piece is not None:
                    self._order.remove(name)
                    self._order.append(name)
                    return self.lines[name], piece
            self._idle += 1
            return None


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
        same = _same(fn, args, kwargs) if reads(fn) else None
        lasts = same is not None and getattr(fn, "shared", False)
        work = partial(self._run_now, fn, *args, **kwargs)
        return self._lanes.put(self._name, work, since=self._since, same=same, lasts=lasts)


def _same(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hashable | None:
    """Equal for the same question, whenever it is asked: `now` is the last asker's, as it is read after that."""
    try:
        asked = (fn, args, frozenset((name, value) for name, value in kwargs.items() if name != "now"))
        hash(asked)
    except TypeError:
        return None
    return asked
