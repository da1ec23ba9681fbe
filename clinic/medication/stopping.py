"""Ending reminders, by staff or by a text from a phone that gets them: nothing is sent after that, what waits included.

A text that waits and names several medicines is called off whole; what is still taken is reminded of anew, unless some
phone has that text already.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.care import whose
from clinic.installation import Installation
from clinic.medication.wording import tell_about
from clinic.notices import reached, times
from clinic.rows import rows_changed
from clinic.rules import Rules
from clinic.tables import Medication, MedicationIntake, Message, Question, Resident

KIND = "taken"
"""Of the question whether a medicine was taken."""
STOPPED = "medication stopped"
"""The error of a text that was cancelled because it tells of a medicine that is not reminded of any more."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a phone has stopped: the medicines' names. `asks`: first it must say whose, one of these names."""

    medicines: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


def end(session: Session, row: Medication, *, now: dt.datetime) -> int:
    """This one is over; how many texts were called off."""
    row.stopped_at, row.next_at = now, None
    beside = call_off_refill(session, row, now=now) + call_off_caution(session, row, now=now)
    return call_off(session, row, now=now) + beside


def by_phone(
    session: Session, *, phone: str, words: str, proof: str, rules: Rules, installation: Installation, now: dt.datetime
) -> Stopped:
    """Stop what this phone is reminded of; where that is several people's, of the one whose name is in `words`.

    The other phones of that person are told, so that nobody misses reminders that somebody else has stopped.
    """
    people = whose.people(session, phone=phone, day=now.date())
    running = _running(session, [person.resident for person in people])
    taking = [person for person in people if person.resident in running]
    if len(taking) > 1:
        named = whose.named(taking, words)
        if len(named) != 1:
            return Stopped(asks=tuple(person.name for person in taking))
        taking = named
    stopped: list[str] = []
    for resident in [person.resident for person in taking]:
        stopped += _stop_all(session, resident, phone=phone, proof=proof, rules=rules, house=installation, now=now)
    return Stopped(tuple(stopped))


def call_off(session: Session, row: Medication, *, now: dt.datetime) -> int:
    """Reminders that wait and tell of this medicine; how many. What they name and is not stopped falls due anew."""
    waiting = _waiting(session, row.resident_id, row.id)
    if waiting:
        _cancelled(session, [among(session, Message.id, [message for message, _ in waiting])], now)
        intakes = {number for _, question in waiting for number in question.subject["intakes"]}
        _remind_anew(session, intakes)
    return len(waiting)


def call_off_refill(session: Session, row: Medication, *, now: dt.datetime) -> int:
    """Notices that wait that the box is nearly empty, or is."""
    starts = (f"medication-{what}:{row.id}:" for what in ("refill", "empty"))
    return sum(_cancel_like(session, row.resident_id, start, now) for start in starts)


def call_off_caution(session: Session, row: Medication, *, now: dt.datetime) -> int:
    """What was to be minded, where it waits."""
    return _cancel_like(session, row.resident_id, f"medication-caution:{row.id}:", now)


def _stop_all(
    session: Session, resident: int, *, phone: str, proof: str, rules: Rules, house: Installation, now: dt.datetime
) -> list[str]:
    person = session.get_one(Resident, resident, with_for_update={"key_share": True})
    rows = session.scalars(
        select(Medication)
        .where(Medication.resident_id == resident, Medication.stopped_at.is_(None))
        .order_by(Medication.id)
        .with_for_update()
    ).all()
    for row in rows:
        cancelled = end(session, row, now=now)
        audit.note(
            session, f"resident:{resident}", "medication.stop", f"medication:{row.id}", now=now, by="sms",
            proof=proof[:200], cancelled=cancelled,
        )  # fmt: skip
    session.flush()
    people = reached(session, residents=[resident], language=house.language).get(resident, ())
    others = [to for to in people if to.phone != phone]
    when = times(session, rules=rules, installation=house, now=now)
    occasion = f"medication-stopped:{resident}:{now.astimezone(dt.UTC):%Y%m%dT%H%M%S}"
    tell_about(session, person, others, occasion=occasion, what="stopped_elsewhere", when=when, installation=house)
    return [row.name for row in rows]


def _running(session: Session, residents: Sequence[int]) -> set[int]:
    """Who of these has something that is not stopped; an empty box and a course that is over count as well."""
    query = select(Medication.resident_id).where(
        among(session, Medication.resident_id, residents), Medication.stopped_at.is_(None)
    )
    return set(session.scalars(query)) if residents else set()


def _waiting(session: Session, resident: int, medication: int) -> list[tuple[int, Question]]:
    """Reminders of this medicine in the outbox, with what they ask."""
    mine = select(MedicationIntake.id).where(MedicationIntake.medication_id == medication)
    rows = session.execute(
        select(Message.id, Question)
        .join(Question, Question.occasion == Message.occasion)
        .where(Message.resident_id == resident, Message.state == "queued", Message.broadcast_id.is_(None))
        .where(Question.kind == KIND)
        .order_by(Message.id)
        .with_for_update(of=Message)
    ).all()
    numbers = set(session.scalars(mine.order_by(MedicationIntake.id.desc()).limit(20))) if rows else set()
    return [(message, question) for message, question in rows if numbers & set(question.subject["intakes"])]


def _remind_anew(session: Session, intakes: set[int]) -> None:
    """Take back what no phone was told, and let it fall due again; what one phone has is left as it is."""
    rows = session.execute(
        select(MedicationIntake, Medication)
        .join(Medication, Medication.id == MedicationIntake.medication_id)
        .where(among(session, MedicationIntake.id, intakes), MedicationIntake.taken_at.is_(None))
    ).all()
    told = _told(session, {medication.resident_id for _, medication in rows}, intakes)
    gone = [intake.id for intake, _ in rows if intake.id not in told]
    for intake, medication in rows:
        if intake.id in gone and medication.stopped_at is None:
            medication.next_at = intake.planned_at
    session.execute(delete(MedicationIntake).where(among(session, MedicationIntake.id, gone)))


def _told(session: Session, residents: set[int], intakes: set[int]) -> set[int]:
    """Which of these some phone has been told, or is being told now."""
    if not residents:
        return set()
    sent = select(Question.subject).join(Message, Message.occasion == Question.occasion)
    rows = session.scalars(
        sent.where(among(session, Message.resident_id, residents), Message.broadcast_id.is_(None))
        .where(Question.kind == KIND, Message.state.in_(("sending", "sent", "delivered", "unknown")))
        .order_by(Message.id.desc())
        .limit(100)
    )
    return intakes & {number for subject in rows for number in subject["intakes"]}


def _cancel_like(session: Session, resident: int, start: str, now: dt.datetime) -> int:
    mine = [Message.resident_id == resident, Message.occasion.startswith(start, autoescape=True)]
    return _cancelled(session, [*mine, Message.broadcast_id.is_(None)], now)


def _cancelled(session: Session, which: Sequence[Any], now: dt.datetime) -> int:
    waiting = update(Message).where(*which, Message.state == "queued")
    values = {"state": "cancelled", "error": STOPPED, "settled_at": now}
    done = session.execute(waiting.values(values), execution_options={"synchronize_session": False})
    return rows_changed(done)
