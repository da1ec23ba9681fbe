"""A child's record as staff see it: who it is, whom it is told to, its doses with judgements, what is due and why."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.children import contraindications, guardians, records
from clinic.children.contraindications import Against
from clinic.children.entries import Guardian
from clinic.children.errors import NoSuchChild
from clinic.identity import PROVISIONAL
from clinic.names import masked
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import Centre, ChildFile, Immunization, Resident
from clinic.vaccines.due import due
from clinic.vaccines.judging import judge
from clinic.vaccines.products import counted_as
from clinic.vaccines.records import IMMUNOGLOBULIN, Due, Given, Judged
from conf.texts.words import Name


@dataclass(frozen=True, slots=True)
class DoseShown:
    """A dose on record. `counted`: as what it counts, with the judgements: several of a product, none of
    immunoglobulin, and of what is dated before the birth or after today."""

    id: int
    vaccine: str
    number: int
    day: dt.date
    lot: str
    counted: tuple[Judged, ...]

    @property
    def judged(self) -> Judged | None:
        """The judgement of the first that it counts as."""
        return self.counted[0] if self.counted else None


@dataclass(frozen=True, slots=True)
class FileShown:
    """What the file itself says; `look_on`: when its reminders are looked at again."""

    card: str
    residence: str
    standing: str
    unit: str
    birth_weight: int | None
    mother_hbsag: str
    look_on: dt.date | None


@dataclass(frozen=True, slots=True)
class ChildShown:
    """The record. Name and phones are masked unless they were asked for; `file` is None where none was opened.

    `has_identity`: whether the identity number is on record.
    """

    id: int
    name: str
    birth: dt.date
    sex: str
    has_identity: bool
    centre: Name | None
    file: FileShown | None
    guardians: tuple[Guardian, ...]
    doses: tuple[DoseShown, ...]
    against: tuple[Against, ...]
    due: tuple[Due, ...]


@reads
def show(session: Session, *, child: int, today: dt.date, shown: bool = False) -> ChildShown:
    """The record of a child today. Raises NoSuchChild."""
    row = session.get(Resident, child)
    if row is None:
        raise NoSuchChild(f"there is no child with the ID {child}")
    centre = session.get(Centre, row.centre_id) if row.centre_id else None
    told = guardians.on_record(session, child).items()
    known = records.load(session, residents=[child])[child]
    return ChildShown(
        id=child,
        name=row.name if shown else masked(row.name),
        birth=row.birth,
        sex=row.sex,
        has_identity=not row.identity_digest.startswith(PROVISIONAL),
        centre=centre.name if centre else None,
        file=_file(session, child),
        guardians=tuple(Guardian(who.relation, phone if shown else masked_phone(phone)) for phone, who in told),
        doses=_doses(session, child, row.birth, list(judge(known, today, explain=True))),
        against=tuple(contraindications.of_child(session, child=child, today=today)),
        due=due(known, today, explain=True),
    )


def _file(session: Session, child: int) -> FileShown | None:
    row = session.scalars(select(ChildFile).where(ChildFile.resident_id == child)).one_or_none()
    if row is None:
        return None
    return FileShown(
        row.card or "", row.residence, row.standing, row.unit, row.birth_weight, row.mother_hbsag, row.look_on
    )


def _doses(session: Session, child: int, birth: dt.date, judged: list[Judged]) -> tuple[DoseShown, ...]:
    """In the order of their days, each with its judgement; of two that are alike each has one."""
    left: dict[Given, list[Judged]] = defaultdict(list)
    for one in judged:
        left[one.given].append(one)
    rows = session.scalars(
        select(Immunization).where(Immunization.resident_id == child).order_by(Immunization.given_on, Immunization.id)
    )
    return tuple(_dose(row, birth, left) for row in rows)


def _dose(row: Immunization, birth: dt.date, left: dict[Given, list[Judged]]) -> DoseShown:
    parts = counted_as(Given(row.vaccine, row.given_on), birth) if row.vaccine != IMMUNOGLOBULIN else ()
    counted = tuple(left[part].pop(0) for part in parts if left[part])
    return DoseShown(row.id, row.vaccine, row.dose, row.given_on, row.lot, counted)
