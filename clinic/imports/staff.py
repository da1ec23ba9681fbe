"""Importing who works at the centres and when: what one row of staff.csv, and of roster.csv, does."""

from __future__ import annotations

from sqlalchemy import delete

from clinic.imports import values
from clinic.imports.rows import BadRow, Import, Row, find, known_centre, new, refer
from clinic.rows import get_or_add
from clinic.staff.people import SHIFTS
from clinic.tables import Roster, Staff

ANSWERS = {"yes": True, "no": False}


def staff(context: Import, row: Row) -> None:
    """Add or change a member of staff. Who has left stays in the file with `active` no, so that the history stays."""
    centre, active = known_centre(context, row["centre"]), _yes(row, "active")
    known = find(context, Staff, code=values.code(row, "code")) or new(context, Staff(code=row["code"], active=True))
    known.centre_id, known.name = centre.id, values.filled(row, "name", 60)
    known.phone, known.role = values.phone(context, row, "phone"), values.filled(row, "role", 40).casefold()
    known.active = known.active if active is None else active


def roster(context: Import, row: Row) -> None:
    """Put a member of staff on the roster, or take one off it (`duty` no)."""
    if row["shift"] not in SHIFTS:
        raise BadRow(f"shift: {row['shift']!r} is neither of {', '.join(SHIFTS)}")
    problem = f"staff: nobody on the staff has the code {row['staff']!r}; import staff first"
    member = refer(context, Staff, problem, code=row["staff"])
    key = {"staff_id": member.id, "day": values.day(row["day"], context.now.date()), "shift": row["shift"]}
    if _yes(row, "duty") is False:
        gone = (getattr(Roster, name) == value for name, value in key.items())
        context.session.execute(delete(Roster).where(*gone))
    else:
        get_or_add(context.session, Roster, list(key), **key)


def _yes(row: Row, name: str) -> bool | None:
    """None where the file does not say."""
    written = row.get(name, "")
    if written and written not in ANSWERS:
        raise BadRow(f"{name}: {written!r} is neither yes nor no")
    return ANSWERS.get(written)
