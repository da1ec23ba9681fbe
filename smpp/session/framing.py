"""A TCP stream cut into PDUs (SMPP 3.4 section 3.2: command_length counts itself)."""

import struct
from collections.abc import Callable, Iterator
from typing import Final

from smpp import status
from smpp.pdu import PduError
from smpp.pdu.base import HEADER, MAX_LENGTH

_LENGTH: Final = struct.Struct(">L")
_SHORTEST: Final = HEADER.size
_read_length = _LENGTH.unpack_from


class Framer:
    """Octets in, whole PDUs out. It never holds more than one unfinished PDU of at most `max_length` octets."""

    def __init__(self, max_length: int = MAX_LENGTH) -> None:
        self._max_length = max_length
        self._rest = bytearray()

    @property
    def held(self) -> int:
        """Octets of a PDU that is not whole yet, or not possible."""
        return len(self._rest)

    def feed(self, data: bytes, run: Callable[[bytes, int], int] | None = None) -> Iterator[bytes]:
        """Yield each PDU that `data` completes, but those that `run` takes.

        `run` is shown the octets at hand and where the next PDU begins in them, and returns where the first PDU begins
        that it has not taken: who has a quicker way for some, many at a time, takes them there.

        Raises PduError (ESME_RINVCMDLEN) at a length under 16 or over the cap. Where the next PDU begins is then
        unknown, so the connection is of no more use.
        """
        if self._rest:
            self._rest += data
            if not self._first_is_whole():
                return
            data = bytes(self._rest)
            self._rest.clear()
        start, end = 0, len(data)
        try:
            while end - start >= _LENGTH.size:
                if run is not None and (after := run(data, start)) != start:
                    start = after
                    continue
                (length,) = _read_length(data, start)
                if not _SHORTEST <= length <= self._max_length:
                    raise _impossible(length)
                stop = start + length
                if stop > end:
                    break
                octets = data[start:stop]
                start = stop
                yield octets
        finally:
            self._rest += data[start:]

    def _first_is_whole(self) -> bool:
        """Whether it is worth copying what has been kept: a PDU that comes octet by octet is copied once."""
        if len(self._rest) < _LENGTH.size:
            return False
        (length,) = _read_length(self._rest)
        if not _SHORTEST <= length <= self._max_length:
            raise _impossible(length)
        whole: bool = length <= len(self._rest)
        return whole


def _impossible(length: int) -> PduError:
    return PduError(status.ESME_RINVCMDLEN, f"command_length {length}")
