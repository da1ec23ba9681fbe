"""The bundle, to the cent (docs/data.md has the contract)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from clinic.broadcasts.price import bill, month_of, month_price
from clinic.rules import Contract

CONTRACT = Contract()


@pytest.mark.parametrize(
    ("on_net", "off_net", "price"),
    [
        (0, 0, "5400.00"),
        (1, 0, "5400.00"),
        (19_999, 0, "5400.00"),
        (20_000, 0, "5400.00"),
        (20_001, 0, "5400.08"),
        (25_000, 0, "5800.00"),
        (0, 1, "5400.10"),
        (20_000, 7, "5400.70"),
        (20_001, 7, "5400.78"),
        (1_000_000, 0, "83800.00"),
    ],
)
def test_a_month(on_net: int, off_net: int, price: str) -> None:
    found = month_price(CONTRACT, on_net, off_net)
    assert str(found) == price


@pytest.mark.parametrize(
    ("used", "on_net", "added"),
    [
        ((0, 0), 20_000, "0.00"),
        ((0, 0), 20_001, "0.08"),
        ((20_000, 0), 5_000, "400.00"),
        ((19_999, 0), 2, "0.08"),
        ((25_000, 300), 1, "0.08"),
    ],
)
def test_what_a_broadcast_adds_is_what_the_month_costs_more(used: tuple[int, int], on_net: int, added: str) -> None:
    made = bill(CONTRACT, month="2027-03", used=used, on_net=on_net, off_net=0)
    assert str(made.added) == added
    assert made.before + made.added == made.after


def test_prices_of_less_than_a_fen_are_rounded_once_for_the_month() -> None:
    contract = replace(CONTRACT, on_net_price=Decimal("0.085"))
    assert month_price(contract, 20_001, 0) == Decimal("5400.09")
    assert month_price(contract, 20_002, 0) == Decimal("5400.17")


def test_a_month_is_the_centres_month() -> None:
    last_minute_in_utc = dt.datetime(2027, 3, 31, 16, 0, tzinfo=dt.UTC)
    assert month_of(last_minute_in_utc, ZoneInfo("Asia/Shanghai")) == "2027-04"
