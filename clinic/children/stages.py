"""When a family is told of a dose: before it is due, when it is, and some days after it was overdue.

A stage is told once. Where several have passed (nobody looked for a while, or the child is new) only the last is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clinic.rules import NoticeRules
from clinic.vaccines.records import Due

BEFORE, NOW = 0, 1
"""Stages: before it can be given, and when it can. The overdue ones follow, in the order of `vaccine_overdue`."""
OVERDUE = 2
_TOLD_OF = ("later", "due", "overdue")
DAY = dt.timedelta(days=1)

Told = Mapping[tuple[str, int], int]
"""The highest stage that was told of each dose: series and number."""


@dataclass(frozen=True, slots=True)
class Step:
    """A dose and the stage that it has come to."""

    due: Due
    stage: int

    @property
    def dose(self) -> tuple[str, int]:
        return self.due.series, self.due.number

    @property
    def on(self) -> dt.date:
        assert self.due.on is not None  # noqa: S101  nothing else has a stage
        return self.due.on


def reached(dues: Iterable[Due], told: Told, today: dt.date, rules: NoticeRules) -> list[Step]:
    """The doses that have come to a stage that is yet to be told."""
    steps = (Step(due, stage) for due in dues if (stage := _stage(due, today, rules)) is not None)
    return [step for step in steps if step.stage > told.get(step.dose, -1)]


def put_off(dues: Iterable[Due], told: Told, today: dt.date) -> list[tuple[str, int]]:
    """The doses that could be given, or were overdue, as the family knows, and cannot be any more for now: after a live
    vaccine, or while the child is ill."""
    later = [(due.series, due.number) for due in dues if due.status in _TOLD_OF and due.on and due.on > today]
    return [dose for dose in later if told.get(dose, BEFORE) > BEFORE]


def next_day(dues: Iterable[Due], today: dt.date, rules: NoticeRules) -> dt.date | None:
    """The first later day on which one of them comes to its next stage, as far as is known today."""
    return min((day for due in dues for day in _days(due, rules) if day > today), default=None)


def _stage(due: Due, today: dt.date, rules: NoticeRules) -> int | None:
    """The last stage that has come; a dose that cannot be given yet is not called overdue."""
    if due.status not in _TOLD_OF or due.on is None or due.overdue_from is None:
        return None
    if due.on > today:
        return BEFORE if due.on - DAY * rules.vaccine_before <= today else None
    passed = sum(due.overdue_from + DAY * days <= today for days in rules.vaccine_overdue)
    return OVERDUE + passed - 1 if passed else NOW


def _days(due: Due, rules: NoticeRules) -> Iterable[dt.date]:
    if due.status in _TOLD_OF and due.on is not None and due.overdue_from is not None:
        yield due.on - DAY * rules.vaccine_before
        yield due.on
        yield from (due.overdue_from + DAY * days for days in rules.vaccine_overdue)
