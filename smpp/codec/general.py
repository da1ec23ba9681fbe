"""Any PDU to octets and back, by smpplib's tables: the codec's slower half, which names what is wrong.

smpplib 2.2.4 reads past the end of short bodies, takes an unterminated string for an empty or cut one, cuts long
strings silently, and raises KeyError for `ussd_service_op` in deliver_sm. So its tables (`params`, `params_order`)
are first used to check a body's layout; only a checked mandatory part is given to its parser, and TLVs are ours.
"""

from typing import Any, Final

from msgspec.structs import fields
from smpplib.ptypes import ostr

from smpp import status, tlv
from smpp.codec.lists import write_destinations, write_unsuccessful
from smpp.codec.tables import LISTS, command
from smpp.pdu import OPERATIONS, RESPONSE_BIT, Address, Pdu, PduError
from smpp.pdu.base import HEADER, MAX_LENGTH

_BY_COMMAND: Final = {operation.command_id: operation for operation in OPERATIONS}
_FIELDS: Final = {
    operation.name: tuple(field.name for field in fields(operation) if field.name not in ("sequence", "status"))
    for operation in OPERATIONS
}
_LONGEST_ID: Final = 64  # characters of a message_id (5.2.23)
_ADDRESSES: Final = {  # our field: smpplib's three
    "source": ("source_addr_ton", "source_addr_npi", "source_addr"),
    "destination": ("dest_addr_ton", "dest_addr_npi", "destination_addr"),
    "esme": ("esme_addr_ton", "esme_addr_npi", "esme_addr"),
}
_COUNTED: Final = {  # our field: the count's and the list's
    "destinations": ("number_of_dests", "dest_address"),
    "unsuccess_sme": ("no_unsuccess", "unsuccess_sme"),
}
_NEEDS_AN_ID: Final = ("query_sm", "replace_sm")
_TOLERATED: Final = {("outbind", "password"): 16}
"""Fields read longer than they are written: an outbind has no answer that could tell what is wrong with it, and its
password is compared all the same."""
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
    "number_of_dests": status.ESME_RINVNUMDESTS,
}


def encode(pdu: Pdu, dictionary: tlv.Dictionary = tlv.STANDARD) -> bytes:
    """Write a PDU. Raises PduError for a value that its field cannot hold; nothing is ever cut.

    An error response is its header alone (3.2: no body when command_status is not zero).
    """
    if pdu.is_response and pdu.status:
        return _with_header(pdu, b"")
    tlvs = getattr(pdu, "tlvs", {})
    if getattr(pdu, "short_message", b"") and "message_payload" in tlvs:
        raise PduError(status.ESME_RINVMSGLEN, "text both in short_message and in message_payload")
    if pdu.name in _NEEDS_AN_ID and not getattr(pdu, "message_id", ""):
        raise PduError(status.ESME_RINVMSGID, f"{pdu.name} without message_id")
    made = command(pdu.name)
    for field, value in _flat(pdu).items():
        _check(made, field, value)
        setattr(made, field, value)
    mandatory: bytes = made.generate_params()
    return _with_header(pdu, mandatory + tlv.build(tlvs, dictionary))


def decode(data: bytes, dictionary: tlv.Dictionary = tlv.STANDARD) -> Pdu:
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
        return _decode(operation, data, command_status, sequence, dictionary)
    except PduError as wrong:
        if operation is not None and _is_response(operation) and command_status:
            return operation(sequence=sequence, status=command_status)
        wrong.sequence, wrong.command_id = sequence, command_id
        raise


def header_only(data: bytes) -> Pdu:
    """Read a PDU's header, and of a response with a broken body the message_id, which comes first in it.

    The rest is left empty. A message_id that is lost could never be matched with its receipts.
    """
    _, command_id, command_status, sequence = HEADER.unpack_from(data)
    operation = _BY_COMMAND.get(command_id)
    if operation is None:
        raise PduError(
            status.ESME_RINVCMDID, f"command_id 0x{command_id:08x}", sequence=sequence, command_id=command_id
        )
    if not _is_response(operation) or "message_id" not in _FIELDS[operation.name]:
        return operation(sequence=sequence, status=command_status)
    message_id = data[HEADER.size :].partition(b"\0")[0][:_LONGEST_ID].decode("latin-1")
    values: dict[str, Any] = {"message_id": message_id}
    return operation(sequence=sequence, status=command_status, **values)


def _is_response(operation: type[Pdu]) -> bool:
    return bool(operation.command_id & RESPONSE_BIT)


def _with_header(pdu: Pdu, body: bytes) -> bytes:
    length = HEADER.size + len(body)
    if length > MAX_LENGTH:
        raise PduError(status.ESME_RINVCMDLEN, f"{pdu.name} of {length} octets")
    if not (0 <= pdu.sequence <= 0xFFFFFFFF and 0 <= pdu.status <= 0xFFFFFFFF):
        raise PduError(status.ESME_RSYSERR, "sequence or status does not fit its field")
    return HEADER.pack(length, pdu.command_id, pdu.status, pdu.sequence) + body


def _decode(operation: type[Pdu], data: bytes, command_status: int, sequence: int, dictionary: tlv.Dictionary) -> Pdu:
    made = command(operation.name)
    end = HEADER.size + _mandatory(made, data[HEADER.size :])
    names = _FIELDS[operation.name]
    if "tlvs" not in names and end < len(data):
        raise PduError(status.ESME_RINVCMDLEN, f"octets after {operation.name}")
    made.parse(data[:end])
    values: dict[str, Any] = {name: _value(made, name) for name in names if name != "tlvs"}
    if "tlvs" in names:
        values["tlvs"] = tlv.parse(data[end:], dictionary)
    return operation(sequence=sequence, status=command_status, **values)


def _flat(pdu: Pdu) -> dict[str, int | str | bytes]:
    """Spread a PDU's fields to smpplib's names."""
    flat: dict[str, int | str | bytes] = {}
    for name in _FIELDS[pdu.name]:
        value = getattr(pdu, name)
        if isinstance(value, Address):
            flat.update(zip(_ADDRESSES[name], (value.ton, value.npi, value.number), strict=True))
        elif name in _COUNTED:
            write = write_destinations if name == "destinations" else write_unsuccessful
            flat.update(zip(_COUNTED[name], (len(value), write(value)), strict=True))
        elif name != "tlvs":
            flat[name] = value
    return flat


def _value(made: Any, name: str) -> Any:
    if name in _ADDRESSES:
        ton, npi, number = (_plain(getattr(made, part)) for part in _ADDRESSES[name])
        return Address(number, ton, npi)
    if name in _COUNTED:
        count, entries = (getattr(made, part) for part in _COUNTED[name])
        return LISTS[_COUNTED[name][1]](entries or b"", 0, count)[0]
    value = getattr(made, name)
    if name == "short_message":
        return value or b""  # smpplib leaves the field unset when the PDU ends before it
    return _plain(value)


def _plain(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _check(made: Any, field: str, value: int | str | bytes) -> None:
    """Refuse what smpplib would cut, pad or write wrongly."""
    param = made.params[field]
    if isinstance(value, int):
        fits = 0 <= value < 256**param.size
    elif isinstance(value, bytes):
        fits = len(value) <= param.max
    else:
        fits = len(value) < param.max and "\0" not in value and all(ord(character) < 256 for character in value)
    if not fits:
        raise PduError(_WRONG_FIELD.get(field, status.ESME_RSYSERR), f"{field} does not fit its field")


def _mandatory(made: Any, body: bytes) -> int:
    """Check the mandatory fields by smpplib's own tables and return the octet where they end."""
    position = count = 0
    for field in made.params_order:
        if made.field_is_optional(field):
            break
        param, wrong = made.params[field], _WRONG_FIELD.get(field, status.ESME_RINVCMDLEN)
        start = position
        if param.type is int:
            position += param.size
            count = body[start] if position <= len(body) else 0  # of the field that comes next
        elif field in LISTS:
            _, position = LISTS[field](body, start, count)
        elif param.type is ostr:
            position += count
        else:
            position = body.find(0, start) + 1
        longest = _TOLERATED.get((made.command, field), getattr(param, "max", position))
        if position > len(body) or position < start + (param.type is str):
            raise PduError(wrong, f"{field} past the end")
        if position - start > longest:
            raise PduError(wrong, f"{field} is longer than {longest} octets")
    return position
