"""What is wrong with settings, in words: the path, the reason, and what was perhaps meant. Never a secret."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]
_NOT_IN_THE_FILE = ("[key]", "constrained-int")


def sentence(model: type[BaseModel], error: ErrorDetails) -> str:
    """One line of an error of pydantic against `model`: `http.port: should be a valid integer, not "eighty"`."""
    path = ".".join(str(step) for step in error["loc"] if step not in _NOT_IN_THE_FILE)
    if error["type"] == "extra_forbidden":
        return no_such_setting(path, str(error["loc"][-1]), known(model, error["loc"][:-1]))
    if error["type"] == "missing":
        return f"{path}: must be set"
    message = error["msg"].removeprefix("Value error, ")
    message = f"{path}: {message[:1].lower()}{message[1:]}" if path else message
    message = message.replace("input should", "should").replace("a valid tuple", "a list")
    return message if error["type"] == "value_error" else message + _given(model, error)


def told_once(errors: Iterable[ErrorDetails]) -> list[ErrorDetails]:
    """Of what may be a number or a word only the number's mistake: pydantic tells one for each."""
    return [error for error in errors if error["loc"][-1:] != ("constrained-str",)]


def no_such_setting(path: str, name: str, names: Iterable[str]) -> str:
    return f"{path}: no such setting{closest(name, names)}"


def closest(name: str, names: Iterable[str]) -> str:
    """`, did you mean port?` for the name most like this one, or nothing."""
    found = difflib.get_close_matches(name, list(names), n=1)
    return f", did you mean {found[0]}?" if found else ""


def known(model: type[BaseModel], location: Location) -> list[str]:
    """The names that may stand at this place: the settings of its table."""
    return [name for table in _tables(_annotation(model, location)) for name in table.model_fields]


def read_secrets(model: type[BaseModel], data: dict[str, Any], base: Path) -> list[str]:
    """Replace `{ file = ... }` and `{ env = ... }` by the secret, in place; a relative file starts at `base`.

    Returns a mistake for each that cannot be read; its setting then holds an empty text.
    """
    mistakes = []
    for path, table, name in _secrets(model, data, ()):
        try:
            table[name] = _fetch(table[name], base)
        except ValueError as error:
            mistakes.append(f"{'.'.join(path)}: {error}")
            table[name] = ""
    return mistakes


def _secrets(
    annotation: Any, data: Any, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any], str]]:
    """Each table that stands where a secret belongs, with its path and the table that holds it."""
    if not isinstance(data, dict):
        return
    for name in list(data):
        inner = _step(annotation, name)
        if SecretStr in _flat(inner) and isinstance(data[name], dict):
            yield (*path, name), data, name
        else:
            yield from _secrets(inner, data[name], (*path, name))


def _fetch(source: Mapping[str, Any], base: Path) -> str:
    match source:
        case {"file": str(name), **rest} if not rest:
            try:
                return (base / name).read_text(encoding="utf-8").rstrip("\r\n")
            except OSError as error:
                raise ValueError(f"cannot read {base / name}: {error.strerror}") from error
        case {"env": str(name), **rest} if not rest:
            if name not in os.environ:
                raise ValueError(f"the environment has no {name}")
            return os.environ[name]
    raise ValueError('should be a text, { file = "NAME" } or { env = "NAME" }')


def _given(model: type[BaseModel], error: ErrorDetails) -> str:
    secret = SecretStr in _flat(_annotation(model, error["loc"]))
    plain = isinstance(error["input"], str | int | float) and error["loc"]
    return f", not {error['input']!r}" if plain and not secret else ""


def _annotation(model: Any, location: Location) -> Any:
    for step in location:
        model = _step(model, str(step))
    return model


def _step(annotation: Any, name: str) -> Any:
    """The type of the member `name` of a table or of a mapping of tables; None where there is none."""
    for table in _tables(annotation):
        field = table.model_fields.get(name)
        return field.annotation if field else None
    return get_args(annotation)[1] if getattr(annotation, "__origin__", None) is dict else None


def _tables(annotation: Any) -> list[type[BaseModel]]:
    return [part for part in _flat(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]


def _flat(annotation: Any) -> list[Any]:
    """A type and, of a union (`X | None`), its members."""
    is_mapping = getattr(annotation, "__origin__", None) is dict
    return [annotation, *([] if is_mapping else get_args(annotation))]
