"""The waiting list as a phone sees it: what it waits for, and what it is offered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from clinic.rows import reads
from clinic.subscribers import theirs_since
from clinic.tables import ClinicSession, Department, PlaceOffer, PlaceTold, WaitEntry
from conf.texts.words import Half, Money, Name

TOLD_FIRST = WaitEntry.offered_at.is_not(None), WaitEntry.offered_at, WaitEntry.waits_since, WaitEntry.id
"""In this order those who wait are told of places: who was offered one least recently first, the oldest of them first.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The one session that somebody waits for."""

    id: int
    half: Half
    starts: dt.time
    practitioner: Name | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry. `wanted`: the session it is for, None for any of the department from `first` to `last`. `ahead`: how
    many of those who could be told of the same places have waited longer."""

    id: int
    name: str
    centre: Name
    department: Name
    first: dt.date
    last: dt.date
    wanted: Wanted | None
    state: str
    ahead: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A place that somebody was told of and that nobody has taken yet."""

    offer: int
    entry: int
    name: str
    centre: Name
    department: Name
    practitioner: Name | None
    day: dt.date
    half: Half
    starts: dt.time
    fee: Money


@reads
def mine(session: Session, *, phone: str) -> list[Waiting]:
    """What this phone waits for, in the order of joining."""
    rows = session.scalars(
        select(WaitEntry)
        .options(joinedload(WaitEntry.department).joinedload(Department.centre))
        .where(WaitEntry.phone == phone, WaitEntry.state == "waiting", theirs_since(phone, WaitEntry.waits_since))
        .order_by(WaitEntry.id)
    ).all()
    return [view_of(session, row) for row in rows]


@reads
def open_offers(session: Session, *, phone: str, now: dt.datetime) -> list[Offered]:
    """The places that this phone may have now, the last one told first; not of sessions that have begun."""
    rows = session.execute(
        select(PlaceOffer, WaitEntry)
        .join(PlaceTold, PlaceTold.place_offer_id == PlaceOffer.id)
        .join(WaitEntry, WaitEntry.id == PlaceTold.wait_entry_id)
        .join(ClinicSession, ClinicSession.id == PlaceOffer.clinic_session_id)
        .options(*whole())
        .where(
            WaitEntry.phone == phone,
            WaitEntry.state == "waiting",
            PlaceTold.answer == "",
            theirs_since(phone, WaitEntry.waits_since),
        )
        .where(PlaceOffer.state == "open", ClinicSession.state == "open", ClinicSession.day >= now.date())
        .order_by(PlaceTold.told_at.desc(), PlaceTold.id.desc())
    ).all()
    return [offered_of(offer, entry) for offer, entry in rows if offer.clinic_session.starts_at(now.tzinfo) > now]


def offered_of(offer: PlaceOffer, entry: WaitEntry) -> Offered:
    row = offer.clinic_session
    return Offered(
        offer=offer.id,
        entry=entry.id,
        name=entry.name,
        centre=row.department.centre.name,
        department=row.department.name,
        practitioner=row.practitioner.name if row.practitioner else None,
        day=row.day,
        half=row.half,
        starts=row.starts,
        fee=Money(row.fee, row.department.centre.currency),
    )


def view_of(session: Session, row: WaitEntry) -> Waiting:
    wanted = session.get(ClinicSession, row.clinic_session_id) if row.clinic_session_id else None
    return Waiting(
        id=row.id,
        name=row.name,
        centre=row.department.centre.name,
        department=row.department.name,
        first=row.first_day,
        last=row.last_day,
        wanted=None if wanted is None else _wanted(wanted),
        state=row.state,
        ahead=session.scalar(_ahead(row)) or 0,
    )


def whole() -> list[ExecutableOption]:
    """Offers with all that is told of them."""
    to = joinedload(PlaceOffer.clinic_session)
    department = to.joinedload(ClinicSession.department).joinedload(Department.centre)
    return [department, to.joinedload(ClinicSession.practitioner)]


def _wanted(row: ClinicSession) -> Wanted:
    return Wanted(row.id, row.half, row.starts, row.practitioner.name if row.practitioner else None)


def _told_before(row: WaitEntry) -> ColumnElement[bool]:
    """As `TOLD_FIRST` has it."""
    since = tuple_(WaitEntry.waits_since, WaitEntry.id) < (row.waits_since, row.id)
    if row.offered_at is None:
        return and_(WaitEntry.offered_at.is_(None), since)
    less_lately = or_(WaitEntry.offered_at.is_(None), WaitEntry.offered_at < row.offered_at)
    return or_(less_lately, and_(WaitEntry.offered_at == row.offered_at, since))


def _ahead(row: WaitEntry) -> Select[int]:
    longer = select(func.count()).select_from(WaitEntry).where(_told_before(row), WaitEntry.state == "waiting")
    same = WaitEntry.department_id == row.department_id, WaitEntry.first_day <= row.last_day
    shared = longer.where(*same, WaitEntry.last_day >= row.first_day)
    if row.clinic_session_id is None:
        return shared
    this = or_(WaitEntry.clinic_session_id.is_(None), WaitEntry.clinic_session_id == row.clinic_session_id)
    return shared.where(this)
