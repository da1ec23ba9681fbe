"""One AMI session without I/O: logs in, asks, matches answers by ActionID, tells what happens.

Octets and the time go in, events and octets come out:

    session = Session(Options("caredial", "secret"), now)
    for event in session.receive(data, now): ...
    action_id = session.send("CoreShowChannels", now=now, listing=True)
    transport.write(session.data_to_send())

Time is any monotonic clock's seconds. After every call write `data_to_send()`, and call `tick` at `next_deadline()`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping

from ivr.ami.errors import NotConnected, Overloaded, Unsafe
from ivr.ami.framing import Framer
from ivr.ami.messages import Headers, Message, action, read
from ivr.ami.older import modern
from ivr.ami.pending import Pending, Waiting
from ivr.ami.states import (
    ASKING_TO_COME_IN,
    BEFORE_LOGIN,
    MOVES,
    Answered,
    Closed,
    FilterRefused,
    Happened,
    LoginRefused,
    Options,
    Ready,
    Reason,
    SessionEvent,
    State,
    Step,
    Stray,
    Unanswered,
)
from ivr.ami.wanted import Wanted


class Session:
    """One session, from the connection to its end. Methods that return events say everything that happened."""

    def __init__(
        self, options: Options, now: float, *, prefix: str = "caredial", counters: Counter[str] | None = None
    ) -> None:
        """`prefix` begins all our ActionIDs. Raises Unsafe for a name, secret or filter that cannot be written."""
        self.options = options
        self.state = State.CONNECTED
        self.ping: float | None = None
        """Seconds that the last Ping took."""
        self.counters = Counter[str]() if counters is None else counters
        options.check()
        self._prefix, self._number = prefix, 0
        self._framer = Framer(options.line_octets)
        self._wanted = Wanted(options.wanted)
        self._waiting = Waiting(options.window, options.queue)
        self._out = bytearray()
        self._events: list[SessionEvent] = []
        self._opened = self._heard = self._answered = now
        self._pinging = self._booted = False
        self._misses = 0
        self._until: float | None = now + options.login_timeout
        """When the present state has lasted too long."""

    # What the owner looks at

    @property
    def ready(self) -> bool:
        """Whether actions may be sent."""
        return self.state is State.READY

    @property
    def closed(self) -> bool:
        return self.state is State.CLOSED

    @property
    def banner(self) -> str:
        """The greeting, `Asterisk Call Manager/11.0.0`; empty as long as there is none."""
        return self._framer.banner or ""

    @property
    def written(self) -> int:
        """Actions that wait for their answers."""
        return self._waiting.written

    @property
    def queued(self) -> int:
        """Actions that wait to be written."""
        return self._waiting.queued

    def data_to_send(self) -> bytes:
        """Return and forget the octets to write: whole actions."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_deadline(self) -> float | None:
        """When to call `tick` next; None once the session is over."""
        if self.closed:
            return None
        asks = self._answered + self.options.ping if self.ready and not self._pinging else None
        return min((at for at in (self._until, asks, self._waiting.next_deadline()) if at is not None), default=None)

    # What the owner asks for

    def send(
        self, name: str, /, headers: Headers = (), *, now: float, variables: Mapping[str, str] | None = None,
        listing: bool = False,
    ) -> str:  # fmt: skip
        """Write an action, or queue it; return its ActionID, under which Answered or Unanswered comes.

        `listing` waits for the events of its list, too. Raises NotConnected, Overloaded or Unsafe, each before
        anything is written.
        """
        if not self.ready:
            raise NotConnected(self.state.value)
        if self._waiting.full:
            raise Overloaded(f"{self._waiting.queued} actions wait to be written")
        if any(key.lower() == "actionid" for key, _ in headers):
            raise Unsafe("the session gives the ActionID")
        pending = self._make(name, headers, now, variables)
        pending.listing = listing
        self._waiting.add(pending)
        self._write_waiting()
        return pending.action_id

    def close(self, now: float) -> list[SessionEvent]:
        """Stop: what waits is given up, Logoff goes out; Closed follows, at once where we are not logged in."""
        if self.state in (State.BOOTING, State.READY):
            self._give_up("we stop")
            self._move(Step.LEAVE)
            self._until = now + self.options.goodbye
            self._ask("Logoff", lambda _response, _now: self._close(Reason.LEFT), now)
        elif self.state in BEFORE_LOGIN:
            self._close(Reason.LEFT)
        return self._take_events()

    def lost(self) -> list[SessionEvent]:
        """Take note that the connection is gone."""
        self._close(Reason.LEFT if self.state is State.LEAVING else Reason.LOST)
        return self._take_events()

    # What the connection brings

    def receive(self, data: bytes, now: float) -> list[SessionEvent]:
        """Take octets as they come."""
        if self.closed:
            return []
        dropped = self._framer.dropped
        blocks = self._framer.feed(data)
        self._heard = now
        self.counters["dropped"] += self._framer.dropped - dropped
        if self.state is State.CONNECTED and self._framer.banner is not None:
            self._come_in(now)
        for block in blocks:
            self._receive_one(block, now)
        return self._take_events()

    def _receive_one(self, block: bytes, now: float) -> None:
        if self.closed:
            return
        if self._wanted.skips(block, self._waiting.lists):
            self.counters["events"] += 1
            return
        message = read(block)
        if message.response:
            self._receive_response(message, now)
        elif message.event:
            self.counters["events"] += 1
            self._receive_event(modern(message), now)
        else:
            self.counters["unknown"] += 1

    def _receive_response(self, message: Message, now: float) -> None:
        pending = self._waiting.get(message.action_id)
        failed = message.response.lower() == "error"
        if pending is None:
            self._receive_stray(message, failed)
            return
        self._answered, self._misses = now, 0
        if pending.own is not None:
            self._waiting.remove(pending)
            pending.own(message, now)
        elif not pending.listing or failed:
            self._finish(pending, Answered(pending.action_id, message))
        elif pending.response is None:
            pending.response = message
        else:
            self._receive_stray(message, failed)

    def _receive_stray(self, message: Message, failed: bool) -> None:
        """Before the login nothing else is under way, and some errors come without their ActionID."""
        if failed and not message.action_id and self.state in ASKING_TO_COME_IN:
            self._refused(message)
        elif self.state is not State.LEAVING:  # then all that waited has been given up
            self._events.append(Stray(message))

    def _receive_event(self, message: Message, now: float) -> None:
        pending = self._waiting.get(message.action_id) if self._waiting.lists else None
        if pending is not None and pending.listing:
            self._receive_item(pending, message, now)
            return
        name = message.event.lower()
        if name == "fullybooted" and not self.ready:
            self._booted = True
            self._settle_boot()
        elif self.ready and name in self._wanted:
            self._events.append(Happened(message))
        if name == "shutdown":
            self._close(Reason.SHUTDOWN)

    def _receive_item(self, pending: Pending, message: Message, now: float) -> None:
        mark = message.get("EventList").lower()
        response = pending.response or message
        if mark in ("cancelled", "canceled"):
            self._finish(pending, Unanswered(pending.action_id, True, "Asterisk cancelled the list"))
        elif mark == "complete" or (not mark and message.event.lower().endswith("complete")):
            self._finish(pending, Answered(pending.action_id, response, tuple(pending.items)))
        elif len(pending.items) >= self.options.items:
            why = f"the list is longer than {self.options.items}"
            self._finish(pending, Unanswered(pending.action_id, True, why))
        else:
            pending.items.append(message)
            self._waiting.prolong(pending, now + self.options.response_timeout)

    def _finish(self, pending: Pending, event: Answered | Unanswered) -> None:
        self._waiting.remove(pending)
        self._events.append(event)
        self._write_waiting()

    # The way in

    def _come_in(self, now: float) -> None:
        if self.options.login == "md5":
            self._move(Step.CHALLENGE)
            self._ask("Challenge", self._challenged, now, [("AuthType", "MD5")])
        else:
            self._login([("Secret", self.options.secret)], now)

    def _challenged(self, response: Message | None, now: float) -> None:
        challenge = "" if response is None else response.get("Challenge")
        if response is None:
            self._close(Reason.NOT_LOGGED_IN)
        elif not challenge or response.response.lower() != "success":
            self._refused(response)  # and never the secret in the clear instead
        else:
            digest = hashlib.md5(f"{challenge}{self.options.secret}".encode(), usedforsecurity=False)
            self._login([("AuthType", "MD5"), ("Key", digest.hexdigest())], now)

    def _login(self, proof: list[tuple[str, str]], now: float) -> None:
        self._move(Step.LOGIN)
        username, events = ("Username", self.options.username), ("Events", self.options.events)
        self._ask("Login", self._logged_in, now, [username, *proof, events])

    def _logged_in(self, response: Message | None, now: float) -> None:
        if response is None:
            self._close(Reason.NOT_LOGGED_IN)
            return
        if response.response.lower() != "success":
            self._refused(response)
            return
        self._move(Step.ACCEPTED)
        self._until = now + self.options.boot_wait
        for filter_ in self.options.filters:
            self._add_filter(filter_, now)
        self._settle_boot()

    def _add_filter(self, filter_: str, now: float) -> None:
        def added(response: Message | None, _now: float) -> None:
            if response is None or response.response.lower() == "error":
                why = "no answer" if response is None else response.get("Message")
                self._events.append(FilterRefused(filter_, why))

        self._ask("Filter", added, now, [("Operation", "Add"), ("Filter", filter_)])

    def _refused(self, response: Message) -> None:
        self._events.append(LoginRefused(response.get("Message") or response.response))
        self._close(Reason.REFUSED)

    def _settle_boot(self, *, guessed: bool = False) -> None:
        """Begin, if the Asterisk is booted. FullyBooted may come before the login's answer, after it, or never."""
        if self.state is State.BOOTING and (self._booted or guessed):
            self._move(Step.BOOTED)
            self._until = None
            self._events.append(Ready(told=self._booted))

    def _asked_to_boot(self, response: Message | None, now: float) -> None:
        """CoreStatus was answered or not: where it is not known or not allowed, errors may lack their ActionID."""
        if response is None or response.response.lower() == "error":
            self._ask("Ping", self._ponged_at_boot, now)
        else:
            self._ponged_at_boot(response, now)

    def _ponged_at_boot(self, response: Message | None, _now: float) -> None:
        if response is None:
            self._close(Reason.SILENT)
        else:
            self._settle_boot(guessed=True)

    # Time

    def tick(self, now: float) -> list[SessionEvent]:
        """Take note of the time."""
        if self.closed:
            return []
        self._expire_state(now)
        self._expire_actions(now)
        if self.ready and not self._pinging and now >= self._answered + self.options.ping:
            self._send_ping(now)
        self._write_waiting()
        return self._take_events()

    def _expire_state(self, now: float) -> None:
        if self._until is None or now < self._until:
            return
        self._until = None
        if self.state in BEFORE_LOGIN:
            self._close(Reason.NOT_LOGGED_IN)
        elif self.state is State.LEAVING:
            self._close(Reason.LEFT)
        elif self.state is State.BOOTING:
            self._ask("CoreStatus", self._asked_to_boot, now)

    def _expire_actions(self, now: float) -> None:
        """Tell of the owner's actions first: one of our own may end the session, and all are told of before that."""
        expired = self._waiting.expired(now)
        for pending in expired:
            if pending.own is None:
                why = "no answer in time" if pending.written else "it could not be written in time"
                self._events.append(Unanswered(pending.action_id, pending.written, why))
        for pending in expired:
            if pending.own is not None and not self.closed:
                pending.own(None, now)

    def _send_ping(self, now: float) -> None:
        def ponged(response: Message | None, then: float) -> None:
            self._pinging = False
            if response is not None:
                self.ping = then - now
            else:
                self._missed(now, then)

        self._pinging = True
        self._ask("Ping", ponged, now)

    def _missed(self, asked: float, now: float) -> None:
        """A Ping was not answered. Where nothing at all was heard since, the connection is half open."""
        self._misses += 1
        if self._heard <= asked or self._misses >= self.options.ping_misses:
            self._close(Reason.SILENT)
        else:
            self._send_ping(now)

    # The way out

    def _give_up(self, why: str) -> None:
        for pending in self._waiting.clear():
            if pending.own is None:
                self._events.append(Unanswered(pending.action_id, pending.written, why))

    def _close(self, reason: Reason) -> None:
        if self.closed:
            return
        self.state = State.CLOSED
        self._until = None
        self._give_up(reason.value)
        self._events.append(Closed(reason))

    # Plumbing

    def _move(self, step: Step) -> None:
        self.state = MOVES.get((self.state, step), self.state)

    def _ask(self, name: str, own: Callable[[Message | None, float], None], now: float, headers: Headers = ()) -> None:
        """Write an action of the session itself; `own` gets its answer, or None."""
        pending = self._make(name, headers, now, None)
        pending.own = own
        self._waiting.add_own(pending)
        self._out += pending.octets

    def _make(self, name: str, headers: Headers, now: float, variables: Mapping[str, str] | None) -> Pending:
        self._number += 1
        action_id = f"{self._prefix}-{self._number}"
        octets = action(name, [("ActionID", action_id), *headers], variables=variables or {})
        return Pending(action_id, octets, now, now + self.options.response_timeout)

    def _write_waiting(self) -> None:
        for pending in self._waiting.take_writable():
            self._out += pending.octets

    def _take_events(self) -> list[SessionEvent]:
        events, self._events = self._events, []
        return events
