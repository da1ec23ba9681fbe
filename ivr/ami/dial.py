"""How a link comes to its Asterisk, and comes back: TCP or TLS with the name checked, again and again, not too fast.

Like smpp/link/dial.py and its neighbours; rooms of the wire do not import each other.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twisted.application.internet import ClientService
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.ssl import Certificate, optionsForClientTLS, platformTrust, trustRootFromCertificates
from zope.interface import implementer

from ivr.ami.connection import Connection
from ivr.settings import ServerSettings

log = logging.getLogger("caredial.ami")

STABLE: Final = 180.0
"""Seconds that a session must last before an earlier row of failures is forgotten."""

_MAX_DOUBLINGS: Final = 32
_CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_TLS_FAILURES: Final = {  # a part of what OpenSSL and service_identity say: what it means
    "Mismatch": "the certificate is for another name (tls_hostname)",
    "certificate verify failed": "the certificate is of an authority that we do not trust (tls_ca)",
    "wrong version number": "the Asterisk speaks no TLS on this port (tls, port)",
    "unexpected eof": "the Asterisk broke the TLS handshake off",
}


def explained(ended: str) -> str:
    """Return how a connection ended in words that say what to look at, where a TLS handshake failed."""
    return next((words for part, words in _TLS_FAILURES.items() if part in ended), ended)


def endpoint(settings: ServerSettings, reactor: Any) -> IStreamClientEndpoint:
    """Return the endpoint of an Asterisk. Raises OSError or ValueError when `tls_ca` cannot be read."""
    tcp: IStreamClientEndpoint = HostnameEndpoint(
        reactor, settings.host, settings.port, timeout=settings.connect_timeout
    )
    if not settings.tls:
        return tcp
    trust = platformTrust()
    if settings.tls_ca is not None:
        blocks = _CERTIFICATE.findall(Path(settings.tls_ca).read_bytes())
        if not blocks:
            raise ValueError(f"{settings.tls_ca}: no certificate in it")
        trust = trustRootFromCertificates([Certificate.loadPEM(block) for block in blocks])
    options = optionsForClientTLS(settings.tls_hostname or settings.host, trustRoot=trust)
    return wrapClientTLS(options, tcp)


class Pauses:
    """Pauses between attempts: exponential with full jitter; longer, and never short, after a refused login.

    fail2ban on the Asterisk's side bans an address that comes back too fast. `jitter` gives numbers from 0 to 1.
    """

    def __init__(self, lost: tuple[float, float], refused: tuple[float, float], jitter: Callable[[], float]) -> None:
        """`lost` and `refused` are (first, longest) pauses in seconds."""
        self._lost, self._refused, self._jitter = lost, refused, jitter
        self._losses = self._refusals = 0
        self._was_refused = False
        self._ready_at: float | None = None

    def ready(self, now: float) -> None:
        """Take note that we are in."""
        self._ready_at, self._refusals = now, 0

    def ended(self, now: float) -> None:
        """Take note of the end of a session; a long one wipes the slate."""
        if self._ready_at is not None and now - self._ready_at >= STABLE:
            self._losses = 0
        self._ready_at = None

    def refused(self) -> None:
        """Take note that the Asterisk does not want us."""
        self._refusals += 1
        self._was_refused = True

    def next(self) -> float:
        """Return the seconds to wait before the attempt that comes now."""
        if self._was_refused:
            self._was_refused = False
            least, ceiling = self._refused[0], _doubled(self._refused, self._refusals)
            return least + (ceiling - least) * self._jitter()
        self._losses += 1
        return _doubled(self._lost, self._losses) * self._jitter()


def _doubled(bounds: tuple[float, float], times: int) -> float:
    first, longest = bounds
    return float(min(longest, first * 2 ** min(times - 1, _MAX_DOUBLINGS)))


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
        pauses: Pauses,
        reactor: Any,
        *,
        label: str,
        counters: Counter[str],
    ) -> None:
        self._target, self._label, self._counters = target, label, counters
        self._client = ClientService(
            self, Factory.forProtocol(connect), retryPolicy=lambda _failures: pauses.next(), clock=reactor
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
