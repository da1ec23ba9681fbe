"""What doctors look up: whose visits are due, overdue, or will be missed this year; who is to be referred."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from clinic import audit, residents
from clinic.batches import among
from clinic.care.followup import contact_of
from clinic.care.plan import Contact, Rule, Year, next_visit, year_of
from clinic.identity import SealedIdentity
from clinic.notices.people import covered
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import CarePlan, CareVisit, Centre, Condition, RelatedPerson, Resident, Staff, Subscriber

Which = Literal["all", "due", "overdue", "missing"]
SOON = dt.timedelta(days=14)
MOST = 20_000


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan as a list shows it. `overdue`: days since the next visit was due, 0 where it is still to come.

    `rule`: by which it is due then; `refer`: to a hospital; `year`: what there is of this year's visits and tests.
    """

    plan: int
    resident: int
    name: str
    age: int
    phone: str
    condition: Condition
    centre: str
    doctor: str
    doctor_code: str
    next_on: dt.date
    overdue: int
    rule: Rule
    refer: bool
    last_on: dt.date | None
    last_outcome: str
    year: Year


@dataclass(frozen=True, slots=True)
class Found:
    """A resident that was looked for."""

    resident: int
    name: str
    birth: dt.date
    phones: tuple[str, ...]


@reads
def listed(
    session: Session,
    *,
    today: dt.date,
    which: Which = "all",
    doctor: str | None = None,
    centre: str | None = None,
    condition: Condition | None = None,
    shown: bool = False,
    most: int = MOST,
) -> list[PlanLine]:
    """The plans that run, by the day of the next visit. due: within a fortnight, or before; overdue: before today;
    missing: this year's visits cannot all be made in their order any more. Names and phones masked unless `shown`."""
    lines = _lines(session, today, doctor=doctor, centre=centre, condition=condition, shown=shown)
    wanted = [line for line in lines if _is(line, which, today)]
    return sorted(wanted, key=lambda line: (line.next_on, line.plan))[:most]


@reads
def referred(session: Session, *, today: dt.date, doctor: str | None = None, shown: bool = False) -> list[PlanLine]:
    """Who is to be referred: not under control twice running, a new complication, an emergency at the last visit."""
    return [line for line in _lines(session, today, doctor=doctor, shown=shown) if line.refer]


@reads
def find(session: Session, *, words: str, identity: SealedIdentity | None, phone: str | None) -> list[Found]:
    """Residents with this number of ours, this identity number, this phone or this name; at most 20."""
    wanted: list[ColumnElement[bool]] = [Resident.name == words]
    if identity is not None:
        wanted = [Resident.identity_digest == identity.digest]
    elif words.isdecimal() and len(words) < 10:
        wanted = [Resident.id == int(words)]
    elif phone is not None:
        held = select(RelatedPerson.resident_id).join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        wanted = [Resident.id.in_(held.where(Subscriber.phone == phone, RelatedPerson.is_told))]
    rows = session.scalars(select(Resident).where(*wanted).order_by(Resident.id).limit(20)).all()
    phones = phones_of(session, [row.id for row in rows])
    return [Found(row.id, row.name, row.birth, tuple(phones.get(row.id, ()))) for row in rows]


def looked_at(session: Session, *, resident: int | None, what: str, actor: str, now: dt.datetime) -> None:
    """Somebody has looked at a file, or (`resident` None) at a list, with names and phones in full."""
    audit.note(session, actor, f"care.{what}", f"resident:{resident}" if resident else "residents", now=now)


@reads
def phones_of(session: Session, whose: Collection[int]) -> dict[int, list[str]]:
    """The phones that are told about each of these residents, their own first."""
    rows = session.execute(
        select(RelatedPerson.resident_id, Subscriber.phone)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(among(session, RelatedPerson.resident_id, whose), RelatedPerson.is_told)
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for resident, phone in rows if whose else ():
        found[resident].append(phone)
    return dict(found)


def _is(line: PlanLine, which: Which, today: dt.date) -> bool:
    match which:
        case "due":
            return line.next_on <= today + SOON
        case "overdue":
            return line.next_on < today
        case "missing":
            return line.year.behind
    return True


def _lines(
    session: Session,
    today: dt.date,
    *,
    doctor: str | None = None,
    centre: str | None = None,
    condition: Condition | None = None,
    shown: bool = False,
) -> list[PlanLine]:
    wanted: list[ColumnElement[bool]] = [CarePlan.ended_on.is_(None)]
    wanted += [Staff.code == doctor] if doctor else []
    wanted += [Centre.code == centre] if centre else []
    wanted += [CarePlan.condition == condition] if condition else []
    rows = session.execute(
        select(CarePlan, Resident, Staff.name, Staff.code, Centre.code)
        .join(Resident, Resident.id == CarePlan.resident_id)
        .outerjoin(Staff, Staff.id == CarePlan.staff_id)
        .outerjoin(Centre, Centre.id == Resident.centre_id)
        .where(*wanted)
    ).all()
    whose = {plan.resident_id for plan, *_ in rows}
    visits, phones = _visits(session, whose), phones_of(session, whose)
    return [
        _line(plan, person, visits, phones, today, (name or "", code or "", place or ""), shown)
        for plan, person, name, code, place in rows
    ]


def _visits(session: Session, whose: Collection[int]) -> Mapping[tuple[int, str], list[tuple[Contact, str]]]:
    found: dict[tuple[int, str], list[tuple[Contact, str]]] = defaultdict(list)
    rows = session.scalars(
        select(CareVisit).where(among(session, CareVisit.resident_id, whose)).order_by(CareVisit.day)
    )
    for row in rows if whose else ():
        found[row.resident_id, row.condition].append((contact_of(row), row.outcome))
    return found


def _line(
    plan: CarePlan,
    person: Resident,
    visits: Mapping[tuple[int, str], Sequence[tuple[Contact, str]]],
    phones: Mapping[int, Sequence[str]],
    today: dt.date,
    words: tuple[str, str, str],
    shown: bool,
) -> PlanLine:
    made = visits.get((person.id, plan.condition), [])
    contacts = [contact for contact, _ in made]
    due = next_visit(plan.condition, contacts, birth=person.birth, since=plan.since)
    on, phone = plan.next_on or due.on, next(iter(phones.get(person.id, ())), "")
    return PlanLine(
        plan=plan.id,
        resident=person.id,
        name=person.name if shown else covered(person.name),
        age=residents.age(person.birth, today),
        phone=phone if shown else masked_phone(phone) if phone else "",
        condition=plan.condition,
        centre=words[2],
        doctor=words[0],
        doctor_code=words[1],
        next_on=on,
        overdue=max(0, (today - on).days),
        rule=due.rule,
        refer=due.refer,
        last_on=contacts[-1].day if contacts else None,
        last_outcome=made[-1][1] if made else "",
        year=year_of(plan.condition, contacts, year=today.year, today=today),
    )
