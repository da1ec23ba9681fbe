"""Two lists of one day compared: what is only here, only there, or not the same on both, each with its name.

Plain values in, plain values out: nothing of the database is known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Name = Literal["missing-here", "missing-there", "amount", "currency", "state", "twice", "other-day"]
DONE = "completed"
CAME = (DONE, "differs")
"""Of our states those in which money has moved."""


@dataclass(frozen=True, slots=True)
class Ours:
    """A payment of ours. `keys`: by which the other side may know it; `day`: on which it was settled, if it was."""

    payment: int
    kind: str
    keys: tuple[str, ...]
    amount: int
    currency: str
    state: str
    day: dt.date | None

    @property
    def moved(self) -> bool:
        return self.state in CAME


@dataclass(frozen=True, slots=True)
class Theirs:
    """A line of the other side's."""

    kind: str
    keys: tuple[str, ...]
    reference: str
    amount: int
    currency: str
    state: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not match, with the amounts of both sides (None: it is not there)."""

    name: Name
    payment: int | None
    reference: str
    ours: int | None
    theirs: int | None


def compare(ours: Sequence[Ours], theirs: Sequence[Theirs], day: dt.date) -> list[Difference]:
    """The differences of this day. Both sides may bring lines of other days, which are looked at only to find what was
    settled on one day here and on another there."""
    # Of several under one key the one that has moved is meant; a line that says so goes before one that does not.
    known = {(each.kind, key): each for each in sorted(ours, key=lambda one: one.moved) for key in each.keys if key}
    found: list[Difference] = []
    seen: dict[int, Theirs] = {}
    elsewhere: set[int] = set()
    for line in sorted(theirs, key=lambda one: one.state != DONE):
        match = next((known[line.kind, key] for key in line.keys if (line.kind, key) in known), None)
        if line.day != day:
            elsewhere |= {match.payment} if match is not None and line.state == DONE else set()
        elif match is None:
            found += [Difference("missing-here", None, line.reference, None, line.amount)] if line.state == DONE else []
        elif match.payment in seen:
            found += _twice(match, line)
        else:
            seen[match.payment] = line
            found += [Difference(name, match.payment, line.reference, match.amount, line.amount)
                      for name in _names(match, line, day)]  # fmt: skip
    found += [_missing(each, each.payment in elsewhere) for each in ours if _is_alone(each, seen, day)]
    return found


def _names(ours: Ours, theirs: Theirs, day: dt.date) -> Iterator[Name]:
    """All that is not the same; where nothing has moved on either side there is nothing to compare."""
    if theirs.state != DONE or not ours.moved:
        if (theirs.state == DONE) != ours.moved:
            yield "state"
        return
    if ours.currency != theirs.currency:
        yield "currency"
    elif ours.amount != theirs.amount:
        yield "amount"
    if ours.day != day:
        yield "other-day"


def _twice(ours: Ours, line: Theirs) -> list[Difference]:
    return [Difference("twice", ours.payment, line.reference, ours.amount, line.amount)] if line.state == DONE else []


def _is_alone(ours: Ours, seen: dict[int, Theirs], day: dt.date) -> bool:
    return ours.day == day and ours.moved and ours.payment not in seen


def _missing(ours: Ours, is_elsewhere: bool) -> Difference:
    name: Name = "other-day" if is_elsewhere else "missing-there"
    return Difference(name, ours.payment, ours.keys[0], ours.amount, None)
