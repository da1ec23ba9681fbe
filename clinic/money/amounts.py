"""Amounts as people and providers write them, and as the books have them: whole numbers of the smallest unit.

How many digits a currency has after the point says ISO 4217: two of the yuan, none of the yen, three of the dinar of
Bahrain. Nothing is ever rounded, and no float is ever taken.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from iso4217 import Currency

MOST = 10**15
"""No amount has as many smallest units."""
MOST_FEE = 1_000_000
"""Of its currency, whatever its digits after the point, a fee is no more."""
_WRITTEN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


class BadAmount(ValueError):
    """What is no amount of its currency, in words."""


@cache
def exponent(currency: str) -> int:
    """Digits after the point. Raises BadAmount for what is no currency that one pays with."""
    try:
        digits: int | None = Currency(currency).exponent
    except ValueError:
        digits = None
    if digits is None:
        raise BadAmount(f"{currency!r} is no currency of ISO 4217 that one pays with, as CNY")
    return digits


def units(amount: Decimal | str, currency: str) -> int:
    """In smallest units: `units("12.50", "CNY")` is 1250. Raises BadAmount for more digits than the currency has."""
    digits = exponent(currency)
    exact = _read(amount)
    scaled = exact.scaleb(digits)
    if abs(scaled) >= MOST:
        raise BadAmount(f"{amount} is more than anybody pays")
    if scaled != scaled.to_integral_value():
        raise BadAmount(f"{amount}: {currency} has {digits or 'no'} digits after the point")
    return int(scaled)


def most_fee(currency: str) -> int:
    """A million, in smallest units: 1 000 000 yen, 1 000 000.000 dinar."""
    return units(Decimal(MOST_FEE), currency)


def decimal(units: int, currency: str) -> Decimal:
    """The other way: `decimal(1250, "CNY")` is `Decimal("12.50")`, with all its digits."""
    return Decimal(units).scaleb(-exponent(currency))


def written(units: int, currency: str) -> str:
    """As a provider wants it and a table shows it: "12.50", never 1.25E+1."""
    return f"{decimal(units, currency):f}"


def _read(amount: Decimal | str) -> Decimal:
    if isinstance(amount, str):
        if not _WRITTEN.fullmatch(amount):
            raise BadAmount(f"{amount!r} is no amount, as 12.50")
        return Decimal(amount)
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise BadAmount(f"{amount!r} is no amount")
    return amount
