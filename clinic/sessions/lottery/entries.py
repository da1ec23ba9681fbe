"""Entering a draw, and leaving it: one ticket for each person, however many phones ask for one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from clinic import audit, messages, residents, subscribers
from clinic.errors import ClinicError, NotPossible
from clinic.fairness import blocks, limits
from clinic.installation import Installation
from clinic.notices.people import covered
from clinic.residents import NewPerson
from clinic.rows import reads
from clinic.rules import Rules
from clinic.sessions.paying import demanded
from clinic.sessions.wanted import drawn
from clinic.tables import ClinicSession, Department, Draw, DrawEntry, RelatedPerson
from clinic.visits.booking import refuse_second
from conf.texts.words import Half, Language, Name


class AlreadyEntered(ClinicError):
    """This phone has entered this person already."""

    tell = "lottery.already"


class DrawClosed(ClinicError):
    """There is no such draw, or it takes no entries any more."""

    tell = "lottery.closed"


@dataclass(frozen=True, slots=True)
class Entered:
    """A ticket in a draw that is still to come."""

    id: int
    ticket: int
    name: str
    session: int
    centre: Name
    department: Name
    practitioner: Name | None
    day: dt.date
    half: Half
    starts: dt.time
    draw_at: dt.datetime


def enter(
    session: Session,
    *,
    offered: int,
    patient: int | NewPerson,
    phone: str,
    language: Language,
    occasion: str,
    installation: Installation,
    now: dt.datetime,
    channel: str = "",
    waits: bool = False,
    rules: Rules = Rules(),  # noqa: B008  frozen
) -> Entered:
    """A ticket in the draw of this session, told by SMS. `waits`: who is not drawn goes to its waiting list.

    `occasion` names this one act: repeated it gives the same ticket. Raises DrawClosed, AlreadyEntered, AlreadyBooked,
    TooManyVisits, Blocked, MustBePaid, NotPossible.
    """
    repeated = _repeated(session, occasion, phone)
    if repeated is not None:
        return _view(repeated[0], repeated[1], now)
    found = select(ClinicSession).options(*_whole()).where(ClinicSession.id == offered, drawn(now))
    row = session.scalars(found).one_or_none()
    if row is None:
        raise DrawClosed
    draw = _open_draw(session, row.id)
    if session.scalars(found.execution_options(populate_existing=True)).one_or_none() is None:
        raise DrawClosed  # it was closed or stopped while we waited for its draw
    subscriber = subscribers.locked(session, phone, now)
    repeated = _repeated(session, occasion, phone)  # by another node meanwhile; the lock has waited for it
    if repeated is not None:
        return _view(repeated[0], repeated[1], now)
    person = residents.related(session, subscriber, patient, now)
    centre = row.department.centre_id
    blocks.check(session, resident=person.resident_id, phone=phone, centre=centre, now=now)
    department = row.department_id
    limits.check(
        session,
        resident=person.resident_id,
        phone=phone,
        day=row.day,
        department=department,
        rules=rules.booking,
        now=now,
    )
    demanded(session, offered=row, phone=phone, channel=channel, rules=rules)
    refuse_second(session, person, row, phone)
    before = _before(session, person, row, phone)
    subscriber.last_centre_id = centre
    entry = _write(session, draw, before, person, phone)
    entry.occasion, entry.language, entry.entered_at = occasion, language, now
    entry.channel, entry.waits = channel, waits
    try:
        session.flush()
    except IntegrityError as error:
        raise NotPossible from error
    audit.note(session, f"subscriber:{subscriber.id}", "draw.enter", f"draw-entry:{entry.id}", now=now)
    view = _view(entry, row, now)
    _tell(session, entry, view, installation, now)
    return view


def leave(session: Session, *, entry: int, phone: str, now: dt.datetime) -> None:
    """Take the ticket back, while entries are open. Raises DrawClosed."""
    theirs = DrawEntry.id == entry, DrawEntry.phone == phone
    offered = select(Draw.clinic_session_id).join(DrawEntry, DrawEntry.draw_id == Draw.id).where(*theirs)
    number = session.scalar(offered)
    if number is None:
        raise DrawClosed
    _open_draw(session, number)
    entered = update(DrawEntry).where(*theirs, DrawEntry.state.in_(("entered", "left")))
    session.execute(entered.values(state="left"))
    audit.note(session, "subscriber", "draw.leave", f"draw-entry:{entry}", now=now)


@reads
def mine(session: Session, *, phone: str, now: dt.datetime) -> list[Entered]:
    """The tickets of this phone in draws that are still to come."""
    rows = session.execute(
        select(DrawEntry, ClinicSession)
        .join(Draw, Draw.id == DrawEntry.draw_id)
        .join(ClinicSession, ClinicSession.id == Draw.clinic_session_id)
        .options(*_whole())
        .where(DrawEntry.phone == phone, DrawEntry.state == "entered")
        .where(Draw.drawn_at.is_(None), Draw.finished_at.is_(None), ClinicSession.state == "draw")
        .where(subscribers.theirs_since(phone, DrawEntry.entered_at))
        .order_by(ClinicSession.draw_at, DrawEntry.id)
    ).all()
    return [_view(entry, row, now) for entry, row in rows]


def _before(session: Session, person: RelatedPerson, row: ClinicSession, phone: str) -> DrawEntry | None:
    """An entry of this person that was taken back; only the phone that has entered them is told that they are in."""
    theirs = select(DrawEntry).join(Draw, Draw.id == DrawEntry.draw_id)
    this = Draw.clinic_session_id == row.id, DrawEntry.resident_id == person.resident_id
    before = session.scalars(theirs.where(*this)).one_or_none()
    if before is not None and before.state != "left":
        raise AlreadyEntered if before.phone == phone else NotPossible
    return before


def _write(session: Session, draw: Draw, before: DrawEntry | None, person: RelatedPerson, phone: str) -> DrawEntry:
    """With the next ticket, also for who comes back: tickets stand in the order of entering."""
    draw.last_ticket += 1
    entry = before or DrawEntry(draw_id=draw.id, resident_id=person.resident_id)
    entry.ticket, entry.phone, entry.name, entry.state = draw.last_ticket, phone, person.name, "entered"
    session.add(entry)
    return entry


def _open_draw(session: Session, offered: int) -> Draw:
    """The draw, ours before anything else: whoever closes it is waited for, and goes first."""
    open_ones = Draw.clinic_session_id == offered, Draw.drawn_at.is_(None), Draw.finished_at.is_(None)
    found = select(Draw).where(*open_ones).with_for_update().execution_options(populate_existing=True)
    draw = session.scalars(found).one_or_none()
    if draw is None:
        raise DrawClosed
    return draw


def _repeated(session: Session, occasion: str, phone: str) -> tuple[DrawEntry, ClinicSession] | None:
    found = (
        select(DrawEntry, ClinicSession)
        .join(Draw, Draw.id == DrawEntry.draw_id)
        .join(ClinicSession, ClinicSession.id == Draw.clinic_session_id)
        .options(*_whole())
        .where(DrawEntry.occasion == occasion, DrawEntry.phone == phone)
    )
    row = session.execute(found).one_or_none()
    return None if row is None else (row[0], row[1])


def _whole() -> tuple[ExecutableOption, ...]:
    department = joinedload(ClinicSession.department).joinedload(Department.centre)
    return department, joinedload(ClinicSession.practitioner)


def _view(entry: DrawEntry, row: ClinicSession, now: dt.datetime) -> Entered:
    return Entered(
        id=entry.id,
        ticket=entry.ticket,
        name=entry.name,
        session=row.id,
        centre=row.department.centre.name,
        department=row.department.name,
        practitioner=row.practitioner.name if row.practitioner else None,
        day=row.day,
        half=row.half,
        starts=row.starts,
        draw_at=(row.draw_at or row.release_at).astimezone(now.tzinfo),
    )


def page(installation: Installation, offered: int) -> str:
    """Where the draw of a session can be checked."""
    return f"{installation.public_url}/draw/{offered}"


def _tell(session: Session, entry: DrawEntry, view: Entered, installation: Installation, now: dt.datetime) -> None:
    language: Language = "en" if entry.language == "en" else "zh"
    messages.tell(
        session,
        occasion=f"draw:{entry.id}:{entry.ticket}",
        phone=entry.phone,
        language=language,
        key="lottery.entered_sms",
        now=now,
        region=installation.region,
        resident_id=entry.resident_id,
        name=covered(entry.name),
        ticket=view.ticket,
        centre=view.centre,
        department=view.department,
        day=view.day,
        half=view.half,
        starts=view.starts,
        drawday=view.draw_at.date(),
        drawat=view.draw_at.time(),
        link=page(installation, view.session),
    )
