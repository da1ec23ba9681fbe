"""Working days of the centres: the country's public holidays, and the weekends that are worked instead.

A centre that is open on weekends, or closed on a day of its own, says so by settings. Of years that the government has
not arranged yet only the fixed holidays are known.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import holidays

DAY = dt.timedelta(days=1)
MOST_DAYS = 30  # a row of days off is shorter


@dataclass(frozen=True, slots=True)
class Workdays:
    """`region` is the country's ISO 3166 code; one without known holidays has weekends only."""

    region: str
    closed: frozenset[dt.date] = frozenset()
    open: frozenset[dt.date] = frozenset()

    def is_one(self, day: dt.date) -> bool:
        if day in self.closed or day in self.open:
            return day in self.open
        return _working(self.region, day)

    def is_held(self, day: dt.date) -> bool:
        """Whether a clinic is held that the roster has on this weekday: of weekends all but holidays."""
        if day in self.closed or day in self.open or day.weekday() < 5:
            return self.is_one(day)
        calendar = _calendar(self.region)
        return calendar is None or day not in calendar

    def from_(self, day: dt.date) -> dt.date:
        """This day, or the next one that is worked."""
        days = (day + DAY * later for later in range(MOST_DAYS))
        return next((each for each in days if self.is_one(each)), day)

    def until(self, day: dt.date) -> dt.date:
        """This day, or the last one before it that is worked."""
        days = (day - DAY * earlier for earlier in range(MOST_DAYS))
        return next((each for each in days if self.is_one(each)), day)


def known(region: str) -> bool:
    """Read the holidays of a country, once; whether any are known."""
    return _calendar(region) is not None


@cache
def _calendar(region: str) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(region)
    except NotImplementedError:
        return None


@cache
def _working(region: str, day: dt.date) -> bool:
    known = _calendar(region)
    return day.weekday() < 5 if known is None else bool(known.is_working_day(day))
