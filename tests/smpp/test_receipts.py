"""Delivery receipts as SMSCs really write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.pdu import DeliverSm
from smpp.receipts import MessageState, Receipt, normalise, read

FULL = "id:0123456789 sub:001 dlvrd:001 submit date:2601310959 done date:2601311000 stat:DELIVRD err:000 text:hello"


def receipt(text: str = "", *, esm_class: int = 0x04, data_coding: int = 0, **tlvs: Any) -> Receipt | None:
    octets = text.encode("utf-16-be") if data_coding == 8 else text.encode("latin-1")
    return read(DeliverSm(esm_class=esm_class, data_coding=data_coding, short_message=octets, tlvs=tlvs))


def test_the_form_of_appendix_b() -> None:
    assert receipt(FULL) == Receipt("0123456789", MessageState.DELIVERED, final=True, error="000")


@pytest.mark.parametrize(
    ("word", "state", "final"),
    [
        ("DELIVRD", MessageState.DELIVERED, True),
        ("DELIVERED", MessageState.DELIVERED, True),
        ("delivrd", MessageState.DELIVERED, True),
        ("EXPIRED", MessageState.EXPIRED, True),
        ("DELETED", MessageState.DELETED, True),
        ("UNDELIV", MessageState.UNDELIVERABLE, True),
        ("FAILED", MessageState.UNDELIVERABLE, True),
        ("REJECTD", MessageState.REJECTED, True),
        ("ACCEPTD", MessageState.ACCEPTED, False),
        ("ENROUTE", MessageState.ENROUTE, False),
        ("UNKNOWN", MessageState.UNKNOWN, False),
        ("WHATEVER", MessageState.UNKNOWN, False),
    ],
)
def test_states(word: str, state: MessageState, final: bool) -> None:
    read_back = receipt(f"id:1 stat:{word} err:0")
    assert read_back is not None
    assert (read_back.state, read_back.final) == (state, final)


@pytest.mark.parametrize(
    ("text", "message_id", "error"),
    [
        ("id:1A2b-3 stat:DELIVRD", "1A2b-3", ""),
        ("ID: 77 Stat:DELIVRD Err:04F Text: x", "77", "04F"),
        ("id:77 done date:260131100000 stat:DELIVRD err:1207\0", "77", "1207"),
        ("id:77\0 stat:DELIVRD", "77", ""),
        ("id:a_1@b$ stat:DELIVRD", "a_1@b$", ""),
        ("id: sub:001 stat:DELIVRD", "", ""),
        ("stat:DELIVRD", "", ""),
        ("", "", ""),
    ],
)
def test_deviations_of_the_text(text: str, message_id: str, error: str) -> None:
    found = receipt(text)
    assert found is not None
    assert (found.message_id, found.error) == (message_id, error)


def test_tlvs_win_over_the_text() -> None:
    found = receipt(FULL, receipted_message_id="ABC", message_state=5, network_error_code=b"\x03\x00\x1b")
    assert found == Receipt("ABC", MessageState.UNDELIVERABLE, final=True, error="3/27")


def test_network_error_code_of_three_digits() -> None:
    found = receipt(FULL, network_error_code=b"012")
    assert found is not None
    assert found.error == "012"


def test_an_impossible_message_state_leaves_the_text_to_tell() -> None:
    found = receipt(FULL, message_state=99)
    assert found is not None
    assert found.state is MessageState.DELIVERED


def test_a_receipt_in_ucs2_and_one_in_message_payload() -> None:
    assert receipt(FULL, data_coding=8) == receipt(FULL)
    assert receipt("", message_payload=FULL.encode()) == receipt(FULL)


def test_an_intermediate_notification_is_one() -> None:
    found = receipt("id:5 stat:ENROUTE", esm_class=0x20)
    assert found is not None
    assert not found.final


def test_esm_class_0_counts_only_in_the_whole_form() -> None:
    assert receipt(FULL, esm_class=0) == receipt(FULL)
    assert receipt("", esm_class=0, receipted_message_id="9", message_state=2) is not None
    assert receipt("my id: 5 stat: good", esm_class=0) is None
    assert receipt("YY", esm_class=0) is None


def test_an_acknowledgement_of_a_phone_is_none() -> None:
    assert receipt(FULL, esm_class=0x08) is None
    assert receipt(FULL, esm_class=0x10) is None


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=80), st.integers(0, 255), st.binary(max_size=4))
def test_no_octets_make_it_fail(esm_class: int, coding: int, octets: bytes, state: int, error: bytes) -> None:
    tlvs: dict[str, Any] = {"message_state": state, "network_error_code": error}
    read(DeliverSm(esm_class=esm_class, data_coding=coding, short_message=octets, tlvs=tlvs))


@pytest.mark.parametrize(
    ("form", "response", "receipted"),
    [
        ("as_is", "00a1", "00a1"),
        ("as_is", " 5 \0", "5"),
        ("hex_in_response", "4996A2", "0004822690"),
        ("hex_in_receipt", "4822690", "004996a2"),
        ("hex_in_response", "no-number", "no-number"),
    ],
)
def test_ids_of_response_and_receipt_meet(form: Any, response: str, receipted: str) -> None:
    assert normalise(response, form, "response") == normalise(receipted, form, "receipt")
