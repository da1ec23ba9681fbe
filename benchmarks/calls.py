"""Telephone calls at a real Asterisk, many at a time: the dialplan alone, a bare driver, ours, and the whole daemon.

All lead the same dialogue with the same sound files, in turns on one Asterisk, called by SIPp: answer, menu, key, list,
key, goodbye, hang up. In the daemon's place of the goodbye is a health tip, in which the caller hangs up after as long.
Who listens (`calls_witness`) reads the times that Asterisk itself writes into its events, so that no driver is measured
by its own clock; what a driver says of itself stands beside.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

from sqlalchemy.orm import Session

from benchmarks.calls_witness import Witness
from benchmarks.place import NOW, phone
from clinic import subscribers
from gateway.store import opened
from tests.asterisk import scenario
from tests.asterisk.scenario import Wait
from tests.asterisk.server import ROOT, SECRET, TIED, Asterisk, free_ports
from tests.asterisk.sipp import SILENCE, Telephones

PROMPTS = ROOT / "var" / "prompts-of-benchmarks"
GOODBYE = "zh/voice.goodbye-*.wav"
PROMPTS_A_CALL = 3
PROGRAM = Path(os.environ.get("CAREDIAL_ASTERISK") or ROOT / "var" / "asterisk").absolute()
HURRIED = 400
"""Words a minute: goodbye is heard to its end, and should be short."""
LEVELS = {50: 1, 100: 1, 200: 3}
"""Calls at a time, and how often: of the decisive level the medians count."""
CALLS_EACH = 2
"""Calls of a run, as a multiple of those at a time."""
A_CALL = 3.0
"""Seconds, about: calls begin as fast as others end, not in one wave."""
KEYS = (Wait(1.3), "4", Wait(0.7), "1")
"""Health tips, and the first of them."""
HEARD = Wait(0.9)
"""Of the tip: as long as goodbye lasts."""
HOTLINE, BY_DIALPLAN = "12580", "12581"
PHONES = 400
"""Of known callers: each has a language, and is not asked for one."""
START_SECONDS, RUN_SECONDS = 30.0, 60.0
TICKS = os.sysconf("SC_CLK_TCK")

ACCOUNT = """
[witness]
secret = {secret}
read = agi,dtmf
eventfilter = Event: DTMFEnd
eventfilter = Event: AGIExecStart
writetimeout = 10000
"""
DIALPLAN = """
[caredial-hotline](+)
exten => {number},1,Answer(,i)
 same => n,Read(KEY,{prompts[0]},1,,1,7)
 same => n,Read(KEY,{prompts[1]},1,,1,7)
 same => n,Playback({prompts[2]})
 same => n,Hangup()
"""
DAEMON = """
[installation]
data_dir = "data"
[http]
port = {http}
[ivr.prompts]
folder = "{prompts}"
words_per_minute = {hurried}
[ivr.servers.main]
port = {ami}
secret = "{secret}"
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run; times in milliseconds but for `seconds`, a call's from INVITE to BYE, on the average.

    `asterisk`, `driver`: CPU of a call. `next`: from a caller's key to the beginning of the next prompt, p50 and p95,
    as Asterisk tells; `own`: from the key's event to the command handed over, as the driver tells. 0 where nobody does.
    """

    completed: float
    asked: float
    seconds: float
    asterisk: float
    driver: float = 0
    next50: float = 0
    next95: float = 0
    own50: float = 0
    own95: float = 0


Driver = subprocess.Popen[str] | None


class Place:
    """An Asterisk, its telephones, and those who lead its calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        (folder / "asterisk").mkdir()
        self.asterisk = Asterisk(PROGRAM, folder / "asterisk")
        (self._http,) = free_ports(1)
        self._config = folder / "caredial.toml"
        self._prompts: list[str] = []
        self._runs = 0
        (folder / "silence.ul").write_bytes(SILENCE)
        phones = "".join(f"{phone(n).removeprefix('+86')};\n" for n in range(PHONES))
        (folder / "phones.csv").write_text(f"SEQUENTIAL\n{phones}")
        self._configure_asterisk(folder / "asterisk" / "etc")
        self._configure_daemon()

    def _configure_asterisk(self, etc: Path) -> None:
        manager = (etc / "manager.conf").read_text().replace("[general]", "[general]\ntimestampevents = yes", 1)
        (etc / "manager.conf").write_text(manager + ACCOUNT.format(secret=SECRET))
        with (etc / "modules.conf").open("a") as modules:
            modules.write("load = app_read.so\n")

    def _configure_daemon(self) -> None:
        words = {"http": self._http, "prompts": PROMPTS, "hurried": HURRIED, "secret": SECRET}
        self._config.write_text(DAEMON.format(ami=self.asterisk.ami, **words))
        for command in (["init", "--sample"], ["prompts", "build"]):
            subprocess.run(self._caredial(*command), check=True, timeout=600, stdout=subprocess.DEVNULL)
        with opened(f"sqlite:///{self.folder / 'data' / 'caredial.db'}") as store:
            store.run_now(_known)

    def _caredial(self, *command: str) -> list[str]:
        return [sys.executable, "-m", "gateway.cli", *command, "--config", str(self._config)]

    def learn(self) -> None:
        """One call to the daemon tells which files it plays; these are what all play."""
        with self.daemon(), Witness(self.asterisk.ami, "witness", SECRET) as witness:
            outcome = self._call(HOTLINE, 1, hang_up=True).wait(RUN_SECONDS)
        played = witness.played()
        if not outcome.ok or len(played) != PROMPTS_A_CALL:
            raise RuntimeError(f"the daemon should have played menu, list and tip, not {played} {outcome.trouble}")
        self._prompts = [*played[:2], *(str(path.with_suffix("")) for path in PROMPTS.glob(GOODBYE))]
        with (self.asterisk.folder / "etc" / "extensions.conf").open("a") as extensions:
            extensions.write(DIALPLAN.format(number=BY_DIALPLAN, prompts=self._prompts))
        self.asterisk.console("dialplan reload")

    # Who leads the calls.

    def nobody(self) -> AbstractContextManager[Driver]:
        return nullcontext()

    @contextmanager
    def driver(self, module: str) -> Iterator[Driver]:
        command = [*TIED, sys.executable, "-m", module, str(self.asterisk.ami), SECRET, *self._prompts]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                if process.stdout.readline() != "ready\n":
                    raise RuntimeError(f"{module} does not start")
                yield process
            finally:
                process.terminate()

    @contextmanager
    def daemon(self) -> Iterator[Driver]:
        with (
            (self.folder / "daemon.log").open("a") as log,
            subprocess.Popen([*TIED, *self._caredial("run")], stdout=log, stderr=log, text=True) as process,
        ):
            try:
                self._await_daemon()
                yield process
            finally:
                process.terminate()

    def _await_daemon(self) -> None:
        until = time.monotonic() + START_SECONDS
        while 'caredial_ivr_server_ready{server="main"} 1.0' not in self._metrics():
            if time.monotonic() > until:
                raise RuntimeError((self.folder / "daemon.log").read_text()[-3000:])
            time.sleep(0.1)

    def _metrics(self) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._http}/metrics", timeout=5) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            return ""

    # The calls.

    def measure(self, leads: Callable[[], AbstractContextManager[Driver]], number: str, at_once: int) -> Run:
        with ExitStack() as open_:
            driver = open_.enter_context(leads())
            witness = open_.enter_context(Witness(self.asterisk.ami, "witness", SECRET))
            pids = (self.asterisk.pid, *([driver.pid] if driver else []))
            before = [_cpu(pid) for pid in pids]
            telephones = self._call(number, at_once, hang_up=leads == self.daemon)
            outcome = telephones.wait(RUN_SECONDS)
            asked = outcome.completed + outcome.failed
            used = [(_cpu(pid) - was) / asked for pid, was in zip(pids, before, strict=True)] + [0.0]
            seconds = _call_seconds(self.folder / f"sipp-{self._runs}" / "statistics.csv")
            own = _told(driver)
        self.asterisk.clear()
        waited = witness.prompts()
        completed = min(outcome.completed, witness.whole_calls(PROMPTS_A_CALL)) if driver else outcome.completed
        return Run(
            completed, asked, seconds, used[0], used[1],
            _share(waited, 0.5), _share(waited, 0.95), _share(own, 0.5), _share(own, 0.95),
        )  # fmt: skip

    def _call(self, number: str, at_once: int, *, hang_up: bool = False) -> Telephones:
        self._runs += 1
        folder = self.folder / f"sipp-{self._runs}"
        folder.mkdir()
        keys = (*KEYS, HEARD) if hang_up else KEYS
        text = scenario.calls(number, "[field0]", keys, self.folder / "silence.ul", hang_up=hang_up)
        (folder / "scenario.xml").write_text(text)
        (port,) = free_ports(1)
        # Sound goes below Asterisk's own ports, so that there are enough of them.
        many = CALLS_EACH * at_once if at_once > 1 else 1
        options = {
            "-sf": "scenario.xml", "-i": "127.0.0.1", "-p": port, "-mp": random.randrange(6_000, 14_000, 2),
            "-inf": "../phones.csv", "-m": many, "-l": at_once, "-r": max(1, round(at_once / A_CALL)),
            "-stf": "statistics.csv", "-fd": 1, "-error_file": "errors",
        }  # fmt: skip
        command = [*TIED, str(PROGRAM / "start-sipp"), "-nostdin", "-trace_err", "-trace_stat"]
        command += [str(word) for option in options.items() for word in option]
        return Telephones(folder, [*command, f"127.0.0.1:{self.asterisk.sip}"], port)


def run() -> Iterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder))
        place.asterisk.start()
        try:
            place.learn()
            for at_once, times in LEVELS.items():
                yield from _rows(place, at_once, times)
        finally:
            place.asterisk.kill()


def _rows(place: Place, at_once: int, times: int) -> Iterator[tuple[str, str, str]]:
    """In turns, so that what else the machine does meanwhile falls on all."""
    leads: dict[str, tuple[Callable[[], AbstractContextManager[Driver]], str]] = {
        "dialplan only": (place.nobody, BY_DIALPLAN),
        "bare AsyncAGI driver": (lambda: place.driver("benchmarks.calls_bare"), HOTLINE),
        "CareDial, the same dialogue": (lambda: place.driver("benchmarks.calls_voice"), HOTLINE),
        "CareDial, whole daemon: menu to a health tip": (place.daemon, HOTLINE),
    }
    rounds = [[place.measure(*how, at_once) for how in leads.values()] for _ in range(times)]
    runs = [_middle(each) for each in zip(*rounds, strict=True)]
    dialplan, bare = runs[:2]
    for name, each in zip(leads, runs, strict=True):
        figure = f"{each.completed:.0f} of {each.asked:.0f}, {each.seconds:.2f} s a call"
        beside = [f"CPU ms a call: Asterisk {each.asterisk:.1f}, driver {each.driver:.1f}"]
        if each is not dialplan:
            beside.append(f"{each.seconds / dialplan.seconds:.2f} of the dialplan's time")
            beside.append(f"next prompt p50/p95 {each.next50:.0f}/{each.next95:.0f} ms")
        if each.next95 and each is not bare:
            beside.append(f"p95 {each.next95 / bare.next95:.2f} of the bare driver's")
        if each.own95:
            beside.append(f"in the driver {each.own50:.1f}/{each.own95:.1f} ms")
        yield f"{at_once} calls: {name}", figure, "; ".join(beside)
    yield f"{at_once} calls: load of the machine", f"{os.getloadavg()[0]:.1f}", "over the last minute, ours included"


def _known(session: Session) -> None:
    for n in range(PHONES):
        subscribers.set_language(session, phone=phone(n), language="zh", now=NOW)


def _middle(runs: tuple[Run, ...]) -> Run:
    """The medians; of the calls their sums, since each that fails counts."""
    values = {field.name: median(getattr(run, field.name) for run in runs) for field in fields(Run)}
    values |= {name: sum(getattr(run, name) for run in runs) for name in ("completed", "asked")}
    return Run(**values)


def _share(values: list[float], share: float) -> float:
    return values[int(len(values) * share)] if values else 0


def _cpu(pid: int) -> float:
    """Milliseconds of CPU that a process has used, all its threads (proc_pid_stat(5): utime and stime)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS * 1000


def _told(driver: Driver) -> list[float]:
    """End a driver, and have it say how long it took; nothing where it does not."""
    if driver is None or driver.stdout is None:
        return []
    driver.terminate()
    return sorted(json.loads(driver.stdout.read()))


def _call_seconds(statistics: Path) -> float:
    """Of a call on the average, from SIPp's last line: hours:minutes:seconds:microseconds."""
    with statistics.open() as table:
        *_, last = csv.DictReader(table, delimiter=";")
    hours, minutes, seconds, microseconds = map(int, last["CallLength(C)"].split(":"))
    return hours * 3600 + minutes * 60 + seconds + microseconds / 1e6
