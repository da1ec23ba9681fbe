"""Rules of absence and of giving up: what one row of each does."""

from __future__ import annotations

import datetime as dt
import re
from typing import TypedDict

from clinic.fairness import rules
from clinic.fairness.rules import BadRule
from clinic.imports import values
from clinic.imports.rows import BadRow, Import, Row

BY = "import"


def absence_rule(context: Import, row: Row) -> None:
    """A rule of absence. The same one again only changes its last day."""
    try:
        rules.add(
            context.session,
            centre=row["centre"],
            what=row["what"],
            times=_whole(row, "times"),
            months=_whole(row, "months"),
            block_months=_whole(row, "block_months"),
            by=BY,
            now=context.now,
            **_days(context, row),
        )
    except BadRule as error:
        raise BadRow(str(error)) from error


def cancel_rule(context: Import, row: Row) -> None:
    """Until when a visit can be given up without consequence."""
    try:
        rules.add_cancel(
            context.session,
            centre=row["centre"],
            days=_whole(row, "days"),
            until=values.time(row["until"], "until"),
            by=BY,
            now=context.now,
            **_days(context, row),
        )
    except BadRule as error:
        raise BadRow(str(error)) from error


class _Days(TypedDict):
    valid_from: dt.date
    valid_until: dt.date | None


def _days(context: Import, row: Row) -> _Days:
    """When it holds: from today where nothing is said, and for ever."""
    first, last = row.get("valid_from", ""), row.get("valid_until", "")
    return {
        "valid_from": _day(first, "valid_from") if first else context.now.date(),
        "valid_until": _day(last, "valid_until") if last else None,
    }


def _day(written: str, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise BadRow(f"{name}: {written!r} is not a date, such as 2027-03-08") from None


def _whole(row: Row, name: str) -> int:
    if not re.fullmatch(r"\d{1,3}", row[name]):
        raise BadRow(f"{name}: {row[name]!r} is not a whole number")
    return int(row[name])
