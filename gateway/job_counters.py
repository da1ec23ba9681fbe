"""The scheduled jobs for Prometheus: read when asked for, and of the leader's jobs only from the node that leads.

The label is `name`: Prometheus keeps `job` for itself, and would rename ours to `exported_job`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from scheduler.given import Now
    from scheduler.jobs import Jobs
    from scheduler.lead import Ended

RUNS = Counter(
    "caredial_job_runs", "Runs of scheduled jobs on this node: done, failed, broken off.", ["name", "outcome"]
)


class JobMetrics(Collector):
    """`watch` says whose. A node that leads no more has nothing to say of the leader's jobs, not even old news."""

    def __init__(self) -> None:
        self._jobs: Jobs | None = None
        self._now: Now | None = None

    def watch(self, jobs: Jobs, now: Now) -> None:
        self._jobs, self._now = jobs, now
        jobs.lead.told = jobs.node.told = count

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is known before there are jobs."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if self._jobs is None or self._now is None:
            return
        leads = self._jobs.lead.leads(self._now())
        yield GaugeMetricFamily(
            "caredial_job_leader", "1 on the node that runs the scheduled jobs for all.", value=int(leads)
        )
        last = _gauge("caredial_job_last_run_timestamp_seconds", "When the last run of a job began.")
        took = _gauge("caredial_job_last_duration_seconds", "How long the last run of a job took that has ended.")
        due = _gauge("caredial_job_next_run_timestamp_seconds", "When a job is due next; nothing while it is paused.")
        for name, ended in self._jobs.node.last.items():
            _set(last, name, ended.at.timestamp() - ended.seconds)
            _set(took, name, ended.seconds)
        for name, moment in self._jobs.node.next_times().items():
            _set(due, name, moment.timestamp())
        for row in self._jobs.lead.shown if leads else ():
            _set(last, row.name, _seconds(row.started_at))
            _set(took, row.name, row.took.total_seconds() if row.took is not None else None)
            _set(due, row.name, None if row.paused_at else _seconds(row.next_at))
        yield from (last, took, due)


def count(ended: Ended) -> None:
    """A run is over."""
    RUNS.labels(ended.name, ended.outcome).inc()


def _gauge(name: str, sentence: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, sentence, labels=["name"])


def _set(gauge: GaugeMetricFamily, name: str, value: float | None) -> None:
    if value is not None:
        gauge.add_metric([name], value)


def _seconds(moment: dt.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


METRICS = JobMetrics()
REGISTRY.register(METRICS)
