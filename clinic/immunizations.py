"""Vaccine doses that were given, as a family hears them. What is due is not said here.

Whoever has typed a child's identity number learns nothing of what is on record by it: doses are told only where the
centre has the person on record, under the name that this phone gave too. By voice a phone gives none: it has to be the
phone on record, or its user has been at the counter (`residents.put_on_record`). A phone that says that it is somebody
else's is told nothing.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from clinic.months import years_before
from clinic.rows import reads
from clinic.tables import Immunization, RelatedPerson, Resident, Subscriber
from clinic.vaccines.records import IMMUNOGLOBULIN
from clinic.views import DoseView, PersonView
from conf.texts.words import Name
from conf.vaccines import called

ADULT = 18  # years
# Codes of the national immunisation programme (National Health Commission, schedule of 2021).
VACCINES = (
    "HepB", "BCG", "IPV", "bOPV", "DTaP", "DT", "MMR", "JE-L", "JE-I", "MPSV-A", "MPSV-AC", "HepA-L", "HepA-I",
)  # fmt: skip


@reads
def people(session: Session, *, phone: str, day: dt.date) -> list[PersonView]:
    """Whose record this phone may ask for: its children under 18 on this day, and who has doses on record."""
    doses = select(Immunization.id).where(Immunization.resident_id == Resident.id).exists()
    rows = session.scalars(
        select(RelatedPerson)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .join(Resident, Resident.id == RelatedPerson.resident_id)
        .where(Subscriber.phone == phone, Subscriber.wrong_at.is_(None))
        .where(or_(Resident.birth > years_before(day, ADULT), and_(_same_name(), doses)))
        .order_by(Resident.birth.desc(), RelatedPerson.id)
    )
    return [PersonView(row.resident_id, row.name, row.is_self) for row in rows]


@reads
def given(session: Session, *, phone: str, person: int) -> list[DoseView]:
    """The doses that this person of the phone's was given, the newest first; immunoglobulin is none."""
    rows = session.scalars(
        select(Immunization)
        .join(Resident, Resident.id == Immunization.resident_id)
        .join(RelatedPerson, RelatedPerson.resident_id == Resident.id)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.phone == phone, Subscriber.wrong_at.is_(None), Resident.id == person, _same_name())
        .where(Immunization.vaccine != IMMUNOGLOBULIN)
        .order_by(Immunization.given_on.desc(), Immunization.id)
    )
    return [DoseView(_named(row), row.dose, row.given_on) for row in rows]


def _named(row: Immunization) -> str | Name:
    """The texts name the vaccines of the programme, the schedules everything else."""
    return row.vaccine if row.vaccine in VACCINES else called(row.vaccine, row.given_on) or row.vaccine


def _same_name() -> ColumnElement[bool]:
    return and_(RelatedPerson.name == Resident.name, Resident.centre_id.is_not(None))
