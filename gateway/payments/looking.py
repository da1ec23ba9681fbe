"""Payments as staff look at them: a list, and one with all that has happened to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from clinic import audit
from clinic.money import amounts
from clinic.money.charging import OPEN
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import Audit, Centre, LedgerEntry, Message, Payment

STATES = ("created", "asked", "pending", "completed", "differs", "failed")


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment; its phone is masked."""

    id: int
    kind: str
    method: str
    provider: str
    centre: str
    visit: int | None
    original: int | None
    phone: str
    amount: Decimal
    currency: str
    state: str
    correlation_id: str
    server_correlation_id: str
    reference: str
    tries: int
    error: str
    unwanted: bool
    created_at: dt.datetime
    asked_at: dt.datetime | None
    settled_at: dt.datetime | None
    look_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened: when, what, by whom or to whom."""

    at: dt.datetime
    what: str
    more: str


@dataclass(frozen=True, slots=True)
class History:
    payment: PaymentView
    steps: tuple[Step, ...]


@reads
def listed(
    session: Session,
    *,
    states: tuple[str, ...] = (),
    provider: str = "",
    phone: str = "",
    visit: int | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    most: int = 100,
) -> list[PaymentView]:
    """Payments by mobile money, the newest first; `phone` as +86154..., `since` and `until` of when they were made."""
    wanted = select(Payment, Centre.code).join(Centre, Centre.id == Payment.centre_id)
    wanted = wanted.where(Payment.method == "mobile")
    if states:
        wanted = wanted.where(Payment.state.in_(states))
    if provider:
        wanted = wanted.where(Payment.provider == provider)
    if phone:
        wanted = wanted.where(Payment.phone == phone)
    if visit is not None:
        wanted = wanted.where(Payment.visit_id == visit)
    if since is not None:
        wanted = wanted.where(Payment.created_at >= since)
    if until is not None:
        wanted = wanted.where(Payment.created_at < until)
    return [_view(row, centre) for row, centre in session.execute(wanted.order_by(Payment.id.desc()).limit(most))]


@reads
def history(session: Session, *, payment: int) -> History | None:
    """One payment, and in their order: asked, settled, booked in the books, given back, told, touched by staff."""
    wanted = select(Payment, Centre.code).join(Centre, Centre.id == Payment.centre_id)
    found = session.execute(wanted.where(Payment.id == payment, Payment.method == "mobile")).one_or_none()
    if found is None:
        return None
    row, centre = found
    steps = [
        Step(row.created_at, "made", f"{row.kind} of {amounts.written(row.amount, row.currency)} {row.currency}"),
        *([Step(row.asked_at, "asked", f"first, as {row.correlation_id}")] if row.asked_at else []),
        *([Step(row.settled_at, row.state, row.error or row.reference)] if row.settled_at else []),
        *_related(session, row),
        *_books(session, row),
        *_touched(session, row),
        *_told(session, row),
    ]
    return History(_view(row, centre), tuple(sorted(steps, key=lambda step: step.at)))


def look_now(session: Session, *, payment: int, by: str, now: dt.datetime) -> bool:
    """Have a payment that is on its way looked at at once; False where it is settled, or not made yet."""
    ours = update(Payment).where(Payment.id == payment, Payment.state.in_(OPEN), Payment.method == "mobile")
    found = session.scalars(ours.values(look_at=now).returning(Payment.id)).one_or_none()
    if found is None:
        return False
    audit.note(session, f"staff:{by}", "payment.look", f"payment:{payment}", now=now)
    session.info["pays"] = True
    return True


def _related(session: Session, row: Payment) -> list[Step]:
    others = select(Payment).where(or_(Payment.original_id == row.id, Payment.id == row.original_id))
    return [
        Step(each.created_at, f"{each.kind} {each.id}", f"{each.state}, {amounts.written(each.amount, each.currency)}")
        for each in session.scalars(others)
    ]


def _books(session: Session, row: Payment) -> list[Step]:
    entries = select(LedgerEntry).where(LedgerEntry.payment_id == row.id)
    return [Step(each.at, f"booked {each.kind}", f"entry {each.id} by {each.by}") for each in session.scalars(entries)]


def _touched(session: Session, row: Payment) -> list[Step]:
    notes = select(Audit).where(Audit.subject == f"payment:{row.id}")
    return [Step(each.at, each.action, f"by {each.actor}") for each in session.scalars(notes)]


def _told(session: Session, row: Payment) -> list[Step]:
    names = [f"{what}:{row.id}" for what in ("returned", "refunded", "payment-failed")]
    names += [f"code:{row.visit_id}"] if row.kind == "charge" and row.state == "completed" else []
    written = session.scalars(select(Message).where(Message.occasion.in_(names)))
    return [Step(each.created_at, "told by SMS", f"{each.occasion}, {each.state}") for each in written]


def _view(row: Payment, centre: str) -> PaymentView:
    return PaymentView(
        id=row.id,
        kind=row.kind,
        method=row.method,
        provider=row.provider,
        centre=centre,
        visit=row.visit_id,
        original=row.original_id,
        phone=masked_phone(row.phone),
        amount=amounts.decimal(row.amount, row.currency),
        currency=row.currency,
        state=row.state,
        correlation_id=row.correlation_id,
        server_correlation_id=row.server_correlation_id,
        reference=row.reference,
        tries=row.tries,
        error=row.error,
        unwanted=row.unwanted,
        created_at=row.created_at,
        asked_at=row.asked_at,
        settled_at=row.settled_at,
        look_at=row.look_at,
    )
