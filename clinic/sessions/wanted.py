"""Sessions that one cannot book now, and what to do instead: those that are full, and those that are drawn.

`channel`: as in `clinic.schedule`; full is a session that this channel gets no place of.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from clinic.rows import reads, shared
from clinic.schedule import MOST, bookable, left
from clinic.tables import ClinicSession, Department, Draw, DrawEntry, Practitioner
from clinic.views import DepartmentView, SessionView
from conf.texts.words import Half, Money, Name


@dataclass(frozen=True, slots=True)
class Drawn:
    """A session whose places are drawn at `draw_at` (local): so many places, so many tickets by now."""

    id: int
    day: dt.date
    half: Half
    starts: dt.time
    practitioner: Name | None
    fee: Money
    places: int
    tickets: int
    draw_at: dt.datetime


def waited_for(now: dt.datetime, channel: str | None) -> ColumnElement[bool]:
    """A session without a place, which has not begun: one that comes back is worth telling of."""
    today, hour = now.date(), now.time().replace(tzinfo=None)
    to_come = or_(ClinicSession.day > today, and_(ClinicSession.day == today, ClinicSession.starts > hour))
    none_left = or_(ClinicSession.taken >= ClinicSession.capacity, left(channel) <= 0)
    return and_(bookable(now), none_left, ClinicSession.capacity > 0, to_come)


def drawn(now: dt.datetime) -> ColumnElement[bool]:
    """A session with a draw that can be entered now."""
    return and_(ClinicSession.state == "draw", ClinicSession.release_at <= now, ClinicSession.draw_at > now)


@shared
def full_departments(
    session: Session, *, centre: int, now: dt.datetime, channel: str | None = None
) -> list[DepartmentView]:
    """The centre's departments without a place left, where one can wait for one, or take part in a draw."""
    theirs = ClinicSession.department_id == Department.id
    roomy = bookable(now), ClinicSession.taken < ClinicSession.capacity, left(channel) > 0
    some_left = select(ClinicSession.id).where(theirs, *roomy).exists()
    wanted = select(ClinicSession.id).where(theirs, or_(waited_for(now, channel), drawn(now))).exists()
    rows = session.scalars(
        select(Department).where(Department.centre_id == centre, wanted, ~some_left).order_by(Department.id)
    )
    return [DepartmentView(row.id, row.name, 0) for row in rows]


@shared
def full_sessions(
    session: Session, *, department: int, now: dt.datetime, channel: str | None = None
) -> list[SessionView]:
    """At most 200 sessions of the department that one can wait for, the earliest first."""
    rows = session.execute(
        select(ClinicSession, Practitioner.name_zh, Practitioner.name_en)
        .outerjoin(Practitioner, Practitioner.id == ClinicSession.practitioner_id)
        .where(ClinicSession.department_id == department, waited_for(now, channel))
        .order_by(ClinicSession.day, ClinicSession.starts, ClinicSession.id)
        .limit(MOST)
    )
    return [
        SessionView(row.id, row.day, row.half, row.starts, Name(zh, en or "") if zh else None, 0, _fee(row))
        for row, zh, en in rows
    ]


@shared
def is_any(session: Session, *, department: int, now: dt.datetime, channel: str | None = None) -> bool:
    """Whether the department has something to wait for, or a draw."""
    wanted = select(ClinicSession.id).where(ClinicSession.department_id == department)
    return session.scalar(wanted.where(or_(waited_for(now, channel), drawn(now))).limit(1)) is not None


@reads
def can_be_waited_for(session: Session, *, offered: int, now: dt.datetime, channel: str | None = None) -> bool:
    """Whether this session is full, and a place that comes back would be told of."""
    this = select(ClinicSession.id).where(ClinicSession.id == offered, waited_for(now, channel))
    return session.scalar(this) is not None


@shared
def draws(session: Session, *, department: int, now: dt.datetime) -> list[Drawn]:
    """The draws of the department that can be entered now, the first to be drawn first."""
    entered = (
        select(func.count(DrawEntry.id))
        .where(DrawEntry.draw_id == Draw.id, DrawEntry.state == "entered")
        .correlate(Draw)
        .scalar_subquery()
    )
    rows = session.execute(
        select(ClinicSession, Practitioner.name_zh, Practitioner.name_en, entered)
        .outerjoin(Practitioner, Practitioner.id == ClinicSession.practitioner_id)
        .join(Draw, Draw.clinic_session_id == ClinicSession.id)
        .where(ClinicSession.department_id == department, drawn(now), Draw.drawn_at.is_(None))
        .order_by(ClinicSession.draw_at, ClinicSession.day, ClinicSession.id)
        .limit(MOST)
    )
    return [
        Drawn(
            id=row.id,
            day=row.day,
            half=row.half,
            starts=row.starts,
            practitioner=Name(zh, en or "") if zh else None,
            fee=_fee(row),
            places=row.capacity,
            tickets=tickets,
            draw_at=(row.draw_at or row.release_at).astimezone(now.tzinfo),
        )
        for row, zh, en, tickets in rows
    ]


def _fee(row: ClinicSession) -> Money:
    return Money(row.fee, row.department.centre.currency)
