"""How APScheduler runs our jobs: in the reactor, as Deferreds.

Its own TwistedExecutor runs them on the reactor's thread pool, where nothing may be awaited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apscheduler.executors.base import BaseExecutor


class DeferredExecutor(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """Hands a job's name to `run`, and counts the job as running until `ended` is called.

    `run` may hand it on to the reactor: whoever drives the timer need not be its thread.
    """

    def __init__(self, run: Callable[[str], None]) -> None:
        super().__init__()
        self._run = run

    def busy(self, name: str) -> bool:
        return bool(self._instances.get(name, 0) > 0)

    def ended(self, name: str) -> None:
        self._run_job_success(name, [])

    def _do_submit_job(self, job: Any, run_times: Any) -> None:  # noqa: ARG002
        self._run(job.id)
