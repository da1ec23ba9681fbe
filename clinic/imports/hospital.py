"""Visits and fees of the hospital: what one row of each does. The doors are those of its FHIR interface."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from sqlalchemy import select

from clinic import residents
from clinic.hospital import appointments, names
from clinic.hospital.access import Access
from clinic.hospital.desk import OF_BOOKING, Desk, refusals
from clinic.hospital.issues import Rejected
from clinic.hospital.view import View, same
from clinic.imports import values
from clinic.imports.rows import BadRow, Import, Row, find, known_centre, known_department, known_practitioner
from clinic.places.pools import CHANNELS, COUNTER
from clinic.residents import NewPerson
from clinic.tables import Centre, ClinicSession, Department, Resident, Visit
from clinic.tables.visits import HOLDS
from clinic.visits.booking import book
from conf.texts.words import LANGUAGES

STATES: Final = ("booked", "arrived", "fulfilled", "cancelled", "noshow")
NO_LIMITS: Final = {"person_day": 0, "person": 0, "person_department": 0, "phone": 0, "phone_day": 0}


def visit(context: Import, row: Row) -> None:
    """A visit that is not known is booked, in the order of the rows, and gets the next number; then it becomes what its
    status says. The limits of who books by phone do not hold: this is the hospital's own record."""
    department = known_department(context, row)
    if row["status"] not in STATES:
        raise BadRow(f"status: {row['status']!r} is none of {', '.join(STATES)}")
    offered = _offered(context, department, row)
    known = _known(context, offered, row) or _booked(context, offered, row)
    desk = _desk(context)
    with _told():
        ours = appointments.locked(desk, str(known.id))
        if row.get("fee"):
            fee = values.fee(row["fee"], offered.department.centre.currency)
            if fee != ours.fee:
                appointments.charge(desk, ours, fee, "visit")
        appointments.become(desk, ours, row["status"], "visit")


def fee(context: Import, row: Row) -> None:
    """What a visit costs, until somebody has paid. By the hospital's own number, else by ours."""
    centre = known_centre(context, row["centre"])
    known = _numbered(context, centre, row["external_id"]) if row["external_id"] else _by_id(context, centre, row)
    if known is None:
        raise BadRow(f"external_id: {row['centre']} has no visit {row['external_id'] or row.get('visit')!r}")
    wanted = values.fee(row["fee"], centre.currency)
    if row.get("currency") and row["currency"] != centre.currency:
        raise BadRow(f"currency: {row['currency']!r} is not {centre.currency}, the centre's")
    desk = _desk(context)
    with _told():
        ours = appointments.locked(desk, str(known.id))
        if wanted != ours.fee:
            appointments.charge(desk, ours, wanted, "visit")


def _offered(context: Import, department: Department, row: Row) -> ClinicSession:
    day = values.day(row["day"], context.now.date())
    practitioner = known_practitioner(context, department, row["practitioner"])
    there = (
        ClinicSession.department_id == department.id,
        same(ClinicSession.practitioner_id, practitioner),
        ClinicSession.day == day,
        ClinicSession.half == row["half"],
    )
    found = context.session.scalars(select(ClinicSession).where(*there).order_by(ClinicSession.id).limit(1)).first()
    if found is None:
        raise BadRow(f"day: there is no clinic session of {row['department']} on {day} {row['half']}")
    return found


def _known(context: Import, offered: ClinicSession, row: Row) -> Visit | None:
    """By the hospital's number; else by person and number of the session, else who has a place in it."""
    if row.get("external_id"):
        return _numbered(context, offered.department.centre, _number(row["external_id"]))
    digest = context.vault.digest(row["identity"])
    theirs = select(Visit).join(Resident, Resident.id == Visit.resident_id)
    theirs = theirs.where(Visit.clinic_session_id == offered.id, Resident.identity_digest == digest)
    queue = row.get("queue", "")
    if queue.isascii() and queue.isdigit():
        theirs = theirs.where(Visit.queue == int(queue))
    else:
        theirs = theirs.where(Visit.state.in_(HOLDS))
    return context.session.scalars(theirs.order_by(Visit.id.desc()).limit(1)).first()


def _booked(context: Import, offered: ClinicSession, row: Row) -> Visit:
    centre = offered.department.centre
    channel = row.get("channel") or ("hospital" if "channel" not in row else "")
    if channel not in ("", COUNTER, *CHANNELS):
        raise BadRow(f"channel: {channel!r} is none of {', '.join((COUNTER, *CHANNELS))}")
    language = row.get("language") or LANGUAGES[0]
    if language not in LANGUAGES:
        raise BadRow(f"language: {language!r} is neither of {', '.join(LANGUAGES)}")
    person = NewPerson(residents.check_name(row["name"]), context.vault.seal(row["identity"]))
    external = _number(row["external_id"]) if row.get("external_id") else ""
    with _told(), refusals("visit", OF_BOOKING):
        made = book(
            context.session,
            clinic_session=offered.id,
            patient=person,
            phone=values.phone(context, row, "phone"),
            language=language,
            occasion=_occasion(offered, person, external, row),
            installation=context.installation,
            now=context.now,
            channel=channel,
            rules=replace(context.rules.booking, **NO_LIMITS),
        )
    booked = context.session.get_one(Visit, made.id)
    if external:
        booked.external_id = names.stored(centre.code, external)
        context.session.flush()
    return booked


def _occasion(offered: ClinicSession, person: NewPerson, external: str, row: Row) -> str:
    """As the FHIR interface names the same booking; without a number of the hospital's it is this row's."""
    if external:
        name = names.stored(offered.department.centre.code, external)
    else:
        name = f"{offered.id}:{person.identity.digest}:{row.get('queue', '')}"
    return names.occasion(name)


def _numbered(context: Import, centre: Centre, written: str) -> Visit | None:
    return find(context, Visit, external_id=names.stored(centre.code, written))


def _by_id(context: Import, centre: Centre, row: Row) -> Visit | None:
    written = row.get("visit", "")
    if not re.fullmatch(r"[0-9]{1,18}", written):
        raise BadRow("external_id: empty, and there is no number in the column visit either")
    query = select(Visit).join(Department, Department.id == Visit.department_id)
    return context.session.scalars(
        query.where(Visit.id == int(written), Department.centre_id == centre.id)
    ).one_or_none()


def _number(written: str) -> str:
    if not names.is_number(written):
        raise BadRow(f"external_id: {written!r} is not 1 to 64 visible ASCII characters")
    return written


def _desk(context: Import) -> Desk:
    view = View(context.session, Access(0, None), context.vault, context.installation, context.now)
    return Desk(view, context.rules)


@contextmanager
def _told() -> Iterator[None]:
    """What the interface refuses, as a row's mistake."""
    try:
        yield
    except Rejected as error:
        raise BadRow(str(error).removeprefix("visit.").removeprefix("visit: ")) from error
