"""Residents, whom a phone may book for, and how a phone is reached.

Who is registered by voice has a placeholder for a name, made from the identity number, and the name's recording; the
counter completes it. A phone is shown a written name only where it has typed that name, or the centre has seen who uses
it: whoever has typed somebody's identity number learns nothing by it, now or later.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from clinic import audit, look_again, subscribers
from clinic.errors import BadName, NotPossible
from clinic.identity import SealedIdentity
from clinic.phones import masked_phone
from clinic.rows import get_or_add, reads
from clinic.tables import Channel, HomeVisit, RelatedPerson, Resident, Subscriber, Visit
from clinic.views import IncompleteView

LONGEST_NAME = 40
MOST_INCOMPLETE = 1000
GROWN_UP = 18  # years
SEEN = "seen"
"""Of `Resident.verified`: the counter has seen the identity document."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is named for the first time by this phone; `spoken_name` is the name's recording, "" where typed."""

    name: str
    identity: SealedIdentity
    spoken_name: str = ""


def check_name(written: str) -> str:
    """The name in its stored form; BadName unless it has 2 to 40 letters (with inner blanks, dots, hyphens)."""
    name = " ".join(unicodedata.normalize("NFKC", written).split())
    letters = sum(character.isalpha() for character in name)
    fits = len(name) <= LONGEST_NAME and letters >= 2
    if not fits or any(not (character.isalpha() or character in " .·'-") for character in name):
        raise BadName
    return name


def check_recording(name: str) -> str:
    """The name of a recording, as the hotline gives it: 32 hexadecimal digits, so it leads to no other file."""
    if not re.fullmatch(r"[0-9a-f]{32}", name):
        raise BadName
    return name


def placeholder(identity: str) -> str:
    """What stands for a name that was spoken: the same in every language, since it is kept like a name."""
    return f"尾号{identity[-4:]}"


def is_placeholder(name: str) -> bool:
    """Whether it stands for a name that was spoken; nobody can type one (`check_name`)."""
    return re.fullmatch(r"尾号\d{3}[\dX]", name) is not None


def age(birth: dt.date, day: dt.date) -> int:
    """Completed years on this day."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


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


@reads
def by_digest(session: Session, digest: str) -> int | None:
    """Who has the identity number with this digest."""
    found: int | None = session.scalar(select(Resident.id).where(Resident.identity_digest == digest))
    return found


def register(session: Session, person: NewPerson, *, centre: int | None, now: dt.datetime) -> Resident:
    """The resident with this identity number, added where new. A name on record is never changed by phone.

    For whom no centre has put on record a register is to be asked (`clinic.verifying`).
    """
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
        spoken_name=person.spoken_name or None,
        created_at=now,
        verify_at=now if centre is None else None,
    )


def relate(session: Session, subscriber: Subscriber, resident: Resident, name: str) -> RelatedPerson:
    """Let this phone book for this resident; the first person a phone names is its owner.

    Those for whom the centre has put it on record as a guardian's, now or once, are not: it has named them, not the
    phone, and did not take them for its owner.
    """
    owner = (RelatedPerson.subscriber_id == subscriber.id, RelatedPerson.is_self)
    first = not session.scalar(select(exists().where(*owner)))
    return get_or_add(
        session,
        RelatedPerson,
        ["subscriber_id", "resident_id"],
        subscriber_id=subscriber.id,
        resident_id=resident.id,
        name=name,
        is_self=first,
    )


def disown(session: Session, person: RelatedPerson, day: dt.date) -> None:
    """The phone is not this person's own, as the centre knows better now; the first grown person it has named besides
    whom the centre has not put on record as somebody else is its owner then."""
    if not person.is_self:
        return
    person.is_self = False
    others = session.execute(
        select(RelatedPerson, Resident.birth)
        .join(Resident, Resident.id == RelatedPerson.resident_id)
        .where(
            RelatedPerson.subscriber_id == person.subscriber_id,
            RelatedPerson.id != person.id,
            RelatedPerson.relation == "",
        )
        .order_by(RelatedPerson.id)
    )
    owner = next((other for other, birth in others if age(birth, day) >= GROWN_UP), None)
    if owner is not None:
        owner.is_self = True


@reads
def incomplete(session: Session) -> list[IncompleteView]:
    """The residents whose name is still to be written, the longest waiting first; at most 1000."""
    rows = session.scalars(
        select(Resident)
        .where(Resident.spoken_name.is_not(None))
        .order_by(Resident.created_at, Resident.id)
        .limit(MOST_INCOMPLETE)
    ).all()
    return [
        IncompleteView(
            id=row.id,
            name=row.name,
            recording=row.spoken_name or "",
            sex=row.sex,
            birth=row.birth,
            phones=tuple(map(masked_phone, _phones(session, row.id))),
            registered_at=row.created_at,
        )
        for row in rows
    ]


@reads
def recordings(session: Session) -> set[str]:
    """The recordings of spoken names that are still to be written; nobody needs any other one."""
    names = session.scalars(select(Resident.spoken_name).where(Resident.spoken_name.is_not(None)))
    return {name for name in names if name is not None}


def complete(session: Session, *, resident: int, name: str, phone: str, now: dt.datetime) -> bool:
    """Write the name of a resident who was registered by voice, and let `phone` have it: whose user is at the counter.

    Of a resident whose name is on record by now a further phone gets it, if `name` is that name. False when nobody
    waits for a name under this number, or this phone has not named them. Raises BadName.
    """
    name = check_name(name)
    row = session.get(Resident, resident, with_for_update=True)
    subscriber = session.scalars(select(Subscriber).where(Subscriber.phone == phone)).one_or_none()
    held = None if row is None or subscriber is None else _held(session, subscriber, row)
    if row is None or subscriber is None or held is None:
        return False
    if row.spoken_name is None and not (row.name == name and is_placeholder(held.name)):
        return False
    put_on_record(session, row, subscriber, name)
    look_again.right_number(session, subscriber=subscriber, today=now.date())  # its user is at the counter
    who = f"subscriber:{subscriber.id}"
    audit.note(session, "staff", "resident.complete", f"resident:{resident}", now=now, shown_to=who)
    return True


def put_on_record(session: Session, row: Resident, subscriber: Subscriber, name: str) -> None:
    """The name that the centre has seen written, also for this phone, which the centre knows to be theirs.

    Every other phone keeps what it has typed, or the placeholder: it may be a stranger's, who typed the number. Notices
    about the resident go to this phone from now on.
    """
    row.name, row.spoken_name = name, None
    row.verified, row.verify_at = SEEN, None
    person = relate(session, subscriber, row, name)
    before, person.name, person.is_told = person.name, name, True
    if is_placeholder(before):
        session.flush()
        for table in (Visit, HomeVisit):
            theirs = (table.resident_id == row.id, table.phone == subscriber.phone, table.name == before)
            session.execute(update(table).where(*theirs).values(name=name))


def _held(session: Session, subscriber: Subscriber, row: Resident) -> RelatedPerson | None:
    this = RelatedPerson.subscriber_id == subscriber.id, RelatedPerson.resident_id == row.id
    return session.scalars(select(RelatedPerson).where(*this)).one_or_none()


def prefer(session: Session, *, phone: str, contact: Channel | None, now: dt.datetime) -> None:
    """How this phone wants to be reached; None: as the kind of its number suggests."""
    subscriber = subscribers.known(session, phone, now)
    subscriber.contact = contact
    audit.note(session, "staff", "subscriber.contact", f"subscriber:{subscriber.id}", now=now, contact=contact)


@reads
def contact(session: Session, *, phone: str, region: str) -> Channel:
    """How to reach this phone: as was chosen, else by voice where its number is a fixed line's, else by SMS."""
    chosen: Channel | None = session.scalar(select(Subscriber.contact).where(Subscriber.phone == phone))
    return chosen or ("voice" if _fixed_line(phone, region) else "sms")


def _fixed_line(phone: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE


def _phones(session: Session, resident: int) -> list[str]:
    return list(
        session.scalars(
            select(Subscriber.phone)
            .join(RelatedPerson, RelatedPerson.subscriber_id == Subscriber.id)
            .where(RelatedPerson.resident_id == resident)
            .order_by(RelatedPerson.id)
        )
    )
