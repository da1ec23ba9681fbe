"""What stands in a cell, checked: BadRow names the column and says what was expected."""

from __future__ import annotations

import datetime as dt
import re

from clinic import phones
from clinic.imports.rows import BadRow, Import, Row
from clinic.money import amounts
from clinic.phones import BadPhone
from clinic.places.shares import BadShares, Rule

YEARS = range(2000, 2200)


def text(row: Row, name: str, most: int) -> str:
    """What the column holds, nothing where the file lacks it; no longer than the database takes."""
    written = row.get(name, "")
    if len(written) > most:
        raise BadRow(f"{name}: longer than {most} characters")
    if not written.isprintable():
        raise BadRow(f"{name}: has a character that cannot be printed")
    return written


def filled(row: Row, name: str, most: int = 80) -> str:
    if not row[name]:
        raise BadRow(f"{name}: empty")
    return text(row, name, most)


def code(row: Row, name: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,32}", row[name]):
        raise BadRow(f"{name}: {row[name]!r} is not 1 to 32 letters, digits, dots or hyphens")
    return row[name]


def word(name: str, written: str) -> str:
    """A grid or a tag: what can stand in an expression of `clinic.audience` as it is."""
    if not re.fullmatch(r"[\w.-]{1,40}", written) or "且" in written or "或" in written:
        raise BadRow(f"{name}: {written!r} is not 1 to 40 letters, digits, dots or hyphens")
    return written


def degrees(row: Row, name: str, most: int) -> float | None:
    written = row.get(name, "")
    if not written:
        return None
    try:
        found = float(written)
    except ValueError:
        raise BadRow(f"{name}: {written!r} is not a number of degrees") from None
    if not -most <= found <= most:
        raise BadRow(f"{name}: {written} is not between -{most} and {most}")
    return found


def whole(row: Row, name: str) -> int:
    if not re.fullmatch(r"\d{1,4}", row[name]):
        raise BadRow(f"{name}: {row[name]!r} is not a whole number of places")
    return int(row[name])


def fee(written: str, currency: str) -> int:
    """In smallest units of the centre's currency, which has its own number of digits after the point."""
    try:
        found = amounts.units(written, currency)
    except amounts.BadAmount as error:
        raise BadRow(f"fee: {error}") from None
    if not 0 <= found <= amounts.most_fee(currency):
        raise BadRow(f"fee: {written} is negative, or more than {amounts.MOST_FEE}")
    return found


def day(written: str, today: dt.date) -> dt.date:
    if re.fullmatch(r"\+\d{1,3}", written):
        return today + dt.timedelta(days=int(written))
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        raise BadRow(f"day: {written!r} is neither a date (2027-03-08) nor days from today (+3)") from None
    if day.year not in YEARS:
        raise BadRow(f"day: {written} is not in this age")
    return day


def past(written: str, birth: dt.date, today: dt.date) -> dt.date:
    """The day of something that has happened to a person."""
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        raise BadRow(f"day: {written!r} is not a date, such as 2024-03-08") from None
    if not birth <= day <= today:
        raise BadRow(f"day: {written} is {'before the birth' if day < birth else 'still to come'}")
    return day


def phone(context: Import, row: Row, name: str) -> str:
    try:
        return phones.canonical(row[name], context.installation.region)
    except BadPhone as error:
        raise BadRow(f"{name}: {error}") from error


def time(written: str, name: str) -> dt.time:
    try:
        return dt.time.fromisoformat(written)
    except ValueError:
        raise BadRow(f"{name}: {written!r} is not an hour, such as 08:30") from None


def before(written: str, name: str) -> tuple[int, dt.time]:
    """`-7d 07:00`: seven days before, at seven."""
    found = re.fullmatch(r"-(\d{1,3})d (\d\d:\d\d)", written)
    if found is None:
        raise BadRow(f"{name}: {written!r} is neither empty nor like -7d 07:00")
    return int(found[1]), time(found[2], name)


def shares(row: Row) -> Rule | None:
    """How the places are shared out; None where the file, or the cell, does not say."""
    try:
        return Rule.parse(row["shares"]) if row.get("shares") else None
    except BadShares as error:
        raise BadRow(f"shares: {error}") from error
