"""Characters to SMS octets and back: GSM 03.38 (3GPP 23.038 section 6.2.1), UCS-2, and what `data_coding` says.

Over SMPP a GSM character is one octet (unpacked); the SMSC packs. UCS-2 is in truth UTF-16 big-endian.
"""

import codecs
from dataclasses import dataclass
from typing import Final, Literal

Encoding = Literal["gsm7", "ucs2"]

GSM7_CODING: Final = 0x00
UCS2_CODING: Final = 0x08
ESC: Final = 0x1B

DEFAULT_TABLE: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""The default alphabet, septet 0x00 first. 0x1B is the escape, no character."""

EXTENSION_TABLE: Final = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
"""Second septet after ESC, to its character."""

_TO_GSM: Final = {
    **{char: bytes([septet]) for septet, char in enumerate(DEFAULT_TABLE) if septet != ESC},
    **{char: bytes([ESC, septet]) for septet, char in EXTENSION_TABLE.items()},
}
_CODECS: Final = {  # data_coding 1-14 (SMPP 3.4 section 5.2.19) that Python knows
    0x01: "ascii",
    0x03: "latin-1",
    0x05: "shift_jis",
    0x06: "iso8859_5",
    0x07: "iso8859_8",
    0x0A: "iso2022_jp",
    0x0D: "euc_jp",
    0x0E: "euc_kr",
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text ready for short_message: its coding, its octets, and its length in septets or UTF-16 units."""

    encoding: Encoding
    data_coding: int
    octets: bytes
    units: int


def gsm7(character: str) -> bytes | None:
    """Return a character's one or two septets, one an octet; None when the alphabet lacks it."""
    return _TO_GSM.get(character)


def utf16(character: str) -> bytes:
    """Return a character's UTF-16BE octets; a lone surrogate becomes U+FFFD, since no phone can show it."""
    try:
        return character.encode("utf-16-be")
    except UnicodeEncodeError:
        return b"\xff\xfd"


def atoms(text: str) -> tuple[Encoding, list[bytes]]:
    """Return the cheapest encoding of `text` and its octets by character: what a segment must not part."""
    septets = [gsm7(character) for character in text]
    if None in septets:
        return "ucs2", [utf16(character) for character in text]
    return "gsm7", [pair for pair in septets if pair is not None]


def encode(text: str) -> Encoded:
    """Encode as GSM-7 if every character is in that alphabet, else as UCS-2. Length is not limited here."""
    encoding, parts = atoms(text)
    octets = b"".join(parts)
    if encoding == "gsm7":
        return Encoded("gsm7", GSM7_CODING, octets, len(octets))
    return Encoded("ucs2", UCS2_CODING, octets, len(octets) // 2)


def measure(text: str) -> tuple[Encoding, int]:
    """Return the encoding that `encode` chooses and the length in its units (an extension character counts two)."""
    encoded = encode(text)
    return encoded.encoding, encoded.units


def decode(data_coding: int, octets: bytes) -> str:
    """Read octets by their data_coding; never raises.

    Reserved and SMSC-default values are read as GSM-7, the 8-bit ones as Latin-1 so that no octet is lost.
    """
    kind = alphabet(data_coding)
    if kind == "gsm7":
        return decode_gsm7(octets)
    if kind == "ucs2":
        return decode_ucs2(octets)
    return octets.decode(kind, errors="replace")


def alphabet(data_coding: int) -> str:
    """Return "gsm7", "ucs2" or a Python codec; from 0x10 on by 3GPP 23.038 section 4 (0x48 is of section 5)."""
    if data_coding in (0x02, 0x04, 0x09):
        return "latin-1"
    if data_coding < 0x10:
        return "ucs2" if data_coding == UCS2_CODING else _CODECS.get(data_coding, "gsm7")
    group = data_coding & 0xF0
    if group == 0xF0:
        return "latin-1" if data_coding & 0x04 else "gsm7"
    if group == 0xE0:
        return "ucs2"
    if group >= 0x80:
        return "gsm7"
    return {0x00: "gsm7", 0x04: "latin-1", 0x08: "ucs2", 0x0C: "gsm7"}[data_coding & 0x0C]


def decode_gsm7(octets: bytes) -> str:
    """Read unpacked septets; a pair without a meaning shows its second character, a last lone ESC shows a space."""
    text: list[str] = []
    escaped = False
    for octet in octets:
        if escaped:
            # 23.038 section 6.2.1.1: a second ESC is shown as a space, an unknown pair as in the default table.
            text.append(" " if octet == ESC else EXTENSION_TABLE.get(octet) or _character(octet))
            escaped = False
        elif octet == ESC:
            escaped = True
        else:
            text.append(_character(octet))
    return "".join(text) + (" " if escaped else "")


def _character(octet: int) -> str:
    # Above 0x7F there is no septet: an SMSC that sends such octets as "default" means Latin-1 in practice.
    return DEFAULT_TABLE[octet] if octet < 0x80 else chr(octet)


def decode_ucs2(octets: bytes) -> str:
    """Read UTF-16, big-endian unless a byte order mark says otherwise; an odd last octet is dropped."""
    octets = octets[: len(octets) // 2 * 2]
    if octets.startswith(codecs.BOM_UTF16_LE):
        return octets[2:].decode("utf-16-le", errors="replace")
    return octets.removeprefix(codecs.BOM_UTF16_BE).decode("utf-16-be", errors="replace")
