"""Delivery receipts as SMSCs really write them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smpp import receipts
from smpp.pdu import DeliverSm
from smpp.receipts import FINAL, MessageState, Receipt, normalise, read
from smpp.text import gsm7

FULL = "id:0123456789 sub:001 dlvrd:001 submit date:2601310959 done date:2601311000 stat:DELIVRD err:000 text:hello"
DATES = "submit date:2601310959 done date:2601311000"
DELIVERED, FAILED, EXPIRED = MessageState.DELIVERED, MessageState.UNDELIVERABLE, MessageState.EXPIRED
ACCEPTED, UNKNOWN = MessageState.ACCEPTED, MessageState.UNKNOWN


def receipt(text: str | bytes = "", *, esm_class: int = 0x04, data_coding: int = 0, **tlvs: Any) -> Receipt | None:
    octets = text if isinstance(text, bytes) else text.encode("latin-1")
    return read(DeliverSm(esm_class=esm_class, data_coding=data_coding, short_message=octets, tlvs=tlvs))


# What an SMSC wrote; the id, the state and the error in it. Numbers are those of issues where it was seen.
FIELD: dict[str, tuple[str, str, MessageState, str]] = {
    "appendix B": (FULL, "0123456789", DELIVERED, "000"),
    # ids
    "jasmin, hexadecimal, a vendor's words at the end": (
        f"id:4D19C83C sub:001 dlvrd:001 {DATES} stat:DELIVRD err:0000 text:GW250 MCC=270 MNC=1",
        "4D19C83C", DELIVERED, "0000",
    ),
    "jasmin, a UUID, dates with seconds": (
        "id:bc59b8aa-2fd2-4035-8113-19301e050079 sub:001 dlvrd:001 submit date:150508144058 done date:150508144058"
        " stat:DELIVRD err:000 text:-",
        "bc59b8aa-2fd2-4035-8113-19301e050079", DELIVERED, "000",
    ),
    "jasmin 418": ("id:SAR-2347039245475-1EEDF843-2-1 stat:UNDELIV", "SAR-2347039245475-1EEDF843-2-1", FAILED, ""),
    "smppex 46, dates with a zone": (
        "id:rdwjwxns18krxr9936ey96ymcw sub:000 dlvrd:000 submit date:180711070003912+ done date:180711070000012+"
        " stat:UNDELIV err:000",
        "rdwjwxns18krxr9936ey96ymcw", FAILED, "000",
    ),
    "signs in an id": (f"id:a_1@b$ {DATES} stat:DELIVRD", "a_1@b$", DELIVERED, ""),
    "php-smpp 29, spaces": (f"id: 77 sub: 001 {DATES} stat: DELIVRD err: 0", "77", DELIVERED, "0"),
    "commas": (f"id:77,sub:001,dlvrd:001,{DATES},stat:DELIVRD,err:000", "77", DELIVERED, "000"),
    "an empty id": (f"id: sub:001 {DATES} stat:DELIVRD", "", DELIVERED, ""),
    "spring-boot-starter-smpp 85, no id": (f"sub:001 dlvrd:001 {DATES} stat:DELIVRD err:000", "", DELIVERED, "000"),
    # fields that are missing or odd
    "jsmpp 67, no sub, dlvrd, text": (
        "id:0654354026 submit date:2302101454 done date:2302101454 stat:DELIVRD err:000",
        "0654354026", DELIVERED, "000",
    ),
    "jasmin 447, no date": (
        "id:1216080510463401720 sub:001 dlvrd:001 submit date:1608051046 done date:0000000000 stat:FAILED"
        " err:002 Text:",
        "1216080510463401720", FAILED, "002",
    ),
    "node-smpp 77": (
        "id:45013692 sub:0 dlvrd:28 submit date:1908121157 done date:1908121158 stat:UNDELIV err:21 Text:*100#",
        "45013692", FAILED, "21",
    ),
    "cloudhopper, accepted": (
        "id:94251430923 sub:001 dlvrd:001 submit date:0911040124 done date:0911040124 stat:ACCEPTD"
        " err:107 text: 26F102",
        "94251430923", ACCEPTED, "107",
    ),
    "cloudhopper 42, err of letters": (f"id:5 {DATES} stat:DELIVRD err:21b", "5", DELIVERED, "21b"),
    "capitals": (f"ID:5 Sub:001 {DATES.title()} Stat:DELIVRD Err:04F Text:x", "5", DELIVERED, "04F"),
    "underscores": ("id:5 submit_date:260131095900 done_date:260131100000 stat:DELIVRD", "5", DELIVERED, ""),
    "lines": ("id:5\r\nsub:001\r\nstat:EXPIRED\r\nerr:34\r\n", "5", EXPIRED, "34"),
    # states
    "a whole word": ("id:5 stat:DELIVERED", "5", DELIVERED, ""),
    "a number": ("id:5 stat:2 err:0", "5", DELIVERED, "0"),
    "a word that nobody knows": ("id:5 stat:WHATEVER", "5", UNKNOWN, ""),
    "no state": (f"id:5 {DATES} err:5", "5", UNKNOWN, "5"),
    # what our text says is no field
    "fields in the text": (f"{FULL} your id:99 stat:UNDELIV err:9", "0123456789", DELIVERED, "000"),
    "an id in the text only": (f"{DATES} stat:DELIVRD err:000 text:your id:99", "", DELIVERED, "000"),
    "the text first": ("text:cut off id:5 stat:DELIVRD", "5", DELIVERED, ""),
    # octets
    "a NUL at the end": (FULL + "\0", "0123456789", DELIVERED, "000"),
    "NUL after fields": ("id:77\0 stat:DELIVRD err:1207\0", "77", DELIVERED, "1207"),
    "jasmin, odd octets": ("id:0416342074 stat:DELIVRD text:\x84A\x89O\x88 ENTO", "0416342074", DELIVERED, ""),
    "nothing": ("", "", UNKNOWN, ""),
}  # fmt: skip


FIELDS = ["id:", "stat:", "err:", " text:", "Text:", " stat:UNDELIV", " id:99", "submit", "donedate"]
ODD = ["", *FIELDS, " ", "\n", "\0", "-", "é", "g"]
NEVER = re.compile(rb"(?!)")


def altered(places: list[tuple[int, int, str]]) -> str:
    """The regular form with some characters taken out, and odd words put in."""
    text = FULL
    for place, out, word in places:
        text = text[:place] + word + text[place + out :]
    return text


@settings(max_examples=500)
@given(
    st.lists(st.tuples(st.integers(0, len(FULL)), st.integers(0, 6), st.sampled_from(ODD)), max_size=3),
    st.sampled_from([b"", b"\0", "预约成功".encode("utf-16-be") * 9, b"\0" * 200]),
    st.sampled_from([0x00, 0x04, 0x20, 0x44]),
    st.sampled_from(["gsm7", "gsm7_packed", "latin1"]),
    st.dictionaries(st.sampled_from(["message_state", "network_error_code"]), st.sampled_from([0, 5, 99, b"012"])),
)
def test_the_quick_way_finds_what_the_tolerant_way_finds(
    places: list[tuple[int, int, str]], end: bytes, esm_class: int, default: Any, tlvs: Any
) -> None:
    octets = altered(places).encode("latin-1") + end
    pdu = DeliverSm(esm_class=esm_class, short_message=octets, tlvs=tlvs)
    quick = read(pdu, default)
    with patch.object(receipts, "_REGULAR", NEVER):
        assert read(pdu, default) == quick


def test_the_regular_form_is_read_the_quick_way() -> None:
    with patch.object(receipts, "_tolerant", side_effect=AssertionError):
        assert receipt(FULL) == Receipt("0123456789", DELIVERED, final=True, error="000")


@pytest.mark.parametrize("name", FIELD)
def test_dialects(name: str) -> None:
    text, message_id, state, error = FIELD[name]
    assert receipt(text) == Receipt(message_id, state, state in FINAL, error)


CODED = [  # the octets of FULL, and the data_coding that stands beside them
    (FULL.encode(), 0x00),
    (FULL.encode(), 0x03),
    (FULL.encode(), 0x08),  # of the message that it tells about
    (FULL.encode(), 0xF1),
    (FULL.encode("utf-16-be"), 0x08),  # vumi 635
    (FULL.encode("utf-16-be"), 0x00),
    (b"\xfe\xff" + FULL.encode("utf-16-be"), 0x08),
    (b"\xff\xfe" + FULL.encode("utf-16-le"), 0x08),
    ((FULL + "预约成功").encode("utf-16-be"), 0x08),
]


@pytest.mark.parametrize(("octets", "data_coding"), CODED)
def test_what_data_coding_says_of_a_receipt_does_not_matter(octets: bytes, data_coding: int) -> None:
    assert receipt(octets, data_coding=data_coding) == receipt(FULL)
    assert receipt("", data_coding=data_coding, message_payload=octets) == receipt(FULL), "sm_length 0"


def test_a_packed_receipt() -> None:
    packed = DeliverSm(esm_class=0x04, short_message=gsm7.pack(FULL.encode()))
    assert read(packed, "gsm7_packed") == receipt(FULL)
    assert read(DeliverSm(esm_class=0x04, short_message=FULL.encode()), "gsm7_packed") == receipt(FULL)


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


def test_tlvs_win_over_the_text() -> None:
    found = receipt(FULL, receipted_message_id="ABC", message_state=5, network_error_code=b"\x03\x00\x1b")
    assert found == Receipt("ABC", MessageState.UNDELIVERABLE, final=True, error="3/27")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (b"\x03\x00\x1b", "3/27"),
        (b"012", "012"),  # jasmin
        (b"0012", "0012"),  # ksmppd 145
        (b"\x03\x00", "000"),  # no such thing: the text tells
        (b"", "000"),
    ],
)
def test_network_error_code(code: bytes, error: str) -> None:
    found = receipt(FULL, network_error_code=code)
    assert found is not None
    assert found.error == error


@pytest.mark.parametrize("header", ["050003840101", "050003844141", "0605040b8423f0"])
def test_a_receipt_with_the_header_of_its_message(header: str) -> None:
    """Seen in ksmppd 63; what a header's octets look like must not matter."""
    assert receipt(bytes.fromhex(header) + FULL.encode(), esm_class=0x44) == receipt(FULL)


def test_an_impossible_message_state_leaves_the_text_to_tell() -> None:
    found = receipt(FULL, message_state=99)
    assert found is not None
    assert found.state is MessageState.DELIVERED


def test_an_intermediate_notification_is_one() -> None:
    found = receipt("id:5 stat:ENROUTE", esm_class=0x20)
    assert found is not None
    assert not found.final


def test_esm_class_0_counts_only_in_the_whole_form() -> None:
    marked, unmarked = receipt(FULL), receipt(FULL, esm_class=0)
    assert marked is not None
    assert unmarked == replace(marked, forgeable=True)
    told_by_tlvs = receipt("", esm_class=0, receipted_message_id="9", message_state=2)
    assert told_by_tlvs is not None
    assert not told_by_tlvs.forgeable
    assert receipt("my id: 5 stat: good", esm_class=0) is None
    assert receipt("YY", esm_class=0) is None


@pytest.mark.parametrize("esm_class", [0x08, 0x10, 0x18], ids=["delivery ack", "manual ack", "conversation abort"])
def test_an_acknowledgement_of_a_phone_is_none(esm_class: int) -> None:
    assert receipt(FULL, esm_class=esm_class) is None
    assert receipt("", esm_class=esm_class, receipted_message_id="9", message_state=2) is None


@pytest.mark.parametrize("esm_class", [0x04, 0x05, 0x07, 0x84])
def test_mode_and_reply_path_do_not_hide_a_receipt(esm_class: int) -> None:
    assert receipt(FULL, esm_class=esm_class) == receipt(FULL)


@given(
    st.integers(0, 255),
    st.integers(0, 255),
    st.one_of(st.binary(max_size=80), st.text(max_size=60).map(lambda text: (FULL + text).encode())),
    st.dictionaries(
        st.sampled_from(["message_state", "network_error_code", "receipted_message_id", "message_payload"]),
        st.one_of(st.integers(0, 1000), st.binary(max_size=4), st.text(max_size=5)),
    ),
    st.sampled_from(["gsm7", "gsm7_packed", "latin1", "ascii"]),
)
def test_no_octets_make_it_fail(esm_class: int, coding: int, octets: bytes, tlvs: Any, default: Any) -> None:
    read(DeliverSm(esm_class=esm_class, data_coding=coding, short_message=octets, tlvs=tlvs), default)


MEET = [  # message_id_form, the id of the answer, the one of the receipt
    ("as_is", "00a1", "00a1"),
    ("as_is", " 5 \0", "5"),
    ("as_is", "42", "0000000042"),
    ("as_is", "00B8BE19", "b8be19"),  # jasmin 1129, cloudhopper
    ("as_is", "A29F6845555647139E5C8F3B817F2C9A", "a29f6845555647139e5c8f3b817f2c9a"),
    ("as_is", "BC59B8AA-2FD2-4035-8113-19301E050079", "bc59b8aa-2fd2-4035-8113-19301e050079"),
    ("as_is", "SAR-2347039245475-1eedf843-2-1", "SAR-2347039245475-1EEDF843-2-1"),  # jasmin 418
    ("as_is", "0000", "0"),
    ("hex_in_response", "4996A2", "0004822690"),
    ("hex_in_response", "004996a2", "4822690"),
    ("hex_in_response", "39f99dd5", "0972660181"),  # jasmin 1034
    ("hex_in_response", "18d0e03a", "18D0E03A"),  # a TLV in hexadecimal beside a decimal text: jasmin, cloudhopper
    ("hex_in_receipt", "4822690", "004996a2"),
    ("hex_in_receipt", "0000004822690", "4996A2"),
    ("hex_in_response", "no-number", "no-number"),
    ("hex_in_receipt", "12absa-adsasdas-gfgfdg", "12absa-adsasdas-gfgfdg"),  # jasmin 535
    ("hex_in_response", "9" * 5000, "9" * 5000),
]


@pytest.mark.parametrize(("form", "response", "receipted"), MEET)
def test_ids_of_response_and_receipt_meet(form: Any, response: str, receipted: str) -> None:
    assert normalise(response, form, "response") == normalise(receipted, form, "receipt")


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        ("as_is", "10", "1"),
        ("as_is", "a_0042", "a_42"),  # left zeros of a group tell ids apart
        ("as_is", "0xG1", "xG1"),
        ("as_is", "Qa7B", "QA7b"),  # so does case where it is more than how a number is written
        ("as_is", "aB", "Ab"),
        ("hex_in_response", "10", "16"),
        ("hex_in_receipt", "1e3", "1000"),
    ],
)
def test_ids_that_must_not_meet(form: Any, one: str, other: str) -> None:
    assert normalise(one, form, "response") != normalise(other, form, "response")


@given(st.text(max_size=80), st.sampled_from(["as_is", "hex_in_response", "hex_in_receipt"]))
def test_no_id_makes_it_fail(message_id: str, form: Any) -> None:
    normalise(message_id, form, "response")
    normalise(message_id, form, "receipt")


@given(st.integers(0, 2**64), st.integers(0, 20), st.booleans(), st.booleans())
def test_a_number_meets_itself_however_it_is_written(number: int, width: int, upper: bool, swapped: bool) -> None:
    hexadecimal, decimal = f"{number:0{width}{'X' if upper else 'x'}}", f"{number:010}"
    sides = (decimal, hexadecimal) if swapped else (hexadecimal, decimal)
    form: Any = "hex_in_receipt" if swapped else "hex_in_response"

    assert normalise(sides[0], form, "response") == normalise(sides[1], form, "receipt") == str(number)


@given(st.text("09a\xb2\u0660", max_size=5))
def test_plain_digits_are_no_case_of_their_own(message_id: str) -> None:
    assert normalise(message_id, "as_is", "response") == normalise(f" {message_id}\0", "as_is", "receipt")


@pytest.mark.parametrize("digits", [64, 65])
def test_only_what_may_be_a_number_loses_left_zeros(digits: int) -> None:
    message_id = "0" * (digits - 1) + "7"
    assert normalise(message_id, "as_is", "response") == ("7" if digits == 64 else message_id)
