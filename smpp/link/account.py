"""A link: one account at one SMSC over one or several binds. Submits within windows and rate, hands over what comes.

link = Link("main", settings, receiver, reactor)
link.startService()
response = await link.submit(SubmitSm(...))
link.post(Submit(octets, "bulk", owner))  # by the thousand: no coroutine for each
"""

import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

from smpp import status
from smpp.codec import encode
from smpp.kinds import MessageClass
from smpp.link.asks import DEFAULT_RANK, Ask, Asked, Submit
from smpp.link.bind import BindStatus, LastingBind
from smpp.link.connection import Connection, Owner
from smpp.link.deliveries import Deliveries
from smpp.link.dial import endpoint
from smpp.link.dispatch import Dispatch
from smpp.link.door import Door
from smpp.link.outbind import OutbindPort
from smpp.link.pacing import Pace
from smpp.link.turns import SHARES
from smpp.link.watching import Watching
from smpp.pdu import DeliverSm, Pdu, SubmitSm, SubmitSmResp
from smpp.session import Options, Role, WrongState
from smpp.session.posted import Posted
from smpp.settings import LinkSettings
from smpp.status import StatusClass
from smpp.tlv import dictionary
from smpp.trace import Traced

__all__ = ["BindStatus", "Link", "LinkDown", "LinkError", "LinkStatus", "NotAnswered", "Receiver", "Traced"]

log = logging.getLogger("caredial.smpp")

MOST_AT_ONCE: Final = 2000
"""Requests that one read of 64 KiB can bring: the shortest deliver_sm has 33 octets."""


class LinkError(Exception):
    """A submit without an answer."""

    retry = False


class LinkDown(LinkError):
    """The link is not bound for sending: the submit was surely not taken, and may be tried again."""

    retry = True


class NotAnswered(LinkError):
    """The submit was written and no answer came: whether the SMSC has the message is unknown."""


class Receiver(Protocol):
    """Who takes what the SMSC delivers."""

    def delivered(self, link: "Link", pdu: DeliverSm, bind: str) -> Awaitable[int] | int:
        """Take a message, receipt or USSD indication; the command_status answers it (0: it is safe with us).

        Who knows it at once returns it as it is: that is cheaper, and the answers to all that came at once leave
        together.

        `bind` is the id of the bind over which it came, another one for each bind that is made: it tells what was
        delivered again after a loss from what was said twice.
        """


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How a link does. `rate` is the set one and `pace` the present one, both a second, 0 for no limit."""

    name: str
    state: str
    bound: bool
    throttled: bool
    rate: float
    pace: float
    queued: int
    counters: dict[str, int]
    binds: tuple[BindStatus, ...]


class Link(Service):
    """One link as a Twisted service; `status()` and the properties tell how it does."""

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
        shares: Mapping[MessageClass, float] = SHARES,
    ) -> None:
        """`target` is where to connect instead of the settings' host.

        `shares` is the part of the writes that each lower class gets at least while it waits (see `turns`). Raises
        OSError or ValueError for a bad tls_ca, ValueError for shares that are no parts of 1.
        """
        self.name = name
        self.settings = settings
        self.counters: Counter[str] = Counter()
        self._clock = reactor
        self._classes, self._dictionary = settings.vendor_classes, dictionary(settings.vendor_tlvs)
        self._pace = Pace(settings.rate, reactor.seconds())
        self._bound_waiters: list[Deferred[None]] = []
        self._turned_away: list[Submit] = []
        self._deliveries = Deliveries(name, partial(receiver.delivered, self), settings.inbound, self.counters)
        self._watching = Watching(name, self._connections, reactor)
        self._port = OutbindPort(self, reactor) if settings.outbind_port else None
        dialled = None if settings.outbind_port else target or endpoint(settings, reactor)
        self._door = Door((settings.refused_min, settings.refused_max), reactor, jitter)
        self._binds = self._make_binds(dialled, jitter)
        self._modes = {bind.mode for bind in self._binds}
        self._dispatch = Dispatch(self._binds, self._pace, reactor, shares)

    def _make_binds(self, target: IStreamClientEndpoint | None, jitter: Callable[[], float]) -> list[LastingBind]:
        settings = self.settings
        one = ("transmitter", "receiver") if settings.bind == "pair" else (settings.bind,)
        modes = one * settings.binds
        return [
            LastingBind(self, label, mode, self._clock, door=self._door, target=target, jitter=jitter)
            for label, mode in zip(self._labels(len(modes)), modes, strict=True)
        ]

    def _labels(self, binds: int) -> list[str]:
        """What each bind is called in the log."""
        name = f"link {self.name}"
        return [name] if binds == 1 else [f"{name} bind {number}" for number in range(1, binds + 1)]

    def _connections(self) -> list[Connection]:
        return [bind.connection for bind in self._binds if bind.connection is not None]

    # How it does

    @property
    def bound(self) -> bool:
        """Whether at least one of its binds is bound; of a pair one of each kind."""
        return {bind.mode for bind in self._binds if bind.bound} == self._modes

    @property
    def bind_ids(self) -> frozenset[str]:
        """The ids of the binds that are connected."""
        return frozenset(connection.id for connection in self._connections())

    @property
    def state(self) -> str:
        """In words: the state that all binds are in, or how many are bound."""
        states = {bind.state for bind in self._binds}
        if len(states) == 1:
            return states.pop()
        return f"{sum(bind.bound for bind in self._binds)} of {len(self._binds)} bound"

    @property
    def window_used(self) -> int:
        """Requests that wait for their answers, over all binds."""
        return sum(bind.window_used for bind in self._binds)

    @property
    def queued(self) -> int:
        """Requests that wait for a place in a window, or for the pace."""
        return len(self._dispatch)

    @property
    def may_submit(self) -> bool:
        """Whether a submit now would be taken: a bind may transmit, and the link is not stopping."""
        for bind in self._binds:  # noqa: SIM110  # asked with each message, and a generator would be half the cost
            if bind.may_submit:
                return True
        return False

    @property
    def throttled(self) -> bool:
        """Whether the SMSC's throttling holds the pace down now."""
        return self._pace.throttled(self._clock.seconds())

    def status(self) -> LinkStatus:
        return LinkStatus(
            name=self.name,
            state=self.state,
            bound=self.bound,
            throttled=self.throttled,
            rate=self.settings.rate,
            pace=self._pace.rate(self._clock.seconds()),
            queued=self.queued,
            counters=dict(self.counters),
            binds=tuple(bind.status() for bind in self._binds),
        )

    def when_bound(self) -> Deferred[None]:
        """Return a Deferred that fires when the link is `bound`; at once if it is."""
        if self.bound:
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        self._bound_waiters.append(waiter)
        return waiter

    def watch(self, watcher: Callable[[Traced], None]) -> Callable[[], None]:
        """Have `watcher` see each PDU of either direction from now on; call what is returned to end that."""
        return self._watching.add(watcher)

    # What it is for

    async def submit(
        self, pdu: SubmitSm, *, urgent: bool = False, bind: str = "", rank: MessageClass = DEFAULT_RANK
    ) -> SubmitSmResp:
        """Send a message and return the SMSC's answer, whatever its status; a generic_nack comes as such an answer.

        Waits for a place in a window and for the pace, behind what is of a higher `rank`; `urgent` (USSD) goes before
        all that is not, and again after a throttle answer, for as long as the caller waits. `bind` names the bind to
        take while it lives. Raises LinkDown, NotAnswered, or PduError for a message that does not fit a PDU.
        """
        response = await self._ask(pdu, rank, urgent=urgent, bind=bind)
        if isinstance(response, SubmitSmResp):
            return response
        return SubmitSmResp(sequence=response.sequence, status=response.status or status.ESME_RUNKNOWNERR)

    def post(self, submit: Submit, *, urgent: bool = False, bind: str = "") -> None:
        """Send a prepared message as `submit` does; its owner is told what came of it, and never before this returns.

        What is posted while answers are told leaves as one write when all of them are.
        """
        submit.urgent, submit.bind = urgent, bind
        if self.may_submit:
            self._dispatch.add(submit)
            return
        if not self._turned_away:
            self._clock.callLater(0, self._turn_away)
        self._turned_away.append(submit)

    def before_write(self, told: Callable[[Sequence[Asked]], None]) -> None:
        """Have `told` know what is written just before it is, once for all that one read makes room for.

        It is called with nothing too, when all that a read brought is told. It must not raise.
        """
        self._dispatch.before_write = told

    async def request(self, pdu: Pdu) -> Pdu:
        """Send query_sm, cancel_sm, replace_sm, submit_multi or data_sm; return its response, or a generic_nack.

        Raises as `submit` does, and WrongState for what an ESME may not send.
        """
        return await self._ask(pdu, DEFAULT_RANK)

    def startService(self) -> None:
        Service.startService(self)
        self._door.open()
        for bind in self._binds:
            bind.start()
        if self._port is not None:
            self._port.start()

    def stopService(self) -> Deferred[None]:
        """Stop: what is queued fails with LinkDown, what is written and deliveries get `response_timeout` to finish,
        then the binds unbind, all at a time. The Deferred fires when the connections are gone."""
        Service.stopService(self)
        self._door.close()
        self._fail_queued()
        stopping = [bind.stop() for bind in self._binds]
        if self._port is not None:
            stopping.append(self._port.stop())
        return DeferredList(stopping).addCallback(lambda _: None)

    def _ask(self, pdu: Pdu, rank: MessageClass, *, urgent: bool = False, bind: str = "") -> Deferred[Pdu]:
        if not self.may_submit:
            raise self._down()
        if not any(each.may_send(type(pdu)) for each in self._binds):
            raise WrongState(f"no {pdu.name} by an ESME")
        ask = Ask(pdu, encode(pdu, self._dictionary), rank, urgent=urgent, bind=bind)
        self._dispatch.add(ask)
        return ask.done

    # What the binds tell

    def connect(self, owner: Owner) -> Connection:
        settings = self.settings
        options = Options(
            window=settings.window,
            inbound=settings.inbound + MOST_AT_ONCE,  # so that Deliveries, which counts over all binds, comes first
            response_timeout=settings.response_timeout,
            bind_timeout=settings.bind_timeout,
            enquire_link=settings.enquire_link,
            dictionary=self._dictionary,
        )
        connection = Connection(Role.ESME, options, owner, self._clock)
        self._watching.tap(connection)
        return connection

    def called(self, connection: Connection) -> bool:
        """Give a connection that the SMSC has made to a bind that has none."""
        free = next((bind for bind in self._binds if bind.connection is None), None)
        if free is None or not self.running:
            return False
        self._watching.tap(connection)
        free.adopt(connection)
        return True

    def bind_made(self, _bind: LastingBind) -> None:
        waiters: list[Deferred[None]] = []
        if self.bound:
            waiters, self._bound_waiters = self._bound_waiters, []
        for waiter in waiters:
            waiter.callback(None)

    def bind_ended(self, bind: LastingBind) -> None:
        self._dispatch.release(bind)
        if not self.may_submit:
            self._fail_queued()

    def asked(self, connection: Connection, request: Pdu) -> None:
        self._deliveries.asked(connection, request)

    def classify(self, command_status: int) -> StatusClass:
        return status.classify(command_status, self._classes) if command_status else StatusClass.OK

    def answered(self, asked: Asked, response: Pdu, kind: StatusClass, now: float) -> None:
        self.counters["answered"] += 1
        if kind is not StatusClass.THROTTLE:
            self._pace.accepted(now)
        else:
            self.counters["throttled"] += 1
            self._pace.refused(asked.sent, now)
            if asked.urgent and asked.wanted and self.running:
                self._ask_again(asked)
                return
        asked.came(response, kind)

    def taken(self, answers: Sequence[tuple[Posted, str]], now: float) -> None:
        """As `answered` of each, with status 0: what is counted is counted once for all."""
        self.counters["answered"] += len(answers)
        self._pace.accepted(now, len(answers))
        for posted, message_id in answers:
            if isinstance(posted, Asked):
                posted.taken(message_id)

    def _ask_again(self, asked: Asked) -> None:
        """The SMSC surely has not taken it: it goes first when the pace allows."""
        if self.may_submit:
            self._dispatch.put_back(asked)
        else:
            asked.failed(self._down())

    def not_answered(self, asked: Asked) -> None:
        asked.failed(NotAnswered(f"link {self.name}: no answer to a {asked.name}"))

    def moving(self) -> None:
        self._dispatch.hold()

    def moved(self) -> None:
        self._dispatch.go_on()

    # Plumbing

    def _down(self) -> LinkDown:
        return LinkDown(f"link {self.name} is {self.state}")

    def _turn_away(self) -> None:
        turned_away, self._turned_away = self._turned_away, []
        for submit in turned_away:
            submit.failed(self._down())

    def _fail_queued(self) -> None:
        for asked in self._dispatch.clear():
            asked.failed(LinkDown(f"link {self.name} went down before the message was written"))
