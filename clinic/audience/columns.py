"""Which words an audience can fill into a text: those that every one of its members has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clinic.audience.conditions import can_be
from clinic.audience.expressions import And, Clause, Node, Not
from clinic.audience.names import Names, expanded

OF_RESIDENTS: Mapping[str, str] = {"name": "text", "centre": "text", "birth": "date", "age": "number"}
VACCINE = "vaccine"
Columns = Mapping[str, str]


def guaranteed(root: Node, names: Names) -> dict[str, str]:
    """The words that every member has, and their types: text, number, date. A list's own come before ours."""
    residents = {**OF_RESIDENTS, **_sure(root, names, rows=False)}
    if not numbers_possible(root, names):
        return residents
    return _shared([residents, _sure(root, names, rows=True)])


def numbers_possible(root: Node, names: Names) -> bool:
    """Whether numbers that are nobody's may belong to it."""
    return bool(names.lists) and can_be(root, names, truth=True)


def _sure(node: Node, names: Names, *, rows: bool) -> dict[str, str]:
    """What whoever makes this true has by it: residents, or (`rows`) numbers of lists that are nobody's."""
    if isinstance(node, Clause):
        return _of_clause(node, names, rows=rows)
    if isinstance(node, Not):
        return {}
    possible = [part for part in node.parts if not rows or can_be(part, names, truth=True)]
    each = [_sure(part, names, rows=rows) for part in possible]
    return (
        {name: kind for had in reversed(each) for name, kind in had.items()} if isinstance(node, And) else _shared(each)
    )


def _of_clause(clause: Clause, names: Names, *, rows: bool) -> dict[str, str]:
    match clause.kind:
        case "list":
            return _shared(names.lists[name].columns for name in clause.values)
        case "audience":
            each = [stored.root for stored in expanded(clause, names)]
            return _shared(
                _sure(root, names, rows=rows) for root in each if not rows or can_be(root, names, truth=True)
            )
        case "due" if not rows:
            return {VACCINE: "text"}
    return {}


def _shared(each: Iterable[Columns]) -> dict[str, str]:
    """What all of them have, with one type."""
    first, *others = [*each] or [{}]
    return {name: kind for name, kind in first.items() if all(other.get(name) == kind for other in others)}
