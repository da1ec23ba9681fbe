"""Delivery receipts: what they look like, when they leave, and by which bind.

Source: SMPP 3.4 section 4.6 (deliver_sm), 5.2.12 (esm_class), 5.3.2.12, .31, .35 (TLVs), appendix B (text).
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable
from typing import Final

from simulators.clock import Clock
from simulators.conditions import Conditions, IdForm
from simulators.deliveries import Bind, Deliveries, Delivery
from simulators.dialects import DIALECTS, Dialect, Form
from simulators.messages import Message, written
from smpp.pdu import DeliverSm
from smpp.receipts import FINAL, MessageState

log = logging.getLogger(__name__)

INTERMEDIATE: Final = 0x20  # esm_class of an intermediate notification
LATE: Final = 1.0  # seconds from a receipt to the ENROUTE that overtook nothing
ABSENT: Final = 1  # the error that a failed message is given: absent subscriber
_GSM: Final = 3  # network type in network_error_code (5.3.2.31)
_UCS2: Final = 0x08


def receipt(message: Message, *, ids: IdForm = "decimal", dialect: Dialect = "standard") -> DeliverSm:
    """Return the delivery receipt of a message in its present state."""
    form = DIALECTS[dialect]
    octets = _encoded(_text(message, ids, form), form.data_coding) if form.text else b""
    sides = (message.destination, message.source) if form.swapped else (message.source, message.destination)
    tlvs: dict[str, int | bytes | str] = _tlvs(message, ids, form) if form.tlvs else {}
    if form.payload:
        tlvs["message_payload"] = octets
    return DeliverSm(
        source=sides[0],
        destination=sides[1],
        esm_class=form.esm_class if message.state in FINAL or not form.esm_class else INTERMEDIATE,
        data_coding=form.data_coding,
        short_message=b"" if form.payload else octets,
        tlvs=tlvs,
    )


def _text(message: Message, ids: IdForm, form: Form) -> str:
    good = message.state is MessageState.DELIVERED
    fields = [f"id:{written(message, ids)}"]
    if form.counts:
        fields.append(f"sub:001 dlvrd:{good:03d}")
    if form.date:
        submitted, done = _moment(message.submitted), _moment(message.done or message.submitted)
        fields.append(f"submit date:{submitted:{form.date}} done date:{done:{form.date}}")
    fields.append(f"stat:{form.words[message.state]} err:{form.err.format(error(message))}")
    if form.text_name:
        fields.append(f"{form.text_name}:{_ascii(message.begin)}")
    return " ".join(fields) + form.closing


def _tlvs(message: Message, ids: IdForm, form: Form) -> dict[str, int | bytes | str]:
    tlvs: dict[str, int | bytes | str] = {
        "receipted_message_id": written(message, ids),
        "message_state": int(message.state),
    }
    code = error(message)
    if form.ascii_code:
        tlvs["network_error_code"] = f"{code:03d}".encode()
    elif code:
        tlvs["network_error_code"] = bytes([_GSM, 0, code])
    return tlvs


def error(message: Message) -> int:
    """Return the network's error of a message: none but where it failed."""
    return ABSENT if message.state in FINAL - {MessageState.DELIVERED, MessageState.DELETED} else 0


def _encoded(text: str, data_coding: int) -> bytes:
    return text.encode("utf-16-be" if data_coding == _UCS2 else "latin-1")


def _ascii(text: str) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text)


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


class Receipts:
    """Sends receipts as the conditions of the moment want them."""

    def __init__(
        self, deliveries: Deliveries, clock: Clock, chance: random.Random, conditions: Callable[[], Conditions]
    ) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._chance = chance
        self._conditions = conditions

    def enroute(self, message: Message, bind: Bind | None) -> None:
        """Tell that a message is under way: to who asks for it by registered_delivery, or to all."""
        if message.wants_intermediate or self._conditions().receipt_intermediate:
            self._send(message, bind)

    def settled(self, message: Message, bind: Bind | None, then: Callable[[], None]) -> None:
        """Tell a message's final state if the account wants to know; `then` runs when the receipt has left."""

        def leave() -> None:
            if message.wants_receipt:
                self._tell(message, bind)
            then()

        delay = self._conditions().receipt_delay
        if delay:
            self._clock.callLater(delay, leave)
        else:
            leave()

    def _tell(self, message: Message, bind: Bind | None) -> None:
        conditions = self._conditions()
        if not self._happens(conditions.receipt_lost):
            for _ in range(1 + self._happens(conditions.receipt_twice)):
                self._send(message, bind)
        if conditions.receipt_late_enroute:
            late = message.at(MessageState.ENROUTE)
            self._clock.callLater(LATE, lambda: self._send(late, bind))

    def _send(self, message: Message, bind: Bind | None) -> None:
        conditions = self._conditions()
        pdu = receipt(message, ids=conditions.receipt_ids, dialect=conditions.receipt_dialect)
        other = self._deliveries.other(bind) if conditions.receipt_other_bind and bind is not None else None
        if not self._deliveries.send(Delivery(pdu=pdu, account=message.account, bind=other)):
            log.warning("receipt of %s dropped: the queue is full", message.id)

    def _happens(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share
