"""Two readings of docs/vaccines.md side by side: where they differ, on how small a child, told for one to judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from clinic.vaccines import due, judging
from clinic.vaccines.records import Child, Due, Judged
from tests.clinic.vaccines import oracle


class Reading(NamedTuple):
    """How doses are judged and what is due, by one of the two."""

    judge: Callable[[Child, dt.date], Sequence[Judged]]
    due: Callable[[Child, dt.date], Sequence[Due]]


ORACLE = Reading(oracle.judge, oracle.due)
ENGINE = Reading(judging.judge, due.due)


def differences(child: Child, today: dt.date, engine: Reading) -> list[str]:
    """A line for each dose and each series that the engine sees otherwise than the oracle; empty where they agree."""
    return [*_of_doses(child, today, engine), *_of_series(child, today, engine)]


def _of_doses(child: Child, today: dt.date, engine: Reading) -> Iterator[str]:
    ours, theirs = engine.judge(child, today), ORACLE.judge(child, today)
    if len(ours) != len(theirs):
        yield f"engine judges {len(ours)} doses, oracle {len(theirs)}"
    for here, there in zip(ours, theirs, strict=False):
        if replace(here, why=()) != replace(there, why=()):
            yield f"{_judged(there)}: engine {_judged(here)}"


def _of_series(child: Child, today: dt.date, engine: Reading) -> Iterator[str]:
    ours, theirs = engine.due(child, today), ORACLE.due(child, today)
    if [one.series for one in ours] != [one.series for one in theirs]:
        yield f"engine has the series {[one.series for one in ours]}, oracle {[one.series for one in theirs]}"
    for here, there in zip(ours, theirs, strict=False):
        if replace(here, why=()) != replace(there, why=()):
            yield f"{_due(there)}: engine {_due(here)}"


# Told


def _judged(one: Judged) -> str:
    return f"{one.given.vaccine} {one.given.day} {one.judgement} {one.number} ({one.series or 'no series'})"


def _due(one: Due) -> str:
    days = f"earliest {one.earliest}, on {one.on}, overdue from {one.overdue_from}"
    return f"{one.series} {one.status} {one.vaccine} {one.number}, {days}{', skin test' if one.skin_test else ''}"


def transcript(child: Child, today: dt.date, engine: Reading) -> str:
    """The child as small as it still differs, and how: the oracle's view first in each line."""
    child = shrunk(child, lambda smaller: bool(differences(smaller, today, engine)))
    lines = [f"born {child.birth}, {child.birth_weight} g, looked at on {today}"]
    lines += [f"  {_judged(one)}" for one in ORACLE.judge(child, today)]
    lines += [f"  not judged: {one.vaccine} {one.day}" for one in set(child.doses) - set(oracle.given(child, today))]
    lines += [f"  immunoglobulin {day}" for day in child.immunoglobulin]
    lines += [f"  against {one.against} since {one.since}, until {one.until}" for one in child.contraindications]
    return "\n".join([*lines, "oracle, then engine:", *(f"  {one}" for one in differences(child, today, engine))])


def shrunk(child: Child, differs: Callable[[Child], bool]) -> Child:
    """Without all that can be taken away while it still differs."""
    while smaller := next(filter(differs, _without_one(child)), None):
        child = smaller
    return child


def _without_one(child: Child) -> Iterator[Child]:
    for at in range(len(child.doses)):
        yield replace(child, doses=child.doses[:at] + child.doses[at + 1 :])
    for at in range(len(child.contraindications)):
        yield replace(child, contraindications=child.contraindications[:at] + child.contraindications[at + 1 :])
    for at in range(len(child.immunoglobulin)):
        yield replace(child, immunoglobulin=child.immunoglobulin[:at] + child.immunoglobulin[at + 1 :])
    if child.birth_weight is not None:
        yield replace(child, birth_weight=None)
