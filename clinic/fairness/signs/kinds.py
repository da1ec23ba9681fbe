"""What each kind of sign looks like, in a month of visits. Pure: visits in, the visits that show it out.

What was booked at the counter is no sign: there somebody stood.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

Kind = Literal["identities", "phones", "grabs", "speed"]

MINUTES: Final = dt.timedelta(minutes=10)
"""A place that is booked so soon after it was given up, while there was no other, was waited for."""
TYPING: Final = dt.timedelta(seconds=10)
"""Nobody dials, chooses department, day and person, and confirms, in less: the quickest took twice as long."""
FAST_ONES: Final = 3
AGAIN: Final = 2
"""So many places of one phone must another have taken before it is more than chance."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit, as far as signs need it. `given_up_at`: by who booked it."""

    id: int
    phone: str
    resident: int
    session: int
    booked_at: dt.datetime
    given_up_at: dt.datetime | None
    cancelled_at: dt.datetime | None


def identities(visits: Sequence[Seen], most: int, family: Collection[int]) -> list[int]:
    """One phone's visits: one of each person where they are more than `most`. `family`: whom the centre knows as
    theirs, which are not counted."""
    first = {visit.resident: visit.id for visit in reversed(visits) if visit.resident not in family}
    return sorted(first.values()) if len(first) > most else []


def phones(visits: Sequence[Seen], most: int) -> tuple[str, list[int]] | None:
    """One person's visits: the phone that was one too many, and a visit of each phone."""
    first: dict[str, int] = {}
    for visit in visits:
        first.setdefault(visit.phone, visit.id)
    return (list(first)[most], list(first.values())) if len(first) > most else None


def speed(visits: Sequence[Seen]) -> list[int]:
    """One phone's visits that were booked faster, one after the other, than a person can type."""
    fast = [pair for pair in pairwise(visits) if pair[1].booked_at - pair[0].booked_at < TYPING]
    return sorted({visit.id for pair in fast for visit in pair}) if len(fast) >= FAST_ONES else []


def grabs(phone: str, there: Mapping[int, Sequence[Seen]], capacity: Mapping[int, int], most: int) -> list[int]:
    """The places that this phone gave up while the session was full, and that the same few took within minutes for
    somebody else: the visits given up and those booked instead. `there`: all visits of the sessions."""
    pairs = [
        (gone, taken)
        for session, visits in there.items()
        for gone, taken in _taken_over(phone, visits, capacity[session])
    ]
    by = Counter(taken.phone for _, taken in pairs)
    few = [pair for pair in pairs if by[pair[1].phone] >= AGAIN]
    return sorted({visit.id for pair in few for visit in pair}) if len(few) >= most else []


def _taken_over(phone: str, visits: Sequence[Seen], capacity: int) -> Iterable[tuple[Seen, Seen]]:
    used: set[int] = set()
    for gone in visits:
        at = gone.given_up_at
        if gone.phone != phone or at is None or _held(visits, at) < capacity:
            continue
        for taken in visits:
            soon = at <= taken.booked_at <= at + MINUTES and taken.id not in used
            if soon and taken.resident != gone.resident:
                used.add(taken.id)
                yield gone, taken
                break


def _held(visits: Sequence[Seen], at: dt.datetime) -> int:
    """How many places were held just before this moment."""
    return sum(visit.booked_at < at and (visit.cancelled_at is None or visit.cancelled_at >= at) for visit in visits)


def by_phone(visits: Iterable[Seen]) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = defaultdict(list)
    for visit in visits:
        found[visit.phone].append(visit)
    return dict(found)
