"""That a visit is to come: on its eve, and some hours before it. A cancellation calls off what still waits of that."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import messages, speech
from clinic.messages import INSTEAD
from clinic.notices import Telling, ask
from clinic.tables import Message, Visit
from clinic.visit_telling.moments import AT_LEAST, Stage, Step, starts
from clinic.visit_telling.wording import tell
from conf.texts.words import Code

KIND = "visit"
"""The kind of question that such a notice asks: it may be answered with "cancel"."""
STAGES: tuple[Stage, ...] = ("eve", "morning")


def remind(telling: Telling, visit: Visit, step: Step, number: str) -> bool:
    """Tell that it is to come, unless it has become too late to come; whether it is told."""
    begins = starts(visit, telling.when)
    due = telling.when.due(visit.clinic_session.department.centre_id, step.at)
    if due > begins - AT_LEAST:
        return False
    key, of = "remind.eve_sms" if step.stage == "eve" else "remind.morning_sms", occasion(visit, step.stage)
    if tell(telling, visit, key, of, due_at=step.at, expires_at=begins, number=Code(number)) is None:
        return False
    may_cancel(telling, visit, of, due)
    return True


def may_cancel(telling: Telling, visit: Visit, of: str, asked_at: dt.datetime) -> None:
    """Let the phone that booked it answer the notice of this occasion with "cancel", until the visit begins."""
    ask(
        telling.session,
        occasion=of,
        phone=visit.phone,
        kind=KIND,
        subject={"visit": visit.id},
        asked_at=asked_at,
        expires_at=starts(visit, telling.when),
    )


def call_off(session: Session, visit: Visit, now: dt.datetime) -> None:
    """It will not be, or not then: what waits of its reminders, or says that it was moved to then, is not sent. To be
    called once its row is ours."""
    told = [f"{each}:{visit.phone}" for each in (*(occasion(visit, stage) for stage in STAGES), moved(visit))]
    messages.call_off(session, *told, *(f"{INSTEAD}{each}" for each in told), now=now)


def unsaid(session: Session, visit: Visit) -> tuple[dt.date, dt.time] | None:
    """The day and time at which its booker believes it to be, where they have not been told yet that it was moved."""
    if visit.moved_at is None:
        return None
    waits = select(Message.speech).where(messages.under(session, f"{moved(visit)}:{visit.phone}"))
    kept = session.scalar(waits.where(Message.state == "queued"))
    if kept is None:
        return None
    said = speech.thaw(kept).words
    was, wasat = said["was"], said["wasat"]
    return (was, wasat) if isinstance(was, dt.date) and isinstance(wasat, dt.time) else None


def moved(visit: Visit) -> str:
    """The occasion of telling that it was moved to where it is now."""
    return f"visit:{visit.id}:moved:{visit.clinic_session_id}"


def occasion(visit: Visit, stage: Stage) -> str:
    """A visit that has been moved is told of once more, so the new time is part of the occasion."""
    moved = f":{visit.clinic_session_id}" if visit.moved_at else ""
    return f"visit:{visit.id}:{stage}{moved}"
