"""What is known of a child, and what is found: the words of docs/vaccines.md as values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from conf.texts.words import Word

Judgement = Literal[
    "valid",
    "unknown",
    "extra",
    "wrong_vaccine",
    "too_early",
    "too_close",
    "too_close_live",
    "too_close_immunoglobulin",
]
Status = Literal["complete", "contraindicated", "too_old", "later", "due", "overdue"]

IMMUNOGLOBULIN = "IG"
"""How immunoglobulin is kept among the doses: it is no vaccine, but one must keep away from it."""


class Given(NamedTuple):
    """A dose that was given: the vaccine's code and the day."""

    vaccine: str
    day: dt.date


class Contra(NamedTuple):
    """A contraindication: `against` is a vaccine's code, `live` or `all`; `until` is its last day, None for good."""

    against: str
    since: dt.date
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Child:
    """What the rules look at. `birth_weight` in grams, None where unknown (then not light)."""

    birth: dt.date
    doses: tuple[Given, ...] = ()
    contraindications: tuple[Contra, ...] = ()
    immunoglobulin: tuple[dt.date, ...] = ()
    birth_weight: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the key of a text and its words, so that it can be told in each language, by screen and by voice."""

    key: str
    words: Mapping[str, Word] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """A dose with its judgement. `number`: which dose of its series it is, or was to be; 0 where there is none."""

    given: Given
    series: str
    number: int
    judgement: Judgement
    why: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """What a series is at today. Days are None where nothing is to be given any more (complete, contraindicated).

    `earliest` by its own rules; `on`: when it can be given, from today on; `overdue_from`; `vaccine`: what to give;
    `number`: which dose of the series that is, 0 for none.
    """

    series: str
    status: Status
    vaccine: str = ""
    number: int = 0
    earliest: dt.date | None = None
    on: dt.date | None = None
    overdue_from: dt.date | None = None
    skin_test: bool = False
    why: tuple[Reason, ...] = ()
