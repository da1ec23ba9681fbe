"""APScheduler's table: its columns, its jobs, and what it may not hold."""

from __future__ import annotations

import logging
import os
import pickle
from typing import Any

import pytest
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from sqlalchemy import insert, select
from sqlalchemy.schema import CreateTable

from clinic.tables import STORED_JOBS
from scheduler.cadence import every
from scheduler.stored import MARK


def test_the_table_is_the_one_that_apscheduler_makes(sqlite_schema: str) -> None:
    theirs = SQLAlchemyJobStore(url="sqlite://").jobs_t

    def shape(table: Any) -> list[tuple[str, str, bool, bool]]:
        return [(c.name, str(c.type), bool(c.nullable), c.primary_key) for c in table.columns]

    assert shape(STORED_JOBS) == shape(theirs)
    assert "apscheduler_jobs" in str(CreateTable(STORED_JOBS))


def test_a_stored_job_is_a_name_a_trigger_and_a_moment(town: Any) -> None:
    town.node("a", often=every(minutes=10))
    town.settle()
    (content,) = town.store.run_now(lambda s: s.scalars(select(STORED_JOBS.c.job_state)).all())
    state = pickle.loads(content)
    assert (state["id"], state["func"], state["args"], state["kwargs"]) == ("often", MARK, ("often",), {})
    assert (state["coalesce"], state["misfire_grace_time"], state["max_instances"]) == (True, None, 1)


class Bomb:
    def __reduce__(self) -> Any:
        return os.mkdir, ("/nowhere/at/all",)


@pytest.mark.parametrize("what", ["a program", "another function", "no pickle"])
def test_a_stored_job_that_is_none_of_ours_is_not_run_and_stops_no_other(
    town: Any, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    town.node("a", often=every(minutes=10))
    town.settle()
    content = {
        "a program": pickle.dumps({"func": MARK, "trigger": Bomb()}),
        "another function": pickle.dumps({"func": "os:abort", "args": ()}),
        "no pickle": b"\x00",
    }[what]
    past = town.now().timestamp() - 60
    row = {"id": "foreign", "next_run_time": past, "job_state": content}
    town.store.run_now(lambda s: s.execute(insert(STORED_JOBS), row) and None)
    town.reach(town.now().replace(minute=15))
    assert town.times("often") == ["08 23:10"]
    assert "the stored job foreign cannot be read" in caplog.text
    assert all(line.levelno < logging.CRITICAL for line in caplog.records)
