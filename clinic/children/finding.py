"""Which child is meant: by its card, its identity number, or the ID that lists show."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import residents
from clinic.children.errors import BadRecord, NoSuchChild
from clinic.errors import BadIdentity
from clinic.identity import Vault
from clinic.rows import reads
from clinic.tables import Centre, ChildFile


@reads
def meant(session: Session, *, written: str, vault: Vault) -> int:
    """The resident's id of the child with this card, identity number or ID; NoSuchChild where there is none."""
    found = (
        by_card(session, written.strip().upper()) or _by_identity(session, written, vault) or _by_id(session, written)
    )
    if found is None:
        raise NoSuchChild("no child is on record with this card, identity number or ID")
    return found


@reads
def each_meant(session: Session, *, written: Iterable[str], vault: Vault) -> list[int | None]:
    """As `meant`, of many; None where there is none."""
    found: list[int | None] = []
    for one in written:
        try:
            found.append(meant(session, written=one, vault=vault))
        except NoSuchChild:
            found.append(None)
    return found


@reads
def centre(session: Session, *, code: str) -> int:
    """The id of the centre with this code. Raises BadRecord."""
    found = {row.code: row.id for row in session.execute(select(Centre.code, Centre.id).order_by(Centre.code))}
    if code not in found:
        raise BadRecord(f"centre: there is no centre {code}; there are: {', '.join(found) or 'none'}")
    return int(found[code])


def by_card(session: Session, card: str) -> int | None:
    found: int | None = session.scalar(select(ChildFile.resident_id).where(ChildFile.card == card))
    return found


def _by_identity(session: Session, written: str, vault: Vault) -> int | None:
    try:
        return residents.by_digest(session, vault.digest(written))
    except BadIdentity:
        return None


def _by_id(session: Session, written: str) -> int | None:
    """Only of a child that has a file, so that a slip of the finger leads to no grown person."""
    if not written.isascii() or not written.isdigit() or len(written) > 12:
        return None
    found: int | None = session.scalar(select(ChildFile.resident_id).where(ChildFile.resident_id == int(written)))
    return found
