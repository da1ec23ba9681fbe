"""Optional parameters (SMPP 3.4 section 5.3.2; ussd_service_op values also SMPP 5.0 4.8.4.64).

smpplib knows a TLV only in the PDUs where its tables list it, raises KeyError elsewhere and drops unknown ones; so
TLVs are read and written here, alike for all PDUs. A `Dictionary` says which names there are: `STANDARD` has those of
table 5-7, `dictionary` adds the ones that an SMSC's maker has defined.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

from smpp import status
from smpp.pdu import PduError, Tlvs

Kind = Literal["int", "string", "octets"]
Value = int | bytes | str
_HEADER: Final = struct.Struct(">HH")
_INTEGER: Final = {size: struct.Struct(f">HH{form}") for size, form in {1: "B", 2: "H", 4: "L", 8: "Q"}.items()}
_LONGEST_INTEGER: Final = 4  # octets read where the standard has fewer, as some SMSCs send


@dataclass(frozen=True, slots=True)
class Parameter:
    """One TLV's tag, name, kind of value, and the octets of an integer (0 for the others)."""

    tag: int
    name: str
    kind: Kind
    size: int = 0


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The TLVs that go by a name on a link. It never changes; equal ones have the same parameters."""

    parameters: tuple[Parameter, ...]
    by_tag: Mapping[int, Parameter] = field(init=False, repr=False, compare=False)
    by_name: Mapping[str, Parameter] = field(init=False, repr=False, compare=False)
    _read: dict[int, tuple[str, Kind, int]] = field(init=False, repr=False, compare=False)  # name, kind, longest
    _write: dict[str, Callable[[Any], bytes]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parameters = self.parameters
        tables = {
            "by_tag": MappingProxyType({one.tag: one for one in parameters}),
            "by_name": MappingProxyType({one.name: one for one in parameters}),
            "_read": {one.tag: (one.name, one.kind, max(_LONGEST_INTEGER, one.size)) for one in parameters},
            "_write": {one.name: _writer(one) for one in parameters},
        }
        for name, table in tables.items():
            object.__setattr__(self, name, table)

    def parse(self, data: bytes, position: int = 0) -> dict[str, Value]:
        """Read the TLVs from `position` to the end; of a repeated one the first counts.

        Raises PduError when the octets end inside a TLV.
        """
        tlvs: dict[str, Value] = {}
        end, parameters = len(data), self._read
        while position < end:
            if position + 4 > end:
                raise PduError(status.ESME_RINVOPTPARSTREAM, "octets after the last TLV")
            tag, length = _read_header(data, position)
            octets = data[position + 4 : position + 4 + length]
            position += 4 + length
            if position > end:
                raise PduError(status.ESME_RINVPARLEN, f"TLV 0x{tag:04x} past the end")
            name, kind, longest = parameters.get(tag, _UNNAMED)
            value: Value = octets
            if kind == "string":
                value = octets.partition(b"\0")[0].decode("latin-1")
            elif kind == "int" and 1 <= length <= longest:
                value = int.from_bytes(octets, "big")
            elif kind == "int" or not name:
                # An integer of absurd length keeps its octets under the bare tag: a name never lies about its type.
                name = f"0x{tag:04x}"
            if name not in tlvs:
                tlvs[name] = value
        return tlvs

    def build(self, tlvs: Tlvs) -> bytes:
        """Write TLVs in the mapping's order. Raises PduError for an unknown name or a value that does not fit."""
        writers, octets = self._write, b""
        for name, value in tlvs.items():
            write = writers.get(name)
            try:
                octets += write(value) if write is not None else _octets(_tag(name), value)
            except (struct.error, OverflowError, TypeError, ValueError) as wrong:
                raise PduError(status.ESME_RINVOPTPARAMVAL, f"TLV {name}: {wrong}") from wrong
        return octets


_read_header = _HEADER.unpack_from
_UNNAMED: Final[tuple[str, Kind, int]] = ("", "octets", 0)


def _writer(parameter: Parameter) -> Callable[[Any], bytes]:
    """Return what writes a value with its tag and length."""
    tag, size = parameter.tag, parameter.size
    if parameter.kind == "string":
        return partial(_string, tag)
    if parameter.kind == "octets":
        return partial(_octets, tag)
    if size in _INTEGER:
        return partial(_INTEGER[size].pack, tag, size)
    return partial(_integer, tag, size)


def _string(tag: int, value: Value) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a string is due")
    octets = value.encode("latin-1")
    if 0 in octets:
        raise ValueError("a NUL would end it early")
    return _HEADER.pack(tag, len(octets) + 1) + octets + b"\0"


def _octets(tag: int, value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} where octets are due")
    return _HEADER.pack(tag, len(value)) + value


def _integer(tag: int, size: int, value: Value) -> bytes:
    if not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} where an integer is due")
    return _HEADER.pack(tag, size) + value.to_bytes(size, "big")


def _tag(name: str) -> int:
    if not name.startswith("0x"):
        raise ValueError("no such TLV")
    return int(name, 16)


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
STANDARD: Final = Dictionary(PARAMETERS)
"""All parameters of SMPP 3.4, table 5-7."""


class Defined(Protocol):
    """A parameter that an SMSC's maker has defined, as the settings have it (`smpp.settings.VendorTlv`)."""

    @property
    def tag(self) -> int: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def size(self) -> int: ...


def dictionary(vendor: Mapping[str, Defined]) -> Dictionary:
    """Return the standard's parameters and a link's own ones (`LinkSettings.vendor_tlvs`).

    Raises ValueError for a name that the standard has, that is written as a bare tag (`0x1401`), or for a tag with
    two names.
    """
    if not vendor:
        return STANDARD
    own = tuple(Parameter(one.tag, name, one.kind, one.size) for name, one in vendor.items())
    _check_names(own)
    return Dictionary((*PARAMETERS, *own))


def _check_names(own: Iterable[Parameter]) -> None:
    named: dict[int, str] = {}
    for parameter in own:
        if parameter.name in STANDARD.by_name:
            raise ValueError(f"{parameter.name} is the name of a standard parameter; choose another for the maker's")
        if not parameter.name or parameter.name.startswith("0x"):
            raise ValueError(f"{parameter.name!r} cannot be a parameter's name: 0x1401 stands for one without a name")
        if parameter.tag in named:
            raise ValueError(f"tag 0x{parameter.tag:04x} is both {named[parameter.tag]} and {parameter.name}")
        named[parameter.tag] = parameter.name


def parse(data: bytes, dictionary: Dictionary = STANDARD) -> dict[str, Value]:
    """Read the TLVs that follow a mandatory part, as `Dictionary.parse` does."""
    return dictionary.parse(data)


def build(tlvs: Tlvs, dictionary: Dictionary = STANDARD) -> bytes:
    """Write TLVs, as `Dictionary.build` does."""
    return dictionary.build(tlvs)
