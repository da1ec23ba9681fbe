"""Which events are worth reading: most that come are not, and cost only a look at their first line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ivr.ami.older import OLDER

_FIRST_LINE: Final = re.compile(rb"event: ?([^\r\n]*)", re.IGNORECASE)
_OURS: Final = frozenset({b"fullybooted", b"shutdown"})
"""What the session itself looks for."""


class Wanted:
    """The names of the events that the owner wants, in any case of letters; None: all."""

    def __init__(self, names: Iterable[str] | None) -> None:
        self._names: frozenset[bytes] | None = None
        if names is not None:
            wanted = frozenset(names)
            older = {old for old, today in OLDER.items() if not today.isdisjoint(wanted)}
            self._names = frozenset(name.lower().encode() for name in wanted)
            self._read = self._names | _OURS | {old.encode() for old in older}

    def __contains__(self, name: str) -> bool:
        return self._names is None or name.lower().encode() in self._names

    def skips(self, block: bytes, lists: int) -> bool:
        """Tell whether a message needs not be read. While `lists` are open, an item is known by its ActionID."""
        if self._names is None:
            return False
        first = _FIRST_LINE.match(block)
        if first is None or first[1].lower() in self._read:
            return False
        return not lists or b"actionid" not in block.lower()
