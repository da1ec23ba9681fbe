"""Somebody calls for help: which duty phone to ring at once, and the caller's file by SMS to whoever answers it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, centres, messages, phones, residents
from clinic.installation import Installation
from clinic.rows import in_turn, reads
from clinic.tables import Alarm, Centre, ClinicSession, Department, RelatedPerson, Resident, Subscriber, Visit
from clinic.views import AlarmView
from conf import texts
from conf.texts.words import Language, Word

READ_OUT_AFTER = dt.timedelta(seconds=120)
"""Until a duty phone on a fixed line is called with the file: its line is for the caller first."""
UNKNOWN = "none"
"""What the texts choose by where a caller's number is not told."""


def raise_alarm(
    session: Session, *, phone: str, occasion: str, fallback: str, installation: Installation, now: dt.datetime
) -> AlarmView:
    """The duty phone to ring, "" where there is none; `phone` is "" for a caller whose number is not told.

    It is that of the caller's centre, or of the nearest to it that has one; for who is not known `fallback`, and where
    that is empty any centre's. Repeated with the same `occasion` it gives the same phone and tells nobody again.
    """
    in_turn(session, f"alarm:{occasion}")
    row = session.scalars(select(Alarm).where(Alarm.occasion == occasion)).one_or_none()
    if row is not None:
        return _view(session, row)
    centre, duty_phone = _duty(session, phone, _number(fallback, installation.region))
    row = Alarm(
        occasion=occasion,
        phone=phone,
        centre_id=centre.id if centre else None,
        duty_phone=duty_phone,
        raised_at=now,
    )
    session.add(row)
    session.flush()
    caller = session.scalars(select(Subscriber).where(Subscriber.phone == phone)).one_or_none()
    actor = f"subscriber:{caller.id}" if caller else "caller"
    audit.note(session, actor, "alarm.raise", f"alarm:{row.id}", now=now, centre=row.centre_id)
    if duty_phone:
        _tell_staff(session, row, caller, installation, now)
    return _view(session, row)


@reads
def duty_phones(session: Session, *, fallback: str, region: str) -> list[str]:
    """Every phone that may have to be rung, each once: the centres', and the one for who is not known."""
    theirs = session.scalars(select(Centre.duty_phone).order_by(Centre.code))
    return list(dict.fromkeys(filter(None, [*theirs, _number(fallback, region)])))


def _number(written: str, region: str) -> str:
    """As we keep phones; what cannot be read stays as it is: nobody who calls for help is refused for a setting."""
    try:
        return phones.canonical(written, region)
    except phones.BadPhone:
        return written


def _duty(session: Session, phone: str, fallback: str) -> tuple[Centre | None, str]:
    known, near = centres.by_nearness(session, phone)
    on_duty = next((centre for centre in near if centre.duty_phone), None)
    if on_duty is None or (fallback and not known):
        return None, fallback
    return on_duty, on_duty.duty_phone


def _tell_staff(
    session: Session, row: Alarm, caller: Subscriber | None, installation: Installation, now: dt.datetime
) -> None:
    language = installation.language
    file = [] if caller is None else list(_file(session, caller, language, now))
    words: dict[str, Word] = {
        "caller": row.phone or UNKNOWN,
        "at": now.time().replace(second=0, microsecond=0, tzinfo=None),
    }
    channel = residents.contact(session, phone=row.duty_phone, region=installation.region)
    messages.tell_text(
        session,
        occasion=f"alarm:{row.id}",
        phone=row.duty_phone,
        text="\n".join([texts.say(language, "alarm.file_sms" if file else "alarm.unknown_sms", **words), *file]),
        now=now,
        message_class="code",  # goes first
        channel=channel,
        due_at=now if channel == "sms" else now + READ_OUT_AFTER,
    )


def _file(session: Session, caller: Subscriber, language: Language, now: dt.datetime) -> Iterator[str]:
    """What is on record, a line each: the persons this phone stands for, the home centre, the visits of today."""
    people = session.execute(
        select(RelatedPerson.name, Resident)
        .join(Resident, Resident.id == RelatedPerson.resident_id)
        .where(RelatedPerson.subscriber_id == caller.id)
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    ).all()
    for name, resident in people:
        age = residents.age(resident.birth, now.date())
        yield texts.say(language, "alarm.person_sms", name=name, sex=resident.sex, age=age)
    home = next((resident.centre_id for _, resident in people if resident.centre_id), None)
    centre = session.get(Centre, home) if home else None
    if centre is not None:
        yield texts.say(language, "alarm.home_sms", centre=centre.name)
    today = (
        select(Visit)
        .options(joinedload(Visit.clinic_session).joinedload(ClinicSession.department).joinedload(Department.centre))
        .where(Visit.phone == caller.phone, Visit.day == now.date(), Visit.state.in_(("booked", "arrived")))
        .order_by(Visit.id)
    )
    for visit in session.scalars(today):
        offered = visit.clinic_session
        yield texts.say(
            language,
            "alarm.visit_sms",
            name=visit.name,
            centre=offered.department.centre.name,
            department=offered.department.name,
            half=offered.half,
            queue=visit.queue,
        )


def _view(session: Session, row: Alarm) -> AlarmView:
    centre = session.get(Centre, row.centre_id) if row.centre_id else None
    return AlarmView(row.id, row.duty_phone, centre.name if centre else None)
