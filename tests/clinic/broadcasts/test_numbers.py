"""Which numbers get SMS, and which links carry them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clinic.broadcasts.numbers import Carriers, Numbers, _gets_sms
from clinic.broadcasts.views import LinkShape
from smpp.settings import LinkSettings

NUMBERS = Numbers("CN", ("154", "138"))


@pytest.mark.parametrize(
    ("phone", "gets"),
    [
        ("+8615400000001", True),  # a range that no plan knows
        ("+8613900000001", True),
        ("+861089201234", False),  # Beijing
        ("+8675589201234", False),  # Shenzhen, with as many digits as a mobile
        ("+864008201234", False),
        ("+868008201234", False),
        ("+86154", False),
        ("10086", False),
        ("+447400123456", True),
        ("+442071234567", False),
    ],
)
def test_who_gets_sms(phone: str, gets: bool) -> None:
    assert NUMBERS.gets_sms(phone) is gets
    assert _gets_sms(phone) is gets  # without the short cut


def test_the_contracts_own_phones() -> None:
    assert NUMBERS.on_net("+8615400000001")
    assert not NUMBERS.on_net("+8613900000001")
    assert not NUMBERS.on_net("+15400000001")


def link(name: str, **more: Any) -> LinkShape:
    return LinkShape(name, LinkSettings(**more))


def test_carried_as_the_router_chooses() -> None:
    carriers = Carriers(
        [
            link("dear", price=Decimal("0.05")),
            link("cheap", price=Decimal("0.03")),
            link("as-cheap", price=Decimal("0.03")),
            link("own", prefixes=("86154", "+861540")),
            link("codes", classes=("code",)),
            link("inbound", bind="receiver"),
        ]
    )

    def names(phone: str) -> list[str]:
        return [each.name for each in carriers.of(phone)]

    assert names("+8613900000001") == ["cheap", "as-cheap"]
    assert names("+8615400000001") == ["own"]
    assert names("+8615410000001") == ["own"]
    assert [each.name for each in Carriers([link("codes", classes=("code",))]).of("+8615400000001")] == []
