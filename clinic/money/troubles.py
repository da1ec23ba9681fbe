"""Payments that need staff: refunds that failed, money that came otherwise than asked, what nobody answers for long."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from clinic import audit
from clinic.money import charging
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import Payment, PaymentTry
from conf.texts.words import Money

LONG: Final = dt.timedelta(hours=1)
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Trouble:
    """`what`: refund-failed, differs, unanswered. `amount`: as asked; of what differs `said` tells what came."""

    payment: int
    what: str
    kind: str
    provider: str
    visit: int | None
    phone: str
    amount: Money
    since: dt.datetime
    said: str


class NotSo(ValueError):
    """This payment is not one to do that with, in words."""


@reads
def listed(session: Session, *, now: dt.datetime) -> list[Trouble]:
    """At most 1000, the longest waiting first."""
    back = aliased(Payment)
    given_back = exists().where(back.original_id == Payment.id, back.kind == "refund")
    rows = session.scalars(
        select(Payment)
        .where(
            or_(
                and_(Payment.kind == "refund", Payment.state == "failed"),
                and_(Payment.state == "differs", ~given_back),
                and_(Payment.state.in_(("asked", "pending")), Payment.asked_at <= now - LONG),
            )
        )
        .order_by(Payment.created_at, Payment.id)
        .limit(MOST)
    )
    return [_trouble(row) for row in rows]


def retry(session: Session, *, payment: int, by: str, now: dt.datetime) -> Trouble:
    """Ask once more for a refund that has failed, under a new correlation id. Raises NotSo.

    The former id is kept: what the provider still says under it settles the refund, and the payer asks for it before
    it asks anew, where it can.
    """
    row = known(session, payment)
    if row.kind != "refund" or row.state != "failed" or row.method != "mobile":
        raise NotSo(f"payment {payment} is no refund that has failed; `caredial settle open` shows those")
    former = {"correlation_id": row.correlation_id, "server_correlation_id": row.server_correlation_id}
    session.add(PaymentTry(payment_id=row.id, ended_at=now, **former))
    row.correlation_id, row.server_correlation_id = charging.new_correlation(), ""
    row.state, row.error, row.settled_at, row.look_at, row.tries = "created", "", None, now, 0
    audit.note(session, f"staff:{by}", "payment.retry", f"payment:{payment}", now=now)
    session.flush()
    return _trouble(row)


def give_back(session: Session, *, payment: int, by: str, now: dt.datetime) -> Trouble:
    """Give back what came and was not what we asked for: the refund that goes out. Raises NotSo."""
    row = known(session, payment)
    if row.state != "differs" or row.kind != "charge" or not row.came:
        raise NotSo(f"payment {payment} is no charge that came with another amount; `caredial settle open` shows those")
    if row.came_currency != row.currency:
        raise NotSo(f"payment {payment} came in {row.came_currency}: give it back by hand, with the provider")
    back = charging.give_back(session, row, by=f"staff:{by}", now=now)
    if back is None:
        raise NotSo(f"payment {payment} is given back already")
    audit.note(session, f"staff:{by}", "payment.give_back", f"payment:{payment}", now=now)
    return _trouble(back)


def known(session: Session, payment: int) -> Payment:
    """The payment, ours with all others of its visit. Raises NotSo."""
    if session.get(Payment, payment) is None:
        raise NotSo(f"there is no payment {payment}; `caredial settle open` shows those that need you")
    return charging.locked(session, payment)


def _trouble(row: Payment) -> Trouble:
    what = "differs" if row.state == "differs" else "refund-failed" if row.state == "failed" else "unanswered"
    return Trouble(
        payment=row.id,
        what=what,
        kind=row.kind,
        provider=row.provider,
        visit=row.visit_id,
        phone=masked_phone(row.phone),
        amount=Money(row.amount, row.currency),
        since=row.created_at,
        said=row.error,
    )
