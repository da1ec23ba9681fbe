"""The one way in which a visit ceases to be, with all that hangs on it: T-code, reminders, place, payment.

Whoever changes the voucher first wins, so a cancellation and a kiosk never both succeed; of a visit that is not paid
yet, whoever changes its state first. Payments are locked before either, as by who completes them.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from clinic import audit, places, vouchers
from clinic.children import looking
from clinic.money import charging
from clinic.tables import Visit
from clinic.visit_notices import reminders

Why = Literal["own", "unpaid", "stopped", "moved", "staff", "hospital"]


def withdraw(
    session: Session, row: Visit, *, why: Why, by: str, now: dt.datetime, refunds: bool = True, frees: bool = True
) -> bool:
    """Cancel a visit that is pending or booked; False where another was faster, and nothing has changed then.

    `refunds`: what was paid is given back, to where it came from. `frees`: the place is given back; not of a session
    that is stopped.
    """
    charging.lock(session, row)
    if not _won(session, row):
        return False
    row.state, row.look_at, row.hold_until = "cancelled", None, None
    row.cancelled_at, row.cancelled_for = now, why
    session.flush()
    # Only now that the row is ours, or a reminder that is being written at this moment would be missed.
    reminders.call_off(session, row, now)
    looking.place_given_up(session, resident=row.resident_id, department=row.department_id, today=now.date())
    if frees:
        places.give_back(session, offered=row.clinic_session_id, pool=row.pool, now=now)
    charging.end(session, visit=row, refunds=refunds, by=by, now=now)
    action = {"own": "visit.cancel", "stopped": "visit.stopped", "moved": "visit.stopped"}.get(why, f"visit.{why}")
    audit.note(session, by, action, f"visit:{row.id}", now=now)
    return True


def _won(session: Session, row: Visit) -> bool:
    if row.state != "pending":
        return vouchers.cancel(session, visit=row.id)
    ours = update(Visit).where(Visit.id == row.id, Visit.state == "pending").values(state="cancelled")
    result = session.execute(ours, execution_options={"synchronize_session": False})
    return isinstance(result, CursorResult) and result.rowcount == 1
