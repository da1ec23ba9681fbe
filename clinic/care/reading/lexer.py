"""A text cut into tokens: labels, numbers, units, what stands between, and numbers of something else.

Full-width forms become plain (NFKC), traditional characters simplified, capitals small, each for one character, so
that a place in the tokens is a place in the plain text. Numbers of something else (dates, hours, telephones, prices,
counted things) become one token each: whatever comes later never looks into them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from clinic.care.reading import numerals, words

Kind = Literal[
    "bp", "high", "low", "pulse", "sugar", "fasting", "after", "measured", "unit", "scale", "number", "garbled",
    "clock", "strong", "weak", "stop", "filler", "other", "text",
]  # fmt: skip
LABELS: tuple[Kind, ...] = ("bp", "high", "low", "pulse", "sugar", "fasting", "after", "measured")
LETTERS = {"o": "0", "l": "1", "i": "1"}  # as they are typed for digits
MOST_LETTERS, MOST_DIGITS = 2, 9

NUM = r"[0-9]+(?:\.[0-9]+)?"
_HAN = f"[{numerals.CHARACTERS}]"
_HOURS_AFTER = r"2\s?h(?:rs?|ours?)?\s(?:after|post)[a-z ]{0,12}"
_BARE = rf"(?=\s?[:是]?\s?(?:[0-9]|{_HAN}{{2}}))"  # 高150低95
_END = r"(?:(?![a-z])|(?=[oil]{1,2}[0-9]))"
_FRACTION = r"(?:\.[0-9o]{1,2}(?![0-9o]))?"
_UNITS = {
    "kpa": r"kpa|千帕",
    "mmhg": r"mm\s?hg|毫米汞柱|毫米水银柱|汞柱",
    "mmol": r"m{0,2}mo[l1i](?:\s?/\s?[l1i](?:itre|iter)?)?|毫摩尔?(?:\s?(?:/|每)\s?升|/l)?|个?点单位",
    "mgdl": r"mg\s?/?\s?d[l1i]|毫克\s?(?:/|每)?\s?(?:分升|dl)",
    "beats": r"次\s?/\s?分钟?|次每分钟?|bpm|beats(?:\s(?:per|a)\sminute|/min)?|跳/分|次",
}
_ELSE = (  # numbers of something else, whatever stands before
    r"https?://\S+|www\.\S+|\S+@\S+",
    r"(?:19[0-9]{2}|20[0-3][0-9])\s?[-/.年]\s?(?:1[0-2]|0?[1-9])(?:\s?[-/.月]\s?[0-9]{1,2}日?)?(?![0-9])",
    r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)[0-9]{2}(?![0-9])",
    r"[0-9]{1,2}月(?:份|[0-9]{1,2}[日号]?)?",
    r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?(?![0-9])",
    r"[0-9]{1,2}\s?(?:[点时](?:[0-5]?[0-9]分|[0-5][0-9](?![0-9./])|半|一刻|三刻|整|多|钟|左右)?|(?:am|pm|a\.m\.|p\.m\.|o'?clock)(?![a-z]))",
    rf"{_HAN}{{1,3}}[点时](?:{_HAN}{{1,3}}分?|半|一刻|三刻|整|多|钟|左右)?",
    r"\+[0-9][0-9 -]{6,}[0-9]",
    r"1[0-9]{2}[- ][0-9]{4}[- ][0-9]{4}(?![0-9])|0[0-9]{2,3}[- ][0-9]{3,4}[- ]?[0-9]{3,4}(?![0-9])",
    r"[0-9]{4}[- ][0-9]{4}(?:[- ][0-9]{2,4})?(?![0-9])",
    r"(?:拨打?|打|叫|call|dial)\s?(?:1[12][0-9]|999|911)(?:(?:还是|和|、|或|,|\sor\s)1[12][0-9])?(?![0-9/])",
    r"[0-9]{7,}x?",
    rf"(?:{NUM}|{_HAN}+)个?半?(?:{{counters}})",
    rf"{NUM}\s?(?:{{counters_en}})(?![a-z])",
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the plain text, from `start` to `end`; a number has a value, a unit its name in `text`."""

    kind: Kind
    start: int
    end: int
    text: str
    value: Decimal = Decimal(0)
    mended: bool = False


def plain(text: str) -> str:
    """Full-width forms as plain ones."""
    return unicodedata.normalize("NFKC", text)


def folded(text: str) -> str:
    """Small letters and simplified characters, each in its place."""
    small = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return small.translate(words.TRADITIONAL)


def tokens(text: str) -> list[Token]:
    """The tokens of a folded text, without the blanks between."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _pattern(after_pulse=_last_label(found) == "pulse").match(text, at)
        if match is None or match.end() == at:
            at += 1
            continue
        found.extend(_made(match))
        at = match.end()
    return _joined(found, text)


def _last_label(found: list[Token]) -> str:
    return next((token.kind for token in reversed(found) if token.kind not in ("filler", "weak")), "")


def _made(match: re.Match[str]) -> Iterator[Token]:
    name, start, end, text = str(match.lastgroup), match.start(), match.end(), match[0]
    kind, _, typed = name.partition("_")
    match kind:
        case "blank":
            return
        case "unit":
            yield Token("unit", start, end, typed)
        case "number" | "clock":
            yield _number(kind, start, end, text)
        case "han":
            yield from _chinese(start, end, text)
        case _:
            yield Token(kind, start, end, text, mended=bool(typed))  # type: ignore[arg-type]


def _number(kind: Kind, start: int, end: int, text: str) -> Token:
    digits = "".join(LETTERS.get(letter, letter) for letter in text).replace("点", ".")
    mended = sum(letter in LETTERS for letter in text)
    if mended > MOST_LETTERS or len(text) > MOST_DIGITS:
        return Token("text", start, end, text)
    try:
        return Token(kind, start, end, text, Decimal(digits), bool(mended))
    except ArithmeticError:  # 五点三: Chinese
        value = numerals.value(text)
        return Token("text", start, end, text) if value is None else Token(kind, start, end, text, value)


def _chinese(start: int, end: int, text: str) -> Iterator[Token]:
    """A numeral; or one that somebody has mistyped (一百五五); or no number at all (十分)."""
    value = numerals.value(text) if len(text) <= MOST_DIGITS else None
    if value is not None:
        yield Token("number", start, end, text, value)
    else:
        yield Token("garbled" if "百" in text or ("十" in text and len(text) > 2) else "text", start, end, text)


def _joined(found: list[Token], text: str) -> list[Token]:
    """一百 九十八: a blank within a numeral. Nobody knows whether it is one number or two."""
    kept: list[Token] = []
    for token in found:
        if kept and _parted(kept[-1], token) and not text[kept[-1].end : token.start].strip():
            kept[-1] = Token("garbled", kept[-1].start, token.end, text[kept[-1].start : token.end])
        else:
            kept.append(token)
    return kept


def _parted(first: Token, second: Token) -> bool:
    if first.kind == "number" and first.text[-1] == "百" and second.text in numerals.DIGITS:
        return True
    chinese = {first.kind, second.kind} == {"number"} and all(
        each.text[0] in numerals.CHARACTERS for each in (first, second)
    )
    return chinese and first.value >= 100 and second.value < 100 and (first.text[-1] == "百" or second.value < 20)


@cache
def _pattern(*, after_pulse: bool) -> re.Pattern[str]:
    """All tokens as one pattern; after the word for pulse, 72次 is a pulse and nothing that is counted."""
    counters, counters_en = "|".join(_longest(words.COUNTERS)), "|".join(_longest(words.COUNTERS_EN))
    counters = counters.replace("次", r"次(?!\s?/|每分)")
    other = "|".join(_ELSE).replace("{counters}", counters).replace("{counters_en}", counters_en)
    groups = {
        "blank": r"[^\S\n]+",
        "scale_meter": r"(?:血糖仪|血糖计|meter)[^。\n0-9]{0,6}?(?<![a-z])(?:hi|lo)(?![a-z0-9])",
        "text_clinic": _any(words.NOT_LABELS),
        "other_of": rf"(?:{_any(words.OTHERS)})\s?[:是为=号]?\s?(?:{NUM}|{_HAN}+)(?!\s?/\s?[0-9]{{2,3}})",
        # The second of a pair is never counted: 180/110天天头晕.
        "clock": rf"[0-9]{{1,2}}点[0-9](?![0-9./分])|{_HAN}{{1,3}}点[{''.join(numerals.DIGITS)}](?!{_HAN}|[点分刻半])",
        **({} if after_pulse else {"other": rf"(?<![0-9.])(?<![0-9]/)(?:{other})"}),
        "after": rf"{_any(words.AFTER)}{_hours()}|{_any(words.AFTER_EN)}|{_HOURS_AFTER}",
        "after_typed": _any(words.AFTER_TYPED) + _hours(),
        "fasting": _any(words.FASTING),
        "fasting_typed": _any(words.FASTING_TYPED),
        "bp": _any(words.BP),
        "bp_typed": _any(words.BP_TYPED),
        "high": rf"{_any(words.HIGH)}|高{_BARE}",
        "high_typed": _any(words.HIGH_TYPED),
        "low": rf"{_any(words.LOW)}|低{_BARE}",
        "low_typed": _any(words.LOW_TYPED),
        "sugar": _any(words.SUGAR),
        "sugar_typed": _any(words.SUGAR_TYPED),
        "pulse": _any(words.PULSE),
        "pulse_typed": _any(words.PULSE_TYPED),
        "measured": _any(words.MEASURED),
        **{f"unit_{name}": rf"(?:{unit})(?![a-z])" for name, unit in _UNITS.items()},
        "scale": r"(?:hi|lo)(?![a-z0-9])",
        "weak_stroke": r"(?<=[0-9])\s?一{1,2}\s?(?=[0-9])",  # 190一110: the key beside it
        # At most two decimals: 150/95.148/92 is two pairs.
        "number": rf"[0-9oil]*[0-9][0-9oil]*{_FRACTION}(?![0-9a-z]|\.[0-9]{{1,2}}(?![0-9]))|[0-9]+{_FRACTION}",
        "han": rf"{_HAN}{{2,}}|百{_HAN}*",
        "strong": _any(words.STRONG, end=r"(?![a-z])"),
        "stop": _any(words.STOPS, end=""),
        "weak": _any(words.WEAK, end=""),
        "filler": rf"晚上(?!压)|{_any(words.FILLERS)}",  # 昨晚上压150
        "text": r"[a-z]+|.",
    }
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in groups.items()), re.DOTALL)


def _hours() -> str:
    return rf"(?:的?\s?(?:[0-9]|{_HAN}|半)\s?个?(?:小时|钟头|h(?![a-z])))?"


def _any(of: Iterable[str], end: str = _END) -> str:
    """Any of the words; blanks may stand between Chinese characters and stand for any number in English ones."""
    return "(?:" + "|".join(_word(word, end) for word in _longest(of)) + ")"


def _word(word: str, end: str) -> str:
    if not any(letter.isalnum() for letter in word):
        return re.escape(word)
    if not word.isascii():
        return r"[^\S\n]?".join(map(re.escape, word))
    spaced = r"\s+".join(map(re.escape, word.split()))
    return (r"(?<![a-z])" + spaced + end) if word[-1].isalpha() else spaced


def _longest(of: Iterable[str]) -> list[str]:
    return sorted(of, key=len, reverse=True)
