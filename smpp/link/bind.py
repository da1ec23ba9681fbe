"""One lasting bind of an account: connects, binds, keeps its window, and comes back after a loss or a refusal."""

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

from reach.backoff import Backoff
from smpp import status
from smpp.link.asks import Asked
from smpp.link.connection import Connection, Owner
from smpp.link.dial import explained
from smpp.link.dialler import Dialler
from smpp.link.door import WRONG_ACCOUNT, Door
from smpp.pdu import Bind, BindReceiver, BindTransceiver, BindTransmitter, GenericNack, Pdu
from smpp.session.events import (
    BindRefused,
    Bound,
    Closed,
    Event,
    Malformed,
    PostAnswered,
    PostsTaken,
    PostTimedOut,
    Reason,
    Request,
    Revived,
    Stray,
)
from smpp.session.posted import Posted
from smpp.settings import LinkSettings
from smpp.status import StatusClass

log = logging.getLogger("caredial.smpp")

MOST_COMPLAINTS: Final = 20
"""Unreadable PDUs of one bind that are warned about; a broken SMSC must not fill the log."""

REQUESTS: dict[str, type[Bind]] = {
    "transceiver": BindTransceiver,
    "transmitter": BindTransmitter,
    "receiver": BindReceiver,
}


@dataclass(frozen=True, slots=True)
class BindStatus:
    """How one bind does. `since` is when the state began, in epoch seconds; `id` is empty without a connection."""

    id: str
    mode: str
    state: str
    since: float
    window_used: int
    window: int
    smsc: str
    version: int | None


class Account(Protocol):
    """The link that a bind belongs to; the calls come in the order of what happens."""

    settings: LinkSettings
    counters: Counter[str]

    def connect(self, owner: Owner) -> Connection:
        """Make the protocol of a new connection."""

    def bind_made(self, bind: "LastingBind") -> None: ...

    def bind_ended(self, bind: "LastingBind") -> None: ...

    def asked(self, connection: Connection, request: Pdu) -> None:
        """The SMSC asks; `Connection.answer` answers."""

    def classify(self, command_status: int) -> StatusClass:
        """Return the class of a status at this SMSC."""

    def answered(self, asked: Asked, response: Pdu, kind: StatusClass, now: float) -> None: ...

    def taken(self, answers: Sequence[tuple[Posted, str]], now: float) -> None:
        """As `answered` for each, of what was taken, with its message_id."""

    def not_answered(self, asked: Asked) -> None: ...

    def moving(self) -> None:
        """Something happens to a bind: nothing is to be written until all of it is told."""

    def moved(self) -> None:
        """All is told; there may be room in a window."""


class LastingBind:
    """One bind from `start` to `stop`, over as many connections as it takes."""

    def __init__(
        self,
        account: Account,
        label: str,
        mode: str,
        clock: IReactorTime,
        *,
        door: Door,
        target: IStreamClientEndpoint | None,
        jitter: Callable[[], float],
    ) -> None:
        """`target` is where to connect; without one the bind is made on what `adopt` is given."""
        settings = account.settings
        self.label, self.mode = label, mode
        self.smsc = ""
        self.version: int | None = None
        self.queue: deque[Asked] = deque()
        """Requests that want this very bind while it lives."""
        self.connection: Connection | None = None
        self._account, self._clock, self._door = account, clock, door
        self._since = clock.seconds()
        self._finished: Deferred[None] | None = None
        self._unreadable = 0
        self._backoff = Backoff(
            (settings.reconnect_min, settings.reconnect_max), (settings.refused_min, settings.refused_max), jitter
        )
        self._dialler = None if target is None else self._make_dialler(target)
        self._on: dict[type[Any], Callable[[Any, float], None]] = {
            PostsTaken: self._on_taken,
            PostAnswered: self._on_answered,
            Bound: self._on_bound,
            BindRefused: self._on_bind_refused,
            Request: self._on_request,
            PostTimedOut: self._on_timed_out,
            Stray: self._on_stray,
            Malformed: self._on_malformed,
            Revived: lambda _event, _now: log.info("%s answers again", self.label),
            Closed: self._on_closed,
        }

    def _make_dialler(self, target: IStreamClientEndpoint) -> Dialler:
        account = self._account
        return Dialler(
            target,
            lambda: account.connect(self),
            self._backoff.delay,
            self._clock,
            door=self._door,
            label=self.label,
            settings=account.settings,
            counters=account.counters,
        )

    # How it does

    @property
    def id(self) -> str:
        return "" if self.connection is None else self.connection.id

    @property
    def bound(self) -> bool:
        return self.connection is not None and self.connection.session.bound

    @property
    def state(self) -> str:
        """The session's state in words, "not connected" without one."""
        if self.connection is None:
            return "not connected"
        session = self.connection.session
        return f"{session.state.value}, not answering" if session.doubtful else session.state.value

    @property
    def may_submit(self) -> bool:
        if self.connection is None:
            return False
        session = self.connection.session
        return session.may_post and not session.doubtful

    def may_send(self, operation: type[Pdu]) -> bool:
        """Whether it may send such a request now, and somebody is there to take it."""
        session = None if self.connection is None else self.connection.session
        return session is not None and session.may_send(operation) and not session.doubtful

    @property
    def window_used(self) -> int:
        return 0 if self.connection is None else self.connection.session.window_used

    @property
    def room(self) -> int:
        """How many requests may be written now."""
        if self.connection is None:
            return 0
        session = self.connection.session
        return session.window_free if session.may_post and not session.doubtful else 0

    def status(self) -> BindStatus:
        return BindStatus(
            id=self.id,
            mode=self.mode,
            state=self.state,
            since=self._since,
            window_used=self.window_used,
            window=self._account.settings.window,
            smsc=self.smsc,
            version=self.version,
        )

    # What the link asks for

    def start(self) -> None:
        if self._dialler is not None:
            self._dialler.start()

    def stop(self) -> Deferred[None]:
        """What is written, and what the SMSC asked, gets `response_timeout` to finish; then unbind and close."""
        if self.connection is None or self.connection.session.closed:
            return self._hang_up()
        self._finished = Deferred()
        stopped = self._finished.addCallback(lambda _: self._hang_up())
        self.connection.close()
        return stopped

    def adopt(self, connection: Connection) -> None:
        """Bind on a connection that the SMSC has made (2.2.1, outbind)."""
        connection.owner = self
        self.opened(connection)

    def write(self, batch: Sequence[Asked], now: float) -> None:
        """Write requests; there has to be `room`."""
        if self.connection is None:
            raise RuntimeError("no room without a connection")
        self._account.counters["submitted"] += len(batch)
        self.connection.post(batch, now)

    # What the connection tells

    def opened(self, connection: Connection) -> None:
        settings = self._account.settings
        self.connection = connection
        self._since = self._clock.seconds()
        connection.send(
            REQUESTS[self.mode](
                system_id=settings.system_id,
                password=settings.password.get_secret_value(),
                system_type=settings.system_type,
                interface_version=settings.interface_version,
                address_range=settings.address_range,
            )
        )

    def happened(self, connection: Connection, events: list[Event], now: float) -> None:
        """Take all in, and only then write: that makes one write of what many answers leave room for."""
        self._account.moving()
        try:
            for event in events:
                if connection is self.connection:
                    self._on[type(event)](event, now)
        finally:
            self._account.moved()

    def _on_bound(self, event: Bound, now: float) -> None:
        self._settled()
        self._door.admitted()
        self._backoff.up(now)
        self._since = now
        version = event.response.tlvs.get("sc_interface_version")
        self.smsc, self.version = event.response.system_id, version if isinstance(version, int) else None
        self._unreadable = 0
        self._account.counters["binds"] += 1
        log.info("%s bound as %s", self.label, self.mode)
        if self.version is not None and self.version < 0x34 and _needs_tlvs(self._account.settings):
            log.warning("%s: the SMSC speaks version 0x%02x, which has no optional parameters; the link's settings "
                        "(ussd, segments) need them", self.label, self.version)  # fmt: skip
        self._account.bind_made(self)

    def _on_bind_refused(self, event: BindRefused, _now: float) -> None:
        self._account.counters["refused binds"] += 1
        if event.status in status.BIND_REFUSED or self._account.classify(event.status) is StatusClass.BIND:
            self._wait_long(event.status)
            log.error("%s: the SMSC refuses our bind: %s", self.label, status.name(event.status))
        else:
            log.warning("%s: bind failed: %s", self.label, status.name(event.status))
        self._settled()
        if self.connection is not None:
            self.connection.close()

    def _wait_long(self, refusal: int) -> None:
        if refusal in WRONG_ACCOUNT:
            self._door.refused()  # it makes all binds of the account wait
        else:
            self._backoff.refused()

    def _on_request(self, event: Request, _now: float) -> None:
        if self.connection is not None:
            self._account.asked(self.connection, event.pdu)

    def _on_taken(self, event: PostsTaken, now: float) -> None:
        self._account.taken(event.answers, now)

    def _on_answered(self, event: PostAnswered, now: float) -> None:
        asked, response = event.request, event.response
        if isinstance(asked, Asked):
            unknown = isinstance(response, GenericNack) and not response.status  # never an OK
            kind = self._account.classify(status.ESME_RUNKNOWNERR if unknown else response.status)
            self._account.answered(asked, response, kind, now)
            if kind is StatusClass.BIND:
                self._bind_anew(response.status)

    def _bind_anew(self, command_status: int) -> None:
        """The SMSC answers, but has lost our session: only another one helps."""
        if self.bound and self.connection is not None:
            log.warning("%s: the SMSC says %s to a message; binding anew", self.label, status.name(command_status))
            self._account.counters["binds lost"] += 1
            self.connection.close()

    def _on_timed_out(self, event: PostTimedOut, _now: float) -> None:
        self._account.counters["timed out"] += 1
        self._not_answered(event.request)

    def _on_stray(self, event: Stray, _now: float) -> None:
        self._account.counters["stray"] += 1
        name, sequence = event.response.name, event.response.sequence
        log.info("%s: %s %d answers nothing that is open", self.label, name, sequence)

    def _on_malformed(self, event: Malformed, _now: float) -> None:
        self._account.counters["malformed"] += 1
        self._unreadable += 1
        level = logging.WARNING if self._unreadable <= MOST_COMPLAINTS else logging.DEBUG
        log.log(level, "%s: unreadable PDU %d: %s", self.label, event.error.sequence, event.error)

    def _on_closed(self, event: Closed, now: float) -> None:
        ended = self.connection.ended if self.connection is not None else ""
        self.connection, self._since = None, now
        self._settled()
        self._backoff.down(now)
        level = logging.INFO if event.reason is Reason.UNBOUND else logging.WARNING
        log.log(level, "%s closed: %s", self.label, f"{event.reason.value} {explained(ended)}".rstrip())
        for posted in event.posted:
            self._not_answered(posted)
        self._account.bind_ended(self)
        if self._finished is not None:
            finished, self._finished = self._finished, None
            finished.callback(None)

    def _not_answered(self, posted: Posted) -> None:
        if isinstance(posted, Asked):
            self._account.not_answered(posted)

    # Plumbing

    def _hang_up(self) -> Deferred[None]:
        return succeed(None) if self._dialler is None else self._dialler.stop()

    def _settled(self) -> None:
        if self._dialler is not None:
            self._dialler.settled()


def _needs_tlvs(settings: LinkSettings) -> bool:
    ussd = settings.ussd
    by_ussd = ussd is not None and (ussd.operation != "service_type" or ussd.session != "none")
    return by_ussd or settings.segments in ("sar", "payload")
