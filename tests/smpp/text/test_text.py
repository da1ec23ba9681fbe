"""What data_coding says, GSM 7 bit or not."""

from __future__ import annotations

import json
import string
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.kinds import Alphabet, Encoding
from smpp.text import Atom, atoms, decode, encode, gsm7, measure, whole
from smpp.text.gsm7 import Shift
from smpp.text.national import DEFAULT_TABLE, EXTENSION_TABLE

GSM = sorted(DEFAULT_TABLE.replace("\x1b", "")) + list(EXTENSION_TABLE.values())


def test_plain_text_is_gsm7_and_an_extension_character_takes_two_septets() -> None:
    assert measure("a€") == ("gsm7", 3)
    assert encode("[~]€").octets == bytes.fromhex("1b3c 1b3d 1b3e 1b65")


@pytest.mark.parametrize("character", ["`", "ç", "\t", "“", "社", "Ж", "\x1b"])
def test_a_character_outside_the_alphabet_makes_it_ucs2(character: str) -> None:
    assert measure(f"ab{character}") == ("ucs2", 3)


def test_a_character_beyond_the_bmp_takes_two_units() -> None:
    assert measure("😀") == ("ucs2", 2)
    assert encode("😀").octets == bytes.fromhex("d83dde00")
    assert decode(8, encode("😀!").octets) == "😀!"


# What data_coding 0 means


@pytest.mark.parametrize(
    ("default", "octets", "shown"),
    [
        ("gsm7", b"\x02\x00\x1b\x65", "$@€"),
        ("gsm7_packed", gsm7.pack(b"\x02\x00\x1b\x65"), "$@€"),
        ("latin1", b"$@ \xe9", "$@ é"),
        ("ascii", b"$@ \xe9", "$@ \ufffd"),
    ],
)
def test_the_default_alphabet_is_the_smscs_affair(default: Alphabet, octets: bytes, shown: str) -> None:
    assert decode(0, octets, default) == shown


@pytest.mark.parametrize("default", ["gsm7", "gsm7_packed", "latin1", "ascii"])
def test_other_codings_do_not_care_about_the_default(default: Alphabet) -> None:
    assert decode(8, "社".encode("utf-16-be"), default) == "社"
    assert decode(3, b"\xe9", default) == "é"
    assert decode(0xF0, b"\x02", default) == "$"


@pytest.mark.parametrize(
    ("default", "octets"), [("latin1", b"\x1b\x49"), ("ascii", b"\x1b\x49"), ("gsm7", b"\x1b\x49")]
)
def test_a_header_with_national_tables_means_gsm7_whatever_the_setting(default: Alphabet, octets: bytes) -> None:
    assert decode(0, octets, default, shift=Shift(single=1)) == "İ"


def test_a_packed_ussd_text_loses_the_carriage_return_that_fills_it() -> None:
    packed = gsm7.pack(b"*120*1#", ussd=True)
    assert decode(0, packed, "gsm7_packed", ussd=True) == "*120*1#"
    assert decode(0, packed, "gsm7_packed") == "*120*1#\r"


@pytest.mark.parametrize(
    ("default", "text", "data_coding", "octets", "units"),
    [
        ("gsm7", "5€", 0, "351b65", 3),
        ("gsm7_packed", "5€", 0, "b54d19", 3),
        ("gsm7_packed", "*100#", 0, "aa180c3602", 5),
        ("gsm7_packed", "1234567", 0, "31d98c56b3dd1a", 7),  # seven bits left over: a CR
        ("latin1", "5é[", 0, "35e95b", 4),
        ("ascii", "5[", 0, "355b", 3),
        ("latin1", "5€", 8, "003520ac", 2),
        ("ascii", "5é", 8, "003500e9", 2),
        ("gsm7_packed", "社", 8, "793e", 1),
        ("ascii", "", 0, "", 0),
    ],
)
def test_a_ussd_text_in_the_alphabet_of_the_smsc(
    default: Alphabet, text: str, data_coding: int, octets: str, units: int
) -> None:
    encoded = encode(text, default, ussd=True)
    assert (encoded.data_coding, encoded.octets.hex(), encoded.units) == (data_coding, octets, units)
    assert decode(data_coding, encoded.octets, default, ussd=True) == text


def test_the_room_of_a_character_is_what_it_takes_on_the_air() -> None:
    assert atoms("a€", "gsm7") == [Atom(b"a", 1), Atom(b"\x1b\x65", 2)]
    assert atoms("a[", "gsm7", default="ascii") == [Atom(b"a", 1), Atom(b"[", 2)]
    assert atoms("é£", "gsm7", default="latin1") == [Atom(b"\xe9", 1), Atom(b"\xa3", 1)]
    assert atoms("é[", "latin1") == [Atom(b"\xe9", 1), Atom(b"[", 1)]
    assert atoms("é😀", "ucs2") == [Atom(b"\x00\xe9", 2), Atom(b"\xd8\x3d\xde\x00", 4)]


@pytest.mark.parametrize(
    ("text", "default"),
    [("€", "latin1"), ("ê", "latin1"), ("é", "ascii"), ("`", "ascii"), ("ê", "gsm7")],
    ids=["not in Latin-1", "not in GSM 7 bit", "not in ASCII", "in ASCII, not in GSM 7 bit", "ê"],
)
def test_a_character_must_be_in_the_default_alphabet_and_in_gsm7(text: str, default: Alphabet) -> None:
    assert atoms(text, "gsm7", default=default) is None


@given(
    st.one_of(st.text(), st.text(st.sampled_from(GSM)), st.text(st.sampled_from("aé€ğİ預😀\ud83d\ude00हिC"))),
    st.sampled_from(["gsm7", "latin1", "ucs2"]),
    st.sampled_from(["gsm7", "gsm7_packed", "latin1", "ascii"]),
    st.sampled_from([Shift(), Shift(single=1), Shift(locking=1), Shift(6, 6)]),
)
def test_a_whole_text_is_its_characters(text: str, encoding: Encoding, default: Alphabet, shift: Shift) -> None:
    found = atoms(text, encoding, default=default, shift=shift)
    expected = None if found is None else (b"".join(a.octets for a in found), sum(a.room for a in found))
    assert whole(text, encoding, default=default, shift=shift) == expected


def test_latin1_has_no_euro() -> None:
    assert atoms("€", "latin1") is None


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (bytes.fromhex("feff 793e 533a"), "社区"),
        (bytes.fromhex("fffe 3e79 3a53"), "社区"),
        (bytes.fromhex("793e 53"), "社"),
        (bytes.fromhex("793e d83d"), "社\ufffd"),
        (b"", ""),
    ],
)
def test_odd_ucs2_never_fails(octets: bytes, shown: str) -> None:
    assert decode(8, octets) == shown


@pytest.mark.parametrize("data_coding", [0x08, 0x18, 0x48, 0xE0])
def test_codings_that_mean_ucs2(data_coding: int) -> None:
    assert decode(data_coding, "社区".encode("utf-16-be")) == "社区"


@pytest.mark.parametrize("data_coding", [0x00, 0x0F, 0x10, 0x40, 0x88, 0xC8, 0xD0, 0xF0])
def test_codings_that_mean_gsm7(data_coding: int) -> None:
    assert decode(data_coding, b"\x02\x00") == "$@"


@pytest.mark.parametrize("data_coding", [0x02, 0x03, 0x04, 0x14, 0xF4])
def test_codings_that_keep_every_octet(data_coding: int) -> None:
    assert decode(data_coding, bytes(range(256))) == bytes(range(256)).decode("latin-1")


def test_national_codings() -> None:
    assert decode(0x01, b"ascii \xff") == "ascii \ufffd"
    assert decode(0x06, "Привет".encode("iso8859_5")) == "Привет"
    assert decode(0x0E, "안녕".encode("euc_kr")) == "안녕"


def test_a_lone_surrogate_is_replaced() -> None:
    assert encode("a\ud83d").octets == bytes.fromhex("0061 fffd")


@given(st.text(st.sampled_from(GSM)))
def test_gsm7_round_trip(sent: str) -> None:
    encoded = encode(sent)
    assert encoded.encoding == "gsm7"
    assert len(encoded.octets) == encoded.units
    assert decode(encoded.data_coding, encoded.octets) == sent


@given(st.text())
def test_any_text_arrives(sent: str) -> None:
    encoded = encode(sent)
    assert decode(encoded.data_coding, encoded.octets) == sent.removeprefix("\ufeff")


@given(
    st.integers(0, 255),
    st.binary(max_size=60),
    st.sampled_from(["gsm7", "gsm7_packed", "latin1", "ascii"]),
    st.sampled_from([Shift(), Shift(1, 1), Shift(6, 0), Shift(0, 13)]),
    st.integers(0, 6),
)
def test_any_octets_are_some_text(data_coding: int, octets: bytes, default: Alphabet, shift: Shift, fill: int) -> None:
    assert isinstance(decode(data_coding, octets, default, shift=shift, fill=fill), str)


# The npm package smpp, which has coders of its own

CODERS = """
const { encodings } = require(process.argv[1]);
const { write, read } = JSON.parse(process.argv[2]);
console.log(JSON.stringify({
    written: write.map(([coding, text]) => encodings[coding].encode(text).toString('hex')),
    read: read.map(([coding, octets]) => encodings[coding].decode(Buffer.from(octets, 'hex'))),
}));
"""
EVERYDAY = [
    "Your T-code: 4711 {visit} [2] ~5€ |^ \\\\",
    "Grüße aus Ålesund, Ñandù & ¿qué? §5",
    "ΔΦΓΛΩΠΨΣΘΞ",
    "".join(GSM),
    string.ascii_letters + string.digits,
]
WIDE = ["预约成功：凭取号码到中心就诊。", "😀 𝒳", "नमस्ते", "\ufeff", "a\u0301"]


def test_the_npm_package_smpp_writes_and_reads_the_same(node_modules: Path) -> None:
    texts = [("ASCII", text) for text in [*EVERYDAY, *GSM]] + [("UCS2", text) for text in [*EVERYDAY, *WIDE]]
    encodings: dict[str, tuple[Encoding, int]] = {"ASCII": ("gsm7", 0), "UCS2": ("ucs2", 8)}
    ours = [b"".join(atom.octets for atom in atoms(text, encodings[name][0]) or []) for name, text in texts]
    octets = [(name, written.hex()) for (name, _), written in zip(texts, ours, strict=True)]

    told = subprocess.run(
        ["node", "-e", CODERS, str(node_modules / "smpp"), json.dumps({"write": texts, "read": octets})],
        capture_output=True, check=True, text=True,
    )  # fmt: skip

    theirs = json.loads(told.stdout)
    assert theirs["written"] == [written.hex() for written in ours]
    read = [decode(encodings[name][1], written) for (name, _), written in zip(texts, ours, strict=True)]
    assert theirs["read"] == read
    assert read == [text.removeprefix("\ufeff") for _, text in texts]
