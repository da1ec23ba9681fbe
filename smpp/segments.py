"""Long texts in segments (3GPP 23.040 section 9.2.3.24.1); for incoming ones see `parts`, whose names stand here too.

The air carries 140 octets of user data, with its header: 160 septets, 140 octets or 70 UTF-16 units alone, 153, 134
or 67 beside a header of 6 octets. National tables take 3 octets each of that, 4 where they are alone in the header.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from smpp import text as texts
from smpp.kinds import Alphabet, Encoding, NationalLanguage, SegmentMethod
from smpp.parts import UDHI, Key, Part, Reassembly, join, part
from smpp.settings import LinkSettings
from smpp.text import Atom, gsm7
from smpp.text.gsm7 import PLAIN, Shift
from smpp.text.national import IDENTIFIERS, LOCKING, SINGLE

__all__ = [
    "MAX_SEGMENTS",
    "STANDARD",
    "UDHI",
    "Cut",
    "Key",
    "Part",
    "Reassembly",
    "Segment",
    "Style",
    "TextTooLong",
    "alone",
    "count",
    "cut",
    "header",
    "join",
    "part",
    "room_of",
    "slices",
    "split",
    "style",
    "written",
]

MAX_SEGMENTS: Final = 255
USER_DATA: Final = 140
"""Octets of one short message on the air, its header among them (23.040 section 9.2.3.16)."""

MAX_PAYLOAD: Final = 0xFFFF
"""Octets of message_payload: a TLV's length has 16 bits."""

_BY_HEADER: Final[tuple[SegmentMethod, ...]] = ("udh8", "udh16")
_CONCATENATION_8, _CONCATENATION_16 = 0x00, 0x08  # information elements
_JOINER: Final = "\u200d"
_SINGLE_ONES: Final = "\x00-\u02ff\u2010-\u2027\u3000-\u3029\u3030-\u3098\u309b-\u9fff\uff00-\uffef"
"""Characters of which none belongs to the one before it: Latin, Chinese and Japanese ones with their punctuation."""
_NOT_SINGLE: Final = re.compile(f"[^{_SINGLE_ONES}]")


class TextTooLong(ValueError):
    """A text that needs more than 255 segments."""

    retry = False


@dataclass(frozen=True, slots=True)
class Style:
    """How a link wants its texts: which encodings and national tables may be used, and how parts are tied together.

    Links of an equal style cut a text alike.
    """

    method: SegmentMethod = "udh8"
    encodings: tuple[Encoding, ...] = ("gsm7", "ucs2")
    default: Alphabet = "gsm7"
    shifts: tuple[NationalLanguage, ...] = ()


STANDARD: Final = Style()


def style(settings: LinkSettings) -> Style:
    """Return the style that a link's settings describe."""
    return _style(settings.segments, settings.encodings, settings.default_alphabet, settings.national_shifts)


_style: Final = lru_cache(maxsize=64)(Style)


@dataclass(frozen=True, slots=True)
class Segment:
    """The fields of one submit_sm that depend on the text."""

    esm_class: int
    data_coding: int
    short_message: bytes
    tlvs: Mapping[str, int | bytes | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cut:
    """A text cut where its segments end, in the cheapest encoding that the style allows.

    `units` is the text's length in septets, octets or UTF-16 units; `parts` the octets of each segment, not yet packed.
    """

    encoding: Encoding
    shift: Shift
    units: int
    parts: tuple[bytes, ...]

    @property
    def data_coding(self) -> int:
        return texts.CODINGS[self.encoding]


def cut(text: str, style: Style = STANDARD) -> Cut:
    """Cut a text so that it needs the fewest segments; of equal ones the plainest encoding wins.

    From plain: the default alphabet, the same with a national table, Latin-1, UCS-2. With message_payload the segments
    are those that the SMSC will make. Raises TextTooLong.
    """
    best: Cut | None = None
    for choice in _choices(style):
        most = len(best.parts) - 1 if best else MAX_SEGMENTS
        if not most:
            break
        best = _cut_in(choice, text, style, most) or best
    if best is None:
        raise TextTooLong(f"more than the {MAX_SEGMENTS} segments that are possible are needed")
    return best


def _cut_in(choice: "_Choice", text: str, style: Style, most: int) -> Cut | None:
    """Return the text cut in this encoding; None where it lacks a character, or needs more than `most` segments."""
    encoding, shift, alone, beside = choice
    width = 2 if encoding == "ucs2" else 1
    longest = max(alone, beside * most)
    if len(text) * width > longest:
        return None
    whole = texts.whole(text, encoding, default=style.default, shift=shift)
    if whole is None or whole.room > longest:
        return None
    parts = [whole.octets] if whole.room <= alone else _parted(choice, text, whole, style)
    return Cut(encoding, shift, whole.room // width, tuple(parts)) if len(parts) <= most else None


def _parted(choice: "_Choice", text: str, whole: Atom, style: Style) -> list[bytes]:
    """Return the parts of a text that needs several; where all characters are alike its octets are cut as they are."""
    width = 2 if choice.encoding == "ucs2" else 1
    parts = slices(text, whole.octets, choice.beside, width) if whole.room == len(whole.octets) else None
    if parts is not None:
        return parts
    atoms = texts.atoms(text, choice.encoding, default=style.default, shift=choice.shift) or []
    return _fill(_pieces(text, atoms, choice.beside), choice.beside)


def slices(text: str, octets: bytes, room: int, width: int) -> list[bytes] | None:
    """Return the parts, of at most `room` octets, of a text that may be cut after any character.

    None where a character has more than `width` octets, or belongs to the one before it.
    """
    if len(octets) != len(text) * width or _has_clusters(text):
        return None
    room = room // width * width
    return [octets[first : first + room] for first in range(0, len(octets), room)]


def split(text: str, reference: int, style: Style = STANDARD) -> list[Segment]:
    """Split a text; `reference` (its lowest 8 or 16 bits) ties the parts together.

    Neither an escape nor a surrogate pair is parted, nor a character and its combining marks if they fit one segment.
    Raises TextTooLong.
    """
    return written(cut(text, style), reference, style)


def written(found: Cut, reference: int, style: Style = STANDARD) -> list[Segment]:
    """Return a text that is cut already as `split` does. Raises TextTooLong."""
    if len(found.parts) > 1 and style.method == "payload":
        return [_payload(found, style)]
    total = len(found.parts)
    if total == 1:
        esm_class, user_data = alone(found, style)
        return [Segment(esm_class, found.data_coding, user_data)]
    segments = []
    for number, octets in enumerate(found.parts, start=1):
        place = (reference, total, number)
        beside = header(style.method, place, found.shift)
        tlvs = _sar_tlvs(*place) if style.method == "sar" else {}
        user_data = beside + _written(octets, found, style, fill=gsm7.fill_bits(len(beside)))
        segments.append(Segment(UDHI if beside else 0, found.data_coding, user_data, tlvs))
    return segments


def alone(found: Cut, style: Style = STANDARD) -> tuple[int, bytes]:
    """Return the esm_class and the short_message of a text that needs one segment."""
    header = b"" if found.shift is PLAIN else _header(found.shift, b"")
    octets = _written(found.parts[0], found, style, fill=gsm7.fill_bits(len(header)))
    return (UDHI, header + octets) if header else (0, octets)


def count(text: str, style: Style = STANDARD) -> int:
    """Return how many segments a text needs. Raises TextTooLong."""
    return len(cut(text, style).parts)


def room_of(encoding: Encoding, method: SegmentMethod) -> tuple[int, int]:
    """Return the septets or octets that a segment has room for, without national tables: alone, and beside others."""
    return _rooms(encoding, PLAIN, method)


class _Choice(NamedTuple):
    """One way to write a text, and the septets or octets that a segment has room for: `alone`, and `beside` others."""

    encoding: Encoding
    shift: Shift
    alone: int
    beside: int


@lru_cache(maxsize=64)
def _choices(style: Style) -> tuple[_Choice, ...]:
    """Return what the style allows, the plainest first."""
    return tuple(
        _Choice(encoding, shift, *_rooms(encoding, shift, style.method)) for encoding, shift in _encodings(style)
    )


def _encodings(style: Style) -> Iterator[tuple[Encoding, Shift]]:
    """Yield what the style allows; UCS-2 always is, since it has every character."""
    if "gsm7" in style.encodings:
        yield "gsm7", PLAIN
        if style.default in ("gsm7", "gsm7_packed"):  # another alphabet is converted by the SMSC, which has no tables
            yield from (("gsm7", shift) for shift in _shifts(style.shifts))
    if "latin1" in style.encodings:
        yield "latin1", PLAIN
    yield "ucs2", PLAIN


def _shifts(languages: Iterable[NationalLanguage]) -> Iterator[Shift]:
    """Yield a language's single shift table, its locking table, and both."""
    for language in languages:
        number = IDENTIFIERS[language]
        for shift in (Shift(single=number), Shift(locking=number), Shift(number, number)):
            if shift.locking in LOCKING and shift.single in SINGLE:
                yield shift


def _rooms(encoding: Encoding, shift: Shift, method: SegmentMethod) -> tuple[int, int]:
    """Return the room of a text alone and the one beside others: none where the SMSC is to write a table's header."""
    alone = _room(encoding, len(_header(shift, b"")))
    if shift != PLAIN and method not in _BY_HEADER:
        return alone, 0
    concatenation = _concatenation("udh16" if method == "udh16" else "udh8", (0, 0, 0))
    return alone, _room(encoding, len(_header(shift, concatenation)))


def _room(encoding: Encoding, header: int) -> int:
    """Return the septets or octets that are left beside a header of so many octets."""
    return (USER_DATA - header) * 8 // 7 if encoding == "gsm7" else USER_DATA - header


def _pieces(text: str, atoms: list[Atom], room: int) -> Iterable[Atom]:
    """Return what a segment should not part: each character with the marks, joiners and colours that belong to it.

    What is longer than a segment must be parted somewhere: it comes in single characters.
    """
    if not _has_clusters(text):
        return atoms
    clusters: list[list[Atom]] = []
    joined = False
    for character, atom in zip(text, atoms, strict=True):
        if clusters and (joined or _belongs_to_the_last(character)):
            clusters[-1].append(atom)
        else:
            clusters.append([atom])
        joined = character == _JOINER
    merged = (
        (cluster, Atom(b"".join(a.octets for a in cluster), sum(a.room for a in cluster))) for cluster in clusters
    )
    return itertools.chain.from_iterable([whole] if whole.room <= room else cluster for cluster, whole in merged)


def _has_clusters(text: str) -> bool:
    """Tell whether a text has characters that belong to the ones before them."""
    if text.isascii() or not _NOT_SINGLE.search(text):  # mostly so, and told in a tenth of the time
        return False
    return any(map(_belongs_to_the_last, set(text)))


@lru_cache(maxsize=10_000)
def _belongs_to_the_last(character: str) -> bool:
    mark = character > "\u02ff" and unicodedata.category(character) in ("Mn", "Mc", "Me")
    return mark or character == _JOINER or "\U0001f3fb" <= character <= "\U0001f3ff"  # colours of skin


def _fill(pieces: Iterable[Atom], room: int) -> list[bytes]:
    parts: list[list[bytes]] = [[]]
    left = room
    for octets, size in pieces:
        if size > left:
            parts.append([])
            left = room
        parts[-1].append(octets)
        left -= size
    return [b"".join(part) for part in parts]


def header(method: SegmentMethod, place: tuple[int, int, int], shift: Shift = PLAIN) -> bytes:
    """Return a part's user data header; `place` is the text's reference, how many parts it has, and the part's number.

    Empty where TLVs tell the place, and no national tables are in use.
    """
    return _header(shift, _concatenation(method, place))


def _header(shift: Shift, concatenation: bytes) -> bytes:
    elements = concatenation if shift is PLAIN else concatenation + shift.elements
    return bytes([len(elements)]) + elements if elements else b""


def _concatenation(method: SegmentMethod, place: tuple[int, int, int]) -> bytes:
    """Return the information element of a part's place; empty where no header tells it."""
    reference, total, number = place
    if method == "udh8":
        return bytes([_CONCATENATION_8, 3, reference & 0xFF, total, number])
    if method == "udh16":
        return bytes([_CONCATENATION_16, 4]) + (reference & 0xFFFF).to_bytes(2, "big") + bytes([total, number])
    return b""


def _sar_tlvs(reference: int, total: int, number: int) -> dict[str, int | bytes | str]:
    return {"sar_msg_ref_num": reference & 0xFFFF, "sar_total_segments": total, "sar_segment_seqnum": number}


def _written(octets: bytes, found: Cut, style: Style, *, fill: int) -> bytes:
    """Return a part's octets as this SMSC takes them: packed, where it is one that wants that."""
    packed = found.encoding == "gsm7" and style.default == "gsm7_packed"
    return gsm7.pack(octets, fill=fill) if packed else octets


def _payload(found: Cut, style: Style) -> Segment:
    octets = _written(b"".join(found.parts), found, style, fill=0)
    if len(octets) > MAX_PAYLOAD:
        raise TextTooLong(f"{len(octets)} octets do not fit message_payload")
    return Segment(0, found.data_coding, b"", {"message_payload": octets})
