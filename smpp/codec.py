"""PDUs to octets and back: smpplib is the codec of the mandatory fields, completed here where it lacks.

smpplib 2.2.4 reads past the end of short bodies, takes an unterminated string for an empty or cut one, cuts long
strings silently, and raises KeyError for `ussd_service_op` in deliver_sm. So its tables (`params`, `params_order`)
are first used to check a body's layout; only a checked mandatory part is given to its parser, and TLVs are ours.
"""

import struct
from typing import Any, Final

from msgspec.structs import fields
from smpplib import smpp as library
from smpplib.command import Param
from smpplib.ptypes import ostr

from smpp import status, tlv
from smpp.pdu import OPERATIONS, RESPONSE_BIT, Address, Pdu, PduError

HEADER: Final = struct.Struct(">LLLL")
MAX_LENGTH: Final = 64 * 1024 + 1024
"""Longest PDU taken: a message_payload of 64 KiB (5.3.2.32) and room for the other fields."""

_BY_COMMAND: Final = {operation.command_id: operation for operation in OPERATIONS}
_FIELDS: Final = {
    operation.name: tuple(field.name for field in fields(operation) if field.name not in ("sequence", "status"))
    for operation in OPERATIONS
}
_ADDRESSES: Final = {  # our field: smpplib's three
    "source": ("source_addr_ton", "source_addr_npi", "source_addr"),
    "destination": ("dest_addr_ton", "dest_addr_npi", "destination_addr"),
    "esme": ("esme_addr_ton", "esme_addr_npi", "esme_addr"),
}
_LONGER: Final = {  # fields that smpplib bounds more tightly than 4.7.1 and 4.12.1 do
    "data_sm": {"source_addr": 65, "destination_addr": 65},
    "alert_notification": {"source_addr": 65, "esme_addr": 65},
}
_WRONG_FIELD: Final = {  # command_status that names the field, where the standard has one
    "service_type": status.ESME_RINVSERTYP,
    "source_addr": status.ESME_RINVSRCADR,
    "destination_addr": status.ESME_RINVDSTADR,
    "message_id": status.ESME_RINVMSGID,
    "system_id": status.ESME_RINVSYSID,
    "password": status.ESME_RINVPASWD,
    "system_type": status.ESME_RINVSYSTYP,
    "schedule_delivery_time": status.ESME_RINVSCHED,
    "validity_period": status.ESME_RINVEXPIRY,
    "short_message": status.ESME_RINVMSGLEN,
    "sm_length": status.ESME_RINVMSGLEN,
}


def encode(pdu: Pdu) -> bytes:
    """Write a PDU. Raises PduError for a value that its field cannot hold; nothing is ever cut.

    An error response is its header alone (3.2: no body when command_status is not zero).
    """
    if pdu.is_response and pdu.status:
        return HEADER.pack(HEADER.size, pdu.command_id, pdu.status, pdu.sequence)
    tlvs = getattr(pdu, "tlvs", {})
    if getattr(pdu, "short_message", b"") and "message_payload" in tlvs:
        raise PduError(status.ESME_RINVMSGLEN, "text both in short_message and in message_payload")
    command = _command(pdu.name)
    for field, value in _flat(pdu).items():
        _check(command, field, value)
        setattr(command, field, value)
    if pdu.name == "query_sm" and not command.message_id:
        raise PduError(status.ESME_RINVMSGID, "query_sm without message_id")
    mandatory: bytes = command.generate_params()
    body = mandatory + tlv.build(tlvs)
    return HEADER.pack(HEADER.size + len(body), pdu.command_id, pdu.status, pdu.sequence) + body


def decode(data: bytes) -> Pdu:
    """Read exactly one PDU. Raises PduError, and nothing else, for octets that are none.

    A response without a body gets an empty one whatever its status, and so does an error response whose body is
    unreadable: its status tells all. A string TLV may lack its NUL.
    """
    if len(data) < HEADER.size:
        raise PduError(status.ESME_RINVCMDLEN, f"{len(data)} octets are no header")
    length, command_id, command_status, sequence = HEADER.unpack_from(data)
    operation = _BY_COMMAND.get(command_id)
    try:
        if length != len(data):
            raise PduError(status.ESME_RINVCMDLEN, f"command_length {length} of {len(data)} octets")
        if operation is None:
            raise PduError(status.ESME_RINVCMDID, f"command_id 0x{command_id:08x}")
        if length == HEADER.size and _is_response(operation):
            return operation(sequence=sequence, status=command_status)
        return _decode(operation, data, command_status, sequence)
    except PduError as wrong:
        if operation is not None and _is_response(operation) and command_status:
            return operation(sequence=sequence, status=command_status)
        wrong.sequence, wrong.command_id = sequence, command_id
        raise


def _is_response(operation: type[Pdu]) -> bool:
    return bool(operation.command_id & RESPONSE_BIT)


def header_only(data: bytes) -> Pdu:
    """Read a PDU's header and leave its body empty: what is left to believe of a response with a broken body."""
    _, command_id, command_status, sequence = HEADER.unpack_from(data)
    operation = _BY_COMMAND.get(command_id)
    if operation is None:
        raise PduError(status.ESME_RINVCMDID, f"command_id 0x{command_id:08x}", sequence=sequence)
    return operation(sequence=sequence, status=command_status)


def _decode(operation: type[Pdu], data: bytes, command_status: int, sequence: int) -> Pdu:
    command = _command(operation.name)
    end = HEADER.size + _mandatory(command, data[HEADER.size :])
    names = _FIELDS[operation.name]
    if "tlvs" not in names and end < len(data):
        raise PduError(status.ESME_RINVCMDLEN, f"octets after {operation.name}")
    command.parse(data[:end])
    values: dict[str, Any] = {name: _value(command, name) for name in names if name != "tlvs"}
    if "tlvs" in names:
        values["tlvs"] = tlv.parse(data[end:])
    return operation(sequence=sequence, status=command_status, **values)


def _command(name: str) -> Any:
    """Return smpplib's command of that name, without its counter and with the standard's field sizes."""
    command = library.make_pdu(name, sequence=0)
    if name in _LONGER:
        longer = {field: Param(type=str, max=size) for field, size in _LONGER[name].items()}
        command.params = {**command.params, **longer}
    return command


def _flat(pdu: Pdu) -> dict[str, int | str | bytes]:
    """Spread a PDU's fields to smpplib's names."""
    flat: dict[str, int | str | bytes] = {}
    for name in _FIELDS[pdu.name]:
        value = getattr(pdu, name)
        if isinstance(value, Address):
            flat.update(zip(_ADDRESSES[name], (value.ton, value.npi, value.number), strict=True))
        elif name != "tlvs":
            flat[name] = value
    return flat


def _value(command: Any, name: str) -> Any:
    if name in _ADDRESSES:
        ton, npi, number = (_plain(getattr(command, part)) for part in _ADDRESSES[name])
        return Address(number, ton, npi)
    value = getattr(command, name)
    if name == "short_message":
        return value or b""  # smpplib leaves the field unset when the PDU ends before it
    return _plain(value)


def _plain(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _check(command: Any, field: str, value: int | str | bytes) -> None:
    """Refuse what smpplib would cut, pad or write wrongly."""
    param = command.params[field]
    if isinstance(value, int):
        fits = 0 <= value < 256**param.size
    elif isinstance(value, bytes):
        fits = len(value) <= param.max
    else:
        fits = len(value) < param.max and "\0" not in value and all(ord(character) < 256 for character in value)
    if not fits:
        raise PduError(_WRONG_FIELD.get(field, status.ESME_RSYSERR), f"{field} does not fit its field")


def _mandatory(command: Any, body: bytes) -> int:
    """Check the mandatory fields by smpplib's own tables and return the octet where they end."""
    position = length = 0
    for field in command.params_order:
        if command.field_is_optional(field):
            break
        param, wrong = command.params[field], _WRONG_FIELD.get(field, status.ESME_RINVCMDLEN)
        if param.type is int:
            end = position + param.size
            length = body[position] if field == "sm_length" and end <= len(body) else 0
        elif param.type is ostr:
            end = position + length
        else:
            end = body.find(0, position) + 1
            if end - position > param.max:
                raise PduError(wrong, f"{field} is longer than {param.max} octets")
        if end > len(body) or end < position + (param.type is str):
            raise PduError(wrong, f"{field} past the end")
        position = end
    return position
