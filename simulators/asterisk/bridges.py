"""Two legs put through to each other."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulators.asterisk import causes
from simulators.asterisk.channels import Headers, State
from simulators.asterisk.legs import Leg

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange


class Bridge:
    """A conversation; `done(caller_left)` runs when either has hung up, before the called one's channel is closed."""

    def __init__(self, exchange: Exchange, caller: Leg, called: Leg, done: Callable[[bool], None]) -> None:
        self._exchange = exchange
        self._caller = caller
        self._called = called
        self._done = done
        self._id = str(uuid.UUID(int=exchange.chance.getrandbits(128), version=4))
        self._over = False

    def start(self) -> None:
        caller, called = self._caller, self._called
        if caller.channel.state is not State.UP:
            caller.up()
        called.app = _CalledEnd(self)
        self._tell("BridgeCreate", 0)
        for members, leg in ((1, called), (2, caller)):
            leg.channel.bridge = self._id
            self._tell("BridgeEnter", members, leg)
        caller.phone.put_through(called.phone.number)
        called.phone.put_through(caller.phone.number)

    def key(self, digit: str) -> None:
        """The caller pressed a key: the called one hears it."""
        self._called.tell_key(digit, "Sent")

    def key_of_called(self, digit: str) -> None:
        self._caller.tell_key(digit, "Sent")

    def caller_left(self) -> None:
        if not self._over:
            self._over = True
            self._leave(1, self._caller)
            self._done(True)
            self._leave(0, self._called)
            self._tell("BridgeDestroy", 0)
            self._close()

    def called_left(self) -> None:
        if not self._over:
            self._over = True
            self._leave(1, self._called)
            self._leave(0, self._caller)
            self._tell("BridgeDestroy", 0)
            self._done(False)
            self._close()

    def _close(self) -> None:
        self._called.channel.cause = causes.NORMAL
        self._called.over()

    def _leave(self, members: int, leg: Leg) -> None:
        leg.channel.bridge = ""
        self._tell("BridgeLeave", members, leg)
        if leg.phone.holds(leg):
            leg.phone.put_through("")

    def _tell(self, event: str, members: int, leg: Leg | None = None) -> None:
        headers: Headers = [
            ("BridgeUniqueid", self._id),
            ("BridgeType", "basic"),
            ("BridgeTechnology", "simple_bridge"),
            ("BridgeCreator", "<unknown>"),
            ("BridgeName", "<unknown>"),
            ("BridgeNumChannels", str(members)),
            ("BridgeVideoSourceMode", "none"),
        ]
        self._exchange.tell("call", event, [*headers, *(leg.channel.headers() if leg else [])])


class _CalledEnd:
    """What runs on the called one's channel."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def start(self) -> None: ...

    def key(self, digit: str) -> None:
        self._bridge.key_of_called(digit)

    def stop(self) -> None: ...

    def hung_up(self) -> None:
        self._bridge.called_left()
