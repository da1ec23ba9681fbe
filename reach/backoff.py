"""How long to wait before the next attempt to connect. Time comes as an argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

STABLE: Final = 180.0
"""Seconds that a session must last before an earlier row of failures is forgotten."""

_MAX_DOUBLINGS: Final = 32


class Backoff:
    """Pauses between attempts: exponential with full jitter; longer, and never short, after a refusal.

    Some SMSCs lock an account, fail2ban bans an address, that comes back too fast. `jitter` gives numbers from 0 to 1.
    """

    def __init__(self, lost: tuple[float, float], refused: tuple[float, float], jitter: Callable[[], float]) -> None:
        """`lost` and `refused` are (first, longest) pauses in seconds."""
        self._lost, self._refused = lost, refused
        self._jitter = jitter
        self._losses = self._refusals = 0
        self._was_refused = False
        self._up_at: float | None = None

    def up(self, now: float) -> None:
        """Take note that we are in."""
        self._up_at = now
        self._refusals = 0

    def down(self, now: float) -> None:
        """Take note of the end of a session; a long one wipes the slate."""
        if self._up_at is not None and now - self._up_at >= STABLE:
            self._losses = 0
        self._up_at = None

    def refused(self) -> None:
        """Take note that the other side does not want us."""
        self._refusals += 1
        self._was_refused = True

    def delay(self) -> float:
        """Return the seconds to wait before the attempt that comes now."""
        if self._was_refused:
            self._was_refused = False
            least, ceiling = self._refused[0], _doubled(self._refused, self._refusals)
            return least + (ceiling - least) * self._jitter()
        self._losses += 1
        return _doubled(self._lost, self._losses) * self._jitter()


def _doubled(bounds: tuple[float, float], times: int) -> float:
    first, longest = bounds
    return float(min(longest, first * 2 ** min(times - 1, _MAX_DOUBLINGS)))
