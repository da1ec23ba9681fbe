"""How APScheduler runs our jobs: in the reactor, as Deferreds.

Its own TwistedExecutor runs them on the reactor's thread pool, where nothing may be awaited.
"""

from __future__ import annotations

from typing import Any

from apscheduler.executors.base import BaseExecutor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure


class DeferredExecutor(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """Calls a job in the reactor and counts it as running until its Deferred fires."""

    def _do_submit_job(self, job: Any, run_times: Any) -> None:  # noqa: ARG002
        done: Deferred[Any] = maybeDeferred(job.func, *job.args, **job.kwargs)
        done.addCallbacks(lambda _: self._run_job_success(job.id, []), lambda failure: self._failed(job, failure))

    def _failed(self, job: Any, failure: Failure) -> None:
        error: BaseException | None = failure.value
        self._run_job_error(job.id, error, error.__traceback__ if error else None)
