"""A day as a person writes it in a command, and a moment as it is told."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from gateway.config import Settings

MOMENT = "%Y-%m-%d %H:%M"


def day(written: str, today: dt.date, option: str = "--day") -> dt.date:
    """`2027-03-08`, `today`, `tomorrow`, `yesterday`, `+3`, `-1`; Mistake for anything else."""
    try:
        if re.fullmatch(r"[+-]\d{1,4}", written):
            return today + dt.timedelta(days=int(written))
        words = {"today": 0, "tomorrow": 1, "yesterday": -1}
        return today + dt.timedelta(days=words[written]) if written in words else dt.date.fromisoformat(written)
    except (ValueError, OverflowError):
        raise Mistake(f"{option}: {written!r} is neither a date (2027-03-08) nor today, tomorrow, +3 or -1") from None


def now_of(settings: Settings) -> dt.datetime:
    """This moment in the centres' time."""
    return dt.datetime.now(settings.installation.timezone)


def moment(at: dt.datetime | None, zone: dt.tzinfo, form: str = MOMENT) -> str:
    """In this zone, `2027-03-08 09:00`; "" for none."""
    return "" if at is None else at.astimezone(zone).strftime(form)
