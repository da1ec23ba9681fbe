"""Phones that say they are not whom we think: numbers are given to somebody else, and files are not told of it.

Such a phone gets no notice about anybody until the centre has asked the family for the right number.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from clinic import audit, look_again
from clinic.children import withdrawing
from clinic.phones import masked_phone
from clinic.rows import PLAIN, reads
from clinic.tables import Centre, Message, Question, RelatedPerson, Resident, Subscriber

ERROR = "wrong number"
"""The error of a notice that was cancelled because its phone is somebody else's."""
MOST = 1000


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """Whom the centre must ask for another number; `phone` is masked."""

    resident: int
    name: str
    phone: str
    centre: str
    since: dt.datetime


def reported(session: Session, *, phone: str, proof: str, now: dt.datetime) -> bool:
    """Whoever has this phone is none of those whom we tell about; False where we tell it about nobody.

    `proof` are the very words. Notices that wait for it are cancelled with it, and it answers none that has come; said
    once more, nothing changes.
    """
    row = session.scalars(select(Subscriber).where(Subscriber.phone == phone, _is_told_of_somebody())).one_or_none()
    if row is None:
        return False
    if row.wrong_at is None:
        row.wrong_at = now
        withdrawing.of_wrong_phone(session, phone=phone, error=ERROR, now=now)
        _silence(session, phone, now)
        who = f"subscriber:{row.id}"
        audit.note(session, who, "phone.wrong", who, now=now, proof=proof[:200])
    return True


def _silence(session: Session, phone: str, now: dt.datetime) -> None:
    """Notices that wait for this phone, and calls in place of those that do not come, are not made; and it may answer
    nothing that it was asked."""
    notices = (Message.phone == phone, Message.resident_id.is_not(None), Message.message_class == "notice")
    theirs = update(Message).where(*notices).execution_options(**PLAIN)
    session.execute(theirs.where(Message.channel == "sms").values(speech=None))
    cancelled = {"state": "cancelled", "error": ERROR, "settled_at": now}
    session.execute(theirs.where(Message.state == "queued").values(cancelled))
    asked = update(Question).where(Question.phone == phone, Question.expires_at > now)
    session.execute(asked.values(expires_at=now), execution_options=PLAIN)


def corrected(session: Session, *, phone: str, actor: str, now: dt.datetime) -> bool:
    """It is theirs after all, the centre has made sure; False where nobody had said otherwise."""
    wrong = select(Subscriber).where(Subscriber.phone == phone, Subscriber.wrong_at.is_not(None)).with_for_update()
    row = session.scalars(wrong).one_or_none()
    if row is None:
        return False
    look_again.right_number(session, subscriber=row, today=now.date())
    audit.note(session, actor, "phone.right", f"subscriber:{row.id}", now=now)
    return True


@reads
def listed(session: Session) -> list[WrongNumber]:
    """Whose number is somebody else's, the longest waiting first; at most 1000."""
    rows = session.execute(
        select(Resident.id, Resident.name, Subscriber.phone, Centre.code, Subscriber.wrong_at)
        .join(RelatedPerson, RelatedPerson.resident_id == Resident.id)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .outerjoin(Centre, Centre.id == Resident.centre_id)
        .where(Subscriber.wrong_at.is_not(None), RelatedPerson.is_told)
        .order_by(Subscriber.wrong_at, Resident.id)
        .limit(MOST)
    )
    return [
        WrongNumber(number, name, masked_phone(phone), centre or "", since)
        for number, name, phone, centre, since in rows
        if since is not None
    ]


def _is_told_of_somebody() -> ColumnElement[bool]:
    return exists().where(RelatedPerson.subscriber_id == Subscriber.id, RelatedPerson.is_told)
