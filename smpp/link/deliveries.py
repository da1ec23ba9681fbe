"""What an SMSC delivers over a link: handed on, a bounded number at a time, and answered when it is safe."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred

from smpp import status
from smpp.link.connection import Connection
from smpp.pdu import AlertNotification, DataSm, DeliverSm, Pdu, answer_to

log = logging.getLogger("caredial.smpp")

Take = Callable[[DeliverSm, str], Awaitable[int]]
"""Takes a message and the id of its bind; returns the command_status that answers it."""


class Deliveries:
    """One link's incoming requests. The bound is the link's, not each bind's; above it the SMSC is told to wait."""

    def __init__(self, name: str, take: Take, most: int, counters: Counter[str]) -> None:
        self._name, self._take, self._most = name, take, most
        self._counters = counters
        self._open = 0

    def asked(self, connection: Connection, request: Pdu) -> None:
        """Take a request of the SMSC; data_sm is handed over in the clothes of deliver_sm."""
        if isinstance(request, AlertNotification):
            self._counters["alerts"] += 1
            return
        message = _as_deliver_sm(request) if isinstance(request, DataSm) else request
        if not isinstance(message, DeliverSm):
            return
        if self._open >= self._most:
            self._counters["overload"] += 1
            _answer(connection, request, status.ESME_RMSGQFUL)
        else:
            Deferred.fromCoroutine(self._deliver(connection, request, message))

    async def _deliver(self, connection: Connection, request: Pdu, message: DeliverSm) -> None:
        """Hand over and answer; a receiver that fails makes the SMSC keep the message for later."""
        self._counters["delivered"] += 1
        self._open += 1
        try:
            command_status = await self._take(message, connection.id)
        except Exception:
            log.exception("link %s: a delivered message could not be taken", self._name)
            command_status = status.ESME_RX_T_APPN
        finally:
            self._open -= 1
        _answer(connection, request, command_status)


def _answer(connection: Connection, request: Pdu, command_status: int) -> None:
    response = answer_to(request, command_status)
    if response is not None:
        connection.answer(request, response)


def _as_deliver_sm(pdu: DataSm) -> DeliverSm:
    """data_sm carries the same in other clothes; receivers need to know only one."""
    return DeliverSm(
        service_type=pdu.service_type,
        source=pdu.source,
        destination=pdu.destination,
        esm_class=pdu.esm_class,
        registered_delivery=pdu.registered_delivery,
        data_coding=pdu.data_coding,
        tlvs=pdu.tlvs,
    )
