"""Plans of follow-up, the visits that were made, meters with a SIM card: what one row of each does."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from sqlalchemy import select

from clinic.care import followup, meters
from clinic.care.followup import CONDITIONS, BadCare
from clinic.care.plan import Contact
from clinic.imports import values
from clinic.imports.rows import BadRow, Import, Row, refer
from clinic.rules import NoticeRules, Rules
from clinic.tables import Condition, Resident, Staff

EARLY = Rules(notices=NoticeRules(care_before=60))
"""A file knows no settings: the reminders look once too early, and find their day."""
ANSWERS = {"": False, "no": False, "yes": True}


def plan(context: Import, row: Row) -> None:
    """Follow a resident up, or (`ended` yes) no more."""
    resident, condition = _resident(context, row), _condition(row)
    since = _day(row["since"], "since", context.now.date())
    try:
        followup.enrol(
            context.session,
            resident=resident.id,
            condition=condition,
            doctor=_staff(context, row),
            since=since,
            actor="import",
            rules=EARLY,
            now=context.now,
        )
    except BadCare as error:
        raise BadRow(str(error)) from error
    if _yes(row, "ended"):
        followup.end(context.session, resident=resident.id, condition=condition, actor="import", now=context.now)


def visit(context: Import, row: Row) -> None:
    """A visit face to face; what was measured on the phone does not belong here."""
    contact = Contact(
        day=_day(row["day"], "day", context.now.date()),
        systolic=_whole(row, "systolic"),
        diastolic=_whole(row, "diastolic"),
        fasting=_tenths(row, "glucose"),
        adverse_reaction=_yes(row, "adverse_reaction"),
        new_complication=_yes(row, "new_complication"),
        examination=_yes(row, "examination"),
    )
    try:
        followup.record_visit(
            context.session,
            resident=_resident(context, row).id,
            condition=_condition(row),
            contact=contact,
            doctor=_staff(context, row),
            note=values.text(row, "note", 200),
            actor="import",
            rules=EARLY,
            now=context.now,
        )
    except BadCare as error:
        raise BadRow(str(error)) from error


def meter(context: Import, row: Row) -> None:
    """A meter with a SIM card. Its form is one of the settings, [care.meters.NAME]."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", row["format"]):
        raise BadRow(f"format: {row['format']!r} is no name of [care.meters.NAME]: small letters, digits, - and _")
    meters.register(
        context.session,
        phone=values.phone(context, row, "phone"),
        serial=values.text(row, "serial", 40),
        resident=_resident(context, row).id,
        format=row["format"],
        actor="import",
        now=context.now,
    )


def _resident(context: Import, row: Row) -> Resident:
    digest = context.vault.seal(row["identity"]).digest
    problem = "identity: nobody on record has this number; import residents first"
    return refer(context, Resident, problem, identity_digest=digest)


def _condition(row: Row) -> Condition:
    for condition in CONDITIONS:
        if row["condition"] == condition:
            return condition
    raise BadRow(f"condition: {row['condition']!r} is none of {', '.join(CONDITIONS)}")


def _staff(context: Import, row: Row) -> str | None:
    code = row.get("staff", "")
    if code and context.session.scalar(select(Staff.id).where(Staff.code == code, Staff.active)) is None:
        raise BadRow(f"staff: nobody who works here has the code {code!r}; import staff first")
    return code or None


def _day(written: str, name: str, today: dt.date) -> dt.date:
    """`2027-03-08`, or `-90d`: so many days before the day of the import."""
    if found := re.fullmatch(r"-(\d{1,4})d?", written):
        return today - dt.timedelta(days=int(found[1]))
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        raise BadRow(f"{name}: {written!r} is neither a date (2027-03-08) nor days before today (-90d)") from None
    if not day.year >= 1900 or day > today:
        raise BadRow(f"{name}: {written} is {'still to come' if day > today else 'not in this age'}")
    return day


def _whole(row: Row, name: str) -> int | None:
    written = row.get(name, "")
    if written and not re.fullmatch(r"\d{2,3}", written):
        raise BadRow(f"{name}: {written!r} is no pressure in mmHg, such as 135")
    return int(written) if written else None


def _tenths(row: Row, name: str) -> int | None:
    written = row.get(name, "")
    if written and not re.fullmatch(r"\d{1,2}(\.\d)?", written):
        raise BadRow(f"{name}: {written!r} is no fasting glucose in mmol/L, such as 5.3")
    return int(Decimal(written) * 10) if written else None


def _yes(row: Row, name: str) -> bool:
    if row.get(name, "") not in ANSWERS:
        raise BadRow(f"{name}: {row[name]!r} is neither yes nor no")
    return ANSWERS[row.get(name, "")]
