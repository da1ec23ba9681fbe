"""A call that an Asterisk makes to itself, to see what only a call shows: events, keys, folders that it can use.

Both halves are of one Local channel: `agi@caredial-check` is driven by us like a caller's call, the other waits in
`wait` and presses a key. No telephone is rung. The sample dialplan ends both after half a minute, whatever happens.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred

from ivr.ami import agi
from ivr.ami.agi import Result
from ivr.ami.errors import AmiError, Refused
from ivr.ami.link import Link
from ivr.ami.messages import Message
from ivr.findings import Finding, Findings, closed_to_others, ok, problem, warning

PREFIX: Final = "caredial-check-"
"""Uniqueids of such calls begin with it: the switchboard of a gateway that runs leaves them alone."""
CONTEXT: Final = "caredial-check"
SECONDS: Final = 15.0
"""For all of it."""
STEP_SECONDS: Final = 4.0
GRACE_SECONDS: Final = 1.0
DIGIT: Final = "5"
RECORDED_MS: Final = 300
_SAMPLE: Final = "include conf/asterisk/extensions.conf, and reload the dialplan"


class Ear:
    """Keeps all events of one Asterisk (`ivr.ami.link.Receiver`); one at a time may wait for the next of its liking."""

    def __init__(self, clock: Any) -> None:
        self.events: list[Message] = []
        self._clock = clock
        self._fits: Callable[[Message], bool] = lambda _: False
        self._waiting: Deferred[Message | None] | None = None

    def up(self, link: Link) -> None:
        """Nothing is taken up: calls are for the gateway."""

    def event(self, link: Link, event: Message) -> None:  # noqa: ARG002
        self.events.append(event)
        if self._waiting is not None and self._fits(event):
            self._fire(event)

    def down(self, link: Link) -> None:  # noqa: ARG002
        self._fire(None)

    async def hear(self, fits: Callable[[Message], bool], seconds: float) -> Message | None:
        """The first event that fits, also of those that came before; None where none has come in time."""
        found = next(filter(fits, self.events), None)
        if found is not None or seconds <= 0:
            return found
        self._fits, self._waiting = fits, Deferred()
        late = self._clock.callLater(seconds, self._fire, None)
        try:
            return await self._waiting
        finally:
            if late.active():
                late.cancel()

    def _fire(self, event: Message | None) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(event)


async def call(link: Link, ear: Ear, clock: Any, clip: Path | None, names: Path) -> Findings:
    """What a call shows. A step that ends the call is followed by a new call, for the steps behind it.

    Raises AmiError where Asterisk goes away meanwhile. What was begun is hung up in any case.
    """
    until = clock.seconds() + SECONDS
    found: Findings = []
    steps: list[Callable[[SelfCall], Awaitable[Finding]]] = [
        SelfCall.key,
        lambda this: this.record(names),
        *([lambda this: this.play(clip)] if clip is not None else []),
        SelfCall.hang_up,
    ]
    this: SelfCall | None = None
    try:
        for step in steps:
            if this is None or this.over:
                begun, this = this is not None, SelfCall(link, ear, clock, until)
                answer = await this.begin()
                found += [] if begun and answer.level == "ok" else [answer]
                if answer.level == "problem":
                    break
            found.append(await step(this))
    finally:
        await _clear(link, this)
    return found


async def _clear(link: Link, last: SelfCall | None) -> None:
    """Hang up what is left of our calls; where they may not be listed, at least the last one."""
    with suppress(AmiError):
        channels = [last.channel] if last is not None and last.channel else []
        with suppress(Refused):
            rows = await link.listing("CoreShowChannels")
            channels = [row.get("Channel") for row in rows if row.get("Uniqueid").startswith(PREFIX)]
        for channel in channels:
            with suppress(Refused):  # it has gone meanwhile
                await link.act("Hangup", [("Channel", channel)])


class SelfCall:
    """One such call. Each step takes what is left of the time, and says what it found."""

    def __init__(self, link: Link, ear: Ear, clock: Any, until: float) -> None:
        self._link, self._ear, self._clock, self._until = link, ear, clock, until
        number = secrets.token_hex(6)
        # Asterisk takes an id for in use where another one begins with it.
        self.uniqueid, self._far = f"{PREFIX}{number}", f"{PREFIX}far-{number}"
        self.channel, self._action = "", ""
        self._commands = 0

    @property
    def over(self) -> bool:
        return any(self._ends(event) for event in self._ear.events)

    async def begin(self) -> Finding:
        """Originate, and wait until it is ours to command."""
        headers = [
            ("Channel", f"Local/agi@{CONTEXT}/n"),
            ("Context", CONTEXT),
            ("Exten", "wait"),
            ("Priority", "1"),
            ("Async", "true"),
            ("Timeout", "5000"),
            ("ChannelId", self._far),
            ("OtherChannelId", self.uniqueid),
        ]
        try:
            self._action = (await self._link.act("Originate", headers)).action_id
        except Refused as error:
            return problem(f"a call to itself is refused: {error}", f"the dialplan needs [{CONTEXT}]: {_SAMPLE}")
        event = await self._hear(lambda event: self._is("AsyncAGIStart", event) or self._failed(event), STEP_SECONDS)
        if event is None or event.event != "AsyncAGIStart":
            return await self._not_begun(event)
        self.channel = event.get("Channel")
        return ok("it calls itself, and the call waits for commands (class agi)")

    async def _not_begun(self, event: Message | None) -> Finding:
        rows = await self._live()
        if any(row.get("Application") == "AGI" for row in rows):
            return problem(
                "a call waits in AGI(agi:async), and we are not told (AsyncAGIStart)",
                f"add agi to read of [{self._account}] in manager.conf, and to events of {self._table}",
            )
        if event is not None or rows:
            return problem(
                f"a call to itself does not come to AGI(agi:async) of [{CONTEXT}]",
                f"{_SAMPLE}; is res_agi.so loaded (modules.conf)?",
            )
        return problem(
            "a call to itself ends unheard",
            f"{_SAMPLE}; add call and agi to read of [{self._account}] in manager.conf, and to events of {self._table}",
        )

    async def key(self) -> Finding:
        """The other half presses a key."""
        other = f"{self.channel.removesuffix(';2')};1"
        try:
            await self._link.act("PlayDTMF", [("Channel", other), ("Digit", DIGIT)])
        except Refused as error:
            return warning(
                f"whether keys are heard could not be looked at: {error}",
                f"load app_senddtmf.so (modules.conf), and add call to write of [{self._account}] in manager.conf",
            )
        heard = await self._hear(lambda event: self._is("DTMFEnd", event) and event.get("Digit") == DIGIT, STEP_SECONDS)
        if heard is None or heard.get("Direction") != "Received":
            return problem(
                "a key was pressed, and we were not told (DTMFEnd)",
                f"add dtmf to read of [{self._account}] in manager.conf, and to events of {self._table}",
            )
        return ok("a key is heard (class dtmf)")

    async def record(self, names: Path) -> Finding:
        """Asterisk writes into the folder of names, and we find it there."""
        path = names / self.uniqueid
        file = path.with_suffix(".wav")
        result = await self._run(STEP_SECONDS, "RECORD FILE", str(path), "wav", "#", str(RECORDED_MS), "BEEP")
        if result is not None and result.data == "randomerror":
            return problem(
                "Asterisk cannot play the beep before a recording",
                "install its core sounds (beep.gsm), and load format_gsm.so (modules.conf)",
            )
        if result is None or result.result == "-1":
            return problem(
                f"Asterisk cannot record into {names}",
                f"its user must be able to write there by the same path ([ivr.prompts] names){_barred(names)}; is"
                " format_wav.so loaded (modules.conf)?",
            )
        if not file.exists():
            return problem(
                f"Asterisk recorded, and here is no {file}",
                "both must see the same folder by the same path ([ivr.prompts] names)",
            )
        return _taken(file)

    async def play(self, clip: Path) -> Finding:
        """Asterisk reads what we have composed."""
        result = await self._run(
            self._until - self._clock.seconds(), "STREAM FILE", str(clip.with_suffix("")), "0123456789*#"
        )
        if result is None and not self.over:
            return problem(f"{clip} is not played to its end", "look at Asterisk's log; has it a timing module?")
        if result is None or result.result == "-1" or not result.endpos:
            return problem(
                f"Asterisk cannot read {clip}",
                f"its user must be able to read there by the same path ([ivr.prompts] clips){_barred(clip)}; is"
                " format_wav.so loaded (modules.conf)?",
            )
        return ok(f"a prompt in {clip.parent} is played")

    async def hang_up(self) -> Finding:
        await self._run(0, "HANGUP")
        if await self._hear(lambda event: self._is("Hangup", event), STEP_SECONDS) is None:
            return problem(
                "the call was hung up, and we were not told (Hangup)",
                f"add call to read of [{self._account}] in manager.conf, and to events of {self._table}",
            )
        return ok("a hangup is told (class call)")

    async def _run(self, seconds: float, verb: str, *arguments: str) -> Result | None:
        """What an AGI command came to; None where the call ended, or the time."""
        self._commands += 1
        number = f"{self.uniqueid}/{self._commands}"
        command = agi.command(verb, *arguments)
        try:
            await self._link.act("AGI", [("Channel", self.channel), ("Command", command), ("CommandID", number)])
        except Refused:
            return None
        if not seconds:
            return None

        def executed(event: Message) -> bool:
            return self._is("AsyncAGIExec", event) and event.get("CommandID") == number

        event = await self._hear(lambda event: executed(event) or self._ends(event), seconds)
        if event is None or not executed(event):
            return None
        result = agi.result(event.get("Result"))
        if result.result == "-1":  # mostly the call ends with it, a moment later
            await self._hear(self._ends, GRACE_SECONDS)
        return result

    async def _hear(self, fits: Callable[[Message], bool], seconds: float) -> Message | None:
        return await self._ear.hear(fits, min(seconds, self._until - self._clock.seconds()))

    async def _live(self) -> list[Message]:
        """Our half, if it is there and may be seen."""
        with suppress(Refused):
            rows = await self._link.listing("CoreShowChannels")
            return [row for row in rows if row.get("Uniqueid") == self.uniqueid]
        return []

    def _is(self, name: str, event: Message) -> bool:
        return event.event == name and event.get("Uniqueid") == self.uniqueid

    def _ends(self, event: Message) -> bool:
        return self._is("AsyncAGIEnd", event) or self._is("Hangup", event)

    def _failed(self, event: Message) -> bool:
        mine = event.get("Uniqueid") in {self.uniqueid, self._far} or event.action_id == self._action
        return mine and (
            event.event == "Hangup" or (event.event == "OriginateResponse" and event.get("Response") == "Failure")
        )

    @property
    def _account(self) -> str:
        return self._link.settings.username

    @property
    def _table(self) -> str:
        return f"[ivr.servers.{self._link.name}]"


def _taken(file: Path) -> Finding:
    """A recording that we can read and remove, as is done with names that callers have spoken."""
    try:
        file.read_bytes()
    except OSError as error:
        found = problem(f"{file} was recorded, and we cannot read it: {error.strerror}",
                        "let Asterisk's files be readable for the gateway's group (umask)")  # fmt: skip
    else:
        found = ok(f"a name is recorded into {file.parent}")
    try:
        file.unlink()
    except OSError as error:
        return warning(f"{file} cannot be removed: {error.strerror}", "the folder should belong to the gateway's user")
    return found


def _barred(path: Path) -> str:
    """The first folder on the way that is closed to users who are neither its owner nor of its group."""
    closed = closed_to_others(path)
    return "" if closed is None else f": {closed} is closed to others (give it Asterisk's group, and chmod g+rx)"
