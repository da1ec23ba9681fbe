"""What the answers to a visit's payments by mobile money mean: for the payment, for the books, for the visit.

The gateway says here what it has heard (`clinic.money.asking`). Whatever is said twice counts once. Locks: the visit's
payments, its T-code, the visit, then its session and accounts.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic import audit, messages, vouchers
from clinic.errors import NotPossible
from clinic.installation import Installation
from clinic.money import amounts, charging, ledger
from clinic.money.charging import OPEN, REFUNDS, UNMATCHED, Pays
from clinic.money.ways import OnItsWay
from clinic.rows import PLAIN, rows_changed
from clinic.tables import Centre, Payment, Visit
from clinic.views import VisitView
from clinic.visit_telling.wording import whole
from clinic.visits.seen import is_over, own, tell, view_of
from clinic.visits.withdrawing import lock, withdraw
from conf.texts.words import Money

Outcome = Literal["booked", "refunding", "refunded", "differs", "failed", "repeated"]
"""`refunding`: it came too late and goes back; `repeated`: it was settled before, and nothing has changed."""
_ERROR: Final = 200


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
    row.reference, row.settled_at, row.look_at = reference[: charging.REFERENCE], now, None
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
    result = session.execute(ours, execution_options=PLAIN)
    if rows_changed(result) != 1:
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
