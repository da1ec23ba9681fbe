"""Medicines in words: what a reminder lists, whom it names, and what is told beside it.

A phone that is the resident's own and nobody else's gets no name; every other gets it covered (王*英).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from sqlalchemy.orm import Session

from clinic.installation import Installation
from clinic.notices import Reached, Times, notify
from clinic.notices.people import covered
from clinic.tables import Centre, Medication, Resident
from conf import texts
from conf.texts.words import Language, Name
from smpp.segments import count

NOBODY = "none"
"""The name in a text to one's own phone: no name."""
MOST_SEGMENTS = 2
What = Literal["due", "first", "last"]


def called(to: Reached, person: Resident) -> str:
    """How a text to this phone names the resident."""
    return to.name or (NOBODY if to.is_self else covered(person.name))


def reminder(
    rows: Sequence[Medication], *, language: Language, what: What, name: str, at: dt.time, yes: str, no: str
) -> tuple[str, dict[str, Any]]:
    """Key and words of a reminder in two segments: where that is too little, doses are left out, then medicines."""
    key = f"medication.{what}_sms"
    words: dict[str, Any] = {"name": name, "at": at, "yes": yes, "no": no}
    short = [row.name for row in rows]
    tries = [listed(language, [_item(row, language, others=what != "last") for row in rows]), listed(language, short)]
    tries += [
        texts.say(language, "medication.several_sms", medicines=listed(language, short[:shown]), count=len(rows))
        for shown in range(len(short) - 1, 0, -1)
    ]
    fitting = (each for each in tries if count(texts.say(language, key, medicines=each, **words)) <= MOST_SEGMENTS)
    return key, {**words, "medicines": next(fitting, tries[-1])}


def listed(language: Language, items: Iterable[str]) -> str:
    return ("、" if language == "zh" else ", ").join(items)


def with_left(row: Medication, language: Language) -> str:
    """`氨氯地平（剩12次）`, the name alone where nobody counts."""
    if row.left is None:
        return row.name
    return texts.say(language, "medication.left_sms", medicine=row.name, left=row.left)


def tell_caution(
    session: Session,
    row: Medication,
    person: Resident,
    people: Iterable[Reached],
    *,
    at: dt.datetime,
    when: Times,
    installation: Installation,
) -> int:
    """What must be minded with a medicine, to each phone; how many texts. The caller sees to it that it is once."""
    told = 0
    for to in people if row.caution else ():
        due = notify(
            session,
            occasion=f"medication-caution:{row.id}:{at.astimezone(dt.UTC):%Y%m%dT%H%M%S}",
            to=to,
            resident_id=person.id,
            centre_id=person.centre_id,
            key="medication.caution_sms",
            when=when,
            installation=installation,
            due_at=at,
            name=called(to, person),
            medicine=row.name,
            caution=row.caution,
            hotline=installation.hotline,
        )
        told += due is not None
    return told


def tell_about(
    session: Session,
    person: Resident,
    people: Iterable[Reached],
    *,
    occasion: str,
    what: Literal["refill", "empty", "stopped_elsewhere"],
    when: Times,
    installation: Installation,
    **words: Any,
) -> int:
    """That the box is nearly empty, or is, or that reminders were stopped; how many texts."""
    told = 0
    for to in people:
        name = called(to, person)
        due = notify(
            session,
            occasion=occasion,
            to=to,
            resident_id=person.id,
            centre_id=person.centre_id,
            key=f"medication.{what}_own_sms" if name == NOBODY else f"medication.{what}_sms",
            when=when,
            installation=installation,
            due_at=when.now,
            name=name,
            centre=centre_of(session, person, to.language),
            **words,
        )
        told += due is not None
    return told


def centre_of(session: Session, person: Resident, language: Language) -> Name | str:
    """The resident's centre, or words that stand for it."""
    centre = session.get(Centre, person.centre_id) if person.centre_id else None
    return centre.name if centre else texts.say(language, "audience.centre_sms")


def _item(row: Medication, language: Language, *, others: bool) -> str:
    """`others`: some of this reminder go on, so that what ends says so for itself."""
    if row.next_at is None and others:
        return texts.say(language, "medication.item_last_sms", medicine=row.name, dose=row.dose)
    if row.left is not None and row.left <= row.refill_at:
        return texts.say(language, "medication.item_low_sms", medicine=row.name, dose=row.dose, left=row.left)
    return texts.say(language, "medication.item_sms", medicine=row.name, dose=row.dose)
