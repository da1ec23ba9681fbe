"""The same callers on a real Asterisk and on the simulated one: what they hear and press is the same, line by line.

Each side has a daemon of its own on a database of its own. A key is pressed when the prompt that asks for it has begun,
by whoever watches, so that nothing depends on how fast a machine is.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.hotline import Hotline
from tests.asterisk.observer import Observer
from tests.asterisk.server import OBSERVER_SECRET, SECRET, TIED, Asterisk, free_ports
from tests.journeys.conftest import Network

pytestmark = [pytest.mark.asterisk, pytest.mark.journey]

RESIDENT, OTHER, STRANGER = "15400000001", "15400000002", "15400077777"

CALLERS: dict[str, tuple[str, list[str]]] = {
    "books a visit, and hears the code again": (
        RESIDENT,
        [
            "♪ 您好，欢迎致电",
            *("key 1", "♪ 请选择中心。"),
            *("key 1", "♪ 请选择科室。"),
            *("key 1", "♪ 请选择日期。"),
            *("key 1", "♪ 请选择时段。"),
            *("key 1", "♪ 为谁预约？"),
            *("key 1", "♪ 请确认："),
            *("key 1", "♪ 预约成功"),
            *("key *", "♪ 预约成功"),
            *("key 9", "♪ 按键有误"),
            "♪ 感谢您的来电",
        ],
    ),
    "hears the code another day": (
        RESIDENT,
        [
            "♪ 您好，欢迎致电",
            *("key 2", "♪ 您有以下预约。"),
            *("key 1", "♪ 现在还没有开始叫号"),
            *("key 1", "♪ 您的T码是："),
            *("key 9", "♪ 按键有误"),
            "♪ 感谢您的来电",
        ],
    ),
    "presses wrong keys, goes back, and wants advice": (
        OTHER,
        [
            "♪ 您好，欢迎致电",
            *("key 9", "♪ 按键有误"),
            *("key 1", "♪ 请选择中心。"),
            *("key 7", "♪ 按键有误"),
            *("key 2", "♪ 请选择科室。"),
            *("key *", "♪ 请选择中心。"),
            *("key *", "♪ 请选择服务。"),
            *("key 4", "♪ 请选择想了解的内容。"),
            *("key 1", "♪ 高血压"),
            *("key 9", "♪ 按键有误"),
            "♪ 感谢您的来电",
        ],
    ),
    "speaks English, and then Chinese": (
        STRANGER,
        [
            "♪ 您好，欢迎致电",
            *("key 2", "♪ Please choose a service."),
            *("key 6", "♪ Please choose a language."),
            *("key 1", "♪ 已"),
            *("key 4", "♪ 请选择想了解的内容。"),
            *("key 2", "♪ 口渴"),
            *("key 9", "♪ 按键有误"),
            "♪ 感谢您的来电",
        ],
    ),
}
"""From which phone, and the first letters of what is heard, with the key that is pressed at it."""


class Simulated:
    """The simulated Asterisk as a process, in the place of a real one."""

    def __init__(self) -> None:
        self.ami, port = free_ports(2)
        accounts = [f"--manager-account=caredial:{SECRET}", f"--manager-account=observer:{OBSERVER_SECRET}"]
        command = [sys.executable, "-m", "gateway.cli", "simulate", "asterisk", *accounts]
        self._process = subprocess.Popen(
            [*TIED, *command, f"--manager-port={self.ami}", f"--http-port={port}"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._page = next(line.split()[-1] for line in self._process.stdout if line.startswith("handset page:"))

    def dial(self, phone: str) -> None:
        request = urllib.request.Request(
            f"{self._page}api/phones/{phone}/call", b'{"to": "12580"}', {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=10).close()

    def clear(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


class Side:
    """One hotline and its telephones."""

    def __init__(self, hotline: Hotline, dial: Callable[[str], object]) -> None:
        self.hotline, self.dial = hotline, dial

    def call(self, phone: str, keys: Sequence[str]) -> list[str]:
        """The call's transcript; each key is pressed when the next prompt has begun."""
        observer: Observer = self.hotline.observer
        at = observer.mark
        self.dial(phone)
        start = observer.event("AsyncAGIStart", since=at, calleridnum=phone)
        for key in keys:
            at = _spoken(observer, start["uniqueid"], at)
            pressed = observer.act("PlayDTMF", Channel=start["channel"], Digit=key, Receive="true")
            assert pressed["response"] == "Success", pressed
        observer.event("Hangup", since=at, uniqueid=start["uniqueid"])
        return [_normal(line) for line in observer.transcript(start["uniqueid"], cut=True)]

    def check(self) -> list[str]:
        """What `caredial ivr check` finds, but for what is of this place."""
        document: Any = json.loads(self.hotline.gateway.cli("ivr", "check", "--json"))
        found = [f"{each['level']}: {each['what']}" for each in document["servers"][0]["findings"]]
        return [re.sub(r"port \d+|Asterisk \d\S+|Manager/[\d.]+|/\S+/", "…", line) for line in found]


def _spoken(observer: Observer, uniqueid: str, since: int) -> int:
    """The number after the first prompt that begins from there on."""
    while True:
        event = observer.event("AGIExecStart", since=since, uniqueid=uniqueid)
        since = next(number for number in range(since, observer.mark) if observer.events[number] is event) + 1
        if event["command"].startswith("STREAM FILE"):
            return since


def _normal(line: str) -> str:
    """Without what differs from call to call: the digits of a T-code, and the cause of a hangup by HANGUP."""
    return re.sub(r"\d{4} \d{4} \d{4}", "…", re.sub(r"^hung up \d+", "hung up", line))


@pytest.fixture(scope="module")
def sides(
    tmp_path_factory: pytest.TempPathFactory, node_modules: Path, asterisk: Asterisk, prompts: Path
) -> Iterator[dict[str, Side]]:
    with ExitStack() as running, ThreadPoolExecutor(2) as both:

        def hotline(server: Any) -> Hotline:
            network = Network(node_modules)
            running.callback(network.stop)
            return running.enter_context(Hotline(tmp_path_factory.mktemp("same"), network, server, prompts, ""))

        simulated = Simulated()
        real, played = both.map(hotline, (asterisk, simulated))
        yield {
            "asterisk": Side(real, lambda phone: real.telephones.call("12580", from_number=phone)),
            "simulator": Side(played, simulated.dial),
        }


@pytest.fixture(scope="module")
def transcripts(sides: dict[str, Side]) -> dict[str, dict[str, list[str]]]:
    """What was heard and pressed on each side, by caller."""

    def calls(side: Side) -> dict[str, list[str]]:
        keys = {
            caller: [line.removeprefix("key ") for line in script if line.startswith("key")]
            for caller, (_, script) in CALLERS.items()
        }
        return {caller: side.call(phone, keys[caller]) for caller, (phone, _) in CALLERS.items()}

    with ThreadPoolExecutor(len(sides)) as both:
        return dict(zip(sides, both.map(calls, sides.values()), strict=True))


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller(transcripts: dict[str, dict[str, list[str]]], caller: str) -> None:
    said, (_, letters) = transcripts["asterisk"][caller], CALLERS[caller]
    assert transcripts["simulator"][caller] == said
    assert said == [
        whole if whole.startswith(begun) else begun
        for whole, begun in zip(said, ["taken", *letters, "left", "hung up"], strict=True)
    ]


def test_what_ivr_check_finds(sides: dict[str, Side]) -> None:
    with ThreadPoolExecutor(len(sides)) as both:
        found, real = both.map(Side.check, (sides["simulator"], sides["asterisk"]))
    assert found == real
    assert all(line.startswith("ok: ") for line in found)
