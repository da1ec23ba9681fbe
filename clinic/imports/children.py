"""Children's files, what they were given, and what they are not given: what one row of each does."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from sqlalchemy import select

from clinic.children import contraindications, doses, entries, files
from clinic.imports.rows import BadRow, Import, Row, known_centre
from clinic.tables import ChildFile, Resident

BY = "import"
"""Who has written it, for the audit trail."""


class _Child(NamedTuple):
    id: int
    birth: dt.date


def child(context: Import, row: Row) -> None:
    """Opens the file of the child with this number or card, or changes it."""
    if not row.get("identity") and not row.get("card"):
        raise BadRow("card: needed where there is no identity number")
    today = context.now.date()
    entry = entries.read(
        row,
        vault=context.vault,
        region=context.installation.region,
        today=today,
        centre=lambda code: known_centre(context, code).id,
    )
    files.write(context.session, entry, vault=context.vault, by=BY, now=context.now)


def immunization(context: Import, row: Row) -> None:
    """A dose, known again by its number, or without one by its day; the file's word corrects what is on record."""
    known = _child(context, row)
    number = row.get("dose", "")
    if number and not re.fullmatch(r"[1-9]\d?", number):
        raise BadRow(f"dose: {number!r} is not a number from 1")
    given = doses.put(
        context.session,
        child=known.id,
        birth=known.birth,
        vaccine=row["vaccine"],
        day=entries.day(row["day"], context.now.date()),
        lot=row.get("lot", ""),
        number=int(number) if number else None,
        now=context.now,
        replace=True,
    )
    if given.is_changed:
        context.touched.add(known.id)


def contraindication(context: Import, row: Row) -> None:
    known, today = _child(context, row), context.now.date()
    contraindications.add(
        context.session,
        child=known.id,
        reason=row["reason"],
        since=entries.day(row["since"], today, "since") if row.get("since") else None,
        until=_until(row["until"], today) if row.get("until") else None,
        vaccine=row.get("vaccine", ""),
        by=BY,
        now=context.now,
    )


def _until(written: str, today: dt.date) -> dt.date:
    """A last day may lie ahead: also `+3d`."""
    ahead = re.fullmatch(r"\+(\d{1,4})d", written)
    return today + dt.timedelta(days=int(ahead[1])) if ahead else entries.day(written, today, "until")


def _child(context: Import, row: Row) -> _Child:
    """Whom a row is about. The rows of a child mostly stand together, so the last one is kept."""
    identity, card = row.get("identity", ""), row.get("card", "")
    key = ("child", identity, card)
    kept = context.known.get(("child",))
    if kept is not None and kept[0] == key:
        return kept[1]  # type: ignore[no-any-return]
    found = _by_number(context, identity) if identity else _by_card(context, card)
    context.known["child",] = (key, found)
    return found


def _by_number(context: Import, identity: str) -> _Child:
    digest = context.vault.digest(identity)
    known = select(Resident.id, Resident.birth).where(Resident.identity_digest == digest)
    found = context.session.execute(known).one_or_none()
    if found is None:
        raise BadRow("identity: nobody on record has this number; import children or residents first")
    return _Child(*found)


def _by_card(context: Import, card: str) -> _Child:
    if not card:
        raise BadRow("identity: neither it nor a card is given")
    number = entries.card(card)
    known = select(Resident.id, Resident.birth).join(ChildFile, ChildFile.resident_id == Resident.id)
    found = context.session.execute(known.where(ChildFile.card == number)).one_or_none()
    if found is None:
        raise BadRow(f"card: no child on record has {number}; import children first")
    return _Child(*found)
