"""What a look at a child leads to: a text to each phone of its family, what that may answer, and that it was told."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.children import booking, stages, wording
from clinic.children.stages import DAY, Step
from clinic.installation import Installation
from clinic.notices import Reached, Times, ask, notify, reached
from clinic.rules import NoticeRules
from clinic.tables import Centre, VaccineReminder
from clinic.vaccines.due import due
from clinic.vaccines.records import Child, Due
from conf.texts import say
from conf.texts.words import Name

OPEN = dt.timedelta(days=30)
"""How long a reminder can be answered at most."""


@dataclass(frozen=True, slots=True)
class File:
    """A child's file, as far as reminders need it."""

    id: int
    resident: int
    centre: int | None
    is_active: bool


@dataclass(slots=True)
class Looked:
    """A child after a look: what it has come to, and when it is to be looked at again."""

    file: File
    child: Child
    dues: tuple[Due, ...]
    steps: list[Step]
    next_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Round:
    """What all of a batch have in common."""

    session: Session
    when: Times
    rules: NoticeRules
    installation: Installation


def tell(round_: Round, looked: Sequence[Looked]) -> int:
    """Write to the families; how many messages. A child without a phone stays untold: once it has one, it is told."""
    if not looked:
        return 0
    session, now = round_.session, round_.when.now
    residents = [one.file.resident for one in looked]
    held = booking.places_held(session, residents=residents, today=round_.when.today)
    phones = reached(session, residents=residents, language=round_.installation.language)
    centres = {one.file.centre for one in looked if one.file.centre is not None}
    names = _names(session, centres)
    bookable = booking.last_days(session, centres=centres, now=now)
    written = 0
    for one in looked:
        _leave_to_visit(one, held.get(one.file.resident))
        people = phones.get(one.file.resident, [])
        if one.steps and people:
            last = bookable.get(one.file.centre or 0, dt.date.min)
            can_book = last >= min(step.on for step in one.steps)
            where = wording.Where(names[one.file.centre], can_book, round_.installation.hotline)
            written += _write(round_, one, people, where)
    return written


def _leave_to_visit(one: Looked, visit: dt.date | None) -> None:
    """What can be given at a visit that is booked needs no reminder; the day after it shows what was given."""
    if visit is None:
        return
    one.steps = [step for step in one.steps if step.on > visit]
    one.next_on = min(visit + DAY, one.next_on or dt.date.max)


def _write(round_: Round, one: Looked, people: Iterable[Reached], where: wording.Where) -> int:
    session, when, resident = round_.session, round_.when, one.file.resident
    steps = _explained(one, when.today)
    days = {step.on: when.workdays.from_(step.on) for step in steps}
    note = wording.note_of(steps, one.child, when.today)
    subject = {"resident": resident, "doses": [[*step.dose, step.stage, step.on.isoformat()] for step in steps]}
    occasion, ends = _occasion(resident, steps), _open_until(steps, round_)
    about: dict[str, Any] = {"occasion": occasion, "resident_id": resident, "centre_id": one.file.centre}
    written = 0
    for to in people:
        key, words = wording.text(steps, language=to.language, name=to.name, days=days, where=where, note=note)
        asked_at = notify(session, to=to, key=key, when=when, installation=round_.installation, **about, **words)
        if asked_at is not None:
            ask(
                session,
                occasion=occasion,
                phone=to.phone,
                kind=booking.KIND,
                subject=subject,
                asked_at=asked_at,
                expires_at=ends,
            )
            written += 1
    if written:
        session.execute(insert(VaccineReminder), [_row(resident, step, when.today) for step in steps])
    return written


def _explained(one: Looked, today: dt.date) -> list[Step]:
    """The steps with the reasons of what is due: only of those that are told, since reasons take time."""
    whole = {each.series: each for each in due(one.child, today, explain=True)}
    return [replace(step, due=whole[step.due.series]) for step in one.steps]


def _occasion(resident: int, steps: Iterable[Step]) -> str:
    """The same for the same stages of the same doses, in whatever order they come; what was put off is told anew."""
    marks = "+".join(sorted(f"{step.due.series} {step.due.number} {step.stage} {step.on}" for step in steps))
    return f"vaccine:{resident}:{hashlib.sha256(marks.encode()).hexdigest()[:16]}"


def _open_until(steps: Iterable[Step], round_: Round) -> dt.datetime:
    """Until the next reminder of one of these doses, at most thirty days."""
    when = round_.when
    last = when.today + OPEN
    day = min(last, stages.next_day([step.due for step in steps], when.today, round_.rules) or last)
    return dt.datetime.combine(day, when.at, when.now.tzinfo)


def _row(resident: int, step: Step, today: dt.date) -> dict[str, object]:
    series, dose = step.dose
    return {"resident_id": resident, "series": series, "dose": dose, "stage": step.stage, "told_on": today}


def _names(session: Session, centres: Collection[int]) -> Mapping[int | None, Name]:
    """The centres by their ids; under None what stands for the centre of a child that has none on record."""
    rows = session.execute(select(Centre.id, Centre.name_zh, Centre.name_en).where(among(session, Centre.id, centres)))
    somewhere = Name(say("zh", "audience.centre_sms"), say("en", "audience.centre_sms"))
    return {None: somewhere, **{number: Name(zh, en) for number, zh, en in rows}}
