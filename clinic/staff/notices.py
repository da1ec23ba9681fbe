"""Notices to staff: each of them is asked to acknowledge, and who has not can be reminded.

A phone that several of them share is told once, and one answer from it counts for all of them: nobody can say which of
them has typed it. Who has left meanwhile keeps the record, and is told nothing more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from clinic import audit, messages
from clinic.rows import reads
from clinic.staff.people import Among, Member, found
from clinic.tables import Message, MessageState, Staff, StaffNotice, StaffNoticeRecipient
from conf import texts
from conf.texts.words import Language

MOST_CHARACTERS = 500
AT_ONCE = 500
"""Names in one query."""
ON_ITS_WAY: tuple[MessageState, ...] = ("queued", "sending")


class BadNotice(ValueError):
    """Why this cannot be sent, or not to these people."""


class NoSuchNotice(LookupError):
    """There is no open notice with this number."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What `notify` would send, and to whom. `text` is whole; its number may become a higher one meanwhile.

    `phones`: how many there are; fewer than members where some share one.
    """

    text: str
    members: tuple[Member, ...]
    phones: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What was written to the outbox: for so many members of staff, one message for each of their phones."""

    notice: int
    text: str
    members: int
    phones: int


@reads
def draft(session: Session, *, among: Among, text: str, language: Language) -> Draft:
    """Look before sending. Raises BadNotice."""
    members = tuple(found(session, among=among))
    if not members:
        raise BadNotice("none of the staff is meant by this")
    _, phones = _rows(session, [member.id for member in members])
    number = (session.scalar(select(func.max(StaffNotice.id))) or 0) + 1
    return Draft(_whole(language, "staff.notice_sms", checked(text), number), members, phones)


def notify(session: Session, *, staff: Sequence[int], text: str, by: str, language: Language, now: dt.datetime) -> Sent:
    """Tell these members of staff (ids), as far as they still work here. Raises BadNotice."""
    rows, phones = _rows(session, staff)
    if not rows:
        raise BadNotice("none of the staff is meant by this")
    notice = StaffNotice(text=checked(text), created_by=by, created_at=now)
    session.add(notice)
    session.flush()
    recipients = [
        StaffNoticeRecipient(staff_notice_id=notice.id, staff_id=row.id, phone=row.phone, asked=1) for row in rows
    ]
    session.add_all(recipients)
    whole = _whole(language, "staff.notice_sms", notice.text, notice.id)
    _tell(session, recipients, whole, now)
    audit.note(session, "staff", "staff_notice.notify", f"staff_notice:{notice.id}", now=now, members=len(rows))
    return Sent(notice.id, whole, len(rows), phones)


def checked(text: str) -> str:
    """The text without blanks around it. Raises BadNotice."""
    tidy = text.strip()
    if not tidy:
        raise BadNotice("the text is empty")
    if len(tidy) > MOST_CHARACTERS:
        raise BadNotice(f"the text is longer than {MOST_CHARACTERS} characters")
    if not all(letter.isprintable() or letter == "\n" for letter in tidy):
        raise BadNotice("the text has a character that cannot be printed")
    return tidy


def remind(session: Session, *, notice: int, language: Language, now: dt.datetime) -> Sent:
    """Tell those once more who have not acknowledged, at the phone that they have now.

    Left out is who has left, and whose last message is still to be sent: it would come twice. Raises NoSuchNotice,
    BadNotice where there is nobody.
    """
    row = session.scalars(_opened(notice).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchNotice(notice)
    due = _unanswered(session, notice)
    if not due:
        raise BadNotice("nobody is to be reminded: each has answered or left, or the last message is still to be sent")
    for recipient, phone in due:
        recipient.phone, recipient.asked = phone, recipient.asked + 1
    recipients = [recipient for recipient, _ in due]
    whole = _whole(language, "staff.remind_sms", row.text, notice)
    phones = _tell(session, recipients, whole, now)
    audit.note(session, "staff", "staff_notice.remind", f"staff_notice:{notice}", now=now, members=len(due))
    return Sent(notice, whole, len(due), phones)


@reads
def to_remind(session: Session, *, notice: int) -> int:
    """How many members of staff `remind` would tell now. Raises NoSuchNotice."""
    if session.scalars(_opened(notice)).one_or_none() is None:
        raise NoSuchNotice(notice)
    return len(_unanswered(session, notice))


def close(session: Session, *, notice: int, now: dt.datetime) -> bool:
    """No more acknowledgements are wanted; False when there is no such open notice."""
    opened = update(StaffNotice).where(StaffNotice.id == notice, StaffNotice.closed_at.is_(None))
    closed = session.scalar(opened.values(closed_at=now).returning(StaffNotice.id))
    if closed is None:
        return False
    audit.note(session, "staff", "staff_notice.close", f"staff_notice:{notice}", now=now)
    return True


def states(
    session: Session, recipients: Sequence[StaffNoticeRecipient]
) -> Mapping[str, tuple[MessageState, str | None]]:
    """By phone: what became of the last message about the notice of these recipients, and why."""
    occasions = [_occasion(recipient) for recipient in recipients]
    return {
        phone: (state, error)
        for some in _some(occasions)
        for phone, state, error in session.execute(
            select(Message.phone, Message.state, Message.error).where(messages.under(session, *map(str, some)))
        )
    }


def _opened(notice: int) -> Select[StaffNotice]:
    return select(StaffNotice).where(StaffNotice.id == notice, StaffNotice.closed_at.is_(None))


def _unanswered(session: Session, notice: int) -> list[tuple[StaffNoticeRecipient, str]]:
    """Who is to be reminded, each with the phone of today."""
    rows = session.execute(
        select(StaffNoticeRecipient, Staff.phone)
        .join(Staff, Staff.id == StaffNoticeRecipient.staff_id)
        .where(StaffNoticeRecipient.staff_notice_id == notice)
        .where(StaffNoticeRecipient.acknowledged_at.is_(None), Staff.active)
        .order_by(StaffNoticeRecipient.id)
    )
    due = [(recipient, phone) for recipient, phone in rows]
    told = states(session, [recipient for recipient, _ in due])
    return [(one, phone) for one, phone in due if told.get(one.phone, ("", None))[0] not in ON_ITS_WAY]


def _tell(session: Session, recipients: Iterable[StaffNoticeRecipient], text: str, now: dt.datetime) -> int:
    """One message for each phone; how many phones."""
    first: dict[str, StaffNoticeRecipient] = {}
    for recipient in recipients:
        first.setdefault(recipient.phone, recipient)
    for phone, recipient in first.items():
        messages.tell_text(
            session,
            occasion=_occasion(recipient),
            phone=phone,
            text=text,
            message_class="notice",
            channel="sms",
            now=now,
        )
    return len(first)


def _occasion(recipient: StaffNoticeRecipient) -> str:
    return f"staff:{recipient.staff_notice_id}:{recipient.staff_id}:{recipient.asked}"


def _whole(language: Language, key: str, text: str, number: int) -> str:
    return texts.say(language, key, text=text, number=number)


def _rows(session: Session, staff: Sequence[int]) -> tuple[list[Staff], int]:
    """Those of these who work here, by id, and how many phones they have."""
    rows = [
        row
        for some in _some(sorted(set(staff)))
        for row in session.scalars(select(Staff).where(Staff.id.in_(some), Staff.active).order_by(Staff.id))
    ]
    return rows, len({row.phone for row in rows})


def _some(many: Sequence[int] | Sequence[str]) -> Iterator[Sequence[int] | Sequence[str]]:
    return (many[start : start + AT_ONCE] for start in range(0, len(many), AT_ONCE))
