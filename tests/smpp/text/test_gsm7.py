"""Septets, unpacked and packed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.text import gsm7, national
from smpp.text.gsm7 import PLAIN, Shift

TRAPS = [  # septet and character that tables get wrong (3GPP 23.038 section 6.2.1)
    (0x00, "@"), (0x01, "£"), (0x02, "$"), (0x03, "¥"), (0x09, "Ç"), (0x0A, "\n"), (0x0B, "Ø"), (0x0C, "ø"),
    (0x0D, "\r"), (0x0E, "Å"), (0x0F, "å"), (0x10, "Δ"), (0x11, "_"), (0x12, "Φ"), (0x13, "Γ"), (0x14, "Λ"),
    (0x15, "Ω"), (0x16, "Π"), (0x17, "Ψ"), (0x18, "Σ"), (0x19, "Θ"), (0x1A, "Ξ"), (0x1C, "Æ"), (0x1D, "æ"),
    (0x1E, "ß"), (0x1F, "É"), (0x24, "¤"), (0x40, "¡"), (0x5B, "Ä"), (0x5C, "Ö"), (0x5D, "Ñ"), (0x5E, "Ü"),
    (0x5F, "§"), (0x60, "¿"), (0x7B, "ä"), (0x7C, "ö"), (0x7D, "ñ"), (0x7E, "ü"), (0x7F, "à"),
]  # fmt: skip

SHIFTS = [Shift(locking, single) for locking in national.LOCKING for single in national.SINGLE]
septets = st.lists(st.integers(0, 127), max_size=170)
fills = st.integers(0, 6)


def encoded(text: str, shift: Shift = PLAIN) -> bytes:
    octets = gsm7.encode(text, shift)
    assert octets is not None
    return b"".join(octets)


@pytest.mark.parametrize(("septet", "character"), TRAPS)
def test_default_alphabet(septet: int, character: str) -> None:
    assert encoded(character) == bytes([septet])
    assert gsm7.decode(bytes([septet])) == character


def test_plain_letters_and_digits_are_as_in_ascii() -> None:
    plain = "ABCXYZabcxyz0123456789 !\"#%&'()*+,-./:;<=>?"
    assert encoded(plain) == plain.encode("ascii")


def test_extension_characters_take_two_septets() -> None:
    assert encoded("[~]€") == bytes.fromhex("1b3c 1b3d 1b3e 1b65")
    assert gsm7.decode(bytes.fromhex("1b14 1b28 1b29 1b2f 1b40 1b0a")) == "^{}\\|\f"


@pytest.mark.parametrize("character", ["`", "ç", "\t", "“", "社", "Ж", "\x1b"])
def test_characters_that_the_alphabet_lacks(character: str) -> None:
    assert gsm7.encode(f"ab{character}") is None


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"A\x1b", "A "),  # a lone escape at the end
        (b"\x1b\x1bA", " A"),  # the escape of a second extension table, which there is none of
        (b"\x1bA", "A"),  # an unknown pair shows the second character
        (b"caf\xe9", "café"),  # no septet at all: Latin-1 in practice
    ],
)
def test_odd_octets_never_fail(octets: bytes, shown: str) -> None:
    assert gsm7.decode(octets) == shown


def test_national_tables() -> None:
    assert encoded("İşim", Shift(single=1)) == bytes.fromhex("1b49 1b73 69 6d")
    assert encoded("İşim", Shift(locking=1)) == bytes.fromhex("40 1d 69 6d")
    assert encoded("नमस्ते", Shift(locking=6)) == bytes.fromhex("2f 42 4c 5f 27 59")
    assert gsm7.encode("İşim") is None
    assert gsm7.decode(b"\x1b\x69\x04", Shift(single=1)) == "ıè"
    assert gsm7.decode(b"\x1b\x60\x0c", Shift(locking=1, single=1)) == "çğ", "an unknown pair is of the locking table"


def test_a_void_septet_is_a_space() -> None:
    assert gsm7.decode(b"\x11", Shift(locking=4)) == " "


def test_a_character_in_two_places_is_written_in_the_first_and_shortest() -> None:
    assert encoded("*", Shift(locking=4, single=4)) == b"\x1b\x0b"
    assert encoded("€", Shift(locking=1, single=1)) == b"\x04"


def test_information_elements_name_the_tables() -> None:
    assert Shift(locking=6, single=3).elements == bytes.fromhex("240103 250106")
    assert PLAIN.elements == b""
    assert PLAIN.told(0x24, b"\x03").told(0x25, b"\x06") == Shift(6, 3)


@pytest.mark.parametrize(
    ("element", "value"),
    [(0x24, b"\x0e"), (0x24, b""), (0x24, b"\x01\x01"), (0x25, b"\x02"), (0x25, b"\xff"), (0x00, b"\x01")],
)
def test_a_language_that_nobody_knows_leaves_the_default_tables(element: int, value: bytes) -> None:
    assert PLAIN.told(element, value) == PLAIN


@pytest.mark.parametrize("shift", SHIFTS, ids=str)
def test_every_character_of_a_pair_of_tables_comes_back(shift: Shift) -> None:
    text = "".join({*national.LOCKING[shift.locking].values(), *national.SINGLE[shift.single].values()})
    assert gsm7.decode(encoded(text, shift), shift) == text


# Packing


def test_eight_septets_in_seven_octets() -> None:
    assert gsm7.pack(b"hellohello") == bytes.fromhex("e8329bfd4697d9ec37")
    assert gsm7.unpack(bytes.fromhex("e8329bfd4697d9ec37")) == b"hellohello"
    assert gsm7.pack(b"") == gsm7.unpack(b"") == b""


@pytest.mark.parametrize(("header", "fill"), [(0, 0), (4, 3), (6, 1), (7, 0), (9, 5), (12, 2)])
def test_fill_bits_bring_the_text_to_a_septet(header: int, fill: int) -> None:
    assert gsm7.fill_bits(header) == fill
    assert (8 * header + fill) % 7 == 0


def test_a_header_of_6_octets_leaves_153_septets() -> None:
    packed = gsm7.pack(b"a" * 153, fill=gsm7.fill_bits(6))
    assert len(packed) == 134
    assert packed[0] & 1 == 0
    assert gsm7.unpack(packed, fill=1) == b"a" * 153


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        (b"1234567", "31d98c56b3dd1a"),  # seven bits are left over: a CR, or the handset shows "@"
        (b"12345678", "31d98c56b3dd70"),
        (b"1234567\r", "31d98c56b3dd1a0d"),  # a real CR at the end: another one, so that it is not taken for filling
        (b"123", "31d90c"),
    ],
)
def test_the_carriage_return_of_ussd(text: bytes, packed: str) -> None:
    assert gsm7.pack(text, ussd=True).hex() == packed
    shown = gsm7.unpack(bytes.fromhex(packed), ussd=True)
    assert shown.rstrip(b"\r") == text.rstrip(b"\r")


def test_an_sms_is_not_filled_with_carriage_returns() -> None:
    assert gsm7.pack(b"1234567").hex() == "31d98c56b3dd00"
    assert gsm7.unpack(bytes.fromhex("31d98c56b3dd00")) == b"1234567"


@given(septets, fills)
def test_packing_by_an_oracle_of_bits(septets: list[int], fill: int) -> None:
    bits = "0" * fill + "".join(f"{septet:07b}"[::-1] for septet in septets)
    bits += "0" * (-len(bits) % 8)
    octets = bytes(int(bits[place : place + 8][::-1], 2) for place in range(0, len(bits), 8))

    assert gsm7.pack(septets, fill=fill) == octets


@given(septets, fills)
def test_what_was_packed_comes_back(septets: list[int], fill: int) -> None:
    spare = -(fill + 7 * len(septets)) % 8
    at_the_end = bool(septets) and septets[-1] == 0 and spare == 0
    # A last "@" on an octet's edge cannot be told from bits left over.
    expected = bytes(septets[:-1] if at_the_end else septets)

    assert gsm7.unpack(gsm7.pack(septets, fill=fill), fill=fill) == expected


@given(st.binary(max_size=200), fills, st.booleans())
def test_any_octets_are_some_septets(octets: bytes, fill: int, ussd: bool) -> None:
    assert all(septet < 0x80 for septet in gsm7.unpack(octets, fill=fill, ussd=ussd))
