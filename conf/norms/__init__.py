"""Norms of follow-up: a file for each edition or change, valid from its day on, and the lines that read them.

Thresholds, intervals and what a year must have change, so they are data: the files explain their columns. A later file
changes an earlier one key by key. Glucose is counted in tenths of mmol/L, so 7.0 is 70. The words of danger signs stand
in a file of their own (`danger-words.toml`), which has no days.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from conf.lengths import Length

FOLDER = Path(__file__).parent
WORDS = "danger-words.toml"
Condition = Literal["hypertension", "diabetes"]
_LENGTH = re.compile(r"(\d{1,3}) (day|week|month|year)s?")


@dataclass(frozen=True, slots=True)
class Limits:
    """A pressure in mmHg that is compared with."""

    systolic: int
    diastolic: int

    def __str__(self) -> str:
        return f"{self.systolic}/{self.diastolic}"


@dataclass(frozen=True, slots=True)
class Goal:
    """Under control is who is below, from this age on."""

    from_age: int
    below: Limits


@dataclass(frozen=True, slots=True)
class Programme:
    """What a year must have for each who has the condition."""

    from_age: int
    visits: int
    examinations: int
    fasting_tests: int


@dataclass(frozen=True, slots=True)
class Intervals:
    """How soon somebody is seen again."""

    routine: Length
    soon: Length
    referred: Length
    pre_high: Length


@dataclass(frozen=True, slots=True)
class Band:
    """Glucose from `pre_high` on is not far from ill, from `high` on it may be: tenths of mmol/L."""

    pre_high: int
    high: int


@dataclass(frozen=True, slots=True)
class Norms:
    """What is in force on a day; `editions` are the files that it comes from, the earliest first."""

    editions: tuple[str, ...]
    intervals: Intervals
    programmes: Mapping[Condition, Programme]
    goals: tuple[Goal, ...]
    goal_fasting: int
    goal_after_meal: int
    pressure_high: Limits
    pressure_pre_high: Limits
    fasting: Band
    after_meal: Band
    emergency_pressure: Limits
    glucose_high: int
    glucose_low: int
    pressure_low: Limits
    pulse_fast: int
    pulse_slow: int

    def goal(self, age: int) -> Limits:
        """The pressure below which who has high blood pressure is under control at this age."""
        return next(goal.below for goal in reversed(self.goals) if goal.from_age <= age)


def norms(day: dt.date) -> Norms:
    """What is in force on this day; before the first file, the first."""
    editions = _editions()
    return _merged(max(1, sum(start <= day for start, *_ in editions)))


class BadNorms(ValueError):
    """Files that cannot be used: a line for each mistake, with the file and the place in it."""


def read_all() -> tuple[str, ...]:
    """Read every file, as `norms` and `danger_words` would; the names of the files. Raises BadNorms."""
    mistakes = list(_mistakes())
    if mistakes:
        raise BadNorms("\n".join(mistakes))
    return (*(name for _, name, _ in _editions()), Path(WORDS).stem)


def _mistakes() -> Iterator[str]:
    """Each edition with those before it: what is wrong only with it is its own mistake."""
    spoilt = [mistake for path in sorted(FOLDER.glob("*.toml")) if (mistake := _not_toml(path))]
    if spoilt:
        yield from spoilt
        return
    try:
        danger_words()
    except (LookupError, TypeError, AttributeError) as error:
        yield f"{WORDS}: each sign needs zh and en, lists of words ({error})"
    try:
        editions = _editions()
    except ValueError as error:
        yield str(error)
        return
    if not editions:
        yield f"{FOLDER}: there are no norms in it, such as national-2017.toml"
    for count, (_, name, _) in enumerate(editions, start=1):
        try:
            _merged(count)
        except KeyError as error:
            yield f"{name}.toml: {error.args[0]}: must be there"
        except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
            yield f"{name}.toml: {error}"


def _not_toml(path: Path) -> str:
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return f"{path.name}: {error}"
    return ""


@dataclass(frozen=True, slots=True)
class DangerWords:
    """The words of a sign; `..` stands for up to six characters between."""

    code: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


@cache
def danger_words() -> tuple[DangerWords, ...]:
    """The words of all danger signs, in the order of the file."""
    entries = tomllib.loads((FOLDER / WORDS).read_text(encoding="utf-8"))
    return tuple(DangerWords(code, tuple(entry["zh"]), tuple(entry["en"])) for code, entry in entries.items())


@cache
def _merged(count: int) -> Norms:
    merged: dict[str, Any] = {}
    for _, _, edition in _editions()[:count]:
        for name, section in edition.items():
            if isinstance(section, dict):
                merged[name] = merged.get(name, {}) | section
    return _norms(tuple(name for _, name, _ in _editions()[:count]), merged)


@cache
def _editions() -> list[tuple[dt.date, str, Mapping[str, Any]]]:
    paths = [path for path in FOLDER.glob("*.toml") if path.name != WORDS]
    files = {path: tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal) for path in paths}
    for path, file in files.items():
        if not isinstance(file.get("from"), dt.date):
            raise ValueError(f"{path.name}: needs the day on which it begins, such as from = 2017-02-28")
    return sorted(((file["from"], path.stem, file) for path, file in files.items()), key=lambda edition: edition[:2])


def _norms(editions: tuple[str, ...], of: Mapping[str, Any]) -> Norms:
    healthy, emergency, doctor = of["healthy"], of["emergency"], of["doctor"]
    return Norms(
        editions=editions,
        intervals=Intervals(**{name: _length(written) for name, written in of["intervals"].items()}),
        programmes={"hypertension": _programme(of["hypertension"]), "diabetes": _programme(of["diabetes"])},
        goals=_goals(of["hypertension"]["goals"]),
        goal_fasting=_tenths(of["diabetes"]["goal_fasting"]),
        goal_after_meal=_tenths(of["diabetes"]["goal_after_meal"]),
        pressure_high=Limits(*healthy["pressure_high"]),
        pressure_pre_high=Limits(*healthy["pressure_pre_high"]),
        fasting=Band(_tenths(healthy["fasting_pre_high"]), _tenths(healthy["fasting_high"])),
        after_meal=Band(_tenths(healthy["after_meal_pre_high"]), _tenths(healthy["after_meal_high"])),
        emergency_pressure=Limits(*emergency["pressure"]),
        glucose_high=_tenths(emergency["glucose_high"]),
        glucose_low=_tenths(emergency["glucose_low"]),
        pressure_low=Limits(*doctor["pressure_low"]),
        pulse_fast=doctor["pulse_fast"],
        pulse_slow=doctor["pulse_slow"],
    )


def _programme(entry: Mapping[str, Any]) -> Programme:
    return Programme(entry["from_age"], entry["visits"], entry["examinations"], entry["fasting_tests"])


def _goals(entries: list[Mapping[str, Any]]) -> tuple[Goal, ...]:
    goals = tuple(Goal(entry["from_age"], Limits(*entry["below"])) for entry in entries)
    ages = [goal.from_age for goal in goals]
    if not ages or ages[0] != 0 or any(later <= earlier for earlier, later in pairwise(ages)):
        raise ValueError(f"the goals begin at the ages {ages}: the first must be 0, and each above the one before")
    return goals


def _tenths(figure: Decimal | int) -> int:
    tenths = Decimal(figure) * 10
    if tenths != tenths.to_integral_value():
        raise ValueError(f"{figure} mmol/L: glucose is compared to one decimal, such as 7.0")
    return int(tenths)


def _length(written: str) -> Length:
    """`2 weeks`, `3 months`."""
    found = _LENGTH.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is no length of time, such as 2 weeks or 3 months")
    figure = int(found[1])
    match found[2]:
        case "day":
            return Length(days=figure)
        case "week":
            return Length(days=7 * figure)
        case "month":
            return Length(months=figure)
    return Length(months=12 * figure)
