"""Classes of command_status."""

from __future__ import annotations

import pytest

from smpp import status
from smpp.status import StatusClass, classify


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0x00, StatusClass.OK),
        (0x58, StatusClass.THROTTLE),
        (0x14, StatusClass.THROTTLE),
        (0x08, StatusClass.TEMPORARY),
        (0x64, StatusClass.TEMPORARY),
        (0xFE, StatusClass.TEMPORARY),
        (0xFF, StatusClass.TEMPORARY),
        (0x45, StatusClass.UNCERTAIN),
        (0x0B, StatusClass.PERMANENT),
        (0x65, StatusClass.PERMANENT),
        (0xC4, StatusClass.PERMANENT),
        (0x04, StatusClass.BIND),
        (0x0E, StatusClass.BIND),
        (0x0400, StatusClass.UNCERTAIN),
        (0x04FF, StatusClass.UNCERTAIN),
        (0x12345678, StatusClass.PERMANENT),
    ],
)
def test_classes(code: int, kind: StatusClass) -> None:
    assert classify(code) is kind


def test_a_link_has_its_own_codes() -> None:
    vendor = {0x0401: StatusClass.PERMANENT, 0x45: StatusClass.THROTTLE}
    assert classify(0x0401, vendor) is StatusClass.PERMANENT
    assert classify(0x45, vendor) is StatusClass.THROTTLE
    assert classify(0x58, vendor) is StatusClass.THROTTLE


def test_names() -> None:
    assert status.name(0x58) == "ESME_RTHROTTLED"
    assert status.name(0x0401) == "0x00000401"
