"""How fast a broadcast goes, and when it may end: reckoned from what was counted at each look."""

from __future__ import annotations

import datetime as dt
from collections import deque

SECONDS = 15.0  # over which the rate is taken: steady enough to read, and quick enough to show a link that is down


class Pace:
    """Fed with how many messages have left the outbox by then; tells messages a second, and the end."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._looks: deque[tuple[dt.datetime, int]] = deque()

    def look(self, now: dt.datetime, gone: int) -> None:
        if self._looks and gone < self._looks[-1][1]:
            self._looks.clear()  # a claim was given back: what was counted before tells nothing any more
        self._looks.append((now, gone))
        while len(self._looks) > 2 and (now - self._looks[1][0]).total_seconds() >= self._seconds:
            self._looks.popleft()

    @property
    def rate(self) -> float | None:
        """Messages a second; None before the second look."""
        if len(self._looks) < 2:
            return None
        (since, before), (now, gone) = self._looks[0], self._looks[-1]
        return (gone - before) / max((now - since).total_seconds(), 0.001)

    def end(self, left: int) -> dt.datetime | None:
        """When `left` messages more will have gone at this rate; None where nothing goes."""
        rate = self.rate
        if not rate or not left:
            return None
        seconds = left / rate
        return self._looks[-1][0] + dt.timedelta(seconds=seconds) if seconds < 365 * 86_400 else None
