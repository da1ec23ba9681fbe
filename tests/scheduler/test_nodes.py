"""The jobs of each node, on a clock that the test moves, over a store that writes down what it is asked."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from clinic import outbox, voice
from clinic.rules import Rules
from scheduler import table
from scheduler.given import Given, Node
from scheduler.nodes import NodeJobs
from tests.scheduler.conftest import HOUSE

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


class Asked:
    """A store and a shared state at once: `calls` are what was asked, with the moment; `answers` what they give."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self.calls: list[tuple[Any, dt.datetime, dict[str, Any]]] = []
        self.answers: dict[Any, Any] = {}

    def run(self, fn: Any, /, **given: Any) -> Deferred[int]:
        self.calls.append((fn, self._clock.now(), given))
        answer = self.answers.get(fn, 0)
        if isinstance(answer, Deferred):
            return answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)

    def sweep(self) -> Deferred[int]:
        return self.run("sweep")

    async def tidy(self) -> str:
        await self.run("tidy")
        return "2 clips removed"

    def times(self, fn: Any) -> list[dt.datetime]:
        return [at for asked, at, _ in self.calls if asked == fn]

    def given(self, fn: Any) -> dict[str, Any]:
        return next(given for asked, _, given in self.calls if asked == fn)


@pytest.fixture
def asked(day: Any) -> Asked:
    return Asked(day)


@pytest.fixture
def jobs(day: Any, asked: Asked) -> NodeJobs:
    given = Given(asked, HOUSE, Rules(), day.now)  # type: ignore[arg-type]
    return NodeJobs(day, table.NODE, given, Node(asked, lambda: {7, 8}, lambda: {9}, asked.tidy))


def test_messages_of_dead_senders_are_taken_back_every_five_minutes(day: Any, asked: Asked, jobs: NodeJobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + 11 * MINUTE)
    assert asked.times(outbox.recover) == [begun + 5 * MINUTE, begun + 10 * MINUTE]
    assert asked.given(outbox.recover) == {"sender": "", "now": begun + 5 * MINUTE, "under_way": {7, 8}}


def test_calls_of_dead_gateways_are_taken_back_every_five_minutes(day: Any, asked: Asked, jobs: NodeJobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + 11 * MINUTE)
    assert asked.times(voice.recover) == [begun + 5 * MINUTE, begun + 10 * MINUTE]
    assert asked.given(voice.recover) == {"caller": "", "now": begun + 5 * MINUTE, "alive_messages": {9}}


def test_the_shared_state_is_swept_each_hour(day: Any, asked: Asked, jobs: NodeJobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + 2 * HOUR + MINUTE)
    assert asked.times("sweep") == [begun + HOUR, begun + 2 * HOUR]


def test_old_sound_is_removed_at_the_start_and_each_hour(day: Any, asked: Asked, jobs: NodeJobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + HOUR + MINUTE)
    assert asked.times("tidy") == [begun, begun + HOUR]


def test_a_failing_job_is_logged_runs_again_and_stops_no_other(
    day: Any, asked: Asked, jobs: NodeJobs, caplog: pytest.LogCaptureFixture
) -> None:
    asked.answers["sweep"] = RuntimeError("the disk is full")
    jobs.start()
    day.reach(day.now() + 2 * HOUR + MINUTE)
    assert (len(asked.times("sweep")), len(asked.times("tidy"))) == (2, 3)
    failures = [line for line in caplog.records if line.levelno == logging.ERROR]
    assert [line.name for line in failures] == ["caredial.scheduler"] * 2
    assert "sweep-shared-state failed, it runs again when it is due next" in failures[0].message
    assert "the disk is full" in caplog.text


def test_a_job_that_hangs_is_not_begun_twice(day: Any, asked: Asked, jobs: NodeJobs) -> None:
    asked.answers["sweep"] = Deferred()
    jobs.start()
    day.reach(day.now() + 3 * HOUR)
    assert len(asked.times("sweep")) == 1


def test_hours_that_the_machine_slept_are_made_up_for_once(day: Any, asked: Asked, jobs: NodeJobs) -> None:
    jobs.start()
    day.reach(day.now() + MINUTE)
    day.advance(30 * 60 * 60)  # in one step, as after a suspend
    day.reach(day.now() + MINUTE)
    assert (len(asked.times("sweep")), len(asked.times("tidy"))) == (1, 2)


def test_stopping_begins_nothing_more(day: Any, asked: Asked, jobs: NodeJobs) -> None:
    asked.answers["tidy"] = under_way = Deferred()
    jobs.start()
    assert len(jobs.running) == 1
    jobs.stop()
    under_way.callback(3)
    assert not jobs.running
    begun = len(asked.calls)
    day.reach(day.now() + 48 * HOUR)
    assert len(asked.calls) == begun


def test_what_a_job_found_is_logged(day: Any, asked: Asked, jobs: NodeJobs, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "caredial")
    asked.answers[outbox.recover] = 3
    jobs.start()
    day.reach(day.now() + 6 * MINUTE)
    assert "remove-old-sound: 2 clips removed" in caplog.messages
    assert "recover-messages: 3 messages of a sender that died are sent once more" in caplog.messages
    assert not any("recover-calls" in line for line in caplog.messages)
