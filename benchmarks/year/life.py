"""A year: 366 days on a clock of its own, with two nodes that race, die and are away for three days."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.year import ledger
from benchmarks.year.days import Days
from benchmarks.year.network import Network
from benchmarks.year.nodes import Node
from benchmarks.year.town import DAY, Town
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.workdays import Workdays
from gateway.store import Store, connect
from scheduler.table import LEADER, by_name

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = dt.date(2028, 1, 1)  # a leap year
DAYS = 366
TIMES = tuple(
    dt.time.fromisoformat(each)
    for each in (
        "00:10", "06:30", "08:00", "09:00", "09:20", "10:30", "12:30", "14:00", "15:30", "17:01", "18:01", "20:58",
        "21:30",
    )
)  # fmt: skip
OUTAGE = range(20, 23)
"""Days of the year on which no node runs."""
NOTICES = ("vaccine-reminders", "care-reminders", "visit-notices", "family-copies", "medication-reminders")
"""The jobs that are shown; the others have nothing to do with people."""
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


@dataclass
class Year:
    """`url` is of an empty database with the schema."""

    url: str
    people: int
    seed: int = 1
    deaths: float = 0.01
    now: dt.datetime = field(init=False)
    seconds: float = 0.0
    busy: float = 0.0
    """Seconds that it took, and those of them that the processor worked on it."""

    def __post_init__(self) -> None:
        self.now = dt.datetime.combine(FIRST, dt.time(), ZONE)
        chance = random.Random(self.seed)
        self.store, self.rules = Store(connect(self.url)), Rules()
        self.network = Network(self.store, self.rules, chance)
        self.town = Town(self.store, Vault(b"y" * 32), self.rules, chance, Workdays("CN"))
        self.days = Days(self.town, self.network, HOUSE)
        jobs = by_name(job for job in LEADER if job.name in NOTICES)
        self.nodes = [
            Node(name, self.store, jobs, HOUSE, self.rules, lambda: self.now, chance) for name in ("north", "south")
        ]
        self.chance = chance

    def live(self, days: int = DAYS, progress: Callable[[int, int], None] = lambda done, days: None) -> None:
        began, busy = time.perf_counter(), time.process_time()
        self.town.settle(self.people, self.now)
        self.town.sessions(FIRST, self.town.AHEAD, self.now)
        for number in range(days):
            self._day(number)
            progress(number + 1, days)
        self.seconds, self.busy = time.perf_counter() - began, time.process_time() - busy

    def _day(self, number: int) -> None:
        day = FIRST + DAY * number
        self.days.begin(day, ZONE)
        for at in TIMES:
            self.now = dt.datetime.combine(day, at, ZONE)
            self.days.happen(self.now)
            self.network.tell(self.now)
            if number in OUTAGE:
                continue
            for node in self.chance.sample(self.nodes, len(self.nodes)):
                node.work(self.network, dies=self.chance.random() < self.deaths)
        self.days.read(self.now)

    def faults(self) -> list[str]:
        return ledger.Year(
            self.store.run_now(ledger.rows, ZONE),
            self.network.taken,
            self.days.diary,
            self.town.phones,
            (self.rules.quiet_from, self.rules.quiet_until),
            [FIRST + DAY * number for number in OUTAGE],
        ).faults()

    def figures(self) -> list[tuple[str, int]]:
        """What happened, for people."""
        known = self.store.run_now(ledger.rows, ZONE)
        kinds = Counter(known[each.message].kind for each in self.network.taken)
        diary = self.days.diary
        return [
            ("children", len(self.town.children)),
            ("patients", len(self.town.patients)),
            ("doses given", len(diary.given)),
            ("visits of follow-up", diary.followed_up),
            ("visits booked", len(diary.visits)),
            ("phones that refused", len(diary.refused)),
            ("deaths of nodes", sum(node.deaths for node in self.nodes)),
            ("messages written", len(known)),
            ("messages on phones", len(self.network.taken)),
            *sorted(kinds.items()),
            *sorted(self.network.met.items()),
        ]


def url_in(folder: Path) -> str:
    """A SQLite database with the schema."""
    url = f"sqlite:///{folder / 'year.db'}"
    Store(connect(url)).upgrade()
    return url
