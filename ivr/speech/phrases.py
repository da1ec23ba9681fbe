"""A text and its words as pieces: literals become recordings, words are composed or spoken on the spot.

A literal is cut from what stands before its first letter ("，还有" is a pause and the recording "还有") and keeps the
punctuation at its end, by which a voice knows how to end. Everything between is one recording: the fewer joins, the
better it sounds.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from types import ModuleType

from conf import texts
from conf.texts.words import LANGUAGES, Code, Language, Money, Name, Word
from ivr.speech import english, mandarin
from ivr.speech.pieces import Improvised, Pause, Piece, Prompt, Recorded, digest, flowing, slug

COMPOSERS: dict[Language, ModuleType] = {"zh": mandarin, "en": english}
_LITERAL = re.compile(r"(?P<lead>[\W_]*)(?P<body>.*?)(?P<tail>\s*)", re.DOTALL)
# How long the ear waits, in milliseconds: after a sentence, within one, between words.
SENTENCE, CLAUSE, BLANK = 380, 180, 60
_PAUSES = {SENTENCE: "。！？；.!?;\n", CLAUSE: "，、：,:()（）/—-", BLANK: " "}
# A name as a screen covers it (`clinic.notices.people.covered`): a voice would say "asterisk".
_COVERED = re.compile(r"(?<=[^\W\d_])\*")
_LETTERS = re.compile(r"[^\W_]")
_YEARS = range(1900, 2101)
# Typed by people or made for them: a telephone number, a code. Never "twelve thousand five hundred and eighty".
_DIGITS = re.compile(r"\+?\d[\d -]{3,}\d")
# The same within a text; what stands for a spoken name (`clinic.residents.placeholder`); and short numbers where a text
# says that they are dialled (拨打120, call 120), for 120 may count people, too.
_WITHIN = re.compile(
    r"(?<![\d.])(?P<phone>\+?\d{7,}|0\d{2,3}-\d{7,8})(?![\d.]*\s*(?:元|块|yuan))"
    r"|(?P<ending>尾号(?P<last>\d{3}[\dXx]))(?!\d)"
    r"|(?:[拨打电]|电话|热线|call|dial|phone|hotline)[:：]?\s*(?P<short>\d{3,6})"
    r"(?!\d|[.:：]\d|[%元个人次天]|\s*(?:times|people|yuan))",
    re.IGNORECASE,
)


def pieces(language: Language, key: str, /, **words: Word) -> list[Piece]:
    """The text `key` with its words, ready to be put together. Raises NoSuchText, WrongWords."""
    parts = texts.spoken(language, key, **words)
    said: list[Piece] = []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            said += literal(language, key, str(part))
        elif _is_of_a_year(parts, place):
            said += _of_a_year(language, part)
        else:
            said += word(language, part, before=str(parts[place - 1]), after=str(parts[place + 1]))
    return list(flowing(said))


def _is_of_a_year(parts: Sequence[str | Word], place: int) -> bool:
    """Whether a date and its year stand beside one another here (2026年11月24日, 24 Nov 2026)."""
    for one, other in ((place, place + 2), (place - 2, place)):
        if one >= 0 and other < len(parts) and not _LETTERS.search(str(parts[one + 1]).replace("年", "")):
            pair = {type(part): part for part in (parts[one], parts[other])}
            if pair.keys() == {int, dt.date} and pair[int] in _YEARS:
                return True
    return False


def _of_a_year(language: Language, word: Word) -> list[Piece]:
    """The year as years are said, the date without its weekday."""
    composer = COMPOSERS[language]
    return list(composer.date(word, weekday=False) if isinstance(word, dt.date) else composer.year(word))


def literal(language: Language, key: str, text: str) -> list[Piece]:
    """What a literal of the text `key` is made of; none where it is empty."""
    found = _LITERAL.fullmatch(text)
    assert found is not None  # noqa: S101  it fits every text
    lead, body, tail = found.groups()
    said: list[Piece] = [Pause(_wait(lead), lead)] if lead else []
    if body:
        said.append(Recorded(f"{key}-{digest(_one_line(language, body))}", _one_line(language, body)))
        said += [Pause(_wait(body[-1] + tail), tail)] if _wait(body[-1] + tail) else []
    return said


def word(  # noqa: PLR0911  a type, a return
    language: Language, word: Word, *, before: str = "", after: str = ""
) -> list[Piece]:
    """What a word between two literals is made of."""
    composer = COMPOSERS[language]
    match word:
        case Name():
            return [named(language, word)] if word.text(language).strip() else []
        case Code():
            return list(composer.code(word))
        case Money() if word.currency != "CNY":
            return [Improvised(texts.foreign(word))]
        case Money():
            return list(composer.money(word))
        case dt.time():
            return list(composer.time(word, before=before, after=after))
        case dt.date():
            return list(composer.date(word))
        case int():
            return list(composer.number(word, before=before, after=after))
    return _improvised(language, word)


def _improvised(language: Language, text: str) -> list[Piece]:
    """A free text: spoken on the spot, but for the numbers in it, which are said digit by digit."""
    if not text.strip():
        return []
    text = _COVERED.sub("某" if language == "zh" else " ", text)
    composer = COMPOSERS[language]
    if _DIGITS.fullmatch(text):
        return _digit_by_digit(composer, text)
    said: list[Piece] = []
    end = 0
    for found in _WITHIN.finditer(text):
        kind = next(kind for kind in ("phone", "ending", "short") if found[kind])
        said += _between(text[end : found.start(kind)])
        said += composer.ending(Code(found["last"])) if found["last"] else _digit_by_digit(composer, found[kind])
        end = found.end(kind)
    return [*said, *_between(text[end:])]


def _digit_by_digit(composer: ModuleType, number: str) -> list[Piece]:
    return list(composer.code(Code(re.sub(r"\D", "", number))))


def _between(text: str) -> list[Piece]:
    """Text beside a number; where it is only punctuation there is nothing to speak."""
    if not text or _LETTERS.search(text):
        return [Improvised(text)] if text else []
    return [Pause(_wait(text), text)]


def named(language: Language, name: Name) -> Recorded:
    """A name of the data. Its key can be told by people where it has Latin letters in either language."""
    text = name.text(language)
    readable = slug(name.en) or slug(name.zh)
    return Recorded(f"name.{readable}{'-' if readable else ''}{digest(text)}", text)


def needed(names: Iterable[Name]) -> list[Prompt]:
    """Every recording that speech may need: of the texts, of numbers, and of these names of the data."""
    found: dict[tuple[Language, str], Prompt] = {}
    every = list(names)
    for language in LANGUAGES:
        said: list[Piece] = [
            piece
            for key, fragments in texts.fragments(language).items()
            for fragment in fragments
            for piece in literal(language, key, fragment)
        ]
        said += [Recorded(key, text) for key, text in COMPOSERS[language].VOCABULARY.items()]
        said += [piece for name in every for piece in word(language, name)]
        for piece in said:
            if isinstance(piece, Recorded):
                found[language, piece.key] = Prompt(language, piece.key, piece.text)
    return list(found.values())


def _wait(text: str) -> int:
    """The longest pause that a character in it asks for."""
    waits = (wait for wait, characters in _PAUSES.items() if any(character in characters for character in text))
    return max(waits, default=CLAUSE if text.strip() and not text[-1].isalnum() else 0)


def _one_line(language: Language, text: str) -> str:
    """Line breaks are for the eye; the voice gets a comma where no other punctuation stands."""
    return re.sub(r"(?<=[^\W_])\s*\n\s*", "，" if language == "zh" else ", ", text).replace("\n", " ")
