"""Optional parameters (SMPP 3.4 section 5.3.2; ussd_service_op values also SMPP 5.0 4.8.4.64).

smpplib knows a TLV only in the PDUs where its tables list it, raises KeyError elsewhere and drops unknown ones; so
TLVs are read and written here, alike for all PDUs.
"""

import struct
from dataclasses import dataclass
from typing import Final, Literal

from smpp import status
from smpp.pdu import PduError, Tlvs

Kind = Literal["int", "string", "octets"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One TLV's tag, name, kind of value, and the octets of an integer (0 for the others)."""

    tag: int
    name: str
    kind: Kind
    size: int = 0


_INTEGERS: Final[dict[str, tuple[int, int]]] = {  # name: (tag, octets)
    "dest_addr_subunit": (0x0005, 1),
    "dest_network_type": (0x0006, 1),
    "dest_bearer_type": (0x0007, 1),
    "dest_telematics_id": (0x0008, 2),
    "source_addr_subunit": (0x000D, 1),
    "source_network_type": (0x000E, 1),
    "source_bearer_type": (0x000F, 1),
    "source_telematics_id": (0x0010, 1),
    "qos_time_to_live": (0x0017, 4),
    "payload_type": (0x0019, 1),
    "ms_msg_wait_facilities": (0x0030, 1),
    "privacy_indicator": (0x0201, 1),
    "user_message_reference": (0x0204, 2),
    "user_response_code": (0x0205, 1),
    "source_port": (0x020A, 2),
    "destination_port": (0x020B, 2),
    "sar_msg_ref_num": (0x020C, 2),
    "language_indicator": (0x020D, 1),
    "sar_total_segments": (0x020E, 1),
    "sar_segment_seqnum": (0x020F, 1),
    "sc_interface_version": (0x0210, 1),
    "callback_num_pres_ind": (0x0302, 1),
    "number_of_messages": (0x0304, 1),
    "dpf_result": (0x0420, 1),
    "set_dpf": (0x0421, 1),
    "ms_availability_status": (0x0422, 1),
    "delivery_failure_reason": (0x0425, 1),
    "more_messages_to_send": (0x0426, 1),
    "message_state": (0x0427, 1),
    "ussd_service_op": (0x0501, 1),
    "display_time": (0x1201, 1),
    "sms_signal": (0x1203, 2),
    "ms_validity": (0x1204, 1),
    "its_reply_type": (0x1380, 1),
}
_STRINGS: Final = {"additional_status_info_text": 0x001D, "receipted_message_id": 0x001E}
_OCTETS: Final = {
    "source_subaddress": 0x0202,
    "dest_subaddress": 0x0203,
    "callback_num_atag": 0x0303,
    "callback_num": 0x0381,
    "network_error_code": 0x0423,
    "message_payload": 0x0424,
    "alert_on_message_delivery": 0x130C,
    "its_session_info": 0x1383,
}
PARAMETERS: Final = (
    *(Parameter(tag, name, "int", size) for name, (tag, size) in _INTEGERS.items()),
    *(Parameter(tag, name, "string") for name, tag in _STRINGS.items()),
    *(Parameter(tag, name, "octets") for name, tag in _OCTETS.items()),
)
_BY_TAG: Final = {parameter.tag: parameter for parameter in PARAMETERS}
_BY_NAME: Final = {parameter.name: parameter for parameter in PARAMETERS}


def parse(data: bytes) -> dict[str, int | bytes | str]:
    """Read the TLVs that follow a mandatory part; of a repeated one the first counts.

    Raises PduError when the octets end inside a TLV.
    """
    tlvs: dict[str, int | bytes | str] = {}
    position = 0
    while position < len(data):
        if position + 4 > len(data):
            raise PduError(status.ESME_RINVOPTPARSTREAM, "octets after the last TLV")
        tag, length = struct.unpack_from(">HH", data, position)
        position += 4
        if position + length > len(data):
            raise PduError(status.ESME_RINVPARLEN, f"TLV 0x{tag:04x} past the end")
        name, value = _read(tag, data[position : position + length])
        tlvs.setdefault(name, value)
        position += length
    return tlvs


def _read(tag: int, value: bytes) -> tuple[str, int | bytes | str]:
    parameter = _BY_TAG.get(tag)
    if parameter is None or (parameter.kind == "int" and not 1 <= len(value) <= 4):
        # An integer of absurd length keeps its octets under the bare tag, so that a name never lies about its type.
        return f"0x{tag:04x}", value
    if parameter.kind == "int":
        return parameter.name, int.from_bytes(value, "big")
    if parameter.kind == "string":
        return parameter.name, value.partition(b"\0")[0].decode("latin-1")
    return parameter.name, value


def build(tlvs: Tlvs) -> bytes:
    """Write TLVs in the mapping's order. Raises PduError for an unknown name or a value that does not fit."""
    return b"".join(_write(name, value) for name, value in tlvs.items())


def _write(name: str, value: int | bytes | str) -> bytes:
    try:
        tag, octets = _octets(name, value)
        return struct.pack(">HH", tag, len(octets)) + octets
    except (OverflowError, struct.error, TypeError, UnicodeError, ValueError) as wrong:
        raise PduError(status.ESME_RINVOPTPARAMVAL, f"TLV {name}: {wrong}") from wrong


def _octets(name: str, value: int | bytes | str) -> tuple[int, bytes]:
    parameter = _BY_NAME.get(name)
    if parameter is None:
        parameter = Parameter(_tag(name), name, "octets")
    if parameter.kind == "int" and isinstance(value, int):
        return parameter.tag, value.to_bytes(parameter.size, "big")
    if parameter.kind == "string" and isinstance(value, str):
        return parameter.tag, value.encode("latin-1") + b"\0"
    if parameter.kind == "octets" and isinstance(value, bytes):
        return parameter.tag, value
    raise TypeError(f"{type(value).__name__} where {parameter.kind} is due")


def _tag(name: str) -> int:
    if not name.startswith("0x"):
        raise ValueError("no such TLV")
    return int(name, 16)
