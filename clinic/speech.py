"""What a text was made from, kept with it as JSON: so it can be spoken later, number by number, by prompts.

`{"language": "zh", "key": "visit.booked", "words": {"queue": 7, "day": {"date": "2027-03-08"}}}`: a text and a number
stand for themselves, every other word is an object whose keys tell its type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from conf.texts.words import Code, Language, Money, Name, Word

PLAIN = "voice.plain"
"""The key of a text that has been written freely: it has the one word `text`."""


class BadSpeech(ValueError):
    """What was kept is damaged, or of a form that this version does not know; or a word that cannot be kept."""


@dataclass(frozen=True, slots=True)
class Speech:
    """The text `key` in this language, with its words."""

    language: Language
    key: str
    words: Mapping[str, Word]


def freeze(language: Language, key: str, words: Mapping[str, Word]) -> dict[str, Any]:
    """As JSON can hold it. Raises BadSpeech for what is no word."""
    return {"language": language, "key": key, "words": {name: _frozen(word) for name, word in words.items()}}


def thaw(frozen: Mapping[str, Any] | None, text: str = "") -> Speech:
    """What `freeze` was given, the types of all words too; where nothing was kept, `text` itself. Raises BadSpeech."""
    if frozen is None:
        return plain(text)
    if not isinstance(frozen, Mapping) or frozen.keys() != {"language", "key", "words"}:
        raise BadSpeech("a speech has a language, a key and words")
    language, key, words = frozen["language"], frozen["key"], frozen["words"]
    if language not in get_args(Language):
        raise BadSpeech(f"no such language: {language!r}")
    if not isinstance(key, str) or not isinstance(words, Mapping):
        raise BadSpeech("the key of a speech is a text, its words are an object")
    return Speech(language, key, {name: _thawed(name, word) for name, word in words.items()})


def plain(text: str) -> Speech:
    """A text that has been written freely; it is read as Chinese where it has a Chinese character in it."""
    chinese = any("\u3400" <= character <= "\u9fff" for character in text)
    return Speech("zh" if chinese else "en", PLAIN, {"text": text})


def _frozen(word: Word) -> Any:
    match word:
        case bool() | dt.datetime() | dt.time(tzinfo=dt.tzinfo()):
            raise BadSpeech(f"{word!r} is no word")
        case str() | int():
            return word
        case dt.date():
            return {"date": word.isoformat()}
        case dt.time():
            return {"time": word.isoformat()}
        case Name():
            return {"zh": word.zh, "en": word.en}
        case Money():
            return {"fen": word.fen} | ({"currency": word.currency} if word.currency != "CNY" else {})
        case Code():
            return {"digits": word.digits}
    raise BadSpeech(f"{type(word).__name__} is no word")


def _thawed(name: str, word: Any) -> Word:
    try:
        match word:
            case bool():
                pass
            case str() | int():
                return word
            case {"date": str(day), **rest} if not rest:
                return dt.date.fromisoformat(day)
            case {"time": str(time), **rest} if not rest:
                return _time(time)
            case {"zh": str(zh), "en": str(en), **rest} if not rest:
                return Name(zh, en)
            case {"fen": int(fen), **rest} if rest.keys() <= {"currency"} and not isinstance(fen, bool):
                return Money(fen, str(rest.get("currency", "CNY")))
            case {"digits": str(digits), **rest} if not rest:
                return Code(digits)
    except ValueError as error:
        raise BadSpeech(f"the word {name}: {error}") from error
    raise BadSpeech(f"the word {name} is of no form that is known")


def _time(written: str) -> dt.time:
    time = dt.time.fromisoformat(written)
    if time.tzinfo is not None:
        raise BadSpeech("a time of day has no zone")
    return time
