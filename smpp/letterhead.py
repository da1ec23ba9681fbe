"""What all texts that go out over one link have in common, written once: the quick way of a broadcast.

A broadcast's texts are each their own, and so are cut and encoded once each, thousands in a second. Nearly all of them
are of one of two kinds that need no weighing of encodings: ASCII that has a septet for each character, and Chinese.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

from smpp import segments, status
from smpp.kinds import Alphabet, Encoding
from smpp.messages import LONGEST_NUMBER, LONGEST_TIME, Prepared, field, fields, prepare, source_address
from smpp.segments import MAX_SEGMENTS, UDHI, Style
from smpp.settings import LinkSettings
from smpp.text import CODINGS, whole

_ABSENT: Final = 0xFF  # no septet, and no character of an alphabet that we translate into
_ONLY_UCS2: Final = re.compile("[\u3000-\u9fff\uff00-\uffef]")
"""Chinese characters, and the full-width ones beside them: neither Latin-1 nor any national table has them."""
_MOST_VALIDITIES: Final = 64


class Letterhead:
    """Writes texts as `prepare` does, from `source` over a link with these settings; `kept` of the unusual ones stay.

    Raises PduError for a source or a service_type that does not fit.
    """

    def __init__(self, settings: LinkSettings, *, source: str, kept: int) -> None:
        style = segments.style(settings)
        self._method = style.method
        self._septets = _septets(style)
        self._gsm7 = _Form(settings, source, "gsm7")
        self._ucs2 = _Form(settings, source, "ucs2")

        @lru_cache(kept)
        def prepared(text: str) -> Prepared:
            return prepare(settings, source=source, text=text)

        self._prepared = prepared

    def octets(self, text: str, destination: str, reference: int, validity: str = "") -> list[bytes]:
        """Return `prepare(..., text).octets(...)`: the submits of a text to one recipient, and what it raises."""
        usual = self._usual(text)
        if usual is not None:
            form, octets = usual
            if len(octets) <= form.alone:
                return [form.submit(_number(destination), validity, octets)]
            parts = self._parts(text, form, octets)
            if parts is not None:
                return self._several(form, parts, _number(destination), reference, validity)
        return self._prepared(text).octets(destination, reference, validity)

    def _usual(self, text: str) -> "tuple[_Form, bytes] | None":
        """Return the form and the octets of a text for which no other encoding or table has to be thought of."""
        if text.isascii():
            if self._septets is not None:  # the plainest encoding, and none needs fewer segments
                octets = text.encode("ascii").translate(self._septets)
                if _ABSENT not in octets:
                    return self._gsm7, octets
        elif _ONLY_UCS2.search(text):
            try:
                return self._ucs2, text.encode("utf-16-be")
            except UnicodeEncodeError:  # a lone surrogate
                return None
        return None

    def _parts(self, text: str, form: "_Form", octets: bytes) -> list[bytes] | None:
        """Return what stands behind the headers that tie the segments together; None where it is not so easy."""
        if self._method not in {"udh8", "udh16"}:
            return None
        parts = segments.slices(text, octets, form.beside, form.width)
        return parts if parts is not None and len(parts) <= MAX_SEGMENTS else None

    def _several(self, form: "_Form", parts: list[bytes], number: bytes, reference: int, validity: str) -> list[bytes]:
        total = len(parts)
        return [
            form.part(number, validity, segments.header(self._method, (reference, total, place)) + part)
            for place, part in enumerate(parts, start=1)
        ]


class _Form:
    """The fields of the texts in one encoding; `alone` and `beside` are a segment's octets, as `room_of` returns."""

    def __init__(self, settings: LinkSettings, source: str, encoding: Encoding) -> None:
        self.width = 2 if encoding == "ucs2" else 1
        self.alone, self.beside = segments.room_of(encoding, settings.segments)
        self.submit = _submits(settings, source, encoding, 0)
        self.part = _submits(settings, source, encoding, UDHI)


def _submits(
    settings: LinkSettings, source: str, encoding: Encoding, esm_class: int
) -> Callable[[bytes, str, bytes], bytes]:
    """Return what writes a submit_sm from a number, a validity_period and a short_message."""
    before, between, after = fields(
        settings.service_type,
        source_address(settings, source),
        settings.destination_ton,
        settings.destination_npi,
        esm_class,
        CODINGS[encoding],
        settings.receipts,
    )
    length = 4 + len(before) + 1  # the PDU's, and sm_length

    @lru_cache(_MOST_VALIDITIES)
    def until(validity: str) -> bytes:
        return between + field(validity, LONGEST_TIME, status.ESME_RINVEXPIRY) + after

    def submit(number: bytes, validity: str, text: bytes) -> bytes:
        middle, size = until(validity), len(text)
        full = length + len(number) + len(middle) + size
        return b"".join((full.to_bytes(4, "big"), before, number, middle, size.to_bytes(1, "big"), text))

    return submit


def _number(destination: str) -> bytes:
    return field(destination.removeprefix("+"), LONGEST_NUMBER, status.ESME_RINVDSTADR)


def _septets(style: Style) -> bytes | None:
    """Return the octet in which this style's default alphabet writes each character of ASCII, or _ABSENT.

    None where it is not written octet by octet.
    """
    if "gsm7" not in style.encodings or style.default == "gsm7_packed":
        return None
    return bytes(map(partial(_septet, style.default), range(128))).ljust(256, bytes([_ABSENT]))


def _septet(default: Alphabet, code: int) -> int:
    atom = whole(chr(code), "gsm7", default=default)
    return atom.octets[0] if atom and atom.room == 1 else _ABSENT  # what takes two septets is escaped
