"""How many visits somebody may have: a person, however many phones book for them; a phone, whomever it books for.

What is counted stands in the visits themselves, so no counter can go wrong. A person's bookings queue at their row, a
phone's at its subscriber's, which the booking has locked by then.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from clinic.errors import TooManyVisits
from clinic.rules import BookingRules
from clinic.tables import Resident, Visit

STANDING = ("pending", "booked", "arrived")


def check(session: Session, *, resident: int, phone: str, day: dt.date, rules: BookingRules, now: dt.datetime) -> None:
    """Raise TooManyVisits where one more would be too many. `day`: of the visit that is wanted."""
    session.execute(select(Resident.id).where(Resident.id == resident).with_for_update())
    to_come = Visit.day >= now.date(), Visit.state.in_(STANDING)
    theirs, by_phone = Visit.resident_id == resident, Visit.phone == phone
    of_today = Visit.day == day, Visit.state.in_((*STANDING, "fulfilled", "noshow"))
    since = now - dt.timedelta(days=1)
    for most, counted in (
        (rules.person_day, (theirs, *of_today)),
        (rules.person, (theirs, *to_come)),
        (rules.phone, (by_phone, *to_come)),
        (rules.phone_day, (by_phone, Visit.booked_at > since)),
    ):
        if most and _count(session, *counted) >= most:
            raise TooManyVisits


def _count(session: Session, *counted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Visit).where(*counted)) or 0
