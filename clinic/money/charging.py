"""What a visit costs: charged when it is booked, given back to where it came from when it will not be.

A charge from an account is done in the booking's transaction. One by mobile money is a row that the gateway takes up
(`clinic.visits.paid`): the visit is pending until it is completed. What is completed after its visit has gone is given
back: nobody's money stays with us for nothing.

What is to be given back by mobile money stands in `suspense` under `refunds` from when it is ordered until it is done;
what came and is not what we asked for, under `unmatched`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final, Literal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from clinic.errors import NotEnough
from clinic.money import ledger
from clinic.money.linked import still_theirs
from clinic.tables import AccountPhone, Centre, LedgerAccount, Payment, Visit

Pays = Literal["counter", "account", "mobile"]
OPEN: Final = ("created", "asked", "pending")
REFUNDS: Final = "refunds"
UNMATCHED: Final = "unmatched"
REFERENCE: Final = 64
"""Characters that are kept of a provider's own numbers."""


def charge(
    session: Session,
    *,
    visit: Visit,
    centre: Centre,
    by: str,
    now: dt.datetime,
    provider: str = "",
    again: str = "",
) -> None:
    """Charge the fee of a visit the way it says. `again`: names a later try. Raises NotEnough."""
    if visit.pays == "counter":
        return
    occasion = f"charge:{visit.id}:{again}" if again else f"charge:{visit.id}"
    payment = _payment(visit, centre, occasion, provider if visit.pays == "mobile" else "", now)
    if visit.pays == "account":
        held = of_phone(session, phone=visit.phone, centre=centre.id, resident=visit.resident_id)
        if held is None:
            raise NotEnough
        payment.account_id, payment.state, payment.settled_at, payment.look_at = held.id, "completed", now, None
        session.add(payment)
        session.flush()
        fees = ledger.account(session, centre, "fees", now=now)
        _post(session, payment, "charge", {held.id: visit.fee, fees.id: -visit.fee}, by=by, now=now)
        visit.paid = visit.fee
        return
    session.add(payment)
    session.info["pays"] = True  # lets the store wake the payer after the commit
    session.flush()


def lock(session: Session, visit: Visit) -> None:
    """Take the visit's payments before anything else of it, as whoever completes one does."""
    if visit.pays != "counter":
        lock_payments(session, visit.id)


def lock_payments(session: Session, visit: int) -> None:
    session.execute(select(Payment.id).where(Payment.visit_id == visit).order_by(Payment.id).with_for_update())


def locked(session: Session, payment: int) -> Payment:
    """The payment, with all others of its visit, in the order of their ids."""
    visit = session.scalar(select(Payment.visit_id).where(Payment.id == payment))
    if visit is not None:
        lock_payments(session, visit)
    wanted = select(Payment).where(Payment.id == payment).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def end(session: Session, *, visit: Visit, refunds: bool, by: str, now: dt.datetime) -> None:
    """The visit will not be: what was paid goes back where it came from, what has yet to come is not wanted any more.

    A charge that was never asked for is dropped; one on its way is given back if it comes, whatever `refunds` says: who
    has no visit owes nothing for it.
    """
    if visit.pays == "counter" and not visit.paid:
        return
    charges = charges_of(session, visit.id)
    session.refresh(visit, ["paid"])  # it was read before its payments were ours
    drop(charges, now=now)
    paid = [charged for charged in charges if charged.state == "completed"] if refunds else []
    if len(paid) > 1:
        _lock_sides(session, paid, now)
    for charged in paid:
        back = give_back(session, charged, by=by, now=now)
        visit.paid -= 0 if back is None else back.amount
    session.flush()


def drop(charges: Sequence[Payment], *, now: dt.datetime) -> None:
    """What of these has yet to come is not wanted any more."""
    for charged in charges:
        if charged.state == "created":
            charged.state, charged.look_at, charged.settled_at = "failed", None, now
            charged.error = "not wanted any more"
        elif charged.state in ("asked", "pending"):
            charged.unwanted = True


def give_back(
    session: Session, charged: Payment, *, by: str, now: dt.datetime, amount: int | None = None, why: str = ""
) -> Payment | None:
    """Give a charge back to where it came from: all that is left of it, or `amount` of that; None: nothing was left.

    `why` names a part, which is given back once. Of a charge that came with another amount it is what came.
    """
    rest = left(session, charged)
    back = min(rest, rest if amount is None else amount)
    occasion = f"refund:{charged.id}:{why}" if why else f"refund:{charged.id}"
    done = session.scalar(select(Payment.id).where(Payment.occasion == occasion))
    if back <= 0 or done is not None:
        return None
    row = Payment(
        occasion=occasion,
        kind="refund",
        method=charged.method,
        provider=charged.provider,
        centre_id=charged.centre_id,
        visit_id=charged.visit_id if charged.state == "completed" else None,  # what differs paid for no visit
        original_id=charged.id,
        phone=charged.phone,
        account_id=charged.account_id,
        amount=back,
        currency=charged.currency,
        state="created",
        correlation_id=new_correlation(),
        created_at=now,
        look_at=now,
        tries=0,
        unwanted=False,
    )
    session.add(row)
    session.info["pays"] = True  # lets the store wake the payer after the commit
    session.flush()
    source, target = back_sides(session, charged, now)
    if charged.method != "mobile":
        row.state, row.settled_at, row.look_at = "completed", now, None
    _post(session, row, "refund", {source: back, target: -back}, by=by, now=now)
    session.flush()
    return row


def of_phone(session: Session, *, phone: str, centre: int, resident: int | None = None) -> LedgerAccount | None:
    """The account at this centre that this phone may pay from; of several the one of `resident`, else the first."""
    theirs = case((LedgerAccount.resident_id == resident, 0), else_=1) if resident is not None else LedgerAccount.id
    return session.scalars(
        select(LedgerAccount)
        .join(AccountPhone, AccountPhone.account_id == LedgerAccount.id)
        .where(AccountPhone.phone == phone, still_theirs())
        .where(LedgerAccount.centre_id == centre, LedgerAccount.kind == "resident")
        .order_by(theirs, AccountPhone.id)
        .limit(1)
    ).one_or_none()


def charges_of(session: Session, visit: int) -> Sequence[Payment]:
    """As they are now: whoever asks has locked them."""
    theirs = select(Payment).where(Payment.visit_id == visit, Payment.kind == "charge").order_by(Payment.id)
    return session.scalars(theirs.execution_options(populate_existing=True)).all()


def new_correlation() -> str:
    """What a payment is known by, here and at the provider (a UUID)."""
    return str(uuid.uuid4())


def lock_books(session: Session, charged: Payment, now: dt.datetime) -> None:
    """For a charge that is given back in the transaction in which it came."""
    centre = session.get_one(Centre, charged.centre_id)
    provider = ledger.account(session, centre, "provider", charged.provider, now=now)
    ledger.lock(session, {provider.id, *back_sides(session, charged, now)})


def left(session: Session, charged: Payment) -> int:
    """What of a charge has not been given back."""
    given = select(func.sum(Payment.amount)).where(Payment.original_id == charged.id, Payment.kind == "refund")
    received = (charged.came or 0) if charged.state == "differs" else charged.amount
    return received - int(session.scalar(given) or 0)


def back_sides(session: Session, charged: Payment, now: dt.datetime) -> tuple[int, int]:
    """The accounts that a refund is taken from and goes to."""
    centre = session.get_one(Centre, charged.centre_id)
    differs = charged.state == "differs"
    source = (
        ledger.account(session, centre, "suspense", UNMATCHED, now=now)
        if differs
        else ledger.account(session, centre, "fees", now=now)
    )
    if charged.method == "account" and charged.account_id is not None:
        return source.id, charged.account_id
    kind, key = ("insurance", "") if charged.method == "insurance" else ("suspense", REFUNDS)
    return source.id, ledger.account(session, centre, kind, key, now=now).id


def _lock_sides(session: Session, charges: Sequence[Payment], now: dt.datetime) -> None:
    """Several entries in one transaction: all their accounts in the order of their ids, before the first."""
    ledger.lock(session, {side for charged in charges for side in back_sides(session, charged, now)})


def _post(session: Session, payment: Payment, kind: str, sides: dict[int, int], *, by: str, now: dt.datetime) -> None:
    """The entry that completes a payment bears its number, one that only prepares it does not."""
    ledger.post(
        session,
        occasion=payment.occasion,
        kind=kind,
        sides=sides,
        by=by,
        now=now,
        visit=payment.visit_id,
        payment=payment.id if payment.state == "completed" else None,
    )


def _payment(visit: Visit, centre: Centre, occasion: str, provider: str, now: dt.datetime) -> Payment:
    return Payment(
        occasion=occasion,
        kind="charge",
        method=visit.pays,
        provider=provider,
        centre_id=centre.id,
        visit_id=visit.id,
        phone=visit.phone,
        amount=visit.fee,
        currency=centre.currency,
        state="created",
        correlation_id=new_correlation(),
        created_at=now,
        look_at=now,
        tries=0,
        unwanted=False,
    )
