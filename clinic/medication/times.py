"""When a medicine is taken: wall times of the installation's zone, on the days from the first to the last.

A time that a change of the clocks leaves out is as long after the gap began as it should have been (02:30 becomes
03:30); one that comes twice counts the first time. So a day has each time once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clinic.hours import DAY, Span

MOST_TIMES = 6  # a day
APART = dt.timedelta(hours=1)
"""How far apart the times of one medicine are at least: a reminder may come that late."""


class BadMedication(ValueError):
    """Why a medicine cannot be written down so; begins with the name of what is wrong ("times: ...")."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When one medicine is taken; `until` is its last day, None where it has none."""

    times: tuple[dt.time, ...]
    since: dt.date
    until: dt.date | None
    zone: dt.tzinfo

    def following(self, after: dt.datetime) -> dt.datetime | None:
        """The first time after this moment, in UTC; None where there is none any more."""
        today = after.astimezone(self.zone).date()
        first = max(self.since, today - DAY)
        return min((moment for moment in self._moments(first, 3) if moment > after), default=None)

    def latest(self, now: dt.datetime) -> dt.datetime | None:
        """The last time that is not later than this moment, of today or yesterday."""
        today = now.astimezone(self.zone).date()
        return max((moment for moment in self._moments(today - DAY, 2) if moment <= now), default=None)

    def _moments(self, first: dt.date, days: int) -> Iterator[dt.datetime]:
        for day in (first + DAY * ahead for ahead in range(days)):
            if day >= self.since and (self.until is None or day <= self.until):
                for time in self.times:
                    yield dt.datetime.combine(day, time, self.zone).astimezone(dt.UTC)


def read(written: str) -> tuple[dt.time, ...]:
    """`08:00,20:00`, `8:00 20:00`, `08:00；20:00` -> times in their order. Raises BadMedication."""
    words = [word for word in re.split(r"[\s,;、，；]+", written.replace("：", ":")) if word]
    return checked([_time(word) for word in words])


def checked(times: Sequence[dt.time]) -> tuple[dt.time, ...]:
    """In their order; BadMedication where they are none, too many, or too close together for a late reminder."""
    ordered = sorted(times)
    if not 1 <= len(ordered) <= MOST_TIMES:
        raise BadMedication(f"times: 1 to {MOST_TIMES} times a day, such as 08:00,20:00")
    for earlier, later in zip(ordered, [*ordered[1:], ordered[0]], strict=True):
        minutes = _minutes(later) - _minutes(earlier)
        if len(ordered) > 1 and minutes % (24 * 60) < APART.total_seconds() / 60:
            raise BadMedication(f"times: {earlier:%H:%M} and {later:%H:%M} are less than an hour apart")
    return tuple(ordered)


def refuse_quiet(times: Sequence[dt.time], span: Span) -> None:
    """BadMedication where one of them lies in the quiet hours, in which nothing is sent; it tells what is possible."""
    begin, end = span
    quiet = [time for time in times if _is_within(time, span)]
    if quiet:
        told = ", ".join(f"{time:%H:%M}" for time in quiet)
        raise BadMedication(
            f"times: {told} {'lies' if len(quiet) == 1 else 'lie'} in the centre's quiet hours "
            f"({begin:%H:%M} to {end:%H:%M}), when nothing is sent; possible is {end:%H:%M} until before {begin:%H:%M}"
        )


def is_quiet(times: Sequence[dt.time], span: Span) -> bool:
    """Whether one of them has come to lie in the quiet hours since it was written down."""
    return any(_is_within(time, span) for time in times)


def kept(times: Sequence[dt.time]) -> list[str]:
    return [f"{time:%H:%M}" for time in times]


def thawed(kept: Sequence[str]) -> tuple[dt.time, ...]:
    return tuple(map(dt.time.fromisoformat, kept))


def _is_within(time: dt.time, span: Span) -> bool:
    begin, end = span
    return begin <= time < end if begin <= end else time >= begin or time < end


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _time(word: str) -> dt.time:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", word)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadMedication(f"times: {word!r} is no time of day, such as 08:00")
    return dt.time(int(found[1]), int(found[2]))
