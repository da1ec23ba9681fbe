"""Who belongs to an audience, page by page, and what each is told with.

A resident is reached by the phone of who has named them: their own first, else the one that did so first. Families
share phones, so a phone may come several times; the broadcast sends to it once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, null, select
from sqlalchemy.orm import Session

from clinic.audience.columns import OF_RESIDENTS, VACCINE, guaranteed, numbers_possible
from clinic.audience.conditions import (
    Asked,
    Phone,
    Row,
    driven,
    nobodys,
    of_residents,
    of_rows,
    on_lists,
    reached,
)
from clinic.audience.expressions import Expression
from clinic.audience.grammar import parse
from clinic.audience.names import Names, check, look_up
from clinic.audience.words import NONE, Source, filled, languages, of_lists, of_row, on_record, vaccines
from clinic.rows import reads
from clinic.tables import PhoneListEntry, Resident
from conf.texts.words import Language, Word

MOST = 10_000
OTHERS = 5  # columns of a member before its words
RESIDENTS = 0  # the first part of every audience; then its lists, numbered from 1


class Cursor(NamedTuple):
    """Where a page has ended: the part of the audience, and the id of a row in it. Orders as members do."""

    part: int
    id: int


class Member(NamedTuple):
    """Whom a message goes to: a tuple without others in it, for there are millions.

    `phone`: None where nobody has named this resident. `language`: what the phone has chosen, else what a list says,
    else None. `words`: what a text may be filled with.
    """

    part: int
    id: int
    phone: str | None
    language: Language | None
    centre_id: int | None
    words: Mapping[str, Word]

    @property
    def key(self) -> Cursor:
        return Cursor(self.part, self.id)

    @property
    def resident_id(self) -> int | None:
        """None for a number."""
        return self.id if self.part == RESIDENTS else None


@reads
def members(
    session: Session,
    expression: Expression | str,
    *,
    today: dt.date,
    after: Cursor | None,
    most: int,
    words: Collection[str] | None = None,
) -> list[Member]:
    """The next members after a cursor, at most `most` (up to 10 000); fewer only where no more follow.

    `words`: which of them are wanted, None: all; others are not looked up. Nothing else depends on it. The order is the
    same every time: residents by id, then the numbers of each list by the row's. Raises BadExpression.
    """
    most = min(most, MOST)
    page = _page(session, expression, today, words, first=after is None)
    part, last = after or Cursor(RESIDENTS, 0)
    found = _residents(session, page, last, most) if part == RESIDENTS else []
    for number, name in enumerate(page.parts, start=1):
        if number >= part and len(found) < most:
            found += _numbers(session, page, Cursor(number, last if number == part else 0), name, most - len(found))
    return found


@dataclass(frozen=True, slots=True)
class _Page:
    """What all members of a page are made with.

    `wanted`: the words that are asked for; `sure`: those of them that all members have, with their types. `parts`: the
    lists whose numbers may belong to it.
    """

    expression: Expression
    asked: Asked
    wanted: Collection[str]
    sure: Mapping[str, str]
    parts: Sequence[str]

    @property
    def names(self) -> Names:
        return self.asked.names


def _page(
    session: Session, expression: Expression | str, today: dt.date, words: Collection[str] | None, *, first: bool
) -> _Page:
    read = parse(expression) if isinstance(expression, str) else expression
    names = look_up(session, read)
    if first:
        check(session, read, names, today)
    parts = [*names.lists] if numbers_possible(read.root, names) else []
    columns = guaranteed(read.root, names)
    wanted = {*columns, *OF_RESIDENTS} if words is None else {*words}
    sure = {word: kind for word, kind in columns.items() if word in wanted}
    return _Page(read, Asked(names, today), wanted, sure, parts)


def _residents(session: Session, page: _Page, after: int, most: int) -> list[Member]:
    asked = replace(page.asked, through=after) if _through(session, page, most) else page.asked
    sources = [
        *on_record(session, page.wanted, asked.today),
        *(vaccines(page.expression, page.names, asked.today) if VACCINE in page.sure else ()),
        *of_lists(page.names, Phone.phone, page.sure),
    ]
    columns = literal(RESIDENTS), Resident.id, Phone.phone, _language(page, Phone.phone), Resident.centre_id
    rows = (
        reached(select(*columns, *(source.column for source in sources)), by_name="name" in page.wanted)
        .where(Resident.id > after, of_residents(page.expression.root, asked))
        .order_by(Resident.id)
        .limit(most)
    )
    return _made(_fetched(session, rows), sources)


def _through(session: Session, page: _Page, most: int) -> bool:
    """Whether lists are to be gone through for this page.

    That costs all their rows again for each page, and they have so many pages; to look up costs each resident once.
    """
    if not driven(page.expression.root, page.names):
        return False
    lists = [listed.id for listed in page.names.lists.values()]
    rows = session.scalar(select(func.count()).where(PhoneListEntry.phone_list_id.in_(lists))) or 0
    residents = session.scalar(select(func.max(Resident.id))) or 0
    return rows * rows <= 2 * most * residents


def _numbers(session: Session, page: _Page, after: Cursor, name: str, most: int) -> list[Member]:
    """Numbers of a list that are nobody's, and stand on none of the lists before it."""
    its = [*of_row(page.names.lists[name], Row.words, page.sure)]  # every row has them: no other list is asked for one
    others = page.sure.keys() - {source.word for source in its}
    sources = [*of_lists(page.names, Row.phone, {word: page.sure[word] for word in others}), *its]
    columns = literal(after.part), Row.id, Row.phone, _language(page, Row.phone, Row.language), null()
    asked = replace(page.asked, on=name)
    rows = (
        select(*columns, *(source.column for source in sources))
        .outerjoin(Phone, Phone.phone == Row.phone)
        .where(Row.id > after.id, of_list(page.names, name), of_rows(page.expression.root, asked))
        .order_by(Row.id)
        .limit(most)
    )
    return _made(_fetched(session, rows), sources)


def _made(rows: Sequence[Any], sources: Sequence[Source]) -> list[Member]:
    """Members of rows that have all of one but the words, then the values for these."""
    if not sources:
        return [Member(part, it, phone, language, centre, NONE) for part, it, phone, language, centre in rows]
    return [
        Member(part, it, phone, language, centre, words)
        for (part, it, phone, language, centre, *_), words in zip(rows, filled(sources, rows, OTHERS), strict=True)
    ]


def _language(page: _Page, phone: Any, *known: Any) -> ColumnElement[Any]:
    """What the phone has chosen, else what is known, else what a list says."""
    return func.coalesce(Phone.language, *known, *languages(page.names, phone), null())


def _fetched(session: Session, rows: Select[Any]) -> Sequence[Any]:
    """Not through the ORM, which takes three times as long."""
    return session.connection().execute(rows).all()


def of_list(names: Names, name: str) -> ColumnElement[bool]:
    """The rows of this list that count for its audience: of nobody's numbers, each only by the first list it is on."""
    ids = {known: listed.id for known, listed in names.lists.items()}
    before = [*ids.values()][: [*ids].index(name)]
    once = [not_(on_lists(Row.phone, before))] if before else []
    return and_(Row.phone_list_id == ids[name], *once, nobodys())
