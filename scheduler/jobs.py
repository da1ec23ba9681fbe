"""The scheduled jobs in the daemon: those of this node on the reactor's time, those of the leader on a thread."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from threading import Event, Thread
from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from scheduler import table
from scheduler.given import Given, Node
from scheduler.lead import Lead, Terms
from scheduler.nodes import NodeJobs
from scheduler.stored import RunsNow
from scheduler.table import Job, NodeJob

log = logging.getLogger("caredial.scheduler")

LEAST_SECONDS, MOST_SECONDS = 0.01, 10.0
"""Shortest pause between two steps, and longest between two tries while the database is away."""


class Jobs:
    """`store` is the store in the calling thread's hands: the leader's steps block on it, in a thread of their own."""

    def __init__(
        self,
        reactor: Any,
        store: RunsNow,
        given: Given,
        node: Node,
        terms: Terms,
        *,
        leader: Iterable[Job] = table.LEADER,
        each: Iterable[NodeJob] = table.NODE,
    ) -> None:
        self.lead = Lead(store, table.by_name(leader), given, terms, call=reactor.callFromThread)
        self.node = NodeJobs(reactor, each, given, node)
        self._thread = _Steps(self.lead, given, reactor)

    def start(self) -> None:
        self.node.start()
        self._thread.start()

    def stop(self) -> Deferred[None]:
        """Begin no more jobs; fires when those under way have ended. May be called again, or before `start`."""
        self.node.stop()
        ended = [*self.node.running, self._thread.stop()]
        return DeferredList(ended).addCallback(lambda _: None)


class _Steps:
    """Steps the leader's jobs whenever something is due, or has ended. Nothing that a step raises ends the thread."""

    def __init__(self, lead: Lead, given: Given, reactor: Any) -> None:
        self._lead, self._now, self._reactor = lead, given.now, reactor
        self._thread = Thread(target=self._live, name="jobs", daemon=True)
        self._woken, self._quiet = Event(), Event()
        self._stopped: Deferred[None] = Deferred()
        lead.wake = self._woken.set

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> Deferred[None]:
        begun, self._lead.closing = self._thread.ident is not None, True
        self._woken.set()
        stopped: Deferred[None] = Deferred()
        if begun and not self._stopped.called:
            self._stopped.addBoth(lambda _: stopped.callback(None))
        else:
            stopped.callback(None)
        return stopped

    # In the thread

    def _live(self) -> None:
        failed = 0
        while not self._lead.closing:
            self._woken.clear()
            try:
                again = self._lead.step(self._now())
                seconds = (again - self._now().astimezone(dt.UTC)).total_seconds()
                failed = 0
            except Exception as error:
                failed += 1
                seconds = min(2.0**failed / 2, MOST_SECONDS)
                log.warning("the jobs go on in %.0f s: %s", seconds, error, exc_info=failed == 1)
            if not self._lead.closing:
                self._woken.wait(max(seconds, LEAST_SECONDS))
        # Whatever was handed to the reactor until now is under way when this comes up there.
        self._reactor.callFromThread(self._drain)
        self._quiet.wait()
        self._finish()

    def _finish(self) -> None:
        try:
            self._lead.finish(self._now())
        except Exception:
            log.exception("what the last jobs found is not written down; the next leader runs them once more")
        self._reactor.callFromThread(self._stopped.callback, None)

    # In the reactor

    def _drain(self) -> None:
        DeferredList(list(self._lead.running)).addCallback(lambda _: self._quiet.set())
