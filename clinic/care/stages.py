"""When the reminders of a visit are looked at: some days before it is due, on the day, and days after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from clinic.rules import NoticeRules

When = Literal["before", "today", "late"]
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """`name` makes that a stage is told once: before, today, late14."""

    day: dt.date
    name: str
    when: When


def stages(due: dt.date, rules: NoticeRules) -> list[Stage]:
    """The stages of a visit, the first one first."""
    before = [Stage(due - DAY * rules.care_before, "before", "before")] if rules.care_before else []
    late = [Stage(due + DAY * days, f"late{days}", "late") for days in rules.care_overdue]
    return [*before, Stage(due, "today", "today"), *late]


def latest(due: dt.date, rules: NoticeRules, today: dt.date) -> Stage | None:
    """The last stage that has come: after days off, or a time when nothing ran, only that one is told."""
    return next((stage for stage in reversed(stages(due, rules)) if stage.day <= today), None)


def next_look(due: dt.date, rules: NoticeRules, today: dt.date) -> dt.date | None:
    """The day of the first stage that is still to come; None after the last."""
    return next((stage.day for stage in stages(due, rules) if stage.day > today), None)


def first_look(due: dt.date, rules: NoticeRules, today: dt.date) -> dt.date:
    """When a new date is looked at first: not before today."""
    return max(today, stages(due, rules)[0].day)
