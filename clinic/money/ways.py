"""How a visit can be paid for: at the counter, from an account, by mobile money; as the centre has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from clinic import residents
from clinic.errors import ClinicError
from clinic.money import charging
from clinic.rows import reads
from clinic.rules import Provider
from clinic.tables import Centre, ClinicSession, Department, Payment, Resident, Visit
from clinic.views import AccountView
from conf.texts.words import Money


class OnItsWay(ClinicError):
    """A payment for this visit has been asked for and is not answered yet."""

    tell = "payment.on_its_way"


@dataclass(frozen=True, slots=True)
class Ways:
    """What a phone may choose from. `account`: only one in which there is enough; `provider`: the first that has this
    phone, "" where none has; `at_counter`: it may be paid there as well."""

    fee: Money
    at_counter: bool
    account: AccountView | None = None
    provider: str = ""


@reads
def to_book(
    session: Session, *, clinic_session: int, patient: int | None, phone: str, providers: Sequence[Provider]
) -> Ways:
    """For a visit that is to be booked; `patient` None: somebody new, who has no account."""
    row = session.execute(
        select(ClinicSession.fee, Centre)
        .join(Department, Department.centre_id == Centre.id)
        .join(ClinicSession, ClinicSession.department_id == Department.id)
        .where(ClinicSession.id == clinic_session)
    ).one()
    return _ways(session, row[0], row[1], patient, phone, providers)


@reads
def to_pay(session: Session, *, visit: int, phone: str, providers: Sequence[Provider]) -> Ways | None:
    """For a visit of this phone whose place is held; None: it is not, any more. Raises OnItsWay."""
    row = session.execute(
        select(Visit, Centre)
        .join(Department, Department.centre_id == Centre.id)
        .where(Visit.id == visit, Visit.phone == phone, Department.id == Visit.department_id)
    ).one_or_none()
    if row is None or row[0].state != "pending":
        return None
    its = Payment.visit_id == visit, Payment.kind == "charge"
    if session.scalar(select(exists().where(*its, Payment.state.in_(charging.OPEN)))):
        raise OnItsWay
    return _ways(session, row[0].fee, row[1], row[0].resident_id, phone, providers, held=True)


@reads
def gets_codes(session: Session, *, phone: str, region: str) -> bool:
    """Whether this phone gets a code while its holder is on the telephone: not where we would have to ring."""
    return residents.contact(session, phone=phone, region=region) == "sms"


def _ways(
    session: Session,
    fee: int,
    centre: Centre,
    patient: int | None,
    phone: str,
    providers: Sequence[Provider],
    *,
    held: bool = False,
) -> Ways:
    price = Money(fee, centre.currency)
    if not held and (not fee or centre.payment == "counter"):
        return Ways(price, at_counter=True)
    return Ways(
        fee=price,
        at_counter=not held and centre.payment != "required",
        account=_account(session, fee, centre, patient, phone),
        provider=next((each.name for each in providers if each.takes(phone, centre.currency)), ""),
    )


def _account(session: Session, fee: int, centre: Centre, patient: int | None, phone: str) -> AccountView | None:
    row = charging.of_phone(session, phone=phone, centre=centre.id, resident=patient)
    if row is None or -row.balance < fee:
        return None
    name = session.scalar(select(Resident.name).where(Resident.id == row.resident_id)) or ""
    return AccountView(row.id, centre.name, name, Money(-row.balance, row.currency))
