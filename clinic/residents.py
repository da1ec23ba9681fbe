"""Residents, and whom a phone may book for."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from clinic.errors import BadName, NotPossible
from clinic.identity import SealedIdentity
from clinic.rows import get_or_add, reads
from clinic.tables import RelatedPerson, Resident, Subscriber
from clinic.views import PersonView

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is named for the first time by this phone."""

    name: str
    identity: SealedIdentity


def check_name(written: str) -> str:
    """The name in its stored form; BadName unless it has 2 to 40 letters (with inner blanks, dots, hyphens)."""
    name = " ".join(unicodedata.normalize("NFKC", written).split())
    letters = sum(character.isalpha() for character in name)
    fits = len(name) <= LONGEST_NAME and letters >= 2
    if not fits or any(not (character.isalpha() or character in " .·'-") for character in name):
        raise BadName
    return name


@reads
def known_to(session: Session, *, phone: str) -> list[PersonView]:
    """The people this phone has booked for or was registered with, oneself first."""
    rows = session.scalars(
        select(RelatedPerson)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.phone == phone)
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    )
    return [PersonView(row.resident_id, row.name, row.is_self) for row in rows]


def related(session: Session, subscriber: Subscriber, patient: int | NewPerson, now: dt.datetime) -> RelatedPerson:
    """The person this subscriber means, registered where new; NotPossible for a person of somebody else's."""
    if isinstance(patient, NewPerson):
        return relate(session, subscriber, register(session, patient, centre=None, now=now), patient.name)
    row = session.scalars(
        select(RelatedPerson).where(RelatedPerson.subscriber_id == subscriber.id, RelatedPerson.resident_id == patient)
    ).one_or_none()
    if row is None:
        raise NotPossible
    return row


def register(session: Session, person: NewPerson, *, centre: int | None, now: dt.datetime) -> Resident:
    """The resident with this identity number, added where new. A name on record is never changed by phone."""
    return get_or_add(
        session,
        Resident,
        ["identity_digest"],
        name=person.name,
        identity_sealed=person.identity.sealed,
        identity_digest=person.identity.digest,
        birth=person.identity.birth,
        sex=person.identity.sex,
        centre_id=centre,
        created_at=now,
    )


def relate(session: Session, subscriber: Subscriber, resident: Resident, name: str) -> RelatedPerson:
    """Let this phone book for this resident; the first person a phone names is its owner."""
    first = not session.scalar(select(exists().where(RelatedPerson.subscriber_id == subscriber.id)))
    return get_or_add(
        session,
        RelatedPerson,
        ["subscriber_id", "resident_id"],
        subscriber_id=subscriber.id,
        resident_id=resident.id,
        name=name,
        is_self=first,
    )
