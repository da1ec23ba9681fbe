"""Settings of the notices that come by themselves; the fields of `clinic.rules.NoticeRules`."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from pydantic import Field, field_validator

from gateway.message_settings import Table


class NoticeSettings(Table):
    at: dt.time = Field(dt.time(9), description="Hour at which the notices of a day fall due.")
    closed: tuple[dt.date, ...] = Field((), description="Working days on which the centres are closed all the same.")
    open: tuple[dt.date, ...] = Field((), description="Holidays and weekends on which they are open.")
    vaccine_before: int = Field(
        7, ge=0, le=60, description="Days before a vaccine dose is due on which the family is told; 0: not before."
    )
    vaccine_overdue: tuple[int, ...] = Field(
        (7, 21, 49, 105), description="Days after a dose was overdue on which the family is told again."
    )
    care_before: int = Field(
        7, ge=0, le=60, description="Days before a follow-up visit is due on which it is told; 0: not before."
    )
    care_overdue: tuple[int, ...] = Field(
        (3, 14, 42), description="Days after a follow-up visit was due on which it is told again."
    )
    visit_eve: dt.time = Field(dt.time(17), description="Hour of the day before at which a booked visit is told.")
    visit_hours: int = Field(
        2, ge=0, le=12, description="Hours before a booked visit at which it is told once more; 0: not once more."
    )
    queue_near: int = Field(
        2, ge=0, le=50, description="People still before somebody in the queue when they are told to come; 0: never."
    )

    @field_validator("vaccine_overdue", "care_overdue")
    @classmethod
    def _grows(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if any(day < 1 for day in days) or any(late <= early for early, late in pairwise(days)):
            raise ValueError("should be numbers of days from 1 on, each greater than the one before")
        return days
