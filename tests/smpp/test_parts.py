"""Segments that come in."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.kinds import Alphabet
from smpp.parts import Part, Reassembly, join, part
from smpp.pdu import Address, DeliverSm
from smpp.segments import Segment, Style, split
from smpp.text import gsm7

PHONE, SERVICE = Address("8613800138000", 1, 1), Address("12580")
ALPHABETS = st.sampled_from(["gsm7", "gsm7_packed", "latin1", "ascii"])


def received(segment: Segment, source: Address = PHONE) -> DeliverSm:
    return DeliverSm(
        source=source, destination=SERVICE, esm_class=segment.esm_class, data_coding=segment.data_coding,
        short_message=segment.short_message, tlvs=segment.tlvs,
    )  # fmt: skip


def sms(octets: str | bytes, *, esm_class: int = 0x40, data_coding: int = 0, **tlvs: Any) -> DeliverSm:
    """A message whose user data is given as hexadecimal or as it is."""
    short_message = bytes.fromhex(octets) if isinstance(octets, str) else octets
    return DeliverSm(
        source=PHONE, destination=SERVICE, esm_class=esm_class, data_coding=data_coding, short_message=short_message,
        tlvs=tlvs,
    )  # fmt: skip


def text_of(*pdus: DeliverSm, default: Alphabet = "gsm7") -> str:
    return join(map(part, pdus), default)


# Where a message belongs


def test_the_place_of_a_segment() -> None:
    assert part(sms("050003070302" + "6869")) == Part((PHONE.number, "12580", 7, 3, 8), 2, 3, 0x10000, b"hi")
    assert part(sms("06080401020302" + "6869")) == Part((PHONE.number, "12580", 0x102, 3, 16), 2, 3, 0, b"hi")
    assert part(sms(b"hi", esm_class=0)) == Part((PHONE.number, "12580", 0, 1, 0), 1, 1, 0, b"hi")


def test_the_place_by_sar_tlvs_never_mixes_with_the_one_of_a_header() -> None:
    told = {"sar_msg_ref_num": 7, "sar_total_segments": 3, "sar_segment_seqnum": 2}
    by_tlvs = part(sms(b"hi", esm_class=0, **told))
    assert (by_tlvs.number, by_tlvs.total) == (2, 3)
    assert by_tlvs.key != part(sms("050003070302")).key != part(sms("06080400070302")).key


def test_a_header_wins_over_sar_tlvs() -> None:
    told = {"sar_msg_ref_num": 9, "sar_total_segments": 5, "sar_segment_seqnum": 5}
    assert part(sms("050003070302", **told)).key[2:] == (7, 3, 8)
    assert part(sms("050003070300", **told)).key[2:] == (9, 5, 17), "a void element leaves the TLVs to tell"


@pytest.mark.parametrize("missing", ["sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum"])
def test_two_of_three_sar_tlvs_are_ignored(missing: str) -> None:
    told: dict[str, Any] = {"sar_msg_ref_num": 1, "sar_total_segments": 2, "sar_segment_seqnum": 1}
    told.pop(missing)
    assert part(sms(b"alone", esm_class=0, **told)).total == 1


@pytest.mark.parametrize(
    "lie", [{"sar_msg_ref_num": b"\x00\x01\x02"}, {"sar_total_segments": 0x10000}, {"sar_segment_seqnum": 0}]
)
def test_sar_tlvs_that_cannot_be_are_ignored(lie: dict[str, Any]) -> None:
    told: dict[str, Any] = {"sar_msg_ref_num": 1, "sar_total_segments": 2, "sar_segment_seqnum": 1}
    assert part(sms(b"alone", esm_class=0, **(told | lie))).total == 1


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (bytes.fromhex("050003010200") + b"zero", "zero"),  # number 0: the element is void
        (bytes.fromhex("050003010203") + b"three", "three"),  # number above the total
        (bytes.fromhex("050003010000") + b"none", "none"),  # a total of 0
        (bytes.fromhex("050003010101") + b"one", "one"),  # one of one
        (bytes.fromhex("0605041234abcd") + b"port", "port"),  # another element
        (bytes.fromhex("05000301") + b"!", "é@¥£!"),  # a header longer than the text
        (b"", ""),
        (bytes.fromhex("0400030102") + b"cut", "cut"),  # an element longer than the header
        (bytes.fromhex("0500ff010201") + b"lie", "lie"),
        (bytes.fromhex("0100") + b"half", "half"),  # an element without a length
        (bytes.fromhex("00") + b"empty", "empty"),  # a header of nothing
    ],
)
def test_void_headers_leave_a_single_message(octets: bytes, text: str) -> None:
    assert part(sms(octets)).total == 1
    assert text_of(sms(octets)) == text


def test_a_void_element_does_not_undo_a_good_one() -> None:
    assert part(sms(bytes.fromhex("0a00030102010003020200") + b"x")).key[2:] == (1, 2, 8)


def test_several_elements_in_one_header() -> None:
    piece = part(sms(bytes.fromhex("10 0504 0b84 23f0 0003 070302 240101 ffff") + b"\x1b\x67"))
    assert (piece.key[2:], piece.number) == ((7, 3, 8), 2)
    assert join([piece]) == "ğ"


def test_message_payload_is_the_text_when_short_message_is_empty() -> None:
    assert text_of(DeliverSm(tlvs={"message_payload": b"a" * 500})) == "a" * 500
    assert text_of(DeliverSm(esm_class=0x40, tlvs={"message_payload": bytes.fromhex("03240101") + b"\x1b\x67"})) == "ğ"


# What its octets mean


@pytest.mark.parametrize("default", ["gsm7", "latin1", "ascii"])
def test_national_tables_of_the_header_are_read_whatever_the_settings(default: Alphabet) -> None:
    assert text_of(sms(bytes.fromhex("03240101") + b"\x1b\x49\x1b\x73im"), default=default) == "İşim"
    assert text_of(sms(bytes.fromhex("03250106") + bytes.fromhex("2f424c5f2759")), default=default) == "नमस्ते"
    assert text_of(sms(bytes.fromhex("06250106240106") + bytes.fromhex("2f1b1c")), default=default) == "न\u0966"


def test_a_table_that_nobody_knows_leaves_the_default_alphabet() -> None:
    assert text_of(sms(bytes.fromhex("0324010e") + b"\x1b\x65")) == "€"


def test_national_tables_do_not_touch_other_codings() -> None:
    assert text_of(sms(bytes.fromhex("03240101") + "社".encode("utf-16-be"), data_coding=8)) == "社"
    assert part(sms(bytes.fromhex("03240101"), data_coding=8)).data_coding == 8


@pytest.mark.parametrize(
    "header",
    ["050003070101", "06080400070101", "0605040b8423f0", "03240101", "080003070101240101", "0a0605040b8423f0700100"],
)
def test_packed_septets_begin_where_the_header_says(header: str) -> None:
    octets = bytes.fromhex(header)
    packed = gsm7.pack(b"Hello!", fill=gsm7.fill_bits(len(octets)))
    assert text_of(sms(octets + packed), default="gsm7_packed") == "Hello!"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("d83d", "\ufffd"),  # half a surrogate pair
        ("793e53", "社"),  # an odd octet
        ("feff793e", "社"),
        ("fffe3e79", "社"),
        ("", ""),
    ],
)
def test_odd_ucs2(octets: str, text: str) -> None:
    assert text_of(sms(octets, esm_class=0, data_coding=8)) == text


def test_a_lone_escape_is_a_space() -> None:
    assert text_of(sms(b"A\x1b", esm_class=0)) == "A "


# Together again


def test_a_surrogate_pair_that_the_sender_parted_is_joined() -> None:
    octets = "😀".encode("utf-16-be")
    assert text_of(
        sms(bytes.fromhex("050003010202") + octets[2:], data_coding=8),
        sms(bytes.fromhex("050003010201") + octets[:2], data_coding=8),
    ) == "😀"  # fmt: skip


@pytest.mark.parametrize(
    ("header", "second", "character"), [("", 0x65, "€"), ("240101", 0x67, "ğ"), ("25010d240103", 0x61, "Â")]
)
def test_an_escape_pair_that_the_sender_parted_is_joined(header: str, second: int, character: str) -> None:
    def piece(number: int, octet: int) -> DeliverSm:
        elements = bytes([0, 3, 9, 2, number]) + bytes.fromhex(header)
        return sms(bytes([len(elements)]) + elements + bytes([octet]))

    assert text_of(piece(1, 0x1B), piece(2, second)) == character


def test_packed_parts_are_unpacked_each_by_itself() -> None:
    style = Style(default="gsm7_packed")
    text = "Ticket 4711: 5€ " * 20
    assert text_of(*map(received, split(text, 7, style)), default="gsm7_packed") == text


def test_parts_of_different_codings() -> None:
    assert text_of(sms(bytes.fromhex("050003010201") + b"one "), sms("050003010202793e", data_coding=8)) == "one 社"


# In memory


def test_parts_in_any_order_and_twice() -> None:
    text = "预约成功，请凭取号码到社区卫生服务中心就诊。" * 8
    parts = [received(segment) for segment in split(text, 3)]
    assert len(parts) == 3

    for order in itertools.permutations(parts):
        inbox = Reassembly()
        texts = [inbox.add(pdu, now) for now, pdu in enumerate((order[0], *order))]
        assert texts == [None, None, None, text]
        assert len(inbox) == 0


def test_two_phones_with_one_reference_do_not_mix() -> None:
    inbox, other = Reassembly(), Address("8613900139000", 1, 1)
    mine, theirs = split("a" * 200, 9), split("b" * 200, 9)

    assert inbox.add(received(mine[0]), 0) is None
    assert inbox.add(received(theirs[1], other), 0) is None
    assert inbox.add(received(mine[1]), 0) == "a" * 200
    assert inbox.add(received(theirs[0], other), 0) == "b" * 200


def test_a_reference_used_again_begins_a_new_message() -> None:
    inbox = Reassembly()
    old, new = (list(map(received, split(letter * 400, 9))) for letter in "ab")
    assert [inbox.add(pdu, 0) for pdu in old[:2]] == [None, None]  # its third part never comes

    assert [inbox.add(pdu, 0) for pdu in new] == [None, None, "b" * 400]
    assert len(inbox) == 0
    assert inbox.add(old[2], 0) is None


@pytest.mark.parametrize("method", ["udh8", "udh16", "sar"])
def test_every_way_of_tying_parts_together(method: Any) -> None:
    inbox, text = Reassembly(), "0123456789" * 40
    assert [inbox.add(received(segment), 0) for segment in split(text, 0x1234, Style(method))] == [None, None, text]


def test_the_alphabet_of_the_smsc() -> None:
    inbox = Reassembly(default="latin1")
    assert inbox.add(sms(b"\xe9 alone", esm_class=0), 0) == "é alone"
    assert inbox.add(sms(bytes.fromhex("050003010202") + b"\xe9"), 0) is None
    assert inbox.add(sms(bytes.fromhex("050003010201") + b"caf"), 0) == "café"


def test_waiting_parts_are_bounded_in_age_number_and_octets() -> None:
    inbox = Reassembly(max_messages=2, max_age=100, max_octets=1000)
    first, second = (received(segment) for segment in split("a" * 200, 1))
    inbox.add(first, 0)
    assert inbox.add(second, 101) is None, "the first part was too old"

    for reference in range(10):
        inbox.add(received(split("a" * 200, reference)[0]), 200)
    assert len(inbox) == 2

    huge = split("a" * 200, 77)[0]
    inbox.add(received(Segment(huge.esm_class, 0, huge.short_message + b"x" * 2000)), 200)
    assert len(inbox) == 0


@given(
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=60),
    st.dictionaries(
        st.sampled_from(["sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum", "message_payload"]),
        st.one_of(st.integers(0, 0xFFFF), st.binary(max_size=20)),
    ),
    ALPHABETS,
)
def test_any_octets_have_a_place_and_a_text(
    esm_class: int, data_coding: int, octets: bytes, tlvs: dict[str, Any], default: Alphabet
) -> None:
    pdu = sms(octets, esm_class=esm_class, data_coding=data_coding, **tlvs)
    piece = part(pdu)
    assert 1 <= piece.number <= piece.total
    assert piece.data_coding & 0xFF == data_coding
    assert isinstance(join([piece, piece], default), str)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.binary(max_size=30)), max_size=60),
    st.integers(1, 3),
    st.integers(0, 200),
)
def test_any_flood_stays_bounded(flood: list[tuple[int, int, bytes]], most: int, most_octets: int) -> None:
    inbox = Reassembly(max_messages=most, max_octets=most_octets)
    for now, (reference, number, octets) in enumerate(flood):
        inbox.add(sms(bytes([5, 0, 3, reference, 3, number]) + octets), now)
        assert len(inbox) <= most
        assert sum(message.octets for message in inbox._waiting.values()) == inbox._octets <= most_octets


@pytest.mark.parametrize(
    "written",
    [
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be") + b"\0",
    ],
    ids=["byte order mark", "little endian", "closing NUL"],
)
def test_what_each_part_of_a_network_begins_or_ends_with(written: Callable[[str], bytes]) -> None:
    parts = [Part(("1", "2", 7, 2, 8), n, 2, 0x08, written(text)) for n, text in ((1, "请问明天"), (2, "几点开门"))]
    assert join(parts) == "请问明天几点开门"


def test_a_unit_that_is_parted_between_two_full_parts() -> None:
    octets = ("Ā" * 80).encode("utf-16-be")  # U+0100: the 133rd octet is the first of a unit, the one before is NUL
    parts = [Part(("1", "2", 7, 2, 16), n, 2, 0x08, piece) for n, piece in ((1, octets[:133]), (2, octets[133:]))]
    assert join(parts) == "Ā" * 80
