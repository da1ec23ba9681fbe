"""What people see of a PDU."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import pdu, status, tlv
from smpp.codec import encode
from smpp.pdu import (
    Address,
    BindTransceiver,
    DeliverSm,
    GenericNack,
    Outbind,
    Pdu,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unsuccessful,
)
from smpp.settings import VendorTlv
from smpp.trace import describe, line

PHONE = Address("8613800138000", 1, 1)
UNKNOWN = b"\0\0\0\x10\0\0\x0b\xad\0\0\0\0\0\0\0\x05"
CODE = "您的取号码 110203"


def shown(one: Pdu, **options: Any) -> str:
    return line(describe(encode(one), **options))


def test_a_submit_shows_neither_the_number_nor_the_text() -> None:
    sent = SubmitSm(
        sequence=7, source=Address("12580"), destination=PHONE, data_coding=8, short_message=CODE.encode("utf-16-be")
    )

    assert describe(encode(sent)) == {
        "name": "submit_sm",
        "sequence": 7,
        "status": "ESME_ROK",
        "service_type": "",
        "source": "12580",
        "destination": "86138****8000",
        "esm_class": 0,
        "protocol_id": 0,
        "priority_flag": 0,
        "schedule_delivery_time": "",
        "validity_period": "",
        "registered_delivery": 0,
        "replace_if_present_flag": 0,
        "data_coding": 8,
        "sm_default_msg_id": 0,
        "short_message": "<24 octets>",
    }
    assert shown(sent) == (
        "submit_sm 7 source=12580 destination=86138****8000 data_coding=8 short_message='<24 octets>'"
    )


def test_texts_are_shown_to_who_asks_for_them_and_numbers_still_are_not() -> None:
    sent = SubmitSm(sequence=7, destination=PHONE, data_coding=8, short_message=CODE.encode("utf-16-be"))
    assert describe(encode(sent), texts=True)["short_message"] == CODE
    assert "13800138000" not in shown(sent, texts=True)


def test_a_part_of_a_long_text_shows_its_header_apart() -> None:
    sent = SubmitSm(esm_class=0x40, short_message=bytes.fromhex("050003070201") + b"first half")
    described = describe(encode(sent), texts=True)
    assert (described["udh"], described["short_message"]) == ("050003070201", "first half")
    assert describe(encode(sent))["short_message"] == "<10 octets>"


def test_a_header_that_is_longer_than_the_text_does_no_harm() -> None:
    described = describe(encode(SubmitSm(esm_class=0x40, short_message=b"\xff\x01")), texts=True)
    assert (described["udh"], described["short_message"]) == ("ff01", "")


@pytest.mark.parametrize("one", [BindTransceiver(system_id="clinic", password="hush"), Outbind(password="hush")])
def test_passwords_are_never_shown(one: Pdu) -> None:
    assert "hush" not in json.dumps(describe(encode(one), texts=True))
    assert "hush" not in shown(one, texts=True)


def test_tlvs_that_may_tell_something_of_a_person_show_their_size() -> None:
    tlvs = {
        "ussd_service_op": 1,
        "its_session_info": b"\x2a\x00",
        "message_payload": b"*120#",
        "callback_num": b"\x01\x01\x0113800138000",
        "receipted_message_id": "A1",
        "0x1401": b"secret",
    }
    described = describe(encode(DeliverSm(sequence=1, source=PHONE, tlvs=tlvs)))
    assert described["tlvs"] == {
        "ussd_service_op": 1,
        "its_session_info": "2a00",
        "message_payload": "<5 octets>",
        "callback_num": "<14 octets>",
        "receipted_message_id": "A1",
        "0x1401": "<6 octets>",
    }
    assert describe(encode(DeliverSm(tlvs=tlvs)), texts=True)["tlvs"]["message_payload"] == "*120#"


def test_the_makers_parameters_go_by_the_links_names() -> None:
    dictionary = tlv.dictionary({"cause": VendorTlv(tag=0x1401, kind="int", size=2)})
    octets = encode(SubmitSmResp(sequence=3, message_id="A1", tlvs={"cause": 17}), dictionary)
    assert line(describe(octets, dictionary=dictionary)) == "submit_sm_resp 3 message_id=A1 cause=17"


def test_several_recipients() -> None:
    sent = SubmitMulti(sequence=4, destinations=(PHONE, Address("8613900139000", 1, 1)), short_message=b"hi")
    assert describe(encode(sent))["destinations"] == ["86138****8000", "86139****9000"]
    assert "destinations=86138****8000,86139****9000" in shown(sent)


def test_recipients_that_were_refused() -> None:
    answer = SubmitMultiResp(sequence=4, message_id="A1", unsuccess_sme=(Unsuccessful(PHONE, 0x0B),))
    assert describe(encode(answer))["unsuccess_sme"] == [{"address": "86138****8000", "status": 0x0B}]


def test_an_error_is_named() -> None:
    assert shown(GenericNack(sequence=9, status=status.ESME_RINVCMDID)) == "generic_nack 9 ESME_RINVCMDID"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (UNKNOWN, "malformed 5 error='command_id 0x00000bad' command_id=0x00000bad octets=16"),
        (b"HTTP", "malformed 0 error='4 octets are no header' octets=4"),
    ],
)
def test_what_is_no_pdu_is_told_as_such(octets: bytes, expected: str) -> None:
    assert line(describe(octets)) == expected


def test_nothing_breaks_out_of_its_line() -> None:
    hostile = SubmitSmResp(sequence=1, message_id="A\n2026 forged line=1")
    assert shown(hostile) == r"submit_sm_resp 1 message_id='A\n2026 forged line=1'"


@given(st.sampled_from(pdu.OPERATIONS), st.binary(max_size=80))
def test_any_octets_can_be_described(operation: type[Pdu], body: bytes) -> None:
    header = (16 + len(body)).to_bytes(4, "big") + operation.command_id.to_bytes(4, "big") + bytes(8)
    for octets in (header + body, body):
        described = describe(octets, texts=True)
        json.dumps(described)
        assert line(described).isprintable()
