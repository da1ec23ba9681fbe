"""Settings of a link: every mistake is named."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from smpp.settings import LinkSettings
from smpp.status import StatusClass


def test_the_defaults_are_a_working_link() -> None:
    settings = LinkSettings()
    assert (settings.host, settings.port, settings.bind, settings.window) == ("127.0.0.1", 2775, "transceiver", 10)


def test_every_setting_has_its_sentence() -> None:
    assert all(field.description and field.description.endswith(".") for field in LinkSettings.model_fields.values())


@pytest.mark.parametrize(
    "mistake",
    [
        {"prot": 2775},
        {"port": 70000},
        {"bind": "both"},
        {"window": 0},
        {"password": "longer than 8"},
        {"system_id": "longer than fifteen"},
        {"system_id": "社区"},
        {"password": "社区"},
        {"reconnect_min": 61},
        {"refused_min": 901},
        {"errors": {"0x0401": "perhaps"}},
        {"errors": {"busy": "throttle"}},
        {"outbind_port": 2775, "tls": True},
        {"ussd": "nokia"},
        {"ussd": {"ucs2": 91}},
        {"ussd": {"base": "words", "ask": 2}},  # words and numbers
        {"encodings": ["gsm7"]},
        {"prefixes": ["138x"]},
        {"vendor_tlvs": {"cause": {"tag": 0x0501}}},
        {"vendor_tlvs": {"cause": {"tag": 0x1401, "kind": "int"}}},
        {"vendor_tlvs": {"message_state": {"tag": 0x1401}}},
        {"vendor_tlvs": {"cause": {"tag": 0x1401}, "reason": {"tag": 0x1401}}},
    ],
)
def test_mistakes(mistake: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LinkSettings(**mistake)


def test_the_password_does_not_show() -> None:
    assert "secret" not in repr(LinkSettings(password="secret"))


def test_vendor_classes() -> None:
    settings = LinkSettings(errors={"0x0401": "permanent", "1026": "throttle"})
    assert settings.vendor_classes == {0x0401: StatusClass.PERMANENT, 1026: StatusClass.THROTTLE}
