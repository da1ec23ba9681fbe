"""The words of a text as they are given on the command line: WORD=VALUE."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from conf.texts import WrongWords
    from conf.texts.words import Language, Word


@dataclass(frozen=True, slots=True)
class Line:
    """A text and its words."""

    key: str
    words: dict[str, Word]


def word(written: str) -> tuple[str, Word]:
    """`queue=7` as a word and its value; Mistake where it is none."""
    name, equals, value = written.partition("=")
    if not equals or not name:
        raise Mistake(f"{written!r} is no WORD=VALUE, as in queue=7")
    try:
        return name, _value(value)
    except ValueError as error:
        raise Mistake(f"{name}: {value!r} is no date and no time of day ({error})") from error


def wrong_words(language: Language, line: Line, error: WrongWords) -> Mistake:
    """What to tell of a text that cannot be said with these words: those that it lacks."""
    from conf import texts  # noqa: PLC0415

    needs = texts.keys(language)
    missing = sorted({*needs.get(f"{texts.EAR}-{line.key}", needs.get(line.key, ()))} - {*line.words})
    if not missing:
        return Mistake(str(error))
    words, given = ", ".join(missing), " ".join(f"{name}=VALUE" for name in missing)
    return Mistake(f"{line.key} needs the word{'s' if len(missing) > 1 else ''} {words}: give {given}")


def _value(value: str) -> Word:
    from conf.texts.words import Code, Money, Name  # noqa: PLC0415

    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return dt.date.fromisoformat(value)
    if re.fullmatch(r"\d{2}:\d{2}", value):
        return dt.time.fromisoformat(value)
    if amount := re.fullmatch(r"¥?(\d+)(?:\.(\d\d))?元?", value) if value[:1] == "¥" or value[-1:] == "元" else None:
        return Money(int(amount[1]) * 100 + int(amount[2] or 0))
    if re.fullmatch(r"[\d ]{9,}", value):
        return Code(value.replace(" ", ""))
    if re.fullmatch(r"-?\d+", value):
        return int(value)
    zh, bar, en = value.partition("|")
    return Name(zh, en) if bar else value
