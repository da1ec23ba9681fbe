"""The words that a text may consist of, to mean the same whatever is open."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Literal, get_args

from conf import texts
from conf.texts.words import LANGUAGES, Language
from dialogs.root import Entry

Keyword = Literal["menu", "queue", Entry, "help", "stop", "start", "wrong"]


def keyword_of(text: str) -> Keyword | None:
    """The keyword that `text` is, in any language; None for every other text."""
    for language in LANGUAGES:
        found = _keywords(language).get(_normal(text))
        if found is not None:
            return found
    return None


def language_of(text: str) -> Language | None:
    """The language that `text` is a keyword of; None where it is one of none, or of several."""
    spoken = [language for language in LANGUAGES if _normal(text) in _keywords(language)]
    return spoken[0] if len(spoken) == 1 else None


@cache
def _keywords(language: Language) -> dict[str, Keyword]:
    names: tuple[Keyword, ...] = get_args(Keyword)
    return {_normal(word): name for name in names for word in texts.say(language, f"command.{name}").split()}


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(" \r\n\t.,!。，！").casefold()
