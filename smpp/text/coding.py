"""Characters to SMS octets and back: GSM 7 bit, Latin-1, UCS-2, and what `data_coding` says (SMPP 3.4 5.2.19).

UCS-2 is in truth UTF-16 big-endian. What data_coding 0 means is the SMSC's affair (`Alphabet`); mostly it is the GSM
alphabet with one septet an octet.
"""

import codecs
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from smpp.kinds import Alphabet, Encoding
from smpp.text import gsm7
from smpp.text.gsm7 import PLAIN, Shift

GSM7_CODING: Final = 0x00
LATIN1_CODING: Final = 0x03
UCS2_CODING: Final = 0x08

CODINGS: Final[dict[Encoding, int]] = {"gsm7": GSM7_CODING, "latin1": LATIN1_CODING, "ucs2": UCS2_CODING}

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
_DEFAULT_CODECS: Final[dict[Alphabet, str]] = {"latin1": "latin-1", "ascii": "ascii"}


class Atom(NamedTuple):
    """One character ready for the wire, which no segment may part: its octets, and what it takes on the air.

    `room` is septets where the air carries GSM 7 bit, else octets.
    """

    octets: bytes
    room: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text ready for short_message: its coding, its octets, and its length in septets or UTF-16 units."""

    encoding: Encoding
    data_coding: int
    octets: bytes
    units: int


def atoms(text: str, encoding: Encoding, *, default: Alphabet = "gsm7", shift: Shift = PLAIN) -> list[Atom] | None:
    """Return a text's characters in an encoding, or None when that lacks one of them.

    "gsm7" is the SMSC's default alphabet. Where it takes that as Latin-1 or ASCII it still sends GSM 7 bit over the
    air: only characters of both count, and one of the extension table takes the room of two septets.
    """
    if encoding == "ucs2":
        return [Atom(octets, len(octets)) for octets in map(utf16, text)]
    if encoding == "latin1":
        return _single_octets(text, "latin-1", itertools.repeat(1))
    septets = gsm7.encode(text, shift)
    if septets is None:
        return None
    if default in _DEFAULT_CODECS:
        return _single_octets(text, _DEFAULT_CODECS[default], map(len, septets))
    return [Atom(pair, len(pair)) for pair in septets]


def whole(text: str, encoding: Encoding, *, default: Alphabet = "gsm7", shift: Shift = PLAIN) -> Atom | None:
    """Return what `atoms` returns for a text as one piece: all octets, and all the room; much quicker."""
    if encoding == "ucs2":
        octets = _utf16(text)
        return Atom(octets, len(octets))
    if encoding == "gsm7":
        septets = gsm7.encode_whole(text, shift)
        if septets is None or default not in _DEFAULT_CODECS:
            return septets if septets is None else Atom(septets, len(septets))
        return _single_octet_each(text, _DEFAULT_CODECS[default], len(septets))
    return _single_octet_each(text, "latin-1", len(text))


def _single_octet_each(text: str, codec: str, room: int) -> Atom | None:
    try:
        return Atom(text.encode(codec), room)
    except UnicodeEncodeError:
        return None


def _utf16(text: str) -> bytes:
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        return b"".join(map(utf16, text))


def _single_octets(text: str, codec: str, rooms: Iterable[int]) -> list[Atom] | None:
    try:
        octets = text.encode(codec)
    except UnicodeEncodeError:
        return None
    return [Atom(bytes([octet]), room) for octet, room in zip(octets, rooms, strict=False)]


def utf16(character: str) -> bytes:
    """Return a character's UTF-16BE octets; a lone surrogate becomes U+FFFD, since no phone can show it."""
    try:
        return character.encode("utf-16-be")
    except UnicodeEncodeError:
        return b"\xff\xfd"


def encode(text: str, default: Alphabet = "gsm7", *, ussd: bool = False) -> Encoded:
    """Encode in the SMSC's default alphabet if every character is in it, else as UCS-2; `atoms` tells which are.

    Length is not limited here. `ussd`: septets are packed with the CR that 23.038 section 6.1.2.3.1 asks for.
    """
    if default not in _DEFAULT_CODECS:
        septets = gsm7.encode(text)
        if septets is not None:
            octets = b"".join(septets)
            packed = gsm7.pack(octets, ussd=ussd) if default == "gsm7_packed" else octets
            return Encoded("gsm7", GSM7_CODING, packed, len(octets))
    elif (found := atoms(text, "gsm7", default=default)) is not None:
        octets = b"".join(atom.octets for atom in found)
        return Encoded("gsm7", GSM7_CODING, octets, sum(atom.room for atom in found))
    octets = b"".join(map(utf16, text))
    return Encoded("ucs2", UCS2_CODING, octets, len(octets) // 2)


def measure(text: str) -> tuple[Encoding, int]:
    """Return the encoding that `encode` chooses and the length in its units (an extension character counts two)."""
    encoded = encode(text)
    return encoded.encoding, encoded.units


def decode(
    data_coding: int,
    octets: bytes,
    default: Alphabet = "gsm7",
    *,
    shift: Shift = PLAIN,
    fill: int = 0,
    ussd: bool = False,
) -> str:
    """Read octets by their data_coding; never raises.

    `default` says what data_coding 0 means. Reserved values are read as GSM-7, the 8-bit ones as Latin-1 so that no
    octet is lost. National tables (`shift`, from the header) make the default alphabet GSM 7 bit whatever the setting.
    Packed septets begin after `fill` bits; `ussd`: a CR that fills up the last octet is dropped (23.038 6.1.2.3.1).
    """
    kind = alphabet(data_coding)
    if kind == "ucs2":
        return decode_ucs2(octets)
    if kind != "gsm7":
        return octets.decode(kind, errors="replace")
    if data_coding == GSM7_CODING and default == "gsm7_packed":
        octets = gsm7.unpack(octets, fill=fill, ussd=ussd)
    elif data_coding == GSM7_CODING and default in _DEFAULT_CODECS and shift == PLAIN:
        return octets.decode(_DEFAULT_CODECS[default], errors="replace")
    return gsm7.decode(octets, shift)


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


def decode_ucs2(octets: bytes) -> str:
    """Read UTF-16, big-endian unless a byte order mark says otherwise; an odd last octet is dropped."""
    octets = octets[: len(octets) // 2 * 2]
    if octets.startswith(codecs.BOM_UTF16_LE):
        return octets[2:].decode("utf-16-le", errors="replace")
    return octets.removeprefix(codecs.BOM_UTF16_BE).decode("utf-16-be", errors="replace")
