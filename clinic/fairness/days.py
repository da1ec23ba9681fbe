"""The last day of a block, and the midnight after it at which it ends; both local to the installation."""

from __future__ import annotations

import datetime as dt


def last_day(until: dt.datetime, now: dt.datetime) -> dt.date:
    return (until.astimezone(now.tzinfo) - dt.timedelta(seconds=1)).date()


def ends(last: dt.date, now: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(last + dt.timedelta(days=1), dt.time(0), tzinfo=now.tzinfo)
