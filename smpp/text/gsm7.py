"""The GSM 7 bit alphabet: characters to septets and back, with national tables, and packed (3GPP 23.038 section 6).

Septets stand one an octet here, as they mostly do over SMPP; `pack` puts eight of them in seven octets.
"""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from smpp.text import national

ESC: Final = 0x1B
CR: Final = 0x0D
_SINGLE_SHIFT, _LOCKING_SHIFT = 0x24, 0x25  # information elements (23.040 section 9.2.3.24)


@dataclass(frozen=True, slots=True)
class Shift:
    """Identifiers of the locking and the single shift table in use, 0 for the default ones (table 6.2.1.2.4)."""

    locking: int = 0
    single: int = 0

    @property
    def elements(self) -> bytes:
        """The information elements that name the tables in a user data header, 3 octets each; empty for PLAIN."""
        single = bytes([_SINGLE_SHIFT, 1, self.single]) if self.single else b""
        return single + (bytes([_LOCKING_SHIFT, 1, self.locking]) if self.locking else b"")

    def told(self, element: int, value: bytes) -> "Shift":
        """Return what a header's information element makes of it; elements of other kinds and sizes change nothing.

        A language that nobody knows leaves the default table in use (23.038 section 6.2.1.2.2).
        """
        language = value[0] if len(value) == 1 else 0
        if element == _SINGLE_SHIFT and language in national.SINGLE:
            return Shift(self.locking, language)
        if element == _LOCKING_SHIFT and language in national.LOCKING:
            return Shift(language, self.single)
        return self


PLAIN: Final = Shift()


@lru_cache(maxsize=64)
def _octets(shift: Shift) -> dict[str, bytes]:
    """Return each character's septets; of several places of a character the first, without an escape if possible."""
    single = sorted(national.SINGLE[shift.single].items(), reverse=True)
    locking = sorted(national.LOCKING[shift.locking].items(), reverse=True)
    return {char: bytes([ESC, septet]) for septet, char in single} | {char: bytes([septet]) for septet, char in locking}


def encode(text: str, shift: Shift = PLAIN) -> list[bytes] | None:
    """Return each character's one or two septets, one an octet; None when the tables lack a character."""
    table = _octets(shift)
    septets = [table.get(character) for character in text]
    return None if None in septets else [pair for pair in septets if pair is not None]


@lru_cache(maxsize=64)
def _charmap(shift: Shift) -> dict[int, bytes]:
    return {ord(character): septets for character, septets in _octets(shift).items()}


def encode_whole(text: str, shift: Shift = PLAIN) -> bytes | None:
    """Return a text's septets, one an octet, as `encode` does character by character, in a tenth of its time."""
    try:
        return codecs.charmap_encode(text, "strict", _charmap(shift))[0]
    except UnicodeEncodeError:
        return None


def decode(octets: bytes, shift: Shift = PLAIN) -> str:
    """Read unpacked septets; a pair without a meaning shows its second character, a last lone ESC shows a space."""
    base, extension = national.LOCKING[shift.locking], national.SINGLE[shift.single]
    text: list[str] = []
    escaped = False
    for octet in octets:
        if escaped:
            # 6.2.1.1: a second ESC is shown as a space, an unknown pair as in the default or locking table.
            text.append(" " if octet == ESC else extension.get(octet) or _character(base, octet))
            escaped = False
        elif octet == ESC:
            escaped = True
        else:
            text.append(_character(base, octet))
    return "".join(text) + (" " if escaped else "")


def _character(table: national.Table, octet: int) -> str:
    # Above 0x7F there is no septet: an SMSC that sends such octets as "default" means Latin-1 in practice.
    return table.get(octet, " ") if octet < 0x80 else chr(octet)


def fill_bits(header: int) -> int:
    """Return how many bits after a user data header of so many octets reach the next septet (23.040 9.2.3.24)."""
    return -8 * header % 7


def pack(septets: Iterable[int], *, fill: int = 0, ussd: bool = False) -> bytes:
    """Pack septets into octets, the first one's lowest bit first, after `fill` bits of zero (23.038 6.1.2.1).

    `ussd` adds the CR where seven bits are left over, which would show as "@", and after a CR that would be taken for
    such a one (6.1.2.3.1).
    """
    septets = list(septets)
    full = (fill + 7 * len(septets)) % 8
    if ussd and (full == 1 or (full == 0 and septets[-1:] == [CR])):
        septets.append(CR)
    bits = sum((septet & 0x7F) << (fill + 7 * place) for place, septet in enumerate(septets))
    return bits.to_bytes((fill + 7 * len(septets) + 7) // 8, "little")


def unpack(octets: bytes, *, fill: int = 0, ussd: bool = False) -> bytes:
    """Return the septets, one an octet, that `octets` hold after `fill` bits.

    Seven bits of zero at the end are no "@" but left over: SMPP tells a length in octets, never in septets. With `ussd`
    a CR in their place is dropped as well.
    """
    bits = int.from_bytes(octets, "little") >> fill
    count = max(0, (8 * len(octets) - fill) // 7)
    septets = bytes(bits >> 7 * place & 0x7F for place in range(count))
    if count and (8 * len(octets) - fill) % 7 == 0 and (septets[-1] == 0 or (ussd and septets[-1] == CR)):
        return septets[:-1]
    return septets
