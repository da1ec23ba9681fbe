"""Booking by hand, and cancelling: staff do it for somebody who stands at the counter, or has called."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, residents, subscribers
from clinic.errors import NotCancellable, NotPossible
from clinic.installation import Installation
from clinic.names import masked
from clinic.places.pools import COUNTER
from clinic.residents import NewPerson
from clinic.rows import reads
from clinic.tables import Audit, Resident, Visit
from clinic.tables.visits import TO_COME
from clinic.views import VisitView
from clinic.visit_telling.wording import whole
from clinic.visits.booking import book
from clinic.visits.seen import is_over, tell, view_of
from clinic.visits.withdrawing import lock, withdraw
from conf.texts.words import Language, Money, Name

ACTION: Final = "visit.book_at_counter"


def book_for(
    session: Session, *, patient: int | NewPerson, phone: str, by: str, now: dt.datetime, **given: Any
) -> VisitView:
    """As `clinic.visits.book`, of the counter's places; the phone books for them from now on, too, for staff have seen
    who they are. Repeated with the same `occasion` it gives the same visit. Raises what `book` raises; NotPossible also
    where there is no such resident."""
    if not isinstance(patient, NewPerson):
        subscriber = subscribers.locked(session, phone, now)
        row = session.get(Resident, patient)
        if row is None:
            raise NotPossible
        residents.relate(session, subscriber, row, row.name)
    view = book(session, patient=patient, phone=phone, channel=COUNTER, now=now, **given)
    subject = f"visit:{view.id}"
    noted = select(Audit.id).where(Audit.subject == subject, Audit.action == ACTION).limit(1)
    if session.scalar(noted) is None:  # else it was done before
        audit.note(session, f"staff:{by}", ACTION, subject, now=now)
    return view


@dataclass(frozen=True, slots=True)
class ToCancel:
    """What would be cancelled; `name` is masked, `paid` is what has been paid and would go back."""

    name: str
    department: Name
    day: dt.date
    queue: int
    paid: Money


@reads
def to_cancel(session: Session, *, visit: int, now: dt.datetime) -> ToCancel:
    """Raises NotCancellable: there is no such visit, or it is over, begun or cancelled."""
    row = _to_come(session, visit, now)
    department = row.clinic_session.department
    paid = Money(row.paid, department.centre.currency)
    return ToCancel(masked(row.name), department.name, row.day, row.queue, paid)


def cancel_for(session: Session, *, visit: int, by: str, installation: Installation, now: dt.datetime) -> VisitView:
    """Cancel a visit that is to come, at its holder's word or the centre's: what was paid goes back where it came from,
    it counts for nothing, and the phone that booked is told. Raises NotCancellable."""
    row = _to_come(session, visit, now)
    lock(session, row)
    if row.state not in TO_COME or not withdraw(session, row, why="staff", by=f"staff:{by}", now=now):
        raise NotCancellable
    view = view_of(session, row, installation)
    if row.phone:
        tell(session, row, view, "visit.cancelled_sms", f"cancelled:{row.id}", cast(Language, row.language), now)
    return view


def _to_come(session: Session, visit: int, now: dt.datetime) -> Visit:
    row = session.scalars(whole().where(Visit.id == visit)).one_or_none()
    if row is None or row.state not in TO_COME or is_over(row, now):
        raise NotCancellable
    return row
