"""What a scanner, a keyboard or a camera gave: a signed T-code, its number, or the link to its page."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tcode import number, token
from tcode.voucher import PREFIX

MAX_LENGTH = 512

_LINK = re.compile(r"/t/([0-9A-Za-z]+)/?(?:[?#].*)?$")


@dataclass(frozen=True, slots=True)
class Signed:
    """The text of a voucher, its signature not checked yet."""

    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Twelve digits whose check digits fit; whether they are anybody's is not known yet."""

    number: str


@dataclass(frozen=True, slots=True)
class Link:
    """The token in a page's address."""

    token: str


Scanned = Signed | Typed | Link


def recognise(code: str) -> Scanned | None:
    """What `code` is; None for a text that is no T-code in any form.

    A scanner is a keyboard to the computer: caps lock gives small letters, a Chinese input method full-width ones.
    Raises BadNumber for digits that are mistyped.
    """
    text = unicodedata.normalize("NFKC", code[:MAX_LENGTH]).strip()
    if text.upper().startswith(PREFIX):
        return Signed(text.upper())
    if (link := _LINK.search(text)) and token.well_formed(link[1]):
        return Link(link[1])
    if text and not re.search(r"[^\W\d_]", text) and any(character.isdigit() for character in text):
        return Typed(number.parse(text))
    return None
