"""Lengths of time as a schedule counts them: so many calendar months, or so many days."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

from pydantic import PlainValidator

_WRITTEN = re.compile(r"(\d{1,4}) (hour|day|month|year)s?")


class Length(NamedTuple):
    """So many calendar months, or so many days."""

    months: int = 0
    days: int = 0


def read_length(written: object) -> Length:
    """`28 days`, `6 months`, `4 years`; 24 hours are 2 days, since the hour from which they count is not known.

    Raises ValueError.
    """
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError(f"{written!r} is no length of time, such as 28 days or 6 months")
    figure = int(found[1])
    match found[2]:
        case "hour":
            return Length(days=-(-figure // 24) + 1)
        case "day":
            return Length(days=figure)
        case "month":
            return Length(months=figure)
    return Length(months=12 * figure)


def _read_age(written: object) -> Length:
    age = read_length(written)
    if age.days:
        raise ValueError(f"{written!r} is no age, such as 8 months or 2 years")
    return age


Interval = Annotated[Length, PlainValidator(read_length)]
Limit = Interval
Age = Annotated[Length, PlainValidator(_read_age)]
