"""What `Conditions` looks like to whoever fills it in: the command's options and the page's panel are made of this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from simulators import codes
from simulators.conditions import GROUPS, Code, React

Kind = Literal["switch", "whole", "number", "choice", "status", "reaction"]
_PLAIN: Final[dict[Any, Kind]] = {bool: "switch", int: "whole", float: "number"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One condition: its name, its sentence, and what may be written; `least` and `most` are bounds of numbers."""

    name: str
    sentence: str
    kind: Kind
    default: Any
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that belong together; `prefix` begins their names."""

    prefix: str
    title: str
    entries: tuple[Entry, ...]


def groups(of: Sequence[type[BaseModel]] = GROUPS) -> Iterator[Group]:
    """Yield the groups of conditions in their order, the network's unless others are named."""
    for group in of:
        entries = tuple(_entry(name, field) for name, field in group.model_fields.items())
        title = (group.__doc__ or "").rstrip(".")
        yield Group(entries[0].name.partition("_")[0], title, entries)


def _entry(name: str, field: FieldInfo) -> Entry:
    kind = _kind(field)
    return Entry(
        name=name,
        sentence=field.description or "",
        kind=kind,
        default=codes.write(field.default) if kind == "status" else field.default,
        least=_bound(field, "ge"),
        most=_bound(field, "le"),
        choices=tuple(get_args(field.annotation)),
    )


def _kind(field: FieldInfo) -> Kind:
    if any(isinstance(one, Code) for one in field.metadata):
        return "status"
    if any(isinstance(one, React) for one in field.metadata):
        return "reaction"
    return "choice" if get_origin(field.annotation) is Literal else _PLAIN[field.annotation]


def _bound(field: FieldInfo, name: str) -> float | None:
    return next((getattr(one, name) for one in field.metadata if hasattr(one, name)), None)
