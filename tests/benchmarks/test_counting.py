"""What benchmarks make of what was written down: a wrong count here would be a wrong claim about what is lost."""

from __future__ import annotations

from benchmarks.hammer import tally
from benchmarks.million import matched
from benchmarks.peers.sink import Taken

TOLD = ("unknown", "failed", "expired")


def taken(*rows: tuple[float, str]) -> list[Taken]:
    return [Taken(at, f"86{phone}", "M00000000") for at, phone in rows]


def test_each_once_is_neither_lost_nor_twice(monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.hammer.COUNT", 2)
    found = tally(taken((1, "a"), (2, "b")), {"a": "sent", "b": "delivered"}, [1.5], TOLD)
    assert (found.lost, found.missing, found.twice, found.worst) == (0, 0, 0, 0)


def test_sent_and_never_come_is_lost_but_unknown_is_told(monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.hammer.COUNT", 4)
    states = {"a": "sent", "b": "unknown", "c": "unknown", "d": "delivered"}
    found = tally(taken((1, "c"), (2, "d")), states, [], TOLD)
    assert (found.missing, found.lost, found.unknown_came) == (2, 1, 1)
    assert tally(taken((1, "c"), (2, "d")), states, [], ()).lost == 2


def test_a_message_that_is_not_in_the_database_is_lost(monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.hammer.COUNT", 3)
    assert tally(taken((1, "a"), (2, "b")), {"a": "sent", "b": "sent"}, [], TOLD).lost == 1


def test_what_comes_again_counts_for_the_fault_that_it_was_on_its_way_at(monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.hammer.COUNT", 3)
    came = taken((1, "a"), (2, "b"), (11, "c"), (25, "a"), (26, "b"), (27, "c"))
    found = tally(came, dict.fromkeys("abc", "sent"), [10, 20], TOLD)
    assert (found.twice, found.worst) == (3, 2)


def test_a_code_has_come_with_its_last_segment_and_before_the_next_is_asked_for() -> None:
    came: list[tuple[float, float]] = []
    assert matched([1.1, 1.4, 5.2], [1.0, 5.0, 9.0], came) == 1
    assert [(at, round(took, 3)) for at, took in came] == [(1.0, 0.4), (5.0, 0.2)]
    assert matched([], [], came) == 0
