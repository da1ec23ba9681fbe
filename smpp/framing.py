"""A TCP stream cut into PDUs (SMPP 3.4 section 3.2: command_length counts itself)."""

import struct
from collections.abc import Iterator
from typing import Final

from smpp import status
from smpp.codec import HEADER, MAX_LENGTH
from smpp.pdu import PduError

_LENGTH: Final = struct.Struct(">L")


class Framer:
    """Octets in, whole PDUs out. It never holds more than one unfinished PDU of at most `max_length` octets."""

    def __init__(self, max_length: int = MAX_LENGTH) -> None:
        self._max_length = max_length
        self._octets = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each PDU that `data` completes.

        Raises PduError (ESME_RINVCMDLEN) at a length under 16 or over the cap. Where the next PDU begins is then
        unknown, so the connection is of no more use.
        """
        self._octets += data
        start = 0
        try:
            while len(self._octets) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._octets, start)
                if not HEADER.size <= length <= self._max_length:
                    raise PduError(status.ESME_RINVCMDLEN, f"command_length {length}")
                if len(self._octets) - start < length:
                    break
                start += length
                yield bytes(self._octets[start - length : start])
        finally:
            del self._octets[:start]
