"""Which events a manager connection gets: classes that it asked for, and filters that it added (manager.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

CLASSES: Final = frozenset(
    {"system", "call", "log", "verbose", "command", "agent", "user", "config", "dtmf", "reporting", "cdr", "dialplan"}
    | {"originate", "agi", "cc", "aoc", "test", "security", "message"}
)


class NoMask(ValueError):
    """Not an event mask."""


def mask(written: str) -> frozenset[str]:
    """Read an event mask: on, off, or names of classes. Raises NoMask."""
    word = written.strip().lower()
    if word in ("on", "all", "yes", "true", "1"):
        return CLASSES
    if word in ("off", "no", "none", "false", "0"):
        return frozenset()
    names = {name.strip() for name in word.split(",") if name.strip()}
    if not names:
        raise NoMask(written)
    return CLASSES if "all" in names else frozenset(names & CLASSES)


@dataclass(slots=True)
class Filters:
    """Patterns for whole events, line breaks and all; one with ! in front keeps events out, others choose."""

    _chosen: list[re.Pattern[str]] = field(default_factory=list)
    _kept_out: list[re.Pattern[str]] = field(default_factory=list)

    def add(self, pattern: str) -> None:
        """Raises re.error."""
        wanted = self._kept_out if pattern.startswith("!") else self._chosen
        wanted.append(re.compile(pattern.removeprefix("!"), re.MULTILINE))

    def let_through(self, event: str) -> bool:
        if any(one.search(event) for one in self._kept_out):
            return False
        return not self._chosen or any(one.search(event) for one in self._chosen)
