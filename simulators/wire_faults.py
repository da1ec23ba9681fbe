"""Misbehaviour between a session and its transport: what a session writes leaves otherwise than it was meant.

Everything here works on octets of whole PDUs; the session knows nothing of it.
"""

from __future__ import annotations

import random
import struct
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from simulators.answers import Answers
from simulators.clock import Clock, Timer
from simulators.conditions import Conditions
from simulators.junk import Slips

_HEADER: Final = struct.Struct(">LLLL")
_ENQUIRE_LINK_RESP: Final = 0x80000015
_SUBMIT_ANSWERS: Final = frozenset({0x80000004, 0x80000021, 0x80000103})
_BIND_ANSWERS: Final = frozenset({0x80000001, 0x80000002, 0x80000009})


class Wire:
    """Takes what a session writes and has `write` carry it; `conditions` are looked up at each PDU."""

    def __init__(
        self,
        clock: Clock,
        chance: random.Random,
        conditions: Callable[[], Conditions],
        write: Callable[[bytes], None],
    ) -> None:
        self._conditions = conditions
        self._answers = Answers(clock, chance, conditions, self._leave)
        self._slips = Slips()
        self._pdus = 0
        self._outlet = _Outlet(clock, conditions, write)

    def send(self, octets: bytes) -> None:
        """Carry what a session wrote: whole PDUs."""
        for pdu in _whole(octets):
            self._send(pdu)

    def flush(self) -> None:
        """Write at once what was kept to be glued or cut; the connection is about to be closed."""
        self._outlet.flush()

    def stop(self) -> None:
        """The connection is gone."""
        self._answers.stop()
        self._outlet.stop()

    def _send(self, pdu: bytes) -> None:
        command_id = _HEADER.unpack_from(pdu)[1]
        conditions = self._conditions()
        if command_id in _SUBMIT_ANSWERS:
            self._answers.pass_on(_odd_body(pdu, conditions))
        elif command_id != _ENQUIRE_LINK_RESP or not conditions.session_no_enquire_link:
            self._leave(pdu)

    def _leave(self, pdu: bytes) -> None:
        conditions = self._conditions()
        if conditions.session_half_open:
            return
        if _HEADER.unpack_from(pdu)[1] not in _BIND_ANSWERS:
            self._pdus += 1
            if self._pdus % conditions.wire_junk_every == 0:
                self._outlet.write(self._slips.make(conditions.wire_junk))
        self._outlet.write(pdu)


def _whole(octets: bytes) -> Iterator[bytes]:
    while octets:
        length = _HEADER.unpack_from(octets)[0]
        yield octets[:length]
        octets = octets[length:]


def _odd_body(pdu: bytes, conditions: Conditions) -> bytes:
    """Write an answer's body as the conditions want it: none, an empty one where none belongs, octets too many."""
    length, command_id, command_status, sequence = _HEADER.unpack_from(pdu)
    empty_id = bool(command_status and length == _HEADER.size and conditions.submit_error_body)
    body = b"" if conditions.submit_no_body else pdu[_HEADER.size :] + bytes(empty_id)
    body += bytes(conditions.wire_trailing)
    return _HEADER.pack(_HEADER.size + len(body), command_id, command_status, sequence) + body


class _Outlet:
    """Writes octets in one go (`wire_glue`), or a few at a time (`wire_pieces`)."""

    def __init__(self, clock: Clock, conditions: Callable[[], Conditions], write: Callable[[bytes], None]) -> None:
        self._clock = clock
        self._conditions = conditions
        self._write = write
        self._kept: deque[bytes] = deque()
        self._timer: Timer | None = None

    def write(self, octets: bytes) -> None:
        conditions = self._conditions()
        if not octets:
            return
        if self._kept or conditions.wire_glue or conditions.wire_pieces:
            self._kept.append(octets)
            self._wait(conditions.wire_glue)
        else:
            self._write(octets)

    def flush(self) -> None:
        if self._kept:
            self._write(b"".join(self._kept))
        self.stop()

    def stop(self) -> None:
        self._kept.clear()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _wait(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._clock.callLater(seconds, self._due)

    def _due(self) -> None:
        self._timer = None
        octets = b"".join(self._kept)
        self._kept.clear()
        size = self._conditions().wire_pieces or len(octets)
        self._write(octets[:size])
        if octets[size:]:
            # Octets that were handed over in one turn of the reactor would leave in one segment.
            self._kept.append(octets[size:])
            self._wait(0)
