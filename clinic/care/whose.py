"""Whose reading a text holds: the people that a phone stands for on record, and which of them a text names.

Only phones that the centre has put on record for somebody count (`RelatedPerson.is_told`): who has merely booked for a
person writes nothing into their file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic import residents
from clinic.batches import among
from clinic.notices.people import covered
from clinic.rows import reads
from clinic.tables import CarePlan, Condition, RelatedPerson, Resident, Subscriber

GROWN_UP = 18
GENERATION = 15  # years that a parent is older, at least


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody that a phone stands for. `label`: as a text may name them (王*英); `conditions`: what they are followed
    up for."""

    resident: int
    name: str
    label: str
    is_self: bool
    sex: str
    age: int
    conditions: frozenset[Condition]


@dataclass(frozen=True, slots=True)
class _Kin:
    """How the family calls somebody: 妈妈 is a woman, and of an older generation."""

    words: str
    sex: str
    older: bool


KIN = (
    _Kin(r"妈|母亲|娘|婆婆|岳母|奶奶|外婆|姥姥|\b(?:mother|mum|mom|mama|grandma|grandmother)\b", "female", True),
    _Kin(r"爸|父亲|爹|公公|岳父|爷爷|外公|姥爷|\b(?:father|dad|papa|grandpa|grandfather)\b", "male", True),
    _Kin(r"老婆|妻子|媳妇|\bwife\b", "female", False),
    _Kin(r"老公|丈夫|\bhusband\b", "male", False),
    _Kin(r"老伴|爱人", "", False),
)


@reads
def people(session: Session, *, phone: str, day: dt.date) -> list[Person]:
    """Whom this phone stands for, its own person first; nobody where it has said that it is somebody else's."""
    rows = session.execute(
        select(RelatedPerson.name, RelatedPerson.is_self, Resident)
        .join(Resident, Resident.id == RelatedPerson.resident_id)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.phone == phone, RelatedPerson.is_told, Subscriber.wrong_at.is_(None))
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    ).all()
    followed = conditions(session, [resident.id for *_, resident in rows], day)
    alike = Counter(covered(name) for name, *_ in rows)
    return [
        Person(
            resident=row.id,
            name=name,
            label=covered(name) if alike[covered(name)] == 1 else f"{covered(name)}({row.birth.year})",
            is_self=is_self,
            sex=row.sex,
            age=residents.age(row.birth, day),
            conditions=followed.get(row.id, frozenset()),
        )
        for name, is_self, row in rows
    ]


def one(session: Session, *, resident: int, day: dt.date) -> Person:
    """A resident, by their number."""
    row = session.get_one(Resident, resident)
    return Person(
        resident=row.id,
        name=row.name,
        label=covered(row.name),
        is_self=True,
        sex=row.sex,
        age=residents.age(row.birth, day),
        conditions=conditions(session, [row.id], day).get(row.id, frozenset()),
    )


def conditions(session: Session, of: Collection[int], day: dt.date) -> dict[int, frozenset[Condition]]:
    """What each of these residents is followed up for on this day; who is not is not in it."""
    running = or_(CarePlan.ended_on.is_(None), CarePlan.ended_on > day)
    found: dict[int, set[Condition]] = {}
    query = select(CarePlan.resident_id, CarePlan.condition).where(among(session, CarePlan.resident_id, of), running)
    for resident, condition in session.execute(query) if of else ():
        found.setdefault(resident, set()).add(condition)
    return {resident: frozenset(each) for resident, each in found.items()}


def candidates(found: Sequence[Person]) -> list[Person]:
    """Who may have measured: those who are followed up, and grown-ups; children only where there is nobody else."""
    return [each for each in found if each.conditions or each.age >= GROWN_UP] or list(found)


def named(found: Sequence[Person], words: str) -> list[Person]:
    """Whose names stand in the text; one that is part of another's (王秀 in 王秀英) does not count beside it."""
    text = words.casefold()
    names = [each for each in found if each.name and each.name.casefold() in text]
    return [each for each in names if not any(each.name in other.name != each.name for other in names)]


def meant(found: Sequence[Person], words: str) -> Person | None:
    """Whose it is, None where that must be asked. `words` are the text without its reading."""
    may = candidates(found)
    by_name = named(found, words)
    if by_name:
        return by_name[0] if len(by_name) == 1 else None
    kin = next((each for each in KIN if re.search(each.words, words, re.IGNORECASE)), None)
    if kin is not None:
        called = [each for each in may if _is_called(each, kin, found)]
        return called[0] if len(called) == 1 else None
    if len(may) == 1:
        return may[0]
    followed = [each for each in may if each.conditions]
    return followed[0] if len(followed) == 1 and followed[0].is_self else None


def _is_called(person: Person, kin: _Kin, found: Sequence[Person]) -> bool:
    """Whether the phone's own user may call this person so; nobody calls themselves so."""
    own = next((each for each in found if each.is_self), None)
    if person.is_self or (kin.sex and person.sex != kin.sex):
        return False
    return not kin.older or own is None or person.age >= own.age + GENERATION
