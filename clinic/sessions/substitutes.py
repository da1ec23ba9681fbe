"""Another practitioner of the same grade takes over one session: nobody books anew, numbers and T-codes stay.

Booking is to a department, so it is somebody of that department, unless the caller says that another's may hold it
(`elsewhere`). Whoever is on the list of staff under the same code must work there still, and be on the duty roster in
that half day; unless the centre has no roster for that day, or the caller knows that they come (`off_duty`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit
from clinic.installation import Installation
from clinic.notices import Telling
from clinic.places.changing import NotChangeable
from clinic.rows import in_turn, reads
from clinic.rules import Rules
from clinic.tables import ClinicSession, Department, Practitioner, Roster, Staff, Visit
from clinic.tables.visits import STANDING, TO_COME
from clinic.visit_telling import reminders
from clinic.visit_telling.wording import tell_in_time, whole
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
    """Somebody who could take over. `on_duty`: by the roster in that half day; None where there is none of that day."""

    code: str
    name: Name
    department: Name
    on_duty: bool | None


def substitute(
    session: Session,
    *,
    offered: int,
    code: str,
    by: str,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
    off_duty: bool = False,
    elsewhere: bool = False,
) -> Substituted:
    """The practitioner with this code takes over the session; each booker is told once. Raises NotChangeable."""
    row, before, stands_in = _both(session, offered, code, now)
    in_turn(session, f"practitioner:{stands_in.id}")  # not two sessions at one time for them
    _check(session, row, before, stands_in, off_duty=off_duty, elsewhere=elsewhere)
    row.practitioner_id, row.practitioner = stands_in.id, stands_in
    session.flush()
    subject = f"session:{offered}"
    audit.note(session, f"staff:{by}", "session.substitute", subject, now=now, was=before.id, to=stands_in.id)
    told, arrived = _tell(session, row, before, rules, installation, now)
    return Substituted(before.name, stands_in.name, told, arrived)


@reads
def possible(
    session: Session, *, offered: int, code: str, now: dt.datetime, off_duty: bool = False, elsewhere: bool = False
) -> Free:
    """The practitioner with this code, who could take over. Raises NotChangeable, as `substitute` would."""
    row, before, stands_in = _both(session, offered, code, now)
    _check(session, row, before, stands_in, off_duty=off_duty, elsewhere=elsewhere)
    there = session.get_one(Department, stands_in.department_id)
    return Free(code, stands_in.name, there.name, _on_duty(session, row, stands_in))


@reads
def free(session: Session, *, offered: int, elsewhere: bool = False) -> list[Free]:
    """Who could take this session over: those of its own department first, and of these who is on duty."""
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
    could = [
        Free(each.code, each.name, there.name, _on_duty(session, row, each))
        for each, there in people
        if _refused(session, row, before, each, elsewhere=elsewhere) is None
    ]
    own = row.department.name
    return sorted(could, key=lambda each: (each.department != own, each.on_duty is False))


def _both(
    session: Session, offered: int, code: str, now: dt.datetime
) -> tuple[ClinicSession, Practitioner, Practitioner]:
    """The session, who holds it, and who is to."""
    row = _known(session, offered, now)
    if row.practitioner is None:
        raise NotChangeable(f"clinic session {offered} is nobody's in particular; whoever is on duty holds it")
    return row, row.practitioner, _practitioner(session, row.department, code)


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
    if row.ends_at(now.tzinfo) <= now:
        raise NotChangeable(f"clinic session {offered} is over")
    return row


def _practitioner(session: Session, department: Department, code: str) -> Practitioner:
    found = select(Practitioner).where(Practitioner.centre_id == department.centre_id, Practitioner.code == code)
    row = session.scalars(found).one_or_none()
    if row is None:
        theirs = select(Practitioner.code).where(Practitioner.department_id == department.id)
        known = ", ".join(session.scalars(theirs.order_by(Practitioner.code))) or "none"
        raise NotChangeable(f"the centre has no practitioner {code}; of this department there are: {known}")
    return row


def _check(
    session: Session,
    row: ClinicSession,
    before: Practitioner,
    stands_in: Practitioner,
    *,
    off_duty: bool,
    elsewhere: bool,
) -> None:
    refused = _refused(session, row, before, stands_in, elsewhere=elsewhere)
    if refused is not None:
        raise NotChangeable(refused)
    if not off_duty and _on_duty(session, row, stands_in) is False:
        raise NotChangeable(
            f"{stands_in.code} is not on the duty roster on {row.day} {row.half}; "
            "where they were asked and come all the same, say so with --off-duty"
        )


def _on_duty(session: Session, row: ClinicSession, who: Practitioner) -> bool | None:
    """Whether the duty roster has them in that half day; None where the centre has no roster for that day, or they are
    not on its list of staff."""
    centre = row.department.centre_id
    that_day = select(Roster.id).join(Staff, Staff.id == Roster.staff_id)
    kept = that_day.where(Staff.centre_id == centre, Roster.day == row.day).limit(1)
    listed = select(Staff.id).where(Staff.centre_id == centre, Staff.code == who.code)
    if session.scalar(kept) is None or session.scalar(listed) is None:
        return None
    theirs = Staff.centre_id == centre, Staff.code == who.code, Roster.day == row.day, Roster.shift == row.half
    return session.scalar(that_day.where(*theirs).limit(1)) is not None


def _refused(
    session: Session, row: ClinicSession, before: Practitioner, who: Practitioner, *, elsewhere: bool
) -> str | None:
    """Why this one cannot take over."""
    if who.id == before.id:
        return f"{who.code} holds it already"
    if not elsewhere and who.department_id != row.department_id:
        return f"{who.code} is of another department; where they may hold it all the same: --other-department"
    left = select(Staff.id).where(Staff.centre_id == who.centre_id, Staff.code == who.code, Staff.active.is_(False))
    if session.scalar(left) is not None:
        return f"{who.code} works there no more, by the list of staff (`caredial staff list --left-too`)"
    return _of_other_grade(before, who) or _busy(session, row, who)


def _of_other_grade(before: Practitioner, who: Practitioner) -> str | None:
    if not before.grade:
        return f"nobody knows the grade of {before.code}: import practitioners with their grades first"
    if who.grade.casefold() != before.grade.casefold():
        return f"{who.code} is {who.grade or 'of no known grade'}, and {before.code} {before.grade}"
    return None


def _busy(session: Session, row: ClinicSession, who: Practitioner) -> str | None:
    at_once = (ClinicSession.starts < row.ends) & (ClinicSession.ends > row.starts) & (ClinicSession.state != "stopped")
    # The database has one session of a practitioner in a half day of a department, even if it is stopped.
    half = (ClinicSession.department_id == row.department_id) & (ClinicSession.half == row.half)
    theirs = ClinicSession.practitioner_id == who.id, ClinicSession.day == row.day, ClinicSession.id != row.id
    busy = session.scalars(select(ClinicSession).where(*theirs, or_(at_once, half)).limit(1)).one_or_none()
    if busy is None:
        return None
    stopped = ", though that is stopped" if busy.state == "stopped" else ""
    return f"{who.code} has clinic session {busy.id} at that time, {busy.starts:%H:%M}-{busy.ends:%H:%M}{stopped}"


def _tell(
    session: Session,
    row: ClinicSession,
    before: Practitioner,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> tuple[int, int]:
    telling = Telling.of(session, rules=rules, installation=installation, now=now)
    theirs = whole().where(Visit.clinic_session_id == row.id, Visit.state.in_(STANDING))
    visits = session.scalars(theirs.order_by(Visit.queue)).all()
    coming = [visit for visit in visits if visit.state in TO_COME]
    for visit in coming:
        # Somebody may take over, give it back, and take over again: each is something new.
        occasion = f"visit:{visit.id}:substitute:{before.id}:{row.practitioner_id}:{now:%Y%m%d%H%M%S}"
        tell_in_time(telling, visit, "substitute.told_sms", occasion, instead=before.name)
        reminders.may_cancel(telling, visit, occasion, now)
    return len(coming), len(visits) - len(coming)
