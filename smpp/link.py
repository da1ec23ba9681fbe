"""A lasting bind to one SMSC: connects, binds, submits within window and rate, hands over what comes, comes back.

link = Link("main", settings, receiver, reactor)
link.startService()
response = await link.submit(SubmitSm(...))
"""

import logging
import random
import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.application.internet import ClientService
from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from smpp import status
from smpp.connection import Connection
from smpp.dial import endpoint
from smpp.events import BindRefused, Bound, Closed, Event, Malformed, Reason, Request, Response, Stray, TimedOut
from smpp.pacing import Backoff, TokenBucket
from smpp.pdu import (
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    Pdu,
    PduError,
    SubmitSm,
    SubmitSmResp,
    answer_to,
)
from smpp.session import Options, Role
from smpp.settings import BindMode, LinkSettings

log = logging.getLogger("caredial.smpp")

_BINDS: dict[BindMode, type[Bind]] = {
    "transceiver": BindTransceiver,
    "transmitter": BindTransmitter,
    "receiver": BindReceiver,
}


class LinkError(Exception):
    """A submit without an answer."""

    retry = False


class LinkDown(LinkError):
    """The link is not bound for sending: the submit was surely not written, and may be tried again."""

    retry = True


class NotAnswered(LinkError):
    """The submit was written and no answer came: whether the SMSC has the message is unknown."""


class Receiver(Protocol):
    """Who takes what the SMSC delivers."""

    def delivered(self, link: "Link", pdu: DeliverSm) -> Awaitable[int]:
        """Take a message, receipt or USSD indication; the command_status answers it (0: it is safe with us)."""


@dataclass(slots=True)
class _Submit:
    pdu: SubmitSm
    done: Deferred[SubmitSmResp]


class Link(Service):
    """One link as a Twisted service; `name`, `bound`, `state`, `window_used` and `counters` tell how it does."""

    name: str

    def __init__(
        self,
        name: str,
        settings: LinkSettings,
        receiver: Receiver,
        reactor: IReactorTime,
        *,
        target: IStreamClientEndpoint | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`target` is where to connect instead of the settings' host. Raises OSError, ValueError for a bad tls_ca."""
        self.name = name
        self.settings = settings
        self.bind_id = ""
        """Another one for each bind; tells what was delivered again after a loss from what was said twice."""
        self.counters: Counter[str] = Counter()
        self._receiver, self._clock = receiver, reactor
        self._connection: Connection | None = None
        self._urgent: deque[_Submit] = deque()
        self._waiting: deque[_Submit] = deque()
        self._sent: dict[int, Deferred[SubmitSmResp]] = {}
        self._bucket = TokenBucket(settings.rate, reactor.seconds())
        self._later: IDelayedCall | None = None
        self._bound_waiters: list[Deferred[None]] = []
        self._finished: Deferred[None] | None = None
        self._backoff = Backoff(
            (settings.reconnect_min, settings.reconnect_max), (settings.refused_min, settings.refused_max), jitter
        )
        self._client = ClientService(
            _Announced(self, target or endpoint(settings, reactor)),
            Factory.forProtocol(self._connect),
            retryPolicy=lambda _failures: self._backoff.delay(),
            clock=reactor,
        )
        self._on: dict[type[Any], Callable[[Any], None]] = {
            Bound: self._on_bound,
            BindRefused: self._on_bind_refused,
            Request: self._on_request,
            Response: self._on_response,
            TimedOut: self._on_timed_out,
            Stray: self._on_stray,
            Malformed: self._on_malformed,
            Closed: self._on_closed,
        }

    # How it does

    @property
    def bound(self) -> bool:
        return self._connection is not None and self._connection.session.bound

    @property
    def state(self) -> str:
        """The session's state in words, "not connected" without one."""
        return "not connected" if self._connection is None else self._connection.session.state.value

    @property
    def window_used(self) -> int:
        """Submits that wait for their answers."""
        return 0 if self._connection is None else self._connection.session.window_used

    @property
    def queued(self) -> int:
        """Submits that wait for a place in the window."""
        return len(self._urgent) + len(self._waiting)

    @property
    def may_submit(self) -> bool:
        """Whether a submit now would be taken: bound as transceiver or transmitter, and not stopping."""
        return self._connection is not None and self._connection.session.may_send(SubmitSm)

    def when_bound(self) -> Deferred[None]:
        """Return a Deferred that fires when the link is bound; at once if it is."""
        if self.bound:
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        self._bound_waiters.append(waiter)
        return waiter

    # What it is for

    async def submit(self, pdu: SubmitSm, *, urgent: bool = False) -> SubmitSmResp:
        """Send a message and return the SMSC's answer, whatever its status; a generic_nack comes as such an answer.

        Waits for a place in the window and for the rate; `urgent` (USSD) goes before all that is not. Raises
        LinkDown, NotAnswered, or PduError for a message that does not fit a PDU.
        """
        if not self.may_submit:
            raise LinkDown(f"link {self.name} is {self.state}")
        submit = _Submit(pdu, Deferred())
        (self._urgent if urgent else self._waiting).append(submit)
        self._pump()
        return await submit.done

    def startService(self) -> None:
        Service.startService(self)
        self._client.startService()

    def stopService(self) -> Deferred[None]:
        """Stop: queued submits fail with LinkDown, written ones and deliveries get `response_timeout` to finish,
        then the link unbinds. The Deferred fires when the connection is gone."""
        Service.stopService(self)
        self._fail_queued()
        if self._connection is None or self._connection.session.closed:
            return self._client.stopService()
        self._finished = Deferred()
        stopped = self._finished.addCallback(lambda _: self._client.stopService())
        self._connection.close()
        return stopped

    # What the connection tells

    def _connect(self) -> Connection:
        settings = self.settings
        options = Options(
            window=settings.window,
            inbound=settings.inbound,
            response_timeout=settings.response_timeout,
            bind_timeout=settings.bind_timeout,
            enquire_link=settings.enquire_link,
        )
        return Connection(Role.ESME, options, self, self._clock)

    def opened(self, connection: Connection) -> None:
        self._connection = connection
        connection.send(
            _BINDS[self.settings.bind](
                system_id=self.settings.system_id,
                password=self.settings.password.get_secret_value(),
                system_type=self.settings.system_type,
            )
        )

    def happened(self, connection: Connection, event: Event) -> None:
        if connection is self._connection:
            self._on[type(event)](event)
            self._pump()

    def _on_bound(self, _event: Bound) -> None:
        self.bind_id = secrets.token_hex(8)
        self.counters["binds"] += 1
        self._backoff.bound(self._clock.seconds())
        log.info("link %s bound as %s", self.name, self.settings.bind)
        waiters, self._bound_waiters = self._bound_waiters, []
        for waiter in waiters:
            waiter.callback(None)

    def _on_bind_refused(self, event: BindRefused) -> None:
        self.counters["refused binds"] += 1
        if event.status in status.BIND_REFUSED:
            self._backoff.refused()
            log.error("link %s: the SMSC refuses our bind: %s", self.name, status.name(event.status))
        else:
            log.warning("link %s: bind failed: %s", self.name, status.name(event.status))
        if self._connection is not None:
            self._connection.close()

    def _on_request(self, event: Request) -> None:
        pdu = event.pdu
        if isinstance(pdu, DataSm):
            Deferred.fromCoroutine(self._deliver(pdu, _as_deliver_sm(pdu)))
        elif isinstance(pdu, DeliverSm):
            Deferred.fromCoroutine(self._deliver(pdu, pdu))

    async def _deliver(self, request: Pdu, message: DeliverSm) -> None:
        """Hand over and answer; a receiver that fails makes the SMSC keep the message for later."""
        connection = self._connection
        self.counters["delivered"] += 1
        try:
            command_status = await self._receiver.delivered(self, message)
        except Exception:
            log.exception("link %s: a delivered message could not be taken", self.name)
            command_status = status.ESME_RX_T_APPN
        response = answer_to(request, command_status)
        if connection is not None and response is not None:
            connection.answer(request, response)

    def _on_response(self, event: Response) -> None:
        self.counters["answered"] += 1
        done = self._sent.pop(event.request.sequence, None)
        if done is not None:
            done.callback(_submit_sm_resp(event.response))

    def _on_timed_out(self, event: TimedOut) -> None:
        self.counters["timed out"] += 1
        self._not_answered(event.request)

    def _on_stray(self, event: Stray) -> None:
        self.counters["stray"] += 1
        name, sequence = event.response.name, event.response.sequence
        log.info("link %s: %s %d answers nothing that is open", self.name, name, sequence)

    def _on_malformed(self, event: Malformed) -> None:
        self.counters["malformed"] += 1
        log.warning("link %s: unreadable PDU %d: %s", self.name, event.error.sequence, event.error)

    def _on_closed(self, event: Closed) -> None:
        ended = self._connection.ended if self._connection is not None else ""
        self._connection = None
        self._backoff.unbound(self._clock.seconds())
        level = logging.INFO if event.reason is Reason.UNBOUND else logging.WARNING
        log.log(level, "link %s closed: %s", self.name, f"{event.reason.value} {ended}".rstrip())
        for request in event.unanswered:
            self._not_answered(request)
        self._fail_queued()
        if self._finished is not None:
            finished, self._finished = self._finished, None
            finished.callback(None)

    # Plumbing

    def _not_answered(self, request: Pdu) -> None:
        done = self._sent.pop(request.sequence, None)
        if done is not None:
            done.errback(NotAnswered(f"link {self.name}: no answer to {request.name} {request.sequence}"))

    def _fail_queued(self) -> None:
        if self._later is not None and self._later.active():
            self._later.cancel()
        queued = [*self._urgent, *self._waiting]
        self._urgent.clear()
        self._waiting.clear()
        for submit in queued:
            if not submit.done.called:
                submit.done.errback(LinkDown(f"link {self.name} went down before the message was written"))

    def _pump(self) -> None:
        """Write what window and rate allow."""
        for queue in self._nonempty_queues():
            connection = self._connection
            if connection is None or not self.may_submit or not connection.session.window_free:
                return
            delay = self._bucket.take(self._clock.seconds())
            if delay:
                self._pump_later(delay)
                return
            self._write(connection, queue.popleft())

    def _nonempty_queues(self) -> Iterator[deque[_Submit]]:
        """Yield the queue to serve next, as long as one holds a submit that its sender still waits for."""
        while queue := self._urgent or self._waiting:
            if queue[0].done.called:
                queue.popleft()
            else:
                yield queue

    def _pump_later(self, delay: float) -> None:
        if self._later is None or not self._later.active():
            self._later = self._clock.callLater(delay, self._pump)

    def _write(self, connection: Connection, submit: _Submit) -> None:
        try:
            sequence = connection.send(submit.pdu)
        except PduError:
            submit.done.errback(Failure())
            return
        self.counters["submitted"] += 1
        self._sent[sequence] = submit.done


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


def _submit_sm_resp(response: Pdu) -> SubmitSmResp:
    if isinstance(response, SubmitSmResp):
        return response
    return SubmitSmResp(sequence=response.sequence, status=response.status or status.ESME_RUNKNOWNERR)


@implementer(IStreamClientEndpoint)
class _Announced:
    """An endpoint that logs each attempt; ClientService keeps the reasons of failures to itself."""

    def __init__(self, link: Link, target: IStreamClientEndpoint) -> None:
        self._link, self._target = link, target

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:  # noqa: N803  # Twisted's name
        settings = self._link.settings
        log.info("link %s connecting to %s port %d", self._link.name, settings.host, settings.port)
        return self._target.connect(protocolFactory).addErrback(self._failed)

    def _failed(self, failure: Failure) -> Failure:
        if not failure.check(CancelledError):
            self._link.counters["failed connects"] += 1
            log.warning("link %s cannot connect: %s", self._link.name, failure.getErrorMessage())
        return failure
