"""Phone numbers in one form, however they were written."""

from __future__ import annotations

import pytest

from clinic.phones import BadPhone, canonical


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "8613800138000",
        "+8613800138000",
        "+86 138 0013 8000",
        "138-0013-8000",
        "(+86) 138.0013.8000",
        "１３８００１３８０００",
        "  13800138000 ",
    ],
)
def test_one_phone_has_one_form(written: str) -> None:
    assert canonical(written) == "+8613800138000"


def test_a_range_that_no_operator_has_yet_is_taken() -> None:
    assert canonical("15400000001") == "+8615400000001"


def test_a_landline_keeps_its_area_code() -> None:
    assert canonical("0574-8765 4321") == "+8657487654321"


def test_the_region_reads_national_numbers() -> None:
    assert canonical("091234567", "HR") == "+38591234567"
    assert canonical("+8613800138000", "HR") == "+8613800138000"


def test_a_short_code_stays_as_it_is() -> None:
    assert canonical("10086") == "10086"
    assert canonical("12580") == "12580"


@pytest.mark.parametrize("written", ["", "12", "CARE", "1380013800x", "+", "1" * 30, "13800138000;DROP"])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(BadPhone):
        canonical(written)


def test_the_canonical_form_stays_itself() -> None:
    once = canonical("13800138000")
    assert canonical(once) == once
