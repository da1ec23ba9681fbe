"""The rate, and the pace that gives way to throttling."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.link.pacing import FLOOR, RETURN, Meter, Pace, TokenBucket


def test_a_rate_is_kept_over_time() -> None:
    bucket, now, taken = TokenBucket(100, 0), 0.0, 0
    while now < 10:
        wait = bucket.take(now)
        taken += not wait
        now += wait
    assert 1000 <= taken <= 1011


def test_a_pause_does_not_save_up_a_burst() -> None:
    bucket = TokenBucket(100, 0)
    assert sum(bucket.take(3600) == 0 for _ in range(100)) == 10


def test_slow_rates_and_none() -> None:
    slow = TokenBucket(0.5, 0)
    assert (slow.take(0), slow.take(0)) == (0, 2)
    assert slow.take(2) == 0
    assert all(TokenBucket(0, 0).take(0) == 0 for _ in range(1000))


def test_a_new_rate_keeps_what_was_saved_as_far_as_there_is_room() -> None:
    bucket = TokenBucket(100, 0)
    bucket.set(20, 0)
    assert sum(bucket.take(0) == 0 for _ in range(20)) == 2
    bucket.empty()
    assert bucket.take(0) == 1 / 20


# What was counted


def test_a_meter_knows_the_last_second_only() -> None:
    meter = Meter()
    for n in range(30):
        meter.count(n / 10)
    assert meter.rate(2.95) == 10
    assert meter.rate(3.45) == 5
    assert meter.rate(60) == 0


def test_a_meter_that_has_just_begun_knows_no_second_yet() -> None:
    meter = Meter()
    meter.count(100.0)
    meter.count(100.05)
    assert meter.rate(100.09) == 20
    assert meter.rate(100.19) == 10


def test_a_clock_that_is_set_back_does_not_break_a_meter() -> None:
    meter = Meter()
    meter.count(100.0)
    meter.count(50.0)
    assert meter.rate(50.0) == 10


# The pace


def test_without_throttling_the_set_rate_is_the_pace() -> None:
    pace = Pace(100, 0)
    assert (pace.rate(0), pace.throttled(0)) == (100, False)
    free = Pace(0, 0)
    assert (free.rate(0), free.throttled(0)) == (0, False)
    assert all(free.take(0) == 0 for _ in range(10_000))


def test_a_throttle_answer_halves_the_pace_where_nothing_was_taken() -> None:
    pace = Pace(100, 0)
    pace.refused(sent=1, now=1)
    assert (pace.rate(1), pace.throttled(1)) == (50, True)
    assert pace.take(1) == 1 / 50  # what was saved up is gone


def test_the_pace_is_not_lowered_under_what_the_smsc_has_just_taken() -> None:
    pace = Pace(100, 0)
    for n in range(100):
        pace.accepted(n / 100)
    pace.refused(sent=0.98, now=0.995)
    assert pace.rate(0.995) == 90


def test_throttle_answers_to_what_was_under_way_together_count_once() -> None:
    pace = Pace(100, 0)
    for _ in range(10):
        pace.refused(sent=1, now=1.1)
    assert pace.rate(1.1) == 50
    pace.refused(sent=1.2, now=1.3)
    assert 25 <= pace.rate(1.3) <= 26


def test_without_a_set_rate_the_first_throttling_starts_from_what_was_sent() -> None:
    pace = Pace(0, 0)
    for n in range(200):
        assert pace.take(n / 100) == 0
    pace.refused(sent=1.99, now=1.99)
    assert pace.rate(1.99) == 50


def test_a_throttle_answer_long_after_its_request_still_knows_the_rate() -> None:
    pace = Pace(0, 0)
    for tick in range(100):
        pace.take(tick / 100)
    pace.refused(0.99, 4)
    assert pace.throttled(4)
    assert 20 <= pace.rate(4) <= 60


def test_the_pace_recovers_by_and_by_then_faster() -> None:
    pace = Pace(100, 0)
    pace.refused(sent=0, now=0)
    risen = [pace.rate(now) for now in (1, 10, 15, 18)]
    assert risen == pytest.approx([52, 70, 90, 100])
    assert not pace.throttled(18)
    assert pace.rate(1000) == 100


def test_after_an_smsc_that_refused_everything_the_pace_is_soon_back() -> None:
    pace = Pace(100, 0)
    for now in range(30):
        pace.refused(sent=now, now=now)
    assert pace.rate(29) < 5

    assert pace.rate(29 + RETURN) >= 90


def test_looking_often_or_seldom_makes_no_difference() -> None:
    often, seldom = Pace(100, 0), Pace(100, 0)
    for pace in (often, seldom):
        pace.refused(sent=0, now=0)
    for n in range(250):
        often.rate(n / 10)
    assert often.rate(25) == pytest.approx(seldom.rate(25))


def test_a_clock_that_is_set_back_does_not_hold_the_pace_down() -> None:
    pace = Pace(100, 10_000)
    pace.refused(sent=10_000, now=10_000)
    assert pace.throttled(100)
    assert not pace.throttled(120)


def test_without_a_set_rate_there_is_no_limit_again_some_time_after() -> None:
    pace = Pace(0, 0)
    for n in range(1000):
        pace.take(n / 1000)
    pace.refused(sent=0.999, now=1)
    assert pace.throttled(1)
    assert (pace.rate(121), pace.throttled(121)) == (0, False)


answers = st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=60)


@given(st.sampled_from([0.0, 0.5, 3.0, 100.0, 5000.0]), answers)
def test_the_pace_stays_within_its_bounds_and_recovers_in_bounded_time(
    rate: float, answers: list[tuple[float, bool]]
) -> None:
    pace, now = Pace(rate, 0), 0.0
    floor = min(FLOOR, rate / 10) if rate else FLOOR
    for passed, taken in answers:
        now += passed
        pace.take(now)
        if taken:
            pace.accepted(now)
        else:
            pace.refused(now, now)
        present = pace.rate(now)
        assert present == 0 if not rate and not pace.throttled(now) else present >= floor
        assert not rate or present <= rate

    assert not pace.throttled(now + 300)
    assert pace.rate(now + 300) == rate


class Centre:
    """An SMSC that takes `rate` a second: steadily, or counting anew with each second; the rest it throttles."""

    def __init__(self, rate: float, *, by_the_second: bool) -> None:
        self._rate, self._by_the_second = rate, by_the_second
        self._tokens, self._filled = rate if by_the_second else 1.0, 0.0

    def takes(self, now: float) -> bool:
        if self._by_the_second:
            self._tokens = self._rate if int(now) > int(self._filled) else self._tokens
        else:
            self._tokens = min(max(1.0, self._rate / 10), self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        self._tokens -= (taken := self._tokens >= 1)
        return taken


def submitted(pace: Pace, centre: Centre, *, until: float, latency: float, window: int) -> list[tuple[float, bool]]:
    """When each submit was written, by a sender that always has more, and whether it was taken."""
    now, sent = 0.0, list[tuple[float, bool]]()
    waiting: deque[tuple[float, bool]] = deque()
    while now < until:
        while waiting and waiting[0][0] + latency <= now:
            at, taken = waiting.popleft()
            if taken:
                pace.accepted(now)
            else:
                pace.refused(at, now)
        wait = pace.take(now) if len(waiting) < window else float("inf")
        if wait:
            answer = waiting[0][0] + latency if waiting else float("inf")
            now = max(now + 1e-6, min(now + wait, answer))
            continue
        waiting.append((now, centre.takes(now)))
        sent.append(waiting[-1])
        now += 1e-4
    return sent


@pytest.mark.parametrize("by_the_second", [False, True])
@pytest.mark.parametrize(("takes", "set_rate"), [(20, 0), (20, 100), (200, 0), (200, 1000)])
def test_against_an_smsc_that_takes_so_many_a_second(takes: int, set_rate: float, by_the_second: bool) -> None:
    sent = submitted(Pace(set_rate, 0), Centre(takes, by_the_second=by_the_second), until=90, latency=0.02, window=20)

    late = [taken for at, taken in sent if at >= 30]
    assert 0.85 * takes <= sum(late) / 60 <= takes * 1.01
    assert late.count(False) / 60 <= 0.5  # few messages go round again


def test_an_smsc_that_takes_more_again_gets_more_again() -> None:
    pace = Pace(500, 0)
    submitted(pace, Centre(50, by_the_second=False), until=30, latency=0.02, window=20)
    assert 40 <= pace.rate(30) <= 70

    assert pace.rate(150) == 500


@given(
    st.sampled_from([0.0, 0.5, 7.0, 100.0]),
    st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 30), st.booleans()), max_size=30),
)
def test_many_at_once_go_as_one_by_one(rate: float, steps: list[tuple[float, int, bool]]) -> None:
    together, singly, now = Pace(rate, 0), Pace(rate, 0), 0.0
    for passed, most, throttled in steps:
        now += passed
        went = 0
        while went < most and not singly.take(now):
            went += 1
        assert together.room(most, now) == went
        if went:
            together.took(went, now)
            together.accepted(now, went)
        for _ in range(went):
            singly.accepted(now)
        if throttled:
            together.refused(now, now)
            singly.refused(now, now)
        assert together.rate(now) == pytest.approx(singly.rate(now))
