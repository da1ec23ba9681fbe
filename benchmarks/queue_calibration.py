"""How often the interval that is told for a call holds: simulated days, laid beside what was told on them.

Each practitioner works DAYS mornings of 210 minutes; the first WARM of them only make history. What one takes is a
lognormal or a gamma time, with a mean of the practitioner's own that changes from day to day. Some of those booked do
not come, some come late, some are not there when they are called and come back (or not); others come without booking.
Half of the practitioners mark who was seen, the others only call the next one. The queue is ordered by the rules of
`clinic.queue.order`, what is told is `clinic.queue.outlook`; nothing of either knows how a day was made.

Told is looked at three times: at 07:30 to all booked ones, at check-in, and when 5 are before somebody who is there.
Beside the whole stand slices: by policy, by the share of walk-ins, by the hour of telling, by how many were before, by
how slow the practitioner was on that day (which nobody can know in the morning), and what was told after they had a
break. `SEEDS=1000-1039` chooses the practitioners (those the model was tuned on are 1-24), `DAYS` how many days each
works, `BREAKS=0.5` on which share of days they have a break of ten minutes or so (by itself on none).
"""

from __future__ import annotations

import datetime as dt
import heapq
import math
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from clinic.queue import order
from clinic.queue.expected import Expected
from clinic.queue.line import Line, Place
from clinic.queue.order import Plan, Policy
from clinic.queue.outlook import HELD, outlook
from clinic.queue.pace import ABSENT, ABSENT_WEIGHT, Pace, Sums, settle

SEEDS = os.environ.get("SEEDS", "1000-1039")
DAYS = int(os.environ.get("DAYS", "45"))
BREAKS = float(os.environ.get("BREAKS", "0"))
WARM = 15
MORNING = dt.datetime(2027, 3, 8, 7, 30, tzinfo=dt.UTC)
STARTS, LENGTH = dt.datetime(2027, 3, 8, 8, 0, tzinfo=dt.UTC), 210.0
LATE = dt.timedelta(minutes=30)
NEAR = 5
WHEN = ("at 07:30", "at check-in", f"{NEAR} before")
Shape = Literal["lognormal", "gamma"]
SLOW = 0.1
"""A day on which one takes so much more than usual is slow; less, quick."""
END = math.inf
WALK_INS = (0.2, "below 20 %"), (0.35, "20 to 35 %"), (END, "35 % and more")
HOURS = (0.0, "before 08:00"), (60.0, "08"), (120.0, "09"), (180.0, "10"), (END, "11 and later")
AHEAD = (3, "0 to 2"), (8, "3 to 7"), (16, "8 to 15"), (END, "16 and more")
FACTORS = (1 - SLOW, "quick"), (1 + SLOW, "as usual"), (END, "slow")


@dataclass(frozen=True, slots=True)
class Doctor:
    """A practitioner's ways; minutes and shares."""

    policy: Policy
    shape: Shape
    capacity: int
    mean: float
    spread: float  # standard deviation over mean
    from_day_to_day: float
    absent: float
    late: float
    away: float  # when called
    booked: float
    marks: bool

    @classmethod
    def of(cls, seed: int, policy: Policy) -> Doctor:
        chance = random.Random(seed)
        capacity = chance.randint(24, 42)
        return cls(
            policy=policy,
            shape="gamma" if seed % 2 else "lognormal",
            capacity=capacity,
            mean=LENGTH / capacity * chance.uniform(0.8, 1.12),
            spread=chance.uniform(0.4, 0.8),
            from_day_to_day=chance.uniform(0.05, 0.15),
            absent=chance.uniform(0.04, 0.18),
            late=chance.uniform(0.03, 0.15),
            away=chance.uniform(0.0, 0.06),
            booked=chance.uniform(0.5, 0.9),
            marks=chance.random() < 0.5,
        )


@dataclass
class History:
    """What is known of the days before."""

    sums: Sums = field(default_factory=Sums)
    expected: int = 0
    absent: int = 0
    walked: int = 0
    days: int = 0

    def pace(self, doctor: Doctor, today: Sums) -> Pace:
        # The department is this practitioner alone: what a colleague would add is little beside the own days.
        planned, mean, variance, doubt = settle(LENGTH / doctor.capacity, self.sums, self.sums, today)
        absent = (self.absent + ABSENT * ABSENT_WEIGHT) / (self.expected + ABSENT_WEIGHT)
        return Pace(planned, mean, variance, doubt, absent, self.walked / max(self.days, 1) / LENGTH)


@dataclass
class Told:
    """How often what was told held, and how wide it was, for each moment of telling and each slice."""

    held: Counter[str] = field(default_factory=Counter)
    below: Counter[str] = field(default_factory=Counter)
    count: Counter[str] = field(default_factory=Counter)
    width: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    off: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, other: Told) -> None:
        self.held += other.held
        self.below += other.below
        self.count += other.count
        for when in other.count:
            self.width[when] += other.width[when]
            self.off[when] += other.off[when]

    def note(self, label: str, expected: Expected, called: dt.datetime) -> None:
        self.count[label] += 1
        self.held[label] += expected.earliest <= called <= expected.latest
        self.below[label] += called < expected.earliest
        self.width[label] += (expected.latest - expected.earliest).total_seconds() / 60
        self.off[label] += (called - expected.at).total_seconds() / 60

    def share(self, when: str) -> float:
        return 100 * self.held[when] / max(self.count[when], 1)


@dataclass(frozen=True, slots=True)
class Saying:
    """What was told, when, and how many were before them then."""

    now: dt.datetime
    expected: Expected
    ahead: int
    after_break: bool


class Day:
    """One morning: events in their order, a queue, and what was told of it; nothing is told where nobody `listens`."""

    def __init__(
        self, doctor: Doctor, history: History, chance: random.Random, *, listens: bool = True, breaks: float = 0
    ) -> None:
        self.doctor, self.history, self.chance, self.listens = doctor, history, chance, listens
        self.breaks, self.break_at, self.had_break = breaks, None, False
        self.now = MORNING
        self.today = Sums()
        self.places: dict[int, Place] = {}
        self.events: list[tuple[dt.datetime, int, str, int]] = []
        self.said: dict[tuple[int, str], Saying] = {}
        self.called: dict[int, dt.datetime] = {}
        self.busy_until = STARTS
        self.room: int | None = None
        self.factor = math.exp(chance.gauss(0, doctor.from_day_to_day))
        self.last_number = 0
        self.plan = Plan(doctor.policy, STARTS, history.pace(doctor, Sums()).planned)

    # What happens

    def run(self) -> None:
        self._book()
        for visit in list(self.places):
            self._tell(visit, WHEN[0])
        while self.events:
            self.now, _, what, visit = heapq.heappop(self.events)
            getattr(self, f"_{what}")(visit)

    def _book(self) -> None:
        doctor, chance = self.doctor, self.chance
        booked = round(doctor.capacity * doctor.booked)
        for number in range(1, booked + 1):
            self._add(number, number, MORNING - dt.timedelta(days=2) + dt.timedelta(seconds=number), walks_in=False)
            if chance.random() >= doctor.absent:
                due, fate = self.plan.due(number), chance.random()
                off = chance.uniform(0, 45) if fate < doctor.late else -chance.triangular(0, 35, 12)
                self._at(max(due + dt.timedelta(minutes=off), MORNING + dt.timedelta(minutes=1)), "arrive", number)
        walk_ins = min(doctor.capacity - booked, sum(chance.random() < 0.85 for _ in range(doctor.capacity - booked)))
        for place in range(walk_ins):
            minutes = chance.triangular(-15, LENGTH - 20, 30)
            self._at(STARTS + dt.timedelta(minutes=minutes), "walk_in", booked + 1 + place)
        self._at(STARTS + dt.timedelta(minutes=max(0.0, chance.gauss(2, 3))), "begin", 0)
        if self.breaks and chance.random() < self.breaks:
            self.break_at = STARTS + dt.timedelta(minutes=chance.uniform(60, 150))

    def _add(self, visit: int, number: int, booked_at: dt.datetime, *, walks_in: bool) -> None:
        self.last_number = max(self.last_number, number)
        self.places[visit] = Place(visit, number, "booked", None, None, None, None, booked_at, walks_in)

    def _at(self, moment: dt.datetime, what: str, visit: int) -> None:
        heapq.heappush(self.events, (moment, len(self.events) + visit * 1000, what, visit))

    def _begin(self, _: int) -> None:
        self.busy_until = self.now
        self.room = 0
        self._done(0)

    def _walk_in(self, visit: int) -> None:
        self._add(visit, self.last_number + 1, self.now, walks_in=True)
        self._arrive(visit)

    def _arrive(self, visit: int) -> None:
        line, place = self._line(), self.places[visit]
        overtaken = line.overtaken_at(place)
        if place.is_walk_in:
            turn = order.walk_in(self.plan, number=place.queue, since=place.booked_at, now=self.now)
        elif order.is_late(self.plan, number=place.queue, overtaken_at=overtaken, allowed=LATE, now=self.now):
            turn = order.late(self.plan, last_number=self.last_number, now=self.now)
        else:
            turn = order.booked(self.plan, number=place.queue, since=place.booked_at)
        self.places[visit] = replace(place, state="arrived", turn=turn.turn, since=turn.since, arrived_at=self.now)
        self._tell(visit, WHEN[1])
        self._look_who_is_near()
        if self.room is None and self.now >= self.busy_until and self._has_begun:
            self._next()

    def _return(self, visit: int) -> None:
        turn = order.returned(self.now)
        self.places[visit] = replace(self.places[visit], turn=turn.turn, since=turn.since, called_at=None)
        if self.room is None and self._has_begun:
            self._next()

    _has_begun = False

    def _done(self, visit: int) -> None:
        """The room is free; who is in it stands as called until the next one is, unless the practitioner marks it."""
        self._has_begun, self.room = True, None
        if self.break_at is not None and self.now >= self.break_at:
            self.break_at, self.had_break, self.room = None, True, 0
            self._at(self.now + dt.timedelta(minutes=self.chance.uniform(5, 15)), "done", 0)
            return
        if not self._next() and visit and self.doctor.marks:
            self._sample(self.now - self.called[visit])
            self.places[visit] = replace(self.places[visit], state="fulfilled")

    def _next(self) -> bool:
        line = self._line()
        if not line.waiting:
            return False
        place = line.waiting[0]
        for before in line.in_room:
            if self.now - max(place.arrived_at or self.now, place.since or self.now) >= HELD and before.called_at:
                self._sample(self.now - before.called_at)
            self.places[before.visit] = replace(before, state="fulfilled")
        self.places[place.visit] = replace(place, called_at=self.now)
        self.room = place.visit
        if place.visit not in self.called:
            self.called[place.visit] = self.now
            if self.chance.random() < self.doctor.away:
                self._at(self.now + dt.timedelta(minutes=1), "pass", place.visit)
                return True
        self._at(self.now + dt.timedelta(minutes=self._takes()), "done", place.visit)
        self._look_who_is_near()
        return True

    def _pass(self, visit: int) -> None:
        self.places[visit] = replace(self.places[visit], turn=None, since=None)
        if self.chance.random() < 0.6:
            self._at(self.now + dt.timedelta(minutes=self.chance.expovariate(0.1)), "return", visit)
        self.room = None
        self._next()

    def _takes(self) -> float:
        mean, spread = self.doctor.mean * self.factor, self.doctor.spread
        if self.doctor.shape == "gamma":
            return self.chance.gammavariate(1 / spread**2, mean * spread**2)
        sigma2 = math.log(1 + spread**2)
        return self.chance.lognormvariate(math.log(mean) - sigma2 / 2, math.sqrt(sigma2))

    # What is known and told

    def _line(self) -> Line:
        pace = self.history.pace(self.doctor, self.today)
        ends = STARTS + dt.timedelta(minutes=LENGTH)
        return Line(self.plan, pace, ends, self.last_number, tuple(self.places.values()))

    def _sample(self, took: dt.timedelta) -> None:
        minutes, old = took.total_seconds() / 60, self.today
        self.today = Sums(old.count + 1, old.minutes + minutes, old.squares + minutes**2)

    def _look_who_is_near(self) -> None:
        if not self.listens:
            return
        line = self._line()
        for place in line.waiting:
            if (place.visit, WHEN[2]) not in self.said and line.ahead(place) == NEAR:
                self._tell(place.visit, WHEN[2], line)

    def _tell(self, visit: int, when: str, line: Line | None = None) -> None:
        if not self.listens:
            return
        line = line or self._line()
        place = self.places[visit]
        found = outlook(line, place, self.now)
        if found is not None:
            self.said[visit, when] = Saying(self.now, found, line.ahead(place), self.had_break)

    def told(self) -> Told:
        """Laid beside the call; who never came or was not called says nothing."""
        found = Told()
        for (visit, when), saying in self.said.items():
            called = self.called.get(visit)
            if called is None:
                continue
            for each in (when, *self._slices(saying)):
                found.note(each, saying.expected, called)
        return found

    def _slices(self, saying: Saying) -> Iterator[str]:
        yield f"walk-ins: {_of(1 - self.doctor.booked, WALK_INS)}"
        yield f"told: {_of((saying.now - STARTS).total_seconds() / 60, HOURS)}"
        yield f"before them: {_of(saying.ahead, AHEAD)}"
        yield f"seen: {'marked' if self.doctor.marks else 'only the next is called'}"
        if saying.now > STARTS + dt.timedelta(minutes=60):  # when a day has shown itself
            yield f"after an hour, a day: {_of(self.factor, FACTORS)}"
        else:
            yield f"within an hour, a day: {_of(self.factor, FACTORS)}"
        if saying.after_break:
            yield "after a break"

    def learn(self) -> None:
        """The day becomes history."""
        known, today = self.history, self.today
        known.sums = Sums(
            known.sums.count + today.count, known.sums.minutes + today.minutes, known.sums.squares + today.squares
        )
        booked = [place for place in self.places.values() if not place.is_walk_in]
        known.expected += len(booked)
        known.absent += sum(place.arrived_at is None for place in booked)
        known.walked += len(self.places) - len(booked)
        known.days += 1


def measure(seeds: range, policy: Policy, days: int = DAYS, warm: int = WARM, breaks: float = BREAKS) -> Told:
    """What was told by so many practitioners with this policy, on all days after the first `warm`."""
    total = Told()
    for seed in seeds:
        doctor, history, chance = Doctor.of(seed, policy), History(), random.Random(f"{seed} {policy}")
        for number in range(days):
            day = Day(doctor, history, chance, listens=number >= warm, breaks=breaks)
            day.run()
            if number >= warm:
                total.add(day.told())
            day.learn()
    return total


def _of(value: float, parts: Sequence[tuple[float, str]]) -> str:
    """The first part that the value is below the bound of."""
    return next(name for bound, name in parts if value < bound)


def run() -> Iterator[tuple[str, str, str]]:
    first, _, last = SEEDS.partition("-")
    seeds, whole = range(int(first), int(last or first) + 1), Told()
    policies: tuple[Policy, ...] = ("number", "arrival")
    for policy in policies:
        told = measure(seeds, policy)
        whole.add(told)
        yield from _lines(policy, told)
    yield from _lines("both", whole)


def _lines(policy: str, told: Told) -> Iterator[tuple[str, str, str]]:
    for when in (*WHEN, *sorted(set(told.count) - set(WHEN))):
        count = max(told.count[when], 1)
        early = 100 * told.below[when] / count
        width, off = told.width[when] / count, told.off[when] / count
        late = 100 - told.share(when) - early
        shown = f"{early:.1f} % earlier, {late:.1f} % later; {width:.0f} min wide, off {off:+.1f}"
        yield f"80 % interval, {policy}, {when} ({count} told)", f"{told.share(when):.1f} %", shown
