"""Insured residents: charged as self-pay at booking, swapped when the card is there, at a kiosk or the counter.

The covered share is the insurer's to pay from then on, and goes back to the resident the way it was paid; once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import audit, messages
from clinic.errors import ClinicError
from clinic.money import amounts, charging, ledger
from clinic.rows import reads
from clinic.tables import Centre, ClinicSession, Department, Payment, Visit
from conf.texts.words import Money

WHY = "insured"
STATES = ("booked", "arrived", "fulfilled")


class NotSwappable(ClinicError):
    """The visit is not paid, is not there any more, or less was paid for it than is covered. `said`: to staff."""

    tell = "payment.not_swappable"

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True, slots=True)
class Swapped:
    """`covered`: what the insurer pays; `own`: what stays the resident's to pay; `back`: the way it goes back.

    `again`: it was swapped before, and nothing has changed.
    """

    covered: Money
    own: Money
    back: str
    again: bool = False


def swap(session: Session, *, visit: int, covered: int, reference: str, by: str, now: dt.datetime) -> Swapped:
    """Let the insurer pay `covered` of a paid visit; `reference` is the insurer's own number of it.

    Raises NotSwappable.
    """
    charging.lock_payments(session, visit)
    wanted = select(Visit).where(Visit.id == visit).with_for_update()
    row = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.state not in STATES:
        raise NotSwappable(f"visit {visit} is not booked" if row is not None else f"there is no visit {visit}")
    centre = _centre(session, row)
    before = session.scalars(select(Payment).where(Payment.occasion == _occasion(visit))).one_or_none()
    if before is not None:
        return _swapped(row, before, again=True)
    charged = _charge(session, row)
    if charged is None:
        raise NotSwappable(f"visit {visit} was not paid by phone: the counter settles it with the insurer")
    if not 0 < covered <= row.paid:
        most = amounts.written(row.paid, centre.currency)
        raise NotSwappable(f"of visit {visit} {most} {centre.currency} is paid; the insurer can pay no more of it")
    insured = _payment(row, centre, covered, reference, now)
    session.add(insured)
    session.flush()
    _post(session, insured, centre, charged, by, now)
    back = charging.give_back(session, charged, by=by, now=now, amount=covered, why=WHY)
    session.execute(
        update(Visit).where(Visit.id == visit).values(paid=Visit.paid + covered - (back.amount if back else 0))
    )
    session.refresh(row, ["paid"])
    audit.note(session, by, "visit.insured", f"visit:{visit}", now=now, covered=covered)
    _tell(session, row, insured, now)
    return _swapped(row, insured)


@reads
def currency(session: Session, *, visit: int) -> str:
    """In which a visit is paid. Raises NotSwappable."""
    row = session.get(Visit, visit)
    if row is None:
        raise NotSwappable(f"there is no visit {visit}")
    return _centre(session, row).currency


def _charge(session: Session, visit: Visit) -> Payment | None:
    """What the resident has paid it by, of which something is left."""
    paid = (each for each in charging.charges_of(session, visit.id) if each.state == "completed")
    own = (each for each in paid if each.method != "insurance" and charging.left(session, each) > 0)
    return next(own, None)


def _swapped(visit: Visit, insured: Payment, *, again: bool = False) -> Swapped:
    return Swapped(
        covered=Money(insured.amount, insured.currency),
        own=Money(visit.fee - insured.amount, insured.currency),
        back=visit.pays,
        again=again,
    )


def _post(session: Session, insured: Payment, centre: Centre, charged: Payment, by: str, now: dt.datetime) -> None:
    """The insurer's entry; the accounts of the resident's refund are taken with it, in one order."""
    insurance = ledger.account(session, centre, "insurance", now=now)
    fees = ledger.account(session, centre, "fees", now=now)
    ledger.lock(session, {insurance.id, fees.id, *charging.back_sides(session, charged, now)})
    ledger.post(
        session,
        occasion=insured.occasion,
        kind="swap",
        sides={insurance.id: insured.amount, fees.id: -insured.amount},
        by=by,
        now=now,
        visit=insured.visit_id,
        payment=insured.id,
    )


def _payment(visit: Visit, centre: Centre, covered: int, reference: str, now: dt.datetime) -> Payment:
    return Payment(
        occasion=_occasion(visit.id),
        kind="charge",
        method="insurance",
        centre_id=centre.id,
        visit_id=visit.id,
        phone=visit.phone,
        amount=covered,
        currency=centre.currency,
        state="completed",
        correlation_id=charging.new_correlation(),
        reference=reference[: charging.REFERENCE],
        created_at=now,
        settled_at=now,
        look_at=None,
        tries=0,
        unwanted=False,
    )


def _occasion(visit: int) -> str:
    return f"insured:{visit}"


def _centre(session: Session, visit: Visit) -> Centre:
    its = select(Department.centre_id).where(Department.id == visit.department_id).scalar_subquery()
    return session.scalars(select(Centre).where(Centre.id == its)).one()


def _tell(session: Session, visit: Visit, insured: Payment, now: dt.datetime) -> None:
    offered = session.get_one(ClinicSession, visit.clinic_session_id)
    messages.tell(
        session,
        occasion=_occasion(visit.id),
        phone=visit.phone,
        language=visit.language,  # type: ignore[arg-type]
        key="payment.insured_sms",
        now=now,
        resident_id=visit.resident_id,
        department=offered.department.name,
        day=visit.day,
        half=offered.half,
        amount=Money(insured.amount, insured.currency),
    )
