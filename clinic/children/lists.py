"""Lists of children: who is on record, what is due, what is overdue and how it was reminded of, who has had a lot.

They come in batches, one transaction each, so that a list of any length neither fills the memory nor holds the
database: the next batch begins after the last child of the one before.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among, by_index, fetch
from clinic.children import records
from clinic.children.wording import KEYS
from clinic.names import masked
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import (
    Centre,
    ChildFile,
    Immunization,
    Message,
    RelatedPerson,
    Resident,
    Subscriber,
    VaccineReminder,
)
from clinic.vaccines.due import due
from clinic.vaccines.records import Due, Status

BATCH = 500

OVERDUE: tuple[Status, ...] = ("overdue",)

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which children. None: whichever; `standing` None: any; `has_phone`: whether some phone is told.

    A number that was found to be wrong is no phone.
    """

    centre: str | None = None
    unit: str | None = None
    standing: str | None = "active"
    residence: str | None = None
    has_phone: bool | None = None


@dataclass(frozen=True, slots=True)
class Batch(Generic[Line]):
    """Lines of a list. `after`: where the next batch begins, None after the last; `looked_at`: children."""

    lines: list[Line]
    after: int | None
    looked_at: int


@dataclass(frozen=True, slots=True)
class ChildLine:
    """A child as lists show it. Name and phones are masked unless they were asked for."""

    id: int
    card: str
    name: str
    birth: dt.date
    sex: str
    centre: str
    unit: str
    residence: str
    standing: str
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reminded:
    """How often the family was told of a dose, when last, and what became of the last notice about this child."""

    times: int = 0
    last_on: dt.date | None = None
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class DueLine:
    """A dose that a child is to get; `reminded` only where it was asked for."""

    child: ChildLine
    due: Due
    reminded: Reminded = field(default=Reminded())


@dataclass(frozen=True, slots=True)
class LotLine:
    """Who was given a dose of a lot, and when."""

    child: ChildLine
    number: int
    day: dt.date


def note_shown(session: Session, *, children: Collection[int], by: str, now: dt.datetime) -> None:
    """That somebody has seen the names and the phones of these children in full."""
    for child in sorted(children):
        audit.note(session, f"staff:{by}", "child.shown", f"resident:{child}", now=now)


@reads
def count(session: Session, *, wanted: Wanted) -> int:
    """How many children there are of these."""
    return session.scalar(_children(wanted).with_only_columns(func.count()).order_by(None)) or 0


@reads
def children(
    session: Session, *, wanted: Wanted, after: int = 0, shown: bool = False, most: int = BATCH
) -> Batch[ChildLine]:
    """Children, in the order of their ids."""
    lines = _lines(session, _children(wanted).where(Resident.id > after).limit(most), shown)
    return Batch(lines, _next(lines, most), len(lines))


@reads
def due_doses(
    session: Session,
    *,
    wanted: Wanted,
    today: dt.date,
    first: dt.date,
    last: dt.date,
    statuses: Collection[Status] = ("due", "overdue", "later"),
    vaccine: str | None = None,
    after: int = 0,
    shown: bool = False,
    most: int = BATCH,
) -> Batch[DueLine]:
    """What can be given from `first` to `last` (days from today on), with these statuses, as this vaccine."""
    those = children(session, wanted=wanted, after=after, shown=shown, most=most)
    known = records.load(session, residents=[child.id for child in those.lines])
    lines = [
        DueLine(child, each)
        for child in those.lines
        for each in due(known[child.id], today)
        if each.status in statuses and each.on and first <= each.on <= last and vaccine in (None, each.vaccine)
    ]
    return Batch(lines, those.after, those.looked_at)


@reads
def overdue(
    session: Session,
    *,
    wanted: Wanted,
    today: dt.date,
    vaccine: str | None = None,
    after: int = 0,
    shown: bool = False,
    most: int = BATCH,
) -> Batch[DueLine]:
    """Doses that should have been given, with how the family was reminded of them."""
    found = due_doses(
        session, wanted=wanted, today=today, first=dt.date.min, last=dt.date.max, statuses=OVERDUE,
        vaccine=vaccine, after=after, shown=shown, most=most,
    )  # fmt: skip
    ids = {line.child.id for line in found.lines}
    reminders, deliveries = _reminders(session, ids), _deliveries(session, ids)
    lines = [DueLine(line.child, line.due, _reminded(line, reminders, deliveries)) for line in found.lines]
    return Batch(lines, found.after, found.looked_at)


@reads
def lot(
    session: Session,
    *,
    vaccine: str,
    lot: str,
    wanted: Wanted,
    after: int = 0,
    shown: bool = False,
    most: int = BATCH,
) -> Batch[LotLine]:
    """Whoever was given this lot, with a file or not, whatever has become of them, unless `wanted` says otherwise."""
    given = (Immunization.vaccine == vaccine, Immunization.lot == lot)
    had = select(Immunization.id).where(Immunization.resident_id == Resident.id, *given).exists()
    rows = _lines(session, _those(_everybody(), wanted).where(Resident.id > after, had).limit(most), shown)
    doses: dict[int, list[tuple[int, dt.date]]] = defaultdict(list)
    for child, number, day in fetch(
        session,
        select(Immunization.resident_id, Immunization.dose, Immunization.given_on)
        .where(among(session, Immunization.resident_id, [row.id for row in rows]), *given)
        .order_by(Immunization.given_on, Immunization.id),
    ):
        doses[child].append((number, day))
    lines = [LotLine(row, number, day) for row in rows for number, day in doses[row.id]]
    return Batch(lines, _next(rows, most), len(rows))


def lines_of(session: Session, residents: Collection[int], *, shown: bool) -> dict[int, ChildLine]:
    """These children as lists show them; also residents without a file."""
    query = _everybody().where(among(session, Resident.id, residents))
    return {line.id: line for line in _lines(session, query, shown)}


def _everybody() -> Any:
    return (
        select(
            Resident.id,
            ChildFile.card,
            Resident.name,
            Resident.birth,
            Resident.sex,
            Centre.code,
            ChildFile.unit,
            ChildFile.residence,
            ChildFile.standing,
        )
        .outerjoin(ChildFile, ChildFile.resident_id == Resident.id)
        .outerjoin(Centre, Centre.id == Resident.centre_id)
        .order_by(Resident.id)
    )


def _children(wanted: Wanted) -> Any:
    return _those(_everybody().where(ChildFile.id.is_not(None)), wanted)


def _those(query: Any, wanted: Wanted) -> Any:
    if wanted.centre is not None:
        query = query.where(Centre.code == wanted.centre)
    for column, value in (
        (ChildFile.unit, wanted.unit),
        (ChildFile.standing, wanted.standing),
        (ChildFile.residence, wanted.residence),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.has_phone is not None:
        told = select(RelatedPerson.id).where(
            RelatedPerson.resident_id == Resident.id,
            RelatedPerson.is_told,
            Subscriber.id == RelatedPerson.subscriber_id,
            Subscriber.wrong_at.is_(None),
        )
        query = query.where(told.exists() if wanted.has_phone else ~told.exists())
    return query


def _lines(session: Session, query: Any, shown: bool) -> list[ChildLine]:
    rows = fetch(session, query)
    phones = _phones(session, [row[0] for row in rows], shown)
    return [
        ChildLine(
            id=child,
            card=card or "",
            name=name if shown else masked(name),
            birth=birth,
            sex=sex,
            centre=centre or "",
            unit=unit or "",
            residence=residence or "",
            standing=standing or "",
            phones=tuple(phones.get(child, ())),
        )
        for child, card, name, birth, sex, centre, unit, residence, standing in rows
    ]


def _next(lines: Sequence[ChildLine], most: int) -> int | None:
    return lines[-1].id if len(lines) == most else None


def _phones(session: Session, residents: Collection[int], shown: bool) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    by_index(session)
    for resident, phone in fetch(
        session,
        select(RelatedPerson.resident_id, Subscriber.phone)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(
            among(session, RelatedPerson.resident_id, residents), RelatedPerson.is_told, Subscriber.wrong_at.is_(None)
        )
        .order_by(RelatedPerson.resident_id, RelatedPerson.id),
    ):
        found[resident].append(phone if shown else masked_phone(phone))
    return found


Reminders = dict[tuple[int, str, int], list[dt.date]]


def _reminders(session: Session, residents: Collection[int]) -> Reminders:
    found: Reminders = defaultdict(list)
    for resident, series, dose, day in fetch(
        session,
        select(VaccineReminder.resident_id, VaccineReminder.series, VaccineReminder.dose, VaccineReminder.told_on)
        .where(among(session, VaccineReminder.resident_id, residents))
        .order_by(VaccineReminder.told_on, VaccineReminder.id),
    ):
        found[resident, series, dose].append(day)
    return found


def _deliveries(session: Session, residents: Collection[int]) -> dict[int, str]:
    """What has become of the last notice about each child: the state of its message, with the reason."""
    last = (
        select(func.max(Message.id))
        .where(among(session, Message.resident_id, residents), Message.kind.in_(KEYS))
        .group_by(Message.resident_id)
    )
    rows = fetch(session, select(Message.resident_id, Message.state, Message.error).where(Message.id.in_(last)))
    return {resident: f"{state}: {error}" if error else state for resident, state, error in rows}


def _reminded(line: DueLine, reminders: Reminders, deliveries: dict[int, str]) -> Reminded:
    days = reminders.get((line.child.id, line.due.series, line.due.number), [])
    return Reminded(len(days), days[-1] if days else None, deliveries.get(line.child.id, "") if days else "")
