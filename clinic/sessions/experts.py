"""Experts' sessions, switched on or off for a department; and any one session closed or opened again.

A closed session is not offered; what was booked stays. An expert's session that has visits stays open when experts are
switched off, and is named: close, stop or move it.

Whoever enters a draw holds its row, so it is locked before its tickets are counted, and before its session.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.identity import Vault
from clinic.places.changing import NotChangeable, locked
from clinic.sessions.lottery.making import commit
from clinic.sessions.making import first_state
from clinic.tables import ClinicSession, Department, Draw, DrawEntry


@dataclass(frozen=True, slots=True)
class Switched:
    """The sessions that were opened or closed, and those that stay open because somebody has a place in them."""

    changed: tuple[int, ...]
    kept: tuple[int, ...]


def switch(session: Session, *, department: int, on: bool, by: str, vault: Vault, now: dt.datetime) -> Switched:
    """Whether this department offers experts' sessions; those to come are opened or closed at once. `now` is local;
    `vault` seals the seeds of draws."""
    # Not so that who books there would wait for it: a draw that books its winners is waited for below.
    session.get_one(Department, department, with_for_update={"key_share": True}).experts = on
    session.flush()
    changed, kept = _opened(session, department, vault, now) if on else _closed(session, department, now)
    action = "experts.on" if on else "experts.off"
    audit.note(session, f"staff:{by}", action, f"department:{department}", now=now, sessions=list(changed))
    return Switched(tuple(changed), tuple(kept))


def open_one(session: Session, *, offered: int, by: str, vault: Vault, now: dt.datetime) -> str:
    """Offer a session that is closed, also an expert's where experts are off; its state. Raises NotChangeable."""
    row = _known(session, offered, now)
    if row.state != "closed":
        raise NotChangeable(f"clinic session {offered} is {row.state}, not closed")
    _open(session, row, vault, now)
    audit.note(session, f"staff:{by}", "session.open", f"session:{offered}", now=now)
    return row.state


def close_one(session: Session, *, offered: int, by: str, now: dt.datetime) -> int:
    """Nobody books it any more, and what is booked stays; how many places are taken. Raises NotChangeable."""
    _lock_draws(session, ClinicSession.id == offered)
    row = _known(session, offered, now)
    if row.state not in ("open", "draw"):
        raise NotChangeable(f"clinic session {offered} is {row.state} already")
    if row.state == "draw" and _entrants(session, offered):
        raise NotChangeable(f"people wait for the draw of clinic session {offered}; stop it, and they are told")
    row.state = "closed"
    audit.note(session, f"staff:{by}", "session.close", f"session:{offered}", now=now)
    return row.taken


def _known(session: Session, offered: int, now: dt.datetime) -> ClinicSession:
    row = locked(session, offered)
    if row.ends_at(now.tzinfo) <= now:
        raise NotChangeable(f"clinic session {offered} is over")
    return row


def _opened(session: Session, department: int, vault: Vault, now: dt.datetime) -> tuple[list[int], list[int]]:
    rows = _to_come(session, department, now, "closed")
    for row in rows:
        _open(session, row, vault, now)
    return [row.id for row in rows], []


def _closed(session: Session, department: int, now: dt.datetime) -> tuple[list[int], list[int]]:
    today = now.date()
    _lock_draws(
        session,
        ClinicSession.department_id == department,
        ClinicSession.day >= today,
        ClinicSession.kind == "expert",
        ClinicSession.state == "draw",
    )
    rows = _to_come(session, department, now, "open", "draw")
    empty = [row for row in rows if not row.taken and not _entrants(session, row.id)]
    for row in empty:
        row.state = "closed"
    return [row.id for row in empty], [row.id for row in rows if row not in empty]


def _to_come(session: Session, department: int, now: dt.datetime, *states: str) -> Sequence[ClinicSession]:
    today = now.date()
    found = (
        select(ClinicSession)
        .where(ClinicSession.department_id == department, ClinicSession.day >= today, ClinicSession.kind == "expert")
        .where(ClinicSession.state.in_(states), ClinicSession.change.is_(None))
        .order_by(ClinicSession.id)
        .with_for_update()
    )
    rows = session.scalars(found.execution_options(populate_existing=True)).all()
    return [row for row in rows if row.ends_at(now.tzinfo) > now]


def _open(session: Session, row: ClinicSession, vault: Vault, now: dt.datetime) -> None:
    """As it would be now if it had never been closed. A lottery whose draw would be over gets its hours from now on, as
    far as they end before it begins."""
    if row.draw_at is not None and row.draw_at <= now and not row.taken:
        later = now + (row.draw_at - row.release_at)
        if later <= row.starts_at(now.tzinfo):
            row.release_at, row.draw_at = now, later
    row.state = first_state(row.kind, row.draw_at, experts=True, now=now)
    if row.state == "draw" and commit(session, row, vault, now).drawn_at is not None:
        row.state = "open"  # it was closed after its draw


def _lock_draws(session: Session, *of: ColumnElement[bool]) -> None:
    """Who enters one of these is waited for, and counted; who comes after us looks at the session again."""
    theirs = select(Draw.id).join(ClinicSession, ClinicSession.id == Draw.clinic_session_id).where(*of)
    session.execute(theirs.order_by(Draw.id).with_for_update(of=Draw))


def _entrants(session: Session, offered: int) -> int:
    theirs = Draw.clinic_session_id == offered, DrawEntry.state == "entered"
    return session.scalar(select(func.count()).select_from(DrawEntry).join(Draw).where(*theirs)) or 0
