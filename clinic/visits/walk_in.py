"""Registering at the counter: somebody who comes without having booked takes a place, and is in the queue at once.

A phone is not needed: who has none is told nothing, and has `phone` "" in their visit. Limits and blocks keep booking
by phone fair; who stands at the counter is turned away by neither, but by having a visit there already.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, messages, places, residents, subscribers, vouchers
from clinic.errors import AlreadyBooked, NotPossible, SessionClosed, SessionFull
from clinic.installation import Installation
from clinic.money import charging
from clinic.money.charging import Pays
from clinic.places import over
from clinic.places.pools import COUNTER
from clinic.queue import arriving
from clinic.residents import NewPerson
from clinic.rules import BookingRules
from clinic.tables import ClinicSession, Resident, Visit
from clinic.tables.visits import STANDING
from clinic.views import VisitView
from clinic.visit_telling.wording import whole
from clinic.visits.seen import view_of
from conf.texts.words import Language


def walk_in(
    session: Session,
    *,
    clinic_session: int,
    patient: int | NewPerson,
    phone: str,
    language: Language,
    by: str,
    occasion: str,
    installation: Installation,
    now: dt.datetime,
    rules: BookingRules = BookingRules(),  # noqa: B008  frozen
    pays: Pays = "counter",
    over_reason: str = "",
) -> VisitView:
    """Register somebody who is there for a session of today: place, number, T-code (used at once), and their turn.

    `patient`: a resident's number, or who is named for the first time. `phone`: "" for none; else it may look after the
    visit as the one that booked it. `over_reason`: why a session that is full gets one place more; "": it does not.
    `occasion` names this one act. Raises SessionFull, SessionClosed, AlreadyBooked, NotPossible, NotEnough.
    """
    known = session.scalars(whole().where(Visit.occasion == occasion)).one_or_none()
    if known is not None:
        return view_of(session, known, installation, now=now)
    offered = session.get(ClinicSession, clinic_session)
    if offered is None:
        raise SessionClosed
    person, name = _person(session, patient, phone, offered, now)
    here = arriving.locked(session, clinic_session)
    _check(session, here, person, now)
    if not over.has_room(session, here):
        _make_room(session, here, over_reason, by, now)
    taken = places.take(session, here, channel=COUNTER)
    visit = Visit(
        clinic_session_id=here.id,
        resident_id=person.id,
        department_id=here.department_id,
        day=here.day,
        phone=phone,
        language=language,
        name=name,
        queue=taken.number,
        pool=taken.pool,
        channel=COUNTER,
        fee=here.fee,
        pays=pays if here.fee else "counter",
        paid=0,
        state="booked",
        occasion=occasion,
        booked_at=now,
        look_at=now,
    )
    session.add(visit)
    session.flush()
    voucher = vouchers.issue(session, visit)
    voucher.state, voucher.used_at = "used", now
    session.flush()
    arriving.arrive(session, visit=visit.id, late_minutes=rules.late_minutes, now=now)
    charging.charge(session, visit=visit, centre=here.department.centre, by=f"staff:{by}", now=now)
    audit.note(session, f"staff:{by}", "visit.walk_in", f"visit:{visit.id}", now=now)
    session.flush()
    return _told(session, visit, installation, now)


def _person(
    session: Session, patient: int | NewPerson, phone: str, offered: ClinicSession, now: dt.datetime
) -> tuple[Resident, str]:
    """Who it is for, and the name on the visit: what is on record, or was typed for the first time."""
    subscriber = subscribers.locked(session, phone, now) if phone else None
    centre = offered.department.centre_id
    if isinstance(patient, NewPerson):
        row = residents.register(session, patient, centre=centre, now=now)
        name = row.name if row.spoken_name is None else patient.name
    else:
        found = session.get(Resident, patient)
        if found is None:
            raise NotPossible
        row, name = found, found.name
    session.execute(select(Resident.id).where(Resident.id == row.id).with_for_update())
    if subscriber is not None:
        residents.relate(session, subscriber, row, name)
    return row, name


def _check(session: Session, here: ClinicSession, person: Resident, now: dt.datetime) -> None:
    is_over = here.ends_at(now.tzinfo) <= now
    if here.state != "open" or here.day != now.date() or is_over:
        raise SessionClosed
    there = Visit.resident_id == person.id, Visit.department_id == here.department_id, Visit.day == here.day
    if session.scalar(select(Visit.id).where(*there, Visit.state.in_(STANDING)).limit(1)) is not None:
        raise AlreadyBooked


def _make_room(session: Session, here: ClinicSession, reason: str, by: str, now: dt.datetime) -> None:
    if not reason:
        raise SessionFull
    over.add_place(session, here)
    audit.note(session, f"staff:{by}", "session.over", f"session:{here.id}", now=now, reason=reason)


def _told(session: Session, visit: Visit, installation: Installation, now: dt.datetime) -> VisitView:
    found = whole().where(Visit.id == visit.id).execution_options(populate_existing=True)
    row = session.scalars(found).one()
    view = view_of(session, row, installation, now=now)
    if row.phone:
        messages.tell(
            session,
            occasion=f"code:{row.id}",
            phone=row.phone,
            language=row.language,  # type: ignore[arg-type]
            key="standing.walk_in_sms",
            now=now,
            resident_id=row.resident_id,
            name=row.name,
            centre=view.centre,
            department=view.department,
            queue=view.queue,
            link=view.link,
        )
    return view
