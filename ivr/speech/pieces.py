"""What speech is put together from: recordings, pauses, and what is spoken on the spot.

A piece carries its text, so that what a clip says can be read too: the texts of its pieces one after the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from conf.texts.words import Language

DIGEST = 6
DIGIT = "digit."
"""Keys of the digits of a code begin so."""
SLUG = 40


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that was recorded beforehand, in the language that is spoken.

    `key` names its file, and changes with its text where that is a text of the catalogue or of the data.
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence. `text` is what stands there in writing: a blank, a comma, the end of a sentence."""

    milliseconds: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Improvised:
    """Something that nobody could record beforehand: a resident's name. It is private."""

    text: str


Piece = Recorded | Pause | Improvised


@dataclass(frozen=True, slots=True)
class Prompt:
    """A recording that is needed: `text` is what it says, `key` its file's name without .wav."""

    language: Language
    key: str
    text: str


Vocabulary = Mapping[str, str]
"""Keys and texts of the recordings that a language's numbers are composed from."""


def digest(text: str) -> str:
    """Short, and another one for every other text."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST]


def slug(text: str) -> str:
    """The text as part of a file's name: `Women's health` is `womens-health`; empty where it has no Latin letters."""
    letters = re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", ""))
    return letters[:SLUG].strip("-")


def flowing(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces with pauses that follow one another made one, as long as the longest."""
    waiting: Pause | None = None
    for piece in pieces:
        if isinstance(piece, Pause):
            waiting = longest(waiting, piece) if waiting else piece
            continue
        if waiting is not None:
            yield waiting
        yield piece
        waiting = None
    if waiting is not None:
        yield waiting


def longest(one: Pause, other: Pause) -> Pause:
    """Both pauses as one."""
    return Pause(max(one.milliseconds, other.milliseconds), one.text + other.text)


def text_of(pieces: Iterable[Piece]) -> str:
    """What the pieces say, for people to read; the digits of a code as digits."""
    written = re.sub(r"\s+", " ", "".join(_written(piece) for piece in pieces)).strip(" ,，、")
    written = re.sub(r"[,.:;!?] ?(?=[,.:;!?])", "", written)  # a clause's own end and the beginning of the next
    written = re.sub(r"[，。：；、？！](?=[，。：；、？！])", "", written)
    return re.sub(r"(?<=[，。：；、？！]) | (?=[，。：；、？！])", "", written)


def _written(piece: Piece) -> str:
    if isinstance(piece, Recorded) and piece.key.startswith(DIGIT):
        return piece.key.removeprefix(DIGIT).upper()
    return piece.text
