"""Centres, in the order in which a caller most likely wants them."""

from __future__ import annotations

import math
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.rows import reads
from clinic.tables import Centre, RelatedPerson, Resident, Subscriber
from clinic.views import CentreView

MOST = 20


@reads
def nearest(session: Session, *, phone: str) -> list[CentreView]:
    """At most 20 centres: the one last used, then the home centre's neighbours by distance, then by code.

    A phone that nobody knows gets them by code: the answer is the same for every unknown phone.
    """
    _, centres = by_nearness(session, phone)
    return [CentreView(centre.id, centre.code, centre.name) for centre in centres[:MOST]]


def by_nearness(session: Session, phone: str) -> tuple[bool, list[Centre]]:
    """Whether this phone has a centre, and all of them as `nearest` has them. For use cases: rows stay in the store."""
    last, home = _anchors(session, phone)
    centres = list(session.scalars(select(Centre).order_by(Centre.code)))
    by_id = {centre.id: centre for centre in centres}
    anchor = by_id.get(home or last or 0)
    if anchor is not None:
        centres.sort(key=lambda centre: _kilometres(anchor, centre))
    if last in by_id:
        centres.sort(key=lambda centre: centre.id != last)
    return anchor is not None, centres


def _anchors(session: Session, phone: str) -> tuple[int | None, int | None]:
    row = session.execute(_last_and_home(), {"phone": phone}).one_or_none()
    return (None, None) if row is None else (row[0], row[1])


@cache
def _last_and_home() -> Select[int | None, int | None]:
    """Built once, as every booking asks for it."""
    return (
        select(Subscriber.last_centre_id, Resident.centre_id)
        .outerjoin(RelatedPerson, RelatedPerson.subscriber_id == Subscriber.id)
        .outerjoin(Resident, Resident.id == RelatedPerson.resident_id)
        .where(Subscriber.phone == bindparam("phone"))
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
        .limit(1)
    )


def _kilometres(one: Centre, other: Centre) -> float:
    """Great-circle distance (haversine, mean radius 6371 km); infinite where a place is not known."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return 0.0 if one.id == other.id else math.inf
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude)
    half = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))
