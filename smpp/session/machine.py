"""One SMPP session without I/O (SMPP 3.4 sections 2.2 states, 2.7-2.9 windows and timers).

Octets and the time go in, events and octets come out; it plays either side:

    session = Session(Role.ESME, Options(window=10), now)
    session.send(BindTransceiver(system_id="clinic", password="secret"), now)  # or post([...]) what is octets already
    transport.write(session.data_to_send())
    for event in session.receive(data, now): ...

Time is any monotonic clock's seconds. After every call write `data_to_send()`, and call `tick` at `next_deadline()`.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from smpp import status
from smpp.codec import decode, encode, header_only
from smpp.pdu import (
    BINDS,
    RESPONSE_BIT,
    Bind,
    BindResp,
    EnquireLink,
    GenericNack,
    Pdu,
    PduError,
    Unbind,
    answer_to,
)  # fmt: skip
from smpp.session import events as told
from smpp.session.events import Closed, Event, Malformed, Reason, Revived
from smpp.session.framing import Framer
from smpp.session.options import Options, SessionError, WindowFull, WrongState
from smpp.session.plain import taken
from smpp.session.posted import Posted
from smpp.session.states import BETWEEN, BOUND, BOUND_AS, MAY_POST, MAY_SEND, MOVES, TRY_LATER, Role, State, Step
from smpp.session.window import OUTSIDE, Pending, Window

__all__ = ["Options", "Role", "Session", "SessionError", "State", "WindowFull", "WrongState"]

_SHOWN: Final = 64  # octets of what is no PDU
_NUMBER: Final = 12  # where the sequence_number stands in a PDU
_write_number = struct.Struct(">L").pack_into


class Session:
    """One session, from the connection to its end. Methods that return events say everything that happened."""

    def __init__(self, role: Role, options: Options, now: float) -> None:
        self.role = role
        self.options = options
        self.tap: Callable[[bool, bytes], None] | None = None
        """Who sees each PDU's octets: whether we sent it, and the octets; those after which framing is lost, too."""
        self._framer = Framer()
        self._out = bytearray()
        self._events: list[Event] = []
        self._window = Window(options.window)
        self._open: dict[int, Pdu] = {}  # the other side's requests by id(), since sequences may be repeated
        self._opened = self._heard = now
        self._misses = 0
        self.doubtful = False
        """Whether a request was left unanswered and nothing at all has been heard since it was sent.

        The connection may be dead without a sign (half-open TCP): an enquire_link is under way, and what is sent
        before it is answered may well be lost.
        """
        self.round_trip = 0.0
        """Seconds from the request that was answered last to its answer, of what is posted."""
        self._finish_by = 0.0
        self._unbind: Pdu | None = None
        self._become(State.OPEN)  # and with it `state`, `bound`, `may_post` and `closed`
        self._answered: dict[type[Pdu], Callable[[Pdu, Pdu], None]] = {
            EnquireLink: self._enquire_link_answered,
            Unbind: self._unbind_answered,
            **dict.fromkeys(BINDS, self._bind_answered),
        }

    # What the owner looks at

    @property
    def window_used(self) -> int:
        """Own requests that wait for an answer; enquire_link, bind and unbind take no place."""
        return self._window.used

    @property
    def window_free(self) -> int:
        return self._window.free

    @property
    def open_requests(self) -> int:
        """The other side's requests that the owner has not answered yet."""
        return len(self._open)

    def data_to_send(self) -> bytes:
        """Return and forget the octets to write."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def may_send(self, operation: type[Pdu]) -> bool:
        """Tell whether this side may send such a request in the present state."""
        return issubclass(operation, self._ours)

    # What the owner asks for

    def send(self, request: Pdu, now: float) -> int:
        """Number and write a request; return its sequence number.

        Raises WrongState, WindowFull or PduError, each before anything is written.
        """
        if not self.may_send(type(request)):
            raise WrongState(f"no {request.name} by the {self.role.value} when {self.state.value}")
        if not self.window_free and not isinstance(request, OUTSIDE):
            raise WindowFull(f"{self.window_used} requests wait for an answer")
        if isinstance(request, Bind):
            sequence = self._request(request, now, self.options.bind_timeout)
            self._move(Step.BIND)
            return sequence
        return self._request(request, now, self.options.response_timeout)

    def post(self, requests: Sequence[Posted], now: float) -> None:
        """Number and write requests that are octets already, in their order: what an ESME may send when bound.

        Raises WrongState or WindowFull, before anything is written.
        """
        if not self.may_post:
            raise WrongState(f"nothing to post by the {self.role.value} when {self.state.value}")
        if len(requests) > self.window_free:
            raise WindowFull(f"{self.window_used} requests wait for an answer")
        self._window.post(requests, now, self.options.response_timeout)
        out = self._out
        for request in requests:
            start = len(out)
            out += request.octets
            _write_number(out, start + _NUMBER, request.sequence)
            if self.tap is not None:
                self.tap(True, bytes(out[start:]))

    def answer(self, request: Pdu, response: Pdu, now: float) -> list[Event]:
        """Answer a request of the other side; its sequence number is filled in. Raises PduError.

        As SMSC, a response to a bind with status 0 binds. An answer that comes after the session's end is dropped.
        """
        if id(request) in self._open and not self.closed:
            same = response.sequence == request.sequence
            self._write(response if same else replace(response, sequence=request.sequence))
            del self._open[id(request)]
            if isinstance(request, Bind):
                self._move(Step.REFUSED if response.status else BOUND_AS[type(request)])
            self._settle(now)
        return self._take_events()

    def close(self, now: float) -> list[Event]:
        """Stop: nothing new goes out, what is open gets `response_timeout` to finish, then comes unbind.

        Closed follows, at once for a session that is not bound.
        """
        if self.bound:
            self._move(Step.CLOSE)
            self._finish_by = now + self.options.response_timeout
            self._settle(now)
        elif self.state in (State.OPEN, State.BINDING):
            self._close(Reason.UNBOUND)
        return self._take_events()

    def lost(self) -> list[Event]:
        """Take note that the connection is gone."""
        self._close(Reason.LOST)
        return self._take_events()

    # What the connection brings

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take octets as they come."""
        if self.closed:
            return []
        try:
            for octets in self._framer.feed(data, lambda octets, start: self._receive_run(octets, start, now)):
                self._receive_one(octets, now)
        except PduError as wrong:
            fresh = len(data) - self._framer.held  # where in `data` the next PDU begins
            self._see(False, data[max(0, fresh) :][:_SHOWN])
            self._write(GenericNack(status=wrong.status))
            self._events.append(Malformed(wrong))
            self._close(Reason.FRAMING)
        return self._take_events()

    def _receive_run(self, data: bytes, start: int, now: float) -> int:
        """Take the plain answers to what was posted that begin at `start` (Framer.feed); return where they end.

        It is `_receive_one` for many at a time, and does nothing where that would do more than take note of an answer.
        """
        if self.tap is not None or self.doubtful or self.closed:
            return start
        answers, end = taken(data, start, self._window)
        if answers:
            self._heard, self._misses = now, 0
            self.round_trip = now - answers[-1][0].sent
            self._events.append(told.PostsTaken(answers))
            self._settle(now)
        return end

    def _receive_one(self, octets: bytes, now: float) -> None:
        if self.closed:
            return
        if self.tap is not None:
            self.tap(False, octets)
        if self.doubtful:
            self._events.append(Revived())
        self._heard, self._misses, self.doubtful = now, 0, False
        try:
            pdu = decode(octets, self.options.dictionary)
        except PduError as wrong:
            self._events.append(Malformed(wrong))
            self._receive_malformed(octets, wrong, now)
            return
        if pdu.is_response:
            self._receive_response(pdu, now)
        else:
            self._receive_request(pdu, now)

    def _receive_malformed(self, octets: bytes, wrong: PduError, now: float) -> None:
        """Answer what cannot be read. A response is never answered; its header still tells what became of ours."""
        if wrong.status == status.ESME_RINVCMDID:
            if not wrong.command_id & RESPONSE_BIT:
                self._write(GenericNack(status=wrong.status, sequence=wrong.sequence))
            return
        pdu = header_only(octets)
        if pdu.is_response:
            self._receive_response(pdu, now)
        else:
            nack = GenericNack(status=wrong.status, sequence=wrong.sequence)
            self._write(answer_to(pdu, wrong.status) or nack)

    def _receive_request(self, pdu: Pdu, now: float) -> None:
        if isinstance(pdu, EnquireLink):
            self._refuse(pdu, status.ESME_ROK)
        elif isinstance(pdu, Unbind):
            self._receive_unbind(pdu, now)
        elif self._between:
            self._refuse(pdu, TRY_LATER[self.role])
        elif not isinstance(pdu, self._theirs):
            again = isinstance(pdu, Bind) and self.role is Role.SMSC
            self._refuse(pdu, status.ESME_RALYBND if again else status.ESME_RINVBNDSTS)
        elif len(self._open) >= self.options.inbound:
            self._refuse(pdu, status.ESME_RMSGQFUL)
        else:
            self._accept(pdu)

    def _accept(self, pdu: Pdu) -> None:
        if pdu.response is not None:
            self._open[id(pdu)] = pdu
        if isinstance(pdu, Bind):
            self._move(Step.BIND)
        self._events.append(told.Request(pdu))

    def _refuse(self, pdu: Pdu, command_status: int) -> None:
        answer = answer_to(pdu, command_status)
        if answer is not None:
            self._write(answer)

    def _receive_unbind(self, pdu: Unbind, now: float) -> None:
        if self.state in (State.OPEN, State.BINDING, State.LEAVING):
            self._refuse(pdu, status.ESME_RINVBNDSTS)
        elif self.state is State.UNBINDING:  # both unbind at once
            self._refuse(pdu, status.ESME_ROK)
        else:
            self._unbind = pdu
            self._move(Step.UNBIND)
            self._finish_by = now + self.options.response_timeout
            self._settle(now)

    def _receive_response(self, pdu: Pdu, now: float) -> None:
        pending = self._window.take(pdu)
        if pending is None:
            self._events.append(told.Stray(pdu))
            return
        request = pending.request
        if isinstance(request, Posted):
            self._events.append(told.PostAnswered(request, pdu))
        elif (answered := self._answered.get(type(request))) is not None:
            answered(request, pdu)
        else:
            self._events.append(told.Response(request, pdu))
        self._settle(now)

    def _bind_answered(self, request: Pdu, response: Pdu) -> None:
        if isinstance(response, BindResp) and not response.status:
            self._move(BOUND_AS[type(request)])
            self._events.append(told.Bound(response))
        else:
            self._move(Step.REFUSED)
            self._events.append(told.BindRefused(response.status))

    def _enquire_link_answered(self, _request: Pdu, _response: Pdu) -> None:
        """To have heard it was all that was wanted."""

    def _unbind_answered(self, _request: Pdu, _response: Pdu) -> None:
        self._close(Reason.UNBOUND)

    # What time brings

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do, None for never."""
        return min(self._deadlines(), default=None)

    def _deadlines(self) -> list[float]:
        if self.closed:
            return []
        options, deadlines = self.options, []
        oldest = self._window.next_deadline()
        if oldest is not None:
            deadlines.append(oldest)
        if self.state is State.OPEN and options.bind_timeout:
            deadlines.append(self._opened + options.bind_timeout)
        if self.state in (State.FINISHING, State.LEAVING):
            deadlines.append(self._finish_by)
        if options.inactivity:
            deadlines.append(self._heard + options.inactivity)
        if self._asks():
            deadlines.append(self._heard + options.enquire_link)
        return deadlines

    def tick(self, now: float) -> list[Event]:
        """Do what is due: time requests out, ask whether the link lives, give up."""
        if not self.closed:
            self._expire_requests(now)
            self._expire_session(now)
        return self._take_events()

    def _expire_requests(self, now: float) -> None:
        expired = self._window.expire(now)
        # What keeps the session going comes last: it may close it, and nothing is to be told after that.
        for pending in sorted(expired, key=lambda pending: isinstance(pending.request, OUTSIDE)):
            self._expire_request(pending)
        if expired and not self.closed:
            self._settle(now)

    def _expire_request(self, pending: Pending) -> None:
        request = pending.request
        if isinstance(request, Bind):
            self._close(Reason.BIND_UNANSWERED)
        elif isinstance(request, Unbind):
            self._close(Reason.UNBOUND)
        elif not isinstance(request, EnquireLink):
            self._events.append(told.PostTimedOut(request) if isinstance(request, Posted) else told.TimedOut(request))
            if self._heard <= pending.sent and self.options.enquire_link > 0:
                self.doubtful = True
        elif self._heard <= pending.sent:  # anything heard since is as good as an answer
            self._misses += 1
            if self._misses >= self.options.enquire_link_misses:
                self._close(Reason.SILENT)

    def _expire_session(self, now: float) -> None:
        options = self.options
        if self.state is State.OPEN and options.bind_timeout and now >= self._opened + options.bind_timeout:
            self._close(Reason.NOT_BOUND)
        elif options.inactivity and now >= self._heard + options.inactivity:
            self._close(Reason.INACTIVE)
        elif self.state in (State.FINISHING, State.LEAVING) and now >= self._finish_by:
            self._finish(now)
        elif self._asks() and (self.doubtful or now >= self._heard + options.enquire_link):
            self._request(EnquireLink(), now, options.response_timeout)

    def _asks(self) -> bool:
        """Whether silence makes us ask: in a bound state, and one question at a time."""
        living = self.bound or self.state is State.FINISHING
        return living and self.options.enquire_link > 0 and not self._window.asking

    # The way out

    def _settle(self, now: float) -> None:
        """Go on with closing once both sides' requests are answered."""
        if self.state in (State.FINISHING, State.LEAVING) and not self._open and not self.window_used:
            self._finish(now)

    def _finish(self, now: float) -> None:
        if self._unbind is not None:
            self._refuse(self._unbind, status.ESME_ROK)
            self._close(Reason.UNBOUND_BY_PEER)
        else:
            self._move(Step.FINISHED)
            self._request(Unbind(), now, self.options.response_timeout)

    def _close(self, reason: Reason) -> None:
        if self.closed:
            return
        self._become(State.CLOSED)
        self._events.append(Closed(reason, self._window.unanswered, self._window.posted))
        self._window.clear()
        self._open.clear()

    # Plumbing

    def _move(self, step: Step) -> None:
        self._become(MOVES.get((self.state, step), self.state))

    def _become(self, state: State) -> None:
        """Enter a state, and look up what it allows: that is asked for with each PDU, and states change seldom."""
        self.state = state
        self.bound, self.may_post, self.closed = state in BOUND, (self.role, state) in MAY_POST, state is State.CLOSED
        self._ours = MAY_SEND.get((self.role, state), ())
        self._theirs = MAY_SEND.get((self.role.peer, state), ())
        self._between = (self.role, state) in BETWEEN

    def _request(self, request: Pdu, now: float, timeout: float) -> int:
        numbered = self._window.number(request)
        self._write(numbered)
        self._window.add(numbered, now, timeout)
        return numbered.sequence

    def _write(self, pdu: Pdu) -> None:
        octets = encode(pdu, self.options.dictionary)
        self._out += octets
        self._see(True, octets)

    def _see(self, sent: bool, octets: bytes) -> None:
        if self.tap is not None:
            self.tap(sent, octets)

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events
