"""What follows from what is due: the order for one day, what school entry asks for, and when to look again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from clinic.months import after
from clinic.vaccines.due import due
from clinic.vaccines.records import Child, Due
from conf.vaccines import Edition, edition, editions

_A_DAY = dt.timedelta(days=1)
_NOW = ("due", "overdue")


def together(dues: Iterable[Due], day: dt.date | None = None) -> list[Due]:
    """What can be given on one day, in the order that holds where not all can be.

    What is due and has to wait is left out: without a `day` what waits longer than the others.
    """
    wanted = [each for each in dues if each.status in _NOW and each.on]
    on = day or min((each.on for each in wanted if each.on), default=dt.date.min)
    first = edition(on).give_first
    return sorted(
        (each for each in wanted if each.on and each.on <= on),
        key=lambda each: (_place(first, each.series), each.overdue_from or dt.date.max),
    )


def school_entry(child: Child, day: dt.date) -> tuple[Due, ...]:
    """What is due on the day of school entry, with the doses given until then: what the certificate lacks."""
    return tuple(each for each in due(child, day) if each.status in _NOW)


def next_look(child: Child, today: dt.date, dues: Iterable[Due]) -> dt.date | None:
    """The first later day on which something of `dues`, which is of today, may change; None: nothing will any more.

    So also the days on which a reminder may fall: earliest, on and overdue from.
    """
    return min((day for day in _turns(child, today, dues) if day > today), default=None)


def _turns(child: Child, today: dt.date, dues: Iterable[Due]) -> Iterator[dt.date]:
    rules = edition(today)
    yield from (each.start for each in editions()[1:])  # the first holds before its day too
    yield from _recorded(child)
    for each in dues:
        if each.status != "complete":
            yield from _ages(child, rules, each.series)
        yield from (day for day in (each.earliest, each.on, each.overdue_from) if day)
    if any(given.day == today and given.vaccine in rules.live_injected for given in child.doses):
        yield today + _A_DAY  # what may be given on the very day of another live vaccine has to wait from then on


def _recorded(child: Child) -> Iterator[dt.date]:
    """What is on record with a later day, and the ends of contraindications."""
    yield from (given.day for given in child.doses)
    yield from child.immunoglobulin
    for contra in child.contraindications:
        yield contra.since
        if contra.until:
            yield contra.until + _A_DAY


def _ages(child: Child, rules: Edition, name: str) -> Iterator[dt.date]:
    series = rules.series[name]
    yield after(child.birth, series.not_from)
    if series.late:
        yield after(child.birth, series.late.from_age)
    if series.skin_test_from:
        yield after(child.birth, series.skin_test_from)


def _place(first: tuple[str, ...], series: str) -> int:
    return first.index(series) if series in first else len(first)
