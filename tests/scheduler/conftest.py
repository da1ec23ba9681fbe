"""Time that only the test moves: Twisted's Clock is also what APScheduler takes for the time of day."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers import base
from twisted.internet.task import Clock

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_EVENING = dt.datetime(2027, 3, 8, 23, 0, tzinfo=SHANGHAI)


class Day(Clock):
    """A clock with a calendar, which begins on Monday evening."""

    def callFromThread(self, fn: Any, *args: Any, **kwargs: Any) -> None:
        fn(*args, **kwargs)

    def now(self) -> dt.datetime:
        moment = MONDAY_EVENING.astimezone(dt.UTC) + dt.timedelta(seconds=self.seconds())
        return moment.astimezone(SHANGHAI)

    def reach(self, moment: dt.datetime) -> None:
        """Let time pass until then, timer by timer."""
        end = self.seconds() + (moment - self.now()).total_seconds()
        while (calls := self.getDelayedCalls()) and (due := calls[0].getTime()) <= end:
            self.advance(max(0.0, due - self.seconds()))
        self.advance(end - self.seconds())


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    day = Day()

    class CalendarOfTheTest(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return day.now().astimezone(tz)

    monkeypatch.setattr(base, "datetime", CalendarOfTheTest)
    return day
