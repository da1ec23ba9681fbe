"""A text message as the submit_sm that a link's settings ask for."""

from smpp.pdu import Address, SubmitSm
from smpp.segments import split
from smpp.settings import LinkSettings

FINAL_RECEIPT = 0x01
"""registered_delivery bits 1-0 (5.2.17): a receipt whether it was delivered or not."""


def compose(settings: LinkSettings, *, source: str, destination: str, text: str, reference: int) -> list[SubmitSm]:
    """Return the submits of one text in their order; `reference` ties the segments of a long one together.

    `destination` is an international number, with or without "+". Raises TextTooLong.
    """
    sender = source_address(settings, source)
    phone = Address(destination.removeprefix("+"), settings.destination_ton, settings.destination_npi)
    return [
        SubmitSm(
            source=sender,
            destination=phone,
            esm_class=segment.esm_class,
            data_coding=segment.data_coding,
            short_message=segment.short_message,
            registered_delivery=FINAL_RECEIPT if settings.receipts else 0,
        )
        for segment in split(text, reference)
    ]


def source_address(settings: LinkSettings, source: str) -> Address:
    """Return our address; a name of letters is TON 5 (alphanumeric), NPI 0 on every network (5.2.5)."""
    if any(character.isalpha() for character in source):
        return Address(source, ton=5, npi=0)
    return Address(source.removeprefix("+"), settings.source_ton, settings.source_npi)
