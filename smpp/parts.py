"""Incoming segments: what each belongs to, and the whole text again (3GPP 23.040 sections 9.2.3.24, 9.2.3.24.1)."""

import codecs
import itertools
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from smpp import text as texts
from smpp.kinds import Alphabet
from smpp.pdu import ShortMessage
from smpp.text import gsm7
from smpp.text.gsm7 import PLAIN, Shift

Key = tuple[str, str, int, int, int]
"""Source, destination, reference, total, bits of the reference."""

UDHI: Final = 0x40
"""esm_class bit: the user data begins with a header."""

SAR_WIDTH: Final = 17
"""Bits of the reference, as it were, of parts told by TLVs: their references are not those of headers."""


_FULL: Final = 133
"""Octets beside a header with a 16-bit reference, an odd number: there senders part even the two octets of a unit."""


@dataclass(frozen=True, slots=True)
class Part:
    """One segment as received: which message it belongs to, its place (from 1), and its octets without header.

    `data_coding` is the message's own, 8 bits; for GSM characters the bits above it keep what the header said of them,
    since `join` needs it: locking table (bits 8-11), single shift table (12-15), fill bits if packed (16-18).
    """

    key: Key
    number: int
    total: int
    data_coding: int
    octets: bytes


class _Place(NamedTuple):
    reference: int = 0
    total: int = 1
    number: int = 1
    width: int = 0


class _Header(NamedTuple):
    place: _Place | None = None
    shift: Shift = PLAIN
    octets: int = 0  # of the header with its length


def part(pdu: ShortMessage) -> Part:
    """Read a message's place among its segments from UDH or sar TLVs; one that is alone is part 1 of 1. Never raises.

    A header that does not fit its message is taken for text: losing it would lose the message.
    """
    payload = pdu.payload
    header = _header(payload) if pdu.esm_class & UDHI else _Header()
    place = header.place or _sar(pdu) or _Place()
    coding = _coding(pdu.data_coding & 0xFF, header)
    key = (pdu.source.number, pdu.destination.number, place.reference, place.total, place.width)
    return Part(key, place.number, place.total, coding, payload[header.octets :])


def join(parts: Iterable[Part], default: Alphabet = "gsm7") -> str:
    """Return the text of a message's parts, given in any order; `default` says what data_coding 0 means.

    Neighbours of one coding are joined before they are decoded, since some senders part surrogate and escape pairs.
    """
    pieces = [_piece(part, default) for part in sorted(parts, key=lambda part: part.number)]
    runs = itertools.groupby(pieces, key=lambda piece: (piece.data_coding, piece.shift))
    return "".join(
        texts.decode(coding, _whole(coding, (piece.octets for piece in run)), _unpacked(default), shift=shift)
        for (coding, shift), run in runs
    )


class _Piece(NamedTuple):
    data_coding: int
    shift: Shift
    octets: bytes


def _piece(part: Part, default: Alphabet) -> _Piece:
    coding = part.data_coding & 0xFF
    shift = Shift(part.data_coding >> 8 & 0x0F, part.data_coding >> 12 & 0x0F)
    if default == "gsm7_packed" and coding == texts.GSM7_CODING:
        return _Piece(coding, shift, gsm7.unpack(part.octets, fill=part.data_coding >> 16 & 0x07))
    return _Piece(coding, shift, part.octets)


def _whole(coding: int, pieces: Iterable[bytes]) -> bytes:
    """Return the octets of neighbours of one coding in one.

    Some networks begin each part in UCS-2 with a byte order mark, or close it with a NUL. An odd octet that is no such
    NUL, or in a part filled to the brim, is half of a unit that the next part goes on with.
    """
    if texts.alphabet(coding) != "ucs2":
        return b"".join(pieces)
    whole = b""
    for piece in pieces:
        octets = piece if len(whole) % 2 else _big_endian(piece)
        closed = (len(whole) + len(octets)) % 2 == 1 and octets.endswith(b"\0") and len(octets) != _FULL
        whole += octets[:-1] if closed else octets
    return whole


def _big_endian(octets: bytes) -> bytes:
    """Return UTF-16 without its byte order mark."""
    if octets.startswith(codecs.BOM_UTF16_LE):
        return texts.decode_ucs2(octets).encode("utf-16-be")
    return octets.removeprefix(codecs.BOM_UTF16_BE)


def _unpacked(default: Alphabet) -> Alphabet:
    return "gsm7" if default == "gsm7_packed" else default


def _coding(data_coding: int, header: _Header) -> int:
    if texts.alphabet(data_coding) != "gsm7":
        return data_coding
    shift = header.shift
    return data_coding | shift.locking << 8 | shift.single << 12 | gsm7.fill_bits(header.octets) << 16


def _header(payload: bytes) -> _Header:
    """Read a user data header; what it says more than once counts the last time (23.040 section 9.2.3.24)."""
    if not payload or payload[0] + 1 > len(payload):
        return _Header()
    elements = payload[1 : payload[0] + 1]
    place, shift = None, PLAIN
    while len(elements) >= 2:
        element, length = elements[0], elements[1]
        value, elements = elements[2 : 2 + length], elements[2 + length :]
        if len(value) == length:
            place = _concatenation(element, value) or place
            shift = shift.told(element, value)
    return _Header(place, shift, payload[0] + 1)


def _concatenation(element: int, value: bytes) -> _Place | None:
    if (element, len(value)) in ((0x00, 3), (0x08, 4)):
        return _sane(int.from_bytes(value[:-2], "big"), value[-2], value[-1], 8 * (len(value) - 2))
    return None


def _sar(pdu: ShortMessage) -> _Place | None:
    """Read the sar TLVs (SMPP 3.4 5.3.2.22-24); all three are needed, else they are ignored."""
    names = ("sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum")
    reference, total, number = (pdu.tlvs.get(name) for name in names)
    if isinstance(reference, int) and isinstance(total, int) and isinstance(number, int):
        return _sane(reference, total, number, SAR_WIDTH)
    return None


def _sane(reference: int, total: int, number: int, width: int) -> _Place | None:
    # 23.040 9.2.3.24.1: a number of 0 or above the total makes the element void. A TLV could tell of more than 255.
    if not 0 < number <= total <= 0xFF:
        return None
    return _Place(reference, total, number, width) if total > 1 else _Place()


@dataclass(slots=True)
class _Message:
    since: float
    parts: dict[int, Part] = field(default_factory=dict)

    @property
    def octets(self) -> int:
        return sum(len(part.octets) for part in self.parts.values())


class Reassembly:
    """Incoming segments waiting for the rest, in memory, bounded in number and age; repetitions and any order are fine.

    At most `max_messages` unfinished messages and `max_octets` of text are kept, each message for `max_age`
    seconds; the oldest goes first.
    """

    def __init__(
        self,
        *,
        max_messages: int = 1000,
        max_age: float = 24 * 3600,
        max_octets: int = 4_000_000,
        default: Alphabet = "gsm7",
    ) -> None:
        self._max_messages = max_messages
        self._max_age = max_age
        self._max_octets = max_octets
        self._default = default
        self._octets = 0
        self._waiting: OrderedDict[Key, _Message] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, pdu: ShortMessage, now: float) -> str | None:
        """Take one message or segment; return the whole text when it is complete, else None. `now` is seconds.

        A part that differs from the one we have in its place is of a new message, whose sender counted its references
        round: the old one will not be finished any more.
        """
        self._forget_oldest(now)
        piece = part(pdu)
        if piece.total == 1:
            return join([piece], self._default)
        self._keep(piece, now)
        message = self._waiting[piece.key]
        if len(message.parts) < piece.total:
            self._forget_oldest(now)
            return None
        self._drop(piece.key)
        return join(message.parts.values(), self._default)

    def _keep(self, piece: Part, now: float) -> None:
        waiting = self._waiting.get(piece.key)
        known = waiting and waiting.parts.get(piece.number)
        if known and known != piece:
            self._drop(piece.key)
        if known != piece:
            self._waiting.setdefault(piece.key, _Message(now)).parts[piece.number] = piece
            self._octets += len(piece.octets)

    def _forget_oldest(self, now: float) -> None:
        while self._waiting:
            key, oldest = next(iter(self._waiting.items()))
            young = now - oldest.since <= self._max_age
            if young and len(self._waiting) <= self._max_messages and self._octets <= self._max_octets:
                break
            self._drop(key)

    def _drop(self, key: Key) -> None:
        self._octets -= self._waiting.pop(key).octets
