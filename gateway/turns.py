"""Whose turn it is where only one can be at work: in order, but who gives way goes after those who are waited for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

MOST_BEFORE = 20
"""Who gives way gets a turn at the latest after so many others: else a crowd could keep it waiting for ever."""


class OneByOne:
    """For threads. The one whose turn ends hands it over to the next: nobody can slip in between."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._first: deque[Lock] = deque()
        self._after: deque[Lock] = deque()
        self._passed = 0

    @contextmanager
    def turn(self, *, gives_way: bool = False) -> Iterator[None]:
        """Wait for a turn, and hold it within the block."""
        self._wait(self._after if gives_way else self._first)
        try:
            yield
        finally:
            self._hand_over()

    def _wait(self, line: deque[Lock]) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = Lock()
            mine.acquire()
            line.append(mine)
        mine.acquire()

    def _hand_over(self) -> None:
        with self._guard:
            if self._first and not (self._after and self._passed >= MOST_BEFORE):
                self._passed += bool(self._after)
                self._first.popleft().release()
            elif self._after:
                self._passed = 0
                self._after.popleft().release()
            else:
                self._passed = 0
                self._taken = False
