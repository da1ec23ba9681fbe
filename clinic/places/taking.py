"""Taking a place, with its queue number, and giving it back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Update, exists, or_, select, update
from sqlalchemy.orm import Session

from clinic.errors import SessionClosed, SessionFull
from clinic.places.pools import ONSITE, candidates
from clinic.rows import PLAIN, rows_changed
from clinic.tables import ClinicSession, PlaceOffer, SessionShare, WaitEntry


@dataclass(frozen=True, slots=True)
class Taken:
    """The queue number that came with the place, and the pool that it was taken from ("" where there are none)."""

    number: int
    pool: str


def take(session: Session, offered: ClinicSession, *, channel: str) -> Taken:
    """The next queue number. One UPDATE takes place and number together, so there is neither gap nor double.

    Where places are shared out it is one of the channel's own, else one of those for all channels. Raises SessionFull
    (of a pool, too: the transaction must end then, and the number with it), SessionClosed.
    """
    free = ClinicSession.taken < ClinicSession.capacity, ClinicSession.state == "open"  # it may be stopped meanwhile
    won = session.execute(
        update(ClinicSession)
        .where(ClinicSession.id == offered.id, *free)
        .values(taken=ClinicSession.taken + 1, last_number=ClinicSession.last_number + 1)
        # They may have come meanwhile, too. The column itself: SQLite takes `is not null` for true in RETURNING.
        .returning(ClinicSession.last_number, ClinicSession.shares)
        .execution_options(**PLAIN)
    ).one_or_none()
    if won is None:
        state = session.scalar(select(ClinicSession.state).where(ClinicSession.id == offered.id))
        raise SessionFull if state == "open" else SessionClosed
    number, shares = won
    return Taken(number, "" if shares is None else _from_pool(session, offered.id, channel))


def take_offered(session: Session, offer: int) -> Taken:
    """The place of this offer, if nobody was faster; it has been held all the while. Raises SessionFull."""
    won = session.execute(
        update(PlaceOffer)
        .where(PlaceOffer.id == offer, PlaceOffer.state == "open")
        .values(state="taken", look_at=None)
        .returning(PlaceOffer.clinic_session_id, PlaceOffer.pool)
        .execution_options(**PLAIN)
    ).one_or_none()
    if won is None:
        raise SessionFull
    number: int | None = session.scalar(
        update(ClinicSession)
        .where(ClinicSession.id == won.clinic_session_id, ClinicSession.state == "open")
        .values(last_number=ClinicSession.last_number + 1)
        .returning(ClinicSession.last_number)
        .execution_options(**PLAIN)
    )
    if number is None:
        raise SessionClosed
    return Taken(number, won.pool)


def give_back(session: Session, *, offered: int, pool: str, now: dt.datetime) -> None:
    """A visit holds its place no more: it is held for those who wait for one, or free for anybody."""
    row = session.scalars(select(ClinicSession).where(ClinicSession.id == offered).with_for_update()).one()
    if row.state == "open" and _somebody_waits(session, row, now):
        session.add(PlaceOffer(clinic_session_id=offered, pool=pool, state="open", made_at=now, look_at=now, told=0))
        session.flush()
    else:
        free(session, offered=offered, pool=pool)


def free(session: Session, *, offered: int, pool: str) -> None:
    """The place is nobody's now: its pool's again, or the counter's where what is left has gone there already."""
    fewer = update(ClinicSession).where(ClinicSession.id == offered).values(taken=ClinicSession.taken - 1)
    flowed_at = session.scalar(fewer.returning(ClinicSession.flowed_at), execution_options=PLAIN)
    if not pool:
        return
    given: dict[str, Any] = {"taken": SessionShare.taken - 1}
    if flowed_at is not None and pool != ONSITE:
        more = _of(offered, ONSITE).values(places=SessionShare.places + 1)
        session.execute(more, execution_options=PLAIN)
        given["places"] = SessionShare.places - 1
    session.execute(_of(offered, pool).values(**given), execution_options=PLAIN)


def _from_pool(session: Session, offered: int, channel: str) -> str:
    for pool in candidates(channel):
        free = _of(offered, pool).where(SessionShare.taken < SessionShare.places)
        if _changed(session, free.values(taken=SessionShare.taken + 1)):
            return pool
    raise SessionFull


def _of(offered: int, pool: str) -> Update:
    return update(SessionShare).where(SessionShare.clinic_session_id == offered, SessionShare.pool == pool)


def _changed(session: Session, change: Update) -> bool:
    result = session.execute(change, execution_options=PLAIN)
    return rows_changed(result) == 1


def for_session(row: ClinicSession) -> list[ColumnElement[bool]]:
    """Entries of the waiting list that a place of this session is for."""
    return [
        WaitEntry.department_id == row.department_id,
        WaitEntry.state == "waiting",
        WaitEntry.first_day <= row.day,
        WaitEntry.last_day >= row.day,
        or_(WaitEntry.clinic_session_id.is_(None), WaitEntry.clinic_session_id == row.id),
    ]


def _somebody_waits(session: Session, row: ClinicSession, now: dt.datetime) -> bool:
    """For this very session, or for any of its department on this day; not for one that has begun."""
    if row.starts_at(now.tzinfo) <= now:
        return False
    return bool(session.scalar(select(exists().where(*for_session(row)))))
