"""What a Slot does that is put: a clinic session is made, changed, or stopped.

Its places are shared out and counted by `clinic.places.changing`, and it is stopped by `clinic.sessions.changes`, as
staff do both: its visits are cancelled and told by the daemon.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.hospital import forms, names, values
from clinic.hospital.desk import Desk, Done, Put, check_number, check_version, refusals
from clinic.hospital.issues import Issue, Rejected, missing, not_found, wrong
from clinic.hospital.slot_values import GENERAL, Values, read
from clinic.hospital.view import FRESH, same
from clinic.places import changing
from clinic.rows import in_turn
from clinic.sessions import changes, experts
from clinic.tables import Centre, ClinicSession, Department, Draw

OPEN, STOPPED, TENTATIVE = ("free", "busy"), "busy-unavailable", "busy-tentative"


def put(desk: Desk, form: forms.Slot, how: Put) -> Done:
    """Raises Rejected."""
    given = read(desk, form, how.where)
    with refusals(how.where, {}):
        row = _found(desk, given, how)
        if row is None:
            return Done(201, "Slot", str(_make(desk, given, how).id))
        if how.is_new and row.external_id == names.stored(given.department.centre.code, given.external):
            return Done(200, "Slot", str(row.id))  # it came before
        check_version(values.version(row.updated_at), how)
        _change(desk, row, given, how.where)
    return Done(200, "Slot", str(row.id))


def _found(desk: Desk, given: Values, how: Put) -> ClinicSession | None:
    """The session that is meant, locked; None where it is to be made."""
    # Two that make the same session at once: a practitioner that is nobody is not unique to the database.
    in_turn(desk.session, f"slot:{given.key}")
    number = how.id or str(_numbered(desk.session, given, how) or _at(desk.session, given) or "")
    if not number:
        return None
    if given.status != STOPPED and (given.capacity is not None or given.shares is not None):
        changing.lock_visits(desk.session, values.own_id(number))  # before their session, as who gives one back
    mine = select(ClinicSession).where(ClinicSession.id == values.own_id(number)).with_for_update()
    row = desk.session.scalars(mine, execution_options=FRESH).one_or_none()
    if row is None or not _is_seen(desk, row):
        raise not_found(f"Slot {number}")
    return row


def _numbered(session: Session, given: Values, how: Put) -> int | None:
    """The session with the hospital's own number, which the resource must have; so a request that comes twice finds
    what it made."""
    check_number(given.external, how)
    kept = names.stored(given.department.centre.code, given.external)
    found: int | None = session.scalar(select(ClinicSession.id).where(ClinicSession.external_id == kept))
    return found


def _at(session: Session, given: Values) -> int | None:
    """The session that is there at this time, for instance from the weekly roster."""
    there = (
        ClinicSession.department_id == given.department.id,
        same(ClinicSession.practitioner_id, given.practitioner),
        ClinicSession.day == given.day,
        ClinicSession.half == given.half,
    )
    found: int | None = session.scalar(select(ClinicSession.id).where(*there).order_by(ClinicSession.id).limit(1))
    return found


def _make(desk: Desk, given: Values, how: Put) -> ClinicSession:
    place = f"{how.where}.extension"
    if given.capacity is None:
        raise missing(place, f"{names.extension('places')} with its capacity")
    if given.status not in OPEN:
        raise wrong(f"{how.where}.status", "a new one is free; a session that will not be is not put")
    _to_come(desk, given, how.where)
    row = ClinicSession(
        department_id=given.department.id,
        practitioner_id=given.practitioner,
        day=given.day,
        half=given.half,
        starts=given.starts,
        ends=given.ends,
        capacity=given.capacity,
        fee=given.fee or 0,
        release_at=given.release or desk.now,
        kind=given.kind or GENERAL,
        state="open",
        shares=given.shares.stored() if given.shares else None,
        external_id=names.stored(given.department.centre.code, given.external),
        taken=0,
        last_number=0,
    )
    desk.session.add(row)
    desk.session.flush()
    changing.lay_out(desk.session, row)
    _note(desk, row, "session.put", new=True)
    return row


def _change(desk: Desk, row: ClinicSession, given: Values, where: str) -> None:
    _name(row, given, where)
    _move(desk, row, given, where)
    release = _new_release(desk, row, given, where)
    if given.status == STOPPED and row.state not in ("stopped", "closed"):
        _stop(desk, row, given, where)
        return
    if given.status in OPEN and row.state == "closed":
        experts.open_one(desk.session, offered=row.id, by=desk.by, vault=desk.view.vault, now=desk.now)
    elif given.status in OPEN and row.state != "open":
        told = f"the session is {row.state}, and is not opened again: put another one"
        raise wrong(f"{where}.status", told, "business-rule")
    if given.status == TENTATIVE and row.state != "draw":
        raise wrong(f"{where}.status", f"the session is {row.state}", "business-rule")
    before = (row.fee, row.release_at, row.kind)
    row.fee = row.fee if given.fee is None else given.fee
    row.release_at = row.release_at if release is None else release
    row.kind = given.kind or row.kind
    desk.session.flush()
    if before != (row.fee, row.release_at, row.kind):
        _note(desk, row, "session.put", fee=row.fee)
    if row.state != "stopped":
        _share(desk, row, given, where)


def _new_release(desk: Desk, row: ClinicSession, given: Values, where: str) -> dt.datetime | None:
    """Another release than it has; what is published of a draw is not changed."""
    if given.release is None or values.instant(given.release) == values.instant(row.release_at):
        return None
    if desk.session.scalar(select(exists().where(Draw.clinic_session_id == row.id))):
        told = "release: a draw is published for the session, and opens when it says; stop it, and put another one"
        raise wrong(f"{where}.extension", told, "business-rule")
    return given.release


def _name(row: ClinicSession, given: Values, where: str) -> None:
    """The hospital's number, where it had none: a session of the roster becomes one that the hospital steers."""
    kept = names.stored(given.department.centre.code, given.external) if given.external else None
    if kept is None or row.external_id == kept:
        return
    if row.external_id is not None:
        told = f"the session at this time has the number {names.shown(row.external_id)!r} already"
        raise Rejected(409, Issue("duplicate", told, f"{where}.identifier"))
    row.external_id = kept


def _move(desk: Desk, row: ClinicSession, given: Values, where: str) -> None:
    """Where and when it is may change while nobody has a number for it."""
    now_is = (row.department_id, row.practitioner_id, row.day, row.half, row.starts, row.ends)
    wanted = (given.department.id, given.practitioner, given.day, given.half, given.starts, given.ends)
    if now_is == wanted:
        return
    if row.last_number:
        element = "schedule" if now_is[:2] != wanted[:2] else "start" if now_is[2:5] != wanted[2:5] else "end"
        told = "numbers are given for it: stop it, or have staff move it (`caredial sessions move`)"
        raise wrong(f"{where}.{element}", told, "business-rule")
    if given.department.centre_id != row.department.centre_id:
        raise wrong(f"{where}.schedule", "it is of another centre", "business-rule")
    _to_come(desk, given, where)
    there = _at(desk.session, given)
    if there is not None and there != row.id:
        raise Rejected(409, Issue("duplicate", f"there is Slot/{there} at this time", f"{where}.start"))
    row.department_id, row.practitioner_id, row.day = given.department.id, given.practitioner, given.day
    row.half, row.starts, row.ends = given.half, given.starts, given.ends
    desk.session.flush()
    _note(desk, row, "session.put", day=str(row.day))


def _to_come(desk: Desk, given: Values, where: str) -> None:
    if dt.datetime.combine(given.day, given.ends, tzinfo=desk.zone) <= desk.now:
        raise wrong(f"{where}.end", "it is over", "business-rule")


def _stop(desk: Desk, row: ClinicSession, given: Values, where: str) -> None:
    if not given.comment:
        raise missing(
            f"{where}.comment", "why it is stopped, in at most 30 characters, 60 without Chinese: each phone is told"
        )
    changes.stop(
        desk.session,
        offered=row.id,
        reason=given.comment,
        by=desk.by,
        rules=desk.rules,
        installation=desk.view.installation,
        now=desk.now,
    )


def _share(desk: Desk, row: ClinicSession, given: Values, where: str) -> None:
    capacity = given.capacity if given.capacity != row.capacity else None
    rule = given.shares if given.shares and given.shares.stored() != row.shares else None
    if capacity is None and rule is None:
        return
    if capacity is not None and capacity < row.taken:
        raise wrong(f"{where}.extension", f"capacity: {row.taken} places are taken already", "business-rule")
    change: dict[str, Any] = {"offered": row.id, "by": desk.by, "now": desk.now, "capacity": capacity}
    changing.change(desk.session, **change, rule=rule)


def _is_seen(desk: Desk, row: ClinicSession) -> bool:
    code = select(Centre.id).join(Department, Department.centre_id == Centre.id)
    seen = code.where(Department.id == row.department_id, desk.view.access.of_centre())
    return bool(desk.session.scalar(select(exists(seen))))


def _note(desk: Desk, row: ClinicSession, action: str, **detail: Any) -> None:
    audit.note(desk.session, desk.by, action, f"session:{row.id}", now=desk.now, **detail)
