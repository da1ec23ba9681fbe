"""Pauses between attempts to connect."""

from __future__ import annotations

from reach.backoff import STABLE, Backoff


def backoff(jitter: float = 1.0) -> Backoff:
    return Backoff(lost=(1, 60), refused=(30, 900), jitter=lambda: jitter)


def test_pauses_double_up_to_the_longest() -> None:
    pauses = backoff()
    assert [pauses.delay() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    for _ in range(2000):
        assert pauses.delay() == 60


def test_jitter_is_full() -> None:
    assert backoff(0.0).delay() == 0
    assert backoff(0.5).delay() == 0.5


def test_only_a_bind_that_lasts_wipes_the_slate() -> None:
    pauses = backoff()
    for _ in range(3):
        pauses.delay()
    pauses.up(100)
    pauses.down(100 + STABLE - 1)
    assert pauses.delay() == 8

    pauses.up(1000)
    pauses.down(1000 + STABLE)
    assert pauses.delay() == 1


def test_after_a_refused_bind_the_pause_is_never_short() -> None:
    pauses, hasty = backoff(), backoff(0.0)
    found = []
    for _ in range(7):
        pauses.refused()
        hasty.refused()
        found.append(pauses.delay())
        assert hasty.delay() == 30
    assert found == [30, 60, 120, 240, 480, 900, 900]

    pauses.up(0)
    pauses.down(1)
    pauses.refused()
    assert pauses.delay() == 30


def test_a_broken_connection_after_a_refused_bind_is_an_ordinary_loss() -> None:
    pauses = backoff()
    pauses.refused()
    assert pauses.delay() == 30
    assert pauses.delay() == 1
