"""How many may talk with us at a time: as many as are served without a wait that they would notice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

IDLE_SECONDS: Final = 20.0
"""Who has asked for nothing so long is not counted: they may have hung up, and come in again when they go on."""
FIRST_MOST: Final = 400
LEAST_MOST: Final = 20
FIT_SECONDS: Final = 2.0
"""Between two changes of how many may be inside: what the last one did is seen when they have read a question."""
LOOK_SECONDS: Final = 0.25
FEWER, MORE = 0.85, 1.1


class Waits(Protocol):
    @property
    def wait(self) -> float:
        """Seconds that somebody's next question will wait for the database."""


class Inside:
    """The phones in conversation. `most` fits itself to the database: fewer where questions wait for more than half of
    `busy_seconds`, more where there is hardly a wait, and somebody before the door."""

    def __init__(self, line: Waits, *, busy_seconds: float, clock: Callable[[], float]) -> None:
        self._line, self._busy_seconds, self._clock = line, busy_seconds, clock
        self._heard: OrderedDict[str, float] = OrderedDict()
        self._looked_at = self._fitted_at = 0.0
        self.most: float = FIRST_MOST

    @property
    def many(self) -> int:
        """How many there are."""
        self._forget()
        return len(self._heard)

    def heard(self, phone: str) -> None:
        """It has asked for something, or may now."""
        self._heard[phone] = self._clock()
        self._heard.move_to_end(phone)

    def left(self, phone: str) -> None:
        self._heard.pop(phone, None)

    @property
    def full(self) -> bool:
        """Whether one more would be too many; somebody wants to come in."""
        many = self.many
        self._fit(many)
        return many >= self.most

    def _fit(self, many: int) -> None:
        now = self._clock()
        if now - self._looked_at < LOOK_SECONDS or now - self._fitted_at < FIT_SECONDS:
            return
        self._looked_at = now
        wait = self._line.wait
        if wait > self._busy_seconds / 2:
            self.most = max(LEAST_MOST, FEWER * min(self.most, many))
            self._fitted_at = now
        elif wait < self._busy_seconds / 4 and many >= self.most:
            self.most *= MORE
            self._fitted_at = now

    def _forget(self) -> None:
        before = self._clock() - IDLE_SECONDS
        while self._heard and next(iter(self._heard.values())) < before:
            self._heard.popitem(last=False)
