"""Ages as days of birth: who was born on or before such a day is so old.

Two countings, as in the field. Years are completed on the birthday, and for the 29th of February on the 1st of March
(`clinic.residents.age`). Months, which the immunisation schedule counts, are completed on the same day of a later
month, or on the last one of a shorter month: born 2023-01-31, one month old on 2023-02-28.
"""

from __future__ import annotations

import calendar
import datetime as dt

from clinic.months import years_before


def latest(day: dt.date, months: int) -> dt.date:
    """The latest day from which so many months have passed on `day`."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    # On the last day of a month also those are over that began on a day which this month does not have.
    ends = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(years, month + 1, last if ends else min(day.day, last))


def latest_birth(day: dt.date, years: int) -> dt.date:
    """The latest birth of who has completed so many years on `day`."""
    return years_before(day, years)


def born_by(day: dt.date, age: int, *, months: bool) -> dt.date:
    """The latest birth of who is `age` or older on `day`."""
    return latest(day, age) if months else latest_birth(day, age)
