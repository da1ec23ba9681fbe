"""The two lists in SMPP 3.4: the recipients of submit_multi (4.5.1.1) and whom its answer names (4.5.2.1).

Both stand behind their count. smpplib knows neither, so each is read and written here, as the octets of one field.
"""

import struct
from collections.abc import Sequence
from typing import Final

from smpp import status
from smpp.pdu import Address, DistributionList, PduError, Unsuccessful

SME_ADDRESS: Final = 1
DISTRIBUTION_LIST: Final = 2
MOST: Final = 254
"""Most recipients of one submit_multi (4.5.1, note on number_of_dests)."""
_LONGEST: Final = 21  # octets of an address and of a list's name, with the NUL
_STATUS: Final = struct.Struct(">L")

Destination = Address | DistributionList


def read_destinations(octets: bytes, position: int, count: int) -> tuple[tuple[Destination, ...], int]:
    """Read `count` recipients; return them and the octet after the last. Raises PduError."""
    if not 1 <= count <= MOST:
        raise PduError(status.ESME_RINVNUMDESTS, f"{count} destinations")
    found: list[Destination] = []
    for _ in range(count):
        flag = octets[position] if position < len(octets) else 0
        if flag == SME_ADDRESS:
            address, position = _read_address(octets, position + 1)
            found.append(address)
        elif flag == DISTRIBUTION_LIST:
            name, position = _read_string(octets, position + 1, status.ESME_RINVDLNAME)
            found.append(DistributionList(name))
        else:
            raise PduError(status.ESME_RINVDESTFLAG, "a destination is neither an address nor a distribution list")
    return tuple(found), position


def read_unsuccessful(octets: bytes, position: int, count: int) -> tuple[tuple[Unsuccessful, ...], int]:
    """Read `count` recipients with what went wrong; return them and the octet after the last. Raises PduError."""
    found = []
    for _ in range(count):
        address, position = _read_address(octets, position)
        if position + _STATUS.size > len(octets):
            raise PduError(status.ESME_RINVCMDLEN, "unsuccess_sme past the end")
        found.append(Unsuccessful(address, *_STATUS.unpack_from(octets, position)))
        position += _STATUS.size
    return tuple(found), position


def write_destinations(destinations: Sequence[Destination]) -> bytes:
    """Write the recipients without their count. Raises PduError."""
    if not 1 <= len(destinations) <= MOST:
        raise PduError(status.ESME_RINVNUMDESTS, f"{len(destinations)} destinations")
    return b"".join(map(_write_destination, destinations))


def write_unsuccessful(unsuccessful: Sequence[Unsuccessful]) -> bytes:
    """Write whom a submit_multi could not be taken for, without their count. Raises PduError."""
    return b"".join(_write_address(one.address) + _write_status(one.status) for one in unsuccessful)


def _read_address(octets: bytes, position: int) -> tuple[Address, int]:
    number, end = _read_string(octets, position + 2, status.ESME_RINVDSTADR)
    return Address(number, octets[position], octets[position + 1]), end


def _read_string(octets: bytes, position: int, wrong: int) -> tuple[str, int]:
    end = octets.find(0, position) + 1
    if not 1 <= end - position <= _LONGEST:
        raise PduError(wrong, "a destination is too long or past the end")
    return octets[position : end - 1].decode("latin-1"), end


def _write_destination(destination: Destination) -> bytes:
    if isinstance(destination, DistributionList):
        return bytes([DISTRIBUTION_LIST]) + _write_string(destination.name, status.ESME_RINVDLNAME)
    return bytes([SME_ADDRESS]) + _write_address(destination)


def _write_address(address: Address) -> bytes:
    if not (0 <= address.ton <= 255 and 0 <= address.npi <= 255):
        raise PduError(status.ESME_RINVDSTADR, "a destination's ton or npi is no octet")
    return bytes([address.ton, address.npi]) + _write_string(address.number, status.ESME_RINVDSTADR)


def _write_string(value: str, wrong: int) -> bytes:
    if len(value) >= _LONGEST or "\0" in value or any(ord(character) > 255 for character in value):
        raise PduError(wrong, "a destination does not fit its field")
    return value.encode("latin-1") + b"\0"


def _write_status(value: int) -> bytes:
    if not 0 <= value <= 0xFFFFFFFF:
        raise PduError(status.ESME_RSYSERR, "a status in unsuccess_sme does not fit its field")
    return _STATUS.pack(value)
