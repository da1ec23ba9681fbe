"""The nodes of the year: each with its scheduler and its sender, and killed now and then in the middle of its work."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred, execute

from benchmarks.year.network import Network
from clinic import outbox
from clinic.installation import Installation
from clinic.rules import Rules
from gateway.store import Store
from scheduler.given import Given
from scheduler.lead import Lead, Terms
from scheduler.table import Job

LEASE = dt.timedelta(hours=2)
LOOK = dt.timedelta(minutes=1)


class Killed(Exception):
    """The process is gone: what it had committed stays, the rest does not."""


@dataclass
class Mortal:
    """The store of a node that may be killed after so many more transactions, before or behind a commit."""

    store: Store
    left: int | None = None

    def run_now(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if self.left is not None:
            if self.left <= 0:
                raise Killed
            self.left -= 1
        return self.store.run_now(fn, *args, **kwargs)

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        return execute(self.run_now, fn, *args, **kwargs)


@dataclass
class Node:
    """A process of the gateway under a name that it keeps over its deaths."""

    name: str
    store: Store
    jobs: dict[str, Job]
    installation: Installation
    rules: Rules
    clock: Callable[[], dt.datetime]
    random: random.Random
    deaths: int = 0
    _lead: Lead | None = None
    _mortal: Mortal = field(init=False)

    def start(self) -> None:
        """As after any end: take back what an earlier process had claimed."""
        self._mortal = Mortal(self.store)
        given = Given(self._mortal, self.installation, self.rules, self.clock)
        terms = Terms(self.name, LEASE, LOOK)
        self._lead = Lead(self._mortal, self.jobs, given, terms, call=lambda fn, *args: fn(*args))
        self.store.run_now(outbox.recover, sender=self.name, now=self.clock())

    def work(self, network: Network, *, dies: bool) -> None:
        """Run what is due and send what waits; a node that `dies` does so somewhere on the way, and is started anew."""
        if self._lead is None:
            self.start()
        assert self._lead is not None
        now = self.clock()
        if dies:
            self._mortal.left = self.random.randrange(25)
        try:
            self._lead.step(now)
            self._lead.step(now)  # what has run is written down
            if dies and self._mortal.left:
                network.send(self.name, now, dies=True)
                raise Killed
        except Killed:
            self.deaths += 1
            self._lead = None
            return
        while network.send(self.name, now):
            pass
        self.store.run_now(outbox.recover, sender="", now=now)
