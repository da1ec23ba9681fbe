"""The phones that are told of a child: its guardians', as the centre has them on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic import look_again, residents
from clinic.children.entries import Guardian
from clinic.rows import add_or_get
from clinic.tables import RelatedPerson, Resident, Subscriber
from conf.texts.words import Language


def put(
    session: Session,
    resident: Resident,
    guardians: Collection[Guardian],
    *,
    language: Language | None,
    now: dt.datetime,
    is_new: bool = False,
) -> bool:
    """These phones are told from now on, and no other; whether that changed anything. `is_new`: nobody was told before.

    A phone that is not a guardian's any more may still book for the child, as it could before it was one.
    """
    held = {} if is_new else on_record(session, resident.id)
    kept = {phone: row for phone, row in held.items() if row.is_told and not row.is_self and row.name == resident.name}
    wanted = {each.phone: each.relation for each in guardians}
    if len(kept) == len(held) and {phone: row.relation for phone, row in kept.items()} == wanted:
        return False
    for phone in held.keys() - wanted.keys():
        held[phone].is_told, held[phone].relation = False, ""
    for each in guardians:
        _tell(session, resident, each, language, now)
    return True


def rename(session: Session, resident: Resident, name: str) -> None:
    """Write the child's name, also for the phones that are told of it."""
    resident.name, resident.spoken_name = name, None
    for phone in on_record(session, resident.id):
        subscriber = session.scalars(select(Subscriber).where(Subscriber.phone == phone)).one()
        residents.put_on_record(session, resident, subscriber, name)


def on_record(session: Session, resident: int) -> dict[str, RelatedPerson]:
    """By their phones, those whom the centre has put on record for this child."""
    rows = session.execute(
        select(Subscriber.phone, RelatedPerson)
        .join(RelatedPerson, RelatedPerson.subscriber_id == Subscriber.id)
        .where(RelatedPerson.resident_id == resident, or_(RelatedPerson.is_told, RelatedPerson.relation != ""))
        .order_by(RelatedPerson.id)
    )
    return {row.phone: row.RelatedPerson for row in rows}


def _tell(
    session: Session, resident: Resident, guardian: Guardian, language: Language | None, now: dt.datetime
) -> None:
    """A phone is a grown person's: never the child's own, also where it has booked for nobody else yet."""
    subscriber = session.scalars(select(Subscriber).where(Subscriber.phone == guardian.phone)).one_or_none()
    if subscriber is None:
        row = {"phone": guardian.phone, "language": language, "created_at": now}
        number, person = add_or_get(session, Subscriber, ["phone"], **row), None
    else:
        subscriber.language, number = subscriber.language or language, subscriber.id
        look_again.right_number(session, subscriber=subscriber, today=now.date())  # the centre has asked whose it is
        this = RelatedPerson.subscriber_id == number, RelatedPerson.resident_id == resident.id
        person = session.scalars(select(RelatedPerson).where(*this)).one_or_none()
    if subscriber is not None and person is not None:
        residents.put_on_record(session, resident, subscriber, resident.name)
        person.relation = guardian.relation
        residents.disown(session, person, now.date())
        return
    key = {"subscriber_id": number, "resident_id": resident.id}
    told = {"name": resident.name, "relation": guardian.relation, "is_self": False, "is_told": True}
    add_or_get(session, RelatedPerson, list(key), **key, **told)
