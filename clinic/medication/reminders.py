"""Reminders to take medicines: a scan over those whose time has come; one text to each phone for all of a person's.

A reminder that would come an hour late, or later, is not sent: the next one is, for a medicine must not be taken twice.
For the same reason one that fails as an SMS is not told by a call afterwards. Days off are days like any other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, null, select, update
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.medication.prescriptions import plan_of
from clinic.medication.stopping import KIND
from clinic.medication.times import APART
from clinic.medication.wording import What, called, reminder, tell_caution
from clinic.messages import under
from clinic.notices import Reached, Times, ask, notify, reached, times
from clinic.rows import gives_way
from clinic.rules import Rules
from clinic.tables import Medication, MedicationIntake, Message, RelatedPerson, Resident, Subscriber

LATE = APART
"""How late a reminder may come at most."""
OPEN = dt.timedelta(hours=6)
"""How long a reminder can be answered at most; no longer than until the person's next one."""


@gives_way
def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = 500) -> Found:
    """Remind of up to `most` medicines whose time has come; how many reminders that made, and whether there is more."""
    claimed = session.scalars(_due(now, most)).all()
    if not claimed:
        return Found(0, more=False)
    when = times(session, rules=rules, installation=installation, now=now)
    batch = _loaded(session, set(claimed), when, installation)
    planned = [_planned(resident, rows, batch) for resident, rows in batch.rows.items()]
    reminders = [each for each in planned if each is not None]
    session.add_all(intake for each in reminders for intake in each.intakes)
    session.flush()
    told = sum(_remind(session, each, batch) for each in reminders)
    _keep_from_calls(session, batch.occasions)
    return Found(told, more=len(claimed) == most)


def _keep_from_calls(session: Session, occasions: Sequence[str]) -> None:
    """A call hours later, in place of an SMS that did not come, would have it taken too late, or twice."""
    if occasions:
        by_sms = update(Message).where(under(session, *occasions), Message.channel == "sms")
        session.execute(by_sms.values(speech=null()), execution_options={"synchronize_session": False})


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was loaded of all persons of a batch at once. `last`: of each medicine the reminder before, None at first;
    `numbers`: of each phone that several people share, whose medicines it is reminded of, in their order."""

    rows: Mapping[int, Sequence[Medication]]
    people: Mapping[int, Resident]
    phones: Mapping[int, Sequence[Reached]]
    last: Mapping[int, dt.datetime]
    numbers: Mapping[str, Sequence[int]]
    when: Times
    installation: Installation
    occasions: list[str]


def _due(now: dt.datetime, most: int) -> Select[int]:
    """Whose turn it is, in the order in which it came. Persons are claimed, so that one text tells of all they take."""
    return (
        select(Medication.resident_id)
        .join(Resident, Resident.id == Medication.resident_id)
        .where(Medication.next_at.is_not(None), Medication.next_at <= now)
        .order_by(Medication.next_at, Medication.id)
        .limit(most)
        .with_for_update(of=Resident, key_share=True, skip_locked=True)
    )


def _loaded(session: Session, residents: Collection[int], when: Times, installation: Installation) -> _Batch:
    """With all that these people are reminded of, as it is now that they are ours."""
    found = session.scalars(
        select(Medication)
        .where(among(session, Medication.resident_id, residents), Medication.next_at.is_not(None))
        .order_by(Medication.resident_id, Medication.id)
        .with_for_update()
    ).all()
    rows: dict[int, list[Medication]] = defaultdict(list)
    for row in found:
        rows[row.resident_id].append(row)
    people = session.scalars(select(Resident).where(among(session, Resident.id, residents)))
    phones = reached(session, residents=residents, language=installation.language)
    shared = {to.phone for each in phones.values() for to in each if to.is_shared}
    return _Batch(
        rows=rows,
        people={person.id: person for person in people},
        phones=phones,
        last=_last(session, [row.id for row in found]),
        numbers=_numbers(session, shared),
        when=when,
        installation=installation,
        occasions=[],
    )


def _last(session: Session, medications: Collection[int]) -> dict[int, dt.datetime]:
    query = (
        select(MedicationIntake.medication_id, func.max(MedicationIntake.planned_at))
        .where(among(session, MedicationIntake.medication_id, medications))
        .group_by(MedicationIntake.medication_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _numbers(session: Session, phones: Collection[str]) -> dict[str, list[int]]:
    takes = select(Medication.id).where(
        Medication.resident_id == RelatedPerson.resident_id, Medication.next_at.is_not(None)
    )
    query = (
        select(Subscriber.phone, RelatedPerson.resident_id)
        .join(RelatedPerson, RelatedPerson.subscriber_id == Subscriber.id)
        .where(among(session, Subscriber.phone, phones), RelatedPerson.is_told, takes.exists())
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for phone, resident in session.execute(query) if phones else ():
        found[phone].append(resident)
    return found


def _planned(resident: int, rows: Sequence[Medication], batch: _Batch) -> _Reminder | None:
    """Set when each of one person's is due next; what they are reminded of now, if it is not too late for that."""
    now, planned = batch.when.now, dict[int, dt.datetime]()
    for row in rows:
        if row.next_at is not None and row.next_at <= now:
            plan = plan_of(row, batch.installation)
            planned[row.id] = max(row.next_at, plan.latest(now) or row.next_at)
            row.next_at = plan.following(now)
    person = batch.people[resident]
    at = batch.when.due(person.centre_id).astimezone(dt.UTC)
    due = [row for row in rows if row.id in planned and at - planned[row.id] < LATE]
    due = [row for row in due if batch.last.get(row.id) is None or batch.last[row.id] < planned[row.id]]
    if not due or resident not in batch.phones:
        return None
    ends = min([row.next_at for row in rows if row.next_at is not None], default=at + OPEN)
    return _Reminder(
        person=person,
        rows=due,
        intakes=[MedicationIntake(medication_id=row.id, planned_at=planned[row.id], taken_at=None) for row in due],
        planned=max(planned[row.id] for row in due),
        at=at,
        expires_at=min(planned[row.id] for row in due) + LATE,
        open_until=min(ends, at + OPEN),
    )


def _remind(session: Session, told: _Reminder, batch: _Batch) -> int:
    """Write to each of one person's phones; how many."""
    phones = batch.phones[told.person.id]
    count = sum(_tell(session, told.person, to, told, batch) for to in phones)
    for row in told.rows:
        if row.id not in batch.last:
            tell_caution(
                session, row, told.person, phones, at=told.at, when=batch.when, installation=batch.installation
            )
    return count


@dataclass(frozen=True, slots=True)
class _Reminder:
    """What one person is reminded of: sent at `at`, not any more after `expires_at`, answered until `open_until`."""

    person: Resident
    rows: Sequence[Medication]
    intakes: Sequence[MedicationIntake]
    planned: dt.datetime
    at: dt.datetime
    expires_at: dt.datetime
    open_until: dt.datetime

    @property
    def numbers(self) -> list[int]:
        """Of the intakes, once they are written."""
        return [intake.id for intake in self.intakes]

    def what(self, batch: _Batch) -> What:
        if all(row.next_at is None for row in self.rows):
            return "last"
        return "first" if any(row.id not in batch.last for row in self.rows) else "due"


def _tell(session: Session, person: Resident, to: Reached, told: _Reminder, batch: _Batch) -> bool:
    time = told.planned.astimezone(batch.installation.timezone).time().replace(tzinfo=None)
    yes, no = _answers(person.id, batch.numbers.get(to.phone, ()))
    name = called(to, person)
    key, words = reminder(told.rows, language=to.language, what=told.what(batch), name=name, at=time, yes=yes, no=no)
    occasion = _occasion(person, told, batch.when.now)
    due = notify(
        session,
        occasion=occasion,
        to=to,
        resident_id=person.id,
        centre_id=person.centre_id,
        key=key,
        when=batch.when,
        installation=batch.installation,
        due_at=told.at,
        expires_at=told.expires_at,
        **words,
    )
    if due is None:
        return False
    batch.occasions.append(f"{occasion}:{to.phone}")
    subject = {
        "resident": person.id, "intakes": told.numbers, "name": name, "at": f"{time:%H:%M}", "yes": yes, "no": no,
    }  # fmt: skip
    ask(
        session, occasion=occasion, phone=to.phone, kind=KIND, subject=subject, asked_at=due, expires_at=told.open_until
    )
    return True


def _answers(resident: int, takers: Sequence[int]) -> tuple[str, str]:
    """1 and 2; on a phone with several people who take something 3 and 4 for the second, and always the same."""
    place = takers.index(resident) if resident in takers else len(takers)
    return str(2 * place + 1), str(2 * place + 2)


def _occasion(person: Resident, told: _Reminder, now: dt.datetime) -> str:
    """Another one for each reminder: that each comes once, its intakes see to, whose numbers may come again in SQLite
    where one was taken back."""
    what = f"{now.isoformat()} {told.numbers} {[(row.name, row.dose) for row in told.rows]}"
    return f"medication:{person.id}:{told.planned:%Y%m%dT%H%M}:{hashlib.sha256(what.encode()).hexdigest()[:12]}"
