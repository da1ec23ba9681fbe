"""Lanes: work for the store's threads, taken in turns, so that a crowd in one lane does not keep the others waiting.

Who talks with us now (USSD, calls, pages) is in `live`; texts, which can wait, in `texts`; all else in `rest`. Where
nobody else wants the threads a lane has them all.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Final, Literal, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred

P = ParamSpec("P")
T = TypeVar("T")
Name = Literal["live", "texts", "rest"]
NAMES: Final[tuple[Name, ...]] = ("live", "texts", "rest")


class Starts(Protocol):
    """Runs work in a thread, and tells what came of it in the reactor."""

    def __call__(self, work: Callable[[], Any]) -> Deferred[Any]: ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    work: Callable[[], Any]
    told: Deferred[Any]
    since: float


class Lanes:
    """For the reactor's thread. `start` is given at most `threads` pieces of work at a time."""

    def __init__(self, start: Starts, *, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._start, self._free, self._clock = start, threads, clock
        self._waiting: dict[Name, deque[_Waiting]] = {name: deque() for name in NAMES}
        self._order = deque(NAMES)

    def put(self, lane: Name, work: Callable[[], Any]) -> Deferred[Any]:
        """Have it done when its turn comes. When the Deferred is cancelled before that, it is not done at all."""
        told: Deferred[Any] = Deferred(lambda _: self._forget(lane, told))
        self._waiting[lane].append(_Waiting(work, told, self._clock()))
        self._go_on()
        return told

    def waited(self, lane: Name) -> float:
        """Seconds that the first in this lane has waited; 0 where nobody does."""
        line = self._waiting[lane]
        return self._clock() - line[0].since if line else 0.0

    def hurry(self) -> None:
        """Start all that waits, whatever its turn: the end has come."""
        self._free += sum(map(len, self._waiting.values()))
        self._go_on()

    def _go_on(self) -> None:
        while self._free and (lane := self._next()) is not None:
            self._free -= 1
            one = self._waiting[lane].popleft()
            self._start(one.work).addBoth(self._done, one.told)

    def _next(self) -> Name | None:
        """The lane whose turn it is of those where somebody waits; it goes to the end of the line."""
        lane = next((name for name in self._order if self._waiting[name]), None)
        if lane is not None:
            self._order.remove(lane)
            self._order.append(lane)
        return lane

    def _done(self, outcome: Any, told: Deferred[Any]) -> None:
        self._free += 1
        self._go_on()
        if not told.called:
            told.callback(outcome)

    def _forget(self, lane: Name, told: Deferred[Any]) -> None:
        self._waiting[lane] = deque(one for one in self._waiting[lane] if one.told is not told)


class Lane:
    """The store, as those of one lane see it."""

    def __init__(self, lanes: Lanes, name: Name, run_now: Callable[..., Any]) -> None:
        self._lanes, self._name, self._run_now = lanes, name, run_now

    def run(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        return self._lanes.put(self._name, lambda: self._run_now(fn, *args, **kwargs))

    @property
    def waited(self) -> float:
        """Seconds that the first in this lane has waited; 0 where nobody does."""
        return self._lanes.waited(self._name)
