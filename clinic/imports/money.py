"""Importing what others say of money: one row of provider-statement.csv, and of hospital-fees.csv."""

from __future__ import annotations

import re
from typing import Final, Literal

from sqlalchemy import select

from clinic.imports import values
from clinic.imports.rows import BadRow, Import, Row, known_centre
from clinic.money import amounts, statements
from clinic.money.statements import HOSPITAL, Said
from clinic.tables import Visit, Voucher

STATES: Final = ("completed", "pending", "failed", "reversed")


def provider_statement(context: Import, row: Row) -> None:
    """A line of a provider's day: what moved, under its own reference and, where it tells, our correlation id."""
    currency = values.filled(row, "currency", 3).upper()
    said = Said(
        kind=_kind(row["kind"]),
        reference=values.filled(row, "reference", 64),
        amount=_amount(row["amount"], currency),
        currency=currency,
        correlation_id=values.text(row, "correlation", 64),
        state=_state(row),
    )
    source = values.filled(row, "provider", 40)
    if source.startswith(HOSPITAL):
        raise BadRow(f"provider: {source!r} is no provider; the fees of a hospital are imported as hospital-fees")
    day = values.day(row["day"], context.now.date())
    statements.take(context.session, source=source, day=day, lines=[said])


def hospital_fees(context: Import, row: Row) -> None:
    """A line of a hospital's fee list: of which visit (by number or T-code), and what was charged or given back."""
    centre = known_centre(context, row["centre"])
    currency = (row.get("currency") or centre.currency).upper()
    said = Said(
        kind=_kind(row.get("kind") or "charge"),
        reference=_visit(context, values.filled(row, "visit", 64)),
        amount=_amount(row["amount"], currency),
        currency=currency,
        state=_state(row),
    )
    day = values.day(row["day"], context.now.date())
    statements.take(context.session, source=f"{HOSPITAL}{centre.code}", day=day, lines=[said], centre=centre.id)


def _visit(context: Import, written: str) -> str:
    """The number of the visit; what is none of ours stays as it was written, and will be missing here."""
    digits = re.sub(r"[\s-]", "", written)
    if len(digits) == 12 and digits.isdecimal():
        found = context.session.scalar(select(Voucher.visit_id).where(Voucher.number == digits))
    elif digits.isdecimal() and len(digits) < 10:
        found = context.session.scalar(select(Visit.id).where(Visit.id == int(digits)))
    else:
        found = context.session.scalar(select(Visit.id).where(Visit.external_id == written))
    return written if found is None else str(found)


def _kind(written: str) -> Literal["charge", "refund"]:
    if written == "charge":
        return "charge"
    if written == "refund":
        return "refund"
    raise BadRow(f"kind: {written!r} is neither charge nor refund")


def _state(row: Row) -> str:
    written = row.get("state") or "completed"
    if written not in STATES:
        raise BadRow(f"state: {written!r} is none of {', '.join(STATES)}")
    return written


def _amount(written: str, currency: str) -> int:
    try:
        units = amounts.units(written, currency)
    except amounts.BadAmount as error:
        raise BadRow(f"amount: {error}") from error
    if units <= 0:
        raise BadRow(f"amount: {written!r} is not above nothing; a refund is kind refund")
    return units
