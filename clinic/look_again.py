"""When the reminders are to look at a child again, as what lies below the children's files tells it.

It knows only the tables, so that booking, and what writes phones, can tell it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from clinic.rows import PLAIN
from clinic.tables import ChildFile, Department, RelatedPerson, Subscriber

SERVICE = "vaccination"
"""The service of the departments that vaccinate."""


def at(session: Session, *, child: int, today: dt.date) -> None:
    changed = update(ChildFile).where(ChildFile.resident_id == child).values(look_on=today)
    session.execute(changed, execution_options=PLAIN)


def place_given_up(session: Session, *, resident: int, department: int, today: dt.date) -> None:
    """A visit will not be. While it was to come nobody reminded the family of what could be given at it."""
    vaccinates = exists(select(Department.id).where(Department.id == department, Department.service == SERVICE))
    looked = update(ChildFile).where(ChildFile.resident_id == resident, vaccinates).values(look_on=today)
    session.execute(looked, execution_options=PLAIN)


def right_number(session: Session, *, subscriber: Subscriber, today: dt.date) -> None:
    """The centre knows whose this phone is: if it was somebody else's, what was not told meanwhile is told now."""
    if subscriber.wrong_at is None:
        return
    subscriber.wrong_at = None
    its = select(RelatedPerson.resident_id).where(RelatedPerson.subscriber_id == subscriber.id, RelatedPerson.is_told)
    looked = update(ChildFile).where(ChildFile.resident_id.in_(its)).values(look_on=today)
    session.execute(looked, execution_options=PLAIN)
