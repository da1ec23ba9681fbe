"""All calls of all Asterisks: which event belongs to which call, what begins with it, what is taken up again.

A call that is parked in AsyncAGI does not announce itself twice. So after each login the live channels are read, and
those that wait for commands get them from here again.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from dialogs.talk import Gone
from ivr import selfcall
from ivr.ami.errors import AmiError
from ivr.ami.link import Link
from ivr.ami.messages import Message
from ivr.calls import channel as channels
from ivr.calls import dial
from ivr.calls.channel import Channel, HungUp, Lost, give_back
from ivr.calls.dial import Dial
from ivr.calls.hotline import Hotline
from ivr.calls.ports import Counts
from ivr.calls.records import Records
from ivr.calls.speaker import Speaker
from ivr.calls.transfers import Way
from ivr.settings import IvrSettings

log = logging.getLogger("caredial.calls")

EVENTS = frozenset(
    {
        "AsyncAGIStart",
        "AsyncAGIExec",
        "AsyncAGIEnd",
        "DTMFEnd",
        "Hangup",
        "Rename",
        "Newstate",
        "DialState",
        "OriginateResponse",
        "HangupRequest",
    }
)
"""All that is looked at."""
Key = tuple[str, str]
"""The server's name, and the channel's uniqueid there."""
CallState = Literal["in", "out", "ringing", "dialling"]
"""A caller's call; one that we made and that was answered; one that rings; one of which nothing is heard yet."""


RENEW_SECONDS = channels.LEASE_SECONDS / 3
AGAIN_SECONDS = 3.0
"""Between two tries to read which calls are live."""


class Returns(Protocol):
    """Takes up a call that an earlier gateway has dialled for this message (`gateway.caller`)."""

    def __call__(self, channel: Channel, message: int) -> Awaitable[None]: ...


class Switchboard:
    """The receiver of every link (`ivr.ami.link.Receiver`)."""

    def __init__(
        self,
        hotline: Hotline,
        speaker: Speaker,
        records: Records,
        *,
        settings: IvrSettings,
        clock: IReactorTime,
        counts: Counts,
    ) -> None:
        self._hotline, self._speaker, self._records = hotline, speaker, records
        self._settings, self._clock, self._counts = settings, clock, counts
        self._channels: dict[Key, Channel] = {}
        self._dials: dict[Key, Dial] = {}
        self._expected: set[Key] = set()
        self._elsewhere: set[Key] = set()
        self._talks: set[Deferred[None]] = set()
        self._stopping = False
        self.returned: Returns | None = None
        self.read_live: set[str] = set()

    def __len__(self) -> int:
        """How many calls are live."""
        return len(self._channels)

    def calls(self) -> dict[str, Counter[CallState]]:
        """How many calls each server has now, by their state; no server without a call."""
        found: defaultdict[str, Counter[CallState]] = defaultdict(Counter)
        for server, uniqueid in self._channels:
            found[server]["in" if dial.message_of(uniqueid) is None else "out"] += 1
        for (server, uniqueid), dialled in self._dials.items():
            if (server, uniqueid) not in self._channels:
                found[server]["ringing" if dialled.rang else "dialling"] += 1
        return dict(found)

    def telling(self) -> frozenset[int]:
        """The messages that are being told, or dialled for, now."""
        names = [uniqueid for _, uniqueid in (*self._channels, *self._expected)]
        return frozenset(message for name in names if (message := dial.message_of(name)) is not None)

    # What the links tell (ivr.ami.link.Receiver).

    def up(self, link: Link) -> None:
        if not self._stopping:
            self._start(self._take_up(link))

    def down(self, link: Link) -> None:
        """Nobody has hung up, as far as we know: what was answered stays kept for who takes the calls up."""
        self.read_live.discard(link.name)
        self._elsewhere = {key for key in self._elsewhere if key[0] != link.name}
        for key, channel in list(self._channels.items()):
            if key[0] == link.name:
                del self._channels[key]
                channel.end(Lost())
        for key, dialled in list(self._dials.items()):
            if key[0] == link.name:
                dialled.lost()

    def event(self, link: Link, event: Message) -> None:
        # What has not been connected yet is the destination of a dial.
        key = link.name, event.get("Uniqueid") or event.get("DestUniqueid")
        if self._stopping or key[1].startswith(selfcall.PREFIX):  # `caredial ivr check` drives its own calls
            return
        channel = self._channels.get(key)
        if event.event == "AsyncAGIStart":
            self._begin(link, event, taken_up=False)
        elif channel is not None:
            self._heard(key, channel, event)
        elif key in self._elsewhere and event.event in {"AsyncAGIExec", "Hangup"}:
            self._elsewhere.discard(key)
            if event.event == "AsyncAGIExec":  # a gateway before us had it talk to an operator, and it is back
                self._begin(link, event, taken_up=True)
        else:
            dialled = self._dialled(key, event)
            if dialled is not None:
                dialled.heard(event)

    async def dial(self, link: Link, way: Way, uniqueid: str, caller_id: str) -> Channel:
        """Call somebody; the channel once they have answered. Raises dial.NotReached, dial.Away."""
        key = link.name, uniqueid
        dialled = self._dials[key] = Dial(uniqueid, self._clock)
        try:
            return await dialled.originate(link, way, caller_id)
        finally:
            del self._dials[key]

    @contextmanager
    def expecting(self, server: str, uniqueid: str) -> Iterator[None]:
        """A call of ours is written down, dialled, told and settled: it is not lost, though it is not live yet."""
        self._expected.add((server, uniqueid))
        try:
            yield
        finally:
            self._expected.discard((server, uniqueid))

    def over(self, channel: Channel) -> None:
        """Nothing more is done with this channel."""
        key = channel.link.name, channel.uniqueid
        if self._channels.get(key) is channel:
            del self._channels[key]

    async def stop(self) -> None:
        """Leave the calls where they are, parked in Asterisk for a minute: whoever comes next takes them up."""
        self._stopping = True
        live, self._channels = list(self._channels.values()), {}
        for channel in live:
            channel.end(Lost())
        for dialled in list(self._dials.values()):
            dialled.lost()
        for channel in live:
            await channel.limit(channels.LAST_SECONDS)
        await self.finished()

    async def finished(self) -> None:
        """When the last talk has written down where it was."""
        while self._talks:
            await next(iter(self._talks))

    def _heard(self, key: Key, channel: Channel, event: Message) -> None:
        match event.event:
            case "DTMFEnd" if event.get("Direction") == "Received":
                channel.keys.press(event.get("Digit"))
            case "AsyncAGIExec":
                channel.executed(event)
            case "HangupRequest":
                channel.hanging_up = True
            case "AsyncAGIEnd":
                channel.end(HungUp())
            case "Hangup":
                del self._channels[key]
                channel.end(HungUp(), _cause(event))
            case "Rename":
                channel.name = event.get("Newname", channel.name)

    def _dialled(self, key: Key, event: Message) -> Dial | None:
        """A channel that could not even be made has no uniqueid: its OriginateResponse has only our ActionID."""
        found = self._dials.get(key)
        if found is None and event.event == "OriginateResponse":
            return next((each for each in self._dials.values() if each.action_id == event.action_id), None)
        return found

    def _begin(self, link: Link, event: Message, *, taken_up: bool) -> None:
        key = link.name, event.get("Uniqueid")
        if key in self._channels:
            return  # the list of live calls, and its own event, may both tell of a new one
        channel = self._channels[key] = Channel(link, event.get("Channel"), key[1], self._clock)
        self._keep(channel)
        dialled, message = self._dials.get(key), dial.message_of(key[1])
        if dialled is not None and not dialled.answered.called:
            dialled.answered.callback(channel)
        elif message is not None:
            self._start(self._returned(channel, message))
        else:
            self._start(self._incoming(channel, event.get("CallerIDNum"), taken_up=taken_up))

    def _keep(self, channel: Channel) -> None:
        """As long as we live the call may go on; the dialplan ends it soon after our end."""
        if self._channels.get((channel.link.name, channel.uniqueid)) is channel:
            self._start(channel.keep())
            self._clock.callLater(RENEW_SECONDS, self._keep, channel)

    async def _incoming(self, channel: Channel, caller: str, *, taken_up: bool) -> None:
        try:
            why = await self._cannot_serve()
            if why:
                self._counts.event(why)
                await give_back(channel, why)
            else:
                self._counts.event("taken up" if taken_up else "answered")
                await self._hotline.answer(channel, caller, taken_up=taken_up)
        except Gone:
            pass  # before there was anything to write down
        except Exception:
            log.exception("a call could not be answered")
            await give_back(channel, "failed")
        finally:
            self.over(channel)

    async def _cannot_serve(self) -> str:
        """What the dialplan is told (CAREDIAL_NEXT) where a call cannot be served; nothing where it can."""
        if len(self._channels) > self._settings.calls:
            return "busy"
        missing = await self._speaker.missing()
        if missing:
            log.error("a call was not answered: %d prompts are missing (`caredial prompts build`)", missing)
            return "unavailable"
        return ""

    async def _returned(self, channel: Channel, message: int) -> None:
        try:
            if self.returned is not None:
                await self.returned(channel, message)
        finally:
            self.over(channel)

    async def _take_up(self, link: Link) -> None:
        """Read which calls are live, and go on with those that wait for commands; until that has been done."""
        while link.ready and not self._stopping:
            try:
                rows = [row for row in await link.listing("CoreShowChannels") if row.event == "CoreShowChannel"]
            except AmiError as error:
                log.error("the live calls of server %s could not be read: %s", link.name, error)
                await deferLater(self._clock, AGAIN_SECONDS)
            else:
                await self._sort_out(link, rows)
                return

    async def _sort_out(self, link: Link, rows: Sequence[Message]) -> None:
        known = {uniqueid for server, uniqueid in (*self._channels, *self._expected) if server == link.name}
        await self._records.lost(link.name, {row.get("Uniqueid") for row in rows} | known)
        for row in rows:
            key = link.name, row.get("Uniqueid")
            if key in self._channels or key[1].startswith(selfcall.PREFIX):
                continue
            if row.get("Application") == "AGI" and row.get("ApplicationData").startswith("agi:async"):
                log.warning("a call at server %s is taken up again", link.name)
                self._begin(link, row, taken_up=True)
            else:
                self._elsewhere.add(key)
        self.read_live.add(link.name)

    def _start(self, talk: Coroutine[Deferred[Any], Any, None]) -> None:
        done = Deferred.fromCoroutine(talk)
        self._talks.add(done)
        done.addErrback(_broke)
        done.addBoth(lambda _: self._talks.discard(done))


def _broke(failure: Any) -> None:
    if not failure.check(Gone):
        log.error("a call broke", exc_info=failure.value)


def _cause(event: Message) -> int | None:
    """Of a hangup: a number of ITU-T Q.850."""
    cause = event.get("Cause")
    return int(cause) if cause.isdecimal() else None
