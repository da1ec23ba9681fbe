"""A provider says that there is a transaction, and not of how much: kept at once, to be looked at next.

What was only in a process's memory would be lost with it, and the provider, who has been thanked, says it once.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from clinic.money import charging


def referred(session: Session, *, payment: int, reference: str, server_correlation_id: str, now: dt.datetime) -> bool:
    """Have the transaction of this reference looked at now; False where the payment is settled."""
    row = charging.locked(session, payment)
    if row.state not in charging.OPEN:
        return False
    row.state, row.reference, row.look_at = "pending", reference[: charging.REFERENCE], now
    row.server_correlation_id = server_correlation_id[: charging.REFERENCE] or row.server_correlation_id
    row.asked_at = row.asked_at or now
    session.flush()
    session.info["pays"] = True  # lets the store wake the payer after the commit
    return True
