"""Reminders that have not come, and must not any more: what they say is not so, or is not for that phone.

A reminder is an SMS and, where that did not come, a call in its place. What has not gone is cancelled, and told anew
where no other phone of the family has been told of the same; of what is on its way nobody is called instead.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from clinic import look_again
from clinic.batches import among
from clinic.children.wording import KEYS
from clinic.messages import INSTEAD, LATE
from clinic.rows import PLAIN
from clinic.tables import ChildFile, Message, Question, Subscriber, VaccineReminder

OVERTAKEN = "overtaken"
"""The error of a reminder that was cancelled because what it says is not so any more."""
GONE = ("sending", "sent", "delivered", "unknown")
"""States of what may have been read, or heard."""
NOT_COME = ("failed", "expired")


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as a reminder tells it: it can be given from `on`."""

    series: str
    number: int
    stage: int
    on: dt.date

    @property
    def key(self) -> tuple[str, int, int]:
        return self.series, self.number, self.stage


@dataclass(frozen=True, slots=True)
class Reminder:
    """What one phone is told at one time: `messages` are the SMS and the call in its place.

    `has_gone`: it may have been read. `waits`: it has not, and is still to come.
    """

    occasion: str
    phone: str
    messages: tuple[int, ...]
    doses: tuple[Dose, ...]
    has_gone: bool
    waits: bool
    open_until: dt.datetime | None


def waiting(session: Session, *, children: Collection[int], now: dt.datetime) -> list[int]:
    """Those of these children of whom something waits to be told, or may be told by a call yet."""
    found = select(Message.resident_id).where(among(session, Message.resident_id, children), _reminders(), _open(now))
    return [child for child in session.scalars(found.distinct()) if child is not None]


def withdraw(
    session: Session, *, child: int, now: dt.datetime, but_of: Collection[str] = (), answers: bool = False
) -> int:
    """Take back what waits to be told of this child, but to these phones; how many reminders.

    What has gone can be answered then only where `answers` is true.
    """
    known = of_child(session, child)
    theirs = [each for each in known if each.phone not in but_of]
    if not answers:
        _close(session, [each.occasion for each in theirs], now)
    return take_back(session, child=child, which=theirs, known=known, now=now)


def of_wrong_phone(session: Session, *, phone: str, error: str, now: dt.datetime) -> None:
    """Whoever has this phone is none of the family: what it was told last, the family has not been told."""
    told = select(Message.resident_id).where(Message.phone == phone, Message.resident_id.is_not(None), _reminders())
    for child in sorted({number for number in session.scalars(told) if number is not None}):
        known = of_child(session, child)
        theirs = [each for each in known if each.phone == phone]
        last = [each for each in theirs if each.has_gone and each.open_until and each.open_until > now]
        take_back(session, child=child, which=theirs, known=known, now=now, error=error, untold=last)


def of_child(session: Session, child: int) -> list[Reminder]:
    """All reminders of this child, their rows locked; first its file: what a scan is writing is waited for."""
    session.execute(select(ChildFile.id).where(ChildFile.resident_id == child).with_for_update())
    rows = session.execute(
        select(
            Message.id, Message.occasion, Message.phone, Message.state, Message.channel,
            Message.speech.is_not(None).label("can_be_called"),
        )
        .where(Message.resident_id == child, _reminders())
        .order_by(Message.id)
        .with_for_update()
    ).all()  # fmt: skip
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.occasion.removeprefix(INSTEAD)].append(row)
    asked = session.scalars(select(Question).where(among(session, Question.occasion, list(grouped)))) if rows else ()
    questions = {question.occasion: question for question in asked}
    return [_reminder(occasion, parts, questions.get(occasion)) for occasion, parts in grouped.items()]


def take_back(
    session: Session,
    *,
    child: int,
    which: Sequence[Reminder],
    known: Iterable[Reminder],
    now: dt.datetime,
    error: str = OVERTAKEN,
    untold: Sequence[Reminder] = (),
) -> int:
    """Cancel `which`, of all that are `known` of this child, as far as they have not gone; how many waited.

    Their doses are told anew by the next scan, and those of `untold`, which came to nobody of the family; but not
    where another phone is told of the same.
    """
    waited = [each for each in which if each.waits]
    for each in which:
        _cancel(session, each, now, error)
    taken = {each.occasion for each in (*waited, *untold)}
    wrong = _wrong_phones(session, {each.phone for each in known}) if taken else frozenset()
    stands = [each for each in known if each.occasion not in taken and (each.has_gone or each.waits)]
    told = {dose.key for each in stands if each.phone not in wrong for dose in each.doses}
    doses = {dose.key for each in (*waited, *untold) for dose in each.doses}
    _tell_again(session, child, doses - told, now.date())
    return len(waited)


def _reminders() -> ColumnElement[bool]:
    return and_(Message.kind.in_(KEYS), Message.broadcast_id.is_(None))


def _open(now: dt.datetime) -> ColumnElement[bool]:
    """It waits, or is an SMS that may not come, so that somebody is called instead (`clinic.voice.fall_back`)."""
    may_fail = Message.state.in_(("sending", "sent", "unknown", *NOT_COME)), Message.expires_at > now - LATE
    return or_(Message.state == "queued", and_(Message.channel == "sms", Message.speech.is_not(None), *may_fail))


def _reminder(occasion: str, parts: Sequence[Any], question: Question | None) -> Reminder:
    has_gone = any(part.state in GONE for part in parts)
    to_come = any(part.state == "queued" or (part.state in NOT_COME and _is_to_call(part)) for part in parts)
    kept = question.subject["doses"] if question else ()
    return Reminder(
        occasion=occasion,
        phone=parts[0].phone,
        messages=tuple(part.id for part in parts),
        doses=tuple(Dose(series, number, stage, dt.date.fromisoformat(on)) for series, number, stage, on in kept),
        has_gone=has_gone,
        waits=to_come and not has_gone,
        open_until=question.expires_at if question and question.answered_at is None else None,
    )


def _is_to_call(part: Any) -> bool:
    return part.channel == "sms" and bool(part.can_be_called)


def _cancel(session: Session, reminder: Reminder, now: dt.datetime, error: str) -> None:
    """What has not gone is cancelled with its question, and its occasion becomes free: the same may have to be told on
    another day."""
    theirs = update(Message).where(Message.id.in_(reminder.messages)).execution_options(**PLAIN)
    session.execute(theirs.where(Message.channel == "sms").values(speech=None))
    gone = {"state": "cancelled", "error": error, "settled_at": now}
    session.execute(theirs.where(Message.state == "queued").values(gone))
    if not reminder.waits:
        return
    over = f":{reminder.messages[0]}"
    session.execute(theirs.values(occasion=Message.occasion + over))
    asked = update(Question).where(Question.occasion == reminder.occasion)
    ended = asked.values(expires_at=now, occasion=reminder.occasion + over)
    session.execute(ended, execution_options=PLAIN)


def _close(session: Session, occasions: Collection[str], now: dt.datetime) -> None:
    if occasions:
        asked = update(Question).where(among(session, Question.occasion, occasions), Question.expires_at > now)
        session.execute(asked.values(expires_at=now), execution_options=PLAIN)


def _wrong_phones(session: Session, phones: Collection[str]) -> frozenset[str]:
    found = select(Subscriber.phone).where(among(session, Subscriber.phone, phones), Subscriber.wrong_at.is_not(None))
    return frozenset(session.scalars(found))


def _tell_again(session: Session, child: int, doses: Collection[tuple[str, int, int]], today: dt.date) -> None:
    for series, number, stage in doses:
        told = VaccineReminder.series == series, VaccineReminder.dose == number, VaccineReminder.stage == stage
        forgotten = delete(VaccineReminder).where(VaccineReminder.resident_id == child, *told)
        session.execute(forgotten, execution_options=PLAIN)
    if doses:
        look_again.at(session, child=child, today=today)
