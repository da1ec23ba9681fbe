"""What texts a dialect can carry, and in which octets."""

from __future__ import annotations

import pytest

from smpp.kinds import Alphabet
from smpp.ussd import Dialect


@pytest.mark.parametrize(
    ("alphabet", "octets"),
    [
        ("gsm7", b"\x00 caf\x05"),
        ("latin1", b"@ caf\xe9"),
        ("gsm7_packed", bytes.fromhex("00d0386c2e00")),
    ],
)
def test_data_coding_0_is_the_alphabet(alphabet: Alphabet, octets: bytes) -> None:
    dialect = Dialect(alphabet=alphabet)
    assert dialect.encode("@ café") == (0, octets)
    assert dialect.decode(0, octets) == "@ café"


def test_what_the_alphabet_lacks_goes_in_ucs2() -> None:
    ascii_only = Dialect(alphabet="ascii")
    assert ascii_only.encode("menu@_") == (0, b"menu@_")
    assert ascii_only.encode("café") == (8, "café".encode("utf-16-be"))


@pytest.mark.parametrize(
    ("alphabet", "longest"),
    [
        ("gsm7", ("Δ" * 182, "€" * 91)),
        ("gsm7_packed", ("Δ" * 182, "€" * 91)),
        ("latin1", ("é" * 182, "[" * 91, "Δ" * 80)),
        ("ascii", ("e" * 182, "[" * 91, "é" * 80)),
    ],
)
def test_what_fits_is_counted_in_it(alphabet: Alphabet, longest: tuple[str, ...]) -> None:
    dialect = Dialect(alphabet=alphabet)
    assert [(dialect.fits(text), dialect.fits(text + text[0])) for text in longest] == [(True, False)] * len(longest)


def test_any_other_coding_is_gsm_7_bit() -> None:
    dialect = Dialect(alphabet="latin1", gsm_coding=0x0F)
    assert dialect.encode("@") == (0x0F, b"\x00")
    assert dialect.decode(0x0F, b"\x05") == "é"
    assert dialect.decode(0, b"\xe9") == "é"


def test_a_dialect_that_packs_does_so_whatever_the_alphabet() -> None:
    dialect = Dialect(alphabet="latin1", packed=True, gsm_coding=0x0F)
    assert dialect.encode("caf") == (0x0F, bytes.fromhex("e3b019"))
    assert dialect.decode(0x0F, bytes.fromhex("e3b019")) == "caf"
