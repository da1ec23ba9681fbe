"""What is lost and what comes twice when the daemon is killed, or its link dropped, again and again while it sends.

FAULTS (20) times at random moments `kill -9` hits the daemon, which is started again; or the SMS centre stops to
answer, waits till the window is full, and closes the link. COUNT (50 000) messages, each with a number and a phone of
its own, which the SMS centre writes down as they come. A broadcast must never come twice: what may have come is
reported as unknown. A notice must come at least once. RECEIPTS=0 keeps receipts away, by which unknown ones are settled
later; DATABASE chooses the databases, SEED the moments.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.broadcast import placed
from benchmarks.caredial import CareDial, key, phone
from benchmarks.databases import Database, databases
from benchmarks.peers.alone import Row
from benchmarks.peers.feeding import load, rest
from benchmarks.peers.processes import until
from benchmarks.peers.sink import Sink, Taken

COUNT = int(os.environ.get("COUNT", "50000"))
FAULTS = int(os.environ.get("FAULTS", "20"))
RECEIPTS = int(os.environ.get("RECEIPTS", "1"))
SEED = int(os.environ.get("SEED", "1"))
LATENCY_MS = 20
"""So that there always is a full window on its way."""
MOST_OF_IT = 0.8
"""The part of the messages in which the faults happen; the rest shows that it goes on."""
FULL_SECONDS = 0.3
"""The window is full when nothing more has come for so long."""
RUN_SECONDS = 1800
STILL_SECONDS = 90
NOTICE = (
    "INSERT INTO message (occasion, phone, text, message_class, channel, state, attempts, due_at, expires_at,"
    " created_at) VALUES (:occasion, :phone, :text, 'notice', 'sms', 'queued', 0, :now, :later, :now)"
)
KINDS = {"broadcast": "broadcast_id is not null", "notices": "broadcast_id is null"}


@dataclass(frozen=True, slots=True)
class Tally:
    """`missing`: never came to the SMS centre. `lost`: those of them that nobody is told of; of notices, all.

    A broadcast tells of those that are unknown, failed or expired.

    `twice`: how often one came again; `worst`: the most of these after one fault. `unknown_came`: reported as unknown,
    and did come. `states` are those in the database.
    """

    faults: int
    missing: int
    lost: int
    twice: int
    worst: int
    unknown_came: int
    states: dict[str, int]


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, databases() as on:
        for database in on:
            for kind in KINDS:
                for fault, strike in (("kills", _kill), ("drops", _drop)):
                    print(f"  {database.name}: {kind}, {fault} (load {load()})", file=sys.stderr, flush=True)
                    tally = measure(Path(name), database, kind, strike)
                    yield (
                        f"{database.name}: {tally.faults} {fault} during {COUNT} {kind}",
                        f"lost {tally.lost}, twice {tally.twice}",
                        f"twice after one at most {tally.worst}; did not come {tally.missing}; in the database"
                        f" {tally.states}; of the unknown {tally.unknown_came} came",
                    )


def measure(folder: Path, database: Database, kind: str, strike: Callable[[CareDial, Sink], float]) -> Tally:
    with placed(folder, database) as (dial, sink):
        record = dial.folder / "record"
        sink.tell(f"latency {LATENCY_MS}")
        sink.tell(f"receipts {RECEIPTS}")
        sink.record(record)
        _fill(dial, kind)
        dial.start()
        struck = list(_hammer(dial, sink, kind, strike))
        _wait_for_the_end(dial, sink, kind)
        rows = dial.ask(f"select phone, state from message where {KINDS[kind]}")
        states = {number.removeprefix("+86"): state for number, state in rows}
        told = ("unknown", "failed", "expired") if kind == "broadcast" else ()
        return tally(sink.recorded(record), states, struck, told)


def _fill(dial: CareDial, kind: str) -> None:
    if kind == "broadcast":
        dial.send(dial.draft(COUNT))
        return
    now = dt.datetime.now(dt.UTC)
    moments = {name: f"{at:%Y-%m-%d %H:%M:%S.%f}" for name, at in {"now": now, "later": now + dt.timedelta(1)}.items()}
    dial.write(
        NOTICE,
        [
            {"occasion": f"hammer:{n}", "phone": f"+86{phone(n)}", "text": key(n) + rest("gsm"), **moments}
            for n in range(COUNT)
        ],
    )


def _hammer(dial: CareDial, sink: Sink, kind: str, strike: Callable[[CareDial, Sink], float]) -> Iterator[float]:
    """Strike after a random number of messages each time; the moments, in seconds since 1970."""
    moments = random.Random(SEED)
    step = max(1, round(COUNT * MOST_OF_IT / FAULTS))
    for _ in range(FAULTS):
        wanted = sink.counts().submitted + moments.randint(1, 2 * step - 1)
        until(
            lambda wanted=wanted: sink.counts().submitted >= wanted or _is_over(dial, kind),
            RUN_SECONDS,
            f"{wanted} messages have come",
            every=0.01,
        )
        if _is_over(dial, kind):
            return
        yield strike(dial, sink)


def _kill(dial: CareDial, sink: Sink) -> float:
    """When the link was gone."""
    dial.kill()
    until(lambda: not sink.counts().bound, 10, "the killed daemon's link is gone", every=0.005)
    gone = time.time()
    dial.start()
    return gone


def _drop(_dial: CareDial, sink: Sink) -> float:
    """When the link was gone."""
    sink.tell("deaf 1")
    before = -1
    while before != (before := sink.counts().submitted):
        time.sleep(FULL_SECONDS)
    sink.tell("drop")
    gone = time.time()
    sink.tell("deaf 0")
    sink.wait_bound()
    return gone


def _is_over(dial: CareDial, kind: str) -> bool:
    return not dial.ask(f"select 1 from message where {KINDS[kind]} and state in ('queued', 'sending') limit 1")


def _wait_for_the_end(dial: CareDial, sink: Sink, kind: str) -> None:
    """Until nothing waits or is on its way, and no receipt has changed anything for a while."""
    end, seen, moved = time.monotonic() + RUN_SECONDS, None, time.monotonic()
    while True:
        states = dial.states(KINDS[kind])
        now = sink.counts(), states
        if now != seen:
            seen, moved = now, time.monotonic()
        quiet = time.monotonic() - moved
        if quiet > (5 if not states["queued"] + states["sending"] else STILL_SECONDS) or time.monotonic() > end:
            return
        time.sleep(0.5)


def tally(taken: list[Taken], states: dict[str, str], struck: list[float], told: Collection[str]) -> Tally:
    """`states` by national number; `struck`: when the faults happened; `told`: states that somebody is told of."""
    came = Counter(one.phone.removeprefix("86") for one in taken)
    before: dict[str, float] = {}
    again: Counter[int] = Counter()
    for one in taken:  # in the order in which they came; what comes again was on its way when the link went
        if one.phone in before:
            again[bisect_left(struck, before[one.phone])] += 1
        before[one.phone] = one.at
    missing = [number for number in states if not came[number]]
    return Tally(
        faults=len(struck),
        missing=len(missing),
        lost=sum(states[number] not in told for number in missing) + COUNT - len(states),
        twice=sum(again.values()),
        worst=max(again.values(), default=0),
        unknown_came=sum(state == "unknown" and came[number] > 0 for number, state in states.items()),
        states=dict(Counter(states.values())),
    )
