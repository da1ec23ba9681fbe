"""Draws as everybody may see them: commitment, tickets, ranks, seed. No names, no phones."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from clinic.rows import reads
from clinic.sessions.lottery.algorithm import commitment, digest, ranked
from clinic.tables import Centre, ClinicSession, Department, Draw, DrawEntry
from conf.texts.words import Half, Name

SCHEME: Final = "caredial-draw-1"
"""Names the algorithm of docs/lottery.md in what is published."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """`rank` from 1 once it is drawn; `outcome`: entered (open still), won, lost, passed."""

    ticket: int
    rank: int | None
    outcome: str


@dataclass(frozen=True, slots=True)
class DrawView:
    """A draw. `state`: open (entries are taken, or will be), drawing, drawn, off. `seed` is "" before it is drawn."""

    session: int
    centre: Name
    department: Name
    practitioner: Name | None
    day: dt.date
    half: Half
    starts: dt.time
    places: int
    commitment: str
    committed_at: dt.datetime
    opens_at: dt.datetime
    draw_at: dt.datetime
    drawn_at: dt.datetime | None
    state: str
    entries_digest: str
    seed: str
    tickets: tuple[Ticket, ...]


@dataclass(frozen=True, slots=True)
class DrawLine:
    """A draw in a list."""

    session: int
    centre: str
    department: Name
    day: dt.date
    half: Half
    places: int
    tickets: int
    won: int
    draw_at: dt.datetime
    state: str


@reads
def shown(session: Session, *, offered: int, now: dt.datetime) -> DrawView | None:
    """The draw of this session; None where it has none."""
    found = select(Draw).options(*whole()).where(Draw.clinic_session_id == offered)
    draw = session.scalars(found).one_or_none()
    if draw is None:
        return None
    row, zone = draw.clinic_session, now.tzinfo
    return DrawView(
        session=row.id,
        centre=row.department.centre.name,
        department=row.department.name,
        practitioner=row.practitioner.name if row.practitioner else None,
        day=row.day,
        half=row.half,
        starts=row.starts,
        places=row.capacity,
        commitment=draw.commitment,
        committed_at=draw.committed_at.astimezone(zone),
        opens_at=row.release_at.astimezone(zone),
        draw_at=(row.draw_at or row.release_at).astimezone(zone),
        drawn_at=draw.drawn_at.astimezone(zone) if draw.drawn_at else None,
        state=_state(draw),
        entries_digest=draw.entries_digest,
        seed=draw.seed.hex() if draw.drawn_at else "",
        tickets=_tickets(session, draw),
    )


@reads
def document(session: Session, *, offered: int, now: dt.datetime) -> dict[str, Any] | None:
    """What is published of a draw, as JSON (`docs/lottery.md`); None where the session has none."""
    view = shown(session, offered=offered, now=now)
    if view is None:
        return None
    return {
        "scheme": SCHEME,
        "session": view.session,
        "centre": view.centre.zh,
        "department": view.department.zh,
        "day": view.day.isoformat(),
        "half": view.half,
        "starts": f"{view.starts:%H:%M}",
        "places": view.places,
        "state": view.state,
        "committed_at": view.committed_at.isoformat(),
        "opens_at": view.opens_at.isoformat(),
        "draw_at": view.draw_at.isoformat(),
        "drawn_at": view.drawn_at.isoformat() if view.drawn_at else None,
        "commitment": view.commitment,
        "entries_digest": view.entries_digest or None,
        "seed": view.seed or None,
        "tickets": [{"ticket": each.ticket, "rank": each.rank, "outcome": each.outcome} for each in view.tickets],
    }


@reads
def listed(session: Session, *, since: dt.date, most: int) -> list[DrawLine]:
    """Draws of sessions from this day on, the first to be drawn first."""
    entered = select(func.count(DrawEntry.id)).where(DrawEntry.draw_id == Draw.id).correlate(Draw)
    tickets = entered.where(DrawEntry.state != "left").scalar_subquery()
    won = entered.where(DrawEntry.state == "won").scalar_subquery()
    rows = session.execute(
        select(Draw, Centre.code, tickets, won)
        .join(ClinicSession, ClinicSession.id == Draw.clinic_session_id)
        .join(Department, Department.id == ClinicSession.department_id)
        .join(Centre, Centre.id == Department.centre_id)
        .options(*whole())
        .where(ClinicSession.day >= since)
        .order_by(ClinicSession.draw_at, Draw.id)
        .limit(most)
    ).all()
    return [_line(draw, code, tickets, won) for draw, code, tickets, won in rows]


def faults(published: Mapping[str, Any]) -> list[str]:
    """What is wrong with a published draw, recomputed from nothing but the document; none where all is right."""
    seed, tickets = bytes.fromhex(published["seed"] or ""), published["tickets"]
    if not seed:
        return ["it is not drawn yet: there is no seed"]
    found = []
    if commitment(seed) != published["commitment"]:
        found.append("the seed is not the one that was committed to")
    numbers = [each["ticket"] for each in tickets]
    if digest(numbers) != published["entries_digest"]:
        found.append("the tickets are not those that were in the draw when it closed")
    right = {ticket: rank for rank, ticket in enumerate(ranked(seed, numbers), 1)}
    for each in tickets:
        if each["rank"] != right[each["ticket"]]:
            found.append(f"ticket {each['ticket']} has rank {each['rank']}, and should have {right[each['ticket']]}")
    return found


def read(written: str) -> dict[str, Any]:
    """A published document; ValueError where it is none."""
    document = json.loads(written)
    named = isinstance(document, dict) and document.get("scheme") == SCHEME
    if not named or not {"seed", "commitment", "entries_digest", "tickets"} <= document.keys():
        raise ValueError(f"this is no draw as /draw/SESSION.json gives it ({SCHEME})")
    found: dict[str, Any] = document
    return found


def whole() -> tuple[ExecutableOption, ...]:
    """Draws with all that is told of them."""
    to = joinedload(Draw.clinic_session, innerjoin=True)
    department = to.joinedload(ClinicSession.department, innerjoin=True)
    return department.joinedload(Department.centre, innerjoin=True), to.joinedload(ClinicSession.practitioner)


def _tickets(session: Session, draw: Draw) -> tuple[Ticket, ...]:
    """By rank, or by number while there are none; who has left is in it no more."""
    theirs = select(DrawEntry.ticket, DrawEntry.rank, DrawEntry.state).where(DrawEntry.draw_id == draw.id)
    taking_part = theirs.where(DrawEntry.state != "left")
    rows = session.execute(taking_part.order_by(DrawEntry.rank, DrawEntry.ticket)).all()
    return tuple(Ticket(ticket, rank, state) for ticket, rank, state in rows)


def _state(draw: Draw) -> str:
    if draw.drawn_at is None:
        return "off" if draw.finished_at or draw.clinic_session.state == "stopped" else "open"
    return "drawing" if draw.finished_at is None else "drawn"


def _line(draw: Draw, code: str, tickets: int, won: int) -> DrawLine:
    row = draw.clinic_session
    at = row.draw_at or row.release_at
    return DrawLine(row.id, code, row.department.name, row.day, row.half, row.capacity, tickets, won, at, _state(draw))
