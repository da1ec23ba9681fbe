"""A telephone call in memory: an Asterisk of a few lines that plays, hears keys and hangs up, and a transcript of it.

What a real one does is in tests/asterisk; here every word and key is in its place, on one clock.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred, execute, fail
from twisted.internet.task import Clock, deferLater

from clinic import residents, subscribers
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.residents import NewPerson
from clinic.rules import Rules
from clinic.tables import Call, Centre, ClinicSession, Department
from conf import texts
from dialogs import root
from dialogs.drafts import Drafts
from dialogs.talk import Desk
from gateway.store import Store, connect
from ivr.ami import agi
from ivr.ami.errors import Refused
from ivr.ami.messages import Message
from ivr.calls.hotline import Hotline
from ivr.calls.outbound import Outbound
from ivr.calls.records import Records
from ivr.calls.speaker import Part, Speaker
from ivr.calls.switchboard import Switchboard
from ivr.settings import IvrSettings
from ivr.speech.clips import Clip
from tests.crowd import Crowd

HERE = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 23, 7, 30, tzinfo=HERE)
PHONE = "+8615400000001"
SECONDS = 4.0
"""How long every clip of these tests lasts."""


class Asterisk:
    """One server with its channels. `said` is what happened on the line, in order."""

    ready = True

    def __init__(self, clock: Clock) -> None:
        self.name, self.clock = "main", clock
        self.board: Any = None
        self.clips: Any = None
        self.said: list[str] = []
        self.actions: list[tuple[str, dict[str, str]]] = []
        self.variables: dict[str, str] = {}
        self.results: dict[str, str] = {}
        self.live: list[Message] = []
        self.mute = False
        self.spoken = 24_000  # samples of a recording
        self._queue: deque[tuple[str, str]] = deque()
        self._playing: tuple[str, str] | None = None
        self._ends: Any = None
        self.channel = "PJSIP/trunk-00000001"
        self.uniqueid = "1798736400.1"
        self.gone = False

    async def act(self, name: str, /, headers: Sequence[tuple[str, str]] = (), *, variables: Any = ()) -> Message:
        given = dict(headers)
        self.actions.append((name, given))
        if name == "AGI":
            if self.gone:
                raise Refused("Channel does not exist.")
            self._queue.append((given["Command"], given["CommandID"]))
            self._go_on()
        elif name == "Hangup":
            self.said.append("we hung up")
            self.gone = True
            self.clock.callLater(0, self.tell, "AsyncAGIEnd")
            self.clock.callLater(0, self.tell, "Hangup", Cause="16")
        elif name == "ControlPlayback" and self._playing is not None:
            self._finish("200 result=0 endpos=100")
        return Message((("Response", "Success"), ("ActionID", "a1")))

    async def listing(self, name: str, /, headers: Any = ()) -> list[Message]:
        return self.live

    def tell(self, event: str, **headers: str) -> None:
        mine = {"Channel": self.channel, "Uniqueid": self.uniqueid, **headers}
        self.board.event(self, Message((("Event", event), *mine.items())))

    def call(self, caller: str = "15400000001") -> None:
        self.gone = False
        self.tell("AsyncAGIStart", CallerIDNum=caller, Env="")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.said.append(f"key {key}")
            playing = self._playing
            self.tell("DTMFEnd", Digit=key, Direction="Received")
            if playing is not None and playing is self._playing and self._may_stop(playing[0], key):
                self._finish(f"200 result={ord(key)} endpos=800")

    def echo(self, key: str) -> None:
        """A key whose event has come long ago ends what is played now."""
        assert self._playing is not None
        self._finish(f"200 result={ord(key)} endpos=640")

    def hang_up(self, cause: int = 16) -> None:
        self.gone = True
        self.said.append("caller hung up")
        self.tell("HangupRequest")
        self._queue.clear()
        if self._playing is not None:
            self._finish("200 result=-1 endpos=800")
        self.tell("AsyncAGIEnd")
        self.tell("Hangup", Cause=str(cause))

    def park(self) -> None:
        """Nobody commands the call any more; it is silent, and live."""
        self._queue.clear()
        self._playing = None
        if self._ends is not None and self._ends.active():
            self._ends.cancel()
        row = {
            "Event": "CoreShowChannel",
            "Channel": self.channel,
            "Uniqueid": self.uniqueid,
            "Application": "AGI",
            "ApplicationData": "agi:async",
            "CallerIDNum": "15400000001",
        }
        self.live = [Message(tuple(row.items()))]

    def wait(self, seconds: float = SECONDS) -> None:
        """Time goes by, in steps, so that what follows from one thing happens in time."""
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)

    def commands(self) -> list[str]:
        return [given["Command"] for name, given in self.actions if name == "AGI"]

    def _may_stop(self, command: str, key: str) -> bool:
        words = agi.arguments(command)
        return words[0] in {"STREAM", "RECORD"} and key in words[-1 if words[0] == "STREAM" else 4]

    def _go_on(self) -> None:
        if self._playing is not None or not self._queue or self.mute:
            return
        command, _ = self._playing = self._queue.popleft()
        words = agi.arguments(command)
        if words[0] == "STREAM":
            self.said.append(f"♪ {self.clips.text(words[2])}")
            self._ends = self.clock.callLater(SECONDS, self._finish, "200 result=0 endpos=32000")
        elif words[0] == "RECORD":
            self.said.append("● records")
            self._ends = self.clock.callLater(3.0, self._finish, f"200 result=0 (timeout) endpos={self.spoken}")
        elif words[0] == "GET":
            self._later(f"200 result=1 ({self.variables.get(words[2], '')})")
        elif words[0] in {"HANGUP", "ASYNCAGI"}:
            self.said.append("we hung up" if words[0] == "HANGUP" else "left to the dialplan")
            self._later("200 result=1")
            self.gone = True
            self.clock.callLater(0, self.tell, "AsyncAGIEnd")
            self.clock.callLater(0, self.tell, "Hangup", Cause="16")
        else:
            self.said.append(" ".join(words))
            self._later("200 result=0")

    def _later(self, result: str) -> None:
        self._ends = self.clock.callLater(0, self._finish, result)

    def _finish(self, result: str) -> None:
        assert self._playing is not None
        _, number = self._playing
        self._playing = None
        if self._ends is not None and self._ends.active():
            self._ends.cancel()
        self.tell("AsyncAGIExec", CommandId=number, Result=agi.encoded(f"{result}\n"))
        self._go_on()


class Spoken:
    """Clips without sound (`ivr.speech.clips.Clips`): a name for each text."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.dropped: list[str] = []

    def clip(self, parts: Sequence[Part], *, private: bool = False) -> Clip:
        said = " ".join(
            "".join(
                texts.say(language, "voice.plain", text=part) if place % 2 else str(part)
                for place, part in enumerate(texts.spoken(language, line.key, **line.words))
            )
            for language, line in parts
        )
        path = Path(f"/clips/{len(self.texts)}.wav")
        self.texts[str(path.with_suffix(""))] = said
        return Clip(path, said, SECONDS, private="T码" in said)

    def drop(self, clip: Clip) -> None:
        self.dropped.append(clip.text)

    def text(self, path: str) -> str:
        return self.texts[path]


@dataclass
class House:
    """A hotline on a real database, with one Asterisk."""

    clock: Clock
    store: Store
    asterisk: Asterisk
    settings: IvrSettings
    moment: dt.datetime = NOW
    kept: dict[str, bytes] = field(default_factory=dict)
    missing: int = 0
    thinks: float = 0.0
    broken: Exception | None = None
    counted: list[str] = field(default_factory=list)
    over: list[tuple[str, str]] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self.open()

    def open(self, *, up: bool = True) -> None:
        """A gateway; called again it is the next one, and the calls and what is kept are as they were."""
        house = Installation("https://care.example", "12580120", "*120#", "12580")
        desk = Desk(self, Vault(b"k" * 32), house, lambda: self.moment, self.rules)
        drafts = Drafts(self, Vault(b"k" * 32), seconds=600, now=lambda: self.moment)
        self.asterisk.clips = self.clips = Spoken()
        speaker = Speaker(self.clips, aside, self.clock, lambda: self.missing)
        self.records = Records(self, lambda: self.moment, self)
        rest: Any = {"settings": self.settings, "clock": self.clock, "counts": self}
        self.crowd = Crowd(self)
        menu = root.spoken(self.settings.menu)
        hotline = Hotline(desk, drafts, menu, speaker, self.records, entrance=self.crowd, **rest)
        self.board = self.asterisk.board = Switchboard(hotline, speaker, self.records, **rest)
        self.outbound = Outbound(speaker, **rest)
        if up:
            self.board.up(self.asterisk)

    # The store, the shared state and the counters, all at once.

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """As quick as a thought, or `thinks` so many seconds."""
        if self.broken is not None:
            return fail(self.broken)
        if not self.thinks:
            return execute(self.store.run_now, fn, *args, **kwargs)
        return deferLater(self.clock, self.thinks, self.store.run_now, fn, *args, **kwargs)

    async def load(self, phone: str) -> bytes | None:
        return self.kept.get(phone)

    async def save(self, phone: str, blob: bytes, seconds: int) -> None:
        self.kept[phone] = blob

    async def drop(self, phone: str) -> None:
        self.kept.pop(phone, None)

    def event(self, name: str) -> None:
        self.counted.append(name)

    def took(self, seconds: float) -> None:
        self.counted.append("took")

    def ended(self, direction: str, outcome: str, seconds: float) -> None:
        self.over.append((direction, outcome))

    def rows(self, table: Any) -> list[Any]:
        with Session(self.store.engine) as session:
            found = list(session.scalars(select(table).order_by(table.id)))
            session.expunge_all()
            return found

    def call_record(self) -> Any:
        return self.rows(Call)[-1]


def aside(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Deferred[Any]:
    return execute(fn, *args, **kwargs)


def seed(session: Session) -> None:
    """One centre with a department and its sessions of today; a resident whose phone is known, and their language."""
    session.add(Centre(code="DY", name_zh="东苑中心", name_en="Dongyuan Centre", duty_phone="+8615400000009"))
    session.flush()
    session.add(Department(centre_id=1, code="QK", name_zh="全科", name_en="General practice"))
    session.flush()
    for half, starts, ends in (("am", dt.time(8), dt.time(11, 30)), ("pm", dt.time(14), dt.time(17, 30))):
        session.add(
            ClinicSession(
                department_id=1, day=NOW.date(), half=half, starts=starts, ends=ends, capacity=20, fee=1250,
                release_at=NOW - dt.timedelta(days=7),
            )
        )  # fmt: skip
    person = NewPerson("周志强", Vault(b"k" * 32).seal("110101199412139999"))
    resident = residents.register(session, person, centre=1, now=NOW)
    subscriber = subscribers.known(session, PHONE, NOW)
    subscriber.language = "zh"
    residents.relate(session, subscriber, resident, person.name)


@pytest.fixture
def settings() -> IvrSettings:
    """What a test may change before it uses `house`."""
    return IvrSettings.model_validate(
        {
            "servers": {"main": {}},
            "trunks": {"main": {"dial": "PJSIP/{number}@trunk"}},
            "operator": "PJSIP/8000",
        }
    )


@contextmanager
def opened(url: str, settings: IvrSettings) -> Iterator[House]:
    engine = connect(url)
    store = Store(engine)
    store.run_now(seed)
    clock = Clock()
    yield House(clock, store, Asterisk(clock), settings)
    engine.dispose()


@pytest.fixture
def house(settings: IvrSettings, sqlite_schema: str) -> Iterator[House]:
    with opened(sqlite_schema, settings) as opened_house:
        yield opened_house
