"""The people that a phone books for: shown, added, removed; and which of them is its owner.

What the centre has put on record (a relation, where notices go) is the centre's to change, not the phone's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from clinic import audit, residents, subscribers, verifying
from clinic.errors import ClinicError, NotPossible
from clinic.notices.people import apart
from clinic.residents import NewPerson
from clinic.rows import reads
from clinic.tables import Audit, Draw, DrawEntry, RelatedPerson, Resident, Subscriber, Visit, WaitEntry
from clinic.tables.visits import STANDING

MOST = 20
"""People of one phone, and whom it may name within a day: a large family has fewer."""
ADDED = "person.add"
DAY = dt.timedelta(days=1)


class TooManyPeople(ClinicError):
    """This phone has named as many people as one may."""

    tell = "people.too_many"


class StillWanted(ClinicError):
    """A visit of theirs that this phone booked is to come, or they wait for a place: that comes first."""

    tell = "people.still_wanted"


class OnRecord(ClinicError):
    """The centre has put it on record; only the counter can change it."""

    tell = "people.on_record"


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody a phone books for. `masked` tells them apart on a screen that others may see; `name` is in full.

    `is_on_record`: by the centre. `is_refuted`: name and number do not belong together (`clinic.verifying`).
    """

    id: int
    name: str
    masked: str
    is_self: bool
    is_on_record: bool
    is_refuted: bool


@reads
def listed(session: Session, *, phone: str) -> list[Listed]:
    """The people of this phone, its owner first; of a phone that says that it is somebody else's, none."""
    rows = session.execute(_of_phone(), {"phone": phone}).all()
    masked = apart({row.resident_id: (row.name, birth.year) for row, birth, _ in rows})
    return [
        Listed(
            id=row.resident_id,
            name=row.name,
            masked=masked[row.resident_id],
            is_self=row.is_self,
            is_on_record=_is_on_record(row),
            is_refuted=verified == verifying.REFUTED,
        )
        for row, _, verified in rows
    ]


@cache
def _of_phone() -> Select[RelatedPerson, dt.date, str]:
    """Built once, as every booking asks for it."""
    return (
        select(RelatedPerson, Resident.birth, Resident.verified)
        .join(Resident, Resident.id == RelatedPerson.resident_id)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.phone == bindparam("phone"), Subscriber.wrong_at.is_(None))
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    )


def add(session: Session, *, phone: str, person: NewPerson, now: dt.datetime, by: str = "") -> int:
    """Let this phone book for somebody; their number. Named before: the name that was typed last counts for this phone.

    `by`: the member of the staff who does it at the counter. Raises TooManyPeople.
    """
    subscriber = subscribers.locked(session, phone, now)
    if not by and _added(session, subscriber, now) >= MOST:
        raise TooManyPeople
    resident = residents.register(session, person, centre=None, now=now)
    held = session.scalar(_of(subscriber.id, resident.id))
    if held is None:
        counted = select(func.count()).select_from(RelatedPerson).where(RelatedPerson.subscriber_id == subscriber.id)
        if (session.scalar(counted) or 0) >= MOST:
            raise TooManyPeople
        held = residents.relate(session, subscriber, resident, person.name)
    elif not _is_on_record(held) and not person.spoken_name:
        held.name = person.name
    verifying.named(resident, now)
    _note(session, subscriber, ADDED, resident.id, by, now)
    return resident.id


def remove(session: Session, *, phone: str, resident: int, now: dt.datetime, by: str = "") -> None:
    """This phone books for them no more. Raises StillWanted; OnRecord, but not for the staff (`by`); NotPossible."""
    subscriber, held = _held(session, phone, resident, now)
    if _is_on_record(held) and not by:
        raise OnRecord
    if _is_wanted(session, phone, resident, now):
        raise StillWanted
    residents.disown(session, held, now.date())
    session.delete(held)
    session.flush()
    _note(session, subscriber, "person.remove", resident, by, now)


def choose_self(session: Session, *, phone: str, resident: int, now: dt.datetime, by: str = "") -> None:
    """They own this phone. Raises OnRecord where the centre knows its owner, or them as somebody else; NotPossible."""
    subscriber, held = _held(session, phone, resident, now)
    owner = session.scalars(
        select(RelatedPerson).where(RelatedPerson.subscriber_id == subscriber.id, RelatedPerson.is_self)
    ).first()
    if not by and ((owner is not None and owner.is_told) or held.relation):
        raise OnRecord
    if owner is not None:
        owner.is_self = False
    held.is_self = True
    _note(session, subscriber, "person.self", resident, by, now)


def _held(session: Session, phone: str, resident: int, now: dt.datetime) -> tuple[Subscriber, RelatedPerson]:
    subscriber = subscribers.locked(session, phone, now)
    held = session.scalar(_of(subscriber.id, resident))
    if held is None or subscriber.wrong_at is not None:
        raise NotPossible
    return subscriber, held


def _of(subscriber: int, resident: int) -> Select[RelatedPerson]:
    return select(RelatedPerson).where(RelatedPerson.subscriber_id == subscriber, RelatedPerson.resident_id == resident)


def _is_on_record(row: RelatedPerson) -> bool:
    return row.is_told or row.relation != ""


def _added(session: Session, subscriber: Subscriber, now: dt.datetime) -> int:
    """How many it has named since yesterday, removed again or not: nobody tries out names for a number here."""
    named = Audit.subject == f"subscriber:{subscriber.id}", Audit.action == ADDED, Audit.at > now - DAY
    return session.scalar(select(func.count()).select_from(Audit).where(*named)) or 0


def _is_wanted(session: Session, phone: str, resident: int, now: dt.datetime) -> bool:
    waits = select(WaitEntry.id).where(*_theirs(WaitEntry, phone, resident), WaitEntry.state == "waiting")
    visits = select(Visit.id).where(*_theirs(Visit, phone, resident), Visit.day >= now.date())
    drawn = select(DrawEntry.id).join(Draw, Draw.id == DrawEntry.draw_id).where(*_theirs(DrawEntry, phone, resident))
    entered = drawn.where(DrawEntry.state == "entered", Draw.drawn_at.is_(None))
    found = (visits.where(Visit.state.in_(STANDING)), waits, entered)
    return session.scalar(select(or_(*(each.exists() for each in found)))) is True


def _theirs(
    table: type[Visit] | type[WaitEntry] | type[DrawEntry], phone: str, resident: int
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.phone == phone, table.resident_id == resident


def _note(session: Session, subscriber: Subscriber, action: str, resident: int, by: str, now: dt.datetime) -> None:
    who = f"subscriber:{subscriber.id}"
    audit.note(session, f"staff:{by}" if by else who, action, who, now=now, resident=resident)
