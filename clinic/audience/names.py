"""What the names in an expression stand for: centres, lists, stored audiences; and whether they are anybody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from clinic.audience.expressions import BadExpression, Clause, Expression, clauses, nearest
from clinic.audience.grammar import parse
from clinic.tables import Audience, Centre, PhoneList, Resident, ResidentTag
from conf.vaccines import schedule

DEEPEST = 10  # audiences that name audiences


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list of phones: `columns` are the types (text, number, date) of what its rows hold."""

    id: int
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """What all names of an expression stand for, those of the audiences in it too; in the order of their mention."""

    centres: dict[str, int] = field(default_factory=dict)
    lists: dict[str, NamedList] = field(default_factory=dict)
    audiences: dict[str, Expression] = field(default_factory=dict)


def look_up(session: Session, expression: Expression, *, within: tuple[str, ...] = ()) -> Names:
    """Find what is named; `within`: this expression is stored under that name. Raises BadExpression."""
    names = Names()
    _look_up(session, expression, names, within)
    return names


def check(session: Session, expression: Expression, names: Names, today: dt.date | None = None) -> None:
    """Raise BadExpression for a tag or a grid that nobody has, and for a vaccine that is not given any more.

    Such an expression would mean nobody, or everybody else, and nearly always it is a slip.
    """
    for name, each in {"": expression, **names.audiences}.items():
        for clause in clauses(each.root):
            for column, value in zip(clause.columns, clause.values, strict=True):
                reason = _nobodys(session, clause.kind, value, today)
                if reason:
                    raise BadExpression(each.text, column, reason, within=name)


def _look_up(session: Session, expression: Expression, names: Names, within: tuple[str, ...]) -> None:
    for clause in clauses(expression.root):
        for column, value in zip(clause.columns, clause.values, strict=True):
            reason = _take(session, clause.kind, value, names, within)
            if reason:
                raise BadExpression(expression.text, column, reason, within=within[-1] if within else "")


def _take(session: Session, kind: str, value: str, names: Names, within: tuple[str, ...]) -> str:
    """Note what this value stands for; why it stands for nothing, or ""."""
    if kind == "centre" and value not in names.centres:
        number = session.scalar(select(Centre.id).where(Centre.code == value))
        if number is None:
            return f"there is no centre {value!r}{_like(session, value, Centre.code)}"
        names.centres[value] = number
    elif kind == "list" and value not in names.lists:
        found = session.execute(select(PhoneList.id, PhoneList.columns).where(PhoneList.name == value)).one_or_none()
        if found is None:
            return f"there is no list {value!r}{_like(session, value, PhoneList.name)}"
        names.lists[value] = NamedList(found[0], found[1])
    elif kind == "audience":
        return _take_audience(session, value, names, within)
    return ""


def _take_audience(session: Session, name: str, names: Names, within: tuple[str, ...]) -> str:
    if name in within:
        return f"an audience cannot mean itself: {' > '.join((*within[within.index(name) :], name))}"
    if len(within) >= DEEPEST:
        return f"more than {DEEPEST} audiences within each other"
    if name not in names.audiences:
        text = session.scalar(select(Audience.expression).where(Audience.name == name))
        if text is None:
            return f"there is no audience {name!r}{_like(session, name, Audience.name)}"
        stored = parse(text)
        _look_up(session, stored, names, (*within, name))
        names.audiences[name] = stored
    return ""


def _nobodys(session: Session, kind: str, value: str, today: dt.date | None) -> str:
    if kind == "tag" and not _held(session, ResidentTag.tag, value):
        return f"no resident has the tag {value!r}{_like(session, value, ResidentTag.tag)}"
    if kind == "grid" and not _held(session, Resident.grid, value):
        return f"no resident lives in the grid {value!r}{_like(session, value, Resident.grid)}"
    if kind == "due" and today is not None and value not in schedule(today):
        return f"{value} is not in the schedule of {today}{nearest(value, schedule(today))}"
    return ""


def _held(session: Session, column: InstrumentedAttribute[str], value: str) -> bool:
    return session.scalar(select(column).where(column == value).limit(1)) is not None


def _like(session: Session, value: str, column: InstrumentedAttribute[str]) -> str:
    return nearest(value, filter(None, session.scalars(select(column).distinct())))


def expanded(clause: Clause, names: Names) -> Iterator[Expression]:
    """The expressions of the audiences that a clause names."""
    return (names.audiences[name] for name in clause.values)
