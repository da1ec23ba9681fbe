"""Long texts out and in."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.pdu import Address, DeliverSm
from smpp.segments import Reassembly, Segment, TextTooLong, count, part, split

PHONE, SERVICE = Address("8613800138000", 1, 1), Address("12580")


def received(segment: Segment, source: Address = PHONE) -> DeliverSm:
    return DeliverSm(
        source=source, destination=SERVICE, esm_class=segment.esm_class, data_coding=segment.data_coding,
        short_message=segment.short_message,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("", [0]),
        ("a" * 160, [160]),
        ("a" * 161, [6 + 153, 6 + 8]),
        ("社" * 70, [140]),
        ("社" * 71, [6 + 134, 6 + 8]),
        ("a" * 152 + "€" + "b" * 10, [6 + 152, 6 + 12]),  # the escape pair goes whole into the second
        ("社" * 66 + "😀" + "区" * 10, [6 + 132, 6 + 24]),  # so does the surrogate pair
    ],
)
def test_where_a_text_is_parted(text: str, lengths: list[int]) -> None:
    assert [len(segment.short_message) for segment in split(text, 7)] == lengths
    assert count(text) == len(lengths)


def test_the_header_of_a_part() -> None:
    first, second = split("a" * 161, 0x1FE)

    assert (first.esm_class, first.short_message[:6]) == (0x40, bytes.fromhex("050003fe0201"))
    assert (second.esm_class, second.short_message[:6]) == (0x40, bytes.fromhex("050003fe0202"))
    assert split("short", 1) == [Segment(0, 0, b"short")]


def test_no_more_than_255_segments() -> None:
    assert count("a" * 255 * 153) == 255
    with pytest.raises(TextTooLong):
        split("a" * (255 * 153 + 1), 1)


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


def test_a_pair_that_the_sender_parted_is_joined() -> None:
    octets = "😀".encode("utf-16-be")
    inbox = Reassembly()

    inbox.add(received(Segment(0x40, 8, bytes.fromhex("050003010201") + octets[:2])), 0)

    assert inbox.add(received(Segment(0x40, 8, bytes.fromhex("050003010202") + octets[2:])), 0) == "😀"


def test_16_bit_references_and_sar_tlvs() -> None:
    inbox = Reassembly()
    assert inbox.add(received(Segment(0x40, 0, bytes.fromhex("06080412340201") + b"one ")), 0) is None
    assert inbox.add(received(Segment(0x40, 0, bytes.fromhex("06080412340202") + b"two")), 0) == "one two"

    def sar(number: int, octets: bytes) -> DeliverSm:
        tlvs = {"sar_msg_ref_num": 0x1234, "sar_total_segments": 2, "sar_segment_seqnum": number}
        return DeliverSm(source=PHONE, destination=SERVICE, short_message=octets, tlvs=tlvs)

    assert inbox.add(sar(2, b"four"), 0) is None
    assert inbox.add(sar(1, b"three "), 0) == "three four"


@pytest.mark.parametrize(
    ("esm_class", "octets", "text"),
    [
        (0x40, bytes.fromhex("050003010200") + b"zero", "zero"),  # number 0: the element is void
        (0x40, bytes.fromhex("050003010203") + b"three", "three"),  # number above the total
        (0x40, bytes.fromhex("0605041234abcd") + b"port", "port"),  # another element
        (0x40, bytes.fromhex("05000301") + b"!", "é@¥£!"),  # header longer than the text
        (0x40, b"", ""),
        (0x40, bytes.fromhex("0400030102") + b"cut", "cut"),  # element longer than the header
    ],
)
def test_void_headers_leave_a_single_message(esm_class: int, octets: bytes, text: str) -> None:
    assert Reassembly().add(received(Segment(esm_class, 0, octets)), 0) == text


def test_a_void_element_does_not_undo_a_good_one() -> None:
    header = bytes.fromhex("0a00030102010003020200")
    assert part(received(Segment(0x40, 0, header + b"x"))).key[2:] == (1, 2, 8)


def test_incomplete_sar_tlvs_are_ignored() -> None:
    pdu = DeliverSm(short_message=b"alone", tlvs={"sar_msg_ref_num": 1, "sar_total_segments": 2})
    assert Reassembly().add(pdu, 0) == "alone"


def test_message_payload_is_the_text_when_short_message_is_empty() -> None:
    assert Reassembly().add(DeliverSm(tlvs={"message_payload": b"a" * 500}), 0) == "a" * 500


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


@given(st.text(max_size=400), st.integers(0, 255), st.randoms(use_true_random=False))
def test_any_text_survives_any_order(text: str, reference: int, shuffled: random.Random) -> None:
    parts = [received(segment) for segment in split(text, reference)]
    assert all(len(pdu.short_message) <= (140 if pdu.data_coding else 160) for pdu in parts)
    shuffled.shuffle(parts)
    inbox = Reassembly()

    arrived = [inbox.add(pdu, 0) for pdu in parts]

    assert arrived[-1] == text.removeprefix("\ufeff")
    assert arrived[:-1] == [None] * (len(parts) - 1)


@given(st.integers(0, 255), st.binary(max_size=40))
def test_any_payload_has_a_place(esm_class: int, octets: bytes) -> None:
    piece = part(DeliverSm(esm_class=esm_class, short_message=octets))
    assert 1 <= piece.number <= piece.total
