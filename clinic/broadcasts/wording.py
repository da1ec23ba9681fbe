"""Texts of broadcasts: placeholders, how a word is written, how the text is refused, and how many segments it takes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

from clinic.names import masked
from clinic.tables import ConsentClass
from conf import texts
from conf.texts.words import Language, Name, Word
from smpp import segments
from smpp.kinds import Encoding
from smpp.segments import Style

MOST_SEGMENTS = 10
TYPES: Mapping[str, str] = {
    "name": "text",
    "centre": "text",
    "birth": "date",
    "age": "number",
    "vaccine": "text",
    "due": "date",
}
"""Placeholders whose type is known by their name; lists may have others."""
HARMLESS = frozenset({"centre", "vaccine"})

# What is counted without looking at each character: no marks, no surrogates, nothing that GSM 7 bit escapes.
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PLAIN_HAN = re.compile(r"[\n -~\u3001-\u3029\u4e00-\u9fff\uff01-\uff60·“”‘’…—]*")
_PLAIN_GSM = re.compile(r"[\n\r@$_ !\"#%&'()*+,\-./0-9:;<=>?A-Za-z]*")


class BadText(ValueError):
    """A text that cannot be read; the message says where and what to write instead."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    name: str
    type: str  # text, number, date; "" where neither its name nor the text tells


@dataclass(frozen=True, slots=True)
class Template:
    """A text with its placeholders: `literals` are one more than they are."""

    literals: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]

    @property
    def shortest(self) -> str:
        """The text with nothing filled in."""
        return "".join(self.literals)

    def fill(self, language: Language, words: Mapping[str, Word]) -> str | None:
        """The text with these words; None where one is missing."""
        pieces = [self.literals[0]]
        for place, literal in zip(self.placeholders, self.literals[1:], strict=True):
            word = words.get(place.name)
            if word is None or word == "":
                return None
            pieces.append(word if type(word) is str else written(language, word))
            pieces.append(literal)
        return "".join(pieces)


def parse(text: str) -> Template:
    """Read `{name}`, or `{due:date}` where the type is to be checked; `{{` and `}}` are braces. Raises BadText."""
    literals, places, open_literal = [], [], ""
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise BadText(
            f"a brace has no other one ({error}); write {{{{ and }}}} for braces that are to be read"
        ) from None
    for literal, name, spec, conversion in pieces:
        open_literal += literal
        if name is not None:
            literals.append(open_literal)
            places.append(_placeholder(name, spec or "", conversion))
            open_literal = ""
    return Template((*literals, open_literal), tuple(places))


def anonymous(words: Mapping[str, Word]) -> dict[str, Word]:
    """The words without what tells who it is: names, and the texts of lists, which may be anything."""
    return {
        name: masked(word) if isinstance(word, str) and name not in HARMLESS else word for name, word in words.items()
    }


def _placeholder(name: str, spec: str, conversion: str | None) -> Placeholder:
    if conversion or not name.isidentifier():
        raise BadText(f"{{{name}}} is no placeholder; a placeholder is a name between braces, as in {{name}}")
    if spec not in ("", "text", "number", "date"):
        raise BadText(f"{{{name}:{spec}}}: there are the types text, number and date, as in {{{name}:date}}")
    return Placeholder(name, spec or TYPES.get(name, ""))


def written(language: Language, word: Word) -> str:
    """A word as this language writes it: a date as 11月24日周二 or Tue 24 Nov, a number without grouping."""
    if isinstance(word, Name):
        return word.text(language)
    if isinstance(word, dt.date | dt.time):
        return _say(language, word)  # the same days come again and again
    return texts.say(language, "broadcast.word", word=word) if not isinstance(word, int) else str(word)


@lru_cache(maxsize=10_000)
def _say(language: Language, word: dt.date | dt.time) -> str:
    return texts.say(language, "broadcast.word", word=word)


def with_refusal(language: Language, text: str, consent_class: ConsentClass) -> str:
    """The text, and after it how to refuse more of them, unless it says so or nobody can (public)."""
    line = texts.say(language, "broadcast.refusal")
    ways = [line, *texts.say(language, "broadcast.refusal_ways").split("|")]
    if consent_class == "public" or any(_folded(way) in _folded(text) for way in ways):
        return text
    ended = not (text[-1:].isalnum() or text.endswith("}"))
    gap = {"zh": "" if ended else "。", "en": " " if ended else ". "}[language]
    return f"{text.rstrip()}{gap}{line}"


def _folded(text: str) -> str:
    return "".join(text.casefold().split())


def measure(text: str, style: Style) -> tuple[Encoding, int]:
    """Its encoding and how many segments it takes, exactly as a link of this style cuts it. Raises TextTooLong."""
    size, wide = len(text), style.method == "udh16"
    if not text.isascii() and _HAN.search(text) and _PLAIN_HAN.fullmatch(text):  # only UCS-2 has these, a unit each
        return "ucs2", 1 if size <= 70 else -(-size // (66 if wide else 67))
    gsm = style.default in ("gsm7", "gsm7_packed") and "gsm7" in style.encodings
    if gsm and _PLAIN_GSM.fullmatch(text):
        return "gsm7", 1 if size <= 160 else -(-size // (152 if wide else 153))
    cut = segments.cut(text, style)
    return cut.encoding, len(cut.parts)
