"""When something is to be told of a visit: the moments of its life, local to the installation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from clinic.notices import Times
from clinic.rules import NoticeRules
from clinic.tables import Visit

Stage = Literal["eve", "morning"]

EVENING = dt.time(18)
"""When those who are still expected come no more, and those who were there are asked; or when the session ends."""
AT_LEAST = dt.timedelta(minutes=30)
"""So long before a session somebody can still be told to come."""
FRESH = dt.timedelta(hours=3)
"""Who has booked so shortly before needs no reminder on the day."""


@dataclass(frozen=True, slots=True)
class Step:
    """A notice that a visit is to come, and when it goes; already after the quiet hours that it would lie in."""

    stage: Stage
    at: dt.datetime


def starts(visit: Visit, when: Times) -> dt.datetime:
    return visit.clinic_session.starts_at(when.now.tzinfo)


def over(visit: Visit, when: Times) -> dt.datetime:
    """When it is over for good: the evening of its day, or the end of a session that is later than that."""
    return dt.datetime.combine(visit.day, max(visit.clinic_session.ends, EVENING), tzinfo=when.now.tzinfo)


def steps(visit: Visit, when: Times, rules: NoticeRules) -> list[Step]:
    """The reminders of a visit, in their order: none that would come before it was booked, or too late to come."""
    begins, since = starts(visit, when), visit.moved_at or visit.booked_at
    eve = dt.datetime.combine(visit.day - dt.timedelta(days=1), rules.visit_eve, tzinfo=when.now.tzinfo)
    found = [_step("eve", eve, visit, when)] if since < eve else []
    morning = begins - dt.timedelta(hours=rules.visit_hours)
    if rules.visit_hours and since < morning - FRESH:
        found.append(_step("morning", morning, visit, when))
    in_time = [step for step in found if step.at <= begins - AT_LEAST]
    # An eve that quiet hours have pushed to the morning says the same as the morning's.
    return in_time[-1:] if len(in_time) == 2 and in_time[0].at >= in_time[1].at else in_time


def _step(stage: Stage, at: dt.datetime, visit: Visit, when: Times) -> Step:
    return Step(stage, when.hours.until(visit.clinic_session.department.centre_id, at) or at)
