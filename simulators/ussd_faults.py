"""USSD on its way to the application, late or never. `Deliveries` asks here before it sends."""

from __future__ import annotations

from collections.abc import Callable

from simulators.clock import Clock
from simulators.conditions import Conditions
from simulators.deliveries import Delivery
from smpp import status, ussd
from smpp.pdu import DeliverSm


class UssdFaults:
    """Keeps codes, answers and ends of sessions back; `send` puts a late one on its way."""

    def __init__(
        self,
        clock: Clock,
        conditions: Callable[[], Conditions],
        dialect: ussd.Dialect,
        send: Callable[[Delivery], bool],
    ) -> None:
        self._clock = clock
        self._conditions = conditions
        self._dialect = dialect
        self._send = send

    def takes(self, delivery: Delivery) -> bool:
        """Tell whether a delivery is kept back here; only USSD ever is, which alone does not wait for a bind."""
        if delivery.keep:
            return False
        conditions, release = self._conditions(), self._is_release(delivery)
        if release and conditions.ussd_no_release:
            delivery.settled(status.ESME_ROK)
            return True
        delay = conditions.ussd_release_delay if release else conditions.ussd_latency
        if delay:
            self._clock.callLater(delay, lambda: self._late(delivery))
        return bool(delay)

    def _late(self, delivery: Delivery) -> None:
        if not self._send(delivery):
            delivery.settled(None)

    def _is_release(self, delivery: Delivery) -> bool:
        indication = ussd.read(delivery.pdu, self._dialect) if isinstance(delivery.pdu, DeliverSm) else None
        return indication is not None and indication.op == "release"
