"""How often a job runs, as it stands in the table: `every(hours=1)`, `daily("09:00")`, `weekly("mon", "08:00")`.

The hours of a day are those of the installation's time zone, summer time and all: a time that a change of the clocks
leaves out is due when it would have been, and one that comes twice is due the first time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

DAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip
# All nodes count intervals from one moment, so that a stored trigger is that of the code whoever made it.
COUNTED_FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)


class Cadence(Protocol):
    """`words` is for people; `trigger` what APScheduler makes of it."""

    @property
    def words(self) -> str: ...
    def trigger(self, timezone: ZoneInfo, start: dt.datetime = COUNTED_FROM) -> BaseTrigger: ...


@dataclass(frozen=True, slots=True)
class Every:
    """At even intervals."""

    interval: dt.timedelta

    @property
    def words(self) -> str:
        seconds = int(self.interval.total_seconds())
        for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
            if seconds % size == 0:
                many = seconds // size
                return f"every {unit}" if many == 1 else f"every {many} {unit}s"
        raise AssertionError("whole seconds are made of seconds")

    def trigger(self, timezone: ZoneInfo, start: dt.datetime = COUNTED_FROM) -> BaseTrigger:
        seconds = int(self.interval.total_seconds())
        return IntervalTrigger(seconds=seconds, start_date=start.astimezone(timezone), timezone=timezone)


@dataclass(frozen=True, slots=True)
class At:
    """At times of the day; `fields` are those of APScheduler's CronTrigger."""

    words: str
    fields: tuple[tuple[str, Any], ...]

    def trigger(self, timezone: ZoneInfo, start: dt.datetime = COUNTED_FROM) -> BaseTrigger:  # noqa: ARG002
        return CronTrigger(**dict(self.fields), timezone=timezone)


def every(*, hours: int = 0, minutes: int = 0, seconds: int = 0) -> Every:
    """`every(minutes=5)`."""
    interval = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if interval <= dt.timedelta():
        raise ValueError("an interval takes some time")
    return Every(interval)


def daily(time: str) -> At:
    """`daily("09:00")`."""
    return At(f"daily at {time}", _clock(time))


def hourly(first: str, last: str) -> At:
    """Each hour of the day from the first time to the last: `hourly("08:00", "20:00")`."""
    since, until = dt.time.fromisoformat(first), dt.time.fromisoformat(last)
    if since.minute != until.minute or since >= until:
        raise ValueError("each hour from a time to a later one, at one minute")
    fields = (("hour", f"{since.hour}-{until.hour}"), ("minute", since.minute), ("second", 0))
    return At(f"hourly, {first} to {last}", fields)


def weekly(days: str, time: str) -> At:
    """`weekly("mon", "08:00")`, `weekly("mon-fri", "08:00")`."""
    first, _, last = days.partition("-")
    shown = f"{DAYS[first]} to {DAYS[last]}" if last else f"{DAYS[first]}s"
    return At(f"{shown} at {time}", (("day_of_week", days), *_clock(time)))


def monthly(day: int, time: str) -> At:
    """On this day of the month, 1 to 28 as every month has them: `monthly(1, "06:30")`."""
    if not 1 <= day <= 28:
        raise ValueError("not every month has such a day")
    return At(f"on day {day} of the month at {time}", (("day", day), *_clock(time)))


def next_after(trigger: BaseTrigger, now: dt.datetime) -> dt.datetime | None:
    """When it is due next, later than `now`. APScheduler's own would give a time that comes twice both times."""
    due: dt.datetime | None = now
    while due is not None:
        # In UTC: added to a local time, a duration forgets which of two equal times was meant.
        due = trigger.get_next_fire_time(None, due.astimezone(dt.UTC) + TICK)
        if due is None or not (isinstance(trigger, CronTrigger) and _second_time(due)):
            return due
    return None


def _second_time(moment: dt.datetime) -> bool:
    """Whether the clocks were put back, and show this time again."""
    return moment.fold == 1 and moment.replace(fold=0).utcoffset() != moment.utcoffset()


def _clock(time: str) -> tuple[tuple[str, Any], ...]:
    moment = dt.time.fromisoformat(time)
    return (("hour", moment.hour), ("minute", moment.minute), ("second", 0))
