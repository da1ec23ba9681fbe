"""What becomes of a visit's payments by mobile money: asked for, answered, and what that means for the visit.

The gateway claims what is due, asks or polls the provider, and says here what it has heard. What nobody has answered
is neither paid nor failed: it is asked again with the same correlation id, with growing pauses. Whatever is said twice
counts once. Locks: the visit's payments, its T-code, the visit, then its session and accounts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from clinic import audit, messages, vouchers
from clinic.errors import NotPossible
from clinic.installation import Installation
from clinic.money import amounts, charging, ledger
from clinic.money.charging import OPEN, REFUNDS, UNMATCHED, Pays
from clinic.money.ways import OnItsWay
from clinic.rows import reads
from clinic.tables import Centre, Payment, PaymentTry, Visit
from clinic.views import VisitView
from clinic.visits.seen import is_over, own, tell, view_of, whole
from clinic.visits.withdrawing import lock, withdraw
from conf.texts.words import Money

Outcome = Literal["booked", "refunding", "refunded", "differs", "failed", "repeated"]
"""`refunding`: it came too late and goes back; `repeated`: it was settled before, and nothing has changed."""
FIRST_PAUSE: Final = dt.timedelta(seconds=5)
LONGEST_PAUSE: Final = dt.timedelta(hours=6)
_ERROR: Final = 200
_REFERENCE: Final = 64


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
    row.server_correlation_id = server_correlation_id[:_REFERENCE] or row.server_correlation_id
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


def completed(
    session: Session,
    *,
    payment: int,
    reference: str,
    amount: Decimal,
    currency: str,
    installation: Installation,
    now: dt.datetime,
) -> Outcome:
    """The money has moved. A charge books its visit, with T-code and SMS; where the visit has gone, is over, or is paid
    by another charge, it is given back at once. What is not what we asked for goes to `suspense`, for staff."""
    row = charging.locked(session, payment)
    if row.state in ("completed", "differs"):
        return "repeated"
    row.reference, row.settled_at, row.look_at = reference[:_REFERENCE], now, None
    if not _as_asked(row, amount, currency):
        return _differs(session, row, now)
    row.state, row.error = "completed", ""
    session.flush()
    if row.kind == "refund":
        return _refunded(session, row, now)
    return _charged(session, row, installation, now)


def failed(session: Session, *, payment: int, error: str, installation: Installation, now: dt.datetime) -> Outcome:
    """The provider has said no, for good. The visit keeps its place until its time is over, to be paid another way; a
    refund that failed stays with what staff have to see to (`clinic.money.troubles`)."""
    row = charging.locked(session, payment)
    if row.state not in OPEN:
        return "repeated"
    row.state, row.error, row.settled_at, row.look_at = "failed", error[:_ERROR], now, None
    session.flush()
    if row.kind == "charge" and not row.unwanted:
        _tell_failed(session, row, installation, now)
    return "failed"


def again(
    session: Session,
    *,
    visit: int,
    phone: str,
    pays: Pays,
    occasion: str,
    installation: Installation,
    now: dt.datetime,
    provider: str = "",
) -> VisitView:
    """Pay a pending visit once more, the same way or another, as long as its place is held.

    `occasion` names this one act. Raises OnItsWay where the payment before may still come, NotEnough, NotPossible.
    """
    row = own(session, visit, phone)
    if row is None or pays == "counter":
        raise NotPossible
    charging.lock_payments(session, visit)
    lock(session, row)
    charges = charging.charges_of(session, visit)
    if any(charge.occasion == f"charge:{visit}:{occasion}" for charge in charges):
        return view_of(session, row, installation)
    if row.state != "pending" or row.hold_until is None or row.hold_until <= now:
        raise NotPossible
    if is_over(row, now.astimezone(installation.timezone)):
        raise NotPossible
    if any(charge.state in OPEN for charge in charges):
        raise OnItsWay
    row.pays = pays
    by = f"phone:{visit}"
    if pays == "account":
        _book(session, row, 0, now)
    centre = row.clinic_session.department.centre
    charging.charge(session, visit=row, centre=centre, by=by, now=now, provider=provider, again=occasion)
    session.flush()
    if pays == "account":
        _tell_booked(session, row, installation, now)
    return view_of(session, row, installation)


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


def _as_asked(row: Payment, amount: Decimal, currency: str) -> bool:
    """Keeps what came. One with too many digits, or of no currency, is nothing that the books can hold."""
    try:
        row.came, row.came_currency = amounts.units(amount, currency), currency
    except amounts.BadAmount:
        row.came, row.came_currency = None, ""
        row.error = f"{amount} {currency} came, which is no amount"[:_ERROR]
    return (row.came, row.came_currency) == (row.amount, row.currency)


def _differs(session: Session, row: Payment, now: dt.datetime) -> Outcome:
    """Into the books it goes as it came: against `unmatched`, until staff have found out."""
    row.state = "differs"
    if row.came:
        row.error = f"{amounts.written(row.came, row.came_currency)} {row.came_currency} came"
        _post(session, row, row.came, row.came_currency, UNMATCHED if row.kind == "charge" else REFUNDS, now)
    session.flush()
    return "differs"


def _charged(session: Session, row: Payment, installation: Installation, now: dt.datetime) -> Outcome:
    visit = None if row.visit_id is None else _visit(session, row.visit_id)
    booked = (
        visit is not None
        and not row.unwanted
        and not _too_late(session, visit, now.astimezone(installation.timezone))
        and _book(session, visit, row.amount, now)
    )
    if booked and visit is not None:
        others = charging.charges_of(session, visit.id)
        charging.drop([other for other in others if other.id != row.id], now=now)
        _post(session, row, row.amount, row.currency, "", now)
        _tell_booked(session, visit, installation, now)
        return "booked"
    charging.lock_books(session, row, now)
    _post(session, row, row.amount, row.currency, "", now)
    charging.give_back(session, row, by="system", now=now)
    if visit is not None:
        _tell(session, row, visit, "payment.returned_sms", f"returned:{row.id}", now)
    return "refunding"


def _refunded(session: Session, row: Payment, now: dt.datetime) -> Outcome:
    _post(session, row, row.amount, row.currency, REFUNDS, now)
    charged = session.get(Payment, row.original_id)
    visit = None if charged is None or charged.visit_id is None else _visit(session, charged.visit_id)
    if visit is not None:
        _tell(session, row, visit, "payment.refunded_sms", f"refunded:{row.id}", now)
    return "refunded"


def _post(session: Session, row: Payment, amount: int, currency: str, suspense: str, now: dt.datetime) -> None:
    """What the provider has taken in, or paid out, for us: against the fees, or what waits in `suspense`."""
    centre = session.get_one(Centre, row.centre_id)
    other = f":{currency}" if currency != centre.currency else ""
    provider = ledger.account(session, centre, "provider", row.provider + other, currency=currency, now=now)
    kind, key = ("suspense", suspense + other) if suspense else ("fees", "")
    against = ledger.account(session, centre, kind, key, currency=currency, now=now)
    sign = 1 if row.kind == "charge" else -1
    ledger.post(
        session,
        occasion=row.occasion if row.kind == "charge" else f"{row.occasion}:done",
        kind=row.kind,
        sides={provider.id: sign * amount, against.id: -sign * amount},
        by=f"provider:{row.provider}",
        now=now,
        visit=row.visit_id,
        payment=row.id if row.state == "completed" else None,
    )


def _visit(session: Session, visit: int) -> Visit:
    return session.scalars(whole().where(Visit.id == visit).execution_options(populate_existing=True)).one()


def _too_late(session: Session, visit: Visit, now: dt.datetime) -> bool:
    """Whether its session is over, also one that it was moved to. It is unpaid then, as if nothing had come: the charge
    itself goes back apart, once it is in the books."""
    lock(session, visit)
    if visit.state != "pending" or not is_over(visit, now):
        return False
    return withdraw(session, visit, why="unpaid", by="system", refunds=False, now=now)


def _book(session: Session, visit: Visit, paid: int, now: dt.datetime) -> bool:
    """One UPDATE: whoever gives the place back in this moment either was before us, or comes too late."""
    values = {"state": "booked", "hold_until": None, "look_at": now, "paid": Visit.paid + paid}
    ours = update(Visit).where(Visit.id == visit.id, Visit.state == "pending").values(values)
    result = session.execute(ours, execution_options={"synchronize_session": False})
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return False
    session.refresh(visit)
    vouchers.issue(session, visit)
    audit.note(session, "system", "visit.paid", f"visit:{visit.id}", now=now)
    return True


def _tell_booked(session: Session, visit: Visit, installation: Installation, now: dt.datetime) -> None:
    view = view_of(session, visit, installation)
    tell(session, visit, view, "visit.code_sms", f"code:{visit.id}", visit.language, now)  # type: ignore[arg-type]


def _tell_failed(session: Session, row: Payment, installation: Installation, now: dt.datetime) -> None:
    visit = None if row.visit_id is None else _visit(session, row.visit_id)
    if visit is None or visit.state != "pending" or visit.hold_until is None or visit.hold_until <= now:
        return
    until = visit.hold_until.astimezone(installation.timezone).time().replace(second=0, microsecond=0, tzinfo=None)
    _tell(session, row, visit, "payment.failed_sms", f"payment-failed:{row.id}", now, until=until)


def _tell(
    session: Session,
    row: Payment,
    visit: Visit,
    key: str,
    occasion: str,
    now: dt.datetime,
    until: dt.time | None = None,
) -> None:
    words: dict[str, Any] = {} if until is None else {"until": until}
    messages.tell(
        session,
        occasion=occasion,
        phone=row.phone,
        language=visit.language,  # type: ignore[arg-type]
        key=key,
        now=now,
        resident_id=visit.resident_id,
        department=visit.clinic_session.department.name,
        day=visit.day,
        half=visit.clinic_session.half,
        amount=Money(row.amount, row.currency),
        **words,
    )
