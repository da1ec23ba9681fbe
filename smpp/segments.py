"""Long texts in segments, and incoming segments back in one text (3GPP 23.040 section 9.2.3.24.1).

| units                | alone | in a segment with the 6-octet UDH |
| GSM-7 septets        | 160   | 153 |
| UTF-16 units         | 70    | 67  |
"""

import itertools
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from smpp import text as texts
from smpp.pdu import ShortMessage

Key = tuple[str, str, int, int, int]
"""Source, destination, reference, total, bits of the reference."""

UDHI: Final = 0x40
"""esm_class bit: the payload begins with a user data header."""

MAX_SEGMENTS: Final = 255
_ALONE: Final = {"gsm7": 160, "ucs2": 140}  # octets of short_message
_PART: Final = {"gsm7": 153, "ucs2": 134}
_CODING: Final = {"gsm7": texts.GSM7_CODING, "ucs2": texts.UCS2_CODING}


class TextTooLong(ValueError):
    """A text that needs more than 255 segments."""

    retry = False


@dataclass(frozen=True, slots=True)
class Segment:
    """The fields of one submit_sm that depend on the text."""

    esm_class: int
    data_coding: int
    short_message: bytes


def split(text: str, reference: int) -> list[Segment]:
    """Split a text; `reference` (its lowest 8 bits) ties the parts together. An escape or surrogate pair stays whole.

    Raises TextTooLong.
    """
    encoding, atoms = texts.atoms(text)
    coding = _CODING[encoding]
    if sum(map(len, atoms)) <= _ALONE[encoding]:
        return [Segment(0, coding, b"".join(atoms))]
    parts = _fill(atoms, _PART[encoding])
    if len(parts) > MAX_SEGMENTS:
        raise TextTooLong(f"{len(parts)} segments are needed, {MAX_SEGMENTS} are possible")
    return [
        Segment(UDHI, coding, bytes([5, 0, 3, reference & 0xFF, len(parts), number]) + part)
        for number, part in enumerate(parts, start=1)
    ]


def count(text: str) -> int:
    """Return how many segments a text needs. Raises TextTooLong."""
    return len(split(text, 0))


def _fill(atoms: Iterable[bytes], room: int) -> list[bytes]:
    parts = [b""]
    for atom in atoms:
        if len(parts[-1]) + len(atom) > room:
            parts.append(b"")
        parts[-1] += atom
    return parts


@dataclass(frozen=True, slots=True)
class Part:
    """One segment as received: which message it belongs to, its place (from 1), and its octets without UDH."""

    key: Key
    number: int
    total: int
    octets: bytes


def part(pdu: ShortMessage) -> Part:
    """Read a message's place among its segments from UDH or sar TLVs; one that is alone is part 1 of 1."""
    octets = pdu.payload
    place = None
    if pdu.esm_class & UDHI:
        place, octets = _user_data_header(octets)
    place = place or _sar(pdu)
    reference, total, number, width = place or (0, 1, 1, 0)
    return Part((pdu.source.number, pdu.destination.number, reference, total, width), number, total, octets)


def _user_data_header(payload: bytes) -> tuple[tuple[int, int, int, int] | None, bytes]:
    """Return (reference, total, number, width) or None, and the octets after the header.

    A header that does not fit the payload is taken for text: losing it would lose the message.
    """
    if not payload or payload[0] + 1 > len(payload):
        return None, payload
    header, octets = payload[1 : payload[0] + 1], payload[payload[0] + 1 :]
    place = None
    while len(header) >= 2:
        element, length = header[0], header[1]
        value, header = header[2 : 2 + length], header[2 + length :]
        if len(value) == length and (element, length) in ((0x00, 3), (0x08, 4)):
            reference = int.from_bytes(value[:-2], "big")
            place = _sane(reference, value[-2], value[-1], 8 * (length - 2)) or place
    return place, octets


def _sar(pdu: ShortMessage) -> tuple[int, int, int, int] | None:
    """Read the sar TLVs (5.3.2.22-24); all three are needed, else they are ignored."""
    names = ("sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum")
    reference, total, number = (pdu.tlvs.get(name) for name in names)
    if isinstance(reference, int) and isinstance(total, int) and isinstance(number, int):
        return _sane(reference, total, number, 17)  # a width of its own: never mixed with UDH references
    return None


def _sane(reference: int, total: int, number: int, width: int) -> tuple[int, int, int, int] | None:
    # 23.040 9.2.3.24.1: a number of 0 or above the total makes the element void.
    return (reference, total, number, width) if 0 < number <= total else None


@dataclass(slots=True)
class _Message:
    since: float
    total: int
    parts: dict[int, tuple[int, bytes]] = field(default_factory=dict)


class Reassembly:
    """Incoming segments waiting for the rest, bounded in number and age; duplicates and any order are fine.

    At most `max_messages` unfinished messages and `max_octets` of text are kept, each message for `max_age`
    seconds; the oldest goes first.
    """

    def __init__(self, *, max_messages: int = 1000, max_age: float = 24 * 3600, max_octets: int = 4_000_000) -> None:
        self._max_messages = max_messages
        self._max_age = max_age
        self._max_octets = max_octets
        self._octets = 0
        self._waiting: OrderedDict[Key, _Message] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, pdu: ShortMessage, now: float) -> str | None:
        """Take one message or segment; return the whole text when it is complete, else None. `now` is seconds."""
        self._forget_oldest(now)
        piece = part(pdu)
        if piece.total == 1:
            return texts.decode(pdu.data_coding, piece.octets)
        message = self._waiting.setdefault(piece.key, _Message(now, piece.total))
        if piece.number not in message.parts:
            message.parts[piece.number] = (pdu.data_coding, piece.octets)
            self._octets += len(piece.octets)
        if len(message.parts) < message.total:
            self._forget_oldest(now)
            return None
        self._drop(piece.key)
        return _join(message)

    def _forget_oldest(self, now: float) -> None:
        while self._waiting:
            key, oldest = next(iter(self._waiting.items()))
            young = now - oldest.since <= self._max_age
            if young and len(self._waiting) <= self._max_messages and self._octets <= self._max_octets:
                break
            self._drop(key)

    def _drop(self, key: Key) -> None:
        self._octets -= sum(len(octets) for _, octets in self._waiting.pop(key).parts.values())


def _join(message: _Message) -> str:
    """Join neighbours of one coding before decoding, since some senders part surrogate and escape pairs."""
    ordered = [message.parts[number] for number in sorted(message.parts)]
    runs = itertools.groupby(ordered, key=lambda piece: piece[0])
    return "".join(texts.decode(coding, b"".join(octets for _, octets in run)) for coding, run in runs)
