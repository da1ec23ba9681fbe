"""Dial and Queue: other telephones are rung, and the first that answers is put through (app_dial.c, app_queue.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulators.asterisk.answers import Done, executed
from simulators.asterisk.attempts import Attempt, attempt
from simulators.asterisk.bridges import Bridge
from simulators.asterisk.legs import Leg
from simulators.clock import Timer

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

_ELSEWHERE: Final = 26  # Q.850: answered elsewhere
_RETRY: Final = 5.0  # seconds between two rounds of a queue


class Dial:
    """`Dial(target&target,seconds,options)`: DIALSTATUS tells what came of it."""

    def __init__(
        self, exchange: Exchange, leg: Leg, done: Done, *, targets: list[str], seconds: float, goes_on: bool
    ) -> None:
        """`seconds` 0 means for ever; with `goes_on` the caller goes on after a conversation."""
        self.exchange = exchange
        self.leg = leg
        self._done = done
        self._targets = targets
        self._seconds = seconds
        self._goes_on = goes_on
        self._ringing: list[Attempt] = []
        self._bridge: Bridge | None = None
        self._timer: Timer | None = None
        self._over = False

    def start(self) -> None:
        self.leg.assign("DIALSTATUS", "")
        if self._seconds:
            self._timer = self.leg.after(self._seconds, self.timed_out)
        self.ring()

    def key(self, digit: str) -> None:
        if self._bridge is not None:
            self._bridge.key(digit)

    def stop(self) -> None: ...

    def hung_up(self) -> None:
        if self._bridge is not None:
            self._bridge.caller_left()
            return
        given_up = self._give_up("CANCEL")
        self.finish("CANCEL", -1)
        _close(given_up)

    def ring(self) -> None:
        """Ring every target."""
        found = [attempt(self.exchange, one, self._tried, caller=self.leg) for one in self._targets]
        self._ringing = [one for one in found if one is not None]
        if not self._ringing:
            self.nobody("CHANUNAVAIL")
            return
        for one in tuple(self._ringing):
            one.start()

    def nobody(self, status: str) -> None:
        """Nobody of this round was reached."""
        self.finish(status, 0)

    def timed_out(self) -> None:
        given_up = self._give_up("NOANSWER")
        self.finish("NOANSWER", 0)
        _close(given_up)

    def connected(self) -> None:
        """Somebody has answered."""
        self.leg.assign("DIALSTATUS", "ANSWER")

    def parted(self) -> None:
        """The conversation is over."""
        self.leg.assign("DIALSTATUS", "ANSWER")

    def finish(self, status: str, value: int) -> None:
        self.leg.assign("DIALSTATUS", status)
        self.end(value)

    def end(self, value: int) -> None:
        """Give the answer, once."""
        if not self._over:
            self._over = True
            self._quiet()
            self._done(executed(value))

    def _tried(self, one: Attempt) -> None:
        if one in self._ringing:
            self._ringing.remove(one)
        if one.is_answered:
            self._answered(one)
        elif not self._ringing and not self._over:
            self.nobody(one.refusal.status if one.refusal else "CHANUNAVAIL")

    def _answered(self, one: Attempt) -> None:
        self._quiet()
        one.leg.up()
        self.connected()
        one.dial_end("ANSWER")
        _close(self._give_up("CANCEL"), _ELSEWHERE)
        self._bridge = Bridge(self.exchange, self.leg, one.leg, self._parted)
        self._bridge.start()

    def _parted(self, caller_left: bool) -> None:
        self._bridge = None
        self.parted()
        self.end(0 if self._goes_on and not caller_left else -1)

    def _give_up(self, status: str) -> list[Leg]:
        given_up, self._ringing = self._ringing, []
        for one in given_up:
            one.give_up()
            one.dial_end(status)
        return [one.leg for one in given_up]

    def _quiet(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


class Queue(Dial):
    """`Queue(name,options,URL,announcement,seconds)`: rings the queue's numbers in rounds; QUEUESTATUS tells."""

    def start(self) -> None:
        if not self._targets:
            self.leg.assign("QUEUESTATUS", "UNKNOWN")
            self.end(0)
            return
        if self._seconds:
            self._timer = self.leg.after(self._seconds, self.timed_out)
        self.ring()

    def hung_up(self) -> None:
        if self._bridge is not None:
            self._bridge.caller_left()
            return
        given_up = self._give_up("CANCEL")
        self.end(-1)
        _close(given_up)

    def nobody(self, status: str) -> None:  # noqa: ARG002
        self.leg.after(_RETRY, self._again)

    def timed_out(self) -> None:
        given_up = self._give_up("NOANSWER")
        self.leg.assign("QUEUESTATUS", "TIMEOUT")
        self.end(0)
        _close(given_up)

    def connected(self) -> None: ...

    def parted(self) -> None:
        if self._goes_on:
            self.leg.assign("QUEUESTATUS", "CONTINUE")

    def _again(self) -> None:
        if not self._over:
            self.ring()


def _close(legs: list[Leg], cause: int = 0) -> None:
    for leg in legs:
        leg.channel.cause = cause
        leg.over()
