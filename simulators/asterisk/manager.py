"""A manager connection: login, actions, and the events that it gets (manager.c). No socket: octets in and out."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Final

from ivr.ami import messages
from ivr.ami.errors import Unsafe
from ivr.ami.framing import Framer
from ivr.ami.messages import LINE_OCTETS, MOST_HEADERS, Message
from simulators.asterisk import actions, masks, old_forms
from simulators.asterisk.channels import Headers
from simulators.asterisk.exchange import Exchange
from simulators.asterisk.masks import Filters, NoMask
from simulators.asterisk.replies import Reply, error, success
from simulators.asterisk.wire import Wire

log = logging.getLogger(__name__)

BANNER: Final = "Asterisk Call Manager/11.0.0"
_PATIENCE: Final = 1.0  # seconds that a wrong secret waits for its answer
_DENIED: Final = error("Permission denied")


class Manager:
    """One connection. `write` carries octets, `close` ends it."""

    def __init__(self, exchange: Exchange, write: Callable[[bytes], None], close: Callable[[], None]) -> None:
        self.account = ""
        self._exchange = exchange
        self._close = close
        self._framer = Framer(banner=False)
        self._wire = Wire(exchange.clock, lambda: exchange.conditions, write)
        self._challenge = ""
        self._mask = masks.CLASSES
        self._filters = Filters()
        self._actions = 0
        self._gone = False
        self._own: dict[str, Callable[[Message], Reply | None]] = {
            "login": lambda _: success("Already authenticated"),
            "challenge": self._give_challenge,
            "events": self._set_mask,
            "filter": self._filter,
            "logoff": self._logoff,
        }

    # What the transport tells

    def begin(self) -> None:
        """Greet, as one line without a blank one."""
        if self._exchange.is_down:
            self._leave()
            return
        self._wire.send(f"{BANNER}\r\n".encode())

    def receive(self, data: bytes) -> None:
        if not self._exchange.conditions.manager_half_open:
            for block in self._framer.feed(data):
                self._act(block)

    def lost(self) -> None:
        """The connection is gone."""
        self._gone = True
        self._wire.stop()
        self._exchange.unlisten(self)

    # What the exchange tells

    def event(self, kind: str, name: str, headers: Headers) -> None:
        conditions = self._exchange.conditions
        if kind not in self._mask or (conditions.manager_no_dtmf and kind == "dtmf"):
            return
        told: Headers = [("Privilege", f"{kind},all"), *headers]
        if conditions.manager_old_events:
            name, told = old_forms.event(name, told)
        octets = self._event_octets(name, told)
        if self._filters.let_through(octets.decode()):
            self._wire.send(octets)

    def drop(self) -> None:
        """Close without a word."""
        self._leave()

    # Actions

    def _act(self, block: bytes) -> None:
        if self._gone:
            return
        message = messages.read(block)
        self._actions += 1
        most = self._exchange.conditions.manager_close_after
        if most and self._actions > most:
            log.info("closing a connection of %s after %d actions", self.account or "nobody", most)
            self._leave()
            return
        respond = partial(self._respond, message)
        reply = self._unfit(block, message) or self._reply(message, respond)
        if reply is not None and not reply.later:
            respond(reply)

    def _unfit(self, block: bytes, message: Message) -> Reply | None:
        if max(map(len, block.split(b"\n"))) + 2 > LINE_OCTETS:
            return error("Failed to parse message: line too long")
        if len(message.headers) > MOST_HEADERS:
            return error("Too many lines in message or allocation failure")
        return None if message.get("Action") else error("Missing action in request")

    def _reply(self, message: Message, respond: Callable[[Reply], None]) -> Reply | None:
        name = message.get("Action")
        if not self.account:
            return self._before_login(name.lower(), message)
        own = self._own.get(name.lower())
        if own is not None:
            return own(message)
        action = actions.BY_NAME.get(name.lower())
        if action is None:
            hint = "Use Action: ListCommands to show available commands."
            return error(f"Invalid/unknown command: {name}. {hint}")
        return action(self._exchange, message, respond)

    def _before_login(self, name: str, message: Message) -> Reply | None:
        if name == "challenge":
            return self._give_challenge(message)
        if name == "logoff":
            return self._logoff(message)
        return self._login(message) if name == "login" else _DENIED

    def _give_challenge(self, message: Message) -> Reply:
        if message.get("AuthType").lower() != "md5":
            return error("Must specify AuthType")
        self._challenge = self._challenge or str(self._exchange.chance.randrange(10**8, 10**9))
        return success("", ("Challenge", self._challenge))

    def _login(self, message: Message) -> Reply | None:
        if not self._knows_secret(message):
            refusal = error("Authentication failed")
            self._exchange.after(_PATIENCE, lambda: self._refuse(message, refusal))
            return None
        try:
            self._mask = masks.mask(message.get("Events", "on"))
        except NoMask:
            self._mask = frozenset()
        self.account = message.get("Username")
        log.info("%s has logged in", self.account)
        return success("Authentication accepted", then=self._logged_in)

    def _knows_secret(self, message: Message) -> bool:
        secret = self._exchange.hotline.accounts.get(message.get("Username"))
        if secret is None:
            return False
        if message.get("AuthType").lower() == "md5":
            key = hashlib.md5(f"{self._challenge}{secret}".encode(), usedforsecurity=False).hexdigest()
            return bool(self._challenge) and hmac.compare_digest(key, message.get("Key").lower())
        return hmac.compare_digest(secret.encode(), message.get("Secret").encode())

    def _refuse(self, message: Message, refusal: Reply) -> None:
        if not self._gone:
            self._write(message, refusal)
            self._leave()

    def _logged_in(self) -> None:
        self._exchange.listen(self)
        if "system" in self._mask and not self._exchange.conditions.manager_no_booted:
            seconds = str(int(self._exchange.clock.seconds() - self._exchange.started))
            up = [("Uptime", seconds), ("LastReload", seconds), ("Status", "Fully Booted")]
            self.event("system", "FullyBooted", up)

    def _set_mask(self, message: Message) -> Reply:
        try:
            self._mask = masks.mask(message.get("EventMask"))
        except NoMask:
            return error("Invalid event mask")
        return success("", ("Events", "On" if self._mask else "Off"))

    def _filter(self, message: Message) -> Reply:
        if message.get("Operation").lower() != "add":
            return error("Unknown operation")
        try:
            self._filters.add(message.get("Filter"))
        except re.error:
            return error("Filter did not compile.  Check the syntax of the filter given.")
        return success("Success")

    def _logoff(self, _message: Message) -> Reply:
        return Reply("Goodbye", [("Message", "Thanks for all the fish.")], then=self._leave)

    # Answers

    def _respond(self, message: Message, reply: Reply) -> None:
        delay = self._exchange.conditions.manager_answer_delay
        if delay and reply.status != "Goodbye":
            # What was asked for is done at once: its events come before the answer.
            self._exchange.after(delay, lambda: self._write(message, reply))
        else:
            self._write(message, reply)
        if reply.then is not None:
            reply.then()

    def _write(self, message: Message, reply: Reply) -> None:
        if self._gone:
            return
        octets = self._response_octets(message, reply)
        again = self._exchange.happens(self._exchange.conditions.manager_answer_twice)
        for _ in range(2 if again else 1):
            self._wire.send(octets)
        for name, headers in reply.items:
            identity = [] if any(key == "ActionID" for key, _ in headers) else _identity(message)
            self._wire.send(self._event_octets(name, [*identity, *headers]))

    def _response_octets(self, message: Message, reply: Reply) -> bytes:
        conditions = self._exchange.conditions
        if reply.output is not None and conditions.manager_old_command:
            return old_forms.command(message.action_id, reply.output)
        identity = [] if conditions.manager_no_action_id and reply.status == "Error" else _identity(message)
        output = [("Output", line) for line in reply.output or ()]
        return messages.response(reply.status, [*identity, *reply.headers, *output])

    def _event_octets(self, name: str, headers: Headers) -> bytes:
        try:
            return messages.event(name, headers)
        except Unsafe as wrong:  # a name of the caller with a line break, which Asterisk takes out, too
            log.warning("%s: %s", name, wrong)
            return messages.event(name, [(key, _one_line(value)) for key, value in headers])

    def _leave(self) -> None:
        self._gone = True
        self._wire.flush()
        self._exchange.unlisten(self)
        self._close()


def _identity(message: Message) -> Headers:
    return [("ActionID", message.action_id)] if message.action_id else []


def _one_line(value: str) -> str:
    return re.sub("[\r\n\0\x85\u2028\u2029]", " ", value)
