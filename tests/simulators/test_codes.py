"""command_status values as a person writes them."""

from __future__ import annotations

from typing import Any

import pytest

from simulators import codes
from smpp import status


@pytest.mark.parametrize("written", ["ESME_RTHROTTLED", "RTHROTTLED", " esme_rthrottled ", "0x58", "88", 88])
def test_names_and_numbers(written: Any) -> None:
    assert codes.read(written) == status.ESME_RTHROTTLED


def test_nothing_is_no_status() -> None:
    assert (codes.read(""), codes.read("ESME_ROK"), codes.write(0)) == (0, 0, "")


@pytest.mark.parametrize("written", ["ESME_RTHROTLED", "-1", "0x100000000", True, None, 1.5])
def test_what_is_none(written: Any) -> None:
    with pytest.raises(ValueError, match=r"command_status"):
        codes.read(written)


def test_a_vendors_own_is_written_as_a_number() -> None:
    assert codes.write(codes.read("0x0401")) == "0x00000401"
    assert codes.write(0x58) == "ESME_RTHROTTLED"
