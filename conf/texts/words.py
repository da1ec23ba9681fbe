"""The typed words that a text is filled with.

A use case or a dialog never formats: it hands over a date, an amount or a name, and the catalogue of the
resident's language decides how that is written or spoken.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
Half = Literal["am", "pm"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name that data carries in both languages (a centre, a department, a practitioner)."""

    zh: str
    en: str

    def text(self, language: Language) -> str:
        return self.en if language == "en" and self.en else self.zh


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in fen (1/100 yuan), never a float; of another currency (ISO 4217) in its smallest unit."""

    fen: int
    currency: str = "CNY"


SHORT, MOBILE = 6, 11  # digits
CHINA = "86"


@dataclass(frozen=True, slots=True)
class Code:
    """A number of digits that somebody writes down or types (a T-code): in groups of four, said slowly.

    A short number (12580) is one group, a mobile phone's is 3, 4 and 4 digits.
    """

    digits: str

    @property
    def groups(self) -> tuple[str, ...]:
        if len(self.digits) <= SHORT:
            return (self.digits,)
        if len(self.digits) == len(CHINA) + MOBILE and self.digits.startswith(CHINA):
            return (CHINA, *Code(self.digits.removeprefix(CHINA)).groups)
        first = 3 if len(self.digits) == MOBILE else 4
        starts = [0, *range(first, len(self.digits), 4)]
        return tuple(self.digits[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True))


Word = str | int | dt.date | dt.time | Name | Money | Code
