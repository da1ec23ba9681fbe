"""What of a text is always said alike, and what is filled in: the pieces that speech is put together from.

Fluent itself decides what a text says (selectors, texts within texts); only what is filled in leaves a mark behind
instead of letters, and the marks cut the result. The literals between them can then be recorded beforehand:
`literals` walks a text with every choice that its selectors have, and tells each one that can come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fluent.runtime import FluentBundle
from fluent.runtime.resolver import CurrentEnvironment, ResolverEnvironment
from fluent.runtime.types import FluentInt, FluentType
from fluent.syntax import ast

from conf.texts.words import Word

FIRST = 0xE000  # private use: no text has these characters, and what is filled in never gets into the text
_MARK = re.compile("[\ue000-\uf8ff]")
Parts = tuple[str | Word, ...]
"""Literals at even places (often empty at the ends), words between them at odd ones."""


class _Word(FluentType):
    """A word that no selector compares."""

    mark = ""

    def format(self, locale: Any) -> str:  # noqa: ARG002
        return self.mark


class _Text(_Word, str):  # type: ignore[misc]
    """In this order: `str` has a `format` of its own."""


class _Number(FluentInt):
    mark = ""

    def format(self, locale: Any) -> str:  # noqa: ARG002
        return self.mark


def fill(bundle: FluentBundle, pattern: Any, words: Mapping[str, Word]) -> tuple[str, list[Exception]]:
    """The text with a mark for each word, and what is wrong with it.

    `FluentBundle.format_pattern` would make plain numbers of ours, which leave no mark.
    """
    errors: list[Exception] = []
    environment = ResolverEnvironment(bundle, errors)
    environment.current = CurrentEnvironment(_marked(words))
    return str(pattern(environment)), errors


def _marked(words: Mapping[str, Word]) -> dict[str, Any]:
    """The words as Fluent takes them: selectors see their values, the text gets the mark of their place."""
    found = {}
    for place, (name, word) in enumerate(words.items()):
        value: Any = _Text(word) if isinstance(word, str) else _Number(word) if isinstance(word, int) else _Word()
        value.mark = chr(FIRST + place)
        found[name] = value
    return found


def cut(text: str, words: Sequence[Word]) -> Parts:
    """The text at its marks."""
    parts: list[str | Word] = []
    end = 0
    for mark in _MARK.finditer(text):
        parts += [text[end : mark.start()], words[ord(mark[0]) - FIRST]]
        end = mark.end()
    return (*parts, text[end:])


# Every literal that can come.

Chosen = Mapping[tuple[str, ...], int]
"""Which variant has been chosen so far, by the word that chooses and the variants' names: the same choice twice in
one text comes out alike."""


def literals(patterns: Mapping[str, ast.Pattern], key: str) -> list[str]:
    """Every literal that `cut` can give for this text, each once."""
    found: dict[str, None] = {}
    for text, _ in _ways(patterns, patterns[key], {}):
        found.update(dict.fromkeys(part for part in _MARK.split(text) if part))
    return list(found)


def _ways(patterns: Mapping[str, ast.Pattern], pattern: ast.Pattern, chosen: Chosen) -> Iterator[tuple[str, Chosen]]:
    """The pattern in each way that it can come out, a mark where something is filled in."""
    ways: list[tuple[str, Chosen]] = [("", chosen)]
    for element in pattern.elements:
        ways = [
            (text + more, narrower) for text, wide in ways for more, narrower in _element_ways(patterns, element, wide)
        ]
    yield from ways


def _element_ways(patterns: Mapping[str, ast.Pattern], element: Any, chosen: Chosen) -> Iterator[tuple[str, Chosen]]:
    match element:
        case ast.TextElement():
            yield element.value, chosen
        case ast.Placeable():
            yield from _element_ways(patterns, element.expression, chosen)
        case ast.StringLiteral():
            yield element.parse()["value"], chosen
        case ast.VariableReference():
            yield chr(FIRST), chosen
        case ast.MessageReference():
            key = f"{element.id.name}.{element.attribute.name}" if element.attribute else element.id.name
            yield from _ways(patterns, patterns[key], chosen)
        case ast.SelectExpression(selector=ast.VariableReference(id=ast.Identifier(name=name))):
            choice = (name, *(_named(variant) for variant in element.variants))
            for place, variant in enumerate(element.variants):
                if chosen.get(choice, place) == place:
                    yield from _ways(patterns, variant.value, {**chosen, choice: place})
        case _:
            raise ValueError(f"{type(element).__name__} cannot be spoken")


def _named(variant: ast.Variant) -> str:
    return str(variant.key.name if isinstance(variant.key, ast.Identifier) else variant.key.value)
