"""Medicines on record: staff write down what a resident takes and when, change it, refill the box, stop and resume.

Each change is one transaction with the audit trail, when the next reminder falls due, and what it calls off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, hours
from clinic.installation import Installation
from clinic.medication import stopping
from clinic.medication.times import BadMedication, Plan, checked, kept, refuse_quiet, thawed
from clinic.medication.wording import MOST_SEGMENTS, tell_caution
from clinic.notices import reached, times
from clinic.notices.people import covered
from clinic.rules import Rules
from clinic.tables import Medication, MedicationIntake, Resident
from conf import texts
from conf.texts.words import LANGUAGES
from smpp.segments import count

__all__ = ["BadMedication", "Entry", "Written", "add", "change", "put", "refill", "resume", "stop"]

LONGEST = {"name": 30, "dose": 20, "caution": 90}  # an SMS of one medicine has two segments at most
MOST_DOSES = 2000
OLDEST = dt.timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is prescribed. `left`: doses in the box, None where nobody counts them; `refill_at`: so many are few."""

    name: str
    dose: str
    times: tuple[dt.time, ...]
    since: dt.date
    until: dt.date | None = None
    caution: str = ""
    left: int | None = None
    refill_at: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on record now. `reached`: how many phones are told; `cancelled`: texts that were called off."""

    medication: int
    resident: int
    name: str
    left: int | None
    next_at: dt.datetime | None
    reached: int
    cancelled: int = 0


def add(
    session: Session,
    *,
    resident: int,
    entry: Entry,
    rules: Rules,
    installation: Installation,
    actor: str,
    now: dt.datetime,
) -> Written:
    """Write down one more medicine. Raises BadMedication, also where they are reminded of it already."""
    person = session.get(Resident, resident, with_for_update={"key_share": True})
    if person is None:
        raise BadMedication(f"there is no resident {resident}")
    entry = _checked(session, entry, person, rules, installation)
    known = select(Medication).where(Medication.resident_id == resident, Medication.name == entry.name)
    for row in session.scalars(known):
        if row.stopped_at is None and (row.until is None or row.until >= now.date()):
            raise BadMedication(f"name: resident {resident} has {entry.name} on record as {row.id}; change that one")
    row = Medication(resident_id=resident)
    _fill(row, entry, installation, now)
    session.add(row)
    session.flush()
    audit.note(session, actor, "medication.add", f"medication:{row.id}", now=now, resident=resident)
    return _written(session, row, installation)


def change(
    session: Session,
    *,
    medication: int,
    given: Mapping[str, Any],
    rules: Rules,
    installation: Installation,
    actor: str,
    now: dt.datetime,
) -> Written:
    """Change these fields of an Entry. Texts that wait and say what is no longer so are called off. BadMedication."""
    row, person = _found(session, medication)
    before = _entry(row)
    entry = _checked(session, Entry(**{**_fields(before), **given}), person, rules, installation)
    if entry == before:
        return _written(session, row, installation)
    next_at = row.next_at
    cancelled = stopping.call_off(session, row, now=now) if _is_other(before, entry) else 0
    taken_back = row.next_at if row.next_at != next_at else None
    _fill(row, entry, installation, now)
    if taken_back is not None and taken_back == plan_of(row, installation).latest(now):
        row.next_at = taken_back  # nobody has been told: it is told in the new words
    if row.stopped_at is not None:
        row.next_at = None
    session.flush()
    if entry.caution != before.caution:
        cancelled += stopping.call_off_caution(session, row, now=now)
        _tell_caution_anew(session, row, person, rules, installation, now)
    changed = sorted(name for name, value in _fields(entry).items() if value != _fields(before)[name])
    audit.note(session, actor, "medication.change", f"medication:{row.id}", now=now, changed=changed)
    return _written(session, row, installation, cancelled)


def put(session: Session, *, resident: int, entry: Entry, **given: Any) -> Written:
    """As a file has it: the medicine of this name is changed, or added where they take none of that name.

    One that was stopped stays so: only `resume` begins it again.
    """
    query = select(Medication.id).where(Medication.resident_id == resident, Medication.name == entry.name.strip())
    known = session.scalars(query.order_by(Medication.id.desc()).limit(1)).first()
    if known is None:
        return add(session, resident=resident, entry=entry, **given)
    return change(session, medication=known, given=_fields(entry), **given)


def refill(
    session: Session, *, medication: int, doses: int, installation: Installation, actor: str, now: dt.datetime
) -> Written:
    """So many doses were fetched: the box has more, and reminders that had ended with it go on. BadMedication."""
    row, _ = _found(session, medication)
    if doses < 1 or (row.left or 0) + doses > MOST_DOSES:
        raise BadMedication(f"doses: 1 to {MOST_DOSES - (row.left or 0)} can be added")
    row.left = (row.left or 0) + doses
    cancelled = stopping.call_off_refill(session, row, now=now)
    if row.next_at is None and row.stopped_at is None:
        row.next_at = plan_of(row, installation).following(now)
    session.flush()
    audit.note(session, actor, "medication.refill", f"medication:{row.id}", now=now, doses=doses, left=row.left)
    return _written(session, row, installation, cancelled)


def stop(
    session: Session, *, medication: int, why: str, installation: Installation, actor: str, now: dt.datetime
) -> Written:
    """Remind of this one no more; texts that wait are called off. BadMedication where it is stopped already."""
    row, _ = _found(session, medication)
    if row.stopped_at is not None:
        raise BadMedication(f"medication {row.id} is stopped already")
    cancelled = stopping.end(session, row, now=now)
    audit.note(session, actor, "medication.stop", f"medication:{row.id}", now=now, why=why[:200], cancelled=cancelled)
    return _written(session, row, installation, cancelled)


def resume(
    session: Session, *, medication: int, rules: Rules, installation: Installation, actor: str, now: dt.datetime
) -> Written:
    """Remind of a stopped one again, because the resident wants it. BadMedication."""
    row, person = _found(session, medication)
    if row.stopped_at is None:
        raise BadMedication(f"medication {row.id} is not stopped")
    _checked(session, _entry(row), person, rules, installation)
    row.stopped_at = None
    row.next_at = None if row.left == 0 else plan_of(row, installation).following(now)
    session.flush()
    _tell_caution_anew(session, row, person, rules, installation, now)
    audit.note(session, actor, "medication.resume", f"medication:{row.id}", now=now)
    return _written(session, row, installation)


def plan_of(row: Medication, installation: Installation) -> Plan:
    return Plan(thawed(row.times), row.since, row.until, installation.timezone)


def _found(session: Session, medication: int) -> tuple[Medication, Resident]:
    """The person first, as the scan does: it reminds of all that one takes at once."""
    whose = session.scalar(select(Medication.resident_id).where(Medication.id == medication))
    person = session.get(Resident, whose, with_for_update={"key_share": True}) if whose else None
    if person is None:
        raise BadMedication(f"there is no medication {medication}; `caredial medication list` shows them")
    query = select(Medication).where(Medication.id == medication).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one(), person


def _fill(row: Medication, entry: Entry, installation: Installation, now: dt.datetime) -> None:
    row.name, row.dose, row.times, row.caution = entry.name, entry.dose, kept(entry.times), entry.caution
    row.left, row.refill_at, row.since, row.until = entry.left, entry.refill_at, entry.since, entry.until
    row.next_at = None if entry.left == 0 else plan_of(row, installation).following(now)


def _entry(row: Medication) -> Entry:
    times = thawed(row.times)
    return Entry(row.name, row.dose, times, row.since, row.until, row.caution, row.left, row.refill_at)


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__slots__}


def _is_other(before: Entry, after: Entry) -> bool:
    """Whether a text that waits would tell what is no longer so."""
    told = ("name", "dose", "times", "since", "until", "caution")
    return any(getattr(before, name) != getattr(after, name) for name in told)


def _tell_caution_anew(
    session: Session, row: Medication, person: Resident, rules: Rules, installation: Installation, now: dt.datetime
) -> None:
    """Who has had a reminder gets it at once; the first reminder tells it to everybody else."""
    reminded = select(MedicationIntake.id).where(MedicationIntake.medication_id == row.id).limit(1)
    if row.next_at is not None and session.scalar(reminded) is not None:
        when = times(session, rules=rules, installation=installation, now=now)
        people = reached(session, residents=[person.id], language=installation.language).get(person.id, [])
        tell_caution(session, row, person, people, at=now, when=when, installation=installation)


def _checked(session: Session, entry: Entry, person: Resident, rules: Rules, installation: Installation) -> Entry:
    """As it is kept; BadMedication says what is wrong, beginning with its name."""
    words = {name: _words(name, getattr(entry, name), most) for name, most in LONGEST.items()}
    words["caution"] = words["caution"].rstrip("。.;；")
    _refuse_long(words["name"], words["caution"], person, installation)
    taken_at = checked(entry.times)
    span = hours.load(session, rules, installation.timezone).span(person.centre_id)
    refuse_quiet(taken_at, span)
    if entry.since < person.birth:
        raise BadMedication(f"since: {entry.since} is before the birth")
    if entry.until is not None and not entry.since <= entry.until <= entry.since + OLDEST:
        raise BadMedication(f"until: {entry.until} is not on or after {entry.since}, or far too late")
    if entry.left is not None and not 0 <= entry.left <= MOST_DOSES:
        raise BadMedication(f"left: 0 to {MOST_DOSES} doses")
    if not 0 <= entry.refill_at <= MOST_DOSES:
        raise BadMedication(f"refill_at: 0 to {MOST_DOSES} doses")
    if entry.refill_at and entry.left is None:
        raise BadMedication("refill_at: nobody counts the doses; give left too")
    return Entry(
        words["name"], words["dose"], taken_at, entry.since, entry.until, words["caution"], entry.left, entry.refill_at
    )


def _words(name: str, written: str, most: int) -> str:
    words = " ".join(written.split())
    if len(words) > most or not words.isprintable():
        raise BadMedication(f"{name}: at most {most} printable characters, so that an SMS holds it")
    if not words and name != "caution":
        raise BadMedication(f"{name}: empty")
    return words


def _refuse_long(name: str, caution: str, person: Resident, installation: Installation) -> None:
    """A caution is one text, in whichever language the phone has."""
    words = {"name": covered(person.name), "medicine": name, "caution": caution, "hotline": installation.hotline}
    segments = max(count(texts.say(language, "medication.caution_sms", **words)) for language in LANGUAGES)
    if segments > MOST_SEGMENTS:
        raise BadMedication("caution: more than two SMS with the medicine's name; say it in fewer words")


def _written(session: Session, row: Medication, installation: Installation, cancelled: int = 0) -> Written:
    phones = reached(session, residents=[row.resident_id], language=installation.language).get(row.resident_id, [])
    return Written(row.id, row.resident_id, row.name, row.left, row.next_at, len(phones), cancelled)
