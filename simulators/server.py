"""The SMS centre's TCP side: one SMPP session for each connection (Twisted)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from twisted.internet import interfaces
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from simulators.clock import Clock, Timer
from simulators.smsc import Smsc
from smpp import events
from smpp.pdu import Bind, BindResp, DeliverSm, Pdu, PduError, answer_to
from smpp.session import Options, Role, Session, SessionError
from smpp.status import ESME_RX_P_APPN
from smpp.status import name as status_name

log = logging.getLogger(__name__)

SYSTEM_ID = "caredial-smsc"
OPTIONS = Options(window=10, inbound=1000, bind_timeout=30, enquire_link=60, inactivity=300)


class Connection(Protocol):
    """An ESME's connection; once bound it is a `simulators.deliveries.Bind`."""

    transport: Any  # zope's interfaces say nothing to mypy

    def __init__(self, server: Server) -> None:
        self.account = ""
        self._server = server
        self._smsc = server.smsc
        self._clock = server.clock
        self._session = Session(Role.SMSC, server.options, self._clock.seconds())
        self._answers: dict[int, Callable[[int | None], None]] = {}
        self._requests = 0
        self._timer: Timer | None = None
        self._on: dict[type[events.Event], Callable[..., None]] = {
            events.Request: self._requested,
            events.Response: self._responded,
            events.TimedOut: self._timed_out,
            events.Malformed: self._malformed,
            events.Closed: self._closed,
        }

    # What Twisted calls

    def connectionMade(self) -> None:
        if interfaces.ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._server.came(self)
        self._take([])

    def dataReceived(self, data: bytes) -> None:
        self._take(self._session.receive(data, self._clock.seconds()))

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        self._take(self._session.lost())
        self._server.went(self)

    # What the SMS centre calls

    @property
    def may_receive(self) -> bool:
        return self._session.may_send(DeliverSm)

    @property
    def has_room(self) -> bool:
        return self._session.window_free > 0

    def deliver(self, pdu: DeliverSm, answered: Callable[[int | None], None]) -> None:
        """Send a deliver_sm; `answered` gets the command_status, or None when no answer came."""
        try:
            sequence = self._session.send(pdu, self._clock.seconds())
        except SessionError:
            answered(None)
        except PduError as wrong:
            log.error("deliver_sm cannot be written: %s", wrong)
            answered(ESME_RX_P_APPN)
        else:
            self._answers[sequence] = answered
            self._take([])

    def close(self) -> None:
        """Close the TCP connection without a word."""
        self.transport.abortConnection()
        self._take(self._session.lost())

    def leave(self) -> None:
        """Unbind politely, at the end of the simulator."""
        self._take(self._session.close(self._clock.seconds()))

    # What the session tells

    def _take(self, told: list[events.Event]) -> None:
        for event in told:
            react = self._on.get(type(event))
            if react is not None:
                react(event)
        data = self._session.data_to_send()
        if data:
            self.transport.write(data)
        if self._session.closed:
            self.transport.loseConnection()
        self._set_timer()

    def _requested(self, event: events.Request) -> None:
        if self._session.closed:  # dropped by a request before this one
            return
        self._requests += 1
        if self._must_drop():
            log.info("dropping a connection of %s after %d requests", self.account or "nobody", self._requests)
            self.close()
        elif isinstance(event.pdu, Bind):
            self._bind(event.pdu)
        else:
            request = event.pdu
            self._smsc.asked(self, request, lambda response: self._answer(request, response))

    def _must_drop(self) -> bool:
        most = self._smsc.conditions.drop_after
        return most > 0 and self._requests > most

    def _bind(self, request: Bind) -> None:
        code = self._smsc.admit(request)
        response = cast(BindResp, answer_to(request, code))
        if code:
            log.warning("bind of %s refused with %s", request.system_id, status_name(code))
            self._answer(request, response)
            return
        self.account = request.system_id
        tlvs = {"sc_interface_version": 0x34}
        self._answer(request, type(response)(system_id=SYSTEM_ID, tlvs=tlvs))
        log.info("%s bound (%s)", self.account, request.name)
        self._smsc.bound(self)

    def _answer(self, request: Pdu, response: Pdu) -> None:
        self._take(self._session.answer(request, response, self._clock.seconds()))

    def _responded(self, event: events.Response) -> None:
        self._settle(event.request, event.response.status)

    def _timed_out(self, event: events.TimedOut) -> None:
        log.warning("%s did not answer %s %d", self.account, event.request.name, event.request.sequence)
        self._settle(event.request, None)

    def _malformed(self, event: events.Malformed) -> None:
        log.warning("malformed PDU of %s: %s", self.account or "nobody", event.error)

    def _closed(self, event: events.Closed) -> None:
        if self in self._smsc.deliveries.binds:
            log.info("%s is gone: %s", self.account, event.reason.value)
            self._smsc.unbound(self)
        for request in event.unanswered:
            self._settle(request, None)

    def _settle(self, request: Pdu, code: int | None) -> None:
        answered = self._answers.pop(request.sequence, None)
        if answered is not None:
            answered(code)

    # Time

    def _set_timer(self) -> None:
        """Have `tick` called in time; a timer that fires too early does no harm and is cheaper than moving it."""
        due = self._session.next_deadline()
        timer = self._timer if self._timer is not None and self._timer.active() else None
        if timer is not None and (due is None or timer.getTime() > due):
            timer.cancel()
            timer = None
        if timer is None and due is not None:
            delay = max(0.0, due - self._clock.seconds())
            timer = self._clock.callLater(delay, self._tick)
        self._timer = timer

    def _tick(self) -> None:
        self._take(self._session.tick(self._clock.seconds()))


class Server(Factory):
    """Makes a `Connection` for each ESME and remembers those that are open."""

    noisy = False

    def __init__(self, smsc: Smsc, clock: Clock, options: Options = OPTIONS) -> None:
        self.smsc = smsc
        self.clock = clock
        self.options = options
        self.connections: set[Connection] = set()
        self._gone: Deferred[None] | None = None

    def buildProtocol(self, addr: object) -> Connection:  # noqa: ARG002
        return Connection(self)

    def leave(self) -> Deferred[None]:
        """Unbind every ESME; done when the last connection is closed."""
        gone: Deferred[None] = Deferred()
        self._gone = gone
        for connection in tuple(self.connections):
            connection.leave()
        self._look()
        return gone

    def came(self, connection: Connection) -> None:
        self.connections.add(connection)

    def went(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self._look()

    def _look(self) -> None:
        if self._gone is not None and not self.connections:
            gone, self._gone = self._gone, None
            gone.callback(None)
