"""Two entries of one child made one: that of its card, and that of its identity number.

A newborn's file goes by the card; when the number comes, the family may have booked by it first, so that it is on
record already. What the card's entry has then goes over to the number's, as long as that one has no record of its own.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from clinic.children import guardians
from clinic.children.errors import BadRecord
from clinic.rows import PLAIN
from clinic.tables import (
    Base,
    ChildFile,
    Contraindication,
    Immunization,
    Message,
    Question,
    RelatedPerson,
    Resident,
    Subscriber,
    Visit,
)
from clinic.tables.visits import STANDING

RECORD = (ChildFile, Immunization, Contraindication)


def join(session: Session, *, gone: Resident, kept: Resident) -> None:
    """Let `kept` have all that `gone` has, and delete that. Raises BadRecord where both have a record."""
    if (kept.birth, kept.sex) != (gone.birth, gone.sex):
        said, known = f"{kept.birth}, {kept.sex}", f"{gone.birth}, {gone.sex}"
        raise BadRecord(f"identity: it says {said}, the file (ID {gone.id}) {known}; correct what is wrong first")
    for table in RECORD:
        if session.scalar(select(table.id).where(table.resident_id == kept.id).limit(1)) is not None:
            raise BadRecord(f"identity: on record already, of the child with the ID {kept.id}, who has a record too")
    _refuse_two_visits(session, gone.id, kept.id)
    name, centre, number = gone.name, gone.centre_id, gone.id
    _join_questions(session, number, kept.id)
    _join_phones(session, number, kept.id)
    session.flush()
    for column in _columns():
        moved = update(column.table).where(column == number).values({column.name: kept.id})
        session.execute(moved, execution_options=PLAIN)
    session.delete(gone)
    session.flush()
    session.expire_all()
    kept.centre_id = centre
    guardians.rename(session, kept, name)


def _refuse_two_visits(session: Session, gone: int, kept: int) -> None:
    """One department, one person, one day: somebody must give one of the two back first."""
    theirs, other = aliased(Visit), aliased(Visit)
    twice = session.execute(
        select(theirs.id, other.id, theirs.day)
        .join(other, (other.department_id == theirs.department_id) & (other.day == theirs.day))
        .where(
            theirs.resident_id == kept, theirs.state.in_(STANDING), other.resident_id == gone, other.state.in_(STANDING)
        )
        .order_by(theirs.day)
        .limit(1)
    ).one_or_none()
    if twice is not None:
        raise BadRecord(
            f"identity: on record already, of the child with the ID {kept}; both have a visit in one department on "
            f"{twice[2]} (visits {twice[0]} and {twice[1]}): let the family cancel one of them first"
        )


def _columns() -> list[Any]:
    """Whatever names a resident, in tables that are there now or come later."""
    resident = Resident.__table__.c.id
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    naming = [column for column in columns if any(key.column is resident for key in column.foreign_keys)]
    return [*naming, Message.__table__.c.resident_id]


def _join_phones(session: Session, gone: int, kept: int) -> None:
    """A phone that knows both keeps one of them, and what the centre has put on record of it."""
    rows = session.scalars(select(RelatedPerson).where(RelatedPerson.resident_id.in_((gone, kept)))).all()
    known = {row.subscriber_id: row for row in rows if row.resident_id == kept}
    for row in rows:
        other = known.get(row.subscriber_id)
        if row.resident_id == gone and other is not None:
            other.is_told, other.relation, other.is_self = row.is_told, row.relation, False
            session.delete(row)


def _join_questions(session: Session, gone: int, kept: int) -> None:
    """What its guardians were asked and have not answered yet is about the other one now."""
    rows = session.scalars(
        select(Question)
        .join(Subscriber, Subscriber.phone == Question.phone)
        .join(RelatedPerson, RelatedPerson.subscriber_id == Subscriber.id)
        .where(RelatedPerson.resident_id == gone, Question.answered_at.is_(None))
    )
    for row in rows:
        if row.subject.get("resident") == gone:
            row.subject = {**row.subject, "resident": kept}
