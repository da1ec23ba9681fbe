"""Delivery receipts: TLVs (SMPP 3.4 sections 5.3.2.12, .31, .35) or the text of appendix B, in all its dialects."""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from smpp import text as texts
from smpp.kinds import Alphabet, MessageIdForm
from smpp.parts import UDHI, part
from smpp.pdu import ShortMessage
from smpp.text import gsm7


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
_STATES: Final[dict[int, MessageState]] = {int(state): state for state in MessageState}
_RECEIPT_TYPES: Final = (0x04, 0x20)  # esm_class bits 5-2: delivery receipt, intermediate notification
_ACKNOWLEDGEMENTS: Final = (0x08, 0x10, 0x18)
_ID: Final = re.compile(r"\bid:\s*(?!sub:|dlvrd:|submit[ _]?date|done[ _]?date|stat:)([^\s,;]+)", re.IGNORECASE)
_STAT: Final = re.compile(r"\bstat:\s*([a-z]+|[0-9]\b)", re.IGNORECASE)
_ERR: Final = re.compile(r"\berr:\s*([0-9a-z]+)", re.IGNORECASE)
_DATES: Final = re.compile(r"\b(submit|done)[ _]?date:", re.IGNORECASE)
_REGULAR: Final = re.compile(
    rb"id:([0-9A-Fa-f-]+) sub:[0-9]+ dlvrd:[0-9]+ submit date:[0-9]+ done date:[0-9]+ stat:([A-Z]+) err:([0-9A-Za-z]+)"
    rb"(?: [Tt]ext:|\Z)"
)
_OUR_TEXT: Final = re.compile(r"\btext:", re.IGNORECASE)
_LONGEST_DIGITS: Final = 64
_HEXADECIMAL: Final = re.compile(rf"[0-9a-f]{{1,{_LONGEST_DIGITS}}}", re.IGNORECASE)
_GROUP: Final = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message: the SMSC's id of it, its state, whether that is the last word, and the error.

    `forgeable`: nothing but its text makes it a receipt, and anybody can write that in an SMS.
    """

    message_id: str
    state: MessageState
    final: bool
    error: str
    forgeable: bool = False


def is_acknowledgement(pdu: ShortMessage) -> bool:
    """Tell whether a deliver_sm is a phone's acknowledgement (5.2.12: delivery, manual, conversation abort).

    We ask for none (registered_delivery bits 3-2); one that comes all the same is no text of somebody's.
    """
    return pdu.esm_class & 0x3C in _ACKNOWLEDGEMENTS


def read(pdu: ShortMessage, default: Alphabet = "gsm7") -> Receipt | None:
    """Return the receipt in a deliver_sm, or None for one that is none. Never raises.

    TLVs win over the text. A receipt marked as such but without any id has an empty message_id. `default` says what
    data_coding 0 means, for the SMSCs that pack it.
    """
    kind = pdu.esm_class & 0x3C
    if kind and kind not in _RECEIPT_TYPES:
        return None
    tlvs = pdu.tlvs
    written = _regular(pdu) or _tolerant(_text(pdu, default))
    by_tlvs = isinstance(tlvs.get("receipted_message_id"), str) and "message_state" in tlvs
    # Some SMSCs send receipts with esm_class 0; the whole form is asked for then, so that no resident's SMS counts.
    if not (kind or by_tlvs or written.whole):
        return None
    state = _state(tlvs.get("message_state"), written.state)
    message_id = _identity(tlvs.get("receipted_message_id")) or written.message_id
    error = _network_error(tlvs.get("network_error_code")) or written.error
    return Receipt(message_id, state, state in FINAL, error, forgeable=not (kind or by_tlvs))


class _Written(NamedTuple):
    """What the text says; `whole`: all that makes a receipt of a text is there."""

    message_id: str
    state: MessageState
    error: str
    whole: bool


def _regular(pdu: ShortMessage) -> _Written | None:
    """Read the text of appendix B to the letter, as nearly all SMSCs write it; what `_tolerant` finds, much quicker.

    Nothing in it depends on the alphabet: a packed text does not begin with "id:" and go on like this.
    """
    found = None if pdu.esm_class & UDHI else _REGULAR.match(pdu.payload)
    if found is None:
        return None
    message_id, word, error = found.groups()
    return _Written(message_id.decode("ascii"), _state_of(word.decode("ascii")), error.decode("ascii"), whole=True)


def _tolerant(text: str) -> _Written:
    """Read what fields there are, in any order."""
    message_id, stat, error = _ID.search(text), _STAT.search(text), _ERR.search(text)
    return _Written(
        message_id[1] if message_id else "",
        _state_of(stat[1].upper() if stat else ""),
        error[1] if error else "",
        whole=bool(message_id and stat and _DATES.search(text)),
    )


def _text(pdu: ShortMessage, default: Alphabet) -> str:
    """Return the fields before the message's own text, which may have words that look like fields.

    They are ASCII in one octet or in two, whatever data_coding says: many SMSCs copy the one of the message, and read
    as GSM-7 an id's "_" would be a "§".
    """
    octets = part(pdu).octets  # some SMSCs copy the message's header too
    if default == "gsm7_packed" and pdu.data_coding == texts.GSM7_CODING and b"stat:" not in octets.lower():
        octets = gsm7.unpack(octets)
    wide = 3 * octets.count(0) > len(octets)
    text = octets.replace(b"\0", b"" if wide else b" ").decode("latin-1").removeprefix("þÿ").removeprefix("ÿþ")
    fields = _OUR_TEXT.split(text, maxsplit=1)[0]
    return fields if _STAT.search(fields) else text


@lru_cache(maxsize=1000)
def _state_of(word: str) -> MessageState:
    if word.isdecimal():
        return MessageState(int(word))
    matches = [state for start, state in _WORDS.items() if word.startswith(start)]
    return matches[0] if matches else MessageState.UNKNOWN


def _state(value: object, written: MessageState) -> MessageState:
    return _STATES.get(value, written) if isinstance(value, int) else written


def _identity(value: object) -> str:
    return value.strip(" \0") if isinstance(value, str) else ""


def _network_error(code: object) -> str:
    """Return network_error_code as "network/code", or 3 or 4 digits as they are; "" for what is no such code."""
    if isinstance(code, bytes) and len(code) in (3, 4) and code.isdigit():
        return code.decode("ascii")
    if isinstance(code, bytes) and len(code) == 3:
        return f"{code[0]}/{int.from_bytes(code[1:], 'big')}"
    return ""


def normalise(message_id: str, form: MessageIdForm, where: Literal["response", "receipt"]) -> str:
    """Return a message id so that the one of a response and the one of its receipt are equal.

    "as_is": an id of decimal or hexadecimal digits loses its left zeros, which some SMSCs write on one side only. Hence
    "0042" and "42" are one id; an SMSC that has both has them in one width, and then they do not meet. In an id of
    several groups (a UUID, "SAR-26097-1EEDF843-2") every group of hexadecimal digits becomes lower-case, since some
    SMSCs write capitals on one side only; a group that mixes both cases, or has other letters, tells ids apart by case
    and stays. With a hexadecimal side, a number becomes decimal digits without left zeros; one that has letters is
    hexadecimal even on the decimal side (a TLV beside a decimal text). Other ids are treated as under "as_is".
    """
    if form == "as_is" and message_id.isdecimal() and message_id.isascii() and len(message_id) <= _LONGEST_DIGITS:
        return message_id.lstrip("0") or "0"  # as below, for what most SMSCs write: this is asked by the million
    message_id = message_id.strip(" \0")
    if _HEXADECIMAL.fullmatch(message_id) is None:
        return _GROUP.sub(_fold, message_id)
    if form == "as_is":
        one_case = message_id.islower() or message_id.isupper()
        return (message_id.lower() if one_case else message_id).lstrip("0") or "0"
    decimal = form != f"hex_in_{where}" and message_id.isdecimal()
    return str(int(message_id, 10 if decimal else 16))


def _fold(group: re.Match[str]) -> str:
    hexadecimal = _HEXADECIMAL.fullmatch(group[0]) and (group[0].islower() or group[0].isupper())
    return group[0].lower() if hexadecimal else group[0]
