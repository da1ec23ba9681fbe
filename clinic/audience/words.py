"""What members are told with: each word is a column of SQL, and what is made of its value.

Only words that are wanted are asked for. Lists come before what is on record, and of lists the one that the expression
names first; of a phone that stands twice on a list its first row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from clinic.audience.columns import VACCINE
from clinic.audience.conditions import Person
from clinic.audience.due import due
from clinic.audience.expressions import Expression, clauses
from clinic.audience.names import NamedList, Names
from clinic.residents import age
from clinic.tables import Centre, PhoneListEntry, Resident
from conf.texts import say
from conf.texts.words import Name, Word
from conf.vaccines import schedule

NONE: Mapping[str, Word] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a word comes from; a row that has null there, or of which nothing is made, leaves it as it was."""

    word: str
    column: Any
    made: Callable[[Any], Word | None] | None = None  # None: the value as it is

    def all_of(self, values: Iterable[Any]) -> Iterable[Word | None]:
        """Column by column, for there are millions of rows."""
        made = self.made
        return values if made is None else [None if value is None else made(value) for value in values]


def filled(sources: Sequence[Source], rows: Sequence[Any], start: int) -> Iterator[dict[str, Word]]:
    """The words of each row, whose values stand in it from `start` on; later sources come before earlier ones."""
    names = [source.word for source in sources]
    columns = list(zip(*rows, strict=True))[start:]
    made = [[*source.all_of(values)] for source, values in zip(sources, columns, strict=False)]
    if not any(None in words for words in made):
        yield from (dict(zip(names, values, strict=True)) for values in zip(*made, strict=True))
        return
    for values in zip(*made, strict=True):
        yield {name: word for name, word in zip(names, values, strict=True) if word is not None}


def on_record(session: Session, wanted: Collection[str], today: dt.date) -> Iterator[Source]:
    """What is known of a resident."""
    if "name" in wanted:  # as this phone calls them: never by another phone's name
        yield Source("name", func.coalesce(Person.name, Resident.name))
    if "centre" in wanted:
        centres, some = _centres(session), _some_centre()
        yield Source("centre", func.coalesce(Resident.centre_id, 0), lambda number: centres.get(number, some))
    if "birth" in wanted:
        yield Source("birth", Resident.birth)
    if "age" in wanted:
        yield Source("age", Resident.birth, lambda birth: age(birth, today))


def vaccines(expression: Expression, names: Names, today: dt.date) -> Iterator[Source]:
    """The vaccines that are due, of those that the expression asks for: a number whose bits tell which."""
    asked = _asked_vaccines(expression, names, today)
    if asked:
        bits = [case((due(code, today), 1 << place), else_=0) for place, code in enumerate(asked)]

        @cache
        def made(which: int) -> Word | None:
            due_now = [name for place, name in enumerate(asked.values()) if which >> place & 1]
            both = "、".join(name.zh for name in due_now), ", ".join(name.en for name in due_now)
            return Name(*both) if due_now else None

        yield Source(VACCINE, sum(bits[1:], bits[0]), made)


def of_lists(names: Names, phone: Any, wanted: Mapping[str, str]) -> Iterator[Source]:
    """What lists say of a phone; `wanted`: words with the type on which all members agree."""
    for listed in reversed(names.lists.values()):
        entry = aliased(PhoneListEntry)
        yield from (
            Source(source.word, _first(listed, entry, phone, source.column), source.made)
            for source in of_row(listed, entry.words, wanted)
        )


def of_row(listed: NamedList, words: Any, wanted: Mapping[str, str]) -> Iterator[Source]:
    """What a row of a list says: JSON has no dates."""
    for name, kind in listed.columns.items():
        if wanted.get(name) == kind:
            written = words[name]
            yield Source(
                name,
                written.as_integer() if kind == "number" else written.as_string(),
                _date if kind == "date" else None,
            )


def languages(names: Names, phone: Any) -> list[ColumnElement[Any]]:
    """What each list says of the language of a phone, or null."""
    found = []
    for listed in names.lists.values():
        entry = aliased(PhoneListEntry)
        found.append(_first(listed, entry, phone, entry.language))
    return found


def _first(listed: NamedList, entry: Any, phone: Any, column: Any) -> ColumnElement[Any]:
    """This of the first row that the phone has on a list."""
    here = select(column).where(entry.phone_list_id == listed.id, entry.phone == phone).order_by(entry.id).limit(1)
    return here.correlate_except(entry).scalar_subquery()


def _asked_vaccines(expression: Expression, names: Names, today: dt.date) -> dict[str, Name]:
    roots = [expression.root, *(stored.root for stored in names.audiences.values())]
    asked = [code for root in roots for clause in clauses(root) if clause.kind == "due" for code in clause.values]
    known = schedule(today)
    return {code: known[code].name for code in asked if code in known}


def _centres(session: Session) -> dict[int, Name]:
    rows = session.execute(select(Centre.id, Centre.name_zh, Centre.name_en))
    return {number: Name(zh, en) for number, zh, en in rows}


@cache
def _some_centre() -> Name:
    """What stands for the centre of a resident who has none on record."""
    return Name(say("zh", "audience.centre_sms"), say("en", "audience.centre_sms"))


@cache
def _date(written: str) -> dt.date:
    return dt.date.fromisoformat(written)
