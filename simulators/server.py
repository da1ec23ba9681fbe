"""The SMS centre's TCP side: one SMPP session for each connection (Twisted)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, cast

from twisted.internet import interfaces
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from simulators.binds import Binds
from simulators.clock import Clock, Timer
from simulators.conditions import Conditions
from simulators.smsc import Smsc
from simulators.wire_faults import Wire
from smpp.pdu import (
    AlertNotification,
    Bind,
    BindResp,
    DataSm,
    DeliverSm,
    Outbind,
    Pdu,
    PduError,
    SubmitMulti,
    SubmitSm,
    answer_to,
)
from smpp.session import Options, Role, Session, SessionError, events
from smpp.status import ESME_RX_P_APPN
from smpp.status import name as status_name

log = logging.getLogger(__name__)

SYSTEM_ID = "caredial-smsc"
VERSION: Final = 0x34
OPTIONS = Options(window=10, inbound=1000, bind_timeout=30, enquire_link=60, inactivity=300)
_SUBMITS: Final = (SubmitSm, SubmitMulti, DataSm)
_POLITE: Final = (events.Reason.UNBOUND, events.Reason.UNBOUND_BY_PEER)


class Connection(Protocol):
    """An ESME's connection; once bound it is a `simulators.deliveries.Bind`. With a `greeting` we speak first."""

    transport: Any  # zope's interfaces say nothing to mypy

    def __init__(self, server: Server, greeting: Outbind | None = None) -> None:
        self.account = ""
        self.unanswered = 0
        self._server = server
        self._smsc = server.smsc
        self._clock = server.clock
        self._greeting = greeting
        self._session = Session(Role.SMSC, server.options, self._clock.seconds())
        self._wire = Wire(self._clock, self._smsc.chance, lambda: self._conditions, self._write)
        self._answers: dict[int, Callable[[int | None], None]] = {}
        self._requests = 0
        self._timer: Timer | None = None
        self._unbinding: Timer | None = None
        self._holds = 0
        self._on: dict[type[events.Event], Callable[..., None]] = {
            events.Request: self._requested,
            events.Response: self._responded,
            events.TimedOut: self._timed_out,
            events.Malformed: self._malformed,
            events.Closed: self._closed,
        }

    @property
    def _conditions(self) -> Conditions:
        return self._smsc.conditions

    # What Twisted calls

    def connectionMade(self) -> None:
        if interfaces.ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._server.came(self)
        if self._greeting is not None:
            self._session.send(self._greeting, self._clock.seconds())
        self._take([])

    def dataReceived(self, data: bytes) -> None:
        if not self._conditions.session_half_open:
            self._take(self._session.receive(data, self._clock.seconds()))

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        self._wire.stop()
        self._take(self._session.lost())
        self._server.went(self)

    # What the SMS centre calls

    @property
    def may_receive(self) -> bool:
        return self._session.may_send(DeliverSm)

    @property
    def has_room(self) -> bool:
        return self._session.window_free > 0

    def deliver(self, pdu: DeliverSm | DataSm, answered: Callable[[int | None], None]) -> None:
        """Send a deliver_sm or data_sm; `answered` gets the command_status, or None when no answer came."""
        try:
            sequence = self._session.send(pdu, self._clock.seconds())
        except SessionError:
            answered(None)
        except PduError as wrong:
            log.error("%s cannot be written: %s", pdu.name, wrong)
            answered(ESME_RX_P_APPN)
        else:
            self._answers[sequence] = answered
            self._take([])

    def notify(self, pdu: AlertNotification) -> None:
        """Send an alert_notification, to which there is no answer."""
        self._session.send(pdu, self._clock.seconds())
        self._take([])

    def hold(self, seconds: float) -> None:
        """Read nothing for so long."""
        self._holds += 1
        self._clock.callLater(seconds, self._let_go)
        self.refresh()

    def close(self) -> None:
        """Close the TCP connection without a word (`session_reset`: by RST)."""
        if self._conditions.session_reset:
            self.transport.abortConnection()
        self._take(self._session.lost())

    def leave(self) -> None:
        """Unbind politely."""
        self._take(self._session.close(self._clock.seconds()))

    def refresh(self) -> None:
        """Do what conditions that have changed ask of the connection itself."""
        if self._session.closed:
            self._disconnect()
        elif self._holds or (self._conditions.session_no_reading and self._session.bound):
            self.transport.pauseProducing()
        else:
            self.transport.resumeProducing()

    def _let_go(self) -> None:
        self._holds -= 1
        self.refresh()

    # What the session tells

    def _take(self, told: list[events.Event]) -> None:
        for event in told:
            react = self._on.get(type(event))
            if react is not None:
                react(event)
        data = self._session.data_to_send()
        if data:
            self._wire.send(data)
        if self._session.closed:
            self._disconnect()
        self._set_timer()

    def _write(self, octets: bytes) -> None:
        self.transport.write(octets)

    def _disconnect(self) -> None:
        if self._conditions.session_half_open:
            return  # a host that is gone does not even close
        self._wire.flush()
        self._wire.stop()
        self.transport.loseConnection()

    def _requested(self, event: events.Request) -> None:
        if self._session.closed:  # dropped by a request before this one
            return
        self._requests += 1
        if self._reached(self._conditions.session_close_after, more=True):
            log.info("closing a connection of %s after %d requests", self.account or "nobody", self._requests)
            self.close()
        elif isinstance(event.pdu, Bind):
            self._bind(event.pdu)
        else:
            self._work(event.pdu)
        if self._reached(self._conditions.session_unbind_after):
            self.leave()

    def _reached(self, most: int, *, more: bool = False) -> bool:
        return most > 0 and self._requests >= most + more

    def _work(self, request: Pdu) -> None:
        submit = isinstance(request, _SUBMITS)
        self.unanswered += submit

        def answer(response: Pdu) -> None:
            self.unanswered -= submit
            self._answer(request, response)

        self._smsc.asked(self, request, answer)

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
        if self._unbinding is not None and self._unbinding.active():
            self._unbinding.cancel()
        if self in self._smsc.deliveries.binds:
            log.info("%s is gone: %s", self.account, event.reason.value)
            self._server.binds.left(self.account, politely=event.reason in _POLITE)
            self._smsc.unbound(self)
        for request in event.unanswered:
            self._settle(request, None)

    def _settle(self, request: Pdu, code: int | None) -> None:
        answered = self._answers.pop(request.sequence, None)
        if answered is not None:
            answered(code)

    # Binds

    def _bind(self, request: Bind) -> None:
        conditions = self._conditions
        if conditions.bind_silent:
            return
        if conditions.bind_latency:
            self._clock.callLater(conditions.bind_latency, lambda: self._decide(request))
        else:
            self._decide(request)

    def _decide(self, request: Bind) -> None:
        if self._session.closed:  # meanwhile
            return
        code = self._server.binds.admit(request)
        response = cast(BindResp, answer_to(request, code))
        if code:
            log.warning("bind of %s refused with %s", request.system_id, status_name(code))
            self._answer(request, response)
            return
        self.account = request.system_id
        told = request.interface_version >= VERSION and not self._conditions.bind_no_version
        tlvs = {"sc_interface_version": VERSION} if told else {}
        self._answer(request, type(response)(system_id=SYSTEM_ID, tlvs=tlvs))
        log.info("%s bound (%s)", self.account, request.name)
        self._smsc.bound(self)
        if self._conditions.session_unbind_seconds:
            self._unbinding = self._clock.callLater(self._conditions.session_unbind_seconds, self.leave)

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
        self.binds = Binds(smsc.service.accounts, clock, lambda: smsc.conditions)
        self.connections: set[Connection] = set()
        self._gone: Deferred[None] | None = None
        smsc.subscribe(self._refresh)

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

    def _refresh(self) -> None:
        for connection in tuple(self.connections):
            connection.refresh()

    def _look(self) -> None:
        if self._gone is not None and not self.connections:
            gone, self._gone = self._gone, None
            gone.callback(None)
