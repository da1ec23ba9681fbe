"""Expressions as conditions of SQL.

Everybody is asked row by row, with subqueries that find their rows by an index: a page then costs what it reads,
however many residents there are. Only a list is gone through instead where that is less (`Asked.through`). Two kinds
of recipients are asked:

- a resident: every clause is true or false. `list:X` asks for the phone by which the resident is reached.
- a number of a list by which no resident is reached (`Row`). It is known whether it stands on a list, and what language
  was chosen for it; `all` means residents only, so it is false. What else is asked is not known of a number, neither
  yes nor no (SQL's null, logic of three values), and a number belongs to the audience only where that makes no
  difference. So `list:X` means all phones of the list, `list:X and age>=65` residents whose phone stands on it,
  `list:X and not age>=65` again residents only, `list:X and not all` the numbers that are nobody's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    cast,
    exists,
    false,
    func,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from clinic.audience.ages import born_by
from clinic.audience.due import due
from clinic.audience.expressions import And, Clause, Node, Not, Span
from clinic.audience.names import Names, expanded
from clinic.tables import PhoneListEntry, RelatedPerson, Resident, ResidentTag, Subscriber

Row = aliased(PhoneListEntry)
"""A row of a list, asked for itself."""
Person, Phone = aliased(RelatedPerson), aliased(Subscriber)
"""Who has the phone by which a resident is reached, and the phone."""
Condition = ColumnElement[bool]
NUMBERS_TOO = ("list", "language")  # the clauses that a number can answer with yes


@dataclass(frozen=True, slots=True)
class Asked:
    """What conditions are made with.

    `through`: lists are gone through, once for the statement, instead of looking up the phone of each resident on them;
    then only residents after this id are found. None: look up. `on`: the list whose rows are asked.
    """

    names: Names
    today: dt.date
    through: int | None = None
    on: str | None = None


def reached(rows: Select[Any], *, by_name: bool = False) -> Select[Any]:
    """Residents with the `Phone` by which each is reached; null where nobody has named them.

    It is the phone of who has named them: the resident's own first, else the one that did so first. `by_name`: with
    the `Person` too, which is a row more to read.
    """
    other, rows = aliased(RelatedPerson), rows.select_from(Resident)
    if not by_name:
        return rows.outerjoin(Phone, Phone.id == _first(other, other.subscriber_id, Resident, Resident.id))
    named = rows.outerjoin(Person, Person.id == _first(other, other.id, Resident, Resident.id))
    return named.outerjoin(Phone, Phone.id == Person.subscriber_id)


def of_residents(node: Node, asked: Asked) -> Condition:
    """Which residents belong to it; a condition over `reached` residents."""
    return joined(node, lambda clause: _of_resident(clause, asked))


def of_rows(node: Node, asked: Asked) -> Condition:
    """Which rows of lists belong to it where their numbers are nobody's; a condition over `Row`."""
    return joined(node, lambda clause: _of_row(clause, asked))


def joined(node: Node, ask: Callable[[Clause], Condition]) -> Condition:
    """The conditions of the clauses, joined as the node joins them."""
    if isinstance(node, Clause):
        return ask(node)
    if isinstance(node, Not):
        return not_(joined(node.part, ask))
    join = and_ if isinstance(node, And) else or_
    return join(*(joined(part, ask) for part in node.parts))


def can_be(node: Node, names: Names, truth: bool) -> bool:
    """Whether a number that is nobody's can make it true (or false): where not, lists need not be looked through."""
    if isinstance(node, Not):
        return can_be(node.part, names, not truth)
    if not isinstance(node, Clause):
        every = all if isinstance(node, And) == truth else any
        return every(can_be(part, names, truth) for part in node.parts)
    if node.kind == "audience":
        every = any if truth else all
        return every(can_be(each.root, names, truth) for each in expanded(node, names))
    return not truth if node.kind == "all" else node.kind in NUMBERS_TOO


def driven(node: Node, names: Names) -> bool:
    """Whether only residents whose phones stand on a list belong to it."""
    if isinstance(node, Not):
        return False
    if not isinstance(node, Clause):
        every = any if isinstance(node, And) else all
        return every(driven(part, names) for part in node.parts)
    if node.kind == "audience":
        return all(driven(each.root, names) for each in expanded(node, names))
    return node.kind == "list"


def nobodys() -> Condition:
    """No resident is reached by the phone of this `Row`."""
    person, other = aliased(RelatedPerson), aliased(RelatedPerson)
    first = _first(other, other.id, person, person.resident_id)
    found = (
        select(person.id)
        .join(Subscriber, Subscriber.id == person.subscriber_id)
        .where(Subscriber.phone == Row.phone, person.id == first)
        .correlate(Row)
    )
    return not_(found.exists())


def on_lists(phone: Any, lists: list[int]) -> Condition:
    """This phone stands on one of the lists."""
    entry = aliased(PhoneListEntry)
    return exists().where(entry.phone_list_id.in_(lists), entry.phone == phone).correlate(Resident, Phone, Row)


def _of_lists(lists: list[int], asked: Asked) -> Condition:
    """The phone by which a resident is reached stands on one of the lists."""
    if asked.through is None:
        return on_lists(Phone.phone, lists)
    entry, person, other = aliased(PhoneListEntry), aliased(RelatedPerson), aliased(RelatedPerson)
    first = _first(other, other.id, person, person.resident_id)
    theirs = (
        select(person.resident_id)
        .join(Subscriber, Subscriber.id == person.subscriber_id)
        .join(entry, entry.phone == Subscriber.phone)
        .where(entry.phone_list_id.in_(lists), person.resident_id > asked.through, person.id == first)
    )
    return Resident.id.in_(theirs)


def _first(person: Any, column: Any, of: Any, resident: Any) -> ScalarSelect[Any]:
    """Of those that have named a resident (`person`), the one that has the phone by which they are reached."""
    named = select(column).where(person.resident_id == resident)
    return named.order_by(person.is_self.desc(), person.id).limit(1).correlate(of).scalar_subquery()


def _of_resident(clause: Clause, asked: Asked) -> Condition:  # noqa: PLR0911  a kind, a return
    names = asked.names
    match clause.kind:
        case "centre":
            # A resident without a centre is of none, and not of an unknown one: never null.
            known = Resident.centre_id.is_not(None)
            return and_(known, Resident.centre_id.in_([names.centres[code] for code in clause.values]))
        case "grid":
            return Resident.grid.in_(clause.values)
        case "age":
            return or_(*(_aged(span, asked.today) for span in clause.spans))
        case "sex":
            return Resident.sex.in_(clause.values)
        case "tag":
            theirs = ResidentTag.resident_id == Resident.id, ResidentTag.tag.in_(clause.values)
            return exists().where(*theirs).correlate(Resident)
        case "language":
            return func.coalesce(Phone.language, "").in_(clause.values)
        case "due":
            return or_(*(due(code, asked.today) for code in clause.values))
        case "list":
            return _of_lists([names.lists[name].id for name in clause.values], asked)
        case "audience":
            return or_(*(of_residents(each.root, asked) for each in expanded(clause, names)))
    return true()


def _of_row(clause: Clause, asked: Asked) -> Condition:
    names = asked.names
    match clause.kind:
        case "list":
            if asked.on in clause.values:
                return true()  # the row itself stands there
            return on_lists(Row.phone, [names.lists[name].id for name in clause.values])
        case "language":
            chosen = select(Subscriber.language).where(Subscriber.phone == Row.phone).correlate(Row).scalar_subquery()
            return func.coalesce(chosen, Row.language, "").in_(clause.values)
        case "audience":
            return or_(*(of_rows(each.root, asked) for each in expanded(clause, names)))
        case "all":
            return false()
    return cast(null(), Boolean)


def _aged(span: Span, today: dt.date) -> Condition:
    bounds = []
    if span.low is not None:
        bounds.append(Resident.birth <= born_by(today, span.low, months=span.low_months))
    if span.high is not None:
        bounds.append(Resident.birth > born_by(today, span.high + 1, months=span.high_months))
    return and_(true(), *bounds)
