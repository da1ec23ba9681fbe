"""Who gets copies of whose readings, as the desk looks it up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.notices.people import covered
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import FamilyCopy, Resident


@dataclass(frozen=True, slots=True)
class CopyLine:
    """Who gets copies of whom, as a list shows it. `state`: asked, agreed, ended."""

    copy: int
    resident: int
    name: str
    phone: str
    relation: str
    state: Literal["asked", "agreed", "ended"]
    granted_by: str
    asked_at: dt.datetime
    agreed_at: dt.datetime | None
    ended_at: dt.datetime | None
    proof: str


@reads
def listed(
    session: Session, *, resident: int | None = None, shown: bool = False, ended_too: bool = False, most: int = 1000
) -> list[CopyLine]:
    """Who gets copies of whom; names and phones masked unless `shown`."""
    wanted = [] if resident is None else [FamilyCopy.resident_id == resident]
    rows = session.execute(
        select(FamilyCopy, Resident.name)
        .join(Resident, Resident.id == FamilyCopy.resident_id)
        .where(*wanted, *([] if ended_too else [FamilyCopy.ended_at.is_(None)]))
        .order_by(FamilyCopy.id)
        .limit(most)
    )
    return [_line(row, name, shown) for row, name in rows]


def _line(row: FamilyCopy, name: str, shown: bool) -> CopyLine:
    state: Literal["asked", "agreed", "ended"] = "ended" if row.ended_at else "agreed" if row.agreed_at else "asked"
    return CopyLine(
        copy=row.id,
        resident=row.resident_id,
        name=name if shown else covered(name),
        phone=row.phone if shown else masked_phone(row.phone),
        relation=row.relation,
        state=state,
        granted_by=row.granted_by,
        asked_at=row.asked_at,
        agreed_at=row.agreed_at,
        ended_at=row.ended_at,
        proof=row.agreed_proof or row.proof,
    )
