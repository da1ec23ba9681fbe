"""Kannel and Jasmin alone (`make bench ARGS=peers`); `broadcast` takes the same runs beside those of CareDial."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.peers import jasmin, kannel
from benchmarks.peers.feeding import Figures, load, measure
from benchmarks.peers.install import Missing, program
from benchmarks.peers.sink import Sink

COUNT = int(os.environ.get("COUNT", "100000"))
# Rates do not depend on how many they are, so the peers get fewer.
TO_KANNEL, TO_JASMIN = min(COUNT, 20_000), min(COUNT, 4_000)
# Jasmin 0.11.1 fails at each answer (its issue 1236), so no receipt finds its message, and takes 40 ms for it.
TO_JASMIN_WITH_RECEIPTS = min(COUNT, 400)
WINDOW = 50
LATENCY_MS = 20
WINDOWS = (10, 50, 100)
BLASTS = 300_000
Row = tuple[str, str, str]
_numbers = count(1)


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        yield (
            "the sink's own ceiling, window 50",
            f"{_ceiling(folder)}/s",
            "a client that only writes one PDU (blast.c)",
        )
        for kind in ("gsm", "ucs2"):
            yield from rows(f"sent, {kind}", live(folder, kind=kind))
        yield from rows("sent and delivered", with_receipts(folder))
        yield from rows("drained", drained(folder))
        for window in WINDOWS:
            yield from latency_rows(with_latency(folder, window), window)


def _ceiling(folder: Path) -> str:
    with Sink(new(folder)) as sink:
        blast = [program("blast"), str(sink.port), str(BLASTS), str(WINDOW)]
        return subprocess.run(blast, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


# Runs of each peer that can be had here.


def live(folder: Path, *, kind: str = "gsm") -> list[Figures]:
    runs = (
        of_kannel(folder, TO_KANNEL, kind=kind),
        of_kannel(folder, TO_KANNEL, kind=kind, storage="none"),
        of_jasmin(folder, TO_JASMIN, kind=kind),
    )
    return [ran for ran in runs if ran]


def with_receipts(folder: Path) -> list[Figures]:
    runs = (
        of_kannel(folder, TO_KANNEL, receipts=True),
        of_kannel(folder, TO_KANNEL, storage="none", receipts=True),
        of_jasmin(folder, TO_JASMIN_WITH_RECEIPTS, receipts=True),
    )
    return [ran for ran in runs if ran]


def drained(folder: Path) -> list[Figures]:
    """Of Kannel only, which takes messages while its link is away."""
    _say(f"Kannel drains {TO_KANNEL} messages")
    place = new(folder)
    sink = Sink(place)
    try:
        return [kannel.drain(place / "kannel", sink, TO_KANNEL, window=WINDOW)]
    except Missing as missing:
        _skip(missing)
        return []
    finally:
        sink.stop()


def with_latency(folder: Path, window: int) -> list[Figures]:
    ran = of_kannel(folder, min(COUNT, window * 120), window=window, latency_ms=LATENCY_MS)
    return [ran] if ran else []


def of_kannel(
    folder: Path,
    many: int,
    *,
    kind: str = "gsm",
    window: int = WINDOW,
    storage: kannel.Storage = "spool",
    latency_ms: float = 0,
    receipts: bool = False,
) -> Figures | None:
    _say(f"Kannel, {many} messages")
    place = new(folder)
    try:
        with Sink(place) as sink, kannel.running(place / "kannel", sink, window=window, storage=storage) as peer:
            sink.tell(f"latency {latency_ms}")
            return measure(peer, sink, many, kind=kind, receipts=receipts)
    except Missing as missing:
        return _skip(missing)


def of_jasmin(folder: Path, many: int, *, kind: str = "gsm", receipts: bool = False) -> Figures | None:
    _say(f"Jasmin, {many} messages")
    place = new(folder)
    try:
        with Sink(place) as sink, jasmin.running(place / "jasmin", sink) as peer:
            return measure(peer, sink, many, kind=kind, receipts=receipts)
    except Missing as missing:
        return _skip(missing)


# What is told of a run.


def rows(what: str, runs: list[Figures], beside: list[Figures] | None = None) -> Iterator[Row]:
    """A row for each run; `beside`: how many times their rate it is."""
    for ran in runs:
        times = [f"{ran.rate / other.rate:.1f}x {other.who}" for other in beside or []]
        yield f"{what}: {ran.who}, {ran.count}", f"{ran.rate:.0f}/s", "; ".join([*times, details(ran)])


def latency_rows(runs: list[Figures], window: int) -> Iterator[Row]:
    most = window * 1000 / LATENCY_MS
    for ran in runs:
        share = f"{100 * ran.wire / most:.0f} % of window / latency"
        yield f"at {LATENCY_MS} ms, window {window}: {ran.who}", f"{ran.wire:.0f}/s", f"{share}; {details(ran)}"


def details(ran: Figures) -> str:
    cpu = ", ".join(f"{name} {seconds:.3f}" for name, seconds in ran.cpu.items())
    memory = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in ran.memory.items())
    more = [f"CPU s per 1 000: {ran.cpu_sum:.3f} ({cpu})", f"MB: {memory}", f"{ran.seconds:.1f} s", *ran.notes]
    return "; ".join([*more, f"wire {ran.wire:.0f}/s", f"{ran.busy:.1f} cores busy, load {load()}"])


def new(folder: Path) -> Path:
    """A folder for a run."""
    place = folder / f"run-{next(_numbers)}"
    place.mkdir()
    return place


def _say(what: str) -> None:
    print(f"  {what} (load {load()})", file=sys.stderr, flush=True)


def _skip(missing: Missing) -> None:
    print(f"  skipped: {missing}", file=sys.stderr, flush=True)
