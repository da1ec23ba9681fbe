"""How long to wait: before the next attempt to connect, and before the next submit."""

from collections.abc import Callable
from typing import Final

STABLE: Final = 180.0
"""Seconds that a bind must last before an earlier row of failures is forgotten."""

_MAX_DOUBLINGS: Final = 32


class Backoff:
    """Pauses between attempts: exponential with full jitter; slower, and never short, after a refused bind.

    Some SMSCs lock an account, or ban an address, that comes back too fast. `jitter` gives numbers from 0 to 1.
    """

    def __init__(self, lost: tuple[float, float], refused: tuple[float, float], jitter: Callable[[], float]) -> None:
        """`lost` and `refused` are (first, longest) pauses in seconds."""
        self._lost, self._refused = lost, refused
        self._jitter = jitter
        self._losses = self._refusals = 0
        self._was_refused = False
        self._bound_at: float | None = None

    def bound(self, now: float) -> None:
        self._bound_at = now
        self._refusals = 0

    def unbound(self, now: float) -> None:
        """Take note of the end of a session; a long one wipes the slate."""
        if self._bound_at is not None and now - self._bound_at >= STABLE:
            self._losses = 0
        self._bound_at = None

    def refused(self) -> None:
        """Take note that the SMSC does not want us."""
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


class TokenBucket:
    """At most `rate` a second on the average, a tenth of a second's worth at once; rate 0 is no limit."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._room = max(1.0, rate / 10)
        self._tokens = self._room
        self._filled = now

    def take(self, now: float) -> float:
        """Take a token and return 0; or, if there is none, take nothing and return the seconds until there is."""
        if not self._rate:
            return 0.0
        self._tokens = min(self._room, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1 - 1e-9:  # the clock's floats must not cost a second wait
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0
