"""Words in a text that mean: help at once. They are data: `conf/norms/danger-words.toml`."""

from __future__ import annotations

import re
from functools import cache

from clinic.care.reading.lexer import folded, plain
from conf.norms import danger_words

_GAP = r"[^。！？!?;；\n]{0,6}"
_GAP_EN = r"[^.!?;\n]{0,12}"
_NOT_ZH = "没有任何|没有|没|无|不|未|并无"
_NOT_EN = r"no|not|without|never|don'?t have|do not have|nor"
_AND = r"[、和或及与/]|也没有|或者|,?\s?(?:or|and)\s"  # the same "no" goes on over these


def signs(text: str) -> tuple[str, ...]:
    """The codes of the signs in the text, in the order of the file."""
    found = {match.lastgroup for match in _pattern().finditer(_close(text))}
    return tuple(entry.code for entry in danger_words() if entry.code in found)


def _close(text: str) -> str:
    """The folded text, without blanks between Chinese characters, and without what is said not to be."""
    whole = re.sub(r"\s+", " ", folded(plain(text)).replace("’", "'"))
    whole = re.sub(r"(?<=[一-鿿]) | (?=[一-鿿])", "", whole)
    return _denied().sub("。", whole)


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{entry.code}>{_words(entry.zh, entry.en)})" for entry in danger_words()))


@cache
def _denied() -> re.Pattern[str]:
    """没有胸痛、胸闷: the word before, and the signs that hang together behind it. 不痛 within a sign stays."""
    sign = "|".join(_words(entry.zh, entry.en) for entry in danger_words())
    return re.compile(
        rf"(?:(?:{_NOT_ZH})(?:觉得|感到|出现|有)?|\b(?:{_NOT_EN})\s(?:any\s)?)(?:{sign})(?:(?:{_AND})?(?:{sign}))*"
    )


def _words(zh: tuple[str, ...], en: tuple[str, ...]) -> str:
    chinese = [re.escape(word).replace(r"\.\.", _GAP) for word in sorted(zh, key=len, reverse=True)]
    english = [re.escape(word).replace(r"\.\.", _GAP_EN) for word in sorted(en, key=len, reverse=True)]
    return "|".join([*chinese, *(rf"(?<![a-z]){word}(?![a-z])" for word in english)])
