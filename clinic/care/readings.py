"""Readings that come by SMS, USSD, voice and meters: whose they are, kept once, judged, told on.

A text is answered at once, with what was understood, so that a mistake is seen. What shows an emergency, or may be one,
raises an alert in the same transaction, whosever it is: also where nobody knows whose. A reading never moves the date
of a visit (`clinic.care.followup`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.care import alerts, family
from clinic.care.alerts import Emergency
from clinic.care.means import Mean, mean
from clinic.care.means import reading as as_reading
from clinic.care.norms import Judgement, classify
from clinic.care.reading.values import Glucose, Pressure, Reading, Unclear, Understood
from clinic.care.reading_text import read
from clinic.care.whose import Person, candidates, meant, named, people
from clinic.errors import NotPossible
from clinic.installation import Installation
from clinic.notices import questions
from clinic.notices.questions import Asked
from clinic.rows import get_or_add, reads
from clinic.rules import Rules
from clinic.tables import Inbound, Question, ReadingSource
from clinic.tables import Reading as ReadingRow
from conf.norms import norms

KIND = "whose"
"""Of the question whose reading it is."""
ANSWER_WITHIN = dt.timedelta(days=1)
MEAN_OF = 7
MEAN_FROM = 3
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Told:
    """A reading, what it means, and the mean of the last ones, this one among them."""

    reading: Reading
    judgement: Judgement
    mean: Mean | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of a text. `name`: whose file it is in, "" in nobody's; `asks`: among whom the phone must choose.

    `known`: the phone stands for somebody on record. `alarm`: an emergency, or what may be one.
    """

    told: tuple[Told, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    danger: tuple[str, ...] = ()
    alarm: bool = False
    doctor_told: bool = False
    duty_told: bool = False
    name: str = ""
    known: bool = True
    asks: tuple[str, ...] = ()
    several: bool = False
    """The text names several people: each must send their own."""
    more: Noted | None = field(default=None, repr=False)
    """Another text of this phone of which it must still be said whose it is."""


@dataclass(frozen=True, slots=True)
class Source:
    """How something came: `occasion` makes that it is kept once; `call` is the phone to call back, "" the same."""

    occasion: str
    kind: ReadingSource
    phone: str
    measured_at: dt.datetime
    received_at: dt.datetime
    call: str = ""


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """A reading as a list shows it."""

    reading: Reading
    level: str
    measured_at: dt.datetime
    received_at: dt.datetime
    source: ReadingSource
    notes: tuple[str, ...]


def take(
    session: Session, *, phone: str, text: str, inbox: int, rules: Rules, installation: Installation, now: dt.datetime
) -> Noted | None:
    """A text from a phone: None where it holds no reading and no sign of danger. Repeated it does nothing more."""
    at = session.scalar(select(Inbound.received_at).where(Inbound.id == inbox)) or now
    day = at.astimezone(installation.timezone).date()
    understood = read(text, norms(day))
    if understood is None:
        return None
    came = Source(f"sms:{inbox}", "sms", phone, at, now)
    found = people(session, phone=phone, day=day)
    person = meant(found, understood.rest)
    if person is not None:
        return keep(
            session, person=person, understood=understood, text=text, came=came, rules=rules, installation=installation
        )
    noted = _unkept(session, understood, text, found, came, rules, installation)
    if not found or not understood.readings:
        return noted
    if len(named(found, understood.rest)) > 1:
        return replace(noted, several=True)
    return replace(noted, asks=_ask(session, text, candidates(found), came))


def keep(
    session: Session,
    *,
    person: Person,
    understood: Understood,
    came: Source,
    rules: Rules,
    installation: Installation,
    text: str = "",
) -> Noted:
    """Into the file of this person, once for its occasion; alert and copies with it."""
    day = came.measured_at.astimezone(installation.timezone).date()
    judged = [(reading, classify(reading, person.conditions, person.age, day)) for reading in understood.readings]
    for place, (reading, judgement) in enumerate(judged):
        _add(session, person.resident, reading, judgement, came, place)
    session.flush()
    told = tuple(
        Told(reading, judgement, _mean(session, person.resident, reading, came)) for reading, judgement in judged
    )
    noted = Noted(told, understood.unclear, understood.danger, alarm=_alarming(told, understood), name=person.label)
    noted = _alarm(session, noted, text, person.resident, came, rules, installation)
    family.copy_reading(
        session,
        resident=person.resident,
        readings=[(reading, judgement.level) for reading, judgement in judged],
        danger=understood.danger,
        occasion=came.occasion,
        measured_at=came.measured_at,
        rules=rules,
        installation=installation,
        now=came.received_at,
    )
    return noted


def record(
    session: Session,
    *,
    phone: str,
    resident: int,
    reading: Reading,
    occasion: str,
    source: ReadingSource,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> Noted:
    """A reading that was given in a dialog, for somebody that this phone stands for. Raises NotPossible."""
    found = people(session, phone=phone, day=now.astimezone(installation.timezone).date())
    person = next((each for each in found if each.resident == resident), None)
    if person is None:
        raise NotPossible
    came = Source(f"dialog:{occasion}", source, phone, now, now)
    return keep(
        session,
        person=person,
        understood=Understood((reading,)),
        came=came,
        rules=rules,
        installation=installation,
    )


def record_unknown(
    session: Session,
    *,
    phone: str,
    reading: Reading,
    occasion: str,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> Noted:
    """A reading that was given in a dialog by a phone that stands for nobody: advice, and an alert where it is one."""
    came = Source(f"dialog:{occasion}", "ussd", phone, now, now)
    return _unkept(session, Understood((reading,)), "", [], came, rules, installation)


def choose(
    session: Session,
    *,
    asked: Asked,
    phone: str,
    answer: str,
    inbox: int,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> Noted | None:
    """The phone says whose reading it was, by number or name; None where the text is no answer to that."""
    at = dt.datetime.fromisoformat(asked.subject["at"])
    day = at.astimezone(installation.timezone).date()
    found = {each.resident: each for each in people(session, phone=phone, day=day)}
    offered = [found[number] for number in asked.subject["people"] if number in found]
    person, none = _chosen(offered, answer)
    if person is None and not none:
        return None
    if not questions.answered(session, question=asked.id, answer=answer, inbox=inbox, now=now):
        return None
    understood = read(asked.subject["text"], norms(day))
    if understood is None:
        return None
    came = Source(asked.subject["occasion"], "sms", phone, at, now)
    if person is None:
        noted = _judged(understood, day)
    else:
        given: dict[str, Any] = {"text": asked.subject["text"], "rules": rules, "installation": installation}
        noted = keep(session, person=person, understood=understood, came=came, **given)
    return replace(noted, more=_waiting(session, phone, asked.id, now, installation))


@reads
def last(
    session: Session, *, phone: str, resident: int, installation: Installation, now: dt.datetime
) -> list[ReadingLine]:
    """The last readings of somebody that this phone stands for, the newest first. Raises NotPossible."""
    found = people(session, phone=phone, day=now.astimezone(installation.timezone).date())
    if resident not in {each.resident for each in found}:
        raise NotPossible
    return of(session, resident=resident)


@reads
def of(
    session: Session, *, resident: int, since: dt.datetime | None = None, most: int = MOST_SHOWN
) -> list[ReadingLine]:
    """A resident's readings, the newest first."""
    rows = session.scalars(
        select(ReadingRow)
        .where(ReadingRow.resident_id == resident, *([] if since is None else [ReadingRow.measured_at >= since]))
        .order_by(ReadingRow.measured_at.desc(), ReadingRow.id.desc())
        .limit(most)
    )
    return [
        ReadingLine(as_reading(row), row.level, row.measured_at, row.received_at, row.source, tuple(row.notes))
        for row in rows
    ]


def _add(session: Session, resident: int, reading: Reading, judgement: Judgement, came: Source, place: int) -> None:
    pressure = reading if isinstance(reading, Pressure) else None
    glucose = reading if isinstance(reading, Glucose) else None
    get_or_add(
        session,
        ReadingRow,
        ["occasion"],
        occasion=f"{came.occasion}:{place}",
        resident_id=resident,
        kind=reading.kind,
        systolic=pressure and pressure.systolic,
        diastolic=pressure and pressure.diastolic,
        pulse=pressure and pressure.pulse,
        glucose=glucose and glucose.tenths,
        fasting=glucose.meal if glucose else "",
        measured_at=came.measured_at,
        received_at=came.received_at,
        source=came.kind,
        phone=came.phone,
        level=judgement.level,
        notes=list(reading.notes),
    )


def _mean(session: Session, resident: int, reading: Reading, came: Source) -> Mean | None:
    """Of the last ones up to this; glucose before and after meals is not mixed."""
    meal = [ReadingRow.fasting == reading.meal] if isinstance(reading, Glucose) else []
    rows = session.scalars(
        select(ReadingRow)
        .where(ReadingRow.resident_id == resident, ReadingRow.kind == reading.kind, *meal)
        .where(ReadingRow.measured_at <= came.measured_at)
        .order_by(ReadingRow.measured_at.desc(), ReadingRow.id.desc())
        .limit(MEAN_OF)
    ).all()
    return mean(rows, reading.kind) if len(rows) >= MEAN_FROM else None


def _judged(understood: Understood, day: dt.date) -> Noted:
    """By what holds for everybody who is not known to be ill."""
    told = tuple(Told(reading, classify(reading, frozenset(), 0, day)) for reading in understood.readings)
    return Noted(told, understood.unclear, understood.danger, alarm=_alarming(told, understood))


def _unkept(
    session: Session,
    understood: Understood,
    text: str,
    found: Sequence[Person],
    came: Source,
    rules: Rules,
    installation: Installation,
) -> Noted:
    """In nobody's file: advice, and an alert where it is one."""
    noted = replace(_judged(understood, came.measured_at.astimezone(installation.timezone).date()), known=bool(found))
    return _alarm(session, noted, text, None, came, rules, installation)


def _alarming(told: Sequence[Told], understood: Understood) -> bool:
    urgent = any(each.judgement.level == "emergency" for each in told)
    return urgent or bool(understood.danger) or understood.maybe_emergency


def _alarm(
    session: Session,
    noted: Noted,
    text: str,
    resident: int | None,
    came: Source,
    rules: Rules,
    installation: Installation,
) -> Noted:
    """Tell whom it concerns; what was noted says to whom that could be told."""
    if not noted.alarm:
        return noted
    raised = alerts.raise_alert(
        session,
        occasion=came.occasion,
        resident=resident,
        phone=came.call or came.phone,
        emergency=Emergency(
            tuple(each.reading for each in noted.told),
            tuple(each.understood for each in noted.unclear),
            noted.danger,
            text,
        ),
        rules=rules,
        installation=installation,
        now=came.received_at,
    )
    return replace(noted, doctor_told=bool(raised.doctors), duty_told=bool(raised.duty))


def _ask(session: Session, text: str, among: Sequence[Person], came: Source) -> tuple[str, ...]:
    """Ask the phone whose it is; how each is named, in the order of the answers."""
    questions.ask(
        session,
        occasion=f"whose:{came.occasion}",
        phone=came.phone,
        kind=KIND,
        subject={
            "text": text,
            "at": came.measured_at.isoformat(),
            "occasion": came.occasion,
            "people": [each.resident for each in among],
        },
        asked_at=came.received_at,
        expires_at=came.received_at + ANSWER_WITHIN,
    )
    return tuple(each.label for each in among)


def _chosen(offered: Sequence[Person], answer: str) -> tuple[Person | None, bool]:
    """Who is meant by `2` or by a name; the number after the last stands for nobody of them."""
    if answer.isdecimal() and len(answer) < 3:
        number = int(answer)
        if number == len(offered) + 1:
            return None, True
        return (offered[number - 1], False) if 0 < number <= len(offered) else (None, False)
    said = [each for each in offered if answer and answer.casefold() in (each.name.casefold(), each.label.casefold())]
    return (said[0], False) if len(said) == 1 else (None, False)


def _waiting(session: Session, phone: str, but: int, now: dt.datetime, installation: Installation) -> Noted | None:
    """The last text before of which it must still be said whose it is."""
    row = session.scalars(
        select(Question)
        .where(Question.phone == phone, Question.kind == KIND, Question.id != but, Question.answered_at.is_(None))
        .where(Question.expires_at > now)
        .order_by(Question.asked_at.desc(), Question.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    subject = row.subject
    day = dt.datetime.fromisoformat(subject["at"]).astimezone(installation.timezone).date()
    understood = read(subject["text"], norms(day))
    found = {each.resident: each for each in people(session, phone=phone, day=day)}
    labels = tuple(found[number].label for number in subject["people"] if number in found)
    return None if understood is None else replace(_judged(understood, day), asks=labels)
