"""Texts: what residents and staff read, in each language, from one key with typed words.

The catalogues are Project Fluent files (https://projectfluent.org, syntax 1.0) beside this module: `zh.ftl`, `en.ftl`,
and one pair for each room with pages of its own (`kiosk.zh.ftl`, `kiosk.en.ftl`). Key `visit.booked` is the attribute
`.booked` of the message `visit`. A text is whole or an error: a missing key or word never reaches a phone.

What is heard comes from the same texts: `spoken` gives the pieces of one. `voice.zh.ftl` and `voice.en.ftl` hold what
is only ever heard (message `voice`), and say for the ear what the others say for the eye: `voice-visit.booked` is
spoken instead of `visit.booked`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle
from fluent.runtime.types import fluent_number
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from conf.texts.aloud import Parts, cut, fill, literals
from conf.texts.words import LANGUAGES, Code, Half, Language, Money, Name, Word

__all__ = [
    "LANGUAGES",
    "Code",
    "Half",
    "Language",
    "Money",
    "Name",
    "NoSuchText",
    "Word",
    "WrongWords",
    "fragments",
    "keys",
    "say",
    "spoken",
]

FOLDER = Path(__file__).parent
_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
EAR = "voice"
"""The messages for the ear: `voice` itself, and `voice-visit` for `visit`."""
_PAGES = ("handset", "kiosk", "why", "care-chart", "certificate", "receipt", "drawpage")  # what is only read
_ONLY_READ = ("broadcast.", "command.", "ussd.")
_ONLY_READ_END = "_sms"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class NoSuchText(LookupError):
    """No catalogue of this language has the key."""


class WrongWords(ValueError):
    """A word that the text needs is missing, or is of no type that a text can hold."""


def say(language: Language, key: str, /, **words: Word) -> str:
    """The text `key` in this language, filled with `words` (more than it needs are no fault).

    A date is written as people say it (11月24日周二, Tue 24 Nov), a time as 08:30, Money as 12.50元 or ¥12.50 without
    zeros where whole (12.50 ZMW in another currency), a Name in the language, a number without grouping, a Code in
    groups. Raises NoSuchText, WrongWords.
    """
    pattern = _pattern(language, key)
    if pattern is None:
        raise NoSuchText(f"{key} ({language})")
    written = {name: _written(language, word) for name, word in words.items()}
    return _whole(language, key, *_bundle(language).format_pattern(pattern, written))


def spoken(language: Language, key: str, /, **words: Word) -> Parts:
    """The text `key` as it is said: literals at even places, the words between them at odd ones.

    `visit.booked` is looked for as `voice-visit.booked` first. A word that only chooses (`half`) is in no place. Raises
    NoSuchText, WrongWords.
    """
    pattern = _pattern(language, f"{EAR}-{key}") or _pattern(language, key)
    if pattern is None:
        raise NoSuchText(f"{key} ({language})")
    for word in words.values():
        _written(language, word)  # raises where it is none
    return cut(_whole(language, key, *fill(_bundle(language), pattern, words)), list(words.values()))


def fragments(language: Language) -> dict[str, list[str]]:
    """Every key that is spoken, with every literal that `spoken` can give for it.

    Spoken is what residents are told. Pages, keywords, screens and SMS are only read, unless one has a text for the
    ear.
    """
    patterns = _all_patterns(language)
    files = [path for path in _files(language) if path.name.split(".")[0] not in _PAGES]
    found = {key for path in files for entry in _messages(path) for key, _ in _patterns(entry) if "." in key}
    ears = {key: key.removeprefix(f"{EAR}-") for key in found}
    said = {ear for key, ear in ears.items() if key != ear or not _only_read(key)}
    return {key: literals(patterns, f"{EAR}-{key}" if f"{EAR}-{key}" in patterns else key) for key in sorted(said)}


def keys(language: Language) -> dict[str, frozenset[str]]:
    """Every key of a language, with the words that its text needs."""
    patterns = _all_patterns(language)
    return {key: frozenset(_needs(patterns, pattern)) for key, pattern in patterns.items()}


def _only_read(key: str) -> bool:
    return key.startswith(_ONLY_READ) or key.endswith(_ONLY_READ_END)


def _pattern(language: Language, key: str) -> Any:
    """The text as Fluent runs it, or None."""
    name, _, attribute = key.partition(".")
    try:
        message = _bundle(language).get_message(name)
        return message.attributes[attribute] if attribute else message.value
    except LookupError:
        return None


def _whole(language: Language, key: str, text: object, errors: list[Exception]) -> str:
    if errors:
        raise WrongWords(f"{key} ({language}): {errors[0]}")
    return str(text)


def _all_patterns(language: Language) -> dict[str, ast.Pattern]:
    messages = (entry for entry in _entries(language).values() if isinstance(entry, ast.Message))
    return {key: pattern for entry in messages for key, pattern in _patterns(entry)}


def _written(language: Language, word: Word) -> Any:  # noqa: PLR0911  a type, a return
    if isinstance(word, str):
        return word
    if isinstance(word, bool):
        raise WrongWords("a truth value is no word")
    if isinstance(word, int):
        return fluent_number(word, useGrouping=False)
    if isinstance(word, Name):
        return word.text(language)
    if isinstance(word, Money):
        return _amount(language, word)
    if isinstance(word, Code):
        return " ".join(word.groups)
    if isinstance(word, dt.time):
        return f"{word:%H:%M}"
    if isinstance(word, dt.date) and not isinstance(word, dt.datetime):
        return _day(language, word)
    raise WrongWords(f"{type(word).__name__} is no word")


def _amount(language: Language, money: Money) -> str:
    if money.currency != "CNY":
        return foreign(money)
    yuan, fen = divmod(abs(money.fen), 100)
    figure = f"{'-' if money.fen < 0 else ''}{yuan}" + (f".{fen:02}" if fen else "")
    return f"{figure}元" if language == "zh" else f"¥{figure}"


def foreign(money: Money) -> str:
    """12.50 ZMW: with all digits that ISO 4217 gives the currency."""
    from iso4217 import Currency  # noqa: PLC0415  a table of all currencies, which few installations need

    digits: int = Currency(money.currency).exponent or 0
    return f"{Decimal(money.fen).scaleb(-digits):f} {money.currency}"


def _day(language: Language, day: dt.date) -> str:
    weekday = _WEEKDAYS[language][day.weekday()]
    if language == "zh":
        return f"{day.month}月{day.day}日周{weekday}"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1]}"


@cache
def _bundle(language: Language) -> FluentBundle:
    # Isolation marks (U+2068, U+2069) are for mixed writing directions; a phone would show them as boxes.
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(ast.Resource(list(_entries(language).values())))
    return bundle


@cache
def _entries(language: Language) -> Mapping[str, ast.Message | ast.Term]:
    """All messages and terms by name. A mistake in a file, or a name in two files, is told here with its place."""
    found: dict[str, ast.Message | ast.Term] = {}
    for path in _files(language):
        for entry in _parsed(path):
            name = ("-" if isinstance(entry, ast.Term) else "") + entry.id.name
            if name in found:
                raise ValueError(f"{path.name}: {name} stands in another file too")
            found[name] = entry
    return found


def _parsed(path: Path) -> Iterator[ast.Message | ast.Term]:
    for entry in FluentParser().parse(path.read_text(encoding="utf-8")).body:
        if isinstance(entry, ast.Junk):
            raise ValueError(f"{path.name}: {entry.annotations[0].message}: {entry.content!r}")
        if isinstance(entry, ast.Message | ast.Term):
            yield entry


def _messages(path: Path) -> Iterator[ast.Message]:
    return (entry for entry in _parsed(path) if isinstance(entry, ast.Message))


def _files(language: Language) -> list[Path]:
    if language not in LANGUAGES:
        raise NoSuchText(f"no texts in the language {language!r}")
    return [FOLDER / f"{language}.ftl", *sorted(FOLDER.glob(f"*.{language}.ftl"))]


def _patterns(entry: ast.Message) -> Iterator[tuple[str, ast.Pattern]]:
    if entry.value is not None:
        yield entry.id.name, entry.value
    for attribute in entry.attributes:
        yield f"{entry.id.name}.{attribute.id.name}", attribute.value


def _needs(patterns: Mapping[str, ast.Pattern], pattern: ast.Pattern) -> set[str]:
    """The words a text needs, those of the messages that it refers to included."""
    found = _References()
    found.visit(pattern)
    return found.words.union(*(_needs(patterns, patterns[key]) for key in found.messages))


class _References(Visitor):
    def __init__(self) -> None:
        self.words: set[str] = set()
        self.messages: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.words.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:
        self.messages.add(f"{node.id.name}.{node.attribute.name}" if node.attribute else node.id.name)
