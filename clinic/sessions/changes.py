"""A clinic session is stopped, or moved to another time or practitioner, and all that hangs on it follows.

In one transaction: the session itself, so that nobody books it any more, its visits, their T-codes, payments and
notices, offers of its places, those who wait for it or for its draw. Only what somebody else has in hand in this very
moment (a kiosk, a cancellation, a payment) follows in batches of its own; a note stays with the session until all have.
A command that died in between is finished by the scan, or by running it again.

Who has arrived already stays where they are: staff talk with them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import Telling
from clinic.places.changing import NotChangeable, lay_out, locked, pools_of, recount, reserve
from clinic.places.pools import pool_for
from clinic.rows import reads
from clinic.rules import Rules
from clinic.sessions import ending, following
from clinic.sessions.following import NotMoved
from clinic.tables import Audit, ClinicSession, Practitioner, Visit
from clinic.tables.visits import TO_COME
from clinic.typed import tidied
from conf.texts.words import Half
from smpp.text import measure

__all__ = ["Affected", "Followed", "NotMoved", "Target", "follow", "move", "not_moved", "scan", "stop", "unfinished"]

MOST_REASON, MOST_WIDE = 60, 30
"""Characters: a notice has two segments, in which Chinese has half the room (`smpp.text.measure`)."""
CHANGEABLE = ("open", "closed")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a session is moved to. `practitioner`: a code, None for as before."""

    day: dt.date
    half: Half
    starts: dt.time
    ends: dt.time
    practitioner: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """Visits that have followed and were told, those of them that were not moved, and what is left: visits and offers
    that somebody else has in hand."""

    told: int
    not_moved: tuple[NotMoved, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Affected:
    """What a change has done: visits that were to follow, people who have arrived already and stay, and `followed`.

    `to` is the session that they move to, None where it is stopped; `offset` is added to their numbers. `added`: places
    that it got more, because it had too few. `waiting`: people who waited for a place in it, or for its draw.
    """

    visits: int
    arrived: int
    followed: Followed
    to: int | None = None
    offset: int = 0
    added: int = 0
    waiting: int = 0


def stop(
    session: Session, *, offered: int, reason: str, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> Affected:
    """Nobody books this session any more; its visits are cancelled, and all who wait are told. Raises NotChangeable."""
    row = _changeable(session, offered, now, *CHANGEABLE, "draw")
    visits, arrived = _affected(session, offered)
    row.state, row.change = "stopped", {"reason": checked(reason), "by": by}
    audit.note(session, f"staff:{by}", "session.stop", f"session:{offered}", now=now, reason=reason)
    telling = Telling.of(session, rules=rules, installation=installation, now=now)
    waiting = ending.end(telling, row, row.change)
    return Affected(visits, arrived, _follow(telling, row, most=None), waiting=waiting)


def move(
    session: Session,
    *,
    offered: int,
    to: Target,
    reason: str,
    by: str,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> Affected:
    """Nobody books this session any more; its visits move. They keep their numbers where the other session has given
    none yet, else they come after it, in their order; it gets more places where it has too few. Raises NotChangeable.
    """
    row = _changeable(session, offered, now, *CHANGEABLE)
    begins = dt.datetime.combine(to.day, to.starts, tzinfo=now.tzinfo)
    if begins <= now:
        raise NotChangeable(f"{to.day} {to.starts:%H:%M} is over")
    target = _target(session, row, to)
    visits, arrived = _affected(session, offered)
    offset = target.last_number
    # Its places are taken now, or others would book them while visits are on their way.
    added = reserve(session, target, _coming(session, row, target))
    target.last_number = offset + row.last_number
    row.state = "stopped"
    row.change = {"reason": checked(reason), "by": by, "to": target.id, "offset": offset}
    audit.note(session, f"staff:{by}", "session.move", f"session:{offered}", now=now, reason=reason, to=target.id)
    telling = Telling.of(session, rules=rules, installation=installation, now=now)
    waiting = ending.end(telling, row, row.change)
    done = _follow(telling, row, most=None)
    return Affected(visits, arrived, done, target.id, offset, added, waiting)


def follow(
    session: Session, *, offered: int, rules: Rules, installation: Installation, now: dt.datetime, most: int = 100
) -> Followed:
    """Let up to `most` visits of a session that was stopped or moved follow, and tell them."""
    found = select(ClinicSession).where(ClinicSession.id == offered).with_for_update()
    row = session.scalars(found.execution_options(populate_existing=True)).one()
    if row.change is None:
        return Followed(0, (), 0)
    telling = Telling.of(session, rules=rules, installation=installation, now=now)
    ending.end(telling, row, row.change)
    return _follow(telling, row, most)


def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = 100) -> Found:
    """Finish what was in others' hands, or what a command that died has left; how many visits followed."""
    offered = session.scalar(
        select(ClinicSession.id).where(ClinicSession.change.is_not(None)).order_by(ClinicSession.day).limit(1)
    )
    if offered is None:
        return Found(0, more=False)
    done = follow(session, offered=offered, rules=rules, installation=installation, now=now, most=most)
    return Found(done.told, more=done.told > 0 or done.left == 0)


@reads
def not_moved(session: Session, *, offered: int) -> list[NotMoved]:
    """Who had another visit there when this session was moved, whoever has let its visits follow; by their numbers."""
    moves = select(Audit.id).where(Audit.subject == f"session:{offered}", Audit.action == "session.move").limit(1)
    if session.scalar(moves) is None:
        return []
    left = session.scalars(
        select(Visit).where(Visit.clinic_session_id == offered, Visit.state == "cancelled").order_by(Visit.queue)
    ).all()
    stopped = select(Audit.subject).where(
        among(session, Audit.subject, [f"visit:{visit.id}" for visit in left]), Audit.action == "visit.stopped"
    )
    ours = set(session.scalars(stopped))
    return [following.not_moved(visit) for visit in left if f"visit:{visit.id}" in ours]


@reads
def unfinished(session: Session) -> list[int]:
    """Sessions whose visits have yet to follow."""
    return list(session.scalars(select(ClinicSession.id).where(ClinicSession.change.is_not(None))))


def _follow(telling: Telling, row: ClinicSession, most: int | None) -> Followed:
    session, change = telling.session, row.change or {}
    session.flush()
    visits = following.take(session, row.id, most)
    to = change.get("to")
    left_out = following.move(telling, row, visits, change) if to else following.stop(telling, visits, change)
    session.flush()
    left = (session.scalar(select(func.count()).where(*_to_come(row.id))) or 0) + ending.left(session, row.id)
    if not left:
        row.change = None
        session.flush()
        recount(session, row.id)
        if to:
            recount(session, to, _on_their_way(session, to))
    return Followed(len(visits), left_out, left)


def _changeable(session: Session, offered: int, now: dt.datetime, *states: str) -> ClinicSession:
    row = locked(session, offered)
    if row.change is not None:
        raise NotChangeable(f"clinic session {offered} was stopped or moved already, and is not finished yet")
    if row.state == "draw" and row.state not in states:
        raise NotChangeable(f"the places of clinic session {offered} are not drawn yet; move it then, or stop it")
    if row.state not in states:
        raise NotChangeable(f"clinic session {offered} is {row.state} already")
    if row.ends_at(now.tzinfo) <= now:
        raise NotChangeable(f"clinic session {offered} is over")
    return row


def checked(reason: str) -> str:
    """A reason as it is told. Raises NotChangeable where it is none, or too long."""
    tidy = tidied(reason)
    if not tidy:
        raise NotChangeable("a reason has at least one character, and none that cannot be printed")
    is_wide = measure(tidy)[0] != "gsm7"
    most = MOST_WIDE if is_wide else MOST_REASON
    if measure(tidy)[1] > most:
        written = "in Chinese" if is_wide else "in Latin letters"
        raise NotChangeable(
            f"a reason {written} has at most {most} characters, this has {len(tidy)}: everybody is told it by SMS"
        )
    return tidy


def _target(session: Session, row: ClinicSession, to: Target) -> ClinicSession:
    """The session at that time, locked; made like `row` where there is none."""
    practitioner = row.practitioner_id if to.practitioner is None else _practitioner(session, row, to.practitioner)
    there = (
        ClinicSession.department_id == row.department_id,
        ClinicSession.practitioner_id.is_(None)
        if practitioner is None
        else ClinicSession.practitioner_id == practitioner,
        ClinicSession.day == to.day,
        ClinicSession.half == to.half,
    )
    # Of two without a practitioner at one time, which the database lets be, the first.
    first = select(ClinicSession).where(*there).order_by(ClinicSession.id).limit(1)
    found = session.scalars(first.with_for_update().execution_options(populate_existing=True))
    target = found.one_or_none() or _made_like(session, row, to, practitioner)
    if target.id == row.id:
        raise NotChangeable("that is the time and the practitioner that it has already")
    if target.state not in CHANGEABLE:
        raise NotChangeable(f"clinic session {target.id}, at that time, is {target.state}")
    return target


def _made_like(session: Session, row: ClinicSession, to: Target, practitioner: int | None) -> ClinicSession:
    """A session of the same places and terms; its booked shares flow as long before it as they would have."""
    target = ClinicSession(
        department_id=row.department_id,
        practitioner_id=practitioner,
        day=to.day,
        half=to.half,
        starts=to.starts,
        ends=to.ends,
        capacity=row.capacity,
        fee=row.fee,
        release_at=row.release_at,
        state=row.state,
        kind=row.kind,
        shares=row.shares,
        flow_at=None if row.flow_at is None else row.flow_at + (to.day - row.day),
        taken=0,
        last_number=0,
    )
    session.add(target)
    session.flush()
    lay_out(session, target)
    return target


def _practitioner(session: Session, row: ClinicSession, code: str) -> int:
    theirs = Practitioner.code == code, Practitioner.department_id == row.department_id
    found: int | None = session.scalar(select(Practitioner.id).where(*theirs))
    if found is None:
        known = session.scalars(
            select(Practitioner.code).where(Practitioner.department_id == row.department_id).order_by(Practitioner.code)
        )
        raise NotChangeable(f"the department has no practitioner {code}; there are: {', '.join(known) or 'none'}")
    return found


def _affected(session: Session, offered: int) -> tuple[int, int]:
    """Visits that are to follow, and people who are there."""
    counts = select(Visit.state, func.count()).where(Visit.clinic_session_id == offered).group_by(Visit.state)
    states = {row[0]: row[1] for row in session.execute(counts)}
    return sum(states.get(state, 0) for state in TO_COME), states.get("arrived", 0)


def _to_come(offered: int) -> tuple[ColumnElement[bool], ...]:
    return Visit.clinic_session_id == offered, Visit.state.in_(TO_COME)


def _coming(session: Session, row: ClinicSession, target: ClinicSession) -> Counter[str]:
    """The places of each of the target's pools that visits of this session need; not of who has one there that day."""
    pools = pools_of(session, target.id)
    visits = session.execute(
        select(Visit.resident_id, Visit.channel, Visit.pool).where(*_to_come(row.id)).order_by(Visit.id)
    ).all()
    elsewhere = following.elsewhere(session, row, target, [visit.resident_id for visit in visits])
    moving = (visit for visit in visits if visit.resident_id not in elsewhere)
    return Counter(pool_for(visit.channel, visit.pool, pools) for visit in moving)


def _on_their_way(session: Session, to: int) -> Counter[str]:
    """What others that were moved to this session, too, have yet to bring."""
    unfinished = session.scalars(select(ClinicSession).where(ClinicSession.change.is_not(None))).all()
    sources: Sequence[ClinicSession] = [row for row in unfinished if (row.change or {}).get("to") == to]
    target = session.get_one(ClinicSession, to)
    return sum((_coming(session, source, target) for source in sources), Counter())
