"""A day as a person writes it in a command."""

from __future__ import annotations

import datetime as dt
import re

from gateway.cli.problems import Mistake


def day(written: str, today: dt.date, option: str = "--day") -> dt.date:
    """`2027-03-08`, `today`, `tomorrow`, `yesterday`, `+3`, `-1`; Mistake for anything else."""
    try:
        if re.fullmatch(r"[+-]\d{1,4}", written):
            return today + dt.timedelta(days=int(written))
        words = {"today": 0, "tomorrow": 1, "yesterday": -1}
        return today + dt.timedelta(days=words[written]) if written in words else dt.date.fromisoformat(written)
    except (ValueError, OverflowError):
        raise Mistake(f"{option}: {written!r} is neither a date (2027-03-08) nor today, tomorrow, +3 or -1") from None
