"""What every SMPP PDU has, and the error for octets that are none (3.4 Issue 1.2, section 3.2)."""

import struct
from collections.abc import Mapping
from typing import ClassVar, Final

from msgspec import Struct

RESPONSE_BIT: Final = 0x80000000
INTERFACE_VERSION: Final = 0x34
HEADER: Final = struct.Struct(">LLLL")
"""command_length, command_id, command_status, sequence_number."""
MAX_LENGTH: Final = 64 * 1024 + 1024
"""Longest PDU taken: a message_payload of 64 KiB (5.3.2.32) and room for the other fields."""

Tlvs = Mapping[str, int | bytes | str]


class PduError(ValueError):
    """Octets that are no PDU, or a PDU that cannot be written.

    `status` is the command_status to answer with; `sequence` and `command_id` are the header's, 0 where unknown.
    """

    retry = False

    def __init__(self, status: int, reason: str, *, sequence: int = 0, command_id: int = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.sequence = sequence
        self.command_id = command_id


class Address(Struct, frozen=True, gc=False):
    """A number with its type of number and numbering plan (5.2.5, 5.2.6)."""

    number: str = ""
    ton: int = 0
    npi: int = 0


class Pdu(Struct, frozen=True, kw_only=True, gc=False):
    """What every PDU has. `sequence` 0 means: not yet sent, the session numbers it.

    Operations are without garbage collection (gc=False): they hold octets, texts and numbers, never a cycle.
    """

    command_id: ClassVar[int]
    name: ClassVar[str]
    response: ClassVar["type[Pdu] | None"] = None

    sequence: int = 0
    status: int = 0

    @property
    def is_response(self) -> bool:
        return bool(self.command_id & RESPONSE_BIT)
