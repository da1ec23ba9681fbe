"""Numbers that may be shown."""

from __future__ import annotations

import pytest

from smpp.masking import masked


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800138000", "138****8000"),
        ("8613800138000", "86138****8000"),
        ("+8613800138000", "+86138****8000"),
        ("260971234567", "260****67"),
        ("+260971234567", "+26****67"),
        ("1380013", "138****13"),
        ("1 380 013 8000", "138****8000"),
        ("138-0013-8000", "138****8000"),
        ("12580", "12580"),
        ("*120#", "*120#"),
        ("*120*1*2#", "*120*1*2#"),
        ("*120*110101199003071233#", "*120*****#"),
        ("110101199003071233", "****"),
        ("CareDial", "CareDial"),
        ("", ""),
    ],
)
def test_a_number_is_not_to_be_called(number: str, shown: str) -> None:
    assert masked(number) == shown
