"""The job that looks for signs: batch by batch to the end, and stopped midway it says so."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from clinic.fairness.signs.seeing import Looked
from clinic.installation import Installation
from clinic.rules import Rules
from scheduler import signs
from scheduler.given import Broken, Given
from scheduler.table import LEADER

NOW = dt.datetime(2027, 3, 8, 12, tzinfo=dt.UTC)


class Batches:
    """A store that has so many batches, each with one sign."""

    def __init__(self, many: int) -> None:
        self.many, self.asked = many, []  # type: int, list[dict[str, Any]]

    async def run(self, fn: Any, /, **given: Any) -> Looked:
        self.asked.append({**fn.keywords, **given})
        return Looked(1, len(self.asked)) if len(self.asked) <= self.many else Looked(0, None)


def given(store: Any, going: Any = lambda: True) -> Given:
    return Given(store, Installation("http://x", "1", "*1#", "2"), Rules(), lambda: NOW, going=going)


def test_batch_by_batch_to_the_end() -> None:
    store = Batches(3)
    assert asyncio.run(signs.look(given(store))) == "3 phones"
    assert [each["after"] for each in store.asked] == [None, 1, 2, 3]
    assert {each["since"] for each in store.asked} == {NOW - dt.timedelta(hours=2)}


def test_nothing_is_worth_no_line() -> None:
    assert asyncio.run(signs.look(given(Batches(0)))) == ""


def test_stopped_midway_it_says_what_it_had() -> None:
    store = Batches(9)
    with pytest.raises(Broken, match="2 phones"):
        asyncio.run(signs.look(given(store, going=lambda: len(store.asked) < 2)))


def test_both_jobs_stand_in_the_table() -> None:
    assert {"absences", "scalper-signs"} <= {job.name for job in LEADER}
