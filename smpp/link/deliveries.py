"""What an SMSC delivers over a link: handed on, a bounded number at a time, and answered when it is safe."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from smpp import status
from smpp.link.connection import Connection
from smpp.pdu import AlertNotification, DataSm, DeliverSm, Pdu, answer_to

log = logging.getLogger("caredial.smpp")

Take = Callable[[DeliverSm, str], Awaitable[int] | int]
"""Takes a message and the id of its bind; returns the command_status that answers it, now or later."""


class Deliveries:
    """One link's incoming requests. The bound is the link's, not each bind's; above it the SMSC is told to wait."""

    def __init__(self, name: str, take: Take, most: int, counters: Counter[str]) -> None:
        self._name, self._take, self._most = name, take, most
        self._counters = counters
        self._open = 0

    def asked(self, connection: Connection, request: Pdu) -> None:
        """Take a request of the SMSC; data_sm is handed over in the clothes of deliver_sm."""
        if isinstance(request, DeliverSm):
            self._came(connection, request, request)
        elif isinstance(request, DataSm):
            self._came(connection, request, _as_deliver_sm(request))
        elif isinstance(request, AlertNotification):
            self._counters["alerts"] += 1

    def _came(self, connection: Connection, request: Pdu, message: DeliverSm) -> None:
        if self._open >= self._most:
            self._counters["overload"] += 1
            _answer(connection, request, status.ESME_RMSGQFUL)
            return
        self._counters["delivered"] += 1
        try:
            taken = self._take(message, connection.id)
        except Exception:  # noqa: BLE001  # `_failed` logs it
            taken = self._failed()
        if isinstance(taken, int):
            _answer(connection, request, taken)
        elif isinstance(taken, Deferred):  # receipts come by the thousand: no coroutine for each
            self._open += 1
            taken.addErrback(self._failure).addCallback(self._taken, connection, request)
        else:
            Deferred.fromCoroutine(self._answer_later(connection, request, taken))

    async def _answer_later(self, connection: Connection, request: Pdu, taken: Awaitable[int]) -> None:
        self._open += 1
        try:
            command_status = await taken
        except Exception:  # noqa: BLE001  # `_failed` logs it
            command_status = self._failed()
        finally:
            self._open -= 1
        _answer(connection, request, command_status)

    def _taken(self, command_status: int, connection: Connection, request: Pdu) -> int:
        """Gives the status on: a receiver may answer several with one Deferred."""
        self._open -= 1
        _answer(connection, request, command_status)
        return command_status

    def _failure(self, failure: Failure) -> int:
        log.error("link %s: a delivered message could not be taken", self._name, exc_info=failure.value)
        return status.ESME_RX_T_APPN

    def _failed(self) -> int:
        """A receiver that fails makes the SMSC keep the message for later."""
        log.exception("link %s: a delivered message could not be taken", self._name)
        return status.ESME_RX_T_APPN


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
