"""Reads the files of a folder as editions, each one what the earlier ones said and what it changes."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from conf.vaccines.edition import Edition

Written = dict[str, Any]


class BadEdition(ValueError):
    """A file that cannot be used: a line for each mistake, with the file and the place in it."""


def read_editions(folder: Path) -> tuple[Edition, ...]:
    """The editions in the order of their days. Raises BadEdition."""
    files = sorted(((_read(path), path) for path in sorted(folder.glob("*.toml"))), key=lambda file: file[0]["from"])
    if not files:
        raise BadEdition(f"{folder}: there is no schedule in it, such as national-2021.toml")
    return tuple(_editions(files))


def _editions(files: list[tuple[Written, Path]]) -> Iterator[Edition]:
    so_far: Written = {}
    previous: Path | None = None
    for change, path in files:
        if previous and change["from"] == so_far["from"]:
            raise BadEdition(f"{path.name}: from: {change['from']} is the day of {previous.name} too")
        for place in change.pop("gone", []):
            so_far = _without(so_far, str(place), path)
        so_far = _changed(so_far, change)
        yield _edition(so_far, path)
        previous = path


def _read(path: Path) -> Written:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadEdition(f"{path.name}: {error}") from error
    if type(found.get("from")) is not dt.date:
        raise BadEdition(f"{path.name}: from: must be the day from which on it holds, such as 2025-01-01")
    if not isinstance(found.get("gone", []), list):
        raise BadEdition(f'{path.name}: gone: must be a list of paths, such as ["series.MenA"]')
    return found


def _changed(old: Written, new: Mapping[str, Any]) -> Written:
    """Tables are changed key by key, all else is replaced."""
    tables = {
        key: _changed(old[key], value)
        for key, value in new.items()
        if isinstance(value, dict) and isinstance(old.get(key), dict)
    }
    return {**old, **new, **tables}


def _without(old: Written, place: str, path: Path) -> Written:
    try:
        return _cut(old, place.split("."))
    except LookupError as error:
        raise BadEdition(f"{path.name}: gone: the editions before have no {place}") from error


def _cut(old: Any, steps: list[str]) -> Written:
    if not isinstance(old, dict) or steps[0] not in old:
        raise LookupError
    if len(steps) > 1:
        return {**old, steps[0]: _cut(old[steps[0]], steps[1:])}
    return {key: value for key, value in old.items() if key != steps[0]}


def _edition(written: Written, path: Path) -> Edition:
    """The edition as this file leaves it: what is wrong with it is this file's mistake, the ones before were right."""
    try:
        return Edition.model_validate(written)
    except ValidationError as error:
        raise BadEdition("\n".join(f"{path.name}: {_sentence(each)}" for each in error.errors())) from error


def _sentence(error: ErrorDetails) -> str:
    place = ".".join(str(step + 1) if isinstance(step, int) else step for step in error["loc"])  # doses count from 1
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such column"
    if error["type"] == "missing":
        return f"{place}: must be there"
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return f"{place}: {message}" if place else message
