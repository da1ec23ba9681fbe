"""Reading: rows of the kinds that a client sees, with all that their resources need, in a few queries for a page."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from clinic.batches import among
from clinic.hospital import places, written
from clinic.hospital.access import Access
from clinic.hospital.issues import not_found
from clinic.hospital.values import own_id
from clinic.identity import PROVISIONAL, Vault
from clinic.installation import Installation
from clinic.notices.people import reached
from clinic.queue import line
from clinic.queue.line import Line
from clinic.queue.outlook import outlook
from clinic.tables import (
    Centre,
    ClinicSession,
    Department,
    Payment,
    Practitioner,
    Resident,
    SessionShare,
    Visit,
)

FRESH: Final = {"populate_existing": True}


@dataclass(frozen=True, slots=True)
class View:
    """What resources are read with. `now` is aware and local."""

    session: Session
    access: Access
    vault: Vault
    installation: Installation
    now: dt.datetime

    @property
    def zone(self) -> dt.tzinfo:
        return self.installation.timezone


def read(view: View, kind: str, number: str) -> dict[str, Any]:
    """One resource; not found where it is of a centre that this client does not see."""
    found = schedules(view, only=number) if kind == "Schedule" else READERS[kind](view, [own_id(number)])
    if not found:
        raise not_found(f"{kind} {number}")
    return found[0]


def slots(view: View, numbers: Collection[int]) -> list[dict[str, Any]]:
    """Slots by id, as far as this client sees them."""
    rows = _rows(view, whole_sessions().where(view.access.of_centre()), ClinicSession, numbers)
    pools: dict[int, list[SessionShare]] = defaultdict(list)
    shared = select(SessionShare).where(among(view.session, SessionShare.clinic_session_id, numbers))
    for pool in view.session.scalars(shared.order_by(SessionShare.id), execution_options=FRESH):
        pools[pool.clinic_session_id].append(pool)
    queues = _queues(view.session, [row.id for row in rows])
    return [written.slot(row, pools[row.id], queues.get(row.id, written.Queue()), view.zone) for row in rows]


def appointments(view: View, numbers: Collection[int]) -> list[dict[str, Any]]:
    rows = _rows(view, whole_visits().where(view.access.of_centre()), Visit, numbers)
    paid: dict[int, list[Payment]] = defaultdict(list)
    theirs = select(Payment).where(among(view.session, Payment.visit_id, numbers)).order_by(Payment.id)
    for payment in view.session.scalars(theirs, execution_options=FRESH):
        paid[payment.visit_id or 0].append(payment)
    soon = expected(view, rows)
    return [written.appointment(row, paid[row.id], view.zone, expected=soon.get(row.id)) for row in rows]


def patients(view: View, numbers: Collection[int]) -> list[dict[str, Any]]:
    rows = _rows(view, select(Resident).where(of_patient(view.access)), Resident, numbers)
    called = names_here(view, rows)
    theirs = [row.id for row in rows if row.id not in called]
    known = reached(view.session, residents=theirs, language=view.installation.language)
    phones = {resident: [each.phone for each in each_one] for resident, each_one in known.items()}
    return [
        written.patient(row, number_of(view, row), phones.get(row.id, ()), name=called.get(row.id, row.name))
        for row in rows
    ]


def names_here(view: View, rows: Collection[Resident]) -> dict[int, str]:
    """Of those who do not belong to the client's centres what they are called in their last visit there.

    Whoever has an identity number can put a visit for it: they see what they have put, not what is on record elsewhere.
    """
    others = [row.id for row in rows if not belongs(view, row)]
    if not others:
        return {}
    theirs = select(Centre.id).where(view.access.of_centre())
    visits = (
        select(Visit.resident_id, Visit.name)
        .join(Department, Department.id == Visit.department_id)
        .where(among(view.session, Visit.resident_id, others), Department.centre_id.in_(theirs))
        .order_by(Visit.id)
    )
    return {visit.resident_id: visit.name for visit in view.session.execute(visits)}


def belongs(view: View, row: Resident) -> bool:
    """Whether a resident is of one of the client's centres; of all, for a client of all."""
    if view.access.centres is None:
        return True
    return row.centre_id in set(view.session.scalars(select(Centre.id).where(view.access.of_centre())))


def locations(view: View, numbers: Collection[int]) -> list[dict[str, Any]]:
    rows = _rows(view, select(Centre).where(view.access.of_centre()), Centre, numbers)
    return [places.location(row) for row in rows]


def services(view: View, numbers: Collection[int]) -> list[dict[str, Any]]:
    query = select(Department).join(Department.centre).options(joinedload(Department.centre))
    rows = _rows(view, query.where(view.access.of_centre()), Department, numbers)
    return [places.service(row) for row in rows]


def practitioners(view: View, numbers: Collection[int]) -> list[dict[str, Any]]:
    theirs = select(Practitioner, Centre).join(Centre, Centre.id == Practitioner.centre_id)
    found = view.session.execute(
        theirs.where(among(view.session, Practitioner.id, numbers), view.access.of_centre()).order_by(Practitioner.id)
    )
    return [places.practitioner(row, centre) for row, centre in found]


def schedules(
    view: View, *conditions: ColumnElement[bool], only: str = "", days: tuple[dt.date, dt.date] | None = None
) -> list[dict[str, Any]]:
    """The departments, and practitioners of them, that have sessions; one of them (`only`) also without any.

    `days`: only those with sessions from the one to the other; `conditions` are upon Department, Practitioner, Centre.
    """
    department, doctor = _schedule_key(only) if only else (None, None)
    if only and department is None:
        return []
    spans = (
        select(
            ClinicSession.department_id,
            ClinicSession.practitioner_id,
            func.min(ClinicSession.day),
            func.max(ClinicSession.day),
        )
        .join(ClinicSession.department)
        .join(Department.centre)
        .outerjoin(Practitioner, Practitioner.id == ClinicSession.practitioner_id)
        .where(*conditions)
        .group_by(ClinicSession.department_id, ClinicSession.practitioner_id)
    )
    if only:
        spans = spans.where(ClinicSession.department_id == department, same(ClinicSession.practitioner_id, doctor))
    if days is not None:
        spans = spans.where(ClinicSession.day >= days[0], ClinicSession.day <= days[1])
    found: dict[tuple[int, int | None], tuple[dt.date, dt.date]] = {
        (row[0], row[1]): (row[2], row[3]) for row in view.session.execute(spans)
    }
    keys = [(department, doctor)] if only and department is not None else sorted(found, key=_sorted)
    return _schedules(view, keys, found)


def _schedules(
    view: View,
    keys: Sequence[tuple[int, int | None]],
    days: Mapping[tuple[int, int | None], tuple[dt.date, dt.date]],
) -> list[dict[str, Any]]:
    query = (
        select(Department, Practitioner)
        .join(Department.centre)
        .outerjoin(Practitioner, Practitioner.department_id == Department.id)
        .options(joinedload(Department.centre))
        .where(view.access.of_centre(), among(view.session, Department.id, {key[0] for key in keys}))
    )
    rows = view.session.execute(query).all()
    doctors = {doctor.id: doctor for _, doctor in rows if doctor is not None}
    departments = {department.id: department for department, _ in rows}
    found = []
    for department, doctor in keys:
        if department not in departments or (doctor is not None and doctor not in doctors):
            continue
        which = doctors.get(doctor) if doctor is not None else None
        found.append(places.schedule(departments[department], which, days.get((department, doctor))))
    return found


def whole_sessions() -> Select[ClinicSession]:
    """Clinic sessions with their places, joined so that a query may ask for them."""
    return (
        select(ClinicSession)
        .join(ClinicSession.department)
        .join(Department.centre)
        .options(
            joinedload(ClinicSession.department).joinedload(Department.centre), joinedload(ClinicSession.practitioner)
        )
    )


def whole_visits() -> Select[Visit]:
    """Visits with their sessions and places, joined so that a query may ask for them."""
    joined = joinedload(Visit.clinic_session)
    return (
        select(Visit)
        .join(Visit.clinic_session)
        .join(ClinicSession.department)
        .join(Department.centre)
        .options(
            joined.joinedload(ClinicSession.department).joinedload(Department.centre),
            joined.joinedload(ClinicSession.practitioner),
        )
    )


def of_patient(access: Access) -> ColumnElement[bool]:
    """Residents of the client's centres, and those who have or had a visit there."""
    if access.centres is None:
        return Resident.id > 0
    theirs = select(Centre.id).where(access.of_centre())
    visits = (
        select(Visit.id)
        .join(Department, Department.id == Visit.department_id)
        .where(Visit.resident_id == Resident.id, Department.centre_id.in_(theirs))
    )
    return or_(Resident.centre_id.in_(theirs), exists(visits))


def same(column: Any, value: int | None) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.is_(None) if value is None else column == value
    return found


def _rows(view: View, query: Select[Any], table: Any, numbers: Collection[int]) -> Sequence[Any]:
    """As they are in the database now: some of them may have been changed past their objects."""
    return view.session.scalars(
        query.where(among(view.session, table.id, numbers)).order_by(table.id), execution_options=FRESH
    ).all()


def _queues(session: Session, numbers: Collection[int]) -> dict[int, written.Queue]:
    def many(state: str) -> Any:
        return func.sum(case((Visit.state == state, 1), else_=0))

    called = func.max(case((Visit.called_at.is_not(None), Visit.queue), else_=0))
    counted = select(Visit.clinic_session_id, called, many("arrived"), many("fulfilled"), many("noshow"))
    rows = session.execute(
        counted.where(among(session, Visit.clinic_session_id, numbers)).group_by(Visit.clinic_session_id)
    )
    return {row[0]: written.Queue(*(int(count or 0) for count in row[1:])) for row in rows}


def expected(view: View, rows: Sequence[Visit]) -> dict[int, tuple[dt.datetime, dt.datetime]]:
    """From when to when each of today's visits will be called, in eight of ten cases."""
    lines: dict[int, Line] = {}
    found = {}
    for row in rows:
        if row.day != view.now.date() or row.state not in ("booked", "arrived"):
            continue
        offered = row.clinic_session_id
        queue = lines.get(offered) or lines.setdefault(
            offered, line.read(view.session, row.clinic_session, now=view.now)
        )
        place = queue.of(row.id)
        likely = outlook(queue, place, view.now) if place is not None else None
        if likely is not None:
            found[row.id] = likely.earliest, likely.latest
    return found


def number_of(view: View, row: Resident) -> str:
    """The identity number; "" where the client is not shown it, or there is none yet."""
    if not view.access.identities or row.identity_digest.startswith(PROVISIONAL):
        return ""
    return view.vault.unlock(row.identity_sealed).decode()


def _schedule_key(written_: str) -> tuple[int | None, int | None]:
    department, dash, doctor = written_.partition("-")
    parts = [department, *([doctor] if dash else [])]
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        return None, None
    return int(department), int(doctor) if dash else None


def _sorted(key: tuple[int, int | None]) -> tuple[int, int]:
    return key[0], key[1] or 0


READERS: dict[str, Callable[[View, Collection[int]], list[dict[str, Any]]]] = {
    "Slot": slots,
    "Appointment": appointments,
    "Patient": patients,
    "Location": locations,
    "HealthcareService": services,
    "Practitioner": practitioners,
}
