"""Long texts out."""

from __future__ import annotations

import itertools
import math
import random
import unicodedata
from dataclasses import replace
from unittest.mock import patch

import pytest
import smpplib.gsm
from hypothesis import given
from hypothesis import strategies as st

from smpp import segments
from smpp.kinds import SegmentMethod
from smpp.pdu import Address, DeliverSm
from smpp.segments import (
    STANDARD,
    UDHI,
    Cut,
    Reassembly,
    Segment,
    Style,
    TextTooLong,
    count,
    cut,
    join,
    part,
    split,
    style,
)
from smpp.settings import LinkSettings
from smpp.text import gsm7, national

PHONE, SERVICE = Address("8613800138000", 1, 1), Address("12580")


def received(segment: Segment) -> DeliverSm:
    return DeliverSm(
        source=PHONE, destination=SERVICE, esm_class=segment.esm_class, data_coding=segment.data_coding,
        short_message=segment.short_message, tlvs=segment.tlvs,
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
        ("社" * 66 + "e\u0301" + "区" * 10, [6 + 132, 6 + 24]),  # and a letter with its accent
        ("社" * 66 + "👩\u200d🔬" + "区" * 10, [6 + 132, 6 + 30]),  # and what a joiner ties together
        ("社" * 65 + "👍🏽" + "区" * 10, [6 + 130, 6 + 28]),  # and a hand with its colour
        ("e" + "\u0301" * 99, [6 + 134, 6 + 66]),  # one that fits no segment is parted after all
    ],
)
def test_where_a_text_is_parted(text: str, lengths: list[int]) -> None:
    assert [len(segment.short_message) for segment in split(text, 7)] == lengths
    assert count(text) == len(lengths)


FIGURES = [  # settings, a character, how many of it fit alone, and beside others (3GPP 23.040)
    (Style("udh8"), "a", 160, 153),
    (Style("udh16"), "a", 160, 152),
    (Style("sar"), "a", 160, 153),
    (Style("payload"), "a", 160, 153),
    (Style("udh8"), "社", 70, 67),
    (Style("udh16"), "社", 70, 66),
    (Style("sar"), "社", 70, 67),
    (Style("payload"), "社", 70, 67),
    (Style("udh8", ("latin1", "ucs2")), "ê", 140, 134),
    (Style("udh16", ("latin1", "ucs2")), "ê", 140, 133),
    (Style("udh8", default="latin1"), "é", 160, 153),
    (Style("udh16", default="ascii"), "a", 160, 152),
    (Style("udh8", default="gsm7_packed"), "a", 160, 153),
    (Style("udh16", default="gsm7_packed"), "a", 160, 152),
    (Style("udh8"), "😀", 35, 33),  # two units each
    (Style("udh8"), "€", 80, 76),  # two septets each
    (Style("udh16", shifts=("hindi",)), "न", 155, 148),  # the locking table takes 4 octets alone, 3 beside others
    (Style("udh8", shifts=("hindi",)), "न", 155, 149),
    (Style("udh8", shifts=("turkish",)), "Ş", 155, 149),
]


@pytest.mark.parametrize(("chosen", "character", "alone", "together"), FIGURES, ids=str)
def test_how_much_fits(chosen: Style, character: str, alone: int, together: int) -> None:
    assert count(character * alone, chosen) == 1
    assert count(character * (alone + 1), chosen) == 2
    assert count(character * 2 * together, chosen) == 2
    assert count(character * (2 * together + 1), chosen) == 3


BOTH = "नa" + "\u0966" * 4  # letters of the locking table, digits of the single shift table


def test_two_national_tables_leave_152_septets_alone_and_146_beside_others() -> None:
    hindi = Style(shifts=("hindi",))
    units = BOTH + "न" * 142  # 2 + 8 + 142 septets

    assert (cut(units, hindi).shift.elements, cut(units, hindi).units) == (bytes.fromhex("240106250106"), 152)
    assert count(units, hindi) == 1
    assert [len(segment.short_message) for segment in split(units + "न", 1, hindi)] == [12 + 146, 12 + 7]
    assert [len(segment.short_message) for segment in split(units + "न", 1, replace(hindi, method="udh16"))] == [
        13 + 145, 13 + 8,
    ]  # fmt: skip


def test_the_header_of_a_part() -> None:
    first, second = split("a" * 161, 0x1FE)

    assert (first.esm_class, first.short_message[:6]) == (0x40, bytes.fromhex("050003fe0201"))
    assert (second.esm_class, second.short_message[:6]) == (0x40, bytes.fromhex("050003fe0202"))
    assert split("short", 1) == [Segment(0, 0, b"short")]


def test_a_header_with_a_16_bit_reference() -> None:
    first, second = split("a" * 161, 0x3FFFE, Style("udh16"))

    assert (first.esm_class, first.short_message[:7]) == (0x40, bytes.fromhex("060804fffe0201"))
    assert second.short_message == bytes.fromhex("060804fffe0202") + b"a" * 9


def test_sar_tlvs_and_no_header() -> None:
    first, second = split("a" * 161, 0x3FFFE, Style("sar"))

    assert (first.esm_class, first.short_message) == (0, b"a" * 153)
    assert first.tlvs == {"sar_msg_ref_num": 0xFFFE, "sar_total_segments": 2, "sar_segment_seqnum": 1}
    assert second.tlvs == {"sar_msg_ref_num": 0xFFFE, "sar_total_segments": 2, "sar_segment_seqnum": 2}
    assert split("short", 1, Style("sar")) == [Segment(0, 0, b"short")]


def test_message_payload_and_an_empty_short_message() -> None:
    assert split("a" * 161, 1, Style("payload")) == [Segment(0, 0, b"", {"message_payload": b"a" * 161})]
    assert split("社" * 71, 1, Style("payload")) == [
        Segment(0, 8, b"", {"message_payload": ("社" * 71).encode("utf-16-be")})
    ]
    assert split("short", 1, Style("payload")) == [Segment(0, 0, b"short")]


@pytest.mark.parametrize("method", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", ["a", "a" * 500, "社" * 300, "İ" * 300])
def test_never_two_methods_at_once(method: SegmentMethod, text: str) -> None:
    for segment in split(text, 1, Style(method, shifts=("turkish",))):
        udh = bool(segment.esm_class & UDHI and len(text) > 160)
        sar, payload = "sar_msg_ref_num" in segment.tlvs, "message_payload" in segment.tlvs
        assert udh + sar + payload == (len(text) > 1)
        assert not (payload and segment.short_message)


def test_packed_octets_begin_after_the_fill_bits() -> None:
    first, second = split("a" * 154, 1, Style(default="gsm7_packed")), split("a" * 161, 1, Style(default="gsm7_packed"))

    assert first == [Segment(0, 0, bytes.fromhex("e170381c0e87c3") * 19 + bytes.fromhex("e130"))]
    assert [len(segment.short_message) for segment in second] == [140, 6 + 8]
    assert second[1].short_message == bytes.fromhex("050003010202") + bytes.fromhex("c2e170381c0e8701")


CHOICES = [  # what may be used, a text, what is: the fewest segments, of equal ones the plainest
    (Style(), "plain", "gsm7", 0, b""),
    (Style(), "plaın", "ucs2", 8, b""),
    (Style(encodings=("gsm7", "latin1", "ucs2")), "plain", "gsm7", 0, b""),
    (Style(encodings=("gsm7", "latin1", "ucs2")), "plaîn", "latin1", 3, b""),
    (Style(encodings=("latin1", "ucs2")), "plain", "latin1", 3, b""),
    (Style(encodings=("ucs2",)), "plain", "ucs2", 8, b""),
    (Style(encodings=("gsm7", "latin1", "ucs2")), "[" * 81, "latin1", 3, b""),  # 162 septets, 81 octets
    (Style(shifts=("turkish",)), "plain", "gsm7", 0, b""),
    (Style(shifts=("turkish",)), "plaın", "gsm7", 0, bytes.fromhex("240101")),
    (Style(shifts=("turkish",)), "ş" * 78, "gsm7", 0, bytes.fromhex("250101")),  # 156 septets by single shift
    (Style(shifts=("turkish",)), "社ş", "ucs2", 8, b""),
    (Style(shifts=("spanish", "portuguese")), "ã", "gsm7", 0, bytes.fromhex("240103")),
    (Style(encodings=("gsm7", "latin1", "ucs2"), shifts=("portuguese",)), "ã", "gsm7", 0, bytes.fromhex("240103")),
    (Style(shifts=("turkish",), default="latin1"), "ş", "ucs2", 8, b""),  # the SMSC would convert it
    (Style(default="ascii"), "é", "ucs2", 8, b""),
    (Style(default="latin1"), "é", "gsm7", 0, b""),
    (Style("sar", shifts=("turkish",)), "ş", "gsm7", 0, bytes.fromhex("240101")),
    (Style("sar", shifts=("turkish",)), "ş" * 200, "ucs2", 8, b""),  # the header of a part is the SMSC's to write
]


@pytest.mark.parametrize(("chosen", "text", "encoding", "data_coding", "elements"), CHOICES)
def test_the_cheapest_encoding(chosen: Style, text: str, encoding: str, data_coding: int, elements: bytes) -> None:
    found = cut(text, chosen)
    assert (found.encoding, found.data_coding, found.shift.elements) == (encoding, data_coding, elements)


def test_a_national_table_stands_in_the_header_of_every_part() -> None:
    first, second = split("Şırnak " * 25, 7, Style(shifts=("turkish",)))

    assert first.short_message[:9] == bytes.fromhex("08 0003070201 240101")
    assert second.short_message[:9] == bytes.fromhex("08 0003070202 240101")
    assert join(map(part, map(received, (second, first)))) == "Şırnak " * 25


def test_no_more_than_255_segments() -> None:
    assert count("a" * 255 * 153) == 255
    methods: tuple[SegmentMethod, ...] = ("udh8", "sar", "payload")
    for method in methods:
        with pytest.raises(TextTooLong):
            split("a" * (255 * 153 + 1), 1, Style(method))


def test_the_style_of_a_link() -> None:
    assert style(LinkSettings()) == STANDARD
    settings = LinkSettings(
        segments="sar", encodings=("latin1", "ucs2"), default_alphabet="latin1", national_shifts=("urdu",)
    )
    assert style(settings) == Style("sar", ("latin1", "ucs2"), "latin1", ("urdu",))


# Any text, any style

LETTERS = st.one_of(
    st.sampled_from("abc xyz 019"),
    st.sampled_from("€[]{}~"),
    st.sampled_from("Şşığ ãõêçñé ¡*"),
    st.sampled_from("预约成功"),
    st.sampled_from("😀👍🏽👩\u200d\ufe0f"),
    st.sampled_from("e\u0301\u0323n\u0303ा्"),
    st.characters(exclude_characters="\ufeff", exclude_categories=("Cs",)),
)
TEXTS = st.one_of(
    st.text(LETTERS, max_size=400),
    st.builds(lambda letters, times: letters * times, st.text(LETTERS, min_size=1, max_size=9), st.integers(1, 120)),
)
STYLES = st.builds(
    Style,
    st.sampled_from(["udh8", "udh16", "sar"]),
    st.sampled_from([("gsm7", "ucs2"), ("gsm7", "latin1", "ucs2"), ("latin1", "ucs2"), ("ucs2",)]),
    st.sampled_from(["gsm7", "gsm7_packed", "latin1", "ascii"]),
    st.sampled_from([(), ("turkish",), ("portuguese", "spanish"), ("hindi",)]),
)


def on_the_air(segment: Segment, chosen: Style) -> int:
    """Octets of user data, counted from what was written and nothing else."""
    header = segment.short_message[0] + 1 if segment.esm_class & UDHI else 0
    if "sar_total_segments" in segment.tlvs:
        header += 6  # that the SMSC will write
    octets = segment.short_message[segment.short_message[0] + 1 if segment.esm_class & UDHI else 0 :]
    if segment.data_coding or chosen.default == "gsm7_packed":
        return header + len(octets)
    septets = len(octets)
    if chosen.default in ("latin1", "ascii"):
        septets += sum(chr(octet) in national.EXTENSION_TABLE.values() for octet in octets)
    return math.ceil((math.ceil(header * 8 / 7) + septets) * 7 / 8)


def first_cluster(text: str) -> str:
    end = 1
    while end < len(text) and (
        unicodedata.category(text[end]).startswith("M") or text[end] in "\u200d🏻🏼🏽🏾🏿" or text[end - 1] == "\u200d"
    ):
        end += 1
    return text[:end]


def clusters(text: str) -> list[str]:
    found = []
    while text:
        found.append(first_cluster(text))
        text = text[len(found[-1]) :]
    return found


@given(TEXTS, STYLES, st.integers(0, 0x1FFFF))
def test_every_text_arrives_whole_within_140_octets_a_part(text: str, chosen: Style, reference: int) -> None:
    segments = split(text, reference, chosen)
    parts = [part(received(segment)) for segment in segments]
    if chosen.default == "gsm7_packed" and text.endswith("@"):
        return  # on an octet's edge it cannot be told from bits left over

    assert join(parts, chosen.default) == text
    assert all(on_the_air(segment, chosen) <= 140 for segment in segments)
    assert len(segments) == count(text, chosen)
    assert [(piece.number, piece.total) for piece in parts] == [(n, len(parts)) for n in range(1, len(parts) + 1)]


def room(segment: Segment, encoding: str) -> int:
    header = segment.short_message[0] + 1 if segment.esm_class & UDHI else 6 if segment.tlvs else 0
    return (140 - header) * 8 // 7 if encoding == "gsm7" else 140 - header


def size(text: str, found: Cut) -> int:
    if found.encoding == "gsm7":
        return len(b"".join(gsm7.encode(text, found.shift) or []))
    return len(text.encode("utf-16-be" if found.encoding == "ucs2" else "latin-1"))


@given(TEXTS, STYLES)
def test_a_part_ends_where_the_next_character_would_not_fit(text: str, chosen: Style) -> None:
    segments, found = split(text, 1, chosen), cut(text, chosen)
    pieces = [join([part(received(segment))], chosen.default) for segment in segments]
    if chosen.default == "gsm7_packed" and any(piece.endswith("@") for piece in pieces):
        return

    assert "".join(pieces) == text, "no pair is parted: each part can be read alone"
    for segment, piece, following in zip(segments, pieces, pieces[1:], strict=False):
        assert size(piece + first_cluster(following), found) > room(segment, found.encoding)
    ends, place = set(itertools.accumulate(map(len, pieces))), 0
    for cluster in clusters(text):
        parted = ends & set(range(place + 1, place + len(cluster)))
        assert not parted or size(cluster, found) > room(segments[0], found.encoding)
        place += len(cluster)


@given(st.one_of(TEXTS, st.text(st.sampled_from("ab预约é"), min_size=60, max_size=600)), STYLES)
def test_parts_cut_at_once_are_those_filled_character_by_character(text: str, chosen: Style) -> None:
    at_once = cut(text, chosen)
    with patch.object(segments, "_has_clusters", return_value=True):
        assert cut(text, chosen) == at_once


@given(st.text(st.sampled_from("abcdefg"), min_size=161, max_size=2000), STYLES)
def test_of_plain_letters_there_are_no_more_parts_than_must_be(text: str, chosen: Style) -> None:
    header = 7 if chosen.method == "udh16" else 6
    rooms = {"gsm7": (140 - header) * 8 // 7, "latin1": 140 - header, "ucs2": (140 - header) // 2}
    assert count(text, chosen) == math.ceil(len(text) / max(rooms[encoding] for encoding in chosen.encodings))


@given(TEXTS, st.integers(0, 255), st.randoms(use_true_random=False))
def test_any_text_survives_any_order(text: str, reference: int, shuffled: random.Random) -> None:
    parts = [received(segment) for segment in split(text, reference)]
    shuffled.shuffle(parts)
    inbox = Reassembly()

    arrived = [inbox.add(pdu, 0) for pdu in parts]

    assert arrived == [None] * (len(parts) - 1) + [text]


# smpplib, which parts texts by itself; it has "`" where the standard has "§", and parts escape pairs

OURS_AND_SMPPLIBS = st.one_of(
    st.text(st.sampled_from(sorted(set(national.DEFAULT_TABLE) - set("\x1b§"))), max_size=500),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=300),
)


@given(OURS_AND_SMPPLIBS, st.sampled_from([0, 3]))
def test_smpplib_makes_the_same_parts(text: str, coding: int) -> None:
    chosen = Style() if coding == 0 else Style(encodings=("latin1", "ucs2"))
    theirs, data_coding, esm_class = smpplib.gsm.make_parts(text, coding)
    reference = theirs[0][3] if esm_class else 0

    ours = split(text, reference, chosen)

    assert [segment.short_message for segment in ours] == theirs
    assert {(segment.data_coding, segment.esm_class) for segment in ours} == {(data_coding, esm_class)}
