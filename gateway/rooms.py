"""How many messages of each class may be on their way over a link: what is claimed, and has no answer yet.

Each class has a room of its own, so a broadcast never takes the place that a T-code needs. That of broadcasts fits
itself to the link: it doubles when it ran dry while more was waiting, or is filled so often that the claims cost more
than the messages; and halves when a message waited too long in it. So a slow link holds few in memory.
"""

from __future__ import annotations

from collections.abc import Mapping

from smpp.kinds import MessageClass
from smpp.link import Link

TOO_LONG = 0.5
"""Seconds from the claim of a broadcast's message to its answer, above which fewer are claimed."""

TOO_SOON = 0.1
"""Seconds between two claims for a room, below which more are claimed at a time."""

Place = tuple[str, MessageClass]
"""A class on a link."""


class Room:
    """One class on one link: `load` are on their way, `size` may be, between `least` and `most`.

    `asked` is set by whoever found it full and wants to be told when half of it is free.
    """

    __slots__ = ("_filled", "_slow", "asked", "least", "load", "most", "size")

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most, self.size = least, most, least
        self.load = 0
        self.asked = False
        self._slow = False
        self._filled = -TOO_SOON

    @property
    def left(self) -> int:
        return self.size - self.load

    @property
    def is_free(self) -> bool:
        """With half its room free a link may be given more: claims stay few, and what is under way bounded."""
        return self.size - self.load >= (self.size // 2 or 1)

    def waited(self, seconds: float) -> None:
        """A message had its answer so long after it was claimed."""
        if seconds > TOO_LONG:
            self._slow = True

    def fit(self, now: float, *, dry: bool) -> None:
        """To be called when more was claimed, at `now` in seconds; `dry`: nothing was on its way when that came."""
        soon = now - self._filled < TOO_SOON
        self._filled = now
        if self._slow:
            self._slow = False
            self.size = max(self.least, self.size // 2)
        elif dry or soon:
            self.size = min(self.most, self.size * 2)


class Rooms(dict[Place, Room]):
    """Those of all links, each made when it is asked for. `batch` is the room of each class, `most_bulk` that of
    broadcasts at most."""

    def __init__(self, links: Mapping[str, Link], batch: int, most_bulk: int) -> None:
        super().__init__()
        self._links, self._batch, self._most_bulk = links, batch, most_bulk

    def __missing__(self, place: Place) -> Room:
        link, message_class = place
        bulk = message_class == "bulk"
        room = self[place] = Room(*((self._least(link), self._most_bulk) if bulk else (self._batch, self._batch)))
        return room

    def _least(self, link: str) -> int:
        """Two windows, so that the next is there when the first has gone."""
        settings = self._links[link].settings
        return max(1, min(self._most_bulk, 2 * settings.window * settings.binds))
