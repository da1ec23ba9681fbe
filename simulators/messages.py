"""The messages that the network took from ESMEs: ids, states, receipts, and what a query tells.

Source: SMPP 3.4 sections 4.8 (query_sm), 5.2.28 (message_state), appendix B (text of a receipt).
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from smpp import text as texts
from smpp.pdu import Address, DeliverSm, QuerySm, QuerySmResp, SubmitSm
from smpp.receipts import MessageState
from smpp.segments import part
from smpp.status import ESME_RINVMSGID

REMEMBERED: Final = 100_000
RECEIPT: Final = 0x04  # esm_class of a delivery receipt
ABSENT: Final = 1  # the error that a failed message is given: absent subscriber

_WORDS: Final = {MessageState.DELIVERED: "DELIVRD", MessageState.UNDELIVERABLE: "UNDELIV"}
_ALWAYS, _ON_FAILURE, _ON_SUCCESS = 1, 2, 3  # registered_delivery bits 1-0 (5.2.17; 3 is of SMPP 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One accepted submit; times are seconds since 1970."""

    id: int
    account: str
    source: Address
    destination: Address
    registered_delivery: int
    begin: str  # first 20 characters, as a receipt repeats them
    submitted: float
    state: MessageState = MessageState.ENROUTE
    done: float | None = None

    @property
    def wants_receipt(self) -> bool:
        """Whether its final state is to be told."""
        asked = self.registered_delivery & 3
        wanted = _ON_SUCCESS if self.state is MessageState.DELIVERED else _ON_FAILURE
        return asked in (_ALWAYS, wanted)


class Messages:
    """The latest messages by id."""

    def __init__(self, *, first_id: int = 1, most: int = REMEMBERED) -> None:
        self._ids = count(first_id)
        self._most = most
        self._by_id: OrderedDict[int, Message] = OrderedDict()

    def take(self, account: str, pdu: SubmitSm, *, now: float) -> Message:
        """Give an accepted submit its id."""
        message = Message(
            id=next(self._ids),
            account=account,
            source=pdu.source,
            destination=pdu.destination,
            registered_delivery=pdu.registered_delivery,
            begin=texts.decode(pdu.data_coding, part(pdu).octets)[:20],
            submitted=now,
        )
        self._by_id[message.id] = message
        if len(self._by_id) > self._most:
            self._by_id.popitem(last=False)
        return message

    def settle(self, message: Message, state: MessageState, *, now: float) -> Message:
        """Note the final state and return the message with it."""
        settled = replace(message, state=state, done=now)
        if message.id in self._by_id:
            self._by_id[message.id] = settled
        return settled

    def query(self, account: str, pdu: QuerySm, *, hexadecimal: bool) -> QuerySmResp:
        """Answer query_sm: only the account's own messages, and the source must match (4.8.1)."""
        message = self._by_id.get(_number(pdu.message_id, hexadecimal=hexadecimal))
        if message is None or (message.account, message.source.number) != (account, pdu.source.number):
            return QuerySmResp(sequence=pdu.sequence, status=ESME_RINVMSGID)
        done = "" if message.done is None else _moment(message.done).strftime("%y%m%d%H%M%S000+")
        return QuerySmResp(
            sequence=pdu.sequence,
            message_id=pdu.message_id,
            final_date=done,
            message_state=int(message.state),
            error_code=ABSENT if message.state is MessageState.UNDELIVERABLE else 0,
        )


def written(message: Message, *, hexadecimal: bool) -> str:
    """Return the id as an answer carries it."""
    return f"{message.id:X}" if hexadecimal else str(message.id)


def receipt(message: Message) -> DeliverSm:
    """Return the delivery receipt of a settled message, as text and as TLVs."""
    good = message.state is MessageState.DELIVERED
    text = (
        f"id:{message.id} sub:001 dlvrd:{good:03d} submit date:{_moment(message.submitted):%y%m%d%H%M}"
        f" done date:{_moment(message.done or message.submitted):%y%m%d%H%M}"
        f" stat:{_WORDS[message.state]} err:{0 if good else ABSENT:03d} text:{_ascii(message.begin)}"
    )
    tlvs: dict[str, int | bytes | str] = {
        "receipted_message_id": str(message.id),
        "message_state": int(message.state),
    }
    if not good:
        tlvs["network_error_code"] = bytes([3, 0, ABSENT])  # network type 3: GSM (5.3.2.31)
    return DeliverSm(
        source=message.destination,
        destination=message.source,
        esm_class=RECEIPT,
        short_message=text.encode("ascii"),
        tlvs=tlvs,
    )


def _ascii(text: str) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text)


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _number(message_id: str, *, hexadecimal: bool) -> int:
    try:
        return int(message_id, 16 if hexadecimal else 10)
    except ValueError:
        return 0
