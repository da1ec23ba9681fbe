"""Time that only the test moves: a reactor with a calendar, and towns of nodes on one database."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from clinic.installation import Installation
from clinic.jobs import runs
from clinic.jobs.runs import JobView
from clinic.rules import Rules
from clinic.tables import Job as JobRow
from gateway.store import Store, connect
from scheduler.cadence import Cadence
from scheduler.given import Given
from scheduler.lead import Ended, Lead, Terms
from scheduler.table import Job, by_name

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_EVENING = dt.datetime(2027, 3, 8, 23, 0, tzinfo=SHANGHAI)
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


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
def day() -> Day:
    return Day()


class Inline:
    """The daemon's store, without its threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run(self, fn: Callable[..., Any], /, *args: Any, **given: Any) -> Deferred[Any]:
        try:
            return succeed(self._store.run_now(fn, *args, **given))
        except Exception as error:  # noqa: BLE001  whatever it is, the job gets it
            return fail(error)


class Town:
    """Nodes that share a database, in a time that passes as the test says. `ran` is who ran which job, and when.

    `answers` is what a job's work does: a text it finds, an error, or a Deferred of either.
    """

    def __init__(self, store: Store, zone: ZoneInfo, now: dt.datetime) -> None:
        self.store, self.zone, self.moment = store, zone, now.astimezone(dt.UTC)
        self.ran: list[tuple[str, str, dt.datetime]] = []
        self.ended: list[Ended] = []
        self.answers: dict[str, Any] = {}
        self.nodes: dict[str, Lead] = {}
        self._woken: list[Lead] = []
        self.lease = dt.timedelta(hours=6)
        self.look = dt.timedelta(hours=6)

    def now(self) -> dt.datetime:
        return self.moment.astimezone(self.zone)

    def node(self, name: str, more: tuple[Job, ...] = (), store: Any = None, **jobs: Cadence) -> Lead:
        """A node that starts now, with jobs by their cadences: `town.node("a", nightly=daily("00:05"))`."""
        house = Installation(HOUSE.public_url, HOUSE.service_number, HOUSE.ussd_code, HOUSE.hotline, timezone=self.zone)
        given = Given(Inline(self.store), house, Rules(), self.now)
        table = [Job(each, self._work(name, each), cadence, "Does it.") for each, cadence in jobs.items()]
        terms = Terms(name, self.lease, look=min(self.look, self.lease))
        lead = Lead(store or self.store, by_name([*table, *more]), given, terms, call=lambda fn, *args: fn(*args))
        lead.told = self.ended.append
        lead.wake = lambda: self._woken.append(lead)
        self.nodes[name] = lead
        return lead

    def _work(self, node: str, job: str) -> Any:
        async def work(given: Given) -> str:
            self.ran.append((node, job, self.now()))
            answer = self.answers.get(job, "")
            if callable(answer):
                answer = answer(given)
            if isinstance(answer, Exception):
                raise answer
            return await answer if isinstance(answer, Deferred) else str(answer)

        return work

    def kill(self, name: str) -> None:
        """As kill -9: it gives nothing back."""
        del self.nodes[name]

    def stop(self, name: str) -> None:
        node = self.nodes.pop(name)
        node.closing = True
        node.finish(self.now())

    def step(self) -> dt.datetime:
        """Each node does what there is to do now, again where a job has ended; when the first wants to come again."""
        again = [node.step(self.now()) for node in list(self.nodes.values())]
        while self._woken:
            woken, self._woken = self._woken, []
            again += [node.step(self.now()) for node in woken if node in self.nodes.values()]
        return min(again)

    def settle(self) -> None:
        """Let the nodes do what there is to do, without any time passing."""
        self.step()
        self.step()

    def reach(self, moment: dt.datetime) -> None:
        moment = moment.astimezone(dt.UTC)
        while True:
            again = self.step().astimezone(dt.UTC)
            if again >= moment:
                break
            self.moment = max(again, self.moment + dt.timedelta(microseconds=1))
        self.moment = moment
        self.settle()

    def sleep(self, **time: float) -> None:
        """Time in which no node lives."""
        self.moment += dt.timedelta(**time)

    def times(self, job: str) -> list[str]:
        return [f"{at.astimezone(self.zone):%d %H:%M}" for _, name, at in self.ran if name == job]

    def runs_of(self, job: str) -> Counter[dt.datetime]:
        return Counter(at for _, name, at in self.ran if name == job)

    def row(self, job: str) -> JobView:
        return next(row for row in self.store.run_now(runs.listed) if row.name == job)

    def want(self, fn: Callable[..., Any], job: str) -> Any:
        return self.store.run_now(fn, name=job, by="li", now=self.now())

    def forget(self, job: str, **values: Any) -> None:
        self.store.run_now(lambda s: s.execute(update(JobRow).where(JobRow.name == job).values(**values)) and None)


@pytest.fixture
def store(schema_url: str) -> Iterator[Store]:
    """An empty database, SQLite and PostgreSQL in turn."""
    engine = connect(schema_url)
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store, SHANGHAI, MONDAY_EVENING)


@pytest.fixture
def sqlite_town(sqlite_schema: str) -> Iterator[Callable[..., Town]]:
    """A town on SQLite alone, in any zone: `sqlite_town("Europe/Berlin", now)`."""
    engine = connect(sqlite_schema)
    yield lambda zone, now: Town(Store(engine), ZoneInfo(zone), now)
    engine.dispose()
