"""What an installation has decided about messages to many: hours, limits, consent, and what its contract costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from clinic.tables import ConsentClass


@dataclass(frozen=True, slots=True)
class Contract:
    """The operator's bundle: a monthly fee with so many segments to its own phones, then a price each (yuan)."""

    monthly_fee: Decimal = Decimal("5400.00")
    included: int = 20_000
    on_net_price: Decimal = Decimal("0.08")
    off_net_price: Decimal = Decimal("0.10")
    on_net_prefixes: tuple[str, ...] = ("134", "135", "136", "137", "138", "139", "154")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that broadcasts keep; quiet hours are local to the installation, and each centre may have its own."""

    quiet_from: dt.time = dt.time(21)
    quiet_until: dt.time = dt.time(8)
    daily_limit: int = 2
    approve_above: int = 1000
    lifetime: dt.timedelta = dt.timedelta(hours=24)
    needs_consent: tuple[ConsentClass, ...] = ("commercial",)
    contract: Contract = field(default_factory=Contract)
