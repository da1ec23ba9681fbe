"""Residents: what one row does."""

from __future__ import annotations

import re
from typing import cast, get_args

from sqlalchemy import select

from clinic import residents, subscribers
from clinic.imports import values
from clinic.imports.rows import BadRow, Import, Row, known_centre
from clinic.residents import NewPerson
from clinic.tables import Channel, Resident, ResidentTag
from conf.texts.words import LANGUAGES


def resident(context: Import, row: Row) -> None:
    """The file is the centre's own record: it also corrects a name, which nobody can do by phone.

    The phone in the row is told the name from now on, and no other: who has the number alone may be a stranger.
    """
    centre = known_centre(context, row["centre"])
    person = NewPerson(residents.check_name(row["name"]), context.vault.seal(row["identity"]))
    if row["language"] not in LANGUAGES:
        raise BadRow(f"language: {row['language']!r} is neither of {', '.join(LANGUAGES)}")
    contact, phone = _contact(row), values.phone(context, row, "phone")
    resident = residents.register(context.session, person, centre=centre.id, now=context.now)
    resident.centre_id = centre.id
    subscriber = subscribers.known(context.session, phone, context.now)
    subscriber.language = subscriber.language or row["language"]
    subscriber.contact = contact or subscriber.contact
    residents.put_on_record(context.session, resident, subscriber, person.name)
    if "grid" in row:
        resident.grid = values.word("grid", row["grid"]) if row["grid"] else ""
    if "tags" in row:
        _tag(context, resident, row)


def _tag(context: Import, resident: Resident, row: Row) -> None:
    """The row's tags, and no others; the same tag keeps its row."""
    wanted = {values.word("tags", tag.strip()) for tag in re.split("[;；]", row["tags"]) if tag.strip()}
    for tag in context.session.scalars(select(ResidentTag).where(ResidentTag.resident_id == resident.id)).all():
        if tag.tag in wanted:
            wanted.remove(tag.tag)
        else:
            context.session.delete(tag)
    context.session.add_all(ResidentTag(resident_id=resident.id, tag=tag) for tag in sorted(wanted))


def _contact(row: Row) -> Channel | None:
    """How the phone is to be reached; None where the file does not say."""
    written = row.get("contact", "")
    for channel in get_args(Channel):
        if written == channel:
            return cast(Channel, channel)
    if written:
        raise BadRow(f"contact: {written!r} is neither of {', '.join(get_args(Channel))}")
    return None
