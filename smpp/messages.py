"""A text message as the submit_sm that a link's settings ask for, and what it will cost."""

from dataclasses import dataclass
from decimal import Decimal

from smpp import segments
from smpp.kinds import Encoding
from smpp.pdu import Address, SubmitSm
from smpp.segments import Style
from smpp.settings import LinkSettings

FINAL_RECEIPT = 0x01
"""registered_delivery bits 1-0 (5.2.17): a receipt whether it was delivered or not."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How a text would be sent over a link, before it is.

    `units` is its length in septets, octets or UTF-16 units, by its encoding; `cost` is in the currency of the link's
    price.
    """

    encoding: Encoding
    data_coding: int
    units: int
    segments: int
    cost: Decimal


def preview(settings: LinkSettings, text: str) -> Preview:
    """Tell how a text would be sent; with message_payload the segments are counted that the SMSC will make.

    Raises TextTooLong.
    """
    cut = segments.cut(text, segments.style(settings))
    return Preview(cut.encoding, cut.data_coding, cut.units, len(cut.parts), len(cut.parts) * settings.price)


def shape(settings: LinkSettings) -> Style:
    """Return what is equal for links whose `compose` cuts a text alike: a half-sent one may go on over either."""
    return segments.style(settings)


def compose(settings: LinkSettings, *, source: str, destination: str, text: str, reference: int) -> list[SubmitSm]:
    """Return the submits of one text in their order; `reference` ties the segments of a long one together.

    `destination` is an international number, with or without "+". Raises TextTooLong.
    """
    sender = source_address(settings, source)
    phone = Address(destination.removeprefix("+"), settings.destination_ton, settings.destination_npi)
    return [
        SubmitSm(
            service_type=settings.service_type,
            source=sender,
            destination=phone,
            esm_class=segment.esm_class,
            data_coding=segment.data_coding,
            short_message=segment.short_message,
            registered_delivery=FINAL_RECEIPT if settings.receipts else 0,
            tlvs=segment.tlvs,
        )
        for segment in segments.split(text, reference, segments.style(settings))
    ]


def source_address(settings: LinkSettings, source: str) -> Address:
    """Return our address; a name of letters is TON 5 (alphanumeric), NPI 0 on every network (5.2.5)."""
    if any(character.isalpha() for character in source):
        return Address(source, ton=5, npi=0)
    return Address(source.removeprefix("+"), settings.source_ton, settings.source_npi)
