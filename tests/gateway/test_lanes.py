"""Work for the store's threads in lanes that take turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred

from clinic.rows import reads
from gateway.lanes import Lane, Lanes


class Threads:
    """Threads in the test's hands: what was started, and works when the test says so."""

    def __init__(self, many: int = 1) -> None:
        self.running: list[Callable[[], None]] = []
        self.lanes = Lanes(self.running.append, lambda fn, *given: fn(*given), threads=many)
        self.done: list[Any] = []

    def put(self, lane: Any, *names: str) -> list[Deferred[Any]]:
        return [self.lanes.put(lane, lambda name=name: self.done.append(name) or name) for name in names]  # type: ignore[misc]

    def end_all(self) -> list[Any]:
        while self.running:
            self.running.pop(0)()
        return self.done


def test_lanes_take_turns_and_each_keeps_its_order() -> None:
    threads = Threads()
    threads.put("pages", *(f"text {n}" for n in range(5)))
    threads.put("talks", "dial 0", "dial 1")
    threads.put("rest", "claim")
    assert threads.end_all() == ["dial 0", "text 0", "claim", "dial 1", "text 1", "text 2", "text 3", "text 4"]


def test_a_thread_goes_on_by_itself_and_is_called_for_anew_when_it_has_rested() -> None:
    threads = Threads()
    threads.put("talks", "a", "b")
    assert len(threads.running) == 1
    assert threads.end_all() == ["a", "b"]
    threads.put("talks", "c")
    assert threads.end_all() == ["a", "b", "c"]


def test_one_lane_alone_has_all_threads() -> None:
    threads = Threads(many=3)
    threads.put("pages", "a", "b", "c", "d")
    assert len(threads.running) == 3


def test_the_caller_is_told_what_came_of_it() -> None:
    threads = Threads()
    told = threads.put("talks", "a")[0]
    failed = threads.lanes.put("talks", lambda: 1 / 0)
    heard: list[Any] = []
    told.addCallback(heard.append)
    failed.addErrback(lambda failure: heard.append(failure.type))
    threads.end_all()
    assert heard == ["a", ZeroDivisionError]


def test_who_does_not_wait_any_more_costs_nothing() -> None:
    threads = Threads()
    threads.put("talks", "a")
    gone = threads.put("talks", "b")[0]
    gone.cancel()
    gone.addErrback(lambda failure: failure.trap(CancelledError) and None)
    assert threads.end_all() == ["a"]


def test_who_leaves_while_it_is_done_is_not_told() -> None:
    threads = Threads()
    left: list[Deferred[Any]] = []
    left += [threads.lanes.put("talks", lambda: left[0].cancel() or threads.done.append("a"))]
    left[0].addErrback(lambda failure: failure.trap(CancelledError) and None)
    threads.put("talks", "b")
    assert threads.end_all() == ["a", "b"]


@pytest.mark.parametrize("lane", ["talks", "pages", "rest"])
def test_a_lane_is_a_store(lane: Any) -> None:
    threads = Threads()
    store = Lane(threads.lanes, lane, lambda fn, *given, **named: fn("session", *given, **named))
    heard: list[Any] = []
    store.run(lambda session, *given: (session, *given), 1, 2).addCallback(heard.append)  # type: ignore[arg-type]
    threads.end_all()
    assert heard == [("session", 1, 2)]


def test_what_only_reads_is_read_once_for_all_who_wait_for_the_same() -> None:
    threads, asked, heard = Threads(), list[Any](), list[Any]()

    @reads
    def sessions(session: str, *, department: int, now: int) -> int:
        asked.append((session, department, now))
        return department

    store = Lane(threads.lanes, "talks", lambda fn, *given, **named: fn("session", *given, **named))
    threads.put("talks", "somebody else")
    for department, now in ((1, 10), (2, 11), (1, 12)):
        store.run(sessions, department=department, now=now).addCallback(heard.append)  # type: ignore[arg-type]
    threads.end_all()
    assert asked == [("session", 1, 12), ("session", 2, 11)]
    assert heard == [1, 1, 2]


def test_what_writes_is_written_for_each() -> None:
    threads, written = Threads(), list[int]()
    store = Lane(threads.lanes, "talks", lambda fn, *given, **named: fn("session", *given, **named))
    for _ in range(3):
        store.run(lambda _session, *, place: written.append(place), place=1)  # type: ignore[arg-type, misc]
    threads.end_all()
    assert written == [1, 1, 1]


def test_what_cannot_be_compared_is_asked_for_each() -> None:
    threads, read = Threads(), list[list[int]]()
    store = Lane(threads.lanes, "talks", lambda fn, *given, **named: fn("session", *given, **named))
    for _ in range(2):
        store.run(reads(lambda _session, ids: read.append(ids)), [1, 2])  # type: ignore[arg-type, misc]
        store.run(reads(lambda _session, *, ids: read.append(ids)), ids=[3])  # type: ignore[arg-type, misc]
    threads.end_all()
    assert read == [[1, 2], [3], [1, 2], [3]]
