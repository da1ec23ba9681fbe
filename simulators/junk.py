"""PDUs that no SMS centre should send, by name. What an ESME owes to each is in SMPP 3.4 sections 3.2, 3.3 and 5.1.3.

A new kind is one more line of `JUNK` and its name in `Junk`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import cycle
from typing import Final, Literal

Junk = Literal[
    "none",
    "mixed",
    "short-length",
    "huge-length",
    "unknown-command",
    "unknown-response",
    "stray-response",
    "stray-nack",
    "wrong-sm-length",
    "trailing-octets",
    "unterminated",
    "cut-tlv",
]

_HEADER: Final = struct.Struct(">LLLL")
_DELIVER_SM: Final = 0x00000005
_NUMBERS: Final = b"\1\1" + b"8615400000001\0" + b"\0\0" + b"12580120\0"
_BEFORE_TEXT: Final = b"\0" + _NUMBERS + bytes(3) + b"\0\0" + bytes(4)  # up to sm_length


def _pdu(command_id: int, sequence: int, body: bytes = b"") -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), command_id, 0, sequence) + body


def _deliver(body: bytes) -> Callable[[int], bytes]:
    return lambda sequence: _pdu(_DELIVER_SM, sequence, body)


JUNK: Final[dict[str, Callable[[int], bytes]]] = {  # by a sequence number that nothing else has
    # The two that end a session: where the next PDU begins is unknown.
    "short-length": lambda sequence: _HEADER.pack(8, 0x15, 0, sequence),
    "huge-length": lambda sequence: _HEADER.pack(0x7FFFFFFF, _DELIVER_SM, 0, sequence),
    "unknown-command": lambda sequence: _pdu(0x00000999, sequence),
    "unknown-response": lambda sequence: _pdu(0x80000999, sequence),
    "stray-response": lambda sequence: _pdu(0x80000004, sequence, b"4711\0"),
    "stray-nack": lambda _: _HEADER.pack(_HEADER.size, 0x80000000, 3, 0),
    "wrong-sm-length": _deliver(_BEFORE_TEXT + bytes([200]) + b"short"),
    "trailing-octets": _deliver(_BEFORE_TEXT + bytes([4]) + b"text" + b"\0\0"),
    "unterminated": _deliver(b"\0\1\1" + b"8" * 40),
    "cut-tlv": _deliver(_BEFORE_TEXT + bytes([4]) + b"text" + struct.pack(">HH", 0x0424, 500) + b"x"),
}
_ENDING: Final = ("short-length", "huge-length")
_FIRST: Final = 0x7F000000


class Slips:
    """Makes wrong PDUs of a kind; "mixed" takes all in turn that do not end the session."""

    def __init__(self) -> None:
        self._sequence = _FIRST
        self._turns = cycle(name for name in JUNK if name not in _ENDING)

    def make(self, kind: Junk) -> bytes:
        """Return the octets of one more; no octets for the kind "none"."""
        if kind == "none":
            return b""
        self._sequence += 1
        return JUNK[next(self._turns) if kind == "mixed" else kind](self._sequence)
