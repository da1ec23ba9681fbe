"""A broadcast over the whole way: from a file of numbers to the report, with what may happen in its middle.

npm `smpp` is the SMS centre. The link is slow, so that there is a middle.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.journey

MANY = 150
SECONDS = 60
SLOW = {
    "SMPP__LINKS__MAIN__RATE": "10",
    "SMS__BROADCAST_BATCH": "10",
    "BROADCASTS__QUIET_FROM": "00:00",
    "BROADCASTS__QUIET_UNTIL": "00:00",
}
CHINESE, ENGLISH = "{name}您好，{day:date}健康日", "Dear {name}, health day on {day:date}"
EMBEDDED = pytest.mark.parametrize("gateway", ["embedded"], indirect=True)


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SLOW.items():
        monkeypatch.setenv(f"CAREDIAL_{name}", value)


class Office:
    """Staff at the command line, and the phones that they write to."""

    def __init__(self, gateway: Any, network: Any, folder: Path) -> None:
        self._gateway, self._network, self._folder = gateway, network, folder
        self.phones = [f"8615488{n:06}" for n in range(1, MANY + 1)]

    def __call__(self, *words: str) -> str:
        return str(self._gateway.cli("broadcast", *words))

    def told(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))

    def draft(self) -> None:
        rows = [f"+{phone},{'en' if n % 4 == 0 else 'zh'},王{n},2027-03-08" for n, phone in enumerate(self.phones, 1)]
        file = self._folder / "phones.csv"
        file.write_text("\n".join(["phone,language,name,day:date", *rows]))
        self._gateway.cli("audience", "import-list", "many", str(file))
        self("new", "--title", "Health day", "--to", "list:many", "--text", CHINESE, "--text-en", ENGLISH)

    def send(self) -> None:
        """Until it is paused in its middle."""
        self("send", "1", "--yes")
        self._network.wait("sms", self.phones[0])
        self("pause", "1")
        paused = self.until(lambda counts: counts["sending"] == 0)
        assert 0 < paused["queued"] < MANY, paused

    def got(self, phone: str) -> list[str]:
        """The texts that this phone has got since it was asked last."""
        texts = []
        while not self._network.quiet("sms", phone):
            texts.append(self._network.wait("sms", phone)["text"])
        return texts

    def counts(self) -> Counter[str]:
        return Counter(self.told("show", "1")["counts"])

    def until(self, fits: Callable[[Counter[str]], bool]) -> Counter[str]:
        end = time.monotonic() + SECONDS
        while not fits(counts := self.counts()):
            assert time.monotonic() < end, counts
        return counts

    def resume(self, *options: str) -> subprocess.Popen[str]:
        """Go on, before somebody's eyes."""
        watching = self.watch(*options)
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["state"] == "paused"
        self("resume", "1")
        return watching

    def watch(self, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gateway.cli", "broadcast", "watch", "1", "--json", "--every", "0.2", *options]
        return subprocess.Popen(
            [*command, "--config", str(self._gateway.config)], stdout=subprocess.PIPE, text=True, env=os.environ
        )

    def seen(self, watching: subprocess.Popen[str]) -> list[Any]:
        out, _ = watching.communicate(timeout=SECONDS)
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def office(gateway: Any, network: Any, tmp_path: Path) -> Iterator[Office]:
    return Office(gateway, network, tmp_path)


def test_from_a_file_of_numbers_to_the_report(office: Office, tmp_path: Path) -> None:
    office.draft()
    invoice = office.told("preview", "1")
    assert (invoice["recipients"], invoice["segments"]) == (MANY, MANY)
    office.send()
    watching = office.resume("--receipts")
    seen = office.seen(watching)
    assert watching.returncode == 0
    assert (seen[-1]["state"], seen[-1]["counts"]["delivered"]) == ("done", MANY)
    assert any(each["rate"] > 1 and each["ends_at"] for each in seen)
    assert seen[0]["links"][0]["name"] == "main"
    assert office.got(office.phones[3]) == ["Dear 王4, health day on Mon 8 Mar. Reply STOP to stop"]
    assert office.got(office.phones[4]) == ["王5您好，3月8日周一健康日。回TD退订"]
    assert all(len(office.got(phone)) == 1 for phone in office.phones[5:])

    report = office.told("report", "1", "--csv", str(tmp_path / "out.csv"), "--chart", str(tmp_path / "out.png"))
    assert {line["key"] for line in report["lines"] if line["differs"]} <= {"starts", "ends"}
    figures = {line["key"]: line["actual"] for line in report["lines"]}
    assert figures["segments.on_net"] == invoice["bill"]["on_net"] == MANY
    assert figures["price.after"] == invoice["bill"]["after"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert Counter(row["state"] for row in rows) == {"delivered": MANY}
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


@EMBEDDED
@pytest.mark.parametrize("word", ["退订", "STOP"])
def test_who_refuses_in_its_middle_gets_nothing_of_it(office: Office, phone: Any, word: str) -> None:
    office.draft()
    office.send()
    answer = phone(office.phones[-1]).sms(word)
    assert "健康日" not in answer
    assert "health day" not in answer
    seen = office.seen(office.resume())
    counts = Counter(seen[-1]["counts"])
    assert (counts["cancelled"], counts["delivered"] + counts["sent"]) == (1, MANY - 1)
    assert office.got(office.phones[-1]) == []
    assert all(len(office.got(each)) == 1 for each in office.phones[1:-1])
    assert office.told("report", "1")["cancellations"] == {"refused": 1}


@EMBEDDED
def test_paused_resumed_and_cancelled(office: Office) -> None:
    office.draft()
    office.send()
    paused = office.counts()
    assert office.counts() == paused

    watching = office.resume("--receipts")
    office("pause", "1")
    assert "is cancelled" in office("cancel", "1", "--yes")
    seen = office.seen(watching)
    assert watching.returncode == 1
    counts = Counter(seen[-1]["counts"])
    assert 0 < counts["cancelled"] < paused["queued"]
    assert counts["cancelled"] + counts["delivered"] == MANY
    arrived = 1 + sum(len(office.got(each)) for each in office.phones)
    assert arrived == counts["delivered"]


def test_a_daemon_that_is_killed_sends_nothing_twice(office: Office, gateway: Any, network: Any) -> None:
    office.draft()
    office.send()
    watching = office.resume()
    for each in (office.phones[-60], office.phones[-30]):
        network.wait("sms", each, SECONDS)
        gateway.kill()
        assert office.counts()["delivered"] < MANY
        gateway.start()
    seen = office.seen(watching)
    assert watching.returncode == 0
    assert {each["daemon"] for each in seen} == {True, False}
    counts = Counter(seen[-1]["counts"])
    assert counts["delivered"] + counts["sent"] + counts["unknown"] == MANY
    arrived = Counter({each: len(office.got(each)) for each in office.phones})
    arrived.update([office.phones[0], office.phones[-60], office.phones[-30]])  # whose texts were waited for
    assert max(arrived.values()) == 1
    # Whoever has got nothing is among those that are told to be unknown.
    assert list(arrived.values()).count(0) <= counts["unknown"]
