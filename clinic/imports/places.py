"""Centres, departments, practitioners and clinic sessions: what one row of each does."""

from __future__ import annotations

import datetime as dt
import re

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
from clinic.tables import Centre, ClinicSession, Department, Practitioner

SERVICES = ("", "vaccination")
HOURS = {"am": (dt.time(8), dt.time(11, 30)), "pm": (dt.time(14), dt.time(17, 30))}


def centre(context: Import, row: Row) -> None:
    centre = find(context, Centre, code=values.code(row, "code")) or new(context, Centre(code=row["code"]))
    centre.name_zh, centre.name_en = values.filled(row, "name_zh"), values.text(row, "name_en", 80)
    centre.address = values.text(row, "address", 200)
    centre.latitude, centre.longitude = values.degrees(row, "latitude", 90), values.degrees(row, "longitude", 180)
    if "duty_phone" in row:  # a file without the column does not silence the duty phones
        centre.duty_phone = values.phone(context, row, "duty_phone") if row["duty_phone"] else ""
    if "quiet_from" in row or "quiet_until" in row:
        centre.quiet_from, centre.quiet_until = _quiet(row)


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
    """A known session keeps its bookings: its capacity never falls below what is taken."""
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
    offered = offered or new(context, ClinicSession(**key, taken=0, last_number=0, state="open"))
    offered.capacity = values.whole(row, "capacity")
    if offered.capacity < offered.taken:
        raise BadRow(f"capacity: {offered.taken} places are taken already")
    offered.starts = values.time(row.get("starts") or HOURS[half][0].isoformat(), "starts")
    offered.ends = values.time(row.get("ends") or HOURS[half][1].isoformat(), "ends")
    if offered.ends <= offered.starts:
        raise BadRow("ends: not after starts")
    offered.fee, offered.release_at = values.fen(row["fee"]), _release(row["release"], day, context.now)


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
    found = re.fullmatch(r"-(\d{1,3})d (\d\d:\d\d)", written)
    if found is None:
        raise BadRow(f"release: {written!r} is neither empty nor like -7d 07:00")
    moment = dt.datetime.combine(day - dt.timedelta(days=int(found[1])), values.time(found[2], "release"))
    return moment.replace(tzinfo=now.tzinfo)
