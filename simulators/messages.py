"""The messages that the network took from ESMEs: ids, states, and what a query tells.

Source: SMPP 3.4 sections 4.8 (query_sm), 5.2.17 (registered_delivery), 5.2.28 (message_state).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from simulators import smpp_time
from simulators.conditions import IdForm
from smpp import text as texts
from smpp.pdu import Address, QuerySm, QuerySmResp, ReplaceSm, SubmitSm
from smpp.receipts import FINAL, MessageState
from smpp.segments import part
from smpp.status import ESME_RINVMSGID

REMEMBERED: Final = 100_000
VALIDITY: Final = 48 * 3600.0  # seconds that a message waits which names no validity_period

_ALWAYS, _ON_FAILURE, _ON_SUCCESS = 1, 2, 3  # registered_delivery bits 1-0 (3 is of SMPP 5.0)
_INTERMEDIATE: Final = 0x10
_FORMS: Final[dict[IdForm, Callable[[int], str]]] = {
    "decimal": str,
    "hex": "{:X}".format,
    "hex-lower": "{:x}".format,
    "padded": "{:010d}".format,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One accepted submit; times are seconds since 1970, `due` when it may go out, `expires` when it is given up.

    `shown` is the id that the ESME knows: that of the first where one submit_multi made several messages.
    """

    id: int
    shown: int
    account: str
    submit: SubmitSm
    submitted: float
    due: float
    expires: float
    state: MessageState = MessageState.ENROUTE
    done: float | None = None

    @property
    def source(self) -> Address:
        return self.submit.source

    @property
    def destination(self) -> Address:
        return self.submit.destination

    @property
    def begin(self) -> str:
        """The first 20 characters, as a receipt repeats them."""
        return texts.decode(self.submit.data_coding, part(self.submit).octets)[:20]

    @property
    def wants_receipt(self) -> bool:
        """Whether its final state is to be told."""
        asked = self.submit.registered_delivery & 3
        wanted = _ON_SUCCESS if self.state is MessageState.DELIVERED else _ON_FAILURE
        return asked in (_ALWAYS, wanted)

    @property
    def wants_intermediate(self) -> bool:
        """Whether it is to be told that it waits."""
        return bool(self.submit.registered_delivery & _INTERMEDIATE)

    @property
    def pending(self) -> bool:
        return self.state not in FINAL

    def at(self, state: MessageState, *, now: float | None = None) -> Message:
        """Return the message in another state; `now` where that is its end."""
        return replace(self, state=state, done=self.done if now is None else now)


class Messages:
    """The latest messages by id."""

    def __init__(self, *, first_id: int = 1, most: int = REMEMBERED) -> None:
        self._ids = count(first_id)
        self._most = most
        self._by_id: OrderedDict[int, Message] = OrderedDict()

    def __iter__(self) -> Iterator[Message]:
        return iter(tuple(self._by_id.values()))

    def take(self, account: str, pdu: SubmitSm, *, now: float, shown: int | None = None) -> Message:
        """Give an accepted submit its id. Raises ValueError for times that are none."""
        own = next(self._ids)
        due = smpp_time.read(pdu.schedule_delivery_time, now) or now
        expires = smpp_time.read(pdu.validity_period, now) or due + VALIDITY
        message = Message(
            id=own,
            shown=own if shown is None else shown,
            account=account,
            submit=pdu,
            submitted=now,
            due=max(due, now),
            expires=expires,
        )
        self.keep(message)
        if len(self._by_id) > self._most:
            self._by_id.popitem(last=False)
        return message

    def keep(self, message: Message) -> None:
        """Note what has become of a message."""
        self._by_id[message.id] = message

    def settle(self, message: Message, state: MessageState, *, now: float) -> Message:
        """Note the final state and return the message with it."""
        settled = message.at(state, now=now)
        if message.id in self._by_id:
            self._by_id[message.id] = settled
        return settled

    def find(self, account: str, pdu: QuerySm | ReplaceSm, ids: IdForm) -> Message | None:
        """Return the account's message with this id; its source must match (4.8.1, 4.10.1)."""
        message = self._by_id.get(number(pdu.message_id, ids))
        if message is None or (message.account, message.source.number) != (account, pdu.source.number):
            return None
        return message


def query(message: Message | None, pdu: QuerySm, error_code: int) -> QuerySmResp:
    """Answer query_sm."""
    if message is None:
        return QuerySmResp(sequence=pdu.sequence, status=ESME_RINVMSGID)
    return QuerySmResp(
        sequence=pdu.sequence,
        message_id=pdu.message_id,
        final_date="" if message.done is None else smpp_time.write(message.done),
        message_state=int(message.state),
        error_code=error_code,
    )


def written(message: Message, ids: IdForm) -> str:
    """Return the id as an answer or a receipt carries it."""
    return _FORMS[ids](message.shown)


def number(message_id: str, ids: IdForm) -> int:
    """Return the number behind an id that an ESME names, 0 for one that is none."""
    try:
        return int(message_id, 16 if ids.startswith("hex") else 10)
    except ValueError:
        return 0
