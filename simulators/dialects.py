"""The ways in which SMS centres write delivery receipts, by name. A new one is one more line of `DIALECTS`.

The standard names only the TLVs; the text is of its appendix B, which binds nobody, hence all these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from smpp.receipts import MessageState

Dialect = Literal[
    "standard",
    "seconds",
    "no-counts",
    "no-dates",
    "capital-text",
    "no-text-field",
    "long-words",
    "letters-in-err",
    "long-err",
    "trailing-nul",
    "payload",
    "ucs2",
    "odd-coding",
    "esm-class-0",
    "not-swapped",
    "tlvs-only",
    "text-only",
    "ascii-error-code",
]

WORDS: Final[Mapping[MessageState, str]] = {
    MessageState.ENROUTE: "ENROUTE",
    MessageState.DELIVERED: "DELIVRD",
    MessageState.EXPIRED: "EXPIRED",
    MessageState.DELETED: "DELETED",
    MessageState.UNDELIVERABLE: "UNDELIV",
    MessageState.ACCEPTED: "ACCEPTD",
    MessageState.UNKNOWN: "UNKNOWN",
    MessageState.REJECTED: "REJECTD",
}
_LONG_WORDS: Final = {**WORDS, MessageState.DELIVERED: "DELIVERED", MessageState.UNDELIVERABLE: "FAILED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a receipt is written; `date` as strftime takes it, `err` as format takes it, both empty to leave them out."""

    counts: bool = True  # "sub:001 dlvrd:001"
    date: str = "%y%m%d%H%M"
    words: Mapping[MessageState, str] = field(default_factory=lambda: WORDS)
    err: str = "{:03d}"
    text_name: str = "text"  # empty: no such field
    closing: str = ""
    payload: bool = False  # in message_payload, with sm_length 0
    data_coding: int = 0
    esm_class: int = 0x04
    swapped: bool = True  # from the phone to the application, as the receipt travels
    text: bool = True
    tlvs: bool = True
    ascii_code: bool = False  # network_error_code as three digits


DIALECTS: Final[Mapping[Dialect, Form]] = {
    "standard": Form(),
    "seconds": Form(date="%y%m%d%H%M%S"),
    "no-counts": Form(counts=False, tlvs=False),
    "no-dates": Form(date="", tlvs=False),
    "capital-text": Form(text_name="Text", tlvs=False),
    "no-text-field": Form(text_name="", tlvs=False),
    "long-words": Form(words=_LONG_WORDS, tlvs=False),
    "letters-in-err": Form(err="E{:02X}", tlvs=False),
    "long-err": Form(err="{:08d}", tlvs=False),
    "trailing-nul": Form(closing="\0", tlvs=False),
    "payload": Form(payload=True, tlvs=False),
    "ucs2": Form(data_coding=0x08, tlvs=False),
    "odd-coding": Form(data_coding=0x03, tlvs=False),
    "esm-class-0": Form(esm_class=0, tlvs=False),
    "not-swapped": Form(swapped=False),
    "tlvs-only": Form(text=False),
    "text-only": Form(tlvs=False),
    "ascii-error-code": Form(ascii_code=True),
}
