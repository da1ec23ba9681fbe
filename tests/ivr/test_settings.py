"""Settings of the hotline: what may be written, and what nobody can mean."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ivr.settings import IvrSettings, ServerSettings, TrunkSettings


def mistake(model: type[Any], **given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return "; ".join(error["msg"] for error in caught.value.errors())


def test_without_a_server_there_is_no_hotline() -> None:
    assert IvrSettings().servers == {}


@pytest.mark.parametrize(
    "dial",
    [
        "PJSIP/{number}@trunk,30,g",  # another argument of Dial
        "PJSIP/{number}@trunk&Local/1@x\r\nAction: Originate",
        "PJSIP/${SHELL(rm)}{number}",
        'PJSIP/{number}"',
        "PJSIP/{number} @trunk",
    ],
)
def test_what_asterisk_dials_has_no_room_for_more(dial: str) -> None:
    assert mistake(TrunkSettings, dial=dial)


@pytest.mark.parametrize("dial", ["PJSIP/8000", "PJSIP/{nummer}@trunk", "PJSIP/{number}{@trunk"])
def test_a_trunk_dials_the_number_and_has_no_other_brace(dial: str) -> None:
    assert "dial should have {number} in it, and no other brace" in mistake(TrunkSettings, dial=dial)


def test_the_operator_is_a_phone_or_a_queue() -> None:
    assert IvrSettings(operator="PJSIP/8000@desk").operator
    assert IvrSettings(operator="queue:desk").operator
    assert mistake(IvrSettings, operator="PJSIP/8000,30")


def test_the_operators_place_has_no_number_to_fill_in() -> None:
    assert "should have no brace" in mistake(IvrSettings, operator="PJSIP/{number}@desk")


@pytest.mark.parametrize("phone", ["", "120", "12345678", "01088886666", "13800138000", "+8613800138000"])
def test_the_duty_phone_is_a_number_that_can_be_dialled(phone: str) -> None:
    assert IvrSettings(emergency=phone).emergency == phone


@pytest.mark.parametrize("phone", ["+", "+1", "1", "12", "+0123456789", "1" * 16, "+" + "1" * 16, "120\n", "doctor"])
def test_or_it_is_refused(phone: str) -> None:
    assert "a telephone number, or a short code of 3 to 8 digits" in mistake(IvrSettings, emergency=phone)


def test_a_trunk_needs_its_server() -> None:
    told = mistake(IvrSettings, trunks={"out": {"server": "main"}})
    assert "trunk out is dialled by main, and there is no such server" in told


def test_a_secret_is_not_shown() -> None:
    assert "hush" not in repr(ServerSettings.model_validate({"secret": "hush"}))


def test_an_account_cannot_smuggle_a_header() -> None:
    assert mistake(ServerSettings, username="caredial\r\nAction: Command")
    assert mistake(ServerSettings, event_filters=["Event: x\nAction: y"])


def test_least_is_not_over_most() -> None:
    assert "reconnect_min" in mistake(ServerSettings, reconnect_min=5, reconnect_max=1)
