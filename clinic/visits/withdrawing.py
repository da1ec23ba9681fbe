"""The one way in which a visit ceases to be, with all that hangs on it: T-code, reminders, place, payment.

Its payments, its T-code and its own row are locked, in this order, as by who completes a payment and by a kiosk; only
then it is read and decided on: it may have been moved, paid, used or shared out anew while we waited.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import audit, look_again, messages, places, vouchers
from clinic.messages import INSTEAD
from clinic.money import charging
from clinic.rows import PLAIN, rows_changed
from clinic.tables import Visit, Voucher
from clinic.tables.visits import GIVEN_UP
from clinic.visit_telling import reminders
from clinic.visit_telling.wording import whole

Why = Literal["own", "late", "unpaid", "stopped", "moved", "staff", "hospital"]
ACTIONS: Final[Mapping[Why, str]] = {
    "own": "visit.cancel",
    "late": "visit.cancel",
    "stopped": "visit.stopped",
    "moved": "visit.stopped",
}
"""What the audit trail calls it; the others by their name."""


def withdraw(
    session: Session, row: Visit, *, why: Why, by: str, now: dt.datetime, refunds: bool = True, frees: bool = True
) -> bool:
    """Cancel a visit that is pending or booked; False where another was faster, and nothing has changed then.

    `refunds`: what was paid is given back, to where it came from. `frees`: the place is given back; not of a session
    that is stopped.
    """
    lock(session, row)
    counts = why in GIVEN_UP and row.state == "booked"  # in the rules of absence; not what was never paid
    if not _won(session, row):
        return False
    row.state, row.look_at, row.hold_until = "cancelled", None, None
    row.cancelled_at, row.cancelled_for = now, why
    row.judge_at = now if counts else None
    session.flush()
    # Only now that the row is ours, or a reminder that is being written at this moment would be missed.
    reminders.call_off(session, row, now)
    code = f"code:{row.id}"
    messages.call_off(session, code, f"{INSTEAD}{code}", now=now)  # a T-code that has not left yet is void
    look_again.place_given_up(session, resident=row.resident_id, department=row.department_id, today=now.date())
    if frees:
        places.give_back(session, offered=row.clinic_session_id, pool=row.pool, now=now)
    charging.end(session, visit=row, refunds=refunds, by=by, now=now)
    audit.note(session, by, ACTIONS.get(why, f"visit.{why}"), f"visit:{row.id}", now=now)
    return True


def lock(session: Session, row: Visit) -> None:
    """Make a visit ours, and read it and its session as they are now. Whoever asks more of it than whether it can be
    withdrawn (what giving it up means, say) calls this before."""
    charging.lock(session, row)
    session.execute(select(Voucher.id).where(Voucher.visit_id == row.id).with_for_update())
    # By itself: one that was moved while we waited would not be found with the session that it had before.
    session.execute(select(Visit.id).where(Visit.id == row.id).with_for_update())
    session.scalars(whole().where(Visit.id == row.id).execution_options(populate_existing=True)).one()


def _won(session: Session, row: Visit) -> bool:
    if row.state == "booked":
        return vouchers.cancel(session, visit=row.id)
    # Of another state than pending nothing changes: it is over, or somebody is there.
    ours = update(Visit).where(Visit.id == row.id, Visit.state == "pending").values(state="cancelled")
    result = session.execute(ours, execution_options=PLAIN)
    return rows_changed(result) == 1
