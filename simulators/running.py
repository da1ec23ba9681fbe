"""The simulator on its ports: SMS centre, Asterisk, the handset page, and the clock that ends slow sessions."""

from __future__ import annotations

import logging
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.ssl import PrivateCertificate
from twisted.internet.task import LoopingCall
from twisted.web.server import Site

from simulators.http import HandsetPages
from simulators.server import Server

log = logging.getLogger(__name__)

TICK: Final = 1.0  # seconds between two looks at the USSD timers
GOODBYE: Final = 3.0  # seconds that ESMEs have to answer unbind at the end


class PortTaken(Exception):
    """A port that cannot be listened on; `option` names the one to change."""

    retry = False

    def __init__(self, host: str, port: int, option: str, why: object) -> None:
        super().__init__(f"cannot listen on {host} port {port} ({why}): choose another with {option}")
        self.option = option


class Running:
    """Listens while it lives. `reactor` is Twisted's; with a `certificate` (and its key) SMPP goes over TLS.

    With a `manager` (a factory) an Asterisk's manager interface is there as well.
    """

    def __init__(
        self,
        reactor: Any,
        server: Server,
        pages: HandsetPages,
        *,
        host: str,
        certificate: PrivateCertificate | None = None,
        manager: Any = None,
    ) -> None:
        self._reactor = reactor
        self._server = server
        self._pages = pages
        self._host = host
        self._certificate = certificate
        self._manager = manager
        self.manager_port = 0
        self._ports: list[Any] = []
        self._timers = LoopingCall(server.smsc.dialogues.tick)
        self._timers.clock = reactor

    def start(self, *, port: int | None, http_port: int, manager_port: int = 0) -> tuple[int, int]:
        """Listen; return the first two ports, chosen ones where 0 was asked for. Raises PortTaken.

        `port` None: nobody speaks SMPP here.
        """
        site = Site(self._pages.app.resource(), reactor=self._reactor)
        site.noisy = False
        smpp_port = 0 if port is None else self._listen(port, "--port", self._server, self._certificate)
        if self._manager is not None:
            self.manager_port = self._listen(manager_port, "--manager-port", self._manager)
        chosen = smpp_port, self._listen(http_port, "--http-port", site)
        self._timers.start(TICK)
        self._reactor.addSystemEventTrigger("before", "shutdown", self.stop)
        return chosen

    def stop(self) -> Deferred[None]:
        """Take nobody new in, unbind every ESME; done when they have left, or after a few seconds."""
        for port in self._ports:
            port.stopListening()
        if self._timers.running:
            self._timers.stop()
        gone = self._server.leave()
        if self._server.connections:
            log.info("unbinding %d connections", len(self._server.connections))
            gone.addTimeout(GOODBYE, self._reactor)
            gone.addErrback(lambda _: None)  # whoever has not answered by now is cut off
        return gone

    def _listen(self, port: int, option: str, factory: Any, certificate: PrivateCertificate | None = None) -> int:
        try:
            if certificate is None:
                listening = self._reactor.listenTCP(port, factory, interface=self._host)
            else:
                listening = self._reactor.listenSSL(port, factory, certificate.options(), interface=self._host)
        except CannotListenError as wrong:
            for other in self._ports:
                other.stopListening()
            reason = getattr(wrong.socketError, "strerror", None) or wrong.socketError
            raise PortTaken(self._host, port, option, reason) from wrong
        self._ports.append(listening)
        return int(listening.getHost().port)
