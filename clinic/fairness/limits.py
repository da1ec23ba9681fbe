"""How many visits somebody may have: a person, however many phones book for them; a phone, whomever it books for.

What is counted stands in the visits themselves, so no counter can go wrong. A person's bookings queue at their row, a
phone's at its subscriber's, which the booking has locked by then. Two statements: the lock, and one that counts all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from clinic.errors import Limit, NotPossible, TooManyVisits
from clinic.rules import BookingRules
from clinic.tables import Resident, Visit
from clinic.tables.visits import HOLDS, STANDING

DAY = dt.timedelta(days=1)


def check(
    session: Session,
    *,
    resident: int,
    phone: str,
    day: dt.date,
    department: int | None = None,
    rules: BookingRules,
    now: dt.datetime,
) -> None:
    """Raise TooManyVisits, which says by what limit, where one more visit of this `department` (None: whichever it is)
    and `day` would be too many.

    Who is refused for visits that other phones have booked, and has booked none of them, is not told so (NotPossible):
    an identity number is no key to what its holder does.
    """
    # Not FOR UPDATE: that would wait for everybody who writes a row about this person.
    session.execute(select(Resident.id).where(Resident.id == resident).with_for_update(key_share=True))
    theirs, by_phone = session.execute(counting(), counted_by(resident, phone, department, day, now)).all()
    limits: tuple[tuple[Limit, int, int, int], ...] = (
        ("person_day", rules.person_day, theirs.first, theirs.own),
        ("person_department", rules.person_department, theirs.second, theirs.own),
        ("person", rules.person, theirs.third, theirs.own),
        ("phone", rules.phone, by_phone.first, 1),
        ("phone_day", rules.phone_day, by_phone.second, 1),
    )
    for limit, most, counted, own in limits:
        if most and counted >= most:
            if not own:
                raise NotPossible
            raise TooManyVisits(limit, most)


@cache
def counting() -> Select[int, int, int, int]:
    """All counts in one statement: a row of the person's (on the day, in the department, at all, and how many of those
    this phone has booked), and one of the phone's (to come, booked within a day). Built once: to build it takes longer
    than to count."""
    resident, department = bindparam("resident", type_=Integer), bindparam("department", type_=Integer)
    day, today, yesterday = (bindparam(name, type_=Date) for name in ("day", "today", "yesterday"))
    phone = bindparam("phone", type_=String)
    to_come = and_(Visit.day >= today, Visit.state.in_(STANDING))
    person = select(
        literal(0).label("who"),
        _count(Visit.day == day).label("first"),
        _count(and_(to_come, Visit.department_id == department)).label("second"),
        _count(to_come).label("third"),
        _count(Visit.phone == phone).label("own"),
    ).where(Visit.resident_id == resident, Visit.state.in_(HOLDS), Visit.day >= today)
    # What was booked within a day is of a day since then: so both are found by one look at the index.
    mine = select(
        literal(1),
        _count(to_come),
        _count(Visit.booked_at > bindparam("since", type_=Visit.booked_at.type)),
        literal(0),
        literal(0),
    ).where(Visit.phone == phone, Visit.day >= yesterday)
    both = union_all(person, mine).subquery()
    return select(both.c.first, both.c.second, both.c.third, both.c.own).order_by(both.c.who)


def counted_by(
    resident: int, phone: str, department: int | None, day: dt.date, now: dt.datetime
) -> Mapping[str, object]:
    """What `counting` is asked with."""
    since = now - DAY
    return {
        "resident": resident,
        "phone": phone,
        "department": department,
        "day": day,
        "today": now.date(),
        "since": since,
        "yesterday": since.date(),
    }


def _count(counted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(counted)
