"""Follow-up on record: who is in it, the visits that were made face to face, when the next one is due and why.

A date is moved by a visit only (`clinic.care.plan`). What a visit changes is one transaction: the visit, the plan's
dates, the reminders of the visit before, which nobody needs any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import audit
from clinic.care import stages
from clinic.care.plan import Contact, Due, Outcome, Year, next_visit, outcome, year_of
from clinic.rows import reads
from clinic.rules import NoticeRules, Rules
from clinic.tables import CarePlan, CareVisit, Condition, Message, Resident, Staff

CONDITIONS: tuple[Condition, ...] = get_args(Condition)
MADE = "visit made"
"""The error of a reminder that was cancelled because its visit has been made."""
OLDEST = dt.timedelta(days=365 * 5)  # a visit that is written down later than this is a slip of the pen


class BadCare(ValueError):
    """Why this cannot be written down."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as it stands; `due` says when the next visit is due, by which rule."""

    plan: int
    resident: int
    condition: Condition
    since: dt.date
    ended_on: dt.date | None
    doctor: str
    next_on: dt.date | None
    due: Due | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a visit; `cancelled`: reminders that waited for it."""

    visit: int
    outcome: Outcome
    due: Due
    cancelled: int
    again: bool
    """A visit of this day was on record, and is what this one says now."""


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit as a list shows it."""

    day: dt.date
    contact: Contact
    outcome: str
    doctor: str
    note: str


def enrol(
    session: Session,
    *,
    resident: int,
    condition: Condition,
    doctor: str | None,
    since: dt.date,
    actor: str,
    rules: Rules,
    now: dt.datetime,
) -> PlanView:
    """Follow a resident up from that day, under this member of staff (code); changed where it runs already.

    Who had been in it before goes on with the visits on record. Raises BadCare.
    """
    person = session.get(Resident, resident, with_for_update=True)
    if person is None:
        raise BadCare(f"there is no resident {resident}")
    if since < person.birth or since > now.date():
        raise BadCare(f"since: {since} is {'before the birth' if since < person.birth else 'still to come'}")
    staff = _member(session, doctor)
    row = _plan(session, resident, condition)
    if row is None:
        row = CarePlan(resident_id=resident, condition=condition, since=since, created_at=now, ended_on=None)
        session.add(row)
    row.since, row.ended_on, row.staff_id = since, None, staff.id if staff else None
    session.flush()
    _reckon(session, row, person, rules.notices, now.date())
    doctor_id = staff.id if staff else None
    audit.note(session, actor, "care_plan.enrol", f"care_plan:{row.id}", now=now, condition=condition, staff=doctor_id)
    return _view(session, row, person)


def end(session: Session, *, resident: int, condition: Condition, actor: str, now: dt.datetime) -> bool:
    """Follow nobody up any more for this; False where it does not run. Its reminders are called off."""
    row = _plan(session, resident, condition)
    if row is None or row.ended_on is not None:
        return False
    row.ended_on, row.next_on, row.look_on = now.date(), None, None
    cancelled = _call_off(session, row, "plan ended", now)
    audit.note(session, actor, "care_plan.end", f"care_plan:{row.id}", now=now, cancelled=cancelled)
    return True


def record_visit(
    session: Session,
    *,
    resident: int,
    condition: Condition,
    contact: Contact,
    doctor: str | None,
    note: str = "",
    actor: str,
    rules: Rules,
    now: dt.datetime,
) -> Recorded:
    """A visit face to face. A second one of the same day corrects the first. Raises BadCare."""
    person = session.get(Resident, resident, with_for_update=True)
    row = _plan(session, resident, condition)
    if person is None or row is None or row.ended_on is not None:
        raise BadCare(f"resident {resident} is not followed up for {condition}; enrol them first")
    _check(contact, person, now.date())
    staff = _member(session, doctor)
    found = outcome(condition, contact, person.birth)
    key = {"resident_id": resident, "condition": condition, "day": contact.day}
    visit = session.scalars(select(CareVisit).filter_by(**key)).one_or_none()
    again = visit is not None
    if visit is None:
        visit = CareVisit(**key)
        session.add(visit)
    visit.systolic, visit.diastolic, visit.glucose = contact.systolic, contact.diastolic, contact.fasting
    visit.adverse_reaction, visit.new_complication = contact.adverse_reaction, contact.new_complication
    visit.examination, visit.outcome, visit.note = contact.examination, found.result, note[:200]
    visit.staff_id = staff.id if staff else row.staff_id
    session.flush()
    due = _reckon(session, row, person, rules.notices, now.date())
    cancelled = _call_off(session, row, MADE, now)
    audit.note(
        session, actor, "care_visit.record", f"care_visit:{visit.id}", now=now, outcome=found.result,
        next_on=due.on.isoformat(), rule=due.rule, cancelled=cancelled,
    )  # fmt: skip
    return Recorded(visit.id, found, due, cancelled, again)


@reads
def plans(session: Session, *, resident: int) -> list[PlanView]:
    """A resident's plans, those that have ended too."""
    person = session.get(Resident, resident)
    rows = session.scalars(select(CarePlan).where(CarePlan.resident_id == resident).order_by(CarePlan.id)).all()
    return [] if person is None else [_view(session, row, person) for row in rows]


@reads
def visits(session: Session, *, resident: int, condition: Condition) -> list[VisitLine]:
    """The visits on record, the first one first."""
    rows = session.execute(
        select(CareVisit, Staff.name)
        .outerjoin(Staff, Staff.id == CareVisit.staff_id)
        .where(CareVisit.resident_id == resident, CareVisit.condition == condition)
        .order_by(CareVisit.day)
    )
    return [VisitLine(row.day, contact_of(row), row.outcome, name or "", row.note) for row, name in rows]


@reads
def year(session: Session, *, resident: int, condition: Condition, of: int, today: dt.date) -> Year:
    """How much of a year's statutory visits and tests there is, and what is missing."""
    return year_of(condition, _contacts(session, resident, condition), year=of, today=today)


def contact_of(row: CareVisit) -> Contact:
    """A row as `clinic.care.plan` wants it."""
    return Contact(
        day=row.day,
        systolic=row.systolic,
        diastolic=row.diastolic,
        fasting=row.glucose,
        adverse_reaction=row.adverse_reaction,
        new_complication=row.new_complication,
        examination=row.examination,
    )


def _plan(session: Session, resident: int, condition: Condition) -> CarePlan | None:
    wanted = select(CarePlan).where(CarePlan.resident_id == resident, CarePlan.condition == condition)
    return session.scalars(wanted.with_for_update()).one_or_none()


def _member(session: Session, code: str | None) -> Staff | None:
    if not code:
        return None
    row = session.scalars(select(Staff).where(Staff.code == code, Staff.active)).one_or_none()
    if row is None:
        raise BadCare(f"nobody who works here has the code {code!r}; `caredial staff list` shows them")
    return row


def _check(contact: Contact, person: Resident, today: dt.date) -> None:
    if not max(person.birth, today - OLDEST) <= contact.day <= today:
        late = contact.day > today
        raise BadCare(f"day: {contact.day} is {'still to come' if late else 'too long ago'}")
    if (contact.systolic is None) != (contact.diastolic is None):
        raise BadCare("blood pressure: systolic and diastolic only together")
    if contact.systolic is not None and not 40 <= (contact.diastolic or 0) < contact.systolic <= 300:
        raise BadCare(f"blood pressure: {contact.systolic}/{contact.diastolic} is nobody's")
    if contact.fasting is not None and not 5 <= contact.fasting <= 600:
        raise BadCare(f"glucose: {contact.fasting / 10} mmol/L is nobody's")


def _contacts(session: Session, resident: int, condition: Condition) -> list[Contact]:
    rows = session.scalars(select(CareVisit).where(CareVisit.resident_id == resident, CareVisit.condition == condition))
    return [contact_of(row) for row in rows]


def _due(session: Session, row: CarePlan, person: Resident) -> Due:
    contacts: Iterable[Contact] = _contacts(session, row.resident_id, row.condition)
    return next_visit(row.condition, contacts, birth=person.birth, since=row.since)


def _reckon(session: Session, row: CarePlan, person: Resident, rules: NoticeRules, today: dt.date) -> Due:
    """The plan's dates, out of the visits on record."""
    due = _due(session, row, person)
    # Who has never been seen is due now, however long ago it was that somebody wrote them down.
    on = max(due.on, row.next_on or today) if due.rule == "never_seen" else due.on
    if row.next_on != on or row.look_on is None:
        row.next_on, row.look_on = on, stages.first_look(on, rules, today)
    return due


def _call_off(session: Session, row: CarePlan, why: str, now: dt.datetime) -> int:
    """Reminders that wait are not sent any more, those to the family too."""
    mine = Message.occasion.startswith(f"care:{row.id}:", autoescape=True)
    copies = Message.occasion.startswith(f"copy:care:{row.id}:", autoescape=True)
    waiting = (Message.resident_id == row.resident_id, Message.state == "queued", Message.broadcast_id.is_(None))
    called_off = update(Message).where(*waiting, mine | copies).returning(Message.id)
    values = {"state": "cancelled", "error": why, "settled_at": now}
    options = {"synchronize_session": False}
    return len(session.execute(called_off.values(values), execution_options=options).all())


def _view(session: Session, row: CarePlan, person: Resident) -> PlanView:
    doctor = session.get(Staff, row.staff_id) if row.staff_id else None
    return PlanView(
        plan=row.id,
        resident=row.resident_id,
        condition=row.condition,
        since=row.since,
        ended_on=row.ended_on,
        doctor=doctor.name if doctor else "",
        next_on=row.next_on,
        due=None if row.ended_on else _due(session, row, person),
    )
