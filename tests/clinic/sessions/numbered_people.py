"""Person 0, 1, ... of a small clinic, each with a phone of their own: for tests of the waiting list and of draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from clinic import invariants
from clinic.rules import Rules
from clinic.tables import Message
from tests.clinic.conftest import HOUSE, NOW, nth_identity


def phone(n: int) -> str:
    return f"+861540001{n:04d}"


@dataclass
class NumberedPeople:
    """The clinic and its rules; `topic`: the kinds of notices that are looked at."""

    topic: ClassVar[str]
    clinic: Any
    rules: Rules = field(default_factory=Rules)
    acts: int = 0
    seen: int = 0

    def at(self, day: int, hour: int, minute: int = 0) -> None:
        self.clinic.moment = NOW.replace(day=day, hour=hour, minute=minute)

    def change(self, **rules: Any) -> None:
        self.rules = replace(self.rules, booking=replace(self.rules.booking, **rules))

    def person(self, n: int) -> Any:
        return self.clinic.person("王芳", nth_identity(n))

    def occasion(self, what: str) -> str:
        """Another one each time."""
        self.acts += 1
        return f"{what}:{self.acts}"

    def act(self, fn: Callable[..., Any], **given: Any) -> Any:
        return self.clinic.run(fn, rules=self.rules, installation=HOUSE, now=self.clinic.moment, **given)

    def told(self) -> list[tuple[int, str]]:
        """Who was told what of the topic since the last look: the person's number, the last part of the kind."""
        rows = self.clinic.rows(Message.phone, Message.kind)
        new, self.seen = rows[self.seen :], len(rows)
        return [(int(to[-4:]), kind.split(".")[1]) for to, kind in new if kind.startswith(f"{self.topic}.")]

    def is_sound(self) -> None:
        assert self.clinic.run(invariants.broken) == []
