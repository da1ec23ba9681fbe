"""Ages and intervals as days. `clinic.audience.ages.latest` counts the same way back."""

from __future__ import annotations

import calendar
import datetime as dt
from functools import lru_cache

from conf.lengths import Length

_IN_EVERY_MONTH = 28
_KEPT = 1 << 16  # lengths after days: a city's children were born and vaccinated on a few thousand days


@lru_cache(maxsize=_KEPT)
def after(day: dt.date, length: Length) -> dt.date:
    """The day on which so much time has passed since `day`.

    Months end on the same day of a later month, or on the last day of a shorter one: one month after 2023-01-31 is
    2023-02-28.
    """
    if length.months:
        years, month = divmod(day.month - 1 + length.months, 12)
        year, month, number = day.year + years, month + 1, day.day
        if number > _IN_EVERY_MONTH:
            number = min(number, calendar.monthrange(year, month)[1])
        day = dt.date(year, month, number)
    return day + dt.timedelta(days=length.days) if length.days else day


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day so many years before; 28 February for the 29th, where there was none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


class Ages(dict[Length, dt.date]):
    """The days on which a child comes to an age, each reckoned once: `Ages(birth)[Length(months=8)]`."""

    def __init__(self, birth: dt.date) -> None:
        super().__init__()
        self.birth = birth

    def __missing__(self, age: Length) -> dt.date:
        day = self[age] = after(self.birth, age)
        return day
