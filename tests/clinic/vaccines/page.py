"""The tables of docs/vaccines.md, typed again: what the oracle knows instead of conf/vaccines."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

YEARS = 12  # months in one

VACCINES = {
    "HepB": ["HepB"],
    "BCG": ["BCG"],
    "polio": ["IPV", "bOPV"],
    "DTP": ["DTaP", "DT"],
    "MMR": ["MMR"],
    "JE": ["JE-L", "JE-I"],
    "MenA": ["MPSV-A"],
    "MenAC": ["MPSV-AC"],
    "HepA": ["HepA-L", "HepA-I"],
}
SERIES = list(VACCINES)
SERIES_OF = {vaccine: series for series, vaccines in VACCINES.items() for vaccine in vaccines}
IN_ORDER = [*SERIES_OF]
INJECTED_LIVE = {"BCG", "MMR", "JE-L", "HepA-L"}
LIVE = {"BCG", "bOPV", "MMR", "JE-L", "HepA-L"}
# The table "Not given from", in years.
NOT_FROM = {"HepB": 18, "polio": 18, "MMR": 18, "JE": 18, "MenAC": 18, "HepA": 18, "BCG": 4, "MenA": 2}
DTP_NOT_FROM = {2021: 12, 2025: 7}
TWO_OF_MMR_AND_IPV = dt.date(2019, 10, 1)  # born from then on


class Step(NamedTuple):
    """A line of the table of courses: the vaccines and their age in months; then the interval; complete before."""

    ages: dict[str, int]
    days: int = 0
    months: int = 0
    before: int | None = None  # months; None: one month after its age
    since_valid: tuple[int, int] | None = None  # so many months since which valid dose


COURSES = {
    "HepB usual": [
        Step({"HepB": 0}),  # before: in hours, see overdue_from
        Step({"HepB": 1}, days=28),
        Step({"HepB": 6}, days=60, since_valid=(1, 4), before=12),
    ],
    "HepB light": [
        Step({"HepB": 0}),
        Step({"HepB": 1}, days=28),
        Step({"HepB": 2}, days=28),
        Step({"HepB": 7}, days=60, since_valid=(2, 4), before=12),
    ],
    "BCG": [Step({"BCG": 0}, before=3)],
    "polio": [
        Step({"IPV": 2, "bOPV": 2}),
        Step({"IPV": 3, "bOPV": 3}, days=28),
        Step({"IPV": 4, "bOPV": 4}, days=28, before=12),
        Step({"IPV": 4 * YEARS, "bOPV": 4 * YEARS}, days=28, before=5 * YEARS),
    ],
    "DTP 2021": [
        Step({"DTaP": 3}),
        Step({"DTaP": 4}, days=28),
        Step({"DTaP": 5}, days=28, before=12),
        Step({"DTaP": 18}, months=6, before=24),
    ],
    "DTP 2025": [
        Step({"DTaP": 2}),
        Step({"DTaP": 4}, days=28),
        Step({"DTaP": 6}, days=28, before=12),
        Step({"DTaP": 18}, months=6, before=24),
    ],
    "MMR one": [Step({"MMR": 8}, before=12)],
    "MMR two": [Step({"MMR": 8}, before=12), Step({"MMR": 18}, days=28, before=24)],
    "JE-L": [Step({"JE-L": 8}, before=12), Step({"JE-L": 2 * YEARS}, months=12, before=3 * YEARS)],
    "JE-I": [
        Step({"JE-I": 8}),
        Step({"JE-I": 8}, days=7, before=12),
        Step({"JE-I": 2 * YEARS}, months=1, before=3 * YEARS),
        Step({"JE-I": 6 * YEARS}, months=3 * YEARS, before=7 * YEARS),
    ],
    "MenA": [Step({"MPSV-A": 6}), Step({"MPSV-A": 9}, months=3, before=18)],
    "MenAC": [
        Step({"MPSV-AC": 3 * YEARS}, before=4 * YEARS),
        Step({"MPSV-AC": 6 * YEARS}, months=3 * YEARS, before=7 * YEARS),
    ],
    "HepA-L": [Step({"HepA-L": 18}, before=24)],
    "HepA-I": [Step({"HepA-I": 18}, before=24), Step({"HepA-I": 24, "HepA-L": 24}, months=6, before=3 * YEARS)],
}
LATE_INTERVALS = [(0, 0), (28, 0), (0, 6), (0, 6), (0, 12)]  # DTP from 6 years on: days and months, by n
