"""Local channels (core_local.c): the Asterisk calls an extension of its own dialplan instead of a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from simulators.asterisk.causes import Refusal
from simulators.asterisk.channels import Headers
from simulators.asterisk.dialplan import Dialplan

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

_TARGET: Final = re.compile(r"Local/([^@/]+)@([^@/]+)(?:/[a-z]*)?")


def place(dial_string: str) -> tuple[str, str] | None:
    """Return extension and context of `Local/exten@context/n`, None for another channel."""
    found = _TARGET.fullmatch(dial_string)
    return (found[1], found[2]) if found else None


class LocalCall:
    """Two halves of one channel: the second runs the extension, and where that answers, the first is answered.

    To who originates it is as an `Attempt`: `leg` is the first half, `done(call)` runs once, answered or not.
    """

    def __init__(
        self, exchange: Exchange, dial_string: str, done: Callable[[LocalCall], None], *, uniqueid: str, other: str
    ) -> None:
        """Raises LookupError where the dialplan has no such place."""
        found = place(dial_string)
        if found is None or not exchange.extension(found[1], found[0]):
            raise LookupError(dial_string)
        self.refusal: Refusal | None = None
        self.is_answered = False
        self._exchange, self._aim, self._done, self._over = exchange, dial_string, done, False
        self.leg, self._second = exchange.open_local(*found, uniqueid, other)
        self.leg.ringing = self
        channel = self.leg.channel
        channel.application, channel.data = "AppDial2", "(Outgoing Line)"
        line = (("Extension", channel.exten), ("Application", channel.application), ("AppData", channel.data))
        exchange.about(self.leg, "dialplan", "Newexten", *line)

    def start(self) -> None:
        """Let the second half run."""
        channel = self.leg.channel
        halves: Headers = [
            *_prefixed("LocalOne", self.leg.channel.headers()),
            *_prefixed("LocalTwo", self._second.channel.headers()),
        ]
        more = [("Context", channel.context), ("Exten", channel.exten), ("LocalOptimization", "No")]
        self._exchange.tell("call", "LocalBridge", [*halves, *more])
        self._tell("DialBegin", ("DialString", self._aim.removeprefix("Local/")))
        self._second.when_up = self.answered
        self._second.app = Dialplan(self._exchange, self._second)
        self._second.app.start()

    def answered(self) -> None:
        if not self._over:
            self._over = self.is_answered = True
            self.leg.ringing = None
            self._done(self)

    def refused(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.called_off()

    def called_off(self) -> None:
        """The second half has ended without an answer, or somebody hung the first one up."""
        if not self._over:
            self._over = True
            self._done(self)
            self.leg.over()

    def give_up(self) -> None:
        """Ring no longer; the caller closes the channel."""
        self._over = True
        self.leg.ringing = None

    def dial_end(self, status: str) -> None:
        self._tell("DialEnd", ("DialStatus", status))

    def _tell(self, event: str, more: tuple[str, str]) -> None:
        self._exchange.tell("call", event, [*self.leg.channel.headers("Dest"), more])


def _prefixed(prefix: str, headers: Headers) -> Headers:
    return [(prefix + name, value) for name, value in headers]
