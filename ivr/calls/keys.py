"""The keys that a caller presses, in their order, whenever that is.

They come as events of their own (AMI DTMFEnd), also between two commands and beside a prompt that is played. So a key
is never lost, and who knows the menu presses ahead: a question whose answer is here already is not spoken.
"""

from __future__ import annotations

from collections import deque

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

KEYS = frozenset("0123456789*#")
HELP = "#"
MOST = 64
"""Keys that are kept; who leans on the keypad presses none that count."""
HABIT_SECONDS = 1.5
"""After an answer many press #, as other hotlines want it: here that would call for help."""


class Keys:
    """What was pressed and not taken yet. One reader at a time waits."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._pressed: deque[tuple[str, float]] = deque(maxlen=MOST)
        self._waiting: Deferred[None] | None = None
        self._ignoring = False
        self._left: Exception | None = None
        self._habit_until = -1.0

    def __bool__(self) -> bool:
        return bool(self._pressed)

    def press(self, key: str) -> None:
        """A key came. What is none (A to D, on operators' phones) is left aside."""
        if key not in KEYS:
            return
        now = self._clock.seconds()
        if key == HELP and not self._pressed and now < self._habit_until:
            return
        self._pressed.append((key, now))
        self._fire()

    def leave(self, error: Exception) -> None:
        """The caller has gone: whoever waits, now or later, hears this error once no key is left."""
        self._left = error
        self._fire(left=True)

    def clear(self) -> bool:
        """What was pressed so far was meant for something else; whether a call for help was among it."""
        help_wanted = any(key == HELP for key, _ in self._pressed)
        self._pressed.clear()
        return help_wanted

    def take(self) -> str:
        """The next key that is here already. IndexError where there is none."""
        key, pressed_at = self._pressed.popleft()
        self.ended()
        if self._pressed and self._pressed[0][0] == HELP and self._pressed[0][1] < pressed_at + HABIT_SECONDS:
            self._pressed.popleft()
        return key

    def goes_on(self) -> None:
        """The answer is a number of several keys, which a # completes however soon it comes."""
        self._habit_until = -1.0

    def ended(self, seconds: float = HABIT_SECONDS) -> None:
        """An answer is complete: a # that comes now, for so many seconds, only says so."""
        self._habit_until = max(self._habit_until, self._clock.seconds() + seconds)

    async def next(self, seconds: float) -> str | None:
        """The next key; None after so many seconds without one. Raises what `leave` was told."""
        await self.wait(seconds)
        return self.take() if self._pressed else None

    async def wait(self, seconds: float, *, ignore: bool = False) -> None:
        """Until a key is here (with `ignore`: whatever is pressed), or so many seconds are over.

        Raises what `leave` was told.
        """
        if self._pressed and not ignore:
            return
        if self._left is not None:
            raise self._left
        self._waiting, self._ignoring = Deferred(), ignore
        late: IDelayedCall = self._clock.callLater(seconds, self._waiting.callback, None)
        try:
            await self._waiting
        finally:
            self._waiting = None
            if late.active():
                late.cancel()
        left: Exception | None = self._left  # it may have come while we waited
        if left is not None and (ignore or not self._pressed):
            raise left

    def _fire(self, *, left: bool = False) -> None:
        if self._waiting is not None and not self._waiting.called and (left or not self._ignoring):
            self._waiting.callback(None)
