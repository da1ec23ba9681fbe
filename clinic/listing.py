"""What staff look up: visits of a day, T-codes by number, what there is. Names and phones come out masked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import vouchers
from clinic.rows import reads
from clinic.tables import Centre, ClinicSession, Department, Message, MessagePart, Visit, Voucher
from clinic.views import VoucherView
from conf.texts.words import Half, Name

MOST = 1000


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit as a list shows it. `tcode` is the state of its T-code: issued, used, cancelled, expired."""

    id: int
    centre: Name
    department: Name
    practitioner: Name | None
    day: dt.date
    half: Half
    queue: int
    name: str
    phone: str
    state: str
    tcode: str


@reads
def visits(session: Session, *, day: dt.date, centre: str | None = None, most: int = MOST) -> list[VisitLine]:
    """At most `most` visits of this local day, at the centre with this code or at all, by department and number."""
    rows = session.execute(
        select(Visit, Voucher.state)
        .join(Voucher, Voucher.visit_id == Visit.id)
        .join(Visit.clinic_session)
        .join(ClinicSession.department)
        .join(Department.centre)
        .options(
            joinedload(Visit.clinic_session).joinedload(ClinicSession.department).joinedload(Department.centre),
            joinedload(Visit.clinic_session).joinedload(ClinicSession.practitioner),
        )
        .where(Visit.day == day, *([] if centre is None else [Centre.code == centre]))
        .order_by(Centre.code, Department.code, ClinicSession.starts, ClinicSession.id, Visit.queue)
        .limit(most)
    )
    return [_line(visit, tcode) for visit, tcode in rows]


@reads
def voucher(session: Session, *, number: str) -> VoucherView | None:
    """The T-code with this number, of whatever centre: for staff, who may see them all."""
    centre = session.scalar(
        select(Department.centre_id)
        .join(ClinicSession, ClinicSession.department_id == Department.id)
        .join(Visit, Visit.clinic_session_id == ClinicSession.id)
        .join(Voucher, Voucher.visit_id == Visit.id)
        .where(Voucher.number == number)
    )
    return None if centre is None else vouchers.by_number(session, number=number, centre=centre)


@reads
def centre_codes(session: Session) -> list[str]:
    """The codes of all centres."""
    return list(session.scalars(select(Centre.code).order_by(Centre.code)))


@reads
def last_day(session: Session) -> dt.date | None:
    """The last day that has a clinic session, or None."""
    day: dt.date | None = session.scalar(select(func.max(ClinicSession.day)))
    return day


def masked_phone(phone: str) -> str:
    """`+8613800138000` -> `+86138****8000`; of a short number nothing is shown."""
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 10 else "****"


def _line(visit: Visit, tcode: str) -> VisitLine:
    offered = visit.clinic_session
    return VisitLine(
        id=visit.id,
        centre=offered.department.centre.name,
        department=offered.department.name,
        practitioner=offered.practitioner.name if offered.practitioner else None,
        day=visit.day,
        half=offered.half,
        queue=visit.queue,
        name=vouchers.masked(visit.name),
        phone=masked_phone(visit.phone),
        state=visit.state,
        tcode=tcode,
    )


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A segment as the SMS centre knows it: by which link, under which id, and what its receipt said."""

    number: int
    link: str
    smsc_id: str
    state: str
    error: str | None


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message of the outbox: queued, claimed, submitted, delivered, failed or expired, and why."""

    state: str
    error: str | None
    attempts: int
    due_at: dt.datetime
    segments: tuple[SegmentLine, ...]


@reads
def message(session: Session, *, occasion: str) -> MessageLine | None:
    """What has become of the message of this occasion."""
    row = session.scalars(select(Message).where(Message.occasion == occasion)).one_or_none()
    if row is None:
        return None
    return MessageLine(row.state, row.error, row.attempts, row.due_at, tuple(map(_segment, row.parts)))


def _segment(part: MessagePart) -> SegmentLine:
    return SegmentLine(part.number, part.link, part.smsc_id, part.state, part.error)
