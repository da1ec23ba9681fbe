"""The odd ways in which networks write messages of phones, by name. A new one is one more entry of `FORMS`.

Each takes a deliver_sm as the standard has it and returns it as such a network writes it. Source: SMPP 3.4 sections
5.2.5, 5.2.6, 5.2.19; 3GPP 23.038 section 6, 23.040 section 9.2.3.24.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from msgspec.structs import replace

from smpp.pdu import Address, DeliverSm
from smpp.segments import UDHI
from smpp.text import GSM7_CODING, UCS2_CODING, gsm7

LetterForm = Literal[
    "standard",
    "ucs2",
    "bom",
    "bom-little-endian",
    "odd-octet",
    "coding-15",
    "coding-24",
    "coding-72",
    "packed",
    "trailing-nul",
    "plus-sign",
    "ton-0",
    "part-0",
    "cut-header",
]
Change = Callable[[DeliverSm], DeliverSm]

UCS2_FORMS: Final = frozenset({"ucs2", "bom", "bom-little-endian", "odd-octet", "coding-24", "coding-72"})
"""Forms in which every text is UCS-2, whatever alphabet would do."""


def _parted(pdu: DeliverSm) -> tuple[bytes, bytes]:
    """Return the user data header, with its length, and the text's octets."""
    octets = pdu.short_message
    end = octets[0] + 1 if pdu.esm_class & UDHI and octets else 0
    return octets[:end], octets[end:]


def _text(change: Callable[[bytes], bytes]) -> Change:
    """Change the text's octets, wherever they are; a header stays."""

    def changed(pdu: DeliverSm) -> DeliverSm:
        payload = pdu.tlvs.get("message_payload")
        if isinstance(payload, bytes):
            return replace(pdu, tlvs={**pdu.tlvs, "message_payload": change(payload)})
        header, text = _parted(pdu)
        return replace(pdu, short_message=header + change(text))

    return changed


def _coding(usual: int, other: int) -> Change:
    return lambda pdu: replace(pdu, data_coding=other) if pdu.data_coding == usual else pdu


def _source(change: Callable[[Address], Address]) -> Change:
    return lambda pdu: replace(pdu, source=change(pdu.source))


def _little_endian(text: bytes) -> bytes:
    return b"\xff\xfe" + text.decode("utf-16-be").encode("utf-16-le")


def _packed(pdu: DeliverSm) -> DeliverSm:
    if pdu.data_coding != GSM7_CODING or not pdu.short_message:
        return pdu
    header, text = _parted(pdu)
    return replace(pdu, short_message=header + gsm7.pack(text, fill=gsm7.fill_bits(len(header))))


def _part_zero(pdu: DeliverSm) -> DeliverSm:
    header, text = _parted(pdu)
    return replace(pdu, short_message=header[:-1] + b"\0" + text) if header else pdu


def _cut_header(pdu: DeliverSm) -> DeliverSm:
    return replace(pdu, esm_class=pdu.esm_class | UDHI, short_message=b"\xfe\0\3" + _parted(pdu)[1])


FORMS: Final[Mapping[LetterForm, Change]] = {
    "standard": lambda pdu: pdu,
    "ucs2": lambda pdu: pdu,
    "bom": _text(lambda text: b"\xfe\xff" + text),
    "bom-little-endian": _text(_little_endian),
    "odd-octet": _text(lambda text: text + b"\0"),
    "coding-15": _coding(GSM7_CODING, 0x0F),
    "coding-24": _coding(UCS2_CODING, 0x18),
    "coding-72": _coding(UCS2_CODING, 0x48),
    "packed": _packed,
    "trailing-nul": _text(lambda text: text + b"\0"),
    "plus-sign": _source(lambda source: replace(source, number=f"+{source.number}")),
    "ton-0": _source(lambda source: replace(source, ton=0, npi=0)),
    "part-0": _part_zero,
    "cut-header": _cut_header,
}
