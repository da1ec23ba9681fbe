"""Vaccination schedules: a file for each edition or change, valid from its day on, and the lines that read them.

Schedules change, so they are data: a centre that has another one puts its file beside these. The files explain their
columns; ages are counted as in `clinic.audience.ages`.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conf.texts.words import Name

FOLDER = Path(__file__).parent
_LENGTH = re.compile(r"(\d{1,4}) (hour|day|month|year)s?")


@dataclass(frozen=True, slots=True)
class Length:
    """So many calendar months, or so many days."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class Dose:
    """`number` in its series; due from `age` months on, and `interval` after the dose before (None: the first)."""

    number: int
    age: int
    before: Length | None
    interval: Length | None


@dataclass(frozen=True, slots=True)
class Vaccine:
    """A vaccine of the schedule; `not_from` is the age in months from which it is not given."""

    code: str
    name: Name
    counts: tuple[str, ...]
    unless: tuple[str, ...]
    not_from: int
    doses: tuple[Dose, ...]


@cache
def schedule(day: dt.date) -> Mapping[str, Vaccine]:
    """The vaccines of the schedule in force on this day, by their codes; none before the first file."""
    found: dict[str, Vaccine] = {}
    for start, edition in _editions():
        if start <= day:
            found |= {code: _vaccine(code, entry) for code, entry in edition["vaccines"].items()}
            found = {code: vaccine for code, vaccine in found.items() if code not in edition.get("ended", ())}
    return found


@cache
def _editions() -> list[tuple[dt.date, Mapping[str, Any]]]:
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.toml")]
    return sorted(((file["from"], file) for file in files), key=lambda edition: edition[0])


def _vaccine(code: str, entry: Mapping[str, Any]) -> Vaccine:
    return Vaccine(
        code=code,
        name=Name(entry["zh"], entry["en"]),
        counts=tuple(entry.get("counts", [code])),
        unless=tuple(entry.get("unless", [])),
        not_from=_length(entry["not_from"]).months,
        doses=tuple(map(_dose, entry["doses"])),
    )


def _dose(entry: Mapping[str, Any]) -> Dose:
    before, interval = entry.get("before"), entry.get("interval")
    return Dose(
        number=entry["dose"],
        age=_length(entry["age"]).months,
        before=_length(before) if before else None,
        interval=_length(interval) if interval else None,
    )


def _length(written: str) -> Length:
    """`28 days`, `6 months`, `4 years`; hours are told in days, begun ones counted whole."""
    found = _LENGTH.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is no length of time, such as 28 days or 6 months")
    figure = int(found[1])
    match found[2]:
        case "hour":
            return Length(days=-(-figure // 24))
        case "day":
            return Length(days=figure)
        case "month":
            return Length(months=figure)
    return Length(months=12 * figure)
