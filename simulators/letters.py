"""Short messages of handsets on their way to the application: parted, and sent as the conditions want it."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

from simulators.clock import Clock
from simulators.conditions import Conditions
from simulators.deliveries import Bind, Deliveries, Delivery
from simulators.dialogues import INTERNATIONAL
from simulators.letter_forms import FORMS, UCS2_FORMS
from smpp.pdu import Address, DataSm, DeliverSm
from smpp.segments import Segment, Style, split


class QueueFull(Exception):
    """The network keeps as many messages for the application as it can."""

    retry = True


class Letters:
    """Sends texts of handsets to the service number `service`."""

    def __init__(
        self,
        deliveries: Deliveries,
        clock: Clock,
        chance: random.Random,
        conditions: Callable[[], Conditions],
        *,
        service: str,
    ) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._chance = chance
        self._conditions = conditions
        self._service = service
        self._references = count(1)

    def send(self, msisdn: str, text: str) -> None:
        """Send a text, in as many parts as it needs. Raises QueueFull, smpp.segments.TextTooLong."""
        conditions = self._conditions()
        parts = [self._pdu(msisdn, segment) for segment in self._segments(text, conditions)]
        together = self._deliveries.turn() if len(parts) > 1 and not conditions.phone_spread else None
        for pdu in reversed(parts) if conditions.phone_shuffle else parts:
            self._once_or_twice(pdu, together, conditions)

    def _segments(self, text: str, conditions: Conditions) -> list[Segment]:
        if conditions.phone_form in UCS2_FORMS:
            style = Style(method=conditions.phone_segments, encodings=("ucs2",))
        else:
            style = Style(method=conditions.phone_segments)
        return split(text, next(self._references), style)

    def _pdu(self, msisdn: str, segment: Segment) -> DeliverSm:
        return DeliverSm(
            source=Address(msisdn, *INTERNATIONAL),
            destination=Address(self._service),
            esm_class=segment.esm_class,
            data_coding=segment.data_coding,
            short_message=segment.short_message,
            tlvs=segment.tlvs,
        )

    def _once_or_twice(self, pdu: DeliverSm, bind: Bind | None, conditions: Conditions) -> None:
        def send() -> bool:
            return self._deliveries.send(Delivery(pdu=_form(pdu, conditions), bind=bind))

        if not send():
            raise QueueFull(f"{len(self._deliveries)} messages wait for the application")
        if conditions.phone_twice > 0 and self._chance.random() < conditions.phone_twice:
            self._clock.callLater(conditions.phone_twice_after, send)


def _form(standard: DeliverSm, conditions: Conditions) -> DeliverSm | DataSm:
    """Return the message as deliver_sm, or as data_sm, which has its text in message_payload (4.7.1)."""
    pdu = FORMS[conditions.phone_form](standard)
    if not conditions.phone_data_sm:
        return pdu
    return DataSm(
        source=pdu.source,
        destination=pdu.destination,
        esm_class=pdu.esm_class,
        data_coding=pdu.data_coding,
        tlvs={"message_payload": pdu.payload, **pdu.tlvs},
    )
