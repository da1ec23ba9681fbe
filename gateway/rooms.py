"""How many messages of each class may be on their way over a link: what is claimed, and has no answer yet.

Each class has a room of its own, so a broadcast never takes the place that a T-code needs. That of broadcasts fits
itself to the link: it doubles when it ran dry while more was waiting, and halves when a message waited too long in
it. So a slow link holds few in memory, where neither a pause nor a kill -9 leaves many in doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from smpp.kinds import MessageClass
from smpp.link import Link

TOO_LONG = 0.5
"""Seconds from the claim of a broadcast's message to its answer, above which fewer are claimed."""

Place = tuple[str, MessageClass]
"""A class on a link."""


class Rooms:
    """`batch` is the room of each class, `most_bulk` that of broadcasts at most."""

    def __init__(self, links: Mapping[str, Link], batch: int, most_bulk: int) -> None:
        self._links, self._batch, self._most_bulk = links, batch, most_bulk
        self._bulk: dict[str, int] = {}
        self._slow: set[str] = set()
        self.load: Counter[Place] = Counter()

    def size(self, link: str, message_class: MessageClass) -> int:
        if message_class != "bulk":
            return self._batch
        return self._bulk.get(link) or self._least(link)

    def left(self, link: str, message_class: MessageClass) -> int:
        return self.size(link, message_class) - self.load[link, message_class]

    def has_room(self, link: str, message_class: MessageClass) -> bool:
        """With half its room free a link may be given more: claims stay few, and what is under way bounded."""
        return self.left(link, message_class) >= max(1, self.size(link, message_class) // 2)

    def waited(self, link: str, seconds: float) -> None:
        """A broadcast's message had its answer so long after it was claimed."""
        if seconds > TOO_LONG:
            self._slow.add(link)

    def fit(self, link: str, *, dry: bool) -> None:
        """To be called when more was claimed; `dry`: nothing of a broadcast was on its way when that came."""
        size = self.size(link, "bulk")
        if link in self._slow:
            self._slow.discard(link)
            self._bulk[link] = max(self._least(link), size // 2)
        elif dry:
            self._bulk[link] = min(self._most_bulk, size * 2)

    def _least(self, link: str) -> int:
        """Two windows, so that the next is there when the first has gone."""
        settings = self._links[link].settings
        return max(1, min(self._most_bulk, 2 * settings.window * settings.binds))
