"""Misbehaviour between a manager connection and its transport: octets leave otherwise than they were meant."""

from __future__ import annotations

from collections.abc import Callable

from simulators.asterisk.conditions import AsteriskConditions
from simulators.clock import Clock, Timer


class Wire:
    """Takes whole messages and has `write` carry them; `conditions` are looked up at each."""

    def __init__(
        self, clock: Clock, conditions: Callable[[], AsteriskConditions], write: Callable[[bytes], None]
    ) -> None:
        self._clock = clock
        self._conditions = conditions
        self._write = write
        self._kept = b""
        self._timer: Timer | None = None

    def send(self, message: bytes) -> None:
        conditions = self._conditions()
        if conditions.manager_half_open:
            return
        if conditions.manager_latin1:
            message = message.decode().encode("latin-1", "replace")
        if conditions.manager_line_ends and message.endswith(b"\r\n\r\n"):
            message = message[:-2] + b"\n"
        if self._kept or conditions.manager_pieces:
            self._kept += message
            self._wait()
        else:
            self._write(message)

    def flush(self) -> None:
        """Write at once what was cut; the connection is about to be closed."""
        kept, self._kept = self._kept, b""
        if kept and not self._conditions().manager_half_open:
            self._write(kept)
        self.stop()

    def stop(self) -> None:
        """The connection is gone."""
        self._kept = b""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _wait(self) -> None:
        if self._timer is None:
            # Octets that were handed over in one turn of the reactor would leave in one segment.
            self._timer = self._clock.callLater(0, self._due)

    def _due(self) -> None:
        self._timer = None
        size = self._conditions().manager_pieces or len(self._kept)
        piece, self._kept = self._kept[:size], self._kept[size:]
        self._write(piece)
        if self._kept:
            self._wait()
