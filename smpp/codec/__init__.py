"""PDUs to octets and back.

What flows all day, submit_sm, deliver_sm and their answers, is read and written at once (`fast`) where it is wholly
regular. Everything else, and everything that is wrong, goes by smpplib's tables (`general`), which name the error.
"""

import struct

from smpp.codec import general
from smpp.codec.fast import READERS, WRITERS
from smpp.codec.general import header_only
from smpp.pdu import Pdu
from smpp.pdu.base import HEADER, MAX_LENGTH
from smpp.tlv import STANDARD, Dictionary

__all__ = ["HEADER", "MAX_LENGTH", "decode", "encode", "header_only"]

_read_header = HEADER.unpack_from


def encode(pdu: Pdu, dictionary: Dictionary = STANDARD) -> bytes:
    """Write a PDU. Raises PduError for a value that its field cannot hold; nothing is ever cut.

    An error response is its header alone (3.2: no body when command_status is not zero).
    """
    try:
        octets = WRITERS[type(pdu)](pdu, dictionary)
    except KeyError:
        return general.encode(pdu, dictionary)
    return general.encode(pdu, dictionary) if octets is None else octets


def decode(data: bytes, dictionary: Dictionary = STANDARD) -> Pdu:
    """Read exactly one PDU. Raises PduError, and nothing else, for octets that are none.

    A response without a body gets an empty one whatever its status, and so does an error response whose body is
    unreadable: its status tells all. A string TLV may lack its NUL.
    """
    try:
        length, command_id, status, sequence = _read_header(data)
        read = READERS[command_id]
    except (KeyError, struct.error):
        return general.decode(data, dictionary)
    pdu = read(data, status, sequence, dictionary) if length == len(data) else None
    return general.decode(data, dictionary) if pdu is None else pdu
