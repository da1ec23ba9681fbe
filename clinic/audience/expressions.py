"""What an expression is once it has been read: clauses, and how they are joined."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MONTHS = 12


class BadExpression(ValueError):
    """An expression that cannot be used. Its text shows the place:

        column 12: there is no centre 'HN', did you mean NH?
          age>=65 and centre:HN
                             ^

    `column` counts characters from 1, `reason` is the first line without the place.
    """

    def __init__(self, text: str, column: int, reason: str, *, within: str = "") -> None:
        self.text, self.column, self.reason, self.within = text, column, reason, within
        where = f"column {column}" + (f" of the audience {within}" if within else "")
        super().__init__(f"{where}: {reason}\n  {text}\n  {_blank(text[: column - 1])}^")


@dataclass(frozen=True, slots=True)
class Span:
    """Ages from the first to the last, both included, in completed years or (`months`) in completed months.

    None: no bound. The two ends may have different units.
    """

    low: int | None
    high: int | None
    low_months: bool = False
    high_months: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that is asked of everybody: `kind` is a key of the language (centre, age, ...) or `all`."""

    kind: str
    values: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    columns: tuple[int, ...] = field(default=(), compare=False)  # where each value stands
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    part: Node
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]
    text: str = field(default="", compare=False)


Node = Clause | Not | And | Or


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as it was written (white space made simple), and what it means."""

    text: str
    root: Node


def parts(node: Node) -> tuple[Node, ...]:
    """What a node joins; nothing for a clause."""
    if isinstance(node, Clause):
        return ()
    return (node.part,) if isinstance(node, Not) else node.parts


def clauses(node: Node) -> Iterator[Clause]:
    """All clauses from the left to the right."""
    if isinstance(node, Clause):
        yield node
    for part in parts(node):
        yield from clauses(part)


def nearest(word: str, known: Iterable[str]) -> str:
    """`, did you mean NH?` for the word most like this one, or nothing. Capitals make no difference."""
    words = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), words, n=1, cutoff=0.5)
    return f", did you mean {words[found[0]]}?" if found else ""


def _blank(before: str) -> str:
    """As wide as the text before the place, also where that has Chinese characters, which are two cells wide."""
    return "".join("　" if unicodedata.east_asian_width(character) in "WF" else " " for character in before)
