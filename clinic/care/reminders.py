"""Reminders of statutory visits: some days before, on the day, and when one was missed; then the family, too.

Told once for each due date and stage, on working days, in the hour of notices. A phone that several people share, or
that is somebody else's, is told a name and no illness.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.care import family, stages
from clinic.care.stages import DAY, Stage
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import Reached, Times, notify, reached, times
from clinic.notices.people import covered
from clinic.rules import Rules
from clinic.tables import CarePlan, Centre, Resident
from conf import texts
from conf.texts.words import Language, Name


def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = 200) -> Found:
    """Tell what has fallen due to be told; a batch of plans. On days off nothing is: the next working day has it."""
    when = times(session, rules=rules, installation=installation, now=now)
    if not when.is_worked:
        return Found(0, False)
    rows = session.scalars(
        select(CarePlan)
        .where(CarePlan.look_on <= when.today, CarePlan.look_on.is_not(None))
        .order_by(CarePlan.look_on, CarePlan.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    people = _people(session, [row.resident_id for row in rows])
    phones = reached(session, residents=people, language=installation.language)
    centres = _centres(session, people)
    told = 0
    for row in rows:
        person = people[row.resident_id]
        centre = centres.get(person.centre_id or 0)
        told += _look(session, row, person, centre, phones.get(person.id, []), rules, when, installation)
    return Found(told, len(rows) == most)


def _look(
    session: Session,
    row: CarePlan,
    person: Resident,
    centre: Name | None,
    phones: Sequence[Reached],
    rules: Rules,
    when: Times,
    installation: Installation,
) -> int:
    """Tell the last stage of this plan that has come; how many messages that were."""
    due = row.next_on
    if due is None or row.ended_on is not None:
        row.look_on = None
        return 0
    stage = stages.latest(due, rules.notices, when.today)
    row.look_on = stages.next_look(due, rules.notices, when.today)
    if stage is None:
        return 0
    words: dict[str, Any] = {
        "day": due,
        "suggested": when.workdays.from_(max(due, when.today + DAY if stage.when == "late" else when.today)),
        "hotline": installation.hotline,
    }
    occasion = f"care:{row.id}:{due}:{stage.name}"
    told = 0
    for to in phones:
        key, more = _text(row, person, to, stage)
        where = centre or texts.say(to.language, "audience.centre_sms")
        at = notify(
            session,
            occasion=occasion,
            to=to,
            resident_id=person.id,
            centre_id=person.centre_id,
            key=key,
            when=when,
            installation=installation,
            **words,
            **more,
            centre=where,
        )
        told += at is not None
    if stage.when == "late":
        where = centre or texts.say(installation.language, "audience.centre_sms")
        more = {**words, "name": covered(person.name), "centre": where}
        told += family.accompany(
            session, resident=person, occasion=occasion, when=when, installation=installation, **more
        )
    return told


def _text(row: CarePlan, person: Resident, to: Reached, stage: Stage) -> tuple[str, dict[str, Any]]:
    """Only one's own phone that nobody shares is told for what."""
    if to.is_self and not to.is_shared:
        return f"care.{stage.when}_own_sms", {"what": _what(to.language, row)}
    return f"care.{stage.when}_named_sms", {"name": to.name or covered(person.name)}


def _what(language: Language, row: CarePlan) -> str:
    return texts.say(language, f"care.what_{row.condition}_sms")


def _people(session: Session, numbers: Sequence[int]) -> Mapping[int, Resident]:
    rows = session.scalars(select(Resident).where(among(session, Resident.id, numbers))) if numbers else ()
    return {row.id: row for row in rows}


def _centres(session: Session, people: Mapping[int, Resident]) -> Mapping[int, Name]:
    wanted = {person.centre_id for person in people.values() if person.centre_id}
    rows = session.scalars(select(Centre).where(among(session, Centre.id, wanted))) if wanted else ()
    return {row.id: row.name for row in rows}
