"""Booking a visit: place, queue number, T-code or payment, and the SMS that tells it; all of it or nothing."""

from __future__ import annotations

import datetime as dt
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from clinic import audit, places, residents, subscribers, verifying, vouchers
from clinic.errors import AlreadyBooked, MustBePaid, NotPossible, SessionClosed, SessionFull
from clinic.fairness import blocks, limits
from clinic.installation import Installation
from clinic.money import charging
from clinic.money.charging import Pays
from clinic.places.pools import AT_A_WINDOW
from clinic.places.taking import take_offered
from clinic.residents import NewPerson
from clinic.rules import BookingRules
from clinic.schedule import bookable
from clinic.tables import ClinicSession, Department, RelatedPerson, Visit
from clinic.tables.visits import STANDING
from clinic.views import VisitView
from clinic.visit_telling.wording import whole
from clinic.visits.seen import tell, view_of
from conf.texts.words import Language


def book(
    session: Session,
    *,
    clinic_session: int,
    patient: int | NewPerson,
    phone: str,
    language: Language,
    occasion: str,
    installation: Installation,
    now: dt.datetime,
    channel: str = "",
    pays: Pays = "counter",
    provider: str = "",
    rules: BookingRules = BookingRules(),  # noqa: B008  frozen
    offer: int | None = None,
    hold: dt.timedelta | None = None,
) -> VisitView:
    """Take the next place of the session, with its T-code and the SMS that tells it: all of it or nothing.

    `occasion` names this one act of booking: repeated (after a crash, say) it gives the same visit again. `pays`: how
    its fee is paid; by `mobile` (through `provider`) the visit is pending, and has no T-code, until the payment is
    completed. `offer`: a place that is held for who waits (`clinic.sessions.waiting`), or was drawn. `hold`: how long
    a pending visit holds its place, None: as the rules say; never longer than the session lasts. Raises SessionFull,
    SessionClosed, AlreadyBooked, TooManyVisits, Blocked, NotReal, MustBePaid, NotEnough, NotPossible.
    """
    repeated = _repeated(session, occasion, phone)
    if repeated is not None:
        return view_of(session, repeated, installation)
    offered = _offered(session, clinic_session, now, is_held=offer is not None)
    subscriber = subscribers.locked(session, phone, now)
    repeated = _repeated(session, occasion, phone)  # by another node meanwhile; the lock has waited for it
    if repeated is not None:
        return view_of(session, repeated, installation)
    person = residents.related(session, subscriber, patient, now)
    centre = offered.department.centre
    refuse_second(session, person, offered, phone)
    if channel not in AT_A_WINDOW:  # whoever stands there is not turned away
        blocks.check(session, resident=person.resident_id, phone=phone, centre=centre.id, now=now)
    verifying.check(session, resident=person.resident_id, phone=phone, channel=channel)
    limits.check(
        session,
        resident=person.resident_id,
        phone=phone,
        department=offered.department_id,
        day=offered.day,
        rules=rules,
        now=now,
    )
    if offered.fee and pays == "counter" and centre.payment == "required" and channel not in AT_A_WINDOW:
        raise MustBePaid
    subscriber.last_centre_id = centre.id
    taken = places.take(session, offered, channel=channel) if offer is None else take_offered(session, offer)
    is_later = offered.fee > 0 and pays == "mobile"
    visit = Visit(
        clinic_session_id=offered.id,
        resident_id=person.resident_id,
        department_id=offered.department_id,
        day=offered.day,
        phone=phone,
        language=language,
        name=person.name,
        queue=taken.number,
        pool=taken.pool,
        channel=channel,
        fee=offered.fee,
        pays=pays if offered.fee else "counter",
        paid=0,
        state="pending" if is_later else "booked",
        hold_until=_held_until(offered, hold or dt.timedelta(minutes=rules.hold_minutes), now) if is_later else None,
        occasion=occasion,
        booked_at=now,
        look_at=None if is_later else now,
    )
    _add(session, visit)
    audit.note(session, f"subscriber:{subscriber.id}", "visit.book", f"visit:{visit.id}", now=now)
    if not is_later:
        vouchers.issue(session, visit)
    by = f"subscriber:{subscriber.id}"
    charging.charge(session, visit=visit, centre=centre, provider=provider, by=by, now=now)
    view = view_of(session, visit, installation)
    if not is_later:
        tell(session, visit, view, "visit.code_sms", f"code:{visit.id}", language, now)
    return view


def _repeated(session: Session, occasion: str, phone: str) -> Visit | None:
    return session.scalars(_of_occasion(), {"occasion": occasion, "phone": phone}).one_or_none()


@cache
def _of_occasion() -> Select[Visit]:
    """Built once: to build it takes longer than to ask."""
    return whole().where(Visit.occasion == bindparam("occasion"), Visit.phone == bindparam("phone"))


def _offered(session: Session, clinic_session: int, now: dt.datetime, *, is_held: bool) -> ClinicSession:
    found = (
        select(ClinicSession)
        .options(joinedload(ClinicSession.department).joinedload(Department.centre))
        .where(ClinicSession.id == clinic_session, bookable(now))
    )
    row = session.scalars(found).one_or_none()
    if row is None:
        raise SessionClosed
    # In a rush most are refused: here before anything is written or locked.
    if row.taken >= row.capacity and not is_held:
        raise SessionFull
    return row


def _held_until(offered: ClinicSession, hold: dt.timedelta, now: dt.datetime) -> dt.datetime:
    """Nobody pays for a session that is over."""
    return min(now + hold, dt.datetime.combine(offered.day, offered.ends, tzinfo=now.tzinfo))


def refuse_second(session: Session, person: RelatedPerson, offered: ClinicSession, phone: str) -> None:
    """One department, one person, one day; only the phone that booked is told that this is the reason."""
    holder = session.scalar(
        select(Visit.phone).where(
            Visit.resident_id == person.resident_id,
            Visit.department_id == offered.department_id,
            Visit.day == offered.day,
            Visit.state.in_(STANDING),
        )
    )
    if holder is not None:
        raise AlreadyBooked if holder == phone else NotPossible


def _add(session: Session, visit: Visit) -> None:
    """Add the row; a rival that booked the same person in the same moment is told by the unique index."""
    session.add(visit)
    try:
        session.flush()
    except IntegrityError as error:
        raise NotPossible from error
