"""Contraindications of a child: noted by the codes of conf/vaccines, ended, listed. What is none is refused.

The refusal (`clinic.vaccines.contraindications.NotContraindicated`) has the reason in both languages.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.children.errors import BadRecord, NoSuchChild
from clinic.children.files import look_again
from clinic.rows import reads
from clinic.tables import Contraindication, Resident
from clinic.vaccines.contraindications import BadContraindication, contraindication
from conf.texts.words import Name
from conf.vaccines import edition


@dataclass(frozen=True, slots=True)
class Against:
    """A contraindication on record: `against` a vaccine's code, `live` or `all`; `until` None: for good."""

    id: int
    child: int
    against: str
    reason: str
    name: Name
    since: dt.date
    until: dt.date | None
    is_changed: bool = True


@dataclass(frozen=True, slots=True)
class Code:
    """What can be noted, or is refused. `against`: vaccine, live, all, or "" of what is no contraindication."""

    code: str
    name: Name
    against: str
    lasts: str
    why: Name | None = None


def add(
    session: Session,
    *,
    child: int,
    reason: str,
    since: dt.date | None = None,
    until: dt.date | None = None,
    vaccine: str = "",
    by: str,
    now: dt.datetime,
) -> Against:
    """Note it; once more the same only moves its last day. `since` None: today.

    Raises NotContraindicated, BadRecord, NoSuchChild.
    """
    today = now.date()
    since = since or today
    try:
        found = contraindication(reason, since=since, until=until, vaccine=vaccine, today=today)
    except BadContraindication as error:
        raise BadRecord(f"reason: {error}") from error
    born = session.scalar(select(Resident.birth).where(Resident.id == child))
    if born is None:
        raise NoSuchChild(f"there is no child with the ID {child}")
    if not born <= since <= today:
        raise BadRecord(f"since: {since} is {'before the birth' if since < born else 'still to come'}")
    key = {"resident_id": child, "against": found.against, "reason": reason, "since": since}
    row = session.scalars(select(Contraindication).filter_by(**key)).one_or_none()
    if row is not None and row.until == until:
        return _view(row, today, is_changed=False)
    if row is None:
        row = Contraindication(**key, noted_by=by, noted_at=now)
        session.add(row)
    row.until = until
    return _changed(session, row, "contraindication.add", by, now)


def end(session: Session, *, contraindication: int, day: dt.date, by: str, now: dt.datetime) -> Against:
    """Say on which day it holds for the last time, as when it has been looked into. Raises BadRecord."""
    row = _row(session, contraindication)
    if day < row.since:
        raise BadRecord(f"day: it is noted since {row.since}; strike it where it never was")
    row.until = day
    return _changed(session, row, "contraindication.end", by, now)


def strike(session: Session, *, contraindication: int, why: str, by: str, now: dt.datetime) -> Against:
    """Take it off the record, because it never was; the audit trail keeps it. Raises BadRecord."""
    row = _row(session, contraindication)
    session.delete(row)
    return _changed(session, row, "contraindication.strike", by, now, why=why)


@reads
def of_child(session: Session, *, child: int, today: dt.date) -> list[Against]:
    """All that is on record, the newest first, over or not."""
    rows = session.scalars(
        select(Contraindication)
        .where(Contraindication.resident_id == child)
        .order_by(Contraindication.since.desc(), Contraindication.id)
    )
    return [_view(row, today) for row in rows]


def codes(today: dt.date) -> list[Code]:
    """What can be noted, and after it what is refused, each with its words."""
    rules = edition(today)
    noted = [Code(code, known.name, known.against, known.lasts) for code, known in rules.contraindications.items()]
    refused = [Code(code, none.name, "", "", none.why) for code, none in rules.not_contraindications.items()]
    return noted + refused


def _row(session: Session, contraindication: int) -> Contraindication:
    row = session.get(Contraindication, contraindication, with_for_update=True)
    if row is None:
        raise BadRecord(
            f"contraindication: there is none with the ID {contraindication}; the child's record shows them"
        )
    return row


def _changed(session: Session, row: Contraindication, action: str, by: str, now: dt.datetime, **detail: str) -> Against:
    session.flush()
    look_again(session, [row.resident_id], now)
    view = _view(row, now.date())
    what = {"reason": row.reason, "against": row.against, "since": str(row.since)}
    until = str(row.until) if row.until else None
    audit.note(session, f"staff:{by}", action, f"resident:{row.resident_id}", now=now, **what, until=until, **detail)
    return view


def _view(row: Contraindication, today: dt.date, *, is_changed: bool = True) -> Against:
    known = edition(today).contraindications.get(row.reason)
    name = known.name if known else Name(row.reason, row.reason)
    return Against(row.id, row.resident_id, row.against, row.reason, name, row.since, row.until, is_changed)
