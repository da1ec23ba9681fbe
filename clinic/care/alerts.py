"""Emergencies that a reading or a text has shown: the doctor and the centre's duty phone are told at once.

An alert stays open until somebody says that they have seen to it, by SMS (1, or 确认12) or at the desk. Until then it
is told again. Of texts that say the very same while an alert is open only the first is one; each other text may be
worse, so it is told too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from clinic import audit, centres, messages, phones, residents
from clinic.batches import among
from clinic.care.reading.values import Reading
from clinic.care.wording import figures, kept, signs, thawed
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import questions
from clinic.notices.people import covered
from clinic.phones import masked_phone
from clinic.rows import in_turn, reads
from clinic.rules import Rules
from clinic.tables import CareAlert, CarePlan, Centre, Message, RelatedPerson, Resident, Staff, Subscriber
from conf import texts
from conf.texts.words import Language

KIND = "alert"
"""Of the question that a phone which was told answers (`clinic.notices.questions`)."""
SAME_WITHIN = dt.timedelta(minutes=10)
LIFETIME = dt.timedelta(hours=2)  # of the SMS to staff
OPEN_FOR = dt.timedelta(days=1)  # for so long it is told again, and may be answered
MOST_OF_A_STRANGER = 6  # alerts in an hour by a phone that nobody knows: more are listed, and told to nobody
MOST = 500


@dataclass(frozen=True, slots=True)
class Emergency:
    """What was seen. `unclear`: what may have been meant; `danger`: codes of signs; `text`: the very words."""

    readings: tuple[Reading, ...] = ()
    unclear: tuple[str, ...] = ()
    danger: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert, and the phones that it was told to: the doctors', and that of who is on duty, "" for none."""

    alert: int
    doctors: tuple[str, ...]
    duty: str


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert as a list shows it, the newest first; `told` is how often, `name` is "" where nobody knows whose."""

    alert: int
    resident: int | None
    name: str
    age: int | None
    phone: str
    readings: tuple[Reading, ...]
    unclear: tuple[str, ...]
    danger: tuple[str, ...]
    raised_at: dt.datetime
    told: int
    closed_at: dt.datetime | None
    closed_by: str


def raise_alert(
    session: Session,
    *,
    occasion: str,
    resident: int | None,
    phone: str,
    emergency: Emergency,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> Raised:
    """Note it and tell whom it concerns, once for this occasion, and not where an open one says the very same.

    `resident` None: nobody knows whose it is. Repeated with one, their doctor is told too.
    """
    in_turn(session, f"care_alert:{phone}")
    said = _said(emergency)
    row = session.scalars(select(CareAlert).where(CareAlert.occasion == occasion)).one_or_none()
    row = row or _open_with(session, phone, resident, said, now)
    if row is None:
        strange = resident is None and _of_a_stranger(session, phone, now) >= MOST_OF_A_STRANGER
        what = {**said, "text": emergency.text[:200], "told": 0 if strange else 1}
        row = CareAlert(
            occasion=occasion, resident_id=resident, phone=phone, what=what, raised_at=now, closed_at=None, closed_by=""
        )
        session.add(row)
        session.flush()
        audit.note(session, "system", "care_alert.raise", f"care_alert:{row.id}", now=now, resident=resident)
    if not row.what["told"]:
        return Raised(row.id, (), "")
    row.resident_id = row.resident_id or resident
    doctors, duty = _concerned(session, row, rules, installation)
    if row.closed_at is None:
        _tell(session, row, [*doctors, duty], 0, installation, now)
    return Raised(row.id, doctors, duty)


def escalate(
    session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = MOST
) -> Found:
    """Tell those alerts again that nobody has seen to for so long; a batch, the oldest first."""
    every, times = dt.timedelta(minutes=rules.care.escalate_minutes), rules.care.escalate_times
    waiting = (
        select(CareAlert)
        .where(CareAlert.raised_at > now - OPEN_FOR, CareAlert.raised_at <= now - every, CareAlert.closed_at.is_(None))
        .order_by(CareAlert.raised_at, CareAlert.id)
        .with_for_update(skip_locked=True)
    )
    told = 0
    for row in session.scalars(waiting).all():
        turn = min(int((now - row.raised_at) / every), times)
        if not 0 < row.what.get("told", 0) <= turn:
            continue
        if told == most:
            return Found(told, True)
        row.what = {**row.what, "told": turn + 1}
        doctors, duty = _concerned(session, row, rules, installation)
        last = _number(rules.care.duty, installation.region)
        _tell(session, row, [*doctors, duty, last], turn, installation, now)
        told += 1
    return Found(told, False)


def close(session: Session, *, alert: int, by: str, now: dt.datetime) -> bool:
    """Somebody has seen to it; False where there is no such open alert. `by`: who says so, as a person reads it."""
    row = session.get(CareAlert, alert, with_for_update=True)
    if row is None or row.closed_at is not None:
        return False
    row.closed_at, row.closed_by = now, by[:60]
    waiting = Message.occasion.startswith(f"care_alert:{alert}:", autoescape=True), Message.state == "queued"
    called_off = {"state": "cancelled", "error": "seen to", "settled_at": now}
    session.execute(
        update(Message).where(*waiting, Message.broadcast_id.is_(None)).values(called_off),
        execution_options={"synchronize_session": False},
    )
    audit.note(session, "staff", "care_alert.close", f"care_alert:{alert}", now=now, by=by)
    return True


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of an answer: the alert, who has closed it (`by_us`: this answer), and how many wait for this phone."""

    alert: int
    name: str
    by_us: bool
    closed_by: str
    left: int


def seen(
    session: Session, *, question: int, alert: int, phone: str, words: str, inbox: int, now: dt.datetime
) -> Seen | None:
    """A phone that was told says that it has seen to it; None where it has answered otherwise before."""
    if not questions.answered(session, question=question, answer=words, inbox=inbox, now=now):
        return None
    row = session.get_one(CareAlert, alert)
    who = session.scalars(select(Staff).where(Staff.phone == phone, Staff.active).order_by(Staff.id)).first()
    by = who.name if who else masked_phone(phone)
    closed = close(session, alert=alert, by=by, now=now)
    waiting = questions.open_to(session, phone=phone, inbox=0, now=now)
    still = {each.subject["alert"] for each in waiting if each.kind == KIND}
    left = select(func.count(CareAlert.id)).where(CareAlert.id.in_(still), CareAlert.closed_at.is_(None))
    return Seen(alert, _name(session, row), closed or row.closed_by == by, row.closed_by, session.scalar(left) or 0)


@reads
def listed(session: Session, *, opened: bool = True, shown: bool = False, most: int = MOST) -> list[AlertLine]:
    """At most `most` alerts, the newest first; names and phones masked unless `shown`."""
    only: list[ColumnElement[bool]] = [CareAlert.closed_at.is_(None)] if opened else []
    rows = session.execute(
        select(CareAlert, Resident)
        .outerjoin(Resident, Resident.id == CareAlert.resident_id)
        .where(*only)
        .order_by(CareAlert.raised_at.desc(), CareAlert.id.desc())
        .limit(most)
    )
    return [_line(row, resident, shown) for row, resident in rows]


def emergency_of(what: Mapping[str, Any]) -> Emergency:
    """What was seen, as an alert keeps it."""
    readings = tuple(thawed(each) for each in what["readings"])
    return Emergency(readings, tuple(what["unclear"]), tuple(what["danger"]), what.get("text", ""))


def _said(emergency: Emergency) -> dict[str, Any]:
    readings = [kept(reading) for reading in emergency.readings]
    said = {"readings": readings, "unclear": list(emergency.unclear), "danger": list(emergency.danger)}
    return said if any(said.values()) else {**said, "unclear": [emergency.text[:40]]}


def _open_with(
    session: Session, phone: str, resident: int | None, said: Mapping[str, Any], now: dt.datetime
) -> CareAlert | None:
    recent = select(CareAlert).where(CareAlert.raised_at > now - SAME_WITHIN, CareAlert.phone == phone)
    return next(
        (
            row
            for row in session.scalars(recent.where(CareAlert.closed_at.is_(None)))
            if row.resident_id == resident and all(row.what.get(name) == value for name, value in said.items())
        ),
        None,
    )


def _of_a_stranger(session: Session, phone: str, now: dt.datetime) -> int:
    since = CareAlert.raised_at > now - dt.timedelta(hours=1)
    count = select(func.count(CareAlert.id)).where(since, CareAlert.phone == phone, CareAlert.resident_id.is_(None))
    return session.scalar(count) or 0


def _concerned(
    session: Session, row: CareAlert, rules: Rules, installation: Installation
) -> tuple[tuple[str, ...], str]:
    """Whom it concerns: the doctors' phones, and that of who is on duty, "" where there is none."""
    return tuple(_doctors(session, row)), _duty(session, row, _number(rules.care.duty, installation.region))


def _doctors(session: Session, row: CareAlert) -> Sequence[str]:
    """Of the resident; where nobody knows which one of a phone it is, of all of them."""
    whose = [row.resident_id] if row.resident_id else [resident for resident, _ in _behind(session, row.phone)]
    plans = (among(session, CarePlan.resident_id, whose), CarePlan.ended_on.is_(None), Staff.active)
    theirs = select(Staff.phone).join(CarePlan, CarePlan.staff_id == Staff.id).where(*plans)
    return session.scalars(theirs.order_by(CarePlan.id)).all() if whose else []


def _behind(session: Session, phone: str) -> Sequence[tuple[int, str]]:
    """The residents that a phone stands for on record: number and name."""
    rows = session.execute(
        select(RelatedPerson.resident_id, RelatedPerson.name)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.phone == phone, RelatedPerson.is_told)
        .order_by(RelatedPerson.id)
    )
    return [(resident, name) for resident, name in rows]


def _duty(session: Session, row: CareAlert, last: str) -> str:
    """That of the resident's centre, else of the nearest; of a phone that nobody knows the last resort's first."""
    resident = session.get(Resident, row.resident_id) if row.resident_id else None
    own = session.get(Centre, resident.centre_id) if resident and resident.centre_id else None
    if own is not None and own.duty_phone:
        return own.duty_phone
    known, near = centres.by_nearness(session, row.phone)
    if last and not known:
        return last
    return next((centre.duty_phone for centre in near if centre.duty_phone), last)


def _number(written: str, region: str) -> str:
    """As we keep phones; one that cannot be read stays as it is: nobody goes without help for a setting."""
    try:
        return phones.canonical(written, region) if written else ""
    except phones.BadPhone:
        return written


def _tell(
    session: Session, row: CareAlert, told: Iterable[str], turn: int, installation: Installation, now: dt.datetime
) -> None:
    text = _text(session, row, turn, installation)
    for phone in dict.fromkeys(filter(None, told)):
        messages.tell_text(
            session,
            occasion=f"care_alert:{row.id}:{turn}:{phone}",
            phone=phone,
            text=text,
            now=now,
            message_class="code",  # goes first, at any hour
            region=installation.region,
            expires_at=now + LIFETIME,
            resident_id=row.resident_id,
            kind="alert.told_sms",
        )
        questions.ask(
            session,
            occasion=f"care_alert:{row.id}",
            phone=phone,
            kind=KIND,
            subject={"alert": row.id},
            asked_at=now,
            expires_at=row.raised_at + OPEN_FOR,
        )


def _text(session: Session, row: CareAlert, turn: int, installation: Installation) -> str:
    language, seen_there = installation.language, emergency_of(row.what)
    raised = row.raised_at.astimezone(installation.timezone)
    resident = session.get(Resident, row.resident_id) if row.resident_id else None
    names = ("、" if language == "zh" else ", ").join(name for _, name in _behind(session, row.phone))
    return texts.say(
        language,
        "alert.told_sms" if turn == 0 else "alert.again_sms",
        number=row.id,
        name=resident.name if resident else texts.say(language, "alert.several_sms", names=names) if names else "none",
        age=residents.age(resident.birth, raised.date()) if resident else 0,
        what=("，" if language == "zh" else ", ").join(_parts(language, seen_there)),
        caller=row.phone or texts.say(language, "alert.no_number_sms"),
        at=raised.time().replace(second=0, microsecond=0),
    )


def _parts(language: Language, emergency: Emergency) -> Iterator[str]:
    if emergency.readings:
        yield figures(language, emergency.readings)
    for guess in emergency.unclear:
        yield texts.say(language, "alert.maybe_sms", guess=guess)
    if emergency.danger:
        yield signs(language, emergency.danger)


def _name(session: Session, row: CareAlert) -> str:
    resident = session.get(Resident, row.resident_id) if row.resident_id else None
    return covered(resident.name) if resident else ""


def _line(row: CareAlert, resident: Resident | None, shown: bool) -> AlertLine:
    emergency = emergency_of(row.what)
    name = "" if resident is None else resident.name
    return AlertLine(
        alert=row.id,
        resident=row.resident_id,
        name=name if shown else covered(name) if name else "",
        age=residents.age(resident.birth, row.raised_at.date()) if resident else None,
        phone=row.phone if shown else masked_phone(row.phone),
        readings=emergency.readings,
        unclear=emergency.unclear,
        danger=emergency.danger,
        raised_at=row.raised_at,
        told=row.what.get("told", 0),
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )
