"""Importing medicines: what one row of medications.csv does. Its key is the resident and the medicine's name."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select

from clinic import residents
from clinic.imports import values
from clinic.imports.rows import BadRow, Import, Row
from clinic.medication import prescriptions
from clinic.medication.prescriptions import Entry
from clinic.medication.times import read
from clinic.tables import Medication

BY = "import"
"""Who has written it, for the audit trail."""


def medicine(context: Import, row: Row) -> None:
    """Add a medicine to what a resident takes, or change it; an empty cell of doses leaves the box as it is."""
    person = _person(context, row)
    name = values.filled(row, "name", 30)
    query = select(Medication).where(Medication.resident_id == person, Medication.name == name)
    known = context.session.scalars(query.order_by(Medication.id.desc()).limit(1)).first()
    left = _doses(row, "left")
    since = row.get("since", "")
    today = context.now.date()
    entry = Entry(
        name=name,
        dose=values.filled(row, "dose", 20),
        times=read(row["times"]),
        since=_day(since, "since", today) if since else known.since if known else today,
        until=_day(row["until"], "until", today) if row.get("until") else None,
        caution=values.text(row, "caution", 90),
        left=left if left is not None or known is None else known.left,
        refill_at=_doses(row, "refill_at") or 0,
    )
    prescriptions.put(
        context.session,
        resident=person,
        entry=entry,
        rules=context.rules,
        installation=context.installation,
        actor=BY,
        now=context.now,
    )


def _person(context: Import, row: Row) -> int:
    digest = context.vault.digest(row["identity"])
    found = residents.by_digest(context.session, digest)
    if found is None:
        raise BadRow("identity: no resident on record has it; import residents first")
    return found


def _doses(row: Row, name: str) -> int | None:
    written = row.get(name, "")
    if written and not re.fullmatch(r"\d{1,4}", written):
        raise BadRow(f"{name}: {written!r} is not a number of doses")
    return int(written) if written else None


def _day(written: str, name: str, today: dt.date) -> dt.date:
    """`2027-03-08`, or days before or after the import: `-30d`, `+3d`."""
    if found := re.fullmatch(r"([+-]\d{1,4})d?", written):
        return today + dt.timedelta(days=int(found[1]))
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        raise BadRow(f"{name}: {written!r} is neither a date (2027-03-08) nor days from today (-30d, +3d)") from None
    if day.year not in values.YEARS:
        raise BadRow(f"{name}: {written} is not in this age")
    return day
