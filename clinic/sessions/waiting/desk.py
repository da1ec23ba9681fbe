"""The waiting list as the counter sees it: who is next, who was offered a place and until when; taking somebody off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit
from clinic.batches import among
from clinic.names import masked
from clinic.phones import masked_phone
from clinic.places.taking import for_session
from clinic.rows import reads
from clinic.rules import BookingRules
from clinic.sessions.waiting.entries import NotWaiting, pass_on
from clinic.sessions.waiting.shown import TOLD_FIRST
from clinic.tables import ClinicSession, Department, PlaceOffer, PlaceTold, WaitEntry
from conf.texts.words import Name

MOST = 1000


@dataclass(frozen=True, slots=True)
class WaitLine:
    """Somebody who waits. `place`: in the order in which they are told of places, from 1, within their department.

    `wanted`: the one clinic session that they wait for, None for any of the department from `first` to `last`. Offered:
    they think about a place of the session `offered`, alone until `till`, and may have it after that as long as nobody
    else has said yes. `offers`: how often they were offered one. Name and phone are masked.
    """

    id: int
    place: int
    name: str
    phone: str
    centre: Name
    department: Name
    wanted: int | None
    first: dt.date
    last: dt.date
    since: dt.datetime
    state: Literal["waiting", "offered"]
    offered: int | None
    till: dt.datetime | None
    offers: int


@reads
def listed(
    session: Session,
    *,
    rules: BookingRules,
    offered: int | None = None,
    department: int | None = None,
    entry: int | None = None,
) -> list[WaitLine]:
    """At most 1000 who wait: for a place of one session (`offered`), in one `department`, or this `entry`; else all."""
    place = func.row_number().over(partition_by=WaitEntry.department_id, order_by=TOLD_FIRST).label("place")
    found = select(WaitEntry, place).where(WaitEntry.state == "waiting")
    if offered is not None:
        found = found.where(*for_session(session.get_one(ClinicSession, offered)))
    if department is not None:
        found = found.where(WaitEntry.department_id == department)
    whole = joinedload(WaitEntry.department).joinedload(Department.centre)
    found = found.options(whole).order_by(WaitEntry.department_id, *TOLD_FIRST)
    rows = session.execute(found if entry is not None else found.limit(MOST)).all()
    wanted = [(row, place) for row, place in rows if entry in (None, row.id)]
    thinking = _thinking(session, [row.id for row, _ in wanted])
    minutes = dt.timedelta(minutes=max(rules.offer_minutes, 1))
    return [_line(row, place, thinking.get(row.id), minutes) for row, place in wanted]


def remove(session: Session, *, entry: int, by: str, now: dt.datetime) -> None:
    """Staff take somebody off the list; what they were offered goes to the next at once. They are not told. Raises
    NotWaiting."""
    found = select(WaitEntry).where(WaitEntry.id == entry).with_for_update()
    row = session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.state != "waiting":
        raise NotWaiting
    row.state = "left"
    audit.note(session, f"staff:{by}", "waiting.remove", f"waiting:{row.id}", now=now)
    session.flush()
    pass_on(session, entry=row.id, now=now)


def _thinking(session: Session, entries: Sequence[int]) -> dict[int, tuple[int, dt.datetime]]:
    """Of each that was told of a place that nobody has yet, and has said nothing: of which session, and when; the last
    one told."""
    rows = session.execute(
        select(PlaceTold.wait_entry_id, PlaceOffer.clinic_session_id, PlaceTold.told_at)
        .join(PlaceOffer, PlaceOffer.id == PlaceTold.place_offer_id)
        .where(among(session, PlaceTold.wait_entry_id, entries), PlaceTold.answer == "", PlaceOffer.state == "open")
        .order_by(PlaceTold.told_at, PlaceTold.id)
    )
    return {entry: (offered, told_at) for entry, offered, told_at in rows}


def _line(row: WaitEntry, place: int, told: tuple[int, dt.datetime] | None, minutes: dt.timedelta) -> WaitLine:
    return WaitLine(
        id=row.id,
        place=place,
        name=masked(row.name),
        phone=masked_phone(row.phone),
        centre=row.department.centre.name,
        department=row.department.name,
        wanted=row.clinic_session_id,
        first=row.first_day,
        last=row.last_day,
        since=row.waits_since,
        state="waiting" if told is None else "offered",
        offered=None if told is None else told[0],
        till=None if told is None else told[1] + minutes,
        offers=row.offers,
    )
