"""Places for vaccinations: the sessions of the centre's departments whose service is vaccination."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from clinic import visits
from clinic.batches import among
from clinic.children import withdrawing
from clinic.look_again import SERVICE
from clinic.rows import reads
from clinic.schedule import MOST, bookable, left
from clinic.tables import Centre, ClinicSession, Department, Practitioner, Question, Resident, Visit
from clinic.tables.visits import STANDING
from clinic.views import SessionView, VisitView
from conf.texts.words import Half, Money, Name

KIND = "vaccine"
"""The kind of question that a reminder asks (`clinic.notices.questions`)."""


@dataclass(frozen=True, slots=True)
class Held:
    """The place that a child has already."""

    day: dt.date
    half: Half
    department: Name
    queue: int


@dataclass(frozen=True, slots=True)
class Offer:
    """Where a child is vaccinated, and what can be booked there from a day on.

    `departments` names the department of each session. `is_full`: there are sessions, and all of them are full.
    `centre` is None where nobody knows which centre looks after the child.
    """

    centre: Name | None
    sessions: tuple[SessionView, ...] = ()
    departments: Mapping[int, Name] = field(default_factory=dict)
    is_full: bool = False
    held: Held | None = None


@reads
def offered(session: Session, *, child: int, since: dt.date, now: dt.datetime, channel: str | None = None) -> Offer:
    """What can be booked for this child from `since` on, at most 200 sessions; `now` is aware and local.

    `channel`: by which it is asked; None: places of all pools.
    """
    centre = session.execute(
        select(Centre.id, Centre.name_zh, Centre.name_en)
        .join(Resident, Resident.centre_id == Centre.id)
        .where(Resident.id == child)
    ).one_or_none()
    if centre is None:
        return Offer(None)
    name = Name(centre.name_zh, centre.name_en)
    rows = session.execute(_sessions(centre.id, since, now, channel)).all()
    free = [row for row in rows if row.left > 0]
    return Offer(
        centre=name,
        sessions=tuple(_view(row) for row in free),
        departments={row.id: Name(row.department_zh, row.department_en) for row in free},
        is_full=bool(rows) and not free,
        held=_held(session, child, now.date()),
    )


@reads
def last_days(session: Session, *, centres: Collection[int], now: dt.datetime) -> dict[int, dt.date]:
    """Of each of these centres the last day on which a place for a vaccination can be booked by phone now."""
    rows: Iterable[Any] = session.execute(
        select(Department.centre_id, func.max(ClinicSession.day))
        .join(Department, Department.id == ClinicSession.department_id)
        .where(
            among(session, Department.centre_id, centres),
            Department.service == SERVICE,
            bookable(now),
            left("") > 0,
        )
        .group_by(Department.centre_id)
    )
    return dict(iter(rows))


@reads
def places_held(session: Session, *, residents: Collection[int], today: dt.date) -> dict[int, dt.date]:
    """Of each of these children that has a place for a vaccination from today on, the first day of one."""
    rows: Iterable[Any] = session.execute(
        select(Visit.resident_id, func.min(Visit.day))
        .join(Department, Department.id == Visit.department_id)
        .where(among(session, Visit.resident_id, residents), _ahead(today))
        .group_by(Visit.resident_id)
    )
    return dict(iter(rows))


def book(session: Session, *, patient: int, phone: str, now: dt.datetime, **given: Any) -> VisitView:
    """As `clinic.visits.book`; what this phone was asked about the child is answered by that, and of what can be given
    at this visit nobody is reminded any more."""
    visit = visits.book(session, patient=patient, phone=phone, now=now, **given)
    for question in _open(session, phone, patient):
        session.execute(update(Question).where(Question.id == question).values(answered_at=now, answer="1"))
    if withdrawing.waiting(session, children=[patient], now=now):
        known = withdrawing.of_child(session, patient)
        there = [each for each in known if any(dose.on <= visit.day for dose in each.doses)]
        withdrawing.take_back(session, child=patient, which=there, known=known, now=now)
    return visit


def _open(session: Session, phone: str, child: int) -> list[int]:
    rows = session.execute(
        select(Question.id, Question.subject).where(
            Question.phone == phone, Question.kind == KIND, Question.answered_at.is_(None)
        )
    )
    return [number for number, subject in rows if subject.get("resident") == child]


def _ahead(today: dt.date) -> ColumnElement[bool]:
    return (Visit.state.in_(STANDING)) & (Visit.day >= today) & (Department.service == SERVICE)


def _held(session: Session, child: int, today: dt.date) -> Held | None:
    row = session.execute(
        select(Visit.day, ClinicSession.half, Department.name_zh, Department.name_en, Visit.queue)
        .join(Department, Department.id == Visit.department_id)
        .join(ClinicSession, ClinicSession.id == Visit.clinic_session_id)
        .where(Visit.resident_id == child, _ahead(today))
        .order_by(Visit.day)
        .limit(1)
    ).one_or_none()
    return None if row is None else Held(row.day, row.half, Name(row.name_zh, row.name_en), row.queue)


def _sessions(centre: int, since: dt.date, now: dt.datetime, channel: str | None) -> Any:
    return (
        select(
            ClinicSession.id,
            ClinicSession.day,
            ClinicSession.half,
            ClinicSession.starts,
            left(channel).label("left"),
            ClinicSession.fee,
            select(Centre.currency).where(Centre.id == centre).scalar_subquery().label("currency"),
            Practitioner.name_zh,
            Practitioner.name_en,
            Department.name_zh.label("department_zh"),
            Department.name_en.label("department_en"),
        )
        .join(Department, Department.id == ClinicSession.department_id)
        .outerjoin(Practitioner, Practitioner.id == ClinicSession.practitioner_id)
        .where(Department.centre_id == centre, Department.service == SERVICE)
        .where(bookable(now), ClinicSession.day >= since)
        .order_by(ClinicSession.day, ClinicSession.starts, ClinicSession.id)
        .limit(MOST)
    )


def _view(row: Any) -> SessionView:
    practitioner = Name(row.name_zh, row.name_en or "") if row.name_zh else None
    fee = Money(row.fee, row.currency)
    return SessionView(row.id, row.day, row.half, row.starts, practitioner, row.left, fee)
