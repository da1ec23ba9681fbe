"""GSM 03.38, UCS-2 and data_coding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import text
from smpp.text import decode, encode, measure

TRAPS = [  # septet and character that tables get wrong (3GPP 23.038 section 6.2.1)
    (0x00, "@"), (0x01, "£"), (0x02, "$"), (0x03, "¥"), (0x09, "Ç"), (0x0A, "\n"), (0x0B, "Ø"), (0x0C, "ø"),
    (0x0D, "\r"), (0x0E, "Å"), (0x0F, "å"), (0x10, "Δ"), (0x11, "_"), (0x12, "Φ"), (0x13, "Γ"), (0x14, "Λ"),
    (0x15, "Ω"), (0x16, "Π"), (0x17, "Ψ"), (0x18, "Σ"), (0x19, "Θ"), (0x1A, "Ξ"), (0x1C, "Æ"), (0x1D, "æ"),
    (0x1E, "ß"), (0x1F, "É"), (0x24, "¤"), (0x40, "¡"), (0x5B, "Ä"), (0x5C, "Ö"), (0x5D, "Ñ"), (0x5E, "Ü"),
    (0x5F, "§"), (0x60, "¿"), (0x7B, "ä"), (0x7C, "ö"), (0x7D, "ñ"), (0x7E, "ü"), (0x7F, "à"),
]  # fmt: skip


@pytest.mark.parametrize(("septet", "character"), TRAPS)
def test_default_alphabet(septet: int, character: str) -> None:
    assert encode(character).octets == bytes([septet])
    assert decode(0, bytes([septet])) == character


def test_plain_letters_and_digits_are_as_in_ascii() -> None:
    plain = "ABCXYZabcxyz0123456789 !\"#%&'()*+,-./:;<=>?"
    assert encode(plain).octets == plain.encode("ascii")


def test_extension_characters_take_two_septets() -> None:
    assert encode("[~]€").octets == bytes.fromhex("1b3c 1b3d 1b3e 1b65")
    assert measure("a€") == ("gsm7", 3)
    assert decode(0, bytes.fromhex("1b14 1b28 1b29 1b2f 1b40 1b0a")) == "^{}\\|\f"


@pytest.mark.parametrize("character", ["`", "ç", "\t", "“", "社", "Ж", "\x1b"])
def test_a_character_outside_the_alphabet_makes_it_ucs2(character: str) -> None:
    assert measure(f"ab{character}") == ("ucs2", 3)


def test_a_character_beyond_the_bmp_takes_two_units() -> None:
    assert measure("😀") == ("ucs2", 2)
    assert encode("😀").octets == bytes.fromhex("d83dde00")
    assert decode(8, encode("😀!").octets) == "😀!"


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"A\x1b", "A "),  # a lone escape at the end
        (b"\x1b\x1bA", " A"),  # the escape of a second extension table, which there is none of
        (b"\x1bA", "A"),  # an unknown pair shows the second character
        (b"caf\xe9", "café"),  # no septet at all: Latin-1 in practice
    ],
)
def test_odd_gsm7_never_fails(octets: bytes, shown: str) -> None:
    assert decode(0, octets) == shown


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


@given(st.text(st.sampled_from(sorted(text.DEFAULT_TABLE.replace("\x1b", "")) + list(text.EXTENSION_TABLE.values()))))
def test_gsm7_round_trip(sent: str) -> None:
    encoded = encode(sent)
    assert encoded.encoding == "gsm7"
    assert len(encoded.octets) == encoded.units
    assert decode(encoded.data_coding, encoded.octets) == sent


@given(st.text())
def test_any_text_arrives(sent: str) -> None:
    encoded = encode(sent)
    assert decode(encoded.data_coding, encoded.octets) == sent.removeprefix("\ufeff")


@given(st.integers(0, 255), st.binary(max_size=60))
def test_any_octets_are_some_text(data_coding: int, octets: bytes) -> None:
    assert isinstance(decode(data_coding, octets), str)
