"""What hangs on a clinic session: told to staff before they stop or move it, and what went back of it after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.rows import reads
from clinic.tables import ClinicSession, Draw, DrawEntry, Payment, Visit, WaitEntry
from clinic.tables.visits import TO_COME
from conf.texts.words import Money


@dataclass(frozen=True, slots=True)
class Reach:
    """Visits that would be cancelled or moved (`booked`; `pending`: not paid yet), how many of these are paid, and what
    was paid for them; who is there already (`arrived`), and would stay. `waiting`: for a place in exactly this session;
    `tickets`: in its draw."""

    booked: int
    pending: int
    paid: int
    held: Money
    arrived: int
    waiting: int
    tickets: int

    @property
    def to_come(self) -> int:
        return self.booked + self.pending


@reads
def reach(session: Session, *, offered: int) -> Reach:
    """What stopping or moving this session would touch."""
    row = session.get_one(ClinicSession, offered)
    counts = select(Visit.state, func.count()).where(Visit.clinic_session_id == offered).group_by(Visit.state)
    states = {state: int(many) for state, many in session.execute(counts)}
    theirs = Visit.clinic_session_id == offered, Visit.state.in_(TO_COME), Visit.paid > 0
    paid, held = session.execute(select(func.count(), func.coalesce(func.sum(Visit.paid), 0)).where(*theirs)).one()
    waits = select(func.count()).where(WaitEntry.clinic_session_id == offered, WaitEntry.state == "waiting")
    tickets = (
        select(func.count())
        .select_from(DrawEntry)
        .join(Draw, Draw.id == DrawEntry.draw_id)
        .where(Draw.clinic_session_id == offered, Draw.finished_at.is_(None), DrawEntry.state == "entered")
    )
    return Reach(
        booked=states.get("booked", 0),
        pending=states.get("pending", 0),
        paid=int(paid),
        held=Money(int(held), row.department.centre.currency),
        arrived=states.get("arrived", 0),
        waiting=session.scalar(waits) or 0,
        tickets=session.scalar(tickets) or 0,
    )


@dataclass(frozen=True, slots=True)
class WentBack:
    """Refunds, and what they give back together."""

    refunds: int
    amount: Money


@reads
def went_back(session: Session, *, offered: int, since: dt.datetime) -> WentBack:
    """What was given back, or is on its way, for visits of this session from this moment on."""
    row = session.get_one(ClinicSession, offered)
    refunds, amount = session.execute(
        select(func.count(), func.coalesce(func.sum(Payment.amount), 0))
        .join(Visit, Visit.id == Payment.visit_id)
        .where(Visit.clinic_session_id == offered, Payment.kind == "refund", Payment.created_at >= since)
    ).one()
    return WentBack(int(refunds), Money(int(amount), row.department.centre.currency))
