"""The rush, measured: `python -m benchmarks.rush [PEOPLE]`, or `make bench ARGS=rush`.

The daemon runs as residents meet it (a process of its own, embedded shared state, SQLite or PostgreSQL); the crowd and
its network are another process on the same machine. What is asked afterwards is asked of the database.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from benchmarks.bookings import bare_rate
from benchmarks.place import own_schema
from clinic import invariants
from clinic.identity import SealedIdentity
from clinic.residents import NewPerson, register, relate
from clinic.subscribers import known
from clinic.tables import Centre, ClinicSession, Department, Visit
from gateway.store import Store, connect

PEOPLE, PLACES = 10_000, 500
ROOT = Path(__file__).parents[2]
PROMPTS = ROOT / "var" / "prompts-of-benchmarks"
SOON = 3.0
RUN_SECONDS = 600
CONFIG = """
[installation]
data_dir = "data"
[database]
url = "{url}"
[http]
port = {http}
[ussd]
replies = 1000
[sms]
batch = 400
[smpp.links.main]
port = {smpp}
system_id = "caredial"
password = "caredial"
window = 100
[ivr.prompts]
folder = "{prompts}"
words_per_minute = 400
[ivr.servers.main]
port = {ami}
username = "caredial"
secret = "caredial"
"""

Ways = list[dict[str, Any]]


def run(people: int = PEOPLE) -> Iterator[tuple[str, str, str]]:
    urls = {"SQLite": "sqlite:///caredial.db"}
    if os.environ.get("CAREDIAL_BENCH_POSTGRESQL"):
        urls["PostgreSQL"] = own_schema(os.environ["CAREDIAL_BENCH_POSTGRESQL"])
    for name, url in urls.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield from _rows(name, *_rush(Path(folder), url, people))


def _rush(folder: Path, url: str, people: int) -> tuple[Store, Ways, float, int]:
    crowd = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.rush.crowd", str(people)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert crowd.stdout is not None
    try:
        smpp, ami = crowd.stdout.readline().split()
        http = 20_000 + os.getpid() % 10_000
        config = folder / "caredial.toml"
        config.write_text(CONFIG.format(url=url, http=http, smpp=smpp, ami=ami, prompts=PROMPTS))
        for command in (["init"], ["db", "upgrade"]):
            subprocess.run(_caredial(config, *command), check=True, stdout=subprocess.DEVNULL)
        store = Store(connect(url.replace("///", f"///{folder / 'data'}/") if url.startswith("sqlite") else url))
        store.run_now(_fill, people)
        subprocess.run(_caredial(config, "prompts", "build"), check=True, stdout=subprocess.DEVNULL)
        return store, *_let_go(config, http, crowd, store, folder / "daemon.log")
    finally:
        crowd.kill()


def _let_go(config: Path, http: int, crowd: Any, store: Store, log: Path) -> tuple[Ways, float, int]:
    with log.open("w") as file, subprocess.Popen(_caredial(config, "run"), stdout=file, stderr=file) as daemon:
        try:
            _await(http, log)
            release = time.time() + SOON
            moment = dt.datetime.fromtimestamp(release, dt.UTC)
            store.run_now(lambda s: s.execute(update(ClinicSession).values(release_at=moment)) and None)
            told, _ = crowd.communicate(f"{release}\n", timeout=RUN_SECONDS)
            memory = _memory(daemon.pid)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
    return json.loads(told), release, memory


def _memory(pid: int) -> int:
    """What a process and its children have had at the most, in MB."""
    children = [each for tasks in Path(f"/proc/{pid}/task").glob("*/children") for each in tasks.read_text().split()]
    status = [Path(f"/proc/{each}/status").read_text() for each in (pid, *children)]
    return sum(int(text.partition("VmHWM:")[2].split()[0]) for text in status) // 1024


def _caredial(config: Path, *command: str) -> list[str]:
    return [sys.executable, "-m", "gateway.cli", *command, "--config", str(config)]


def _await(http: int, log: Path) -> None:
    until = time.monotonic() + 60
    wanted = ('caredial_ivr_server_ready{server="main"} 1.0', 'caredial_smpp_link_bound{link="main"} 1.0')
    while not all(line in _metrics(http) for line in wanted):
        if time.monotonic() > until:
            raise RuntimeError(log.read_text()[-3000:])
        time.sleep(0.2)


def _metrics(http: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{http}/metrics", timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.URLError:
        return ""


def _fill(session: Session, people: int) -> None:
    """One department with one session the day after tomorrow, and residents whose phones know them."""
    now = dt.datetime.now(dt.UTC)
    centre = Centre(code="B", name_zh="东苑中心", name_en="Centre")
    session.add(centre)
    session.flush()
    department = Department(centre_id=centre.id, code="B", name_zh="全科", name_en="General")
    session.add(department)
    session.flush()
    session.add(
        ClinicSession(
            department_id=department.id,
            day=(now + dt.timedelta(days=2)).date(),
            half="am",
            starts=dt.time(8),
            ends=dt.time(11, 30),
            capacity=PLACES,
            fee=0,
            release_at=now + dt.timedelta(days=1),
        )
    )
    for n in range(people):
        identity = SealedIdentity(b"-", f"digest-{n}", dt.date(1990, 1, 1), "male")
        resident = register(session, NewPerson("王芳", identity), centre=centre.id, now=now)
        subscriber = known(session, f"+86154{n:08d}", now)
        subscriber.language = "zh"
        relate(session, subscriber, resident, "王芳")


def _rows(name: str, store: Store, ways: Ways, release: float, memory: int) -> Iterator[tuple[str, str, str]]:
    visits = store.run_now(lambda s: [tuple(row) for row in s.execute(select(Visit.phone, Visit.queue))])
    numbers = {phone.removeprefix("+86"): queue for phone, queue in visits}
    broken = store.run_now(invariants.broken)
    channels, tries = Counter(way["channel"] for way in ways), sum(way["tries"] for way in ways)
    got = Counter(way["channel"] for way in ways if way["phone"] in numbers)
    heard = Counter(way["outcome"] or "nothing" for way in ways)
    beside = ", ".join(f"{channel} {got[channel]} of {many}" for channel, many in channels.items())
    yield f"{name}: places given to {len(ways)} residents", f"{len(visits)} of {PLACES}", beside
    sound = "all rules of `caredial db check` hold" if not broken else f"BROKEN: {broken[0]}"
    yield f"{name}: what they were told", ", ".join(f"{many} {what}" for what, many in heard.items()), sound
    yield from _by_arrival(name, ways, numbers)
    yield from _fair(name, ways, numbers)
    waits = sorted(wait for way in ways for wait in way["waits"])
    told = f"{len(waits)} steps, {tries - len(ways)} times begun anew"
    yield f"{name}: step p50 / p99", f"{_at(waits, 0.5):.0f} / {_at(waits, 0.99):.0f} ms", told
    for channel in channels:
        theirs = [way for way in ways if way["channel"] == channel]
        steps, first = (sorted(wait for way in theirs for wait in way[kind]) for kind in ("waits", "first"))
        yield (
            f"{name}: step p50 / p99 by {channel}",
            f"{_at(steps, 0.5):.0f} / {_at(steps, 0.99):.0f} ms",
            f"{_at(first, 0.5):.0f} / {_at(first, 0.99):.0f} ms until the first question, or until told to come again",
        )
    last = max((way["ended"] for way in ways if way["outcome"] == "booked"), default=release) - release
    bare = PLACES / bare_rate(store, threads=8, many=PLACES)
    yield (
        f"{name}: all places given after the release",
        f"{last:.1f} s",
        f"{bare:.2f} s for as many bare SQL transactions with nobody else about: {last / bare:.0f} times",
    )
    yield f"{name}: the daemon's memory at its highest", f"{memory} MB", ""
    store.engine.dispose()


def _by_arrival(name: str, ways: Ways, numbers: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    """Whether those who came first have the places: by when each dialled, wrote or called for the first time."""
    came = sorted((way for way in ways if way["began"]), key=lambda way: way["began"])
    won = [place for place, way in enumerate(came, 1) if way["phone"] in numbers]
    first = sum(place <= len(numbers) for place in won)
    yield (
        f"{name}: of the first {len(numbers)} who came, so many got a place",
        f"{first} ({first / max(1, len(numbers)):.0%})",
        f"the others' came as number {_at([place / 1000 for place in won], 0.99):.0f} at most, but for 1 %",
    )


def _fair(name: str, ways: Ways, numbers: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    """Whether who said yes first has the lower number; how many were refused who said so before the last winner."""
    confirmed = sorted((way for way in ways if way["confirmed"]), key=lambda way: way["confirmed"])
    winners = [way for way in confirmed if way["phone"] in numbers]
    places = sorted(numbers[way["phone"]] for way in winners)
    moved = [abs(numbers[way["phone"]] - place) for way, place in zip(winners, places, strict=True)]
    last = max((way["confirmed"] for way in winners), default=0.0)
    early = [last - way["confirmed"] for way in confirmed if way["phone"] not in numbers and way["confirmed"] < last]
    yield (
        f"{name}: places by which a number differs from the order of the yeses, p50 / p99 / most",
        f"{_at(sorted(moved), 0.5) / 1000:.0f} / {_at(sorted(moved), 0.99) / 1000:.0f} / {max(moved, default=0)}",
        f"{len(early)} refused although they said yes before the last who was given one, by at most"
        f" {max(early, default=0) * 1000:.0f} ms",
    )


def _at(values: list[float], share: float) -> float:
    """Milliseconds."""
    return values[min(int(len(values) * share), len(values) - 1)] * 1000 if values else 0


if __name__ == "__main__":
    for row in run(*map(int, sys.argv[1:])):
        print(" | ".join(row), flush=True)
