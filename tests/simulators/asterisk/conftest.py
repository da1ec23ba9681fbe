"""An Asterisk in memory, with a clock to turn, and clients that speak raw AMI to it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from simulators.asterisk.conditions import AsteriskConditions
from simulators.asterisk.exchange import Exchange, Hotline
from simulators.asterisk.server import ManagerServer

START = 1_800_000_000.0  # 2027-01-15 08:00 UTC
CALLER, OTHER = "15400000001", "15400000002"
SHOWN = (
    "Message",
    "Digit",
    "Direction",
    "Cause",
    "TechCause",
    "DialStatus",
    "Reason",
    "Command",
    "ResultCode",
    "Result",
)
QUIET = ("VarSet", "Newexten", "NewCallerid", "NewConnectedLine")


class Pipe(StringTransport):
    """A transport that keeps each write apart."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        super().write(data)


class Client:
    """A program that logs in; `heard()` gives what came since the last time, a line for each message."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.pipe = Pipe()
        self.blocks: list[list[tuple[str, str]]] = []
        self._place = 0
        connection.makeConnection(self.pipe)
        self.banner, _, _ = self.take().partition(b"\r\n")

    @property
    def closed(self) -> bool:
        return bool(self.pipe.disconnecting)

    def take(self) -> bytes:
        """Return the octets that have come."""
        octets = self.pipe.value()
        self.pipe.clear()
        return octets

    def say(self, action: str, **headers: str) -> Client:
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items())]
        self.connection.dataReceived("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        return self

    def log_in(self, events: str = "on", **more: str) -> Client:
        self.say("Login", Username="caredial", Secret="caredial", Events=events, **more)
        self.heard()
        return self

    def agi(self, command: str, command_id: str = "c", channel: str = "") -> Client:
        return self.say("AGI", Channel=channel or self.channel, Command=command, CommandID=command_id)

    @property
    def channel(self) -> str:
        """The channel of the last AsyncAGIStart."""
        self._read()
        starts = [dict(block) for block in self.blocks if ("Event", "AsyncAGIStart") in block]
        return starts[-1]["Channel"]

    def heard(self, *, quiet: tuple[str, ...] = QUIET) -> list[str]:
        self._read()
        new, self._place = self.blocks[self._place :], len(self.blocks)
        return [_line(block) for block in new if dict(block).get("Event") not in quiet]

    def last(self, event: str) -> dict[str, str]:
        self._read()
        return [dict(block) for block in self.blocks if ("Event", event) in block][-1]

    def answer(self) -> dict[str, str]:
        """The last response."""
        self._read()
        return [dict(block) for block in self.blocks if block[0][0] == "Response"][-1]

    def variables(self) -> dict[str, str]:
        self._read()
        sets = [dict(block) for block in self.blocks if ("Event", "VarSet") in block]
        return {one["Variable"]: one["Value"] for one in sets}

    def _read(self) -> None:
        for block in self.take().decode().split("\r\n\r\n"):
            if block:
                self.blocks.append([tuple(line.split(": ", 1)) for line in block.split("\r\n")])


def _line(block: list[tuple[str, str]]) -> str:
    known = dict(block)
    name = known.get("Event") or known["Response"]
    shown = [unquote(known[one]).strip() for one in SHOWN if known.get(one)]
    return " ".join([name, *shown])


class Office:
    """The Asterisk under test."""

    def __init__(self, conditions: AsteriskConditions, hotline: Hotline, folder: Path) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.exchange = Exchange(self.clock, hotline, conditions=conditions)
        self.server = ManagerServer(self.exchange)
        self.folder = folder

    def client(self) -> Client:
        return Client(self.server.buildProtocol(None))

    def driver(self, events: str = "on") -> Client:
        """A client that has logged in."""
        return self.client().log_in(events)

    def phone(self, number: str = CALLER) -> Any:
        return self.exchange.phones.get(number)

    def call(self, number: str = CALLER, to: str = "12580", name: str = "") -> Any:
        return self.exchange.call(number, to, name)

    def change(self, **conditions: Any) -> None:
        self.exchange.change(conditions)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def prompt(self, name: str, seconds: float, text: str = "") -> str:
        """Write a prompt as the speech room does; return it as STREAM FILE names it."""
        path = self.folder / f"{name}.wav"
        path.write_bytes(wav(int(seconds * 8000), text))
        return str(path.with_suffix(""))


def wav(frames: int, text: str = "") -> bytes:
    """A WAV whose text stands before its samples."""
    form = struct.pack("<4sLHHLLHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    comment = text.encode() + b"\0" * (2 - len(text.encode()) % 2)
    info = struct.pack("<4sL4s4sL", b"LIST", 12 + len(comment), b"INFO", b"ICMT", len(comment)) + comment
    data = struct.pack("<4sL", b"data", frames * 2) + bytes(frames * 2)
    body = b"WAVE" + form + (info if text else b"") + data
    return struct.pack("<4sL", b"RIFF", len(body)) + body


@pytest.fixture
def make_office(tmp_path: Path) -> Callable[..., Office]:
    """`make_office(Hotline(...), agi_pickup=3)`: an Asterisk with that hotline and those conditions."""

    def make(hotline: Hotline | None = None, **conditions: Any) -> Office:
        return Office(AsteriskConditions(**conditions), hotline or Hotline(), tmp_path)

    return make


@pytest.fixture
def office(make_office: Any) -> Office:
    return make_office()
