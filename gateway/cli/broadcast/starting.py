"""When a broadcast starts, as it is written in a command."""

from __future__ import annotations

import datetime as dt

from gateway.cli.desk import Desk
from gateway.cli.problems import Mistake


def start_of(written: str | None, desk: Desk) -> dt.datetime | None:
    """`2026-12-01 09:00` or `09:00` (today) in the centres' time; Mistake for anything else, and for the past."""
    if written is None:
        return None
    now, words = desk.now(), written.strip()
    try:
        day = f"{now:%Y-%m-%d} " if len(words) <= 5 else ""
        at = dt.datetime.fromisoformat(day + words)
    except ValueError:
        raise Mistake(f"--at: {written!r} is no time; write it as '{now:%Y-%m-%d} 09:00' or as 09:00") from None
    at = at.replace(tzinfo=desk.installation.timezone) if at.tzinfo is None else at
    if at <= now:
        raise Mistake(f"--at: {desk.moment(at)} is over; it is {desk.moment(now)} now. Leave --at out to start at once")
    return at
