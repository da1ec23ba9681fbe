"""What staff look up: visits of a day, T-codes by number, calls, what there is. Names and phones come out masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from clinic import messages, vouchers
from clinic.batches import among
from clinic.names import masked
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import Call, Centre, ClinicSession, Department, Message, MessagePart, Visit, Voucher
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
        _visit_lines()
        .where(Visit.day == day, *([] if centre is None else [Centre.code == centre]))
        .order_by(Centre.code, Department.code, ClinicSession.starts, ClinicSession.id, Visit.queue)
        .limit(most)
    )
    return [_line(visit, tcode) for visit, tcode in rows]


@reads
def visit_line(session: Session, *, visit: int) -> VisitLine | None:
    """This visit, or None; one that is not paid yet has no T-code, and is not there either."""
    found = session.execute(_visit_lines().where(Visit.id == visit)).one_or_none()
    return None if found is None else _line(*found)


def _visit_lines() -> Select[Visit, str]:
    return (
        select(Visit, Voucher.state)
        .join(Voucher, Voucher.visit_id == Visit.id)
        .join(Visit.clinic_session)
        .join(ClinicSession.department)
        .join(Department.centre)
        .options(
            joinedload(Visit.clinic_session).joinedload(ClinicSession.department).joinedload(Department.centre),
            joinedload(Visit.clinic_session).joinedload(ClinicSession.practitioner),
        )
    )


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
    """The last day that has a clinic session which was not made from the roster, or None."""
    day: dt.date | None = session.scalar(select(func.max(ClinicSession.day)).where(ClinicSession.template_id.is_(None)))
    return day


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
        name=masked(visit.name),
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
    row = session.scalars(select(Message).where(messages.under(session, occasion))).one_or_none()
    if row is None:
        return None
    return MessageLine(row.state, row.error, row.attempts, row.due_at, tuple(map(_segment, row.parts)))


def _segment(part: MessagePart) -> SegmentLine:
    return SegmentLine(part.number, part.link, part.smsc_id, part.state, part.error)


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call as a list shows it. `path` are keys of prompts and choices; `outcome` is None while it goes on.

    `seconds`: from when somebody picked up to the end, None where nobody has or where it goes on.
    """

    id: int
    server: str
    direction: str
    phone: str
    trunk: str
    language: str | None
    started_at: dt.datetime
    seconds: int | None
    outcome: str | None
    cause: int | None
    path: tuple[str, ...]


@reads
def calls(
    session: Session,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    phone: str | None = None,
    direction: str | None = None,
    outcome: str | None = None,
    most: int = MOST,
) -> list[CallLine]:
    """At most `most` calls, the newest first: begun at `since` or later and before `until`, of this phone (E.164)."""
    wanted = {"phone": phone, "direction": direction, "outcome": outcome}
    rows = session.scalars(
        select(Call)
        .filter_by(**{name: value for name, value in wanted.items() if value is not None})
        .where(*([] if since is None else [Call.started_at >= since]))
        .where(*([] if until is None else [Call.started_at < until]))
        .order_by(Call.started_at.desc(), Call.id.desc())
        .limit(most)
    )
    return [_call(row) for row in rows]


def _call(row: Call) -> CallLine:
    talked = row.ended_at - row.answered_at if row.ended_at and row.answered_at else None
    return CallLine(
        id=row.id,
        server=row.server,
        direction=row.direction,
        phone=masked_phone(row.phone) if row.phone else "",
        trunk=row.trunk,
        language=row.language,
        started_at=row.started_at,
        seconds=None if talked is None else round(talked.total_seconds()),
        outcome=row.outcome,
        cause=row.cause,
        path=tuple(row.path),
    )


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A clinic session as a list shows it: places taken, and visits by what they are.

    `kind`: general, or an expert's. `unfinished`: it was stopped or moved, and some of its visits have yet to follow.
    """

    id: int
    centre: Name
    department: Name
    practitioner: Name | None
    kind: str
    day: dt.date
    half: Half
    starts: dt.time
    ends: dt.time
    state: str
    unfinished: bool
    capacity: int
    taken: int
    pending: int
    booked: int
    arrived: int
    fulfilled: int
    noshow: int


@reads
def sessions(session: Session, *, day: dt.date, centre: str | None = None, most: int = MOST) -> list[SessionLine]:
    """At most `most` clinic sessions of this day, at the centre with this code or at all, by department and time."""
    rows = session.scalars(
        _session_lines()
        .where(ClinicSession.day == day, *([] if centre is None else [Centre.code == centre]))
        .order_by(Centre.code, Department.code, ClinicSession.starts, ClinicSession.id)
        .limit(most)
    ).all()
    return _session_line(session, rows)


@reads
def session_line(session: Session, *, offered: int) -> SessionLine | None:
    """This clinic session, or None."""
    found = _session_line(session, session.scalars(_session_lines().where(ClinicSession.id == offered)).all())
    return found[0] if found else None


def _session_lines() -> Select[ClinicSession]:
    return (
        select(ClinicSession)
        .join(ClinicSession.department)
        .join(Department.centre)
        .options(
            joinedload(ClinicSession.department).joinedload(Department.centre), joinedload(ClinicSession.practitioner)
        )
    )


def _session_line(session: Session, rows: Sequence[ClinicSession]) -> list[SessionLine]:
    counts = (
        select(Visit.clinic_session_id, Visit.state, func.count())
        .where(among(session, Visit.clinic_session_id, [row.id for row in rows]))
        .group_by(Visit.clinic_session_id, Visit.state)
    )
    states = {(row[0], row[1]): int(row[2]) for row in session.execute(counts)}
    return [
        SessionLine(
            id=row.id,
            centre=row.department.centre.name,
            department=row.department.name,
            practitioner=row.practitioner.name if row.practitioner else None,
            kind=row.kind,
            day=row.day,
            half=row.half,
            starts=row.starts,
            ends=row.ends,
            state=row.state,
            unfinished=row.change is not None,
            capacity=row.capacity,
            taken=row.taken,
            pending=states.get((row.id, "pending"), 0),
            booked=states.get((row.id, "booked"), 0),
            arrived=states.get((row.id, "arrived"), 0),
            fulfilled=states.get((row.id, "fulfilled"), 0),
            noshow=states.get((row.id, "noshow"), 0),
        )
        for row in rows
    ]
