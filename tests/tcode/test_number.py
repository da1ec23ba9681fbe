from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcode import number
from tcode.number import BadNumber

GOOD = "123456789092"
numbers = st.builds(number.mint)


def test_a_new_number_has_twelve_digits_and_is_valid() -> None:
    for _ in range(500):
        minted = number.mint()
        assert len(minted) == 12
        assert minted[0] != "0"
        assert number.parse(minted) == minted
        assert int(minted) % 97 == 1  # ISO 7064: the whole number leaves 1


def test_numbers_are_drawn_from_the_whole_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcode.number.secrets.randbelow", lambda bound: bound - 1)
    assert number.mint().startswith("9999999999")
    monkeypatch.setattr("tcode.number.secrets.randbelow", lambda bound: 0)
    assert number.mint().startswith("1000000000")


@pytest.mark.parametrize(
    "typed",
    [
        "123456789092",
        "1234 5678 9092",
        " 1234-5678-9092\n",
        "１２３４５６７８９０９２",
        "1234－5678　9092",
        "1234–5678—9092",
    ],
)
def test_people_may_type_it_as_they_like(typed: str) -> None:
    assert number.parse(typed) == GOOD


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345678907",
        "1234567890920",
        "12345678907x",
        "٠١٢٣٤٥٦٧٨٩٠١",
        "²23456789092",
        "023456789092",
        "CD1:",
        "-" * 12,
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(BadNumber):
        number.parse(typed)


@given(numbers, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(good: str, place: int, by: int) -> None:
    wrong = good[:place] + str((int(good[place]) + by) % 10) + good[place + 1 :]
    with pytest.raises(BadNumber):
        number.parse(wrong)


@given(numbers, st.integers(0, 10))
def test_two_digits_swapped_are_always_found(good: str, place: int) -> None:
    swapped = good[:place] + good[place + 1] + good[place] + good[place + 2 :]
    if swapped != good:
        with pytest.raises(BadNumber):
            number.parse(swapped)


@given(st.text())
def test_no_text_does_worse_than_bad_number(typed: str) -> None:
    with suppress(BadNumber):
        assert number.parse(typed).isdigit()


def test_it_is_spelt_in_groups_of_four() -> None:
    assert number.spell(GOOD) == "1234 5678 9092"
    assert number.parse(number.spell(GOOD)) == GOOD
