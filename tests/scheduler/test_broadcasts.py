"""What the daemon does for broadcasts: it goes on with writing, and concludes; a line in the log only if it did."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from clinic.broadcasts import sending
from clinic.broadcasts.views import Progress
from clinic.installation import Installation
from clinic.rules import Rules
from scheduler.broadcasts import Broadcasts
from scheduler.jobs import Jobs

HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
SECOND = dt.timedelta(seconds=1)


class Half:
    """A store with broadcasts of which so many chunks are not written; `asked` is what it was asked."""

    def __init__(self, **left: int) -> None:
        self.left = {int(name[1:]): chunks for name, chunks in left.items()}
        self.ended: list[int] = []
        self.asked: list[str] = []

    def run(self, fn: Callable[..., Any], /, **given: Any) -> Deferred[Any]:
        if fn is sending.preparing:
            return succeed([number for number, chunks in self.left.items() if chunks])
        if fn is sending.conclude:
            ended, self.ended = self.ended, []
            return succeed(ended)
        if fn is not sending.write_some:
            return succeed(0)
        number = given["broadcast"]
        assert (given["rules"], given["links"], given["installation"]) == (Rules(), (), HOUSE)
        self.left[number] -= 1
        self.asked.append(f"{number}: {self.left[number]} left")
        return succeed(Progress("preparing" if self.left[number] else "sending", 0, 0))

    def sweep(self) -> Deferred[int]:
        return succeed(0)


def test_what_is_not_written_is_written_at_start_and_every_ten_seconds(
    day: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store = Half(b1=2, b2=1)
    broadcasts = Broadcasts(Rules(), (), HOUSE)
    jobs = Jobs(day, store, store, day.now, day.now().tzinfo, broadcasts=broadcasts)  # type: ignore[arg-type]
    jobs.start()
    day.reach(day.now() + SECOND)
    assert store.asked == ["1: 1 left", "1: 0 left", "2: 0 left"]
    store.left[3] = 1
    day.reach(day.now() + 8 * SECOND)
    assert len(store.asked) == 3
    day.reach(day.now() + 2 * SECOND)
    assert store.asked[3:] == ["3: 0 left"]
    store.ended = [1, 2]
    day.reach(day.now() + 60 * SECOND)
    told = [line.getMessage() for line in caplog.records if line.getMessage().startswith("broadcasts:")]
    assert told == [
        "broadcasts: 2 broadcasts written",
        "broadcasts: 1 broadcasts written",
        "broadcasts: 2 broadcasts ended",
    ]
