"""A log of what went over the wire, beside the database: which segments were posted, and how they were answered.

What is claimed and not settled when the process is killed may have been written or not, and only this file tells. A
record is with the kernel before its segment's octets are, so a kill -9 loses none. A crash of the machine may: a log of
another boot counts for nothing, nor does one that could not be written to its end.

What is written together is its length in four octets and a MessagePack array of records, each an array too: "p"
(posted) with message, segment's number, how many there are, link; "a" (answered) with message, number, link, the SMS
centre's id; "r" (refused: surely not taken) with message and number; "e" (settled, to be tried again) with message. The
first record is "boot" with the kernel's boot id.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from struct import Struct
from typing import Any

import msgspec

from clinic.outbox import SentPart, Trace

log = logging.getLogger("caredial.sender")

MOST_OCTETS = 16 * 2**20
"""Above that the log is begun anew, with what is not settled yet."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_encode = msgspec.msgpack.Encoder().encode
_length = Struct(">I").pack
_decode = msgspec.msgpack.Decoder(list[tuple[Any, ...]]).decode

Record = tuple[Any, ...]


def boot_id() -> str:
    """Another one each time that the machine starts. Raises OSError where the kernel tells none."""
    return BOOT_ID.read_text().strip()


class PostedLog:
    """The log at `path`; without one, or where it cannot be written, none is kept: then all may have been posted.

    `read` what an earlier process left, `begin`, then note what happens and `flush`, and `end`. Not safe for threads.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        boot: Callable[[], str] = boot_id,
        write: Callable[[int, bytes], int] = os.write,
        most: int = MOST_OCTETS,
    ) -> None:
        self._path, self._boot, self._write, self._most = path, boot, write, most
        self._file: int | None = None
        self._size = 0
        self._waiting: list[Record] = []
        self._live: dict[int, tuple[Record, ...]] = {}

    def read(self) -> dict[int, Trace] | None:
        """What is known of each message; None: nothing is, and whatever was claimed may have been posted."""
        if self._path is None:
            return None
        try:
            records = list(_records(self._path.read_bytes()))
            known = bool(records) and records[0] == ("boot", self._boot())
            return _traces(records[1:]) if known else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            log.warning("the log of what was posted cannot be read: %s", error)
            return None

    def begin(self) -> None:
        """Begin it anew: what was read is dealt with."""
        self._live.clear()
        self._waiting.clear()
        if self._path is not None:
            self._renew(self._path)

    def end(self) -> None:
        """Nothing more is posted. What is settled to the last message needs no log."""
        if self._path is None or self._file is None:
            return
        self.flush()
        if not self._live:
            self._path.unlink(missing_ok=True)
        self._close()

    def drop(self, error: Exception) -> None:
        """Go on without: what the file says now must not be taken for all that was posted."""
        log.error("no log of what is posted is kept, until the next start: %s", error)
        if self._path is not None:
            with suppress(OSError):
                os.truncate(self._path, 0)
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._close()
        self._live.clear()
        self._waiting.clear()

    # What happens to a message

    def posted(self, message: int, number: int, of: int, link: str) -> None:
        """Segment `number` is about to be written."""
        self._note(message, ("p", message, number, of, link))

    def answered(self, message: int, part: SentPart) -> None:
        self._note(message, ("a", message, *part))

    def refused(self, message: int, number: int) -> None:
        self._note(message, ("r", message, number))

    def settled(self, message: int, *, again: bool) -> None:
        """The database knows it all; `again`: it will be claimed once more, and that is another story."""
        if self._live.pop(message, None) is not None and again:
            self._waiting.append(("e", message))

    def flush(self) -> None:
        """Write what was noted: to be done before the octets go."""
        if not self._waiting or self._file is None or self._path is None:
            return
        octets = _framed(self._waiting)
        self._waiting.clear()
        try:
            self._put(self._file, octets)
        except OSError as error:
            self.drop(error)
            return
        self._size += len(octets)
        if self._size > self._most:
            self._renew(self._path)

    # Plumbing

    def _note(self, message: int, record: Record) -> None:
        if self._file is not None:
            self._waiting.append(record)
            before = self._live.get(message)
            self._live[message] = (record,) if before is None else (*before, record)

    def _renew(self, path: Path) -> None:
        """A new file with what is not settled takes the old one's place, whole or not at all."""
        beside = path.with_name(path.name + ".new")
        file: int | None = None
        try:
            octets = _framed([("boot", self._boot()), *chain.from_iterable(self._live.values())])
            beside.unlink(missing_ok=True)
            file = os.open(beside, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._put(file, octets)
            beside.replace(path)
        except OSError as error:
            if file is not None:
                os.close(file)
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            self.drop(error)
            return
        self._close()
        # Where much is unsettled, since the database is away, it must not be written anew with each batch.
        self._file, self._size = file, 0

    def _put(self, file: int, octets: bytes) -> None:
        while octets:
            octets = octets[self._write(file, octets) :]

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _framed(records: Sequence[Record]) -> bytes:
    octets = _encode(records)
    return _length(len(octets)) + octets


def _records(octets: bytes) -> Iterator[Record]:
    """Those that are whole: the last ones may be torn. Raises ValueError for what is no record."""
    at, end = 0, len(octets)
    while at + 4 <= end:
        begins = at + 4
        at = begins + int.from_bytes(octets[at:begins], "big")
        if at <= end:
            yield from _decode(octets[begins:at])


def _traces(records: Iterable[Record]) -> dict[int, Trace]:
    """What the records tell of each message, the later ones over the earlier. Raises ValueError, TypeError."""
    traces: dict[int, Trace] = {}
    for kind, message, *told in records:
        trace = traces.get(message) or Trace()
        if kind == "p":
            number, of, _link = told
            traces[message] = trace._replace(segments=of, open=trace.open | {number})
        elif kind == "a":
            part = SentPart(*told)
            traces[message] = trace._replace(parts=(*trace.parts, part), open=trace.open - {part.number})
        elif kind == "r":
            traces[message] = trace._replace(open=trace.open - set(told))
        else:
            traces.pop(message, None)
    return traces
