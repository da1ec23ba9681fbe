"""One channel of Asterisk's under our command (AsyncAGI): commands out, their results back, its keys, its end.

`Action: AGI` is only answered with "queued"; what a command came to tells the event AsyncAGIExec with our CommandID.
After a hangup some commands get no such event, so the end of the channel ends all that wait.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from itertools import count

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from dialogs.talk import Gone
from ivr.ami import agi
from ivr.ami.agi import Result
from ivr.ami.errors import AmiError, Refused, Unsafe
from ivr.ami.link import Link
from ivr.ami.messages import Message
from ivr.calls.keys import Keys

log = logging.getLogger("caredial.calls")

LEASE_SECONDS = 180
"""For which the dialplan lets a call go on without a word of ours; renewed long before."""
LAST_SECONDS = 60
"""What is left to a call when we stop: another gateway may take it up till then."""
LONGEST_SECONDS = 3600.0
"""A call that lasts longer is none: somebody forgot to hang up."""


class HungUp(Gone):
    """The caller is no longer there."""


class Lost(Gone):
    """The Asterisk is no longer there, the caller perhaps still is: the call is taken up when it comes back."""


class Stuck(Gone):
    """The Asterisk is there, but does not do with this call what it is told."""


class Channel:
    """`name` is what Asterisk calls it now, `uniqueid` what it is called for all its life."""

    def __init__(self, link: Link, name: str, uniqueid: str, clock: IReactorTime) -> None:
        self.link, self.name, self.uniqueid = link, name, uniqueid
        self.keys = Keys(clock)
        self.cause: int | None = None
        self.over: Gone | None = None
        self.hanging_up = False
        self._ends_at = clock.seconds() + LONGEST_SECONDS
        self._clock = clock
        self._waiting: dict[str, Deferred[Result]] = {}
        # Another gateway may have left a command behind in this call: its result must not be taken for one of ours.
        self._token, self._numbers = secrets.token_hex(4), count(1)

    async def run(self, verb: str, *arguments: str) -> Result:
        """What this AGI command came to. Raises HungUp, Lost, Stuck, ivr.ami.errors.Unsafe."""
        if self.over is not None:
            raise self.over
        command, number = agi.command(verb, *arguments), f"{self._token}-{next(self._numbers)}"
        done: Deferred[Result] = Deferred()
        self._waiting[number] = done
        try:
            await self.link.act("AGI", [("Channel", self.name), ("Command", command), ("CommandID", number)])
        except Refused as error:  # no such channel, or it is not ours to command any more
            log.info("a channel takes no commands any more: %s", error)
            self.end(HungUp())
        except Unsafe:
            del self._waiting[number]
            raise
        except AmiError as error:
            self.fail(str(error))
        return await done

    async def keep(self) -> None:
        """We are here: the dialplan may let the call go on for longer than it waits for us (TIMEOUT(absolute))."""
        left = self._ends_at - self._clock.seconds()
        if left > 0:
            await self.limit(round(min(left, LEASE_SECONDS)))

    async def limit(self, seconds: int) -> None:
        """Let the call end after so many seconds more."""
        await self._asked("AbsoluteTimeout", ("Timeout", str(max(1, seconds))))

    async def stop_playing(self) -> None:
        """End the prompt that is being played; nothing where none is."""
        await self._asked("ControlPlayback", ("Control", "stop"))

    async def hang_up(self) -> None:
        """End the call, whatever is going on in it."""
        await self._asked("Hangup")

    async def _asked(self, action: str, *headers: tuple[str, str]) -> None:
        try:
            await self.link.act(action, [("Channel", self.name), *headers])
        except AmiError as error:
            log.debug("%s was not done: %s", action, error)

    def executed(self, event: Message) -> None:
        """AsyncAGIExec: a command has come to its end."""
        done = self._waiting.pop(event.get("CommandID"), None)
        if done is not None and not done.called:
            done.callback(agi.result(event.get("Result")))

    def fail(self, why: str) -> None:
        """Asterisk does not do as it is told: it is gone, and comes back, or it fails us in this call."""
        ready = self.link.ready
        log.warning("a call %s: %s", "is broken" if ready else "is left, its server is away", why)
        self.end(Stuck() if ready else Lost())

    def end(self, why: Gone, cause: int | None = None) -> None:
        """The channel is not ours any more; the first reason stands, the cause of the hangup is added when it comes."""
        self.cause = self.cause if cause is None else cause
        if self.over is not None:
            return
        self.over = why
        self.keys.leave(why)
        waiting, self._waiting = self._waiting, {}
        for done in waiting.values():
            if not done.called:
                done.errback(why)


async def give_back(channel: Channel, why: str) -> None:
    """Leave the call to the dialplan, which sees by CAREDIAL_NEXT what we could not do: busy, unavailable, failed."""
    with suppress(Gone):
        await channel.run("SET VARIABLE", "CAREDIAL_NEXT", why)
        await channel.run("ASYNCAGI BREAK")
    if isinstance(channel.over, Stuck):
        await channel.hang_up()
