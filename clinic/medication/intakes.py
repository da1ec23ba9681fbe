"""Whether a medicine was taken, as somebody answers: the box is counted down, and who must fetch more is told.

A reminder that went to several phones counts once. Which of several people is meant, a figure says: each person on a
phone has figures of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.installation import Installation
from clinic.medication.stopping import KIND
from clinic.medication.wording import listed, tell_about, with_left
from clinic.notices import Asked, questions, reached, times
from clinic.rows import reads
from clinic.rules import Rules
from clinic.tables import Medication, MedicationIntake, Resident
from conf.texts.words import Language

Said = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Noted:
    """What was noted. `name` as the phone may name the resident, "none" for its own person; `medicines` in words, with
    what is left in their boxes."""

    name: str
    at: dt.time
    taken: bool
    medicines: str


@dataclass(frozen=True, slots=True)
class Which:
    """Several people's reminders are open: of each the name and the figures that answer it."""

    answers: tuple[tuple[str, str, str], ...]


@reads
def waiting(session: Session, *, phone: str, now: dt.datetime) -> list[Asked]:
    """Reminders that this phone can answer, of each person the last one, the last asked first."""
    found: dict[int, Asked] = {}
    for asked in questions.open_to(session, phone=phone, inbox=0, now=now):
        if asked.kind == KIND:
            found.setdefault(asked.subject["resident"], asked)
    return list(found.values())


def answer(
    session: Session,
    *,
    asked: Asked,
    phone: str,
    figure: str,
    said: Said | None,
    words: str,
    inbox: int | None,
    language: Language,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> Noted | Which | None:
    """`figure` or `said` answers this reminder; None where it is no answer to it, or comes too late."""
    subject = asked.subject
    if figure:
        said = "yes" if figure == subject["yes"] else "no" if figure == subject["no"] else None
    else:
        others = _open(session, phone, inbox, now)
        if len({each.subject["resident"] for each in others}) > 1:
            return Which(tuple(_answers_of(others)))
    if said is None or not questions.answered(session, question=asked.id, answer=words, inbox=inbox, now=now):
        return None
    person = session.get_one(Resident, subject["resident"], with_for_update={"key_share": True})
    rows = _locked(session, subject["intakes"])
    if said == "yes":
        for intake, row in rows:
            _take(session, intake, row, person, rules, installation, now)
    session.flush()
    medicines = [with_left(row, language) if said == "yes" else row.name for _, row in rows]
    return Noted(subject["name"], dt.time.fromisoformat(subject["at"]), said == "yes", listed(language, medicines))


def _open(session: Session, phone: str, inbox: int | None, now: dt.datetime) -> list[Asked]:
    open_now = questions.open_to(session, phone=phone, inbox=inbox or 0, now=now)
    return [each for each in open_now if each.kind == KIND]


def _answers_of(open_now: Sequence[Asked]) -> list[tuple[str, str, str]]:
    each = {one.subject["resident"]: one.subject for one in reversed(open_now)}
    found = [(subject["name"], subject["yes"], subject["no"]) for subject in each.values()]
    return sorted(found, key=lambda answers: int(answers[1]))


def _locked(session: Session, intakes: Sequence[int]) -> list[tuple[MedicationIntake, Medication]]:
    rows = session.execute(
        select(MedicationIntake, Medication)
        .join(Medication, Medication.id == MedicationIntake.medication_id)
        .where(among(session, MedicationIntake.id, intakes))
        .order_by(Medication.id)
        .with_for_update(),
        execution_options={"populate_existing": True},
    )
    return [(intake, row) for intake, row in rows]


def _take(
    session: Session,
    intake: MedicationIntake,
    row: Medication,
    person: Resident,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> None:
    """Once, whichever phone says so first."""
    if intake.taken_at is not None:
        return
    intake.taken_at = now
    if not row.left:
        return
    row.left -= 1
    if row.stopped_at is None and (row.left <= row.refill_at or row.left == 0):
        _tell_of_box(session, row, person, rules, installation, now)
    if row.left == 0:
        row.next_at = None


def _tell_of_box(
    session: Session, row: Medication, person: Resident, rules: Rules, installation: Installation, now: dt.datetime
) -> None:
    """Once for a box: what is left and what was taken of it make the same sum until somebody fills it up."""
    session.flush()
    taken = select(func.count()).where(MedicationIntake.medication_id == row.id, MedicationIntake.taken_at.is_not(None))
    box = (row.left or 0) + (session.scalar(taken) or 0)
    people = reached(session, residents=[person.id], language=installation.language).get(person.id, [])
    when = times(session, rules=rules, installation=installation, now=now)
    given: dict[str, Any] = {"when": when, "installation": installation}
    if row.left == 0:
        occasion = f"medication-empty:{row.id}:{box}"
        tell_about(session, person, people, occasion=occasion, what="empty", medicine=row.name, **given)
    else:
        occasion, left = f"medication-refill:{row.id}:{box}", row.left or 0
        tell_about(session, person, people, occasion=occasion, what="refill", medicine=row.name, left=left, **given)
