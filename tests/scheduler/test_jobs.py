"""What runs when, on a clock that the test moves, over a store that writes down what it is asked."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from clinic import long_texts, outbox, receipts, voice, vouchers
from scheduler.jobs import Jobs

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

    def times(self, fn: Any) -> list[dt.datetime]:
        return [at for asked, at, _ in self.calls if asked == fn]

    def given(self, fn: Any) -> dict[str, Any]:
        return next(given for asked, _, given in self.calls if asked == fn)


@pytest.fixture
def asked(day: Any) -> Asked:
    return Asked(day)


@pytest.fixture
def jobs(day: Any, asked: Asked) -> Jobs:
    return Jobs(day, asked, asked, day.now, day.now().tzinfo, lambda: {7, 8}, lambda: {9})


def local(day: Any, days: int, hour: int, minute: int = 0) -> dt.datetime:
    first = day.now().replace(year=2027, month=3, day=8, hour=hour, minute=minute, second=0, microsecond=0)
    return first + dt.timedelta(days=days)


def test_vouchers_expire_at_start_and_every_night_at_five_past_twelve(day: Any, asked: Asked, jobs: Jobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(local(day, 2, 12))
    assert asked.times(vouchers.expire) == [begun, local(day, 1, 0, 5), local(day, 2, 0, 5)]


def test_expiry_is_told_the_local_day_not_that_of_utc(day: Any, asked: Asked, jobs: Jobs) -> None:
    jobs.start()
    asked.calls.clear()
    day.reach(local(day, 1, 1))
    assert asked.given(vouchers.expire)["now"].date() == dt.date(2027, 3, 9)


def test_receipts_that_found_nothing_are_forgotten_each_hour(day: Any, asked: Asked, jobs: Jobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + HOUR + MINUTE)
    assert asked.times(receipts.forget) == [begun, begun + HOUR]
    assert asked.given(receipts.forget) == {"now": begun}


def test_messages_of_dead_senders_are_taken_back_every_five_minutes(day: Any, asked: Asked, jobs: Jobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + 11 * MINUTE)
    assert asked.times(outbox.recover) == [begun + 5 * MINUTE, begun + 10 * MINUTE]
    assert asked.given(outbox.recover) == {"sender": "", "now": begun + 5 * MINUTE, "under_way": {7, 8}}


def test_calls_of_dead_gateways_are_taken_back_every_five_minutes(day: Any, asked: Asked, jobs: Jobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + 11 * MINUTE)
    assert asked.times(voice.recover) == [begun + 5 * MINUTE, begun + 10 * MINUTE]
    assert asked.given(voice.recover) == {"caller": "", "now": begun + 5 * MINUTE, "alive_messages": {9}}


def test_segments_whose_rest_never_came_are_forgotten_each_hour(day: Any, asked: Asked, jobs: Jobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + 2 * HOUR + MINUTE)
    assert asked.times(long_texts.forget) == [begun + HOUR, begun + 2 * HOUR]
    assert asked.given(long_texts.forget) == {"now": begun + HOUR}


def test_the_shared_state_is_swept_each_hour(day: Any, asked: Asked, jobs: Jobs) -> None:
    begun = day.now()
    jobs.start()
    day.reach(begun + 2 * HOUR + MINUTE)
    assert asked.times("sweep") == [begun + HOUR, begun + 2 * HOUR]


def test_a_failing_job_is_logged_runs_again_and_stops_no_other(
    day: Any, asked: Asked, jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    asked.answers[vouchers.expire] = RuntimeError("the disk is full")
    jobs.start()
    day.reach(local(day, 1, 2))
    assert len(asked.times(vouchers.expire)) == 2
    assert len(asked.times(receipts.forget)) == 4
    failures = [line for line in caplog.records if line.levelno == logging.ERROR]
    assert [line.name for line in failures] == ["caredial.scheduler"] * 2
    assert "expire vouchers failed" in failures[0].message
    assert "the disk is full" in caplog.text


def test_a_job_that_hangs_is_not_begun_twice(day: Any, asked: Asked, jobs: Jobs) -> None:
    asked.answers["sweep"] = Deferred()
    jobs.start()
    day.reach(day.now() + 3 * HOUR)
    assert len(asked.times("sweep")) == 1


def test_hours_that_the_machine_slept_are_made_up_for_once(day: Any, asked: Asked, jobs: Jobs) -> None:
    jobs.start()
    day.reach(day.now() + MINUTE)
    day.advance(30 * 60 * 60)  # in one step, as after a suspend
    day.reach(day.now() + MINUTE)
    assert len(asked.times("sweep")) == 1
    assert len(asked.times(vouchers.expire)) == 2


def test_stopping_waits_for_what_is_under_way_and_begins_nothing_more(day: Any, asked: Asked, jobs: Jobs) -> None:
    asked.answers[vouchers.expire] = under_way = Deferred()
    jobs.start()
    day.reach(day.now() + MINUTE)
    stopped = jobs.stop()
    assert not stopped.called
    under_way.callback(3)
    assert stopped.called
    begun = len(asked.calls)
    day.reach(day.now() + 48 * HOUR)
    assert len(asked.calls) == begun


def test_stopping_before_the_start_does_no_harm(jobs: Jobs) -> None:
    assert jobs.stop().called


def test_what_a_job_found_is_logged(day: Any, asked: Asked, jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "caredial")
    asked.answers[vouchers.expire] = 3
    jobs.start()
    day.reach(day.now() + MINUTE)
    assert "expire vouchers: 3 T-codes expired" in caplog.messages
