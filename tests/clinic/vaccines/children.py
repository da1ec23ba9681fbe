"""Children from a seed, as realistic as nasty: what the two readings of docs/vaccines.md are compared on.

Doses are aimed at the days on which a rule turns, and miss them by a day every now and then. What is on those days is
not known here: this only takes care that there are enough of them.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from clinic.vaccines.records import Child, Contra, Given

# Vaccine, age in months, interval since the dose before.
Plan = list[tuple[str, int, str]]
BIRTH: Plan = [("BCG", 0, "")]
HEPB: list[Plan] = [
    [("HepB", 0, ""), ("HepB", 1, "28d"), ("HepB", 6, "60d")],
    [("HepB", 0, ""), ("HepB", 1, "28d"), ("HepB", 2, "28d"), ("HepB", 7, "60d")],
    [("HepB", 4, ""), ("HepB", 5, "28d"), ("HepB", 6, "60d"), ("HepB", 7, "60d")],
]
FOUR_BOPV: Plan = [("bOPV", 2, ""), ("bOPV", 3, "28d"), ("bOPV", 4, "28d"), ("bOPV", 48, "28d")]
POLIO: list[Plan] = [
    [("IPV", 2, ""), ("IPV", 3, "28d"), ("bOPV", 4, "28d"), ("bOPV", 48, "28d")],
    [("IPV", 2, ""), ("bOPV", 3, "28d"), ("bOPV", 4, "28d"), ("bOPV", 48, "28d"), ("IPV", 50, "28d")],
    [("IPV", 2, ""), ("IPV", 3, "28d"), ("IPV", 4, "28d"), ("IPV", 18, "28d")],
    [
        ("bOPV", 2, ""),
        ("bOPV", 3, "28d"),
        ("bOPV", 4, "28d"),
        ("bOPV", 48, "28d"),
        ("bOPV", 50, "28d"),
        ("IPV", 52, "28d"),
    ],
    [
        ("bOPV", 2, ""),
        ("bOPV", 3, "28d"),
        ("bOPV", 4, "28d"),
        ("bOPV", 48, "28d"),
        ("IPV", 50, "28d"),
        ("IPV", 52, "28d"),
    ],
    [("IPV", 2, ""), ("IPV", 3, "28d"), ("bOPV", 4, "28d"), ("IPV", 18, "28d")],
    [("bOPV", 2, ""), ("IPV", 3, "28d"), ("IPV", 4, "28d"), ("IPV", 18, "28d")],
    [("IPV", 40, ""), ("IPV", 40, "28d"), ("bOPV", 40, "28d"), ("bOPV", 48, "28d")],
]
DTP: list[Plan] = [
    [("DTaP", 3, ""), ("DTaP", 4, "28d"), ("DTaP", 5, "28d"), ("DTaP", 18, "6m"), ("DT", 72, "12m")],
    [("DTaP", 2, ""), ("DTaP", 4, "28d"), ("DTaP", 6, "28d"), ("DTaP", 18, "6m"), ("DTaP", 72, "12m")],
    [("DTaP", 3, ""), ("DTaP", 4, "28d"), ("DT", 18, "28d"), ("DTaP", 36, "6m"), ("DTaP", 60, "28d")],
    [("DT", 72, ""), ("DT", 73, "28d"), ("DT", 79, "6m"), ("DTaP", 90, "6m")],
    [("DTaP", 72, ""), ("DTaP", 73, "28d"), ("DTaP", 79, "6m"), ("DT", 90, "6m")],
    [("DTaP", 20, ""), ("DTaP", 71, "28d"), ("DT", 72, "6m"), ("DTaP", 73, "6m"), ("DT", 80, "6m")],
    [("DTaP", 17, ""), ("DTaP", 17, "28d"), ("DTaP", 17, "28d"), ("DTaP", 18, "6m"), ("DTaP", 72, "12m")],
]
MMR: list[Plan] = [
    [("MMR", 8, ""), ("MMR", 18, "28d")],
    [("MMR", 6, ""), ("MMR", 8, "28d"), ("MMR", 18, "28d")],
    [("MMR", 18, ""), ("MMR", 18, "28d")],
]
JE: list[Plan] = [
    [("JE-L", 8, ""), ("JE-L", 24, "12m")],
    [("JE-I", 8, ""), ("JE-I", 8, "7d"), ("JE-I", 24, "1m"), ("JE-I", 72, "36m")],
    [("JE-I", 8, ""), ("JE-I", 8, "7d"), ("JE-L", 24, "1m"), ("JE-L", 36, "12m")],
    [("JE-L", 7, ""), ("JE-I", 8, "7d"), ("JE-L", 24, "12m")],
    [("JE-L", 20, ""), ("JE-L", 24, "12m")],
    [("JE-I", 40, ""), ("JE-I", 40, "7d"), ("JE-I", 40, "1m"), ("JE-I", 72, "36m")],
]
MENA: list[Plan] = [
    [("MPSV-A", 6, ""), ("MPSV-A", 9, "3m"), ("MPSV-AC", 36, "12m"), ("MPSV-AC", 72, "36m")],
    [("MPSV-A", 6, ""), ("MPSV-AC", 24, "3m"), ("MPSV-AC", 72, "36m")],
    [("MPSV-A", 21, ""), ("MPSV-A", 24, "3m"), ("MPSV-AC", 36, "12m"), ("MPSV-A", 40, "3m"), ("MPSV-AC", 72, "36m")],
    [("MPSV-AC", 24, ""), ("MPSV-AC", 72, "36m")],
    [("MPSV-A", 15, ""), ("MPSV-A", 15, "3m"), ("MPSV-AC", 24, "12m"), ("MPSV-AC", 40, "36m")],
    [("MPSV-AC", 40, ""), ("MPSV-AC", 72, "36m")],
]
HEPA: list[Plan] = [
    [("HepA-L", 18, ""), ("HepA-L", 24, "6m")],
    [("HepA-I", 18, ""), ("HepA-I", 24, "6m")],
    [("HepA-I", 18, ""), ("HepA-L", 24, "6m")],
    [("HepA-I", 17, ""), ("HepA-L", 18, "28d"), ("HepA-I", 24, "6m")],
    [("HepA-I", 30, ""), ("HepA-I", 30, "6m")],
]
PLANS = [[BIRTH], HEPB, POLIO, DTP, MMR, JE, MENA, HEPA]

CODES = ["HepB", "BCG", "IPV", "bOPV", "DTaP", "DT", "MMR", "JE-L", "JE-I", "MPSV-A", "MPSV-AC", "HepA-L", "HepA-I"]
INJECTED_LIVE = ["BCG", "MMR", "JE-L", "HepA-L"]
SAME_SERIES = {
    "IPV": ["bOPV"], "bOPV": ["IPV"], "DTaP": ["DT"], "DT": ["DTaP"], "JE-L": ["JE-I"], "JE-I": ["JE-L"],
    "HepA-L": ["HepA-I"], "HepA-I": ["HepA-L"], "MPSV-A": ["MPSV-AC"],
}  # fmt: skip
UNKNOWN = ["PPV23", "mmr", "HPV", ""]
TURNS = [dt.date(2019, 10, 1), dt.date(2021, 3, 1), dt.date(2025, 1, 1)]
AGES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 18, 24, 36, 48, 60, 72, 84, 144, 216]  # months at which something turns
INTERVALS = ["7d", "28d", "60d", "1m", "3m", "4m", "6m", "12m", "36m"]
MISSES = [-28, -7, -2, -1, -1, 0, 0, 0, 1, 1, 2, 7, 28]


class Style(NamedTuple):
    """How a family comes: how many doses are skipped, how late they are (days), and how often a day is missed."""

    skips: float
    late: int
    misses: float


STYLES = {
    "on time": Style(0.01, 0, 0.1),
    "a little late": Style(0.03, 20, 0.1),
    "late": Style(0.08, 200, 0.1),
    "sparse": Style(0.6, 100, 0.2),
    "very late": Style(0.2, 1200, 0.2),
    "to the day": Style(0.05, 0, 0.6),
    "never": Style(1.0, 0, 0.0),
}


def children(seed: int, count: int) -> Iterator[tuple[Child, dt.date]]:
    """`count` children, each with the day on which it is looked at."""
    random = Random(seed)
    for _ in range(count):
        yield child(random)


def child(random: Random) -> tuple[Child, dt.date]:
    birth = _birth(random)
    today = _today(random, birth)
    doses = _doses(random, birth, today)
    if random.random() < 0.2:
        today = max(birth, _after(random.choice(doses or [Given("", today)]).day, random.choice(INTERVALS), random))
    weight = random.choices([None, random.randint(900, 4500), 1999, 2000], [5, 4, 1, 1])[0]
    immunoglobulin = _immunoglobulin(random, birth, doses) if random.random() < 0.2 else ()
    contras = _contraindications(random, birth, today) if random.random() < 0.3 else ()
    return Child(birth, tuple(doses), contras, immunoglobulin, weight), today


def aged(birth: dt.date, months: int) -> dt.date:
    """About that old: a day at which to aim."""
    year, month = divmod(birth.year * 12 + birth.month - 1 + months, 12)
    return dt.date(year, month + 1, min(birth.day, calendar.monthrange(year, month + 1)[1]))


def after(day: dt.date, interval: str) -> dt.date:
    """`28d` or `6m` later."""
    if interval.endswith("m"):
        return aged(day, int(interval[:-1]))
    return day + _days(int(interval[:-1] or 0))


def _after(day: dt.date, interval: str, random: Random) -> dt.date:
    return after(day, interval) + _days(random.choice([-1, 0, 0, 1]))


def _days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


def _birth(random: Random) -> dt.date:
    day = dt.date(2012, 1, 1) + _days(random.randrange(5400))
    match random.choices(["any", "month's end", "leap day", "near a turn", "six at a turn"], [40, 25, 8, 12, 15])[0]:
        case "month's end":
            return day.replace(day=calendar.monthrange(day.year, day.month)[1]) - _days(random.choice([0, 0, 1]))
        case "leap day":
            return dt.date(random.choice([2012, 2016, 2020, 2024]), 2, 29)
        case "near a turn":
            return random.choice(TURNS) + _days(random.randint(-3, 3))
        case "six at a turn":
            return dt.date(random.choice([2015, 2019]), random.choice([1, 3]), 1) + _days(random.randint(-40, 40))
    return day


def _today(random: Random, birth: dt.date) -> dt.date:
    match random.choices(["young", "any", "at an age", "at a turn", "old"], [30, 25, 30, 12, 3])[0]:
        case "young":
            day = birth + _days(random.randrange(800))
        case "at an age":
            day = aged(birth, random.choice(AGES)) + _days(random.randint(-1, 1))
        case "at a turn":
            day = random.choice(TURNS) + _days(random.randint(-1, 1))
        case "old":
            day = aged(birth, 216) + _days(random.randint(-30, 400))
        case _:
            day = birth + _days(random.randrange(8 * 366))
    return max(day, birth)


def _doses(random: Random, birth: dt.date, today: dt.date) -> list[Given]:
    style = STYLES[random.choices(list(STYLES), [20, 20, 15, 15, 10, 15, 5])[0]]
    doses = [dose for plans in PLANS for dose in _of_a_plan(random, birth, plans, style)]
    for twist in random.sample(TWISTS, random.choice([0, 0, 1, 1, 2])):
        twist(random, birth, today, doses)
    random.shuffle(doses)
    return doses


def _of_a_plan(random: Random, birth: dt.date, plans: list[Plan], style: Style) -> Iterator[Given]:
    plan = plans[0] if random.random() < 0.5 else random.choice(plans)
    before = None
    for vaccine, months, interval in plan:
        if random.random() < style.skips:
            continue
        day = max(aged(birth, months), after(before, interval) if before else birth)
        if random.random() < 0.6:
            day += _days(random.randint(0, style.late))
        if random.random() < style.misses:
            day += _days(random.choice(MISSES))
        yield Given(vaccine, day)
        before = day


# What can be strange about the doses: each twist changes the list


def _strange(random: Random, birth: dt.date, today: dt.date, doses: list[Given]) -> None:
    """Some of anything at any time: unknown codes, before the birth, twice, after today."""
    for _ in range(random.randint(1, 4)):
        day = random.choice([birth - _days(1), birth, today, today + _days(1), birth + _days(random.randrange(3000))])
        doses.append(Given(random.choice([*CODES, *CODES, *UNKNOWN]), day))
    doses += random.sample(doses, random.choice([0, 1]))


def _together(random: Random, birth: dt.date, today: dt.date, doses: list[Given]) -> None:
    """Much on one day."""
    day = aged(birth, random.choice(AGES)) + _days(random.randint(-1, 30))
    doses.extend(Given(code, day) for code in random.sample(CODES, random.randint(2, 7)))


def _live_near(random: Random, birth: dt.date, today: dt.date, doses: list[Given]) -> None:
    """An injected live one soon after another, or shortly before today."""
    live = [dose.day for dose in doses if dose.vaccine in INJECTED_LIVE]
    for _ in range(random.randint(1, 3)):
        near = random.choice([*live, today])
        apart = random.choice([-29, -28, -27, -1, 0, 1, 27, 28, 29])
        doses.append(Given(random.choice(INJECTED_LIVE), near + _days(apart)))


def _swapped(random: Random, birth: dt.date, today: dt.date, doses: list[Given]) -> None:
    """The other vaccine of the series, some times."""
    for at, dose in enumerate(doses):
        if random.random() < 0.25:
            doses[at] = Given(SAME_SERIES.get(dose.vaccine, [dose.vaccine])[0], dose.day)


def _at_a_turn(random: Random, birth: dt.date, today: dt.date, doses: list[Given]) -> None:
    """DTP where the rules change: at the new edition, and on the sixth birthday."""
    for _ in range(random.randint(1, 3)):
        turn = random.choice([dt.date(2025, 1, 1), aged(birth, 72), aged(birth, 72)])
        doses.append(Given(random.choice(["DTaP", "DT"]), turn + _days(random.choice([-1, 0, 0, 1, 28, 29]))))


def _too_soon(random: Random, birth: dt.date, today: dt.date, doses: list[Given]) -> None:
    """Another dose of the series, or of MenAC, an interval after one, to the day or by one day not."""
    for _ in range(random.randint(1, 4) if doses else 0):
        dose = random.choice(doses)
        codes = [dose.vaccine, *SAME_SERIES.get(dose.vaccine, [dose.vaccine])]
        doses.append(Given(random.choice(codes), _after(dose.day, random.choice(INTERVALS), random)))


TWISTS = [_strange, _together, _live_near, _swapped, _at_a_turn, _too_soon]


# What else is known


def _immunoglobulin(random: Random, birth: dt.date, doses: list[Given]) -> tuple[dt.date, ...]:
    """Some three months before a dose of MMR, or some day."""
    aims = [aged(dose.day, -3) for dose in doses if dose.vaccine == "MMR"]
    aims += [dose.day for dose in doses if dose.vaccine == "MMR"] + [birth + _days(random.randrange(900))]
    return tuple(random.choice(aims) + _days(random.randint(-2, 2)) for _ in range(random.randint(1, 2)))


def _contraindications(random: Random, birth: dt.date, today: dt.date) -> tuple[Contra, ...]:
    return tuple(_contraindication(random, birth, today) for _ in range(random.choice([1, 1, 2, 3])))


def _contraindication(random: Random, birth: dt.date, today: dt.date) -> Contra:
    against = random.choices([random.choice(CODES), "live", "all"], [6, 3, 2])[0]
    since = random.choice([birth, today, today + _days(1), today - _days(random.randrange(200))])
    if random.random() < 0.5:
        return Contra(against, since)
    return Contra(against, since, since + _days(random.choice([0, 1, 7, 30, 200, 500])))
