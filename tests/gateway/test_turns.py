"""Who goes first where only one can be at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.turns import MOST_BEFORE, OneByOne


class Line:
    """People who come one after the other while somebody holds the turn; `went` tells in which order they got it."""

    def __init__(self) -> None:
        self.turns, self.went = OneByOne(), list[str]()
        self._threads: list[threading.Thread] = []

    def comes(self, name: str, *, gives_way: bool = False) -> None:
        thread = threading.Thread(target=self._goes, args=(name, gives_way))
        thread.start()
        self._threads.append(thread)
        deadline = time.monotonic() + 5
        while self._waiting < len(self._threads) and time.monotonic() < deadline:
            time.sleep(0.001)

    @property
    def _waiting(self) -> int:
        return len(self.turns._first) + len(self.turns._after)

    def _goes(self, name: str, gives_way: bool) -> None:
        with self.turns.turn(gives_way=gives_way):
            self.went.append(name)

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.turns.turn():
            yield
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def line() -> Line:
    return Line()


def test_each_gets_its_turn_in_the_order_of_coming(line: Line) -> None:
    with line.held():
        for name in "abc":
            line.comes(name)
        assert line.went == []
    assert line.went == ["a", "b", "c"]


def test_who_gives_way_goes_after_those_who_came_later(line: Line) -> None:
    with line.held():
        line.comes("broadcast", gives_way=True)
        line.comes("a resident")
        line.comes("another one")
    assert line.went == ["a resident", "another one", "broadcast"]


def test_a_crowd_does_not_keep_it_waiting_for_ever(line: Line) -> None:
    with line.held():
        line.comes("broadcast", gives_way=True)
        for n in range(MOST_BEFORE + 2):
            line.comes(f"resident {n}")
    assert line.went.index("broadcast") == MOST_BEFORE


def test_only_those_who_passed_it_by_count(line: Line) -> None:
    with line.held():
        for n in range(MOST_BEFORE + 2):
            line.comes(f"early {n}")
    with line.held():
        line.comes("broadcast", gives_way=True)
        line.comes("a resident")
    assert line.went[-2:] == ["a resident", "broadcast"]


def test_a_turn_that_ends_in_an_error_is_handed_over_too(line: Line) -> None:
    with pytest.raises(ValueError, match="broken"), line.turns.turn():
        raise ValueError("broken")
    with line.held():
        line.comes("next")
    assert line.went == ["next"]


def test_never_two_at_once() -> None:
    turns, inside, most = OneByOne(), [0], [0]

    def work(n: int) -> None:
        for _ in range(200):
            with turns.turn(gives_way=n % 2 == 0):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0)
                inside[0] -= 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1]
    with turns.turn():
        pass
