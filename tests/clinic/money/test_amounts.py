"""Amounts: exact, by the digits that ISO 4217 gives a currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.money.amounts import BadAmount, decimal, exponent, units, written


@pytest.mark.parametrize(
    ("amount", "currency", "whole"),
    [
        ("12.50", "CNY", 1250),
        ("12.5", "CNY", 1250),
        ("12", "CNY", 1200),
        (Decimal("5400.08"), "CNY", 540_008),
        ("1200", "JPY", 1200),
        ("1.234", "BHD", 1234),
        ("-0.01", "ZMW", -1),
        ("12.500", "CNY", 1250),
    ],
)
def test_in_smallest_units(amount: Any, currency: str, whole: int) -> None:
    assert units(amount, currency) == whole


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        ("12.505", "CNY", "CNY has 2 digits"),
        ("0.5", "JPY", "JPY has no digits"),
        ("1e3", "CNY", "no amount"),
        (" 1", "CNY", "no amount"),
        ("1,000.00", "CNY", "no amount"),
        ("", "CNY", "no amount"),
        (12.5, "CNY", "no amount"),
        (True, "CNY", "no amount"),
        (Decimal("NaN"), "CNY", "no amount"),
        (Decimal("Infinity"), "CNY", "no amount"),
        ("1", "Ar", "no currency"),
        ("1", "", "no currency"),
        ("1", "XAU", "no currency"),
        ("9" * 14, "CNY", "more than anybody pays"),
        (Decimal("1E+100"), "CNY", "more than anybody pays"),
    ],
)
def test_what_is_no_amount(amount: Any, currency: str, told: str) -> None:
    with pytest.raises(BadAmount, match=told):
        units(amount, currency)


@given(st.integers(-(10**14), 10**14), st.sampled_from(["CNY", "JPY", "BHD", "ZMW", "MGA", "CLF"]))
def test_there_and_back(whole: int, currency: str) -> None:
    assert units(decimal(whole, currency), currency) == units(written(whole, currency), currency) == whole


def test_all_digits_are_written() -> None:
    assert (written(1250, "CNY"), written(5, "CNY"), written(7, "JPY")) == ("12.50", "0.05", "7")
    assert str(decimal(540_000, "CNY")) == "5400.00"
    assert (exponent("CNY"), exponent("JPY"), exponent("BHD")) == (2, 0, 3)
