"""Times as SMPP writes them (3.4 section 7.1.1): `YYMMDDhhmmsstnnp`, 16 characters."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_FORM: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])", re.ASCII)
_QUARTERS: Final = 48  # hours from UTC are counted in quarters, at most 12 hours
_DAYS: Final = {"year": 365, "month": 30}  # the standard leaves open how long a relative year or month is


def read(written: str, now: float) -> float | None:
    """Return the moment in seconds since 1970; None for an empty one. `now` is where a relative one begins.

    Raises ValueError.
    """
    if not written:
        return None
    found = _FORM.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is no time: 16 characters, YYMMDDhhmmsstnnp")
    *parts, sign = found.groups()
    numbers = list(map(int, parts))
    return now + _relative(numbers) if sign == "R" else _absolute(numbers, sign)


def write(moment: float) -> str:
    """Return an absolute time in UTC."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%y%m%d%H%M%S000+")


def _relative(numbers: list[int]) -> float:
    years, months, days, hours, minutes, seconds, *rest = numbers
    if any(rest):
        raise ValueError("a relative time has no tenths and no time zone")
    whole = years * _DAYS["year"] + months * _DAYS["month"] + days
    return dt.timedelta(days=whole, hours=hours, minutes=minutes, seconds=seconds).total_seconds()


def _absolute(numbers: list[int], sign: str) -> float:
    year, month, day, hour, minute, second, tenth, quarters = numbers
    if quarters > _QUARTERS:
        raise ValueError(f"{quarters} quarters of an hour from UTC")
    there = dt.datetime(2000 + year, month, day, hour, minute, second, tenth * 100_000, dt.UTC)
    ahead = dt.timedelta(minutes=15 * quarters)
    return (there - ahead if sign == "+" else there + ahead).timestamp()
