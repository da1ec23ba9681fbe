"""A child's file: opened, changed, bound to a card and to an identity number.

A newborn has no identity number yet: its file goes by the card, and the number is bound when it is given. Whatever may
change what is due, or who is told of it, lets the reminders look at the child again on that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import audit, residents
from clinic.batches import among
from clinic.children import finding, guardians, joining, told, withdrawing
from clinic.children.entries import Entry
from clinic.children.errors import BadRecord, NoSuchChild
from clinic.identity import PROVISIONAL, SealedIdentity, Vault
from clinic.residents import NewPerson
from clinic.tables import ChildFile, Immunization, Resident

ADULT = 18  # years
UNIT = "other"
"""The row of the statistics of a file that names none."""
PLAIN = ("residence", "standing", "unit", "birth_weight", "mother_hbsag")
AT_ONCE = 1000
LOOKED_AT = {"birth", "birth_weight", "standing", "centre", "guardians"}
"""What the reminders look at."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file after it was written. `changed`: the names of what is other than before; empty where nothing is."""

    child: int
    is_new: bool
    changed: tuple[str, ...]


def write(
    session: Session, entry: Entry, *, vault: Vault, by: str, now: dt.datetime, child: int | None = None
) -> Written:
    """Open the file of the child with this card or number, or change it; of `child` (a resident's id), where given.

    `now` is aware and local: its date is the centres' day. Raises BadRecord, NoSuchChild.
    """
    known = child if child is not None else _meant(session, entry)
    if known is not None and entry.identity is not None:
        known = _joined(session, known, entry.identity, by, now)
    resident = _registered(session, entry, vault, now) if known is None else _resident(session, known)
    file = None if known is None else _file(session, resident.id)
    is_new = file is None
    if file is None:
        file = _opened(entry, resident, now)
    changes = _put(entry, file)
    changes |= _bind_identity(entry.identity, resident)
    changes |= _put_person(session, entry, resident, now, is_new=known is None)
    changes |= _bind_card(session, entry.card, file, is_free=child is None)
    if is_new:
        session.add(file)  # only now, so that it is written once
    elif LOOKED_AT & changes.keys():
        look_again(session, [resident.id], now)
    if known is not None:
        _withdraw(session, entry, resident.id, changes, now)
    _note(session, resident.id, is_new, changes, by, now)
    return Written(resident.id, is_new, tuple(changes))


def _withdraw(session: Session, entry: Entry, child: int, changes: dict[str, Any], now: dt.datetime) -> None:
    """Take back what waits for who is not looked after here any more, and for who is not told any more."""
    if "standing" in changes and entry.standing != "active":
        withdrawing.withdraw(session, child=child, now=now)
    if "guardians" in changes:
        kept = {each.phone for each in entry.guardians or ()}
        withdrawing.withdraw(session, child=child, now=now, but_of=kept)
    if "centre" in changes:  # what waits names the old one
        withdrawing.withdraw(session, child=child, now=now, answers=True)


def look_again(session: Session, children: Collection[int], now: dt.datetime) -> None:
    """What is due to these children may be another thing now: also what waits to be told."""
    session.flush()
    listed = sorted(children)
    for first in range(0, len(listed), AT_ONCE):
        some = listed[first : first + AT_ONCE]
        looked = update(ChildFile).where(among(session, ChildFile.resident_id, some)).values(look_on=now.date())
        session.execute(looked)
        for child in withdrawing.waiting(session, children=some, now=now):
            told.forget(session, resident=child, now=now)


def _meant(session: Session, entry: Entry) -> int | None:
    """Whom an entry is of; None where it is of nobody on record."""
    by_card = finding.by_card(session, entry.card) if entry.card else None
    by_number = residents.by_digest(session, entry.identity.digest) if entry.identity else None
    if by_card is not None and by_number is not None and by_card != by_number and not _is_provisional(session, by_card):
        raise BadRecord(f"card: {entry.card} is bound to another child, ID {by_card}")
    return by_card if by_card is not None else by_number


def _is_provisional(session: Session, child: int) -> bool:
    return _resident(session, child).identity_digest.startswith(PROVISIONAL)


def _joined(session: Session, child: int, identity: SealedIdentity, by: str, now: dt.datetime) -> int:
    """The child that is kept: where another one on record has the number already, the two are made one."""
    holder = residents.by_digest(session, identity.digest)
    if holder is None or holder == child or not _is_provisional(session, child):
        return child
    joining.join(session, gone=_resident(session, child), kept=_resident(session, holder))
    audit.note(session, f"staff:{by}", "child.join", f"resident:{holder}", now=now, joined=child)
    return holder


def _resident(session: Session, child: int) -> Resident:
    row = session.get(Resident, child)
    if row is None:
        raise NoSuchChild(f"there is no child with the ID {child}")
    return row


def _registered(session: Session, entry: Entry, vault: Vault, now: dt.datetime) -> Resident:
    """A new resident; by the number, else by what is said of it."""
    if entry.name is None or entry.centre is None:
        raise BadRecord(f"{'name' if entry.name is None else 'centre'}: needed for a new file")
    if entry.identity is not None:
        return residents.register(session, NewPerson(entry.name, entry.identity), centre=entry.centre, now=now)
    if not entry.card:
        raise BadRecord("card: needed where there is no identity number")
    if entry.birth is None or entry.sex is None:
        missing = "birth" if entry.birth is None else "sex"
        raise BadRecord(f"{missing}: needed where there is no identity number that tells it")
    stands = vault.provisional(birth=entry.birth, sex=entry.sex)
    return residents.register(session, NewPerson(entry.name, stands), centre=entry.centre, now=now)


def _file(session: Session, child: int) -> ChildFile | None:
    return session.scalars(select(ChildFile).where(ChildFile.resident_id == child)).one_or_none()


def _opened(entry: Entry, resident: Resident, now: dt.datetime) -> ChildFile:
    if residents.age(resident.birth, now.date()) >= ADULT:
        raise BadRecord(f"birth: {resident.birth} is not a child’s")
    return ChildFile(
        resident_id=resident.id,
        residence=entry.residence or "local",
        standing=entry.standing or "active",
        unit=entry.unit or UNIT,
        birth_weight=entry.birth_weight,
        mother_hbsag=entry.mother_hbsag or "unknown",
        look_on=now.date(),
        created_at=now,
    )


def _put(entry: Entry, file: ChildFile) -> dict[str, Any]:
    """What the file itself holds; of each change what was before and what is now."""
    changes: dict[str, Any] = {}
    for name in PLAIN:
        wanted, before = getattr(entry, name), getattr(file, name)
        if wanted is not None and wanted != before:
            setattr(file, name, wanted)
            changes[name] = [before, wanted]
    return changes


def _put_person(
    session: Session, entry: Entry, resident: Resident, now: dt.datetime, *, is_new: bool
) -> dict[str, Any]:
    """What is on record of the person; names and phones stay out of the audit trail."""
    changes: dict[str, Any] = {}
    if entry.name is not None and entry.name != resident.name:
        guardians.rename(session, resident, entry.name)
        changes["name"] = True
    if entry.centre is not None and entry.centre != resident.centre_id:
        changes["centre"] = [resident.centre_id, entry.centre]
        resident.centre_id = entry.centre
    changes |= _put_birth(session, entry, resident)
    given = entry.guardians
    if given is not None and guardians.put(session, resident, given, language=entry.language, now=now, is_new=is_new):
        changes["guardians"] = len(given)
    return changes


def _put_birth(session: Session, entry: Entry, resident: Resident) -> dict[str, Any]:
    """Day of birth and sex, which the identity number tells where there is one."""
    changes: dict[str, Any] = {}
    for name in ("birth", "sex"):
        wanted, before = getattr(entry, name), getattr(resident, name)
        if wanted is None or wanted == before:
            continue
        if not resident.identity_digest.startswith(PROVISIONAL):
            raise BadRecord(f"{name}: the identity number on record says {before}")
        changes[name] = [str(before), str(wanted)]
        setattr(resident, name, wanted)
    if "birth" in changes:
        first = session.scalar(_doses_before(resident.id, resident.birth))
        if first is not None:
            raise BadRecord(f"birth: a dose is on record of {first}, before that day; correct it first")
    return changes


def _doses_before(child: int, birth: dt.date) -> Any:
    given = Immunization.given_on
    return select(given).where(Immunization.resident_id == child, given < birth).order_by(given).limit(1)


def _bind_identity(identity: SealedIdentity | None, resident: Resident) -> dict[str, Any]:
    """Give a child that had none its number; nobody's number is ever changed for another one."""
    if identity is None or identity.digest == resident.identity_digest:
        return {}
    if not resident.identity_digest.startswith(PROVISIONAL):
        raise BadRecord("identity: another number is on record of this child; look at the card once more")
    if (identity.birth, identity.sex) != (resident.birth, resident.sex):
        said, known = f"{identity.birth}, {identity.sex}", f"{resident.birth}, {resident.sex}"
        raise BadRecord(f"identity: it says {said}, the file (ID {resident.id}) {known}; correct what is wrong first")
    resident.identity_sealed, resident.identity_digest = identity.sealed, identity.digest
    return {"identity": True}


def _bind_card(session: Session, card: str | None, file: ChildFile, *, is_free: bool) -> dict[str, Any]:
    """Bind the card to this file. From another child it has to be taken away first. `is_free`: known to be nobody's."""
    if not card or card == file.card:
        return {}
    holder = None if is_free else finding.by_card(session, card)
    if holder is not None:
        raise BadRecord(f"card: {card} is bound to another child, ID {holder}")
    before, file.card = file.card, card
    return {"card": [before, card]}


def unbind_card(session: Session, *, child: int, by: str, now: dt.datetime) -> str | None:
    """Take the card away, as when it was bound to the wrong child: the number it had, None where it had none."""
    file = _file(session, child)
    if file is None:
        raise NoSuchChild(f"there is no child with the ID {child}")
    before, file.card = file.card, None
    if before is not None:
        audit.note(session, f"staff:{by}", "child.card", f"resident:{child}", now=now, card=[before, None])
    return before


def _note(session: Session, child: int, is_new: bool, changes: dict[str, Any], by: str, now: dt.datetime) -> None:
    """One line for what was done, and one of its own for a card and for a number that were bound."""
    subject, actor = f"resident:{child}", f"staff:{by}"
    if is_new:
        audit.note(session, actor, "child.new", subject, now=now)
    for name in ("card", "identity"):
        if name in changes:
            audit.note(session, actor, f"child.{name}", subject, now=now, **{name: changes[name]})
    rest = {name: change for name, change in changes.items() if name not in ("card", "identity")}
    if rest and not is_new:
        audit.note(session, actor, "child.change", subject, now=now, **rest)
