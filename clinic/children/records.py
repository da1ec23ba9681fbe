"""A child's record as the rules of vaccines look at it (`clinic.vaccines`), from the database, many at a time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.batches import among, fetch
from clinic.rows import reads
from clinic.tables import ChildFile, Contraindication, Immunization, Resident
from clinic.vaccines.products import counted_as
from clinic.vaccines.records import IMMUNOGLOBULIN, Child, Contra, Given


@reads
def load(session: Session, *, residents: Collection[int]) -> dict[int, Child]:
    """Of each of these residents what is known; who is no resident is not in it. Three queries, however many.

    Doses of products that are none of the programme stand in it as what they count as; the rows keep what was given.
    """
    doses, immunoglobulin = _doses(session, residents)
    against = _contraindications(session, residents)
    people = fetch(
        session,
        select(Resident.id, Resident.birth, ChildFile.birth_weight)
        .outerjoin(ChildFile, ChildFile.resident_id == Resident.id)
        .where(among(session, Resident.id, residents))
        .order_by(Resident.id),
    )
    return {
        resident: Child(
            birth=birth,
            doses=tuple(one for given in doses[resident] for one in counted_as(given, birth)),
            contraindications=tuple(against[resident]),
            immunoglobulin=tuple(immunoglobulin[resident]),
            birth_weight=weight,
        )
        for resident, birth, weight in people
    }


def _doses(session: Session, residents: Collection[int]) -> tuple[dict[int, list[Given]], dict[int, list[dt.date]]]:
    """The doses, and apart from them the days of immunoglobulin."""
    doses: dict[int, list[Given]] = defaultdict(list)
    immunoglobulin: dict[int, list[dt.date]] = defaultdict(list)
    for resident, vaccine, day in fetch(
        session,
        select(Immunization.resident_id, Immunization.vaccine, Immunization.given_on)
        .where(among(session, Immunization.resident_id, residents))
        .order_by(Immunization.given_on, Immunization.id),
    ):
        if vaccine == IMMUNOGLOBULIN:
            immunoglobulin[resident].append(day)
        else:
            doses[resident].append(Given(vaccine, day))
    return doses, immunoglobulin


def _contraindications(session: Session, residents: Collection[int]) -> dict[int, list[Contra]]:
    against: dict[int, list[Contra]] = defaultdict(list)
    for resident, what, since, until in fetch(
        session,
        select(Contraindication.resident_id, Contraindication.against, Contraindication.since, Contraindication.until)
        .where(among(session, Contraindication.resident_id, residents))
        .order_by(Contraindication.id),
    ):
        against[resident].append(Contra(what, since, until))
    return against
