"""Prompts on a call, and the key that ends or follows them.

STREAM FILE with all keys as escape digits: Asterisk itself ends a prompt at a key, without waiting for us. Which key it
was, tells the channel's row of keys.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, FirstError
from twisted.internet.interfaces import IReactorTime

from ivr.ami.agi import Result
from ivr.calls.channel import Channel
from ivr.calls.ports import Counts
from ivr.calls.speaker import Part, Speaker
from ivr.speech.clips import Clip

log = logging.getLogger("caredial.calls")

ALL_KEYS = "0123456789*#"
STOP_SECONDS = 0.15
"""A key ends a prompt at once, unless it came while the prompt was still on its way: then it is stopped by hand."""
SLACK_SECONDS = 15.0
"""How much longer than it lasts a prompt may take before Asterisk is given up."""
GRACE_SECONDS = 2.0
"""In which the event of a hangup follows the command that it broke off."""
MOST_BEGINNINGS = 5
SAMPLES_A_SECOND, TOLERANCE = 8_000, 1_600


class Unplayable(Exception):
    """Asterisk could not play a prompt that is there: it cannot read the folder."""


class Player:
    """Plays to one call, one prompt at a time."""

    def __init__(self, channel: Channel, speaker: Speaker, clock: IReactorTime, counts: Counts) -> None:
        self.channel = channel
        self._speaker, self._clock, self._counts = speaker, clock, counts
        self._private: list[Clip] = []
        self._answered_at: float | None = None

    async def ask(self, parts: Sequence[Part], seconds: float) -> str | None:
        """Speak, and take the key that answers; None after so many seconds of silence."""
        await self.play(parts)
        key = await self.channel.keys.next(seconds)
        if key is not None:
            self.answered()
        return key

    def answered(self) -> None:
        """The caller has said all and waits for us now."""
        self._answered_at = self._clock.seconds()

    async def play(self, parts: Sequence[Part], *, to_the_end: bool = False) -> bool:
        """Play until it ends or a key comes; whether it was heard to its end. An answered question is not played."""
        if self.channel.keys and not to_the_end:
            return False
        clip = await self._speaker.clip(parts)
        if clip.private:
            self._private.append(clip)
        if self._answered_at is not None:
            self._counts.took(self._clock.seconds() - self._answered_at)
            self._answered_at = None
        return await self._played(clip, to_the_end=to_the_end)

    async def close(self) -> None:
        """The call is over: what only it needed goes."""
        clips, self._private = self._private, []
        for clip in clips:
            try:
                await self._speaker.drop(clip)
            except OSError as error:
                log.warning("a private clip could not be removed, it goes with the next sweep: %s", error)

    async def refused(self, what: str, result: Result) -> None:
        """Asterisk answered -1: for a hangup, of which it has told before, or for a file that it cannot open."""
        if not self.channel.hanging_up and not result.endpos:
            raise Unplayable(f"{what}: Asterisk cannot open it")
        await self.channel.keys.wait(GRACE_SECONDS, ignore=True)
        raise Unplayable(what)

    async def _played(self, clip: Clip, *, to_the_end: bool) -> bool:
        """Also a key that counts for nothing ends a prompt: it goes on where it was.

        That is a # out of habit, and the echo of a key whose event came before its own end (Asterisk makes a key that
        came as SIP INFO last for a while).
        """
        path, offset = str(clip.path.with_suffix("")), 0
        whole = clip.seconds * SAMPLES_A_SECOND - TOLERANCE
        for _ in range(MOST_BEGINNINGS):
            where = [str(offset)] if offset else []
            running = self.channel.run("STREAM FILE", path, "" if to_the_end else ALL_KEYS, *where)
            result = await self._until_key(Deferred.fromCoroutine(running), clip.seconds, stops=not to_the_end)
            if result is None:
                return False
            if result.result == "-1":
                await self.refused(path, result)
            if result.endpos is None or result.endpos >= whole:
                return True
            if self.channel.keys and not to_the_end:
                return False
            offset = result.endpos
        return False

    async def _until_key(self, playing: Deferred[Result], seconds: float, *, stops: bool) -> Result | None:
        """What playing came to; None when a key came first."""
        pressed = Deferred.fromCoroutine(self.channel.keys.wait(seconds + SLACK_SECONDS, ignore=not stops))
        first: list[Deferred[Any]] = [playing, pressed]
        try:
            await DeferredList(first, fireOnOneCallback=True, fireOnOneErrback=True, consumeErrors=True)
        except FirstError as error:
            error.subFailure.raiseException()
        pressed.cancel()
        if playing.called:
            return await playing
        if not (stops and self.channel.keys):
            self.channel.fail("a prompt does not come to its end")
            assert self.channel.over is not None  # noqa: S101  that is what failing is
            raise self.channel.over
        self._clock.callLater(STOP_SECONDS, self._stop, playing)
        return None

    def _stop(self, playing: Deferred[Result]) -> None:
        """Till it has stopped: it may not even have begun."""
        if not playing.called and self.channel.over is None:
            Deferred.fromCoroutine(self.channel.stop_playing())
            self._clock.callLater(STOP_SECONDS, self._stop, playing)
