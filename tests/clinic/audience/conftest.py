"""A small town: residents of every age, phones that families share, lists with numbers that are nobody's."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.orm import Session

from clinic.audience import Cursor, Member, members
from clinic.tables import (
    Immunization,
    PhoneList,
    PhoneListEntry,
    RelatedPerson,
    Resident,
    ResidentTag,
    Subscriber,
)

TODAY = dt.date(2027, 3, 31)
THEN = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


@dataclass
class Person:
    """What is known of a resident; `named_by` are phones in the order in which they named them, with "is oneself"."""

    birth: dt.date = dt.date(1958, 8, 14)
    sex: str = "female"
    centre: int | None = 1
    grid: str = ""
    tags: tuple[str, ...] = ()
    named_by: tuple[tuple[str, bool], ...] = ()
    doses: tuple[tuple[str, int, dt.date], ...] = ()
    name: str = "王芳"

    @property
    def phone(self) -> str | None:
        ordered = sorted(self.named_by, key=lambda named: not named[1])
        return ordered[0][0] if ordered else None


@dataclass
class Listed:
    phone: str
    language: str | None = None
    words: dict[str, Any] = field(default_factory=dict)


@dataclass(repr=False)
class Town:
    """Puts people and lists into the database, and reads audiences page by page."""

    run: Callable[..., Any]
    people: dict[int, Person] = field(default_factory=dict)
    languages: dict[str, str | None] = field(default_factory=dict)
    lists: dict[str, list[Listed]] = field(default_factory=dict)

    def settle(self, *people: Person, **languages: str) -> list[int]:
        """New residents: their ids. `languages` are those that phones have chosen, by `p154...`."""
        self.languages |= {f"+86{phone[1:]}": language for phone, language in languages.items()}
        ids: list[int] = self.run(_settle, people, self.languages, len(self.people))
        self.people |= dict(zip(ids, people, strict=True))
        return ids

    def list(self, name: str, /, *rows: Listed, **columns: str) -> None:
        self.lists[name] = list(rows)
        self.run(_list, name, rows, columns)

    def members(self, expression: str, *, most: int = 100, today: dt.date = TODAY) -> list[Member]:
        return list(self._pages(expression, most, today))

    def _pages(self, expression: str, most: int, today: dt.date) -> Iterator[Member]:
        after: Cursor | None = None
        while True:
            page = self.run(members, expression, today=today, after=after, most=most)
            yield from page
            if len(page) < most:
                return
            after = page[-1].key

    def whom(self, expression: str, **more: Any) -> list[int | str | None]:
        """Ids of residents, then numbers that are nobody's."""
        return [member.resident_id or member.phone for member in self.members(expression, **more)]


def _settle(session: Session, people: tuple[Person, ...], languages: dict[str, str | None], first: int) -> list[int]:
    phones = {row.phone: row for row in session.query(Subscriber)}
    ids = []
    for number, person in enumerate(people, start=first):
        row = Resident(
            name=person.name,
            identity_sealed=b"",
            identity_digest=str(number),
            birth=person.birth,
            sex=person.sex,
            centre_id=person.centre,
            grid=person.grid,
            created_at=THEN,
        )
        session.add(row)
        session.flush()
        ids.append(row.id)
        session.add_all(ResidentTag(resident_id=row.id, tag=tag) for tag in person.tags)
        session.add_all(Immunization(resident_id=row.id, vaccine=v, dose=d, given_on=day) for v, d, day in person.doses)
        for phone, oneself in person.named_by:
            if phone not in phones:
                phones[phone] = Subscriber(phone=phone, language=languages.get(phone), created_at=THEN)
                session.add(phones[phone])
                session.flush()
            called = f"{person.name}@{phone[-2:]}"
            session.add(RelatedPerson(subscriber_id=phones[phone].id, resident_id=row.id, name=called, is_self=oneself))
            session.flush()
    return ids


def _list(session: Session, name: str, rows: tuple[Listed, ...], columns: dict[str, str]) -> None:
    made = PhoneList(name=name, columns=columns, created_by="test", created_at=THEN)
    session.add(made)
    session.flush()
    for row in rows:
        entry = PhoneListEntry(phone_list_id=made.id, phone=row.phone, language=row.language, words=row.words)
        session.add(entry)
        session.flush()


@pytest.fixture
def town(run: Callable[..., Any]) -> Town:
    return Town(run)


@pytest.fixture
def crowd(town: Town) -> Town:
    """Sixty residents and three lists, the same every time."""
    dice = random.Random(46)
    phones = [f"+86154000000{number:02d}" for number in range(30)]
    days = [dt.date(2020, 2, 29), dt.date(2026, 8, 31), dt.date(2026, 9, 30), dt.date(2024, 2, 29), TODAY]

    def birth() -> dt.date:
        old = dice.choice([2, 8, 70, 100]) * 365
        return dice.choice(days) if dice.random() < 0.3 else TODAY - dt.timedelta(days=dice.randint(0, old))

    def person() -> Person:
        born = birth()
        given = [(vaccine, dose) for vaccine in ("MMR", "HepB", "DTaP") for dose in range(1, dice.randint(1, 4))]
        age = (TODAY - born).days
        return Person(
            birth=born,
            sex=dice.choice(["male", "female"]),
            centre=dice.choice([1, 2, None]),
            grid=dice.choice(["NH-01", "NH-02", "DY-01", ""]),
            tags=tuple(tag for tag in ("hypertension", "diabetes", "妊娠") if dice.random() < 0.3),
            named_by=tuple((phone, dice.random() < 0.5) for phone in dice.sample(phones, dice.randint(0, 3))),
            doses=tuple((v, d, born + dt.timedelta(days=dice.randint(0, age))) for v, d in given if age < 3000),
        )

    languages = {f"p{phone[3:]}": language for phone in phones if (language := dice.choice(["zh", "en", None]))}
    town.settle(*(person() for _ in range(60)), **languages)
    for name in ("flu", "dogs", "smoke"):
        numbers = [*phones, *(f"+861540001000{number}" for number in range(8))]
        rows = [Listed(dice.choice(numbers), dice.choice(["zh", "en", None])) for _ in range(12)]
        town.list(name, *rows)
    return town


@pytest.fixture
def person() -> type[Person]:
    return Person


@pytest.fixture
def listed() -> type[Listed]:
    return Listed
