"""submit_sm, deliver_sm and their answers at full speed, where they are wholly regular.

`READERS` and `WRITERS` give None for whatever else comes, and `general` then does it or names the error; both give
the same for what they both take. A body's mandatory part is one match of a bounded pattern or one bytes format; calls
are few, since at this speed they are what costs.
"""

import re
import struct
from collections.abc import Callable
from typing import Any, Final

from smpp import tlv
from smpp.pdu import Address, DeliverSm, DeliverSmResp, Pdu, PduError, ShortMessage, SubmitSm, SubmitSmResp, Tlvs
from smpp.pdu.base import HEADER, MAX_LENGTH

Read = Callable[[bytes, int, int, tlv.Dictionary], Pdu | None]
"""Reads exactly one PDU (octets, command_status, sequence_number, names of TLVs); None where it is not regular."""
Write = Callable[[Any, tlv.Dictionary], bytes | None]
"""Writes a PDU; None where it is not regular."""

_MANDATORY: Final = re.compile(
    rb"([^\0]{0,5})\0"  # service_type
    rb"(..)([^\0]{0,20})\0(..)([^\0]{0,20})\0"  # source and destination: ton and npi, number
    rb"(...)([^\0]{0,16})\0([^\0]{0,16})\0"  # esm_class, protocol_id, priority_flag; the two times
    rb"(.....)",  # registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id, sm_length
    re.DOTALL,
)
_SHORT_MESSAGE: Final = b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b\0%b\0%c%c%c%c%c%b"
_LONGEST_TEXT: Final = 254
_LONGEST_ID: Final = 64
_BODY: Final = HEADER.size
_ANSWERS: Final = {_BODY + n: struct.Struct(f"{HEADER.format}{n}s").pack for n in range(1, _LONGEST_ID + 2)}
"""A whole answer without TLVs, by its size: struct fills message_id up with the NUL."""
_IRREGULAR: Final = (KeyError, OverflowError, PduError, TypeError, UnicodeEncodeError, struct.error)

_match = _MANDATORY.match
_write_header = HEADER.pack


def _short_message_reader(operation: type[ShortMessage]) -> Read:
    def read(data: bytes, status: int, sequence: int, dictionary: tlv.Dictionary) -> Pdu | None:
        match = _match(data, _BODY)
        if match is None:
            return None
        (service_type, source_kind, source, destination_kind, destination, kinds, schedule, validity, rest) = (
            match.groups()
        )
        source_ton, source_npi = source_kind
        destination_ton, destination_npi = destination_kind
        esm_class, protocol_id, priority_flag = kinds
        registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id, sm_length = rest
        start = match.end()
        end = start + sm_length
        if end > len(data) or sm_length > _LONGEST_TEXT:
            return None
        tlvs = _read_tlvs(data, end, dictionary) if end < len(data) else {}
        if tlvs is None:
            return None
        return operation(
            sequence=sequence,
            status=status,
            service_type=service_type.decode("latin-1") if service_type else "",
            source=Address(source.decode("latin-1"), source_ton, source_npi),
            destination=Address(destination.decode("latin-1"), destination_ton, destination_npi),
            esm_class=esm_class,
            protocol_id=protocol_id,
            priority_flag=priority_flag,
            schedule_delivery_time=schedule.decode("latin-1") if schedule else "",
            validity_period=validity.decode("latin-1") if validity else "",
            registered_delivery=registered_delivery,
            replace_if_present_flag=replace_if_present_flag,
            data_coding=data_coding,
            sm_default_msg_id=sm_default_msg_id,
            short_message=data[start:end],
            tlvs=tlvs,
        )

    return read


def _answer_reader(operation: type[SubmitSmResp | DeliverSmResp]) -> Read:
    def read(data: bytes, status: int, sequence: int, dictionary: tlv.Dictionary) -> Pdu | None:
        message_id, nul, rest = data[_BODY:].partition(b"\0")
        if not nul or len(message_id) > _LONGEST_ID:
            return operation(sequence=sequence, status=status) if len(data) == _BODY else None
        if not rest:
            return operation(sequence=sequence, status=status, message_id=message_id.decode("latin-1"))
        tlvs = _read_tlvs(rest, 0, dictionary)
        if tlvs is None:
            return None
        return operation(sequence=sequence, status=status, message_id=message_id.decode("latin-1"), tlvs=tlvs)

    return read


def _read_tlvs(octets: bytes, start: int, dictionary: tlv.Dictionary) -> Tlvs | None:
    try:
        return dictionary.parse(octets, start)
    except PduError:
        return None


def _write_short_message(pdu: ShortMessage, dictionary: tlv.Dictionary) -> bytes | None:
    service_type, source, destination = pdu.service_type, pdu.source, pdu.destination
    schedule, validity, text, tlvs = pdu.schedule_delivery_time, pdu.validity_period, pdu.short_message, pdu.tlvs
    sender, recipient = source.number, destination.number
    if len(service_type) > 5 or len(sender) > 20 or len(recipient) > 20 or len(text) > _LONGEST_TEXT:
        return None
    if "\0" in service_type or "\0" in sender or "\0" in recipient:
        return None
    if (schedule or validity) and (len(schedule) > 16 or len(validity) > 16 or "\0" in schedule + validity):
        return None
    try:
        body = _SHORT_MESSAGE % (
            service_type.encode("latin-1"),
            source.ton,
            source.npi,
            sender.encode("latin-1"),
            destination.ton,
            destination.npi,
            recipient.encode("latin-1"),
            pdu.esm_class,
            pdu.protocol_id,
            pdu.priority_flag,
            schedule.encode("latin-1"),
            validity.encode("latin-1"),
            pdu.registered_delivery,
            pdu.replace_if_present_flag,
            pdu.data_coding,
            pdu.sm_default_msg_id,
            len(text),
            text,
        )
        if tlvs:
            body += dictionary.build(tlvs)
            if len(body) > MAX_LENGTH - _BODY or (text and "message_payload" in tlvs):
                return None
        return _write_header(_BODY + len(body), pdu.command_id, pdu.status, pdu.sequence) + body
    except _IRREGULAR:
        return None


def _answer_writer(operation: type[SubmitSmResp | DeliverSmResp]) -> Write:
    command_id = operation.command_id

    def write(pdu: SubmitSmResp | DeliverSmResp, dictionary: tlv.Dictionary) -> bytes | None:
        message_id, status, tlvs = pdu.message_id, pdu.status, pdu.tlvs
        if "\0" in message_id:
            return None
        size = len(message_id) + _BODY + 1
        try:
            octets = _ANSWERS[size](size, command_id, status, pdu.sequence, message_id.encode("latin-1"))
            if status:
                return _write_header(_BODY, command_id, status, pdu.sequence)
            if not tlvs:
                return octets
            octets += dictionary.build(tlvs)
            if len(octets) > MAX_LENGTH:
                return None
            return len(octets).to_bytes(4, "big") + octets[4:]
        except _IRREGULAR:
            return None

    return write


READERS: Final[dict[int, Read]] = {
    SubmitSm.command_id: _short_message_reader(SubmitSm),
    DeliverSm.command_id: _short_message_reader(DeliverSm),
    SubmitSmResp.command_id: _answer_reader(SubmitSmResp),
    DeliverSmResp.command_id: _answer_reader(DeliverSmResp),
}
WRITERS: Final[dict[type[Pdu], Write]] = {
    SubmitSm: _write_short_message,
    DeliverSm: _write_short_message,
    SubmitSmResp: _answer_writer(SubmitSmResp),
    DeliverSmResp: _answer_writer(DeliverSmResp),
}
