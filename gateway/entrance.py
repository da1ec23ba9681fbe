"""The line before the dialogs: whoever came first is served first, whether they dial, write or call.

Where more come than the database can serve, somebody has to wait. A telephone call waits in the line, and so does an
SMS. A USSD session cannot, the network would end it: it is told so at once, and its phone keeps its place for when it
dials again. So neither patience nor a quick thumb shall be of use, nor another channel; how far that is so in a crowd
is measured by `benchmarks/rush`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.lanes import Lane

KEPT_SECONDS: Final = 300.0
"""So long a phone keeps its place after it was last heard of."""
LONGEST_SECONDS: Final = 1800.0
"""And never longer: who dials all morning is not the first when places are released."""
MOST_KEPT: Final = 200_000
"""Phones whose places are kept; those heard of longest ago lose theirs."""


@dataclass(slots=True)
class _Place:
    since: float
    heard_at: float


class Entrance:
    """For the reactor's thread. `lane` is where conversations wait for the database; somebody who would wait there for
    more than `busy_seconds` is not served in time."""

    def __init__(self, lane: Lane, *, busy_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._lane, self._busy_seconds, self._clock = lane, busy_seconds, clock
        self._places: OrderedDict[str, _Place] = OrderedDict()

    def __len__(self) -> int:
        """How many phones have a place."""
        return len(self._places)

    def enter(self, phone: str) -> bool:
        """In time is also who came before somebody that has just been served: the line has come so far."""
        since, line = self._since(phone), self._lane.line
        return line.wait <= self._busy_seconds or since <= line.reached

    def store(self, phone: str) -> Lane:
        return self._lane.since(self._since(phone))

    def leave(self, phone: str) -> None:
        self._places.pop(phone, None)

    def _since(self, phone: str) -> float:
        now = self._clock()
        self._forget(now - KEPT_SECONDS)
        place = self._places.get(phone)
        if place is None or place.since < now - LONGEST_SECONDS:
            place = self._places[phone] = _Place(now, now)
        place.heard_at = now
        self._places.move_to_end(phone)
        return place.since

    def _forget(self, before: float) -> None:
        while self._places:
            oldest = next(iter(self._places.values()))
            if oldest.heard_at >= before and len(self._places) < MOST_KEPT:
                return
            self._places.popitem(last=False)
