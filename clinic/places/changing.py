"""The pools of a session, written: laid out when it is made, changed while it runs, counted anew after a change.

A session's row is locked before its pools. Where its visits get another pool they are locked before it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from clinic import audit
from clinic.places.offers import offer_places
from clinic.places.pools import CHANNELS, COUNTER, ONSITE, pool_for
from clinic.places.shares import MOST_PLACES, POOLS, Rule, divide, fit
from clinic.rows import PLAIN, reads
from clinic.tables import ClinicSession, PlaceOffer, SessionShare, Visit
from clinic.tables.visits import HOLDS


class NotChangeable(Exception):
    """Why this session cannot be changed so."""


@dataclass(frozen=True, slots=True)
class Pool:
    name: str
    places: int
    taken: int


@dataclass(frozen=True, slots=True)
class Places:
    """A session's places. `shares`: the rule as staff write it, "" where anybody may have any; then without pools."""

    session: int
    capacity: int
    taken: int
    shares: str
    pools: tuple[Pool, ...]
    flow_at: dt.datetime | None
    flowed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Changed:
    """How the places are now; `notes` say what could not be done as it was wanted."""

    places: Places
    notes: tuple[str, ...]


def lay_out(session: Session, row: ClinicSession) -> None:
    """Write the pools of a session that is new, and of which nothing is taken."""
    if row.shares is not None:
        _write(session, row.id, divide(Rule.read(row.shares), row.capacity), {})


@reads
def view(session: Session, *, offered: int) -> Places | None:
    """The places of a session, or None."""
    row = session.get(ClinicSession, offered)
    return None if row is None else _view(session, row)


def change(
    session: Session,
    *,
    offered: int,
    by: str,
    now: dt.datetime,
    rule: Rule | None = None,
    shared: bool = True,
    capacity: int | None = None,
) -> Changed:
    """Share the places of a session out by this rule, or among all alike (`shared` False), or give it another
    capacity. No pool ever has fewer places than are taken. Raises NotChangeable.

    After what was left has gone to the counter a new capacity only changes what the counter has; a new rule shares all
    out anew, and nothing goes to the counter by itself any more.
    """
    lock_visits(session, offered)
    row = locked(session, offered)
    _check(session, row, capacity)
    notes: list[str] = []
    if capacity is not None:
        row.capacity = _at_least(capacity, row.taken, notes)
    is_anew = rule is not None or not shared
    if rule is not None:
        row.shares = rule.stored()
    elif not shared:
        row.shares = None
    if is_anew and (row.flowed_at is not None or (row.flow_at is not None and row.flow_at <= now)):
        row.flow_at = row.flowed_at = None
    session.flush()
    _share_out(session, row, notes, is_anew=is_anew)
    offer_places(session, offered, row.capacity - row.taken, now)
    said = {"capacity": row.capacity, "shares": str(Rule.read(row.shares)) if row.shares else ""}
    audit.note(session, f"staff:{by}", "session.places", f"session:{offered}", now=now, **said)
    session.flush()
    return Changed(_view(session, row), tuple(notes))


def lock_visits(session: Session, offered: int) -> None:
    """Before their session, as who gives one back; a visit that is booked meanwhile is not locked, but seen."""
    session.execute(select(Visit.id).where(Visit.clinic_session_id == offered).order_by(Visit.id).with_for_update())


def reserve(session: Session, row: ClinicSession, wanted: Mapping[str, int]) -> int:
    """Take so many places of each of its pools ("" where it has none) at once, for visits that move here; how many
    places it got more, because it had too few."""
    row.taken += sum(wanted.values())
    more = max(0, row.taken - row.capacity)
    row.capacity += more
    session.flush()
    if row.shares is not None:
        taken = Counter({pool.name: pool.taken for pool in _pools(session, row.id)}) + Counter(wanted)
        _write(session, row.id, _fitted(session, row, taken), taken)
    return more


def recount(session: Session, offered: int, coming: Mapping[str, int] | None = None) -> None:
    """The places that are held, counted anew: by visits and by open offers, of each pool; and what is still to come.
    Who books takes the row first, so none is on its way while it is ours."""
    row = locked(session, offered)
    taken = _held(session, offered) + Counter(coming or {})
    row.taken = sum(taken.values())
    row.capacity = max(row.capacity, row.taken)
    session.flush()
    if row.shares is not None:
        _write(session, offered, _fitted(session, row, taken), taken)


def pools_of(session: Session, offered: int) -> tuple[str, ...]:
    """The names of its pools; none where places are not shared out."""
    return tuple(pool.name for pool in _pools(session, offered))


def locked(session: Session, offered: int) -> ClinicSession:
    """The session with this number, ours to the end of the transaction. Raises NotChangeable where there is none."""
    found = select(ClinicSession).where(ClinicSession.id == offered).with_for_update()
    row = session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotChangeable(f"there is no clinic session {offered}")
    return row


def _check(session: Session, row: ClinicSession, capacity: int | None) -> None:
    if row.state == "stopped":
        raise NotChangeable(f"clinic session {row.id} is stopped")
    if capacity is not None and not 0 <= capacity <= MOST_PLACES:
        raise NotChangeable(f"{capacity} places are not between 0 and {MOST_PLACES}")
    coming = session.scalars(select(ClinicSession.change).where(ClinicSession.change.is_not(None)))
    if any(change and change.get("to") == row.id for change in coming):
        raise NotChangeable(f"visits of another session are on their way to clinic session {row.id}; try again then")


def _at_least(capacity: int, taken: int, notes: list[str]) -> int:
    if capacity < taken:
        notes.append(f"{taken} places instead of {capacity}: so many are taken")
    return max(capacity, taken)


def _share_out(session: Session, row: ClinicSession, notes: list[str], *, is_anew: bool) -> None:
    if row.shares is None:
        session.execute(delete(SessionShare).where(SessionShare.clinic_session_id == row.id))
        _repool(session, row.id, ())
        return
    rule = Rule.read(row.shares)
    wanted = divide(rule, row.capacity)
    _repool(session, row.id, wanted)
    taken = _held(session, row.id)
    if row.flowed_at is not None and not is_anew:
        wanted = {pool: taken[pool] for pool in wanted}
        wanted[ONSITE] = row.capacity - sum(count for pool, count in taken.items() if pool != ONSITE)
    places = fit(wanted, taken, row.capacity, rule.rest)
    for pool, count in sorted(wanted.items(), key=lambda each: POOLS.index(each[0])):
        if places[pool] > count:
            notes.append(f"{pool}: {places[pool]} places instead of {count}: so many are taken")
        elif places[pool] < count:
            notes.append(f"{pool}: {places[pool]} places instead of {count}: others have more than their part taken")
    _write(session, row.id, places, taken)


def _repool(session: Session, offered: int, pools: Collection[str]) -> None:
    """Give what is held of a pool that is no more to one that is."""
    theirs = Visit.clinic_session_id == offered, Visit.state.in_(HOLDS), Visit.pool.not_in(pools)
    for channel in (COUNTER, *CHANNELS):
        which = update(Visit).where(*theirs, Visit.channel == channel)
        session.execute(which.values(pool=pool_for(channel, "", pools)), execution_options=PLAIN)
    others = update(Visit).where(*theirs).values(pool=pool_for("", "", pools))
    session.execute(others, execution_options=PLAIN)
    held = update(PlaceOffer).where(PlaceOffer.clinic_session_id == offered, PlaceOffer.pool.not_in(pools))
    open_ones = held.where(PlaceOffer.state == "open").values(pool=pool_for("", "", pools))
    session.execute(open_ones, execution_options=PLAIN)
    session.expire_all()


def _held(session: Session, offered: int) -> Counter[str]:
    """What is held of each pool."""
    visits = select(Visit.pool, func.count()).where(Visit.clinic_session_id == offered, Visit.state.in_(HOLDS))
    offers = select(PlaceOffer.pool, func.count()).where(
        PlaceOffer.clinic_session_id == offered, PlaceOffer.state == "open"
    )
    held: Counter[str] = Counter()
    for counted in (visits.group_by(Visit.pool), offers.group_by(PlaceOffer.pool)):
        for pool, count in session.execute(counted):
            held[pool] += count
    return held


def _fitted(session: Session, row: ClinicSession, taken: Mapping[str, int]) -> dict[str, int]:
    now_are = {pool.name: pool.places for pool in _pools(session, row.id)}
    return fit(now_are, taken, row.capacity, ONSITE if row.flowed_at is not None else Rule.read(row.shares or {}).rest)


def _write(session: Session, offered: int, places: Mapping[str, int], taken: Mapping[str, int]) -> None:
    """The pools as they are to be: in the order of their names, as everybody locks them."""
    theirs = SessionShare.clinic_session_id == offered
    known = {row.pool: row for row in session.scalars(select(SessionShare).where(theirs).order_by(SessionShare.pool))}
    for pool in sorted({*places, *known}):
        values: dict[str, Any] = {"places": places.get(pool, 0), "taken": taken.get(pool, 0)}
        if pool not in known:
            session.add(SessionShare(clinic_session_id=offered, pool=pool, **values))
        elif pool in places:
            known[pool].places, known[pool].taken = values["places"], values["taken"]
        else:
            session.delete(known[pool])
    session.flush()


def _pools(session: Session, offered: int) -> list[Pool]:
    theirs = select(SessionShare.pool, SessionShare.places, SessionShare.taken)
    rows = session.execute(theirs.where(SessionShare.clinic_session_id == offered)).all()
    return sorted((Pool(*row) for row in rows), key=lambda pool: POOLS.index(pool.name))


def _view(session: Session, row: ClinicSession) -> Places:
    return Places(
        session=row.id,
        capacity=row.capacity,
        taken=row.taken,
        shares=str(Rule.read(row.shares)) if row.shares is not None else "",
        pools=tuple(_pools(session, row.id)),
        flow_at=row.flow_at,
        flowed_at=row.flowed_at,
    )
