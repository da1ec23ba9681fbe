"""Whose next dose of a vaccine is due, as a condition of SQL.

The simple rule: as many doses of the series are on record as come before this one; its age is reached; its interval
since the last dose of the series has passed; and the age at which it is not given any more is not. Nothing else is
looked at: no catch-up by other vaccines, no contraindications, no distance from other vaccines. So it tells whom to
invite; what is given, the nurse decides.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select
from sqlalchemy.orm import aliased

from clinic.audience.ages import latest
from clinic.tables import Immunization, Resident
from conf.lengths import Length
from conf.vaccines import Invitation, Turn, schedule


def due(code: str, today: dt.date) -> ColumnElement[bool]:
    """Residents for whom the next dose of this vaccine is due; nobody where the schedule of today lacks it."""
    vaccine = schedule(today).get(code)
    if vaccine is None:
        return false()
    youngest = min(dose.age for dose in vaccine.doses)
    return and_(
        # First what costs nothing: doses are looked for only of who is of that age.
        Resident.birth <= latest(today, youngest),
        Resident.birth > latest(today, vaccine.not_from),
        or_(*(_next(dose, vaccine, today) for dose in vaccine.doses)),
        *([not_(_given(vaccine.unless))] if vaccine.unless else []),
    )


def _next(dose: Turn, vaccine: Invitation, today: dt.date) -> ColumnElement[bool]:
    given = aliased(Immunization)
    count = (
        select(func.count(given.id))
        .where(given.resident_id == Resident.id, given.vaccine.in_(vaccine.counts))
        .correlate(Resident)
        .scalar_subquery()
    )
    reached = Resident.birth <= latest(today, dose.age), count == dose.number - 1
    if dose.interval is None:
        return and_(*reached)
    return and_(*reached, not_(_given(vaccine.counts, after=_before(today, dose.interval))))


def _given(codes: tuple[str, ...], after: dt.date | None = None) -> ColumnElement[bool]:
    """One of these was given, or was given after this day."""
    given = aliased(Immunization)
    found = select(given.id).where(given.resident_id == Resident.id, given.vaccine.in_(codes))
    return (found if after is None else found.where(given.given_on > after)).correlate(Resident).exists()


def _before(today: dt.date, length: Length) -> dt.date:
    """The latest day since which so much time has passed."""
    return latest(today, length.months) - dt.timedelta(days=length.days)
