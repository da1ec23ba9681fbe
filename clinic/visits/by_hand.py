"""Payments that staff finish where the provider cannot: they have its word by another way, on its pages or by letter.

What follows is as if the provider had said it: the visit is booked, or the money goes back, and who paid is told.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from clinic import audit
from clinic.installation import Installation
from clinic.money import amounts, charging, troubles
from clinic.money.troubles import NotSo
from clinic.tables import Payment
from clinic.typed import tidied
from clinic.visits import paid
from clinic.visits.paid import Outcome

MOST_WHY = 150
UNDER_WAY = ("asked", "pending")


def done(
    session: Session, *, payment: int, reference: str, by: str, installation: Installation, now: dt.datetime
) -> Outcome:
    """The money has moved as it was asked for; `reference`: the provider's number of it. Raises NotSo."""
    row = _known(session, payment, (*UNDER_WAY, "failed"))
    number = _checked(reference, "reference", charging.REFERENCE)
    outcome = paid.completed(
        session,
        payment=payment,
        reference=number,
        amount=amounts.decimal(row.amount, row.currency),
        currency=row.currency,
        installation=installation,
        now=now,
    )
    audit.note(session, f"staff:{by}", "payment.done", f"payment:{payment}", now=now, reference=number)
    return outcome


def failed(
    session: Session, *, payment: int, why: str, by: str, installation: Installation, now: dt.datetime
) -> Outcome:
    """The money has not moved, and will not. Raises NotSo."""
    _known(session, payment, UNDER_WAY)
    words = _checked(why, "reason", MOST_WHY)
    outcome = paid.failed(session, payment=payment, error=f"by staff: {words}", installation=installation, now=now)
    audit.note(session, f"staff:{by}", "payment.failed", f"payment:{payment}", now=now, why=words)
    return outcome


def _known(session: Session, payment: int, states: tuple[str, ...]) -> Payment:
    row = troubles.known(session, payment)
    if row.method != "mobile" or row.state not in states:
        raise NotSo(f"payment {payment} ({row.method}) is {row.state}; only one that is {' or '.join(states)} can be")
    return row


def _checked(text: str, what: str, most: int) -> str:
    tidy = tidied(text, most)
    if not tidy:
        raise NotSo(f"a {what} has 1 to {most} printable characters")
    return tidy
