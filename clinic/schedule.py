"""What can be booked now: departments and clinic sessions with places left.

`channel`: only places that this one can get, of a session whose places are shared out; None: all.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from clinic.places.pools import candidates
from clinic.rows import shared
from clinic.tables import Centre, ClinicSession, Department, Practitioner, SessionShare
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


def left(channel: str | None) -> ColumnElement[int]:
    """The places of a session that can still be had; below nothing where it has fewer places than are taken."""
    all_left = ClinicSession.capacity - ClinicSession.taken
    if channel is None:
        return all_left
    theirs: Any = (
        select(func.coalesce(func.sum(SessionShare.places - SessionShare.taken), 0))
        .where(SessionShare.clinic_session_id == ClinicSession.id, SessionShare.pool.in_(candidates(channel)))
        .correlate(ClinicSession)
        .scalar_subquery()
    )
    # Asked of shared-out sessions only: of all others it is one look at the row itself.
    return case((ClinicSession.shares.is_(None), all_left), else_=theirs)


@shared
def departments(session: Session, *, centre: int, now: dt.datetime, channel: str | None = None) -> list[DepartmentView]:
    """The centre's departments that have places left."""
    places = left(channel)
    rows = session.execute(
        select(Department, func.sum(places))
        .join(ClinicSession, ClinicSession.department_id == Department.id)
        .where(Department.centre_id == centre, bookable(now), ClinicSession.taken < ClinicSession.capacity, places > 0)
        .group_by(Department.id)
        .order_by(Department.id)
    )
    return [DepartmentView(row.id, row.name, int(many)) for row, many in rows]


@shared
def open_sessions(
    session: Session, *, department: int, now: dt.datetime, channel: str | None = None
) -> list[SessionView]:
    """At most 200 sessions of the department with places left, the earliest first."""
    places = left(channel)
    rows = session.execute(
        select(
            ClinicSession.id,
            ClinicSession.day,
            ClinicSession.half,
            ClinicSession.starts,
            places,
            ClinicSession.fee,
            _currency(department),
            Practitioner.name_zh,
            Practitioner.name_en,
        )
        .outerjoin(Practitioner, Practitioner.id == ClinicSession.practitioner_id)
        .where(ClinicSession.department_id == department, bookable(now))
        .where(ClinicSession.taken < ClinicSession.capacity, places > 0)
        .order_by(ClinicSession.day, ClinicSession.starts, ClinicSession.id)
        .limit(MOST)
    )
    # Columns, not objects: half of every booking's work was to make these rows into objects.
    return [
        SessionView(number, day, half, starts, Name(zh, en or "") if zh else None, many, Money(fee, currency))
        for number, day, half, starts, many, fee, currency, zh, en in rows
    ]


def _currency(department: int) -> Any:
    centre = select(Centre.currency).join(Department, Department.centre_id == Centre.id)
    return centre.where(Department.id == department).scalar_subquery()
