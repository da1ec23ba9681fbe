"""What Prometheus reads of the jobs: last and next runs, of the leader's jobs only from the node that leads."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY, CollectorRegistry

from clinic.jobs.runs import JobView
from gateway.job_counters import JobMetrics, count
from scheduler.given import Broken
from scheduler.lead import Ended

NOW = dt.datetime(2027, 3, 8, 23, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def jobs() -> Any:
    rows = (
        JobView("nightly", next_at=NOW + MINUTE, started_at=NOW - 2 * MINUTE, ended_at=NOW - MINUTE),
        JobView("rests", next_at=NOW, paused_at=NOW),
    )
    lead = SimpleNamespace(leading=True, shown=rows, told=None)
    lead.leads = lambda now: lead.leading
    tidied = Ended("tidy", NOW - MINUTE, 2.5)
    node = SimpleNamespace(last={"tidy": tidied}, next_times=lambda: {"tidy": NOW + 5 * MINUTE}, told=None)
    return SimpleNamespace(lead=lead, node=node)


@pytest.fixture
def read(jobs: Any) -> Any:
    registry, metrics = CollectorRegistry(), JobMetrics()
    registry.register(metrics)
    assert registry.get_sample_value("caredial_job_leader") is None  # there are no jobs yet
    metrics.watch(jobs, lambda: NOW)

    def read(what: str, name: str | None = None) -> float | None:
        return registry.get_sample_value(f"caredial_job_{what}", {"name": name} if name else {})

    return read


def test_the_leader_tells_of_all_its_jobs(read: Any) -> None:
    assert read("leader") == 1
    assert read("last_run_timestamp_seconds", "nightly") == (NOW - 2 * MINUTE).timestamp()
    assert read("last_duration_seconds", "nightly") == 60
    assert read("next_run_timestamp_seconds", "nightly") == (NOW + MINUTE).timestamp()
    assert read("last_run_timestamp_seconds", "rests") is None
    assert read("next_run_timestamp_seconds", "rests") is None


def test_a_node_that_does_not_lead_tells_only_of_its_own(read: Any, jobs: Any) -> None:
    jobs.lead.leading = False
    assert read("leader") == 0
    for what in ("last_run_timestamp_seconds", "last_duration_seconds", "next_run_timestamp_seconds"):
        assert read(what, "nightly") is None
    assert read("last_run_timestamp_seconds", "tidy") == (NOW - MINUTE).timestamp() - 2.5
    assert read("last_duration_seconds", "tidy") == 2.5
    assert read("next_run_timestamp_seconds", "tidy") == (NOW + 5 * MINUTE).timestamp()


def test_runs_are_counted_by_their_outcome(read: Any, jobs: Any) -> None:
    assert jobs.lead.told is jobs.node.told is count
    for error in (None, None, RuntimeError("no"), Broken("70 notices")):
        count(Ended("of the test", NOW, 1.0, error=error))
    counted = {
        outcome: REGISTRY.get_sample_value("caredial_job_runs_total", {"name": "of the test", "outcome": outcome})
        for outcome in ("done", "failed", "broken off")
    }
    assert counted == {"done": 2, "failed": 1, "broken off": 1}
