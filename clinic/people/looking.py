"""People as the staff see them: found by identity number or phone, with the phones that book for them.

Names and phones leave the store in full; whoever shows them masks them, unless there is a reason, which is audited.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, look_again, residents, subscribers
from clinic.residents import SEEN
from clinic.rows import reads
from clinic.tables import (
    AccountPhone,
    Centre,
    Department,
    LedgerAccount,
    RelatedPerson,
    Resident,
    Subscriber,
    Visit,
    WaitEntry,
)
from clinic.tables.visits import STANDING
from clinic.verifying import REFUTED
from conf.texts.words import Name

MOST = 1000


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that books for somebody; `name` as it has typed it. `is_wrong`: it says that it is somebody else's."""

    phone: str
    name: str
    is_self: bool
    relation: str
    is_told: bool
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class ToCome:
    """A visit that stands."""

    id: int
    department: Name
    day: dt.date
    state: str
    phone: str


@dataclass(frozen=True, slots=True)
class PersonShown:
    """`verified`: "" nobody asked, confirmed, refuted, seen. `has_spoken`: the name is still to be written."""

    id: int
    name: str
    birth: dt.date
    sex: str
    centre: str
    verified: str
    verify_at: dt.datetime | None
    has_spoken: bool
    sealed: bytes
    phones: tuple[Phone, ...]
    visits: tuple[ToCome, ...]
    waiting: int
    accounts: int


@reads
def found(
    session: Session, *, digest: str | None = None, phone: str | None = None, resident: int | None = None
) -> list[PersonShown]:
    """The residents with this identity number, of this phone, or of this number; at most 1000."""
    query = select(Resident).order_by(Resident.id).limit(MOST)
    if digest is not None:
        query = query.where(Resident.identity_digest == digest)
    if resident is not None:
        query = query.where(Resident.id == resident)
    if phone is not None:
        theirs = select(RelatedPerson.resident_id).join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        query = query.where(Resident.id.in_(theirs.where(Subscriber.phone == phone)))
    return _shown(session, session.scalars(query).all())


@reads
def refuted(session: Session, *, centre: str | None = None) -> list[PersonShown]:
    """Whose name and number do not belong together, those with visits to come first; at most 1000."""
    query = select(Resident).where(Resident.verified == REFUTED)
    if centre is not None:
        query = query.join(Centre, Centre.id == Resident.centre_id).where(Centre.code == centre)
    rows = _shown(session, session.scalars(query.order_by(Resident.id).limit(MOST)).all())
    return sorted(rows, key=lambda row: (not row.visits, row.id))


def reveal(session: Session, *, residents: Collection[int], reason: str, by: str, now: dt.datetime) -> None:
    """Note who has looked at what is masked else, and why."""
    for resident in residents:
        audit.note(session, f"staff:{by}", "people.reveal", f"resident:{resident}", now=now, reason=reason)


def correct(session: Session, *, resident: int, name: str, phone: str | None, by: str, now: dt.datetime) -> str | None:
    """The name as on the identity document that the counter has seen; the name before, None for no such resident.

    `phone`: of who stands there; it is shown the name from now on, and told of them. Raises BadName.
    """
    written = residents.check_name(name)
    row = session.get(Resident, resident, with_for_update=True)
    if row is None:
        return None
    before = row.name
    if phone is not None:
        subscriber = subscribers.locked(session, phone, now)
        residents.put_on_record(session, row, subscriber, written)
        look_again.right_number(session, subscriber=subscriber, today=now.date())
    row.name, row.spoken_name = written, None
    row.verified, row.verify_at = SEEN, None
    audit.note(session, f"staff:{by}", "person.correct", f"resident:{resident}", now=now)
    return before


def _shown(session: Session, rows: Sequence[Resident]) -> list[PersonShown]:
    whom = [row.id for row in rows]
    phones, visits = _phones(session, whom), _visits(session, whom)
    waiting = _counts(session, WaitEntry.resident_id, whom, WaitEntry.state == "waiting")
    linked = LedgerAccount.id.in_(select(AccountPhone.account_id))
    accounts = _counts(session, LedgerAccount.resident_id, whom, linked)
    codes = dict(session.execute(select(Centre.id, Centre.code)).all())
    return [
        PersonShown(
            id=row.id,
            name=row.name,
            birth=row.birth,
            sex=row.sex,
            centre=codes.get(row.centre_id, "") if row.centre_id is not None else "",
            verified=row.verified,
            verify_at=row.verify_at,
            has_spoken=row.spoken_name is not None,
            sealed=row.identity_sealed,
            phones=tuple(phones.get(row.id, ())),
            visits=tuple(visits.get(row.id, ())),
            waiting=waiting.get(row.id, 0),
            accounts=accounts.get(row.id, 0),
        )
        for row in rows
    ]


def _phones(session: Session, whom: Sequence[int]) -> dict[int, list[Phone]]:
    held: dict[int, list[Phone]] = {}
    rows = session.execute(
        select(RelatedPerson, Subscriber)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(RelatedPerson.resident_id.in_(whom))
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    )
    for person, phone in rows:
        shown = Phone(
            phone.phone, person.name, person.is_self, person.relation, person.is_told, phone.wrong_at is not None
        )
        held.setdefault(person.resident_id, []).append(shown)
    return held


def _visits(session: Session, whom: Sequence[int]) -> dict[int, list[ToCome]]:
    held: dict[int, list[ToCome]] = {}
    rows = session.execute(
        select(Visit, Department)
        .join(Department, Department.id == Visit.department_id)
        .where(Visit.resident_id.in_(whom), Visit.state.in_(STANDING))
        .order_by(Visit.day, Visit.id)
    )
    for visit, department in rows:
        shown = ToCome(visit.id, department.name, visit.day, visit.state, visit.phone)
        held.setdefault(visit.resident_id, []).append(shown)
    return held


def _counts(session: Session, column: object, whom: Sequence[int], *which: object) -> dict[int, int]:
    rows = session.execute(
        select(column, func.count()).where(column.in_(whom), *which).group_by(column)  # type: ignore[call-overload, attr-defined]
    )
    return dict(rows.all())
