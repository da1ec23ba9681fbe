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
    """An amount in fen (1/100 yuan), never a float."""

    fen: int


@dataclass(frozen=True, slots=True)
class Code:
    """A number of digits that somebody writes down or types (a T-code): in groups of four, said slowly."""

    digits: str

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(self.digits[start : start + 4] for start in range(0, len(self.digits), 4))


Word = str | int | dt.date | dt.time | Name | Money | Code
