"""What can be booked now: departments and clinic sessions with places left."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from clinic.rows import reads
from clinic.tables import ClinicSession, Department, Practitioner
from clinic.views import DepartmentView, SessionView
from conf.texts.words import Money, Name

MOST = 200


def bookable(now: dt.datetime) -> ColumnElement[bool]:
    """A session that is open, released and not over yet at `now` (aware, local to the installation)."""
    today, hour = now.date(), now.time().replace(tzinfo=None)
    return and_(
        ClinicSession.state == "open",
        ClinicSession.release_at <= now,
        or_(ClinicSession.day > today, and_(ClinicSession.day == today, ClinicSession.ends > hour)),
    )


@reads
def departments(session: Session, *, centre: int, now: dt.datetime) -> list[DepartmentView]:
    """The centre's departments that have places left."""
    left = func.sum(ClinicSession.capacity - ClinicSession.taken)
    rows = session.execute(
        select(Department, left)
        .join(ClinicSession, ClinicSession.department_id == Department.id)
        .where(Department.centre_id == centre, bookable(now), ClinicSession.taken < ClinicSession.capacity)
        .group_by(Department.id)
        .order_by(Department.id)
    )
    return [DepartmentView(row.id, row.name, int(places)) for row, places in rows]


@reads
def open_sessions(session: Session, *, department: int, now: dt.datetime) -> list[SessionView]:
    """At most 200 sessions of the department with places left, the earliest first."""
    rows = session.execute(
        select(
            ClinicSession.id,
            ClinicSession.day,
            ClinicSession.half,
            ClinicSession.starts,
            ClinicSession.capacity - ClinicSession.taken,
            ClinicSession.fee,
            Practitioner.name_zh,
            Practitioner.name_en,
        )
        .outerjoin(Practitioner, Practitioner.id == ClinicSession.practitioner_id)
        .where(ClinicSession.department_id == department, bookable(now), ClinicSession.taken < ClinicSession.capacity)
        .order_by(ClinicSession.day, ClinicSession.starts, ClinicSession.id)
        .limit(MOST)
    )
    # Columns, not objects: half of every booking's work was to make these rows into objects.
    return [
        SessionView(number, day, half, starts, Name(zh, en or "") if zh else None, left, Money(fee))
        for number, day, half, starts, left, fee, zh, en in rows
    ]
