"""What segments cost by the operator's contract: a bundle for a month, then each one; in yuan, to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.broadcasts.views import Bill
from clinic.rules import Contract
from clinic.tables import SmsUsage

CENT = Decimal("0.01")


def month_price(contract: Contract, on_net: int, off_net: int) -> Decimal:
    """What a month with so many segments costs: the fee in any case, and what goes over the bundle or off the network.

    20 000 on-net segments in the bundle -> 5400.00, 20 001 -> 5400.08, 25 000 -> 5800.00 (docs/data.md).
    """
    over = max(0, on_net - contract.included)
    price = contract.monthly_fee + over * contract.on_net_price + off_net * contract.off_net_price
    return price.quantize(CENT, ROUND_HALF_UP)


def bill(contract: Contract, *, month: str, used: tuple[int, int], on_net: int, off_net: int) -> Bill:
    """The month with `used` segments (on-net, off-net), and with so many more."""
    used_on, used_off = used
    return Bill(
        month=month,
        used_on_net=used_on,
        used_off_net=used_off,
        on_net=on_net,
        off_net=off_net,
        before=month_price(contract, used_on, used_off),
        after=month_price(contract, used_on + on_net, used_off + off_net),
    )


def month_of(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """The month that is billed, as 2027-03."""
    return f"{moment.astimezone(zone):%Y-%m}"


def used(session: Session, month: str) -> tuple[int, int]:
    """Segments that were taken in this month, on-net and off-net."""
    rows = select(SmsUsage.on_net, SmsUsage.segments).where(SmsUsage.month == month)
    found = dict(session.execute(rows).all())
    return found.get(True, 0), found.get(False, 0)
