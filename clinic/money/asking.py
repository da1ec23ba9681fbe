"""Payments by mobile money on their way: what the provider is to be asked for, or about, and what it leaves open.

The gateway claims what is due and asks or polls the provider. What nobody has answered is neither paid nor failed: it
is asked again with the same correlation id, with growing pauses. What an answer means is `clinic.visits.paid`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.money import amounts, charging
from clinic.money.charging import OPEN
from clinic.rows import reads
from clinic.tables import Payment, PaymentTry

FIRST_PAUSE: Final = dt.timedelta(seconds=5)
LONGEST_PAUSE: Final = dt.timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Former:
    """The ids of an earlier try that has failed, as far as we were told."""

    correlation_id: str
    server_correlation_id: str


@dataclass(frozen=True, slots=True)
class Due:
    """A payment that the provider is to be asked for, or about.

    `next`: `ask` for it (once more under the same `correlation_id` where `tries` is above 1: the answer was lost), or
    `poll` under `server_correlation_id`. `original_reference`: of a refund, the reference of what it gives back;
    `formers`: its earlier tries, the last first, to be asked about before it is asked for anew.
    """

    id: int
    kind: Literal["charge", "refund"]
    provider: str
    phone: str
    amount: Decimal
    currency: str
    correlation_id: str
    server_correlation_id: str
    reference: str
    original_reference: str
    tries: int
    state: str
    next: Literal["ask", "poll"]
    asked_at: dt.datetime | None = None
    formers: tuple[Former, ...] = ()


def claim(session: Session, *, now: dt.datetime, most: int, lease: dt.timedelta) -> list[Due]:
    """Take up to `most` payments whose time has come; they are nobody else's for `lease`.

    A payment counts as asked for from here on, before anything is written to the wire: after a crash nobody knows.
    """
    due = (
        select(Payment)
        .where(Payment.look_at.is_not(None), Payment.look_at <= now)
        .where(Payment.method == "mobile", Payment.state.in_(OPEN))
        .order_by(Payment.look_at, Payment.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    rows = session.scalars(due).all()
    for row in rows:
        if row.state == "created":
            row.state, row.asked_at = "asked", now
        row.tries, row.look_at = row.tries + 1, now + lease
    session.flush()
    return [_due(session, row) for row in rows]


@reads
def found(session: Session, *, provider: str, correlation_id: str = "", server_correlation_id: str = "") -> Due | None:
    """The payment that a callback speaks of: by our correlation id, or by the provider's.

    By the id of an earlier try it is that try: failed, unless the payment is settled by now.
    """
    wanted = select(Payment).where(Payment.provider == provider, Payment.method == "mobile")
    if correlation_id:
        wanted = wanted.where(Payment.correlation_id == correlation_id)
    elif server_correlation_id:
        wanted = wanted.where(Payment.server_correlation_id == server_correlation_id)
    else:
        return None
    row = session.scalars(wanted.limit(1)).one_or_none()
    return _formerly(session, provider, correlation_id) if row is None else _due(session, row)


def pending(session: Session, *, payment: int, server_correlation_id: str, now: dt.datetime) -> bool:
    """The provider has it and will answer; False where the answer was here before that."""
    row = charging.locked(session, payment)
    if row.state not in OPEN:
        return False
    row.state = "pending"
    row.server_correlation_id = server_correlation_id[: charging.REFERENCE] or row.server_correlation_id
    row.look_at = now + pause(row.tries)
    session.flush()
    return True


def unknown(session: Session, *, payment: int, now: dt.datetime) -> bool:
    """No answer, or none that one could read: look again later. Never a failure."""
    row = charging.locked(session, payment)
    if row.state not in OPEN:
        return False
    row.look_at = now + pause(row.tries)
    session.flush()
    return True


def pause(tries: int) -> dt.timedelta:
    """How long to wait after so many tries: 5, 10, 20, ... seconds, at most six hours."""
    return min(FIRST_PAUSE * (1 << min(max(tries - 1, 0), 20)), LONGEST_PAUSE)


def _formerly(session: Session, provider: str, correlation_id: str) -> Due | None:
    former = session.execute(
        select(Payment, PaymentTry)
        .join(PaymentTry, PaymentTry.payment_id == Payment.id)
        .where(Payment.provider == provider, PaymentTry.correlation_id == correlation_id)
    ).one_or_none()
    if former is None:
        return None
    row, before = former
    return replace(
        _due(session, row),
        correlation_id=before.correlation_id,
        server_correlation_id=before.server_correlation_id,
        state=row.state if row.state in ("completed", "differs") else "failed",
        formers=(),
    )


def _formers(session: Session, row: Payment) -> tuple[Former, ...]:
    if row.kind != "refund":
        return ()
    tries = select(PaymentTry.correlation_id, PaymentTry.server_correlation_id).where(PaymentTry.payment_id == row.id)
    return tuple(Former(*ids) for ids in session.execute(tries.order_by(PaymentTry.id.desc())))


def _due(session: Session, row: Payment) -> Due:
    original = session.get(Payment, row.original_id) if row.original_id is not None else None
    return Due(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]
        provider=row.provider,
        phone=row.phone,
        amount=amounts.decimal(row.amount, row.currency),
        currency=row.currency,
        correlation_id=row.correlation_id,
        server_correlation_id=row.server_correlation_id,
        reference=row.reference,
        original_reference=original.reference if original is not None else "",
        tries=row.tries,
        state=row.state,
        next="poll" if row.server_correlation_id else "ask",
        asked_at=row.asked_at,
        formers=_formers(session, row),
    )
