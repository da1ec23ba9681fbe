"""How a link comes to its Asterisk, and comes back: again and again, not too fast."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.application.internet import ClientService
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from zope.interface import implementer

from ivr.ami.connection import Connection
from ivr.settings import ServerSettings
from reach import tls
from reach.backoff import Backoff

log = logging.getLogger("caredial.ami")


def explained(ended: str) -> str:
    """Return how a connection ended in words that say what to look at, where a TLS handshake failed."""
    return tls.explained(ended, "Asterisk")


def endpoint(settings: ServerSettings, reactor: Any) -> IStreamClientEndpoint:
    """Return the endpoint of an Asterisk. Raises OSError or ValueError when `tls_ca` cannot be read."""
    return tls.endpoint(
        reactor,
        settings.host,
        settings.port,
        timeout=settings.connect_timeout,
        tls=settings.tls,
        hostname=settings.tls_hostname,
        authority=settings.tls_ca,
    )


@implementer(IStreamClientEndpoint)
class Dialler:
    """Keeps one connection from `start` to `stop`.

    It is itself the endpoint that Twisted's ClientService dials, to log each attempt: ClientService keeps the reasons
    of failures to itself.
    """

    def __init__(
        self,
        target: IStreamClientEndpoint,
        connect: Callable[[], Connection],
        pauses: Backoff,
        reactor: Any,
        *,
        label: str,
        counters: Counter[str],
    ) -> None:
        self._target, self._label, self._counters = target, label, counters
        self._client = ClientService(
            self, Factory.forProtocol(connect), retryPolicy=lambda _failures: pauses.delay(), clock=reactor
        )

    def start(self) -> None:
        self._client.startService()

    def stop(self) -> Deferred[None]:
        """Try no more; the Deferred fires when the connection is gone."""
        return self._client.stopService()

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:  # noqa: N803  # Twisted's name
        return Deferred.fromCoroutine(self._dial(protocolFactory))

    async def _dial(self, factory: IProtocolFactory) -> IProtocol:
        log.info("%s: connecting", self._label)
        try:
            return await self._target.connect(factory)
        except CancelledError:
            raise
        except Exception as error:
            self._counters["failed connects"] += 1
            log.warning("%s: cannot connect: %s", self._label, error)
            raise
