"""Which notices there are, who has acknowledged them and who has not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.staff import notices
from clinic.tables import Centre, Staff, StaffNotice, StaffNoticeRecipient
from conf.texts.words import Name

MOST = 1000


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as a list shows it. `text`: as it was written, without how to answer."""

    notice: int
    text: str
    created_by: str
    created_at: dt.datetime
    closed_at: dt.datetime | None
    recipients: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """One who was told. `asked` counts the reminders too; `answer` are the very words.

    `message` is the state of the last message to the phone (clinic.tables.MessageState), and `error` why it failed.
    """

    code: str
    name: str
    role: str
    centre: Name
    phone: str
    active: bool
    asked: int
    acknowledged_at: dt.datetime | None
    answer: str
    message: str
    error: str | None


@reads
def listed(session: Session, *, opened: bool = False, most: int = MOST) -> list[NoticeLine]:
    """At most `most` notices, the newest first; with `opened` only those that are not closed."""
    return _lines(session, *([StaffNotice.closed_at.is_(None)] if opened else []), most=most)


@reads
def one(session: Session, *, notice: int) -> tuple[NoticeLine, list[RecipientLine]] | None:
    """A notice with those who were told: first who has not answered, then the answers in their order."""
    lines = _lines(session, StaffNotice.id == notice, most=1)
    return (lines[0], _recipients(session, notice)) if lines else None


def _lines(session: Session, *wanted: object, most: int) -> list[NoticeLine]:
    told, answered = func.count(StaffNoticeRecipient.id), func.count(StaffNoticeRecipient.acknowledged_at)
    rows = session.execute(
        select(StaffNotice, told, answered)
        .outerjoin(StaffNoticeRecipient, StaffNoticeRecipient.staff_notice_id == StaffNotice.id)
        .where(*wanted)  # type: ignore[arg-type]
        .group_by(StaffNotice.id)
        .order_by(StaffNotice.id.desc())
        .limit(most)
    )
    return [
        NoticeLine(row.id, row.text, row.created_by, row.created_at, row.closed_at, recipients, acknowledged)
        for row, recipients, acknowledged in rows
    ]


def _recipients(session: Session, notice: int) -> list[RecipientLine]:
    rows = session.execute(
        select(StaffNoticeRecipient, Staff, Centre)
        .join(Staff, Staff.id == StaffNoticeRecipient.staff_id)
        .join(Centre, Centre.id == Staff.centre_id)
        .where(StaffNoticeRecipient.staff_notice_id == notice)
        .order_by(
            StaffNoticeRecipient.acknowledged_at.is_not(None),
            StaffNoticeRecipient.acknowledged_at,
            Centre.code,
            Staff.code,
        )
    ).all()
    told = notices.states(session, [recipient for recipient, *_ in rows])
    return [_line(*row, *told.get(row[0].phone, ("", None))) for row in rows]


def _line(told: StaffNoticeRecipient, staff: Staff, centre: Centre, state: str, error: str | None) -> RecipientLine:
    return RecipientLine(
        code=staff.code,
        name=staff.name,
        role=staff.role,
        centre=centre.name,
        phone=masked_phone(told.phone),
        active=staff.active,
        asked=told.asked,
        acknowledged_at=told.acknowledged_at,
        answer=told.answer,
        message=state,
        error=error,
    )
