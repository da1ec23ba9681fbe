"""What waits is written together: in order, bounded, and nobody pays for another's fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from clinic.errors import StoreBusy
from gateway.gathering import Full, Gathering


class Slow:
    """Writes when the test says so."""

    def __init__(self) -> None:
        self.written: list[list[str]] = []
        self._open: list[Deferred[None]] = []

    def write(self, items: Sequence[str]) -> Deferred[None]:
        self.written.append(list(items))
        self._open.append(Deferred())
        return self._open[-1]

    def go(self, error: Exception | None = None) -> None:
        done = self._open.pop(0)
        done.callback(None) if error is None else done.errback(error)


@pytest.fixture
def slow() -> Slow:
    return Slow()


def added(gathering: Gathering[str], *items: str) -> list[list[Any]]:
    """For each item what it came to: empty while it waits."""
    outcomes: list[list[Any]] = []
    for item in items:
        outcome: list[Any] = []
        Deferred.fromCoroutine(gathering.add(item)).addCallbacks(
            lambda _, outcome=outcome: outcome.append("ok"),
            lambda failure, outcome=outcome: outcome.append(type(failure.value)),
        )
        outcomes.append(outcome)
    return outcomes


def test_the_first_goes_at_once_what_comes_meanwhile_goes_together(slow: Slow) -> None:
    gathering = Gathering(slow.write, most=10)
    outcomes = added(gathering, "a", "b", "c")
    assert slow.written == [["a"]]
    slow.go()
    assert outcomes == [["ok"], [], []]
    assert slow.written == [["a"], ["b", "c"]]
    slow.go()
    assert outcomes == [["ok"]] * 3
    outcomes = added(gathering, "d")
    assert slow.written[-1] == ["d"]


def test_not_more_than_so_many_at_once(slow: Slow) -> None:
    added(Gathering(slow.write, most=10, at_once=2), "a", "b", "c", "d")
    slow.go()
    slow.go()
    assert slow.written == [["a"], ["b", "c"], ["d"]]


def test_not_more_than_so_many_wait(slow: Slow) -> None:
    gathering = Gathering(slow.write, most=2)
    assert added(gathering, "a", "b", "c", "d") == [[], [], [], [Full]]
    assert len(gathering) == 2
    slow.go()
    assert added(gathering, "e") == [[]]


def test_a_busy_database_is_told_to_all_and_not_asked_again(slow: Slow) -> None:
    outcomes = added(Gathering(slow.write, most=10), "a", "b", "c")
    slow.go()
    slow.go(StoreBusy())
    assert outcomes == [["ok"], [StoreBusy], [StoreBusy]]
    assert slow.written == [["a"], ["b", "c"]]


def test_one_that_cannot_be_written_does_not_keep_the_others(slow: Slow) -> None:
    outcomes = added(Gathering(slow.write, most=10), "a", "b", "bad", "c")
    slow.go()
    slow.go(ValueError("odd"))
    for error in (None, ValueError("odd"), None):
        slow.go(error)
    assert slow.written == [["a"], ["b", "bad", "c"], ["b"], ["bad"], ["c"]]
    assert outcomes == [["ok"], ["ok"], [ValueError], ["ok"]]


def test_after_a_failure_it_goes_on(slow: Slow) -> None:
    gathering = Gathering(slow.write, most=10)
    added(gathering, "a")
    slow.go(ValueError())
    outcomes = added(gathering, "b")
    slow.go()
    assert outcomes == [["ok"]]
