"""The same dialogue on the project's own ivr/: link, switchboard, channel, keys, voice; no conversation, no database.

Started and asked as `calls_bare` is. Times are taken where the link tells of a key and where it is given the next
prompt.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThreadPool

from dialogs.talk import Gone, Line
from ivr.ami.link import Link
from ivr.ami.messages import Message
from ivr.calls.channel import Channel
from ivr.calls.records import Records
from ivr.calls.speaker import Part, Speaker
from ivr.calls.switchboard import EVENTS, Switchboard
from ivr.calls.voice import Voice
from ivr.settings import IvrSettings, ServerSettings
from ivr.speech import wav
from ivr.speech.clips import Clip


class Counts:
    """Counts nothing."""

    def event(self, name: str) -> None: ...
    def took(self, seconds: float) -> None: ...
    def ended(self, direction: str, outcome: str, seconds: float) -> None: ...


class Nowhere:
    """A store that writes nothing down."""

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        return succeed(None)


class Files:
    """Clips that are there already: the texts' keys are their paths without .wav."""

    def clip(self, parts: Sequence[Part], *, private: bool = False) -> Clip:
        path = Path(f"{parts[0][1].key}.wav")
        return Clip(path, "", wav.look(path), private=False)

    def drop(self, clip: Clip) -> None: ...


class Questions:
    """Asks one after the other, says goodbye and hangs up (what a switchboard wants of a `Hotline`)."""

    def __init__(self, prompts: Sequence[str], speaker: Speaker, settings: IvrSettings, reactor: Any) -> None:
        *self._asked, self._goodbye = map(Line, prompts)
        self._speaker, self._settings, self._reactor = speaker, settings, reactor

    async def answer(self, channel: Channel, caller: str, *, taken_up: bool = False) -> None:
        voice = Voice(channel, self._speaker, self._settings, self._reactor, Counts(), "zh")
        try:
            for question in self._asked:
                await voice.ask(voice.parts(question), self._settings.silence_seconds)
            await voice.say(self._goodbye)
            await channel.run("HANGUP")
        except Gone:
            pass
        finally:
            await voice.player.close()


class TimedSwitchboard(Switchboard):
    """Notes when a key came."""

    pressed: dict[str, float]

    def event(self, link: Link, event: Message) -> None:
        if event.event == "DTMFEnd" and event.get("Direction") == "Received":
            self.pressed[event.get("Channel")] = time.perf_counter()
        super().event(link, event)


class TimedLink(Link):
    """Notes what a prompt took since then."""

    pressed: dict[str, float]
    took: list[float]

    async def act(self, name: str, /, headers: Any = (), *, variables: Mapping[str, str] | None = None) -> Message:
        if name == "AGI" and headers[0][1] in self.pressed and headers[1][1].startswith("STREAM"):
            self.took.append((time.perf_counter() - self.pressed.pop(headers[0][1])) * 1000)
        return await super().act(name, headers, variables=variables or {})


def _ready(_: None) -> None:
    """As the daemon does (gateway/cli/daemon.py)."""
    gc.collect()
    gc.freeze()
    print("ready", flush=True)


def drive(port: int, secret: str, prompts: Sequence[str]) -> None:
    """Until the process is told to stop."""
    from twisted.internet import reactor as any_reactor

    reactor: Any = any_reactor
    aside = partial(deferToThreadPool, reactor, reactor.getThreadPool())
    speaker = Speaker(Files(), aside, reactor, lambda: 0)
    records = Records(Nowhere(), lambda: dt.datetime.now(dt.UTC), Counts())
    settings = IvrSettings()
    questions: Any = Questions(prompts, speaker, settings, reactor)
    switchboard = TimedSwitchboard(questions, speaker, records, settings=settings, clock=reactor, counts=Counts())
    server = ServerSettings(port=port, secret=SecretStr(secret))
    link = TimedLink("main", server, switchboard, reactor, wanted=EVENTS)
    switchboard.pressed = link.pressed = {}
    link.took = []
    link.when_ready().addCallback(_ready)
    link.startService()
    reactor.addSystemEventTrigger("before", "shutdown", link.stopService)
    reactor.run()
    print(json.dumps(link.took))


if __name__ == "__main__":
    drive(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
