"""The line before the store's threads: in the order in which people came; the same question once."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from gateway.line import Line


class House:
    """A line, its clock, and what everybody heard."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.line = Line(lambda: self.now)
        self.heard: list[tuple[str, Any]] = []
        self.read = 0

    def ask(self, who: str, what: str = "", *, since: float | None = None, lasts: bool = False) -> Deferred[Any]:
        """Ask for something of one's own, or for the same `what` as others."""
        asker: Deferred[Any] = Deferred(self.line.leave)
        asker.addCallback(lambda outcome: self.heard.append((who, outcome)))
        self.line.add(self._work(what or who), asker, since=since, same=what or None, lasts=lasts)
        return asker

    def _work(self, what: str) -> Any:
        def work() -> str:
            self.read += 1
            return f"{what} at {self.now:.1f}"

        return work

    def serve(self, many: int = 1) -> None:
        for _ in range(many):
            piece = self.line.pop()
            assert piece is not None
            self.line.tell(piece, piece.work())

    @property
    def order(self) -> str:
        return " ".join(who for who, _ in self.heard)


@pytest.fixture
def house() -> House:
    return House()


def test_whoever_came_first_goes_first_to_the_last_of_their_questions(house: House) -> None:
    house.ask("anna", since=10)
    house.ask("boris", since=20)
    house.serve()
    house.ask("anna", since=10)
    house.ask("carla", since=5)
    house.serve(3)
    assert house.order == "anna carla anna boris"
    assert len(house.line) == 0


def test_who_came_at_the_same_moment_goes_in_the_order_of_asking(house: House) -> None:
    for who in ("anna", "boris", "carla"):
        house.ask(who)
    house.serve(3)
    assert house.order == "anna boris carla"


def test_what_several_ask_is_read_once_after_the_last_of_them_asked(house: House) -> None:
    house.ask("anna", "sessions")
    house.now += 2
    house.ask("boris", "sessions")
    assert len(house.line) == 1
    house.serve()
    assert house.heard == [("anna", "sessions at 1002.0"), ("boris", "sessions at 1002.0")]
    assert house.read == 1


def test_and_when_the_first_of_them_is_to_be_served(house: House) -> None:
    house.ask("late", "sessions", since=30)
    house.ask("anna", since=20)
    house.ask("early", "sessions", since=10)
    house.serve(2)
    assert house.order == "late early anna"
    assert len(house.line) == 0


def test_who_asks_when_it_has_begun_is_told_what_is_read_anew(house: House) -> None:
    house.ask("anna", "sessions")
    piece = house.line.pop()
    assert piece is not None
    house.now += 1
    house.ask("boris", "sessions")
    house.line.tell(piece, "old")
    house.serve()
    assert house.heard == [("anna", "old"), ("boris", "sessions at 1001.0")]


def test_while_others_wait_what_lasts_is_told_for_a_moment_more(house: House) -> None:
    house.ask("anna", "sessions", lasts=True)
    house.serve()
    house.ask("boris", "sessions", lasts=True)
    assert house.order == "anna"  # nobody else waits: it is read anew
    house.serve()
    house.ask("waits")
    house.ask("carla", "sessions", lasts=True)
    assert house.order == "anna boris carla"
    house.now += 0.3
    house.ask("dora", "sessions", lasts=True)
    assert house.order == "anna boris carla"
    house.serve(2)
    assert house.read == 4


def test_a_failure_does_not_last(house: House) -> None:
    asked = house.ask("anna", "sessions", lasts=True)
    piece = house.line.pop()
    assert piece is not None
    house.line.tell(piece, Failure(ZeroDivisionError()))
    asked.addErrback(lambda failure: failure.trap(ZeroDivisionError) and None)
    house.ask("waits")
    house.ask("boris", "sessions", lasts=True)
    assert house.heard == []
    house.serve(2)
    assert house.order == "waits boris"


def test_who_leaves_the_line_is_not_served_and_keeps_nobody_from_it(house: House) -> None:
    gone = [house.ask("anna"), house.ask("boris", "sessions")]
    house.ask("carla", "sessions")
    for asker in gone:
        asker.addErrback(lambda failure: failure.trap(CancelledError) and None)
        asker.cancel()
    assert len(house.line) == 1
    house.serve()
    assert house.order == "carla"
    assert house.line.pop() is None


def test_who_comes_waits_as_long_as_somebody_does_already(house: House) -> None:
    house.ask("late", since=30)
    house.now += 2
    house.ask("early", since=10)
    house.now += 1
    assert house.line.wait == 3
    house.serve()
    assert house.line.wait == 3  # whoever came later waits on
    house.serve()
    assert house.line.wait == 0


def test_or_as_long_as_what_waits_takes_at_the_pace_of_the_last_second(house: House) -> None:
    for n in range(100):
        house.ask(f"{n}")
    assert house.line.wait == 0  # nobody can tell yet how quickly they are served
    for _ in range(10):
        house.now += 0.1
        house.serve()
    assert house.line.wait == pytest.approx(9, abs=1)
    house.serve(80)
    assert house.line.wait == pytest.approx(1, abs=0.1)
