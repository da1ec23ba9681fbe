"""Counts wrong codes: whoever tries numbers out must wait, long before one of them is right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from gateway.http.answers import Refusal
from gateway.http.ports import Limits


class Guesses:
    """At most `limit` wrong codes a kiosk in `seconds`; the next one closes its keypad for as long.

    The count is shared by all nodes; the closing is kept by the node that saw the last wrong code.
    """

    def __init__(self, limits: Limits, *, limit: int, seconds: int, now: Callable[[], dt.datetime]) -> None:
        self._limits, self._limit, self._seconds, self._now = limits, limit, seconds, now
        self._closed_until: dict[int, dt.datetime] = {}

    def refuse_closed(self, kiosk: int) -> None:
        """Raises the 429 refusal while the kiosk must wait."""
        until = self._closed_until.get(kiosk)
        if until is None:
            return
        left = (until - self._now()).total_seconds()
        if left <= 0:
            del self._closed_until[kiosk]
            return
        raise too_many(round(left) or 1)

    async def wrong(self, kiosk: int) -> None:
        """Counts a wrong code. Raises the 429 refusal if it was one too many."""
        if not await self._limits.allow(f"kiosk:{kiosk}:wrong", limit=self._limit, seconds=self._seconds):
            self._closed_until[kiosk] = self._now() + dt.timedelta(seconds=self._seconds)
            raise too_many(self._seconds)


def too_many(seconds: int) -> Refusal:
    return Refusal(429, "too_many", f"too many tries; wait {seconds} seconds", Retry_After=str(seconds))
