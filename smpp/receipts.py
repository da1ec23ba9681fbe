"""Delivery receipts: TLVs (SMPP 3.4 sections 5.3.2.12, .31, .35) or the text of appendix B, in all its dialects."""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from smpp import text as texts
from smpp.pdu import DeliverSm
from smpp.settings import MessageIdForm


class MessageState(IntEnum):
    """message_state (5.2.28; SCHEDULED and SKIPPED from SMPP 5.0)."""

    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9


FINAL: Final = frozenset(
    {
        MessageState.DELIVERED,
        MessageState.EXPIRED,
        MessageState.DELETED,
        MessageState.UNDELIVERABLE,
        MessageState.REJECTED,
        MessageState.SKIPPED,
    }
)

_WORDS: Final = {  # first letters of `stat:`, enough to tell them apart however the word is cut
    "SCHED": MessageState.SCHEDULED,
    "ENR": MessageState.ENROUTE,
    "BUFF": MessageState.ENROUTE,
    "DELIV": MessageState.DELIVERED,
    "EXP": MessageState.EXPIRED,
    "DELE": MessageState.DELETED,
    "UNDEL": MessageState.UNDELIVERABLE,
    "FAIL": MessageState.UNDELIVERABLE,
    "ACC": MessageState.ACCEPTED,
    "UNK": MessageState.UNKNOWN,
    "REJ": MessageState.REJECTED,
    "SKIP": MessageState.SKIPPED,
}
_RECEIPT_TYPES: Final = (0x04, 0x20)  # esm_class bits 5-2: delivery receipt, intermediate notification
_ID: Final = re.compile(r"\bid:\s*(?!sub:|dlvrd:|submit |done |stat:)([^\s\0]+)", re.IGNORECASE)
_STAT: Final = re.compile(r"\bstat:\s*([a-z]+)", re.IGNORECASE)
_ERR: Final = re.compile(r"\berr:\s*([0-9a-z]+)", re.IGNORECASE)
_DATES: Final = re.compile(r"\b(submit|done) date:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message: the SMSC's id of it, its state, whether that is the last word, and the error."""

    message_id: str
    state: MessageState
    final: bool
    error: str


def read(pdu: DeliverSm) -> Receipt | None:
    """Return the receipt in a deliver_sm, or None for one that is none. Never raises.

    TLVs win over the text. A receipt marked as such but without any id has an empty message_id.
    """
    text = _text(pdu)
    if not _is_receipt(pdu, text):
        return None
    state = _state(pdu, text)
    return Receipt(_message_id(pdu, text), state, state in FINAL, _error(pdu, text))


def _text(pdu: DeliverSm) -> str:
    """Read a receipt's text, which is ASCII or UCS-2 whatever its data_coding: as GSM-7 an id's "_" would be a "§"."""
    if texts.alphabet(pdu.data_coding) == "ucs2":
        return texts.decode_ucs2(pdu.payload)
    return pdu.payload.decode("latin-1")


def _is_receipt(pdu: DeliverSm, text: str) -> bool:
    kind = pdu.esm_class & 0x3C
    if kind:
        return kind in _RECEIPT_TYPES
    # Some SMSCs send receipts with esm_class 0; the whole form is asked for then, so that no resident's SMS counts.
    if isinstance(pdu.tlvs.get("receipted_message_id"), str) and "message_state" in pdu.tlvs:
        return True
    return all(pattern.search(text) for pattern in (_ID, _STAT, _DATES))


def _message_id(pdu: DeliverSm, text: str) -> str:
    identity = pdu.tlvs.get("receipted_message_id")
    if isinstance(identity, str) and identity.strip():
        return identity.strip()
    found = _ID.search(text)
    return found[1] if found else ""


def _state(pdu: DeliverSm, text: str) -> MessageState:
    value = pdu.tlvs.get("message_state")
    if isinstance(value, int) and value in MessageState.__members__.values():
        return MessageState(value)
    found = _STAT.search(text)
    word = found[1].upper() if found else ""
    matches = [state for start, state in _WORDS.items() if word.startswith(start)]
    return matches[0] if matches else MessageState.UNKNOWN


def _error(pdu: DeliverSm, text: str) -> str:
    """Return network_error_code as "network/code" (or its 3 digits as they are), else the text's `err`."""
    code = pdu.tlvs.get("network_error_code")
    if isinstance(code, bytes) and len(code) == 3:
        return code.decode("ascii") if code.isdigit() else f"{code[0]}/{int.from_bytes(code[1:], 'big')}"
    found = _ERR.search(text)
    return found[1] if found else ""


def normalise(message_id: str, form: MessageIdForm, where: Literal["response", "receipt"]) -> str:
    """Return a message id so that the one of a response and the one of its receipt are equal.

    With a hexadecimal side both become decimal digits without left zeros; an id that is no number stays as it is.
    """
    message_id = message_id.strip(" \0")
    if form == "as_is":
        return message_id
    base = 16 if form == f"hex_in_{where}" else 10
    try:
        return str(int(message_id, base))
    except ValueError:
        return message_id
