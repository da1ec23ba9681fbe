"""The line before the dialogs: whoever came first comes in first, whether they dial, write or call.

Where more come than the database can serve, somebody has to wait. Only so many talk with us at a time that each is
answered soon (`gateway.inside`); the others stay before the door, where they cost nothing. A telephone call waits
there, and so does an SMS. A USSD session cannot, the network would end it: it is told so at once, and its phone comes
in when it dials again and somebody who came later has come in meanwhile. So neither patience nor a quick thumb shall
be of use, nor another channel; how far that is so in a crowd is measured by `benchmarks/rush`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed

from gateway.inside import Inside
from gateway.lanes import Lane

KEPT_SECONDS: Final = 300.0
"""So long a phone keeps its place after it was last heard of."""
LONGEST_SECONDS: Final = 1800.0
"""And never longer: who dials all morning is not the first when places are released."""
MOST_KEPT: Final = 200_000
"""Phones whose places are kept; those heard of longest ago lose theirs."""
LOOK_SECONDS: Final = 1.0
"""While somebody waits, so often it is looked whether those inside have fallen silent."""


@dataclass(slots=True)
class _Place:
    since: float
    heard_at: float


class Entrance:
    """For the reactor's thread. `lane` is where conversations wait for the database; `later` calls something after
    seconds."""

    def __init__(
        self,
        lane: Lane,
        *,
        busy_seconds: float,
        later: Callable[[float, Callable[[], None]], object],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._lane, self._clock, self._later = lane, clock, later
        self.inside = Inside(lane.line, busy_seconds=busy_seconds, clock=clock)
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._line: list[tuple[float, int, str, Deferred[None]]] = []
        self._numbers = count()
        self._reached = 0.0
        self._looks = self._admits = False

    @property
    def places(self) -> int:
        """How many phones have one in the line, inside or before the door."""
        return len(self._places)

    @property
    def waiting(self) -> int:
        """How many wait before the door, some of whom may have gone."""
        return len(self._line)

    def enter(self, phone: str) -> bool:
        """They come in where there is room, or where somebody has come in who came later."""
        place = self._place(phone)
        self._admit()
        if place.since > self._reached and (self._line or self.inside.full):
            return False
        self._let_in(phone, place.since)
        return True

    def turn(self, phone: str) -> Deferred[None]:
        """Fires when this phone has come in; cancel it to leave the line."""
        if self.enter(phone):
            return succeed(None)
        turn: Deferred[None] = Deferred()
        heappush(self._line, (self._place(phone).since, next(self._numbers), phone, turn))
        self._look()
        return turn

    def store(self, phone: str) -> Visitor:
        return Visitor(self, phone)

    def run(self, phone: str, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """What a phone's conversation asks of the store: before the questions of all who came later."""
        place = self._place(phone)
        self.inside.heard(phone)
        return self._lane.since(place.since).run(fn, *args, **kwargs)

    def leave(self, phone: str) -> None:
        self._places.pop(phone, None)
        self.inside.left(phone)
        self._admit()

    def _let_in(self, phone: str, since: float) -> None:
        self._reached = max(self._reached, since)
        self._place(phone).since = since  # a long wait may have cost it
        self.inside.heard(phone)

    def _admit(self) -> None:
        """As many of those who wait as there is room for. Whoever comes in and is done at once makes room for the next
        one, who comes in after that and not within it."""
        if self._admits:
            return
        self._admits = True
        try:
            while self._line and self._is_next(*self._line[0]):
                since, _, phone, turn = heappop(self._line)
                if not turn.called:
                    self._let_in(phone, since)
                    turn.callback(None)
        finally:
            self._admits = False

    def _is_next(self, since: float, _number: int, _phone: str, turn: Deferred[None]) -> bool:
        """Also who has gone is: they are only a mark in the line."""
        return turn.called or since <= self._reached or not self.inside.full

    def _look(self) -> None:
        if not self._looks:
            self._looks = True
            self._later(LOOK_SECONDS, self._looked)

    def _looked(self) -> None:
        self._looks = False
        self._admit()
        if self._line:
            self._look()

    def _place(self, phone: str) -> _Place:
        now = self._clock()
        place = self._places.get(phone)
        self._forget(now - KEPT_SECONDS, most=MOST_KEPT - (place is None))
        place = self._places.get(phone)
        if place is None or place.since < now - LONGEST_SECONDS:
            place = self._places[phone] = _Place(now, now)
        place.heard_at = now
        self._places.move_to_end(phone)
        return place

    def _forget(self, before: float, *, most: int) -> None:
        while self._places:
            oldest = next(iter(self._places.values()))
            if oldest.heard_at >= before and len(self._places) <= most:
                return
            self._places.popitem(last=False)


class Visitor:
    """The store, as one phone's conversation sees it."""

    def __init__(self, entrance: Entrance, phone: str) -> None:
        self._entrance, self._phone = entrance, phone

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Awaitable[Any]:
        return self._entrance.run(self._phone, fn, *args, **kwargs)
