"""What is over but not gone: last texts that wait for their place on a link, and the keys of closed sessions.

The network repeats what we were slow to take, so indications of a session come after its end, too.
"""

from __future__ import annotations

from typing import Final, Protocol

from ussd_menus.sessions import Clock, Key

REMEMBERED: Final = 60.0
"""Seconds for which a closed key is known: longer than SMS centres take to repeat a deliver_sm."""


class Leaving(Protocol):
    """What still has something to send to a phone."""

    @property
    def phone(self) -> str: ...
    def leave(self, event: str) -> None: ...


class LastTexts:
    """Who has nothing but a last text to send, by phone: a new dial takes these texts back."""

    def __init__(self) -> None:
        self._of: dict[str, list[Leaving]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, one: Leaving) -> None:
        """Nothing happens where it is here already."""
        ones = self._of.setdefault(one.phone, [])
        if one not in ones:
            ones.append(one)
            self._count += 1

    def remove(self, one: Leaving) -> None:
        """Nothing happens where it is not here."""
        ones = self._of.get(one.phone, [])
        if one in ones:
            ones.remove(one)
            self._count -= 1
        if not ones:
            self._of.pop(one.phone, None)

    def leave(self, phone: str, event: str) -> None:
        """Take back what waits for this phone."""
        for one in list(self._of.get(phone, ())):
            one.leave(event)


class ClosedKeys:
    """The keys of sessions that were closed within the last minute, at most so many: the oldest go first."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock, self._most = clock, most
        self._keys: dict[Key, tuple[float, bool]] = {}  # in the order of their times

    def __contains__(self, key: Key) -> bool:
        self._forget_old()
        return key in self._keys

    def dead(self, key: Key) -> bool:
        """Whether the network knows, too, that this session is over; a silent one it may still hold open."""
        return key in self and self._keys[key][1]

    def add(self, key: Key, *, dead: bool) -> None:
        self.remove(key)
        self._keys[key] = (self._clock.seconds(), dead)
        if len(self._keys) > self._most:
            del self._keys[next(iter(self._keys))]
        self._forget_old()

    def remove(self, key: Key) -> None:
        """A key that is used again is not closed."""
        self._keys.pop(key, None)

    def _forget_old(self) -> None:
        until = self._clock.seconds() - REMEMBERED
        while self._keys and next(iter(self._keys.values()))[0] <= until:
            del self._keys[next(iter(self._keys))]
