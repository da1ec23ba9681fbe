"""How long to wait before the next submit. Time comes as an argument."""

from typing import Final

FLOOR: Final = 1.0
"""Submits a second that no throttling goes below (a tenth of the set rate, where that is less)."""
GAIN: Final = 0.02
"""How much of its pace a throttled link adds each second; it doubles after each quiet period."""
RETURN: Final = 20.0
"""Seconds in which a pace comes back after an SMSC that refused everything for a while."""
QUIET: Final = 10.0
"""Seconds without a throttle answer that make a quiet period."""
NEARLY: Final = 0.9
"""How much of the rate that the SMSC has just taken is left after a throttle answer, at least."""

LEAST_WAIT: Final = 0.001
"""Seconds: a clock that counts from 1970 hardly tells shorter times apart, and would have us ask again and again."""

_SLOTS: Final = 10


class TokenBucket:
    """At most `rate` a second on the average, a tenth of a second's worth at once; rate 0 is no limit."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = 0.0
        self._room = self._tokens = 0.0
        self._filled = now
        self.set(rate, now)
        self._tokens = self._room

    @property
    def rate(self) -> float:
        return self._rate

    def set(self, rate: float, now: float) -> None:
        """Change the rate; what has been saved up so far stays, as far as there is room for it."""
        self._fill(now)
        self._rate = rate
        self._room = max(1.0, rate / 10)
        self._tokens = min(self._tokens, self._room)

    def empty(self) -> None:
        self._tokens = 0.0

    def take(self, now: float) -> float:
        """Take a token and return 0; or, if there is none, take nothing and return the seconds until there is."""
        if not self._rate:
            return 0.0
        self._fill(now)
        if self._tokens < 1 - 1e-9:  # the clock's floats must not cost a second wait
            return max(LEAST_WAIT, (1 - self._tokens) / self._rate)
        self._tokens -= 1
        return 0.0

    def room(self, most: int, now: float) -> int:
        """How many tokens there are, `most` at most."""
        if not self._rate:
            return most
        self._fill(now)
        return min(most, int(self._tokens + 1e-9))

    def took(self, many: int) -> None:
        """Take as many as there was `room` for."""
        if self._rate:
            self._tokens -= many

    def _fill(self, now: float) -> None:
        self._tokens = min(self._room, self._tokens + max(0.0, now - self._filled) * self._rate)
        self._filled = now


class Meter:
    """How many a second there were in the last second, counted in tenths, so that it costs no memory."""

    def __init__(self) -> None:
        self._counts = [0] * _SLOTS
        self._slot = self._first = 0  # tenths of a second
        self._counting = False
        self.last = 0.0
        """The rate before the present pause, or an earlier one."""

    def count(self, now: float, many: int = 1) -> None:
        slot = int(now * 10)
        if slot != self._slot or not self._counting:
            self._turn(now)
        self._counts[slot % _SLOTS] += many

    def rate(self, now: float) -> float:
        """Return the rate in the last second, or since the first count when that is less than a second ago."""
        self._turn(now)
        return self._seen()

    def _seen(self) -> float:
        return sum(self._counts) * 10 / min(_SLOTS, self._slot - self._first + 1)

    def _turn(self, now: float) -> None:
        slot = int(now * 10)
        idle = slot - self._slot
        if not self._counting or idle >= _SLOTS or idle < 0:  # nothing lately, or the clock was set back
            if self._counting:
                self.last = self._seen()
            self._counts = [0] * _SLOTS
            self._first, self._counting = slot, True
        else:
            for passed in range(self._slot + 1, slot + 1):
                self._counts[passed % _SLOTS] = 0
        self._slot = slot


class Pace:
    """How fast to submit: the set rate, or less while the SMSC says that it is too much.

    Additive increase, multiplicative decrease. A throttle answer lowers the pace to half, but not under what the
    SMSC has just shown to take. Then the pace rises by a fiftieth a second, and faster the longer nothing
    protests, until it is the set rate again or, without one, clearly more than when it was lowered first. Where the
    SMSC took nothing at all it was not the pace that was wrong, and the pace comes back in `RETURN` seconds.
    Several throttle answers to what was under way at a time count once.
    """

    def __init__(self, rate: float, now: float) -> None:
        """`rate` is the most a second, 0 for no limit."""
        self._set = rate
        self._floor = min(FLOOR, rate / 10) if rate else FLOOR
        self._bucket = TokenBucket(rate, now)
        self._sent, self._taken = Meter(), Meter()
        self._ceiling = rate  # without a set rate: what was too much at first
        self._too_fast = rate  # the pace that the SMSC refused while it took some
        self._held = False
        self._lowered = self._raised = now
        self._step = 0.0

    def throttled(self, now: float) -> bool:
        """Tell whether the pace is held down now."""
        self._rise(now)
        return self._held

    def rate(self, now: float) -> float:
        """Return the most submits a second at present, 0 for no limit."""
        self._rise(now)
        return self._bucket.rate

    def take(self, now: float) -> float:
        """Return 0 for go; or the seconds to wait before asking again."""
        if self._held:
            self._rise(now)
        wait = self._bucket.take(now)
        if not wait:
            self._sent.count(now)
        return wait

    def room(self, most: int, now: float) -> int:
        """How many may go now, `most` at most; `took` tells how many did."""
        if self._held:
            self._rise(now)
        return self._bucket.room(most, now)

    def took(self, many: int, now: float) -> None:
        """Take note that so many went, as many times `take` does."""
        self._bucket.took(many)
        self._sent.count(now, many)

    def accepted(self, now: float, many: int = 1) -> None:
        """Take note of answers that were no throttling."""
        self._taken.count(now, many)

    def refused(self, sent: float, now: float) -> None:
        """Take note of a throttle answer to what was written at `sent`."""
        if self._held and sent <= self._lowered:
            return
        pace = self.rate(now) or self._sent.rate(now) or self._sent.last  # an answer may come long after its request
        if not self._held and not self._set:
            self._ceiling = pace
        shown = min(pace, NEARLY * self._taken.rate(now))
        if shown or not self._held:
            self._too_fast = pace
        self._hold(max(self._floor, shown, pace / 2), now)

    def _hold(self, pace: float, now: float) -> None:
        self._held = True
        self._lowered = self._raised = now
        self._step = max(pace * GAIN, (NEARLY * self._too_fast - pace) / RETURN)
        self._bucket.set(pace, now)
        self._bucket.empty()

    def _rise(self, now: float) -> None:
        """Catch up with the time: each quiet period doubles the step."""
        if now < self._raised:  # the clock was set back
            self._lowered = self._raised = now
        while self._held and now > self._raised:
            period_ends = self._lowered + QUIET * (int((self._raised - self._lowered) / QUIET + 1e-9) + 1)
            until = min(now, period_ends)
            self._bucket.set(self._bucket.rate + self._step * (until - self._raised), until)
            self._raised = until
            if until == period_ends:
                self._step *= 2
            if self._bucket.rate >= (self._ceiling if self._set else 2 * self._ceiling):
                self._held = False
                self._bucket.set(self._set, now)
