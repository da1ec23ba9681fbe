"""One channel of Asterisk's under our command (AsyncAGI): commands out, their results back, its keys, its end.

`Action: AGI` is only answered with "queued"; what a command came to tells the event AsyncAGIExec with our CommandID.
After a hangup some commands get no such event, so the end of the channel ends all that wait.
"""

from __future__ import annotations

import logging
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


LONGEST_SECONDS = 3600
"""A call that lasts longer is none: somebody forgot to hang up."""


class HungUp(Gone):
    """The caller is no longer there."""


class Lost(Gone):
    """The Asterisk is no longer there, the caller perhaps still is: the call is taken up when it comes back."""


class Channel:
    """`name` is what Asterisk calls it now, `uniqueid` what it is called for all its life."""

    def __init__(self, link: Link, name: str, uniqueid: str, clock: IReactorTime) -> None:
        self.link, self.name, self.uniqueid = link, name, uniqueid
        self.keys = Keys(clock)
        self.cause: int | None = None
        self.over: Gone | None = None
        self._waiting: dict[str, Deferred[Result]] = {}
        self._numbers = count(1)

    async def run(self, verb: str, *arguments: str) -> Result:
        """What this AGI command came to. Raises HungUp, Lost, ivr.ami.messages.Unsafe."""
        if self.over is not None:
            raise self.over
        command, number = agi.command(verb, *arguments), f"{self.uniqueid}/{next(self._numbers)}"
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
        except AmiError:
            self.end(Lost())
        return await done

    async def keep(self) -> None:
        """We are here: the dialplan may let the call go on for longer than it waits for us (TIMEOUT(absolute))."""
        try:
            await self.link.act("AbsoluteTimeout", [("Channel", self.name), ("Timeout", str(LONGEST_SECONDS))])
        except AmiError as error:
            log.warning("a call may end before its time: %s", error)

    async def stop_playing(self) -> None:
        """End the prompt that is being played; nothing where none is."""
        try:
            await self.link.act("ControlPlayback", [("Channel", self.name), ("Control", "stop")])
        except AmiError as error:
            log.debug("a prompt could not be stopped: %s", error)

    def executed(self, event: Message) -> None:
        """AsyncAGIExec: a command has come to its end."""
        done = self._waiting.pop(event.get("CommandID"), None)
        if done is not None and not done.called:
            done.callback(agi.result(event.get("Result")))

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
