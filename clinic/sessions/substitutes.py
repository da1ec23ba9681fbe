"""Another practitioner of the same grade takes over one session: nobody books anew, numbers and T-codes stay."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit
from clinic.installation import Installation
from clinic.notices import times
from clinic.places.changing import NotChangeable
from clinic.rows import in_turn, reads
from clinic.rules import Rules
from clinic.sessions.following import TO_COME
from clinic.tables import ClinicSession, Department, Practitioner, Visit
from clinic.visit_notices import reminders
from clinic.visit_notices.wording import Telling, tell_in_time, whole
from conf.texts.words import Name


@dataclass(frozen=True, slots=True)
class Substituted:
    """Who stands in for whom, and how many bookers were told; `arrived` are there already: staff tell them."""

    instead_of: Name
    practitioner: Name
    told: int
    arrived: int


@dataclass(frozen=True, slots=True)
class Free:
    """Somebody who could take over."""

    code: str
    name: Name
    department: Name


def substitute(
    session: Session, *, offered: int, code: str, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> Substituted:
    """The practitioner with this code takes over the session; each booker is told once. Raises NotChangeable."""
    row = _known(session, offered, now)
    before = row.practitioner
    if before is None:
        raise NotChangeable(f"clinic session {offered} is nobody's in particular; whoever is on duty holds it")
    stands_in = _practitioner(session, row.department.centre_id, code)
    in_turn(session, f"practitioner:{stands_in.id}")  # not two sessions at one time for them
    refused = _refused(session, row, before, stands_in)
    if refused is not None:
        raise NotChangeable(refused)
    row.practitioner_id, row.practitioner = stands_in.id, stands_in
    session.flush()
    subject = f"session:{offered}"
    audit.note(session, f"staff:{by}", "session.substitute", subject, now=now, was=before.id, to=stands_in.id)
    told, arrived = _tell(session, row, before, rules, installation, now)
    return Substituted(before.name, stands_in.name, told, arrived)


@reads
def free(session: Session, *, offered: int) -> list[Free]:
    """Who could take this session over."""
    row = session.get(ClinicSession, offered)
    if row is None or row.practitioner is None:
        return []
    people = session.execute(
        select(Practitioner, Department)
        .join(Department, Department.id == Practitioner.department_id)
        .where(Practitioner.centre_id == row.department.centre_id)
        .order_by(Practitioner.department_id != row.department_id, Department.code, Practitioner.code)
    ).all()
    before = row.practitioner
    could = [(each, there) for each, there in people if _refused(session, row, before, each) is None]
    return [Free(each.code, each.name, there.name) for each, there in could]


def _known(session: Session, offered: int, now: dt.datetime) -> ClinicSession:
    row = session.scalars(
        select(ClinicSession)
        .options(joinedload(ClinicSession.department), joinedload(ClinicSession.practitioner))
        .where(ClinicSession.id == offered)
        .with_for_update(of=ClinicSession)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotChangeable(f"there is no clinic session {offered}")
    if row.state == "stopped":
        raise NotChangeable(f"clinic session {offered} is stopped")
    if dt.datetime.combine(row.day, row.ends, tzinfo=now.tzinfo) <= now:
        raise NotChangeable(f"clinic session {offered} is over")
    return row


def _practitioner(session: Session, centre: int, code: str) -> Practitioner:
    found = select(Practitioner).where(Practitioner.centre_id == centre, Practitioner.code == code)
    row = session.scalars(found).one_or_none()
    if row is None:
        raise NotChangeable(f"the centre has no practitioner {code}")
    return row


def _refused(session: Session, row: ClinicSession, before: Practitioner, stands_in: Practitioner) -> str | None:
    """Why this one cannot take over."""
    if stands_in.id == before.id:
        return f"{stands_in.code} holds it already"
    if not before.grade:
        return f"nobody knows the grade of {before.code}: import practitioners with their grades first"
    if stands_in.grade.casefold() != before.grade.casefold():
        return f"{stands_in.code} is {stands_in.grade or 'of no known grade'}, and {before.code} {before.grade}"
    at_once = (ClinicSession.starts < row.ends) & (ClinicSession.ends > row.starts) & (ClinicSession.state != "stopped")
    # The database has one session of a practitioner in a half day of a department, even if it is stopped.
    half = (ClinicSession.department_id == row.department_id) & (ClinicSession.half == row.half)
    theirs = ClinicSession.practitioner_id == stands_in.id, ClinicSession.day == row.day, ClinicSession.id != row.id
    busy = session.scalars(select(ClinicSession).where(*theirs, or_(at_once, half)).limit(1)).one_or_none()
    if busy is None:
        return None
    stopped = ", though that is stopped" if busy.state == "stopped" else ""
    return f"{stands_in.code} has clinic session {busy.id} at that time, {busy.starts:%H:%M}-{busy.ends:%H:%M}{stopped}"


def _tell(
    session: Session,
    row: ClinicSession,
    before: Practitioner,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> tuple[int, int]:
    telling = Telling(session, times(session, rules=rules, installation=installation, now=now), installation)
    theirs = whole().where(Visit.clinic_session_id == row.id, Visit.state.in_((*TO_COME, "arrived")))
    visits = session.scalars(theirs.order_by(Visit.queue)).all()
    coming = [visit for visit in visits if visit.state in TO_COME]
    for visit in coming:
        # Somebody may take over, give it back, and take over again: each is something new.
        occasion = f"visit:{visit.id}:substitute:{before.id}:{row.practitioner_id}:{now:%Y%m%d%H%M%S}"
        tell_in_time(telling, visit, "substitute.told_sms", occasion, instead=before.name)
        reminders.may_cancel(telling, visit, occasion, now)
    return len(coming), len(visits) - len(coming)
