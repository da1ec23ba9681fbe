"""Times of SMPP 3.4 section 7.1.1."""

from __future__ import annotations

import pytest

from simulators import smpp_time

NOW = 1_800_000_000.0  # 2027-01-15 08:00 UTC


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("000000010000000R", 3600),
        ("000001000000000R", 86400),
        ("270115080010000+", 10),
        ("270115090000004+", 0),
        ("270115070000004-", 0),
        ("270115080000500+", 0.5),
    ],
)
def test_relative_and_absolute_times(written: str, seconds: float) -> None:
    assert smpp_time.read(written, NOW) == NOW + seconds


def test_an_empty_one_is_none() -> None:
    assert smpp_time.read("", NOW) is None


@pytest.mark.parametrize(
    "written",
    ["270115080010", "271315080010000+", "270115080010049+", "000000010000100R", "2701150800100007", "x" * 16],
)
def test_what_is_no_time(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        smpp_time.read(written, NOW)


def test_writing() -> None:
    assert smpp_time.write(NOW) == "270115080000000+"
