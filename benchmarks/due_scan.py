"""Reminders of vaccines over a million children: seconds and memory, beside the bare SQL over the same rows.

COUNT (1 000 000) sets how many children there are; they are built in SQLite in some minutes. Each was born on one of
the days of six and a half years, has a phone of its own, and was given what is due to it, some days late; of three in a
hundred the last quarter of a year is missing. First all are looked at, as after an import; then, on the next day, those
whose day has come. Beside stand two things that one would do without the rules: the doses of all read in order, and who
is due for each vaccine by the simple rule of broadcasts (`clinic.audience.due`), in SQL alone.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.place import HOUSE
from clinic.audience.due import due
from clinic.children import reminders
from clinic.months import after
from clinic.rules import Rules
from clinic.tables import ChildFile, Immunization, Resident
from conf.lengths import Length
from conf.texts import LANGUAGES, say
from conf.vaccines import schedule
from gateway.store import Store, connect

COUNT = int(os.environ.get("COUNT", "1000000"))
FIRST = dt.datetime(2026, 11, 24, 8, tzinfo=HOUSE.timezone)  # a Tuesday
NEXT = FIRST + dt.timedelta(days=1)
DAYS = 2372
"""Births are spread over so many days: six and a half years."""
CHUNK = 20_000
# Vaccine, dose, age in months, as it is mostly given, but for DTaP.
GIVEN = (
    ("HepB", 1, 0), ("BCG", 1, 0), ("HepB", 2, 1), ("IPV", 1, 2), ("IPV", 2, 3), ("bOPV", 3, 4), ("HepB", 3, 6),
    ("MPSV-A", 1, 6), ("MMR", 1, 8), ("JE-L", 1, 8), ("MPSV-A", 2, 9),
    ("MMR", 2, 18), ("HepA-L", 1, 18), ("JE-L", 2, 24), ("MPSV-AC", 1, 36), ("bOPV", 4, 48),
    ("MPSV-AC", 2, 72),
)  # fmt: skip
CHANGE = dt.date(2025, 1, 1)
"""DTaP was given at 3, 4 and 5 months before, at 2, 4 and 6 from then on."""


def run() -> Iterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "bench.db"
        store = Store(connect(f"sqlite:///{path}"))
        store.upgrade()
        built = _seconds(lambda: _build(path))
        doses = store.run_now(lambda s: s.scalar(select(func.count()).select_from(Immunization)))
        yield f"{COUNT:,} children, {doses:,} doses built", f"{built:.0f} s", f"{path.stat().st_size / 1e6:.0f} MB"
        read, simple = _seconds(lambda: _read(path)), _seconds(lambda: store.run_now(_simple))
        bare = read + simple
        yield "bare SQL: all doses read / who is due, all vaccines", f"{read:.1f} / {simple:.1f} s", f"{bare:.1f} s"
        _warm(store)
        for what, now in (("first scan, all", FIRST), ("daily scan", NEXT)):
            yield from _told(what, _scan(store, now), bare)
        store.engine.dispose()


@dataclass
class Scanned:
    looked: int = 0
    written: int = 0
    seconds: float = 0
    longest: float = 0
    megabytes: list[float] = field(default_factory=list)


def _warm(store: Store) -> None:
    """What a process loads once: the calendar of holidays, the texts."""
    store.run_now(reminders.scan, rules=Rules(), installation=HOUSE, now=FIRST - dt.timedelta(days=1), most=1)
    for language in LANGUAGES:
        say(language, "vaccine.comma")


def _scan(store: Store, now: dt.datetime) -> Scanned:
    """One scan to its end, as the job does it; the longest batch is how long SQLite's lock was held at most."""
    waiting = select(func.count()).where(ChildFile.look_on <= now.date())
    got = Scanned(store.run_now(lambda s: s.scalar(waiting) or 0), megabytes=[_megabytes()])
    began, more, batches = time.perf_counter(), True, 0
    while more:
        start = time.perf_counter()
        found = store.run_now(reminders.scan, rules=Rules(), installation=HOUSE, now=now)
        got.longest = max(got.longest, time.perf_counter() - start)
        got.written, more, batches = got.written + found.count, found.more, batches + 1
        if batches % 50 == 0:
            got.megabytes.append(_megabytes())
            seconds = time.perf_counter() - began
            print(
                f"\r  {batches * reminders.MOST} of {got.looked} looked at, {seconds:.0f} s",
                end="",
                file=sys.stderr,
                flush=True,
            )
    got.seconds = time.perf_counter() - began
    got.megabytes.append(_megabytes())
    print(file=sys.stderr)
    return got


def _told(what: str, got: Scanned, bare: float) -> Iterator[tuple[str, str, str]]:
    share = f"{100 * got.looked / COUNT:.2f} % looked at, {got.written} messages"
    yield f"{what}: {share}", f"{got.seconds:.1f} s", f"{got.seconds / bare:.2f} of the bare SQL"
    rate = f"{1e6 * got.seconds / max(got.looked, 1):.0f} us a child"
    yield f"{what}: longest batch", f"{1000 * got.longest:.0f} ms", rate
    memory = got.megabytes
    middle = memory[len(memory) // 2]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield (
        f"{what}: memory",
        f"{memory[0]:.0f} / {middle:.0f} / {memory[-1]:.0f} MB",
        f"start, middle, end; peak {peak:.0f}",
    )


def _simple(session: Any) -> int:
    """Who is due by the simple rule, of each vaccine."""
    today, found = FIRST.date(), 0
    for code in schedule(today):
        count = select(func.count()).select_from(Resident).where(due(code, today))
        found += session.scalar(count) or 0
    return found


def _read(path: Path) -> int:
    """Each child with its doses, in order, by the driver alone: what any rule outside the database has to read."""
    with closing(sqlite3.connect(path)) as driver:
        rows = driver.execute(
            "select f.resident_id, r.birth, i.vaccine, i.given_on from child_file f"
            " join resident r on r.id = f.resident_id left join immunization i on i.resident_id = f.resident_id"
            " order by f.resident_id"
        )
        return sum(1 for _ in rows)


def _build(path: Path) -> None:
    """By the driver, without syncing: only what is built has to be right."""
    with closing(sqlite3.connect(path, isolation_level=None)) as driver:
        driver.execute("pragma synchronous=off")
        driver.execute("insert into centre (id, code, name_zh, name_en, address) values (1, 'B', '中心', 'Centre', '')")
        numbers = iter(range(1, COUNT + 1))
        while chunk := list(islice(numbers, CHUNK)):
            driver.execute("begin")
            for table, rows in _rows(chunk).items():
                holds = ", ".join("?" * len(rows[0]))
                driver.executemany(f"insert into {table} values ({holds})", rows)
            driver.execute("commit")
            print(f"\r  {chunk[-1]} children built", end="", file=sys.stderr, flush=True)
        driver.execute("analyze")
    print(file=sys.stderr)


def _rows(numbers: list[int]) -> dict[str, list[tuple[Any, ...]]]:
    """What a chunk of children adds to each table; a table stands with its columns."""
    at, look_on = "2026-01-01 00:00:00.000000", FIRST.date().isoformat()
    residents, files, phones, people = [], [], [], []
    doses: list[tuple[Any, ...]] = []
    for n in numbers:
        birth = FIRST.date() - dt.timedelta(days=n * 37 % DAYS)
        residents.append((n, "王小明", b"-", f"bench-{n}", birth.isoformat(), "male", 1, at))
        files.append((n, "local", "active", "a", "unknown", look_on, at))
        phones.append((n, f"+86154{n:08d}", at))
        people.append((n, n, "王小明", 0, "mother", 1))
        doses += _doses(n, birth)
    return {
        "resident (id, name, identity_sealed, identity_digest, birth, sex, centre_id, created_at)": residents,
        "child_file (resident_id, residence, standing, unit, mother_hbsag, look_on, created_at)": files,
        "subscriber (id, phone, created_at)": phones,
        "related_person (subscriber_id, resident_id, name, is_self, relation, is_told)": people,
        "immunization (resident_id, vaccine, dose, given_on, lot)": doses,
    }


def _doses(n: int, birth: dt.date) -> Iterator[tuple[Any, ...]]:
    """Each dose as many days late as the family always is; of three in a hundred nothing for a quarter of a year."""
    until = FIRST.date() - dt.timedelta(days=90 if n % 100 < 3 else 0)
    first, third = (early if after(birth, Length(early)) < CHANGE else late for early, late in ((3, 2), (5, 6)))
    dtap = (("DTaP", dose, age) for dose, age in enumerate((first, 4, third, 18, 72), start=1))
    for vaccine, dose, age in (*GIVEN, *dtap):
        on = after(birth, Length(age)) + dt.timedelta(days=n % 11 if age else 0)
        if on <= until or (age == 0 and on <= FIRST.date()):
            yield n, vaccine, dose, on.isoformat(), ""


def _megabytes() -> float:
    """Resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
