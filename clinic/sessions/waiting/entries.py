"""Joining the waiting list, and leaving it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from clinic import audit, residents, subscribers
from clinic.errors import ClinicError, NotPossible, SessionClosed
from clinic.fairness import blocks, limits
from clinic.residents import NewPerson
from clinic.rows import PLAIN
from clinic.rules import BookingRules
from clinic.sessions.waiting.shown import Waiting, view_of
from clinic.tables import ClinicSession, Department, PlaceOffer, PlaceTold, RelatedPerson, WaitEntry
from clinic.visits.booking import refuse_second
from conf.texts.words import Language

LONGEST: Final = dt.timedelta(days=31)
"""So long somebody may wait for any place of a department."""
MARGIN: Final = dt.timedelta(minutes=30)
"""A place that comes back so shortly before its session is nobody's in particular: there is no time to ask."""


class AlreadyWaiting(ClinicError):
    """This phone waits already for this person, in this department."""

    tell = "waiting.already"


class NotWaiting(ClinicError):
    """There is no such entry of this phone, or it waits no more."""

    tell = "waiting.gone_entry"


def join(
    session: Session,
    *,
    patient: int | NewPerson,
    phone: str,
    language: Language,
    occasion: str,
    now: dt.datetime,
    offered: int | None = None,
    department: int | None = None,
    last: dt.date | None = None,
    rules: BookingRules = BookingRules(),  # noqa: B008  frozen
) -> Waiting:
    """Wait for a place of one session (`offered`), or of a `department` until the day `last`; one entry for each person
    and department. `occasion` names this one act: repeated it gives the same entry.

    Raises AlreadyWaiting, AlreadyBooked, TooManyVisits, Blocked, SessionClosed, NotPossible.
    """
    repeated = _repeated(session, occasion, phone)
    if repeated is not None:
        return view_of(session, repeated)
    place, row, first, until = _wanted(session, offered, department, last, now)
    subscriber = subscribers.locked(session, phone, now)
    repeated = _repeated(session, occasion, phone)  # by another node meanwhile; the lock has waited for it
    if repeated is not None:
        return view_of(session, repeated)
    person = residents.related(session, subscriber, patient, now)
    blocks.check(session, resident=person.resident_id, phone=phone, centre=place.centre_id, now=now)
    limits.check(
        session, resident=person.resident_id, phone=phone, day=first, department=place.id, rules=rules, now=now
    )
    _refuse_second(session, person, place.id, phone)
    _refuse_many(session, phone, rules)
    if row is not None:
        refuse_second(session, person, row, phone)
    subscriber.last_centre_id = place.centre_id
    whom = person.resident_id, person.name
    entry = _entry(*whom, place.id, first, until, phone, language, occasion, now, offered)
    session.add(entry)
    try:
        session.flush()
    except IntegrityError as error:
        raise NotPossible from error
    audit.note(session, f"subscriber:{subscriber.id}", "waiting.join", f"waiting:{entry.id}", now=now)
    return view_of(session, entry)


def leave(session: Session, *, entry: int, phone: str, now: dt.datetime) -> Waiting:
    """Wait no more; what this phone was offered for it goes to the next at once. Raises NotWaiting."""
    theirs = select(WaitEntry).where(WaitEntry.id == entry, WaitEntry.phone == phone).with_for_update()
    row = session.scalars(theirs.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.state not in ("waiting", "left"):
        raise NotWaiting
    if row.state == "waiting":
        row.state = "left"
        audit.note(session, "subscriber", "waiting.leave", f"waiting:{row.id}", now=now)
        session.flush()
        pass_on(session, entry=row.id, now=now)
    return view_of(session, row)


def pass_on(session: Session, *, entry: int, now: dt.datetime, but: int | None = None) -> None:
    """Whoever this was cares no more for what they were offered: the next of those offers are told now.

    `but`: not of this offer. Offers in others' hands are looked at soon anyway.
    """
    told = select(PlaceTold.place_offer_id).where(PlaceTold.wait_entry_id == entry, PlaceTold.answer == "")
    open_ones = select(PlaceOffer).where(PlaceOffer.id.in_(told), PlaceOffer.state == "open")
    if but is not None:
        open_ones = open_ones.where(PlaceOffer.id != but)
    for offer in session.scalars(open_ones.order_by(PlaceOffer.id).with_for_update(skip_locked=True)).all():
        offer.look_at = now
        answer(session, offer.id, entry, "no")


def answer(session: Session, offer: int, entry: int, said: str) -> None:
    """What somebody said to an offer whose row is ours; a yes stands."""
    theirs = update(PlaceTold).where(PlaceTold.place_offer_id == offer, PlaceTold.wait_entry_id == entry)
    session.execute(theirs.where(PlaceTold.answer != "yes").values(answer=said), execution_options=PLAIN)


def add_loser(
    session: Session,
    *,
    person: int,
    row: ClinicSession,
    phone: str,
    language: str,
    name: str,
    occasion: str,
    now: dt.datetime,
) -> bool:
    """Whoever took part in a draw and was not drawn waits for that session; False where they wait there already."""
    waits = WaitEntry.resident_id == person, WaitEntry.department_id == row.department_id, WaitEntry.state == "waiting"
    known = select(WaitEntry.id).where(*waits).limit(1)
    if session.scalar(known) is not None:
        return False
    session.add(_entry(person, name, row.department_id, row.day, row.day, phone, language, occasion, now, row.id))
    session.flush()
    return True


def _wanted(
    session: Session, offered: int | None, department: int | None, last: dt.date | None, now: dt.datetime
) -> tuple[Department, ClinicSession | None, dt.date, dt.date]:
    """The department, the one session, the first and the last day."""
    if offered is not None:
        found = select(ClinicSession).options(joinedload(ClinicSession.department)).where(ClinicSession.id == offered)
        row = session.scalars(found).one_or_none()
        if row is None or row.state != "open" or row.starts_at(now.tzinfo) - MARGIN <= now or row.release_at > now:
            raise SessionClosed
        return row.department, row, row.day, row.day
    place = session.get(Department, department)
    today = now.date()
    if place is None or last is None or not today <= last <= today + LONGEST:
        raise SessionClosed
    return place, None, today, last


def _repeated(session: Session, occasion: str, phone: str) -> WaitEntry | None:
    this = WaitEntry.occasion == occasion, WaitEntry.phone == phone
    return session.scalars(select(WaitEntry).where(*this)).one_or_none()


def _refuse_second(session: Session, person: RelatedPerson, department: int, phone: str) -> None:
    waits = WaitEntry.resident_id == person.resident_id, WaitEntry.department_id == department
    holder = session.scalar(select(WaitEntry.phone).where(*waits, WaitEntry.state == "waiting"))
    if holder is not None:
        raise AlreadyWaiting if holder == phone else NotPossible


def _refuse_many(session: Session, phone: str, rules: BookingRules) -> None:
    """A phone waits for no more places than it may have visits."""
    waits = select(func.count()).select_from(WaitEntry).where(WaitEntry.phone == phone, WaitEntry.state == "waiting")
    if rules.phone and (session.scalar(waits) or 0) >= rules.phone:
        raise TooManyWaiting


class TooManyWaiting(ClinicError):
    """This phone waits for as many places as it may have."""

    tell = "waiting.too_many"


def _entry(
    person: int,
    name: str,
    department: int,
    first: dt.date,
    last: dt.date,
    phone: str,
    language: str,
    occasion: str,
    now: dt.datetime,
    offered: int | None,
) -> WaitEntry:
    return WaitEntry(
        occasion=occasion,
        resident_id=person,
        phone=phone,
        language=language,
        name=name,
        department_id=department,
        clinic_session_id=offered,
        first_day=first,
        last_day=last,
        state="waiting",
        waits_since=now,
        offers=0,
    )
