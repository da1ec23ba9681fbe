"""A text message as the submit_sm that a link's settings ask for, and what it will cost."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from smpp import segments, status
from smpp.codec import HEADER, encode
from smpp.kinds import Encoding, SegmentMethod
from smpp.pdu import Address, PduError, SubmitSm
from smpp.segments import Segment, Style
from smpp.settings import LinkSettings

FINAL_RECEIPT = 0x01
"""registered_delivery bits 1-0 (5.2.17): a receipt whether it was delivered or not."""
LONGEST_NUMBER: Final = 20
LONGEST_TIME: Final = 16

_REFERENCES: Final[dict[SegmentMethod, int]] = {"udh8": 1, "udh16": 2}
"""Octets of the reference in a user data header, where it stands after `_BEFORE_IT` octets."""
_BEFORE_IT: Final = 3  # the header's length, the element's name, the element's length
_TEXT_LENGTH: Final = 1  # octets of sm_length, the last field before the text


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
    parts = segments.split(text, reference, segments.style(settings))
    return [_submit(settings, sender, phone, segment) for segment in parts]


def _submit(settings: LinkSettings, source: Address, destination: Address, segment: Segment) -> SubmitSm:
    return SubmitSm(
        service_type=settings.service_type,
        source=source,
        destination=destination,
        esm_class=segment.esm_class,
        data_coding=segment.data_coding,
        short_message=segment.short_message,
        registered_delivery=FINAL_RECEIPT if settings.receipts else 0,
        tlvs=segment.tlvs,
    )


def source_address(settings: LinkSettings, source: str) -> Address:
    """Return our address; a name of letters is TON 5 (alphanumeric), NPI 0 on every network (5.2.5)."""
    return _source_address(source, settings.source_ton, settings.source_npi)


@lru_cache(maxsize=1000)
def _source_address(source: str, ton: int, npi: int) -> Address:
    if any(character.isalpha() for character in source):
        return Address(source, ton=5, npi=0)
    return Address(source.removeprefix("+"), ton, npi)


class _Template(NamedTuple):
    """One submit_sm in pieces, between which stand the recipient's number, the validity_period and the reference.

    `size` is its length without the first two; `reference` how many octets of the reference it has.
    """

    size: int
    before: bytes
    between: bytes
    after: bytes
    reference: int
    rest: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """One text for many recipients over one link: encoded and cut once.

    `segments` is what is paid for; of a text that the SMSC parts (message_payload) more than `octets` returns.
    """

    segments: int
    templates: tuple[_Template, ...]

    def octets(self, destination: str, reference: int, validity: str = "") -> list[bytes]:
        """Return the submits to one recipient as whole PDUs with the sequence number 0, as `encode` writes `compose`.

        `destination` is an international number, with or without "+"; `reference` ties the segments together;
        `validity` is a validity_period (7.1.1), "" for the SMSC's own. Raises PduError for one that does not fit.
        """
        number = field(destination.removeprefix("+"), LONGEST_NUMBER, status.ESME_RINVDSTADR)
        until = field(validity, LONGEST_TIME, status.ESME_RINVEXPIRY)
        variable = len(number) + len(until)
        return [
            b"".join(
                (
                    (size + variable).to_bytes(4, "big"),
                    before,
                    number,
                    between,
                    until,
                    after,
                    (reference & (1 << 8 * width) - 1).to_bytes(width, "big") if width else b"",
                    rest,
                )
            )
            for size, before, between, after, width, rest in self.templates
        ]


def prepare(settings: LinkSettings, *, source: str, text: str) -> Prepared:
    """Encode and cut a text once, for any number of recipients. Raises TextTooLong, PduError."""
    style = segments.style(settings)
    cut = segments.cut(text, style)
    paid = len(cut.parts)
    if paid == 1:
        esm_class, octets = segments.alone(cut, style)
        return Prepared(1, (_template(settings, source, esm_class, cut.data_coding, octets),))
    low = segments.written(cut, 0, style)
    if any(segment.tlvs for segment in low):
        high = segments.written(cut, 0xFFFF, style)
        return Prepared(paid, tuple(_found(settings, source, *pair) for pair in zip(low, high, strict=True)))
    width = _REFERENCES.get(style.method, 0)
    return Prepared(
        paid,
        tuple(_template(settings, source, each.esm_class, each.data_coding, each.short_message, width) for each in low),
    )


def _template(
    settings: LinkSettings, source: str, esm_class: int, data_coding: int, text: bytes, width: int = 0
) -> _Template:
    """Put a short_message behind the fields that all such texts of a link have; `width` is its reference's."""
    before, between, after = fields(
        settings.service_type,
        source_address(settings, source),
        settings.destination_ton,
        settings.destination_npi,
        esm_class,
        data_coding,
        settings.receipts,
    )
    size = 4 + len(before) + len(between) + len(after) + _TEXT_LENGTH + len(text)
    until = _BEFORE_IT if width else len(text)
    after += len(text).to_bytes(_TEXT_LENGTH, "big") + text[:until]
    return _Template(size, before, between, after, width, text[until + width :])


def _found(settings: LinkSettings, source: str, low: Segment, high: Segment) -> _Template:
    """Cut a submit with TLVs into pieces; `low` and `high` differ in the reference, and so show where it stands."""
    sender = source_address(settings, source)
    phone = Address("", settings.destination_ton, settings.destination_npi)
    octets, other = (encode(_submit(settings, sender, phone, segment)) for segment in (low, high))
    number, until = _places(settings.service_type, sender)
    differ = [place for place, pair in enumerate(zip(octets, other, strict=True)) if pair[0] != pair[1]]
    first, end = (differ[0], differ[-1] + 1) if differ else (len(octets), len(octets))
    return _Template(
        len(octets), octets[4:number], octets[number:until], octets[until:first], end - first, octets[end:]
    )


@lru_cache(maxsize=1000)
def fields(
    service_type: str, source: Address, ton: int, npi: int, esm_class: int, data_coding: int, receipts: bool
) -> tuple[bytes, bytes, bytes]:
    """Return what stands before, between and after the recipient's number and the validity_period, to sm_length.

    Without the PDU's length, and without sm_length. Raises PduError.
    """
    octets = encode(
        SubmitSm(
            service_type=service_type,
            source=source,
            destination=Address("", ton, npi),
            esm_class=esm_class,
            data_coding=data_coding,
            registered_delivery=FINAL_RECEIPT if receipts else 0,
        )
    )
    number, until = _places(service_type, source)
    return octets[4:number], octets[number:until], octets[until:-_TEXT_LENGTH]


def _places(service_type: str, source: Address) -> tuple[int, int]:
    """Return where the recipient's number and the validity_period stand in a submit_sm that has neither."""
    number = HEADER.size + len(service_type) + 1 + 2 + len(source.number) + 1 + 2
    return number, number + 5  # the NUL; esm_class, protocol_id, priority_flag; an empty schedule_delivery_time


def field(value: str, longest: int, wrong: int) -> bytes:
    """Return a C-octet string without its NUL; raises PduError with the status `wrong`."""
    if len(value) > longest or "\0" in value or not value.isascii():
        raise PduError(wrong, "a number or a time does not fit its field")
    return value.encode("ascii")
