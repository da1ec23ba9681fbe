"""What a visit costs: charged when it is booked, given back to where it came from when it will not be.

A charge from an account is done in the booking's transaction. One by mobile money is a row that the gateway takes up
(`clinic.money.paying`): the visit is pending until it is completed. What is completed after its visit has gone is given
back: nobody's money stays with us for nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.errors import NotEnough
from clinic.money import ledger
from clinic.tables import AccountPhone, Centre, LedgerAccount, Payment, Visit

Pays = Literal["counter", "account", "mobile"]


def charge(session: Session, *, visit: Visit, centre: Centre, by: str, now: dt.datetime) -> None:
    """Charge the fee of a visit that was just booked, the way it says. Raises NotEnough."""
    if visit.pays == "counter":
        return
    payment = _payment(visit, centre, "charge", visit.pays, f"charge:{visit.id}", visit.fee, now)
    if visit.pays == "account":
        held = of_phone(session, phone=visit.phone, centre=centre.id)
        if held is None:
            raise NotEnough
        payment.account_id, payment.state, payment.settled_at, payment.look_at = held.id, "completed", now, None
        session.add(payment)
        session.flush()
        fees = ledger.account(session, centre, "fees", now=now)
        sides = {held.id: visit.fee, fees.id: -visit.fee}
        ledger.post(
            session,
            occasion=payment.occasion,
            kind="charge",
            sides=sides,
            by=by,
            now=now,
            visit=visit.id,
            payment=payment.id,
        )
        visit.paid = visit.fee
        return
    session.add(payment)
    session.flush()


def lock(session: Session, visit: Visit) -> None:
    """Take the visit's payments before anything else of it, as whoever completes one does."""
    if visit.pays != "counter":
        session.execute(select(Payment.id).where(Payment.visit_id == visit.id).order_by(Payment.id).with_for_update())


def end(session: Session, *, visit: Visit, refunds: bool, by: str, now: dt.datetime) -> None:
    """The visit will not be: what was paid goes back where it came from, what has yet to come is not wanted any more.

    A charge that was never asked for is dropped; one on its way is given back if it comes, whatever `refunds` says: who
    has no visit owes nothing for it.
    """
    if visit.pays == "counter" and not visit.paid:
        return
    for charged in _charges(session, visit.id):
        if charged.state == "completed" and refunds:
            give_back(session, charged, by=by, now=now)
        elif charged.state == "created":
            charged.state, charged.look_at, charged.settled_at = "failed", None, now
            charged.error = "not wanted any more"
        elif charged.state in ("asked", "pending"):
            charged.unwanted = True
    if refunds:
        visit.paid = 0
    session.flush()


def give_back(session: Session, charged: Payment, *, by: str, now: dt.datetime) -> Payment:
    """Give a completed charge back whole, once, to where it came from."""
    occasion = f"refund:{charged.id}"
    before = session.scalars(select(Payment).where(Payment.occasion == occasion)).one_or_none()
    if before is not None:
        return before
    back = Payment(
        occasion=occasion,
        kind="refund",
        method=charged.method,
        provider=charged.provider,
        centre_id=charged.centre_id,
        visit_id=charged.visit_id,
        original_id=charged.id,
        phone=charged.phone,
        account_id=charged.account_id,
        amount=charged.amount,
        currency=charged.currency,
        state="created",
        correlation_id=str(uuid.uuid4()),
        created_at=now,
        look_at=now,
        tries=0,
        unwanted=False,
    )
    session.add(back)
    session.flush()
    if charged.method == "account" and charged.account_id is not None:
        centre = session.get_one(Centre, charged.centre_id)
        fees = ledger.account(session, centre, "fees", now=now)
        sides = {charged.account_id: -charged.amount, fees.id: charged.amount}
        ledger.post(
            session,
            occasion=occasion,
            kind="refund",
            sides=sides,
            by=by,
            now=now,
            visit=charged.visit_id,
            payment=back.id,
        )
        back.state, back.settled_at, back.look_at = "completed", now, None
    return back


def of_phone(session: Session, *, phone: str, centre: int) -> LedgerAccount | None:
    """The account at this centre that this phone may pay from."""
    return session.scalars(
        select(LedgerAccount)
        .join(AccountPhone, AccountPhone.account_id == LedgerAccount.id)
        .where(AccountPhone.phone == phone, LedgerAccount.centre_id == centre, LedgerAccount.kind == "resident")
        .order_by(AccountPhone.id)
        .limit(1)
    ).one_or_none()


def _charges(session: Session, visit: int) -> Sequence[Payment]:
    theirs = select(Payment).where(Payment.visit_id == visit, Payment.kind == "charge").order_by(Payment.id)
    return session.scalars(theirs.execution_options(populate_existing=True)).all()


def _payment(
    visit: Visit, centre: Centre, kind: str, method: str, occasion: str, amount: int, now: dt.datetime
) -> Payment:
    return Payment(
        occasion=occasion,
        kind=kind,
        method=method,
        centre_id=centre.id,
        visit_id=visit.id,
        phone=visit.phone,
        amount=amount,
        currency=centre.currency,
        state="created",
        correlation_id=str(uuid.uuid4()),
        created_at=now,
        look_at=now,
        tries=0,
        unwanted=False,
    )
