"""Visits: booking a place, looking at it, giving it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from clinic import audit, messages, residents, subscribers, vouchers
from clinic.children import looking
from clinic.errors import AlreadyBooked, NotCancellable, NotPossible, SessionClosed, SessionFull
from clinic.installation import Installation
from clinic.residents import NewPerson
from clinic.rows import reads
from clinic.schedule import bookable
from clinic.tables import ClinicSession, Department, RelatedPerson, Subscriber, Visit, Voucher
from clinic.views import VisitView
from clinic.visit_notices import reminders
from conf.texts.words import Code, Language, Money


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
) -> VisitView:
    """Take the next place of the session, with its T-code and the SMS that tells it: all of it or nothing.

    `occasion` names this one act of booking: repeated (after a crash, say) it gives the same visit again.
    Raises SessionFull, SessionClosed, AlreadyBooked, NotPossible.
    """
    repeated = _repeated(session, occasion, phone)
    if repeated is not None:
        return _view(session, repeated, installation)
    offered = _offered(session, clinic_session, now)
    subscriber = subscribers.locked(session, phone, now)
    repeated = _repeated(session, occasion, phone)  # by another node meanwhile; the lock has waited for it
    if repeated is not None:
        return _view(session, repeated, installation)
    person = residents.related(session, subscriber, patient, now)
    _refuse_second(session, person, offered, phone)
    subscriber.last_centre_id = offered.department.centre_id
    visit = Visit(
        clinic_session_id=offered.id,
        resident_id=person.resident_id,
        department_id=offered.department_id,
        day=offered.day,
        phone=phone,
        language=language,
        name=person.name,
        queue=_take_place(session, clinic_session),
        fee=offered.fee,
        occasion=occasion,
        booked_at=now,
        look_at=now,
    )
    _add(session, visit)
    vouchers.issue(session, visit)
    audit.note(session, f"subscriber:{subscriber.id}", "visit.book", f"visit:{visit.id}", now=now)
    view = _view(session, visit, installation)
    _tell(session, visit, view, "visit.code_sms", f"code:{visit.id}", language, now)
    return view


@reads
def upcoming(session: Session, *, phone: str, installation: Installation, now: dt.datetime) -> list[VisitView]:
    """The visits this phone booked for today or later that still stand, the next one first.

    Of one that says that it is somebody else's now only those that were booked since.
    """
    others = select(Subscriber.wrong_at).where(Subscriber.phone == phone).scalar_subquery()
    rows = session.scalars(
        _whole()
        .join(ClinicSession, ClinicSession.id == Visit.clinic_session_id)
        .where(Visit.phone == phone, Visit.day >= now.date(), Visit.state.in_(("booked", "arrived")))
        .where(or_(others.is_(None), Visit.booked_at >= others))
        .order_by(Visit.day, ClinicSession.starts, Visit.id)
    )
    return [_view(session, row, installation) for row in rows.all()]


def cancel(
    session: Session,
    *,
    visit: int,
    phone: str,
    language: Language,
    installation: Installation,
    now: dt.datetime,
) -> VisitView:
    """Give the place back; its T-code is worth nothing from then on. Raises NotCancellable.

    Whoever changes the voucher first wins, so a cancellation and a kiosk never both succeed.
    """
    row = _own(session, visit, phone)
    if row is None or _over(row, now) or not vouchers.cancel(session, visit=row.id):
        raise NotCancellable
    row.state, row.look_at = "cancelled", None
    session.flush()
    # Only now that the row is ours, or a reminder that is being written at this moment would be missed.
    reminders.call_off(session, row, now)
    looking.place_given_up(session, resident=row.resident_id, department=row.department_id, today=now.date())
    session.execute(
        update(ClinicSession).where(ClinicSession.id == row.clinic_session_id).values(taken=ClinicSession.taken - 1)
    )
    audit.note(session, "subscriber", "visit.cancel", f"visit:{row.id}", now=now)
    view = _view(session, row, installation)
    _tell(session, row, view, "visit.cancelled_sms", f"cancelled:{row.id}", language, now)
    return view


def send_code(
    session: Session,
    *,
    visit: int,
    phone: str,
    language: Language,
    occasion: str,
    installation: Installation,
    now: dt.datetime,
) -> VisitView:
    """Send the T-code of an own visit once more. Raises NotPossible."""
    row = _own(session, visit, phone)
    if row is None or row.state != "booked":
        raise NotPossible
    view = _view(session, row, installation)
    _tell(session, row, view, "visit.code_sms", f"again:{row.id}:{occasion}", language, now)
    return view


def _repeated(session: Session, occasion: str, phone: str) -> Visit | None:
    return session.scalars(_whole().where(Visit.occasion == occasion, Visit.phone == phone)).one_or_none()


def _offered(session: Session, clinic_session: int, now: dt.datetime) -> ClinicSession:
    found = (
        select(ClinicSession)
        .options(joinedload(ClinicSession.department).joinedload(Department.centre))
        .where(ClinicSession.id == clinic_session, bookable(now))
    )
    row = session.scalars(found).one_or_none()
    if row is None:
        raise SessionClosed
    if row.taken >= row.capacity:  # in a rush most are refused: here before anything is written or locked
        raise SessionFull
    return row


def _refuse_second(session: Session, person: RelatedPerson, offered: ClinicSession, phone: str) -> None:
    """One department, one person, one day; only the phone that booked is told that this is the reason."""
    holder = session.scalar(
        select(Visit.phone).where(
            Visit.resident_id == person.resident_id,
            Visit.department_id == offered.department_id,
            Visit.day == offered.day,
            Visit.state.in_(("booked", "arrived")),
        )
    )
    if holder is not None:
        raise AlreadyBooked if holder == phone else NotPossible


def _take_place(session: Session, clinic_session: int) -> int:
    """The next queue number. One UPDATE takes place and number together, so there is neither gap nor double."""
    free = ClinicSession.taken < ClinicSession.capacity, ClinicSession.state == "open"  # it may be stopped meanwhile
    queue: int | None = session.scalar(
        update(ClinicSession)
        .where(ClinicSession.id == clinic_session, *free)
        .values(taken=ClinicSession.taken + 1, last_number=ClinicSession.last_number + 1)
        .returning(ClinicSession.last_number)
        .execution_options(synchronize_session=False)
    )
    if queue is None:
        state = session.scalar(select(ClinicSession.state).where(ClinicSession.id == clinic_session))
        raise SessionFull if state == "open" else SessionClosed
    return queue


def _add(session: Session, visit: Visit) -> None:
    """Add the row; a rival that booked the same person in the same moment is told by the unique index."""
    session.add(visit)
    try:
        session.flush()
    except IntegrityError as error:
        raise NotPossible from error


def _own(session: Session, visit: int, phone: str) -> Visit | None:
    return session.scalars(_whole().where(Visit.id == visit, Visit.phone == phone)).one_or_none()


def _over(row: Visit, now: dt.datetime) -> bool:
    ends = dt.datetime.combine(row.day, row.clinic_session.ends, tzinfo=now.tzinfo)
    return now >= ends


def _whole() -> Select[Visit]:
    joined = joinedload(Visit.clinic_session)
    return select(Visit).options(
        joined.joinedload(ClinicSession.department).joinedload(Department.centre),
        joined.joinedload(ClinicSession.practitioner),
    )


def _view(session: Session, row: Visit, installation: Installation) -> VisitView:
    offered = row.clinic_session
    voucher = session.scalars(select(Voucher).where(Voucher.visit_id == row.id)).one()
    return VisitView(
        id=row.id,
        queue=row.queue,
        state=row.state,
        name=row.name,
        centre=offered.department.centre.name,
        department=offered.department.name,
        practitioner=offered.practitioner.name if offered.practitioner else None,
        day=row.day,
        half=offered.half,
        starts=offered.starts,
        fee=Money(row.fee),
        ahead=_ahead(session, row),
        number=voucher.number,
        link=installation.page(voucher.token),
    )


def _ahead(session: Session, row: Visit) -> int:
    """Those who are there and not in the room yet, and those who may still come: not who was passed over already."""
    theirs = Visit.clinic_session_id == row.clinic_session_id
    passed = select(func.coalesce(func.max(Visit.queue), 0)).where(theirs, Visit.called_at.is_not(None))
    waits = or_(
        and_(Visit.state == "arrived", Visit.called_at.is_(None)),
        and_(Visit.state == "booked", Visit.queue > passed.scalar_subquery()),
    )
    return session.scalar(select(func.count()).where(theirs, Visit.queue < row.queue, waits)) or 0


def _tell(
    session: Session, row: Visit, view: VisitView, key: str, occasion: str, language: Language, now: dt.datetime
) -> None:
    words: dict[str, Any] = {"number": Code(view.number), "link": view.link} if key == "visit.code_sms" else {}
    messages.tell(
        session,
        occasion=occasion,
        phone=row.phone,
        language=language,
        key=key,
        now=now,
        resident_id=row.resident_id,
        centre=view.centre,
        department=view.department,
        day=view.day,
        half=view.half,
        starts=view.starts,
        queue=view.queue,
        **words,
    )
