"""Visits follow their session, which was stopped or moved: each with its T-code, its payments and its notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.names import masked
from clinic.notices import Telling
from clinic.phones import masked_phone
from clinic.places.changing import pools_of
from clinic.places.pools import pool_for
from clinic.tables import ClinicSession, Department, LedgerAccount, Payment, Visit, Voucher
from clinic.tables.visits import STANDING, TO_COME
from clinic.visit_telling import reminders
from clinic.visit_telling.moments import starts
from clinic.visit_telling.wording import codes, tell_in_time, whole
from clinic.visits.withdrawing import withdraw
from conf.texts.words import Code, Word

NOON = dt.time(12)
Known = tuple[dt.date, dt.time] | None
"""The day and time that the booker knows, where they have not heard yet that it was moved before."""


@dataclass(frozen=True, slots=True)
class NotMoved:
    """Somebody who has another visit in this department on the new day: this one is cancelled."""

    visit: int
    queue: int
    name: str
    phone: str


def not_moved(visit: Visit) -> NotMoved:
    return NotMoved(visit.id, visit.queue, masked(visit.name), masked_phone(visit.phone))


def take(session: Session, offered: int, most: int | None) -> Sequence[Visit]:
    """Visits by number, theirs, their payments' and T-codes' rows ours; what a cancellation, a payment or a kiosk has
    in hand is passed over: they take those first, and so would wait for a visit of ours while we wait for it.
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
    paying = [visit.id for visit in visits if visit.pays != "counter" or visit.paid]
    ours -= _being_paid(session, paying)
    _lock_accounts(session, paying)
    return [visit for visit in visits if visit.id in ours]


def stop(telling: Telling, visits: Sequence[Visit], change: Mapping[str, Any]) -> tuple[NotMoved, ...]:
    """They will not be; each is told so once."""
    for visit in visits:
        known = reminders.unsaid(telling.session, visit)
        key = _key(visit, "stopped.told_sms", "halted.refunded_sms", "halted.unpaid_sms")
        _cancel(telling, visit, change["by"])
        occasion, said = f"visit:{visit.id}:stopped", _as_known(known)
        begun = _soonest(telling, visit, known)
        tell_in_time(telling, visit, key, occasion, before=begun, reason=change["reason"], **said)
    return ()


def move(
    telling: Telling, source: ClinicSession, visits: Sequence[Visit], change: Mapping[str, Any]
) -> tuple[NotMoved, ...]:
    """They are at the new time, with their T-codes; who has a visit there on that day is told that this one is off."""
    session, now = telling.session, telling.when.now
    target = session.scalars(select(ClinicSession).where(ClinicSession.id == change["to"])).one()
    numbers, pools = codes(session, visits), pools_of(session, target.id)
    twice = elsewhere(session, source, target, [visit.resident_id for visit in visits])
    left_out = []
    for visit in visits:
        known = reminders.unsaid(session, visit)
        begun = _soonest(telling, visit, known)
        was, wasat = known or (visit.day, source.starts)
        before: dict[str, Word] = {"was": was, "wasat": wasat, "reason": change["reason"]}
        if visit.resident_id in twice:
            left_out.append(not_moved(visit))
            key = _key(visit, "moved.twice_sms", "halted.twice_refunded_sms", "halted.twice_unpaid_sms")
            _cancel(telling, visit, change["by"])
            occasion = f"visit:{visit.id}:stopped"
            tell_in_time(telling, visit, key, occasion, before=begun, **before, day=target.day)
            continue
        reminders.call_off(session, visit, now)
        visit.clinic_session, visit.day, visit.pool = target, target.day, pool_for(visit.channel, visit.pool, pools)
        visit.queue, visit.moved_at = visit.queue + change["offset"], now
        visit.look_at = now if visit.state == "booked" else None
        if visit.hold_until is not None:
            over = target.ends_at(now.tzinfo)
            visit.hold_until = min(visit.hold_until, over)
        occasion, soonest = f"visit:{visit.id}:moved:{target.id}", min(begun, starts(visit, telling.when))
        _tell_moved(telling, visit, numbers.get(visit.id), occasion, soonest, before)
        ends = {"source": source.id, "to": target.id}
        audit.note(session, f"staff:{change['by']}", "visit.move", f"visit:{visit.id}", now=now, **ends)
    return tuple(left_out)


def elsewhere(
    session: Session, source: ClinicSession, target: ClinicSession, residents: Sequence[int]
) -> frozenset[int]:
    """Who of them has another visit in this department on the new day."""
    others = select(Visit.resident_id).where(
        among(session, Visit.resident_id, residents),
        Visit.department_id == target.department_id,
        Visit.day == target.day,
        Visit.clinic_session_id != source.id,
        Visit.state.in_(STANDING),
    )
    return frozenset(session.scalars(others))


def _being_paid(session: Session, visits: Sequence[int]) -> set[int]:
    """Those of whose payments one is in somebody else's hands; all others are in ours."""
    theirs = select(Payment.id, Payment.visit_id).where(among(session, Payment.visit_id, visits))
    ours = {row.id for row in session.execute(theirs.with_for_update(skip_locked=True))}
    return {row.visit_id for row in session.execute(theirs) if row.visit_id is not None and row.id not in ours}


def _lock_accounts(session: Session, visits: Sequence[int]) -> None:
    """The accounts that refunds of these visits go to, and those that they come from, in the order of their numbers:
    each refund by itself would take two of them, and cross another's."""
    if not visits:
        return
    paid_from = select(Payment.account_id).where(among(session, Payment.visit_id, visits))
    centres = (
        select(Department.centre_id)
        .join(Visit, Visit.department_id == Department.id)
        .where(among(session, Visit.id, visits))
    )
    ours = LedgerAccount.kind.in_(("fees", "suspense", "provider", "insurance")) & LedgerAccount.centre_id.in_(centres)
    wanted = select(LedgerAccount.id).where(ours | LedgerAccount.id.in_(paid_from)).order_by(LedgerAccount.id)
    session.execute(wanted.with_for_update())


def _tell_moved(
    telling: Telling,
    visit: Visit,
    number: str | None,
    occasion: str,
    soonest: dt.datetime,
    before: Mapping[str, Word],
) -> None:
    if number is None:
        tell_in_time(telling, visit, "shifted.unpaid_sms", occasion, before=soonest, **before)
    else:
        tell_in_time(telling, visit, "moved.told_sms", occasion, before=soonest, number=Code(number), **before)
    reminders.may_cancel(telling, visit, occasion, telling.when.now)


def _key(visit: Visit, told: str, refunded: str, unpaid: str) -> str:
    """What is told of one that will not be: as it was paid, is still to be paid, or was to be paid there."""
    return refunded if visit.paid else unpaid if visit.state == "pending" else told


def _soonest(telling: Telling, visit: Visit, known: Known) -> dt.datetime:
    """When they would come for it in vain: at its time, or at the one that they know."""
    begins = starts(visit, telling.when)
    return begins if known is None else min(begins, dt.datetime.combine(*known, tzinfo=begins.tzinfo))


def _as_known(known: Known) -> dict[str, Word]:
    """Whoever has not heard of a move is told that the visit is not at the time that they know."""
    if known is None:
        return {}
    day, begins = known
    return {"day": day, "half": "am" if begins < NOON else "pm", "starts": begins}


def _cancel(telling: Telling, visit: Visit, by: str) -> None:
    withdraw(telling.session, visit, why="stopped", by=f"staff:{by}", now=telling.when.now, frees=False)
