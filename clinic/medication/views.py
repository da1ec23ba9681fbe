"""What is on record of medicines: lists for staff, a resident's own, and who takes what they should."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import Session

from clinic import hours
from clinic.batches import among
from clinic.care import whose
from clinic.care.views import phones_of
from clinic.installation import Installation
from clinic.medication.reminders import OPEN
from clinic.medication.times import is_quiet, thawed
from clinic.notices.people import covered
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.rules import Rules
from clinic.tables import CarePlan, Centre, Medication, MedicationIntake, Resident, Staff

State = Literal["running", "quiet", "empty", "over", "stopped"]
"""quiet: a time has come to lie in quiet hours, and nothing is sent then; empty: the box; over: the course."""
MOST = 1000


@dataclass(frozen=True, slots=True)
class MedicationLine:
    """A medicine as a list shows it; `phones` are those that are told."""

    id: int
    resident: int
    name: str
    phones: tuple[str, ...]
    centre: str
    medicine: str
    dose: str
    times: tuple[str, ...]
    caution: str
    left: int | None
    refill_at: int
    since: dt.date
    until: dt.date | None
    next_at: dt.datetime | None
    stopped_at: dt.datetime | None
    state: State


@dataclass(frozen=True, slots=True)
class IntakeLine:
    """A reminder that was sent, and when it was answered that the medicine was taken."""

    planned_at: dt.datetime
    taken_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Medicine:
    """One of one's own."""

    name: str
    dose: str
    times: tuple[str, ...]
    left: int | None


@dataclass(frozen=True, slots=True)
class Mine:
    """What somebody takes whom a phone stands for."""

    resident: int
    label: str
    medicines: tuple[Medicine, ...]


@dataclass(frozen=True, slots=True)
class TakenLine:
    """How much of what one was reminded of was reported as taken. `missed`: the last ones in a row that were not, of
    that medicine of which most were."""

    resident: int
    name: str
    phone: str
    centre: str
    doctor: str
    reminded: int
    taken: int
    missed: int
    medicine: str

    @property
    def share(self) -> int:
        """In per cent, rounded down: 100 is all."""
        return 100 * self.taken // self.reminded


@reads
def listed(
    session: Session,
    *,
    rules: Rules,
    installation: Installation,
    today: dt.date,
    centre: str | None = None,
    resident: int | None = None,
    stopped_too: bool = False,
    shown: bool = False,
    most: int = MOST,
) -> list[MedicationLine]:
    """The medicines on record by centre and resident, at most so many; names and phones masked unless `shown`."""
    wanted: list[ColumnElement[bool]] = [] if stopped_too or resident else [Medication.stopped_at.is_(None)]
    wanted += [Centre.code == centre] if centre else []
    wanted += [Medication.resident_id == resident] if resident else []
    return _lines(session, wanted, rules, installation, today, shown=shown, most=most)


@reads
def one(
    session: Session, *, medication: int, rules: Rules, installation: Installation, today: dt.date, shown: bool = False
) -> tuple[MedicationLine, list[IntakeLine]] | None:
    """A medicine and its last reminders, the newest first; None where there is no such."""
    lines = _lines(session, [Medication.id == medication], rules, installation, today, shown=shown, most=1)
    rows = session.execute(
        select(MedicationIntake.planned_at, MedicationIntake.taken_at)
        .where(MedicationIntake.medication_id == medication)
        .order_by(MedicationIntake.planned_at.desc())
        .limit(14)
    )
    return (lines[0], [IntakeLine(planned, taken) for planned, taken in rows]) if lines else None


@reads
def mine(session: Session, *, phone: str, now: dt.datetime) -> list[Mine]:
    """What the people take whom this phone stands for; who takes nothing is not in it. `now` is local."""
    people, today = whose.people(session, phone=phone, day=now.date()), now.date()
    rows = session.scalars(
        select(Medication)
        .where(among(session, Medication.resident_id, [person.resident for person in people]))
        .where(Medication.stopped_at.is_(None), or_(Medication.until.is_(None), Medication.until >= today))
        .order_by(Medication.id)
    )
    taken: dict[int, list[Medicine]] = defaultdict(list)
    for row in rows if people else ():
        taken[row.resident_id].append(Medicine(row.name, row.dose, tuple(row.times), row.left))
    return [Mine(each.resident, each.label, tuple(taken[each.resident])) for each in people if taken[each.resident]]


@reads
def report(
    session: Session,
    *,
    since: dt.datetime,
    now: dt.datetime,
    centre: str | None = None,
    doctor: str | None = None,
    missed: int = 0,
    shown: bool = False,
    most: int = MOST,
) -> list[TakenLine]:
    """Of everybody who was reminded since then how much was taken; who has missed most in a row comes first.

    A reminder that can still be answered does not count. `doctor`: only whose follow-up this member of staff has;
    `missed`: only who has missed so many in a row.
    """
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(_counted(since, now, centre, doctor)):
        found[row.resident_id].append(row)
    runs = {resident: max(rows, key=lambda row: row.missed) for resident, rows in found.items()}
    chosen = sorted(
        (resident for resident in found if runs[resident].missed >= missed),
        key=lambda resident: (-runs[resident].missed, resident),
    )[:most]
    people, phones, doctors = _people(session, chosen), phones_of(session, chosen), _doctors(session, chosen)
    return [
        TakenLine(
            resident=resident,
            name=_name(people[resident][0], shown),
            phone=_phone(next(iter(phones.get(resident, ())), ""), shown),
            centre=people[resident][1],
            doctor=doctors.get(resident, ""),
            reminded=sum(row.reminded for row in found[resident]),
            taken=sum(row.taken for row in found[resident]),
            missed=runs[resident].missed,
            medicine=runs[resident].name if runs[resident].missed else "",
        )
        for resident in chosen
    ]


def _counted(since: dt.datetime, now: dt.datetime, centre: str | None, doctor: str | None) -> Any:
    """Of each medicine: reminders, those taken, and those after the last that was taken. Counted by the database."""
    within = [MedicationIntake.planned_at >= since]
    within += [or_(MedicationIntake.planned_at <= now - OPEN, MedicationIntake.taken_at.is_not(None))]
    taken = and_(MedicationIntake.taken_at.is_not(None))
    last = (
        select(
            MedicationIntake.medication_id,
            func.count().label("reminded"),
            func.count(MedicationIntake.taken_at).label("taken"),
            func.max(MedicationIntake.planned_at).filter(taken).label("last"),
        )
        .where(*within)
        .group_by(MedicationIntake.medication_id)
        .subquery()
    )
    after = (
        select(func.count())
        .where(MedicationIntake.medication_id == last.c.medication_id, *within)
        .where(or_(last.c.last.is_(None), MedicationIntake.planned_at > last.c.last))
        .correlate(last)
        .scalar_subquery()
    )
    wanted: list[ColumnElement[bool]] = [Centre.code == centre] if centre else []
    wanted += [Medication.resident_id.in_(_followed_by(doctor))] if doctor else []
    return (
        select(Medication.resident_id, Medication.name, last.c.reminded, last.c.taken, after.label("missed"))
        .join(last, last.c.medication_id == Medication.id)
        .join(Resident, Resident.id == Medication.resident_id)
        .outerjoin(Centre, Centre.id == Resident.centre_id)
        .where(*wanted)
    )


def _followed_by(doctor: str) -> Any:
    by = select(CarePlan.resident_id).join(Staff, Staff.id == CarePlan.staff_id)
    return by.where(Staff.code == doctor, CarePlan.ended_on.is_(None))


def _doctors(session: Session, residents: Sequence[int]) -> Mapping[int, str]:
    """Who follows them up, by name."""
    rows = session.execute(
        select(CarePlan.resident_id, Staff.name)
        .join(Staff, Staff.id == CarePlan.staff_id)
        .where(among(session, CarePlan.resident_id, residents), CarePlan.ended_on.is_(None))
        .order_by(CarePlan.id)
    )
    return {row[0]: row[1] for row in rows}


def _people(session: Session, residents: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    rows = session.execute(
        select(Resident.id, Resident.name, Centre.code)
        .outerjoin(Centre, Centre.id == Resident.centre_id)
        .where(among(session, Resident.id, residents))
    )
    return {number: (name, code or "") for number, name, code in rows}


def _lines(
    session: Session,
    wanted: Sequence[ColumnElement[bool]],
    rules: Rules,
    installation: Installation,
    today: dt.date,
    *,
    shown: bool,
    most: int,
) -> list[MedicationLine]:
    quiet = hours.load(session, rules, installation.timezone)
    rows = session.execute(
        select(Medication, Resident, Centre.code)
        .join(Resident, Resident.id == Medication.resident_id)
        .outerjoin(Centre, Centre.id == Resident.centre_id)
        .where(*wanted)
        .order_by(Centre.code, Resident.id, Medication.id)
        .limit(most)
    ).all()
    phones = phones_of(session, {person.id for _, person, _ in rows})
    return [
        MedicationLine(
            id=row.id,
            resident=person.id,
            name=_name(person.name, shown),
            phones=tuple(_phone(phone, shown) for phone in phones.get(person.id, ())),
            centre=code or "",
            medicine=row.name,
            dose=row.dose,
            times=tuple(row.times),
            caution=row.caution,
            left=row.left,
            refill_at=row.refill_at,
            since=row.since,
            until=row.until,
            next_at=row.next_at,
            stopped_at=row.stopped_at,
            state=_state(row, quiet.span(person.centre_id), today),
        )
        for row, person, code in rows
    ]


def _state(row: Medication, span: hours.Span, today: dt.date) -> State:
    if row.stopped_at is not None:
        return "stopped"
    if row.left == 0:
        return "empty"
    if row.next_at is None or (row.until is not None and row.until < today):
        return "over"
    return "quiet" if is_quiet(thawed(row.times), span) else "running"


def _name(name: str, shown: bool) -> str:
    return name if shown else covered(name)


def _phone(phone: str, shown: bool) -> str:
    return phone if shown or not phone else masked_phone(phone)
