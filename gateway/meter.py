"""How many went by in the last seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

SECONDS = 10


class Meter:
    """Counts by full seconds of a clock."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._counts: deque[tuple[int, int]] = deque()

    def add(self, many: int) -> None:
        second = int(self._seconds())
        if self._counts and self._counts[-1][0] == second:
            many += self._counts.pop()[1]
        self._counts.append((second, many))
        self._forget(second)

    def rate(self) -> float:
        """A second, over the last ten that are full."""
        now = int(self._seconds())
        self._forget(now)
        return sum(many for second, many in self._counts if second < now) / SECONDS

    def _forget(self, now: int) -> None:
        while self._counts and self._counts[0][0] < now - SECONDS:
            self._counts.popleft()
