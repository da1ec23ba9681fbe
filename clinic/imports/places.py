"""Centres, departments, practitioners and clinic sessions: what one row of each does."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from clinic.hospital.names import is_number, stored
from clinic.imports import values
from clinic.imports.rows import (
    BadRow,
    Import,
    Row,
    find,
    known_centre,
    known_department,
    known_practitioner,
    new,
)
from clinic.money import amounts
from clinic.places import changing
from clinic.places.shares import Rule
from clinic.sessions.templates import KINDS
from clinic.tables import Centre, ClinicSession, Department, LedgerAccount, Practitioner

SERVICES = ("", "vaccination")
PAYMENTS = ("counter", "optional", "required")
HOURS = {"am": (dt.time(8), dt.time(11, 30)), "pm": (dt.time(14), dt.time(17, 30))}


def centre(context: Import, row: Row) -> None:
    centre = find(context, Centre, code=values.code(row, "code")) or new(context, Centre(code=row["code"]))
    centre.name_zh, centre.name_en = values.filled(row, "name_zh"), values.text(row, "name_en", 80)
    centre.address = values.text(row, "address", 200)
    centre.latitude, centre.longitude = values.degrees(row, "latitude", 90), values.degrees(row, "longitude", 180)
    if "duty_phone" in row:  # a file without the column does not silence the duty phones
        centre.duty_phone = values.phone(context, row, "duty_phone") if row["duty_phone"] else ""
    if row.get("currency"):
        centre.currency = _currency(context, centre, row["currency"])
    if row.get("payment"):
        if row["payment"] not in PAYMENTS:
            raise BadRow(f"payment: {row['payment']!r} is none of {', '.join(PAYMENTS)}")
        centre.payment = row["payment"]
    if "quiet_from" in row or "quiet_until" in row:
        centre.quiet_from, centre.quiet_until = _quiet(row)


def _currency(context: Import, centre: Centre, written: str) -> str:
    """Books are kept in one currency: it does not change once there are any."""
    try:
        amounts.exponent(written)
    except amounts.BadAmount as error:
        raise BadRow(f"currency: {error}") from error
    if centre.id is not None and centre.currency != written and _has_books(context, centre):
        raise BadRow(f"currency: the books of {centre.code} are kept in {centre.currency}")
    return written


def _has_books(context: Import, centre: Centre) -> bool:
    found = select(LedgerAccount.id).where(LedgerAccount.centre_id == centre.id).limit(1)
    return context.session.scalar(found) is not None


def department(context: Import, row: Row) -> None:
    centre = known_centre(context, row["centre"])
    key = {"centre_id": centre.id, "code": values.code(row, "code")}
    department = find(context, Department, **key) or new(context, Department(**key))
    department.name_zh, department.name_en = values.filled(row, "name_zh"), values.text(row, "name_en", 80)
    department.room = values.text(row, "room", 40)
    if "service" in row:  # a file without the column takes nothing away
        if row["service"] not in SERVICES:
            raise BadRow(f"service: {row['service']!r} is neither empty nor one of {', '.join(filter(None, SERVICES))}")
        department.service = row["service"]


def practitioner(context: Import, row: Row) -> None:
    department = known_department(context, row)
    key = {"centre_id": department.centre_id, "code": values.code(row, "code")}
    person = find(context, Practitioner, **key) or new(context, Practitioner(**key, department_id=department.id))
    person.department_id = department.id
    person.name_zh, person.name_en = values.filled(row, "name_zh"), values.text(row, "name_en", 80)
    person.grade = values.text(row, "grade", 32)


def offered(context: Import, row: Row) -> None:
    """A known session keeps its bookings: its capacity never falls below what is taken.

    It is known by where and when it is; the hospital's own number comes with it.
    """
    department = known_department(context, row)
    day, half = values.day(row["day"], context.now.date()), row["half"]
    if half not in HOURS:
        raise BadRow(f"half: {half!r} is neither am nor pm")
    key = {
        "department_id": department.id,
        "practitioner_id": known_practitioner(context, department, row["practitioner"]),
        "day": day,
        "half": half,
    }
    offered = find(context, ClinicSession, **key)
    capacity, shares = values.whole(row, "capacity"), values.shares(row)
    is_new = offered is None
    offered = offered or new(context, ClinicSession(**key, taken=0, last_number=0, state="open", capacity=capacity))
    if capacity < offered.taken:
        raise BadRow(f"capacity: {offered.taken} places are taken already")
    offered.starts = values.time(row.get("starts") or HOURS[half][0].isoformat(), "starts")
    offered.ends = values.time(row.get("ends") or HOURS[half][1].isoformat(), "ends")
    if offered.ends <= offered.starts:
        raise BadRow("ends: not after starts")
    offered.fee = values.fee(row["fee"], department.centre.currency)
    offered.release_at = _release(row["release"], day, context.now)
    offered.kind = _kind(row, offered.kind)
    _number(context, offered, row)
    if is_new:
        offered.shares = shares.stored() if shares else None
        context.session.flush()
        changing.lay_out(context.session, offered)
    else:
        _share(context, offered, capacity, row, shares)


def _number(context: Import, offered: ClinicSession, row: Row) -> None:
    """The hospital's own number; a file without the column, or an empty cell, takes none away."""
    written = row.get("external_id", "")
    if not written:
        return
    if not is_number(written):
        raise BadRow(f"external_id: {written!r} is not 1 to 64 visible ASCII characters")
    kept = stored(row["centre"], written)
    other = find(context, ClinicSession, external_id=kept)
    if other is not None and other is not offered:
        raise BadRow(f"external_id: {written} is another session's already, on {other.day} {other.half}")
    offered.external_id = kept


def _kind(row: Row, before: str | None) -> str:
    written = row.get("kind") or before or "general"
    if written not in KINDS:
        raise BadRow(f"kind: {written!r} is neither of {', '.join(KINDS)}")
    return written


def _share(context: Import, offered: ClinicSession, capacity: int, row: Row, shares: Rule | None) -> None:
    """Another capacity, or other pools, as staff change them; a file without the column shares nothing anew."""
    stored_ = shares.stored() if shares else None
    is_anew = "shares" in row and stored_ != offered.shares
    if capacity == offered.capacity and not is_anew:
        return
    context.session.flush()
    given: dict[str, Any] = {"offered": offered.id, "by": "import", "now": context.now, "capacity": capacity}
    try:
        changing.change(context.session, **given, rule=shares if is_anew else None, shared=not is_anew or bool(shares))
    except changing.NotChangeable as error:
        raise BadRow(f"capacity: {error}") from None


def _quiet(row: Row) -> tuple[dt.time | None, dt.time | None]:
    """A centre's own quiet hours, which may go over midnight; None where it keeps the installation's."""
    begins, ends = (values.time(row[name], name) if row.get(name) else None for name in ("quiet_from", "quiet_until"))
    if (begins is None) != (ends is None):
        raise BadRow("quiet_from: only together with quiet_until")
    return begins, ends


def _release(written: str, day: dt.date, now: dt.datetime) -> dt.datetime:
    """`-7d 07:00`: seven days before `day` at 07:00 of the centre's time; empty: now."""
    if not written:
        return now
    days, hour = values.before(written, "release")
    return dt.datetime.combine(day - dt.timedelta(days=days), hour, tzinfo=now.tzinfo)
