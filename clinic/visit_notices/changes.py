"""A clinic session is stopped, or moved to another time or practitioner, and its visits follow.

First the session itself is changed, so that nobody books it any more, with a note of what is to become of its visits.
They follow in batches, each in a transaction with its notice; when all have followed the note goes. A command that died
midway is finished by the scan, or by running it again.

Who has arrived already stays where they are: staff talk with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.fairness.limits import STANDING
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import times
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.rules import Rules
from clinic.tables import Audit, ClinicSession, Payment, Practitioner, Visit, Voucher
from clinic.visit_notices import reminders
from clinic.visit_notices.moments import starts
from clinic.visit_notices.wording import Telling, codes, tell_in_time, whole
from clinic.visits.withdrawing import withdraw
from clinic.vouchers import masked
from conf.texts.words import Code, Half, Word

NOON = dt.time(12)
TO_COME = ("pending", "booked")
MOST_REASON = 60
"""Characters: a notice has two segments."""


class NotChangeable(Exception):
    """Why this session cannot be stopped, or not moved there."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a session is moved to. `practitioner`: a code, None for as before."""

    day: dt.date
    half: Half
    starts: dt.time
    ends: dt.time
    practitioner: str | None = None


@dataclass(frozen=True, slots=True)
class Affected:
    """What a change begins with: visits that are to follow, people who have arrived already and stay.

    `to` is the session that they move to, None where it is stopped; `offset` is added to their numbers.
    """

    visits: int
    arrived: int
    to: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class NotMoved:
    """Somebody who has another visit in this department on the new day: this one is cancelled."""

    visit: int
    queue: int
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Followed:
    """A batch: visits that have followed and were told, those not moved, and how many are left."""

    told: int
    not_moved: tuple[NotMoved, ...]
    left: int


def stop(session: Session, *, offered: int, reason: str, by: str, now: dt.datetime) -> Affected:
    """Nobody books this session any more, and its visits are to be cancelled. Raises NotChangeable."""
    row = _changeable(session, offered, now)
    row.state, row.change = "stopped", {"reason": _checked(reason), "by": by}
    audit.note(session, f"staff:{by}", "session.stop", f"session:{offered}", now=now, reason=reason)
    return _affected(session, offered)


def move(session: Session, *, offered: int, to: Target, reason: str, by: str, now: dt.datetime) -> Affected:
    """Nobody books this session any more, and its visits are to move. They keep their numbers where the other session
    has given none yet, else they come after it, in their order. Raises NotChangeable."""
    row = _changeable(session, offered, now)
    begins = dt.datetime.combine(to.day, to.starts, tzinfo=now.tzinfo)
    if begins <= now:
        raise NotChangeable(f"{to.day} {to.starts:%H:%M} is over")
    target = _target(session, row, to)
    affected = _affected(session, offered)
    offset = target.last_number
    # Its places are taken now, or others would book them while the visits are on their way.
    target.taken, target.last_number = target.taken + affected.visits, offset + row.last_number
    row.state = "stopped"
    row.change = {"reason": _checked(reason), "by": by, "to": target.id, "offset": offset}
    audit.note(session, f"staff:{by}", "session.move", f"session:{offered}", now=now, reason=reason, to=target.id)
    return Affected(affected.visits, affected.arrived, target.id, offset)


def follow(
    session: Session, *, offered: int, rules: Rules, installation: Installation, now: dt.datetime, most: int = 100
) -> Followed:
    """Let up to `most` visits of a session that was stopped or moved follow, and tell them."""
    row = session.scalars(select(ClinicSession).where(ClinicSession.id == offered).with_for_update()).one()
    if row.change is None:
        return Followed(0, (), 0)
    telling = Telling(session, times(session, rules=rules, installation=installation, now=now), installation)
    visits = _next(session, offered, most)
    change, to = row.change, row.change.get("to")
    not_moved = _move(telling, row, visits, change) if to else _stop(telling, visits, change)
    session.flush()
    left = session.scalar(_booked(offered)) or 0
    if not left:
        row.change = None
    for each in (offered, to):
        if each is not None and not left:
            _recount(session, each)
    return Followed(len(visits), not_moved, left)


def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = 100) -> Found:
    """Finish what a command that died has left; how many visits followed."""
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
    return [_not_moved(visit) for visit in left if f"visit:{visit.id}" in ours]


@reads
def unfinished(session: Session) -> list[int]:
    """Sessions whose visits have yet to follow."""
    return list(session.scalars(select(ClinicSession.id).where(ClinicSession.change.is_not(None))))


def _changeable(session: Session, offered: int, now: dt.datetime) -> ClinicSession:
    row = session.scalars(select(ClinicSession).where(ClinicSession.id == offered).with_for_update()).one_or_none()
    if row is None:
        raise NotChangeable(f"there is no clinic session {offered}")
    if row.change is not None:
        raise NotChangeable(f"clinic session {offered} was stopped or moved already, and is not finished yet")
    if row.state != "open":
        raise NotChangeable(f"clinic session {offered} is {row.state} already")
    if dt.datetime.combine(row.day, row.ends, tzinfo=now.tzinfo) <= now:
        raise NotChangeable(f"clinic session {offered} is over")
    return row


def _checked(reason: str) -> str:
    tidy = " ".join(reason.split())
    if not tidy or len(tidy) > MOST_REASON or not tidy.isprintable():
        raise NotChangeable(f"a reason has 1 to {MOST_REASON} printable characters")
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
    target = session.scalars(first.with_for_update()).one_or_none()
    if target is None:
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
            state="open",
            taken=0,
            last_number=0,
        )
        session.add(target)
        session.flush()
    if target.id == row.id:
        raise NotChangeable("that is the time and the practitioner that it has already")
    if target.state != "open":
        raise NotChangeable(f"clinic session {target.id}, at that time, is {target.state}")
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


def _affected(session: Session, offered: int) -> Affected:
    counts = select(Visit.state, func.count()).where(Visit.clinic_session_id == offered).group_by(Visit.state)
    states = {row[0]: row[1] for row in session.execute(counts)}
    return Affected(sum(states.get(state, 0) for state in TO_COME), states.get("arrived", 0))


def _booked(offered: int) -> Any:
    return select(func.count()).where(Visit.clinic_session_id == offered, Visit.state.in_(TO_COME))


def _next(session: Session, offered: int, most: int) -> Sequence[Visit]:
    """Visits by number, theirs, their payments' and T-codes' rows ours; what a cancellation, a payment or a kiosk has
    in hand is passed over: they take those first, and so would wait for a visit of ours while we wait for theirs.
    """
    visits = session.scalars(
        whole()
        .where(Visit.clinic_session_id == offered, Visit.state.in_(TO_COME))
        .order_by(Visit.queue)
        .limit(most)
        .with_for_update(of=Visit, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    numbers = [visit.id for visit in visits]
    unused = select(Voucher.visit_id).where(among(session, Voucher.visit_id, numbers), Voucher.state == "issued")
    ours = set(session.scalars(unused.with_for_update(skip_locked=True)))
    ours.update(visit.id for visit in visits if visit.state == "pending")
    ours -= _being_paid(session, [visit.id for visit in visits if visit.pays != "counter"])
    return [visit for visit in visits if visit.id in ours]


def _being_paid(session: Session, visits: Sequence[int]) -> set[int]:
    """Those of whose payments one is in somebody else's hands; all others are in ours."""
    theirs = select(Payment.id, Payment.visit_id).where(among(session, Payment.visit_id, visits))
    ours = {row.id for row in session.execute(theirs.with_for_update(skip_locked=True))}
    return {row.visit_id for row in session.execute(theirs) if row.id not in ours}


def _stop(telling: Telling, visits: Sequence[Visit], change: dict[str, Any]) -> tuple[NotMoved, ...]:
    for visit in visits:
        known = reminders.unsaid(telling.session, visit)
        _cancel(telling, visit, change["by"])
        occasion, said = f"visit:{visit.id}:stopped", _as_known(known)
        begun = _soonest(telling, visit, known)
        tell_in_time(telling, visit, "stopped.told_sms", occasion, before=begun, reason=change["reason"], **said)
    return ()


def _move(
    telling: Telling, source: ClinicSession, visits: Sequence[Visit], change: dict[str, Any]
) -> tuple[NotMoved, ...]:
    session, now = telling.session, telling.when.now
    target = session.scalars(select(ClinicSession).where(ClinicSession.id == change["to"])).one()
    numbers, elsewhere = codes(session, visits), _elsewhere(session, source, target, visits)
    not_moved = []
    for visit in visits:
        known = reminders.unsaid(session, visit)
        begun = _soonest(telling, visit, known)
        was, wasat = known or (visit.day, source.starts)
        before: dict[str, Word] = {"was": was, "wasat": wasat, "reason": change["reason"]}
        if visit.resident_id in elsewhere:
            not_moved.append(_not_moved(visit))
            _cancel(telling, visit, change["by"])
            occasion = f"visit:{visit.id}:stopped"
            tell_in_time(telling, visit, "moved.twice_sms", occasion, before=begun, **before, day=target.day)
            continue
        reminders.call_off(session, visit, now)
        visit.clinic_session, visit.day = target, target.day
        visit.queue, visit.moved_at, visit.look_at = visit.queue + change["offset"], now, now
        occasion = f"visit:{visit.id}:moved:{target.id}"
        soonest = min(begun, starts(visit, telling.when))
        tell_in_time(
            telling, visit, "moved.told_sms", occasion, before=soonest, number=Code(numbers[visit.id]), **before
        )
        reminders.may_cancel(telling, visit, occasion, now)
        audit.note(session, f"staff:{change['by']}", "visit.move", f"visit:{visit.id}", now=now, to=target.id)
    return tuple(not_moved)


def _not_moved(visit: Visit) -> NotMoved:
    return NotMoved(visit.id, visit.queue, masked(visit.name), masked_phone(visit.phone))


def _soonest(telling: Telling, visit: Visit, known: tuple[dt.date, dt.time] | None) -> dt.datetime:
    """When they would come for it in vain: at its time, or at the one that they know."""
    begins = starts(visit, telling.when)
    return begins if known is None else min(begins, dt.datetime.combine(*known, tzinfo=begins.tzinfo))


def _as_known(known: tuple[dt.date, dt.time] | None) -> dict[str, Word]:
    """Whoever has not heard of a move is told that the visit is not at the time that they know."""
    if known is None:
        return {}
    day, begins = known
    return {"day": day, "half": "am" if begins < NOON else "pm", "starts": begins}


def _cancel(telling: Telling, visit: Visit, by: str) -> None:
    withdraw(telling.session, visit, why="stopped", by=f"staff:{by}", now=telling.when.now, frees=False)


def _elsewhere(
    session: Session, source: ClinicSession, target: ClinicSession, visits: Sequence[Visit]
) -> frozenset[int]:
    """Who of them has another visit in this department on the new day."""
    others = select(Visit.resident_id).where(
        among(session, Visit.resident_id, [visit.resident_id for visit in visits]),
        Visit.department_id == target.department_id,
        Visit.day == target.day,
        Visit.clinic_session_id != source.id,
        Visit.state.in_(STANDING),
    )
    return frozenset(session.scalars(others))


def _recount(session: Session, offered: int) -> None:
    """The places that are held, counted: some were cancelled, or not moved, on the way. Who books takes the row first,
    so none is on its way while it is ours."""
    row = session.scalars(select(ClinicSession).where(ClinicSession.id == offered).with_for_update()).one()
    held = Visit.state.in_((*STANDING, "fulfilled", "noshow"))
    row.taken = session.scalar(select(func.count()).where(Visit.clinic_session_id == offered, held)) or 0
