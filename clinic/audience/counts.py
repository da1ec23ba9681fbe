"""How many an audience has, clause by clause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clinic.audience.columns import guaranteed, numbers_possible
from clinic.audience.conditions import Asked, Condition, joined, of_residents, of_rows, reached
from clinic.audience.expressions import And, Clause, Expression, Node, Not, Or, clauses, parts
from clinic.audience.grammar import parse
from clinic.audience.members import of_list
from clinic.audience.names import Names, check, look_up
from clinic.rows import reads

Joint = Literal["", "and", "or"]


@dataclass(frozen=True, slots=True)
class ClauseCount:
    """A clause, or a group in brackets whose parts follow one step deeper.

    `alone`: how many it means by itself. `left`: of those joined by `and` what is left after this step, of those joined
    by `or` how many there are so far; the last one of depth 0 is the whole audience.
    """

    depth: int
    joint: Joint
    text: str
    alone: int
    left: int


@reads
def explain(session: Session, expression: Expression | str, *, today: dt.date, region: str = "") -> list[ClauseCount]:  # noqa: ARG001
    """Count each clause alone and each step of the whole: residents, and numbers of lists that are nobody's.

    Raises BadExpression. `region` changes nothing: phones were brought into one form when they came.
    """
    read = parse(expression) if isinstance(expression, str) else expression
    asked = Asked(look_up(session, read), today, through=0)
    check(session, read, asked.names, today)
    lines = list(_lines(read.root))
    counted = _counts(session, [node for line in lines for node in (line.node, line.so_far)], asked)
    return [
        ClauseCount(line.depth, line.joint, line.node.text, alone, left)
        for line, alone, left in zip(lines, counted[::2], counted[1::2], strict=True)
    ]


@reads
def columns(session: Session, expression: Expression | str) -> dict[str, str]:
    """The words that every member of this audience has, with their types: text, number, date. Raises BadExpression."""
    read = parse(expression) if isinstance(expression, str) else expression
    names = look_up(session, read)
    check(session, read, names)
    return guaranteed(read.root, names)


@dataclass(frozen=True, slots=True)
class _Line:
    depth: int
    joint: Joint
    node: Node
    so_far: Node


def _lines(root: Node) -> Iterator[_Line]:
    return _group(root, 0) if isinstance(root, And | Or) else _line(root, root, 0, "")


def _group(node: And | Or, depth: int) -> Iterator[_Line]:
    word: Joint = "and" if isinstance(node, And) else "or"
    for number, part in enumerate(node.parts, start=1):
        so_far = part if number == 1 else type(node)(node.parts[:number])
        yield from _line(part, so_far, depth, word if number > 1 else "")


def _line(node: Node, so_far: Node, depth: int, joint: Joint) -> Iterator[_Line]:
    yield _Line(depth, joint, node, so_far)
    inner = node.part if isinstance(node, Not) else node
    if not isinstance(inner, Clause | Not) and parts(inner):
        yield from _group(inner, depth + 1)


def _counts(session: Session, nodes: Sequence[Node], asked: Asked) -> list[int]:
    """How many each node means: all of them in one pass over the residents, and one over each list."""
    totals = _pass(session, nodes, lambda clause: of_residents(clause, asked), reached)
    if any(numbers_possible(node, asked.names) for node in nodes):
        for name in asked.names.lists:
            found = _pass(session, nodes, partial(of_rows, asked=replace(asked, on=name)), _listed(asked.names, name))
            totals = [total + more for total, more in zip(totals, found, strict=True)]
    return totals


def _listed(names: Names, name: str) -> Callable[[Select[Any]], Select[Any]]:
    return lambda rows: rows.where(of_list(names, name))


def _pass(
    session: Session,
    nodes: Sequence[Node],
    ask: Callable[[Clause], Condition],
    among: Callable[[Select[Any]], Select[Any]],
) -> list[int]:
    """Every clause is asked once for each row, however often it stands in the nodes."""
    asked = list(dict.fromkeys(clause for node in nodes for clause in clauses(node)))
    answers = [ask(clause).label(f"answer_{number}") for number, clause in enumerate(asked)]
    # OFFSET 0 keeps both databases from asking in the outer query again.
    rows = among(cast(Select[Any], select(*answers))).offset(0).subquery()
    answered = dict(zip(asked, rows.c, strict=True))
    unique = list(dict.fromkeys(nodes))
    counts = [func.count().filter(joined(node, answered.__getitem__)) for node in unique]
    counted = session.execute(select(*counts).select_from(rows)).one()
    known = dict(zip(unique, counted, strict=True))
    return [known[node] for node in nodes]
