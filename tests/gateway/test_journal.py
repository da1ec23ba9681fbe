"""The journal: outcomes and receipts are written together, as many as came meanwhile; one bad one keeps no other."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from clinic.errors import StoreBusy
from clinic.receipts import Told
from gateway import journal
from gateway.journal import Full, Journal


class Disk:
    """Writes down what it is asked to write, and does it when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[Any], dict[str, list[str]]]] = []
        self._open: list[Deferred[None]] = []

    def run(self, fn: Any, /, *, outcomes: Any, told: Any, **_: Any) -> Deferred[None]:
        ids = {link: [each.smsc_id for each in receipts] for link, receipts in told.items()}
        self.asked.append(([each.name for each in outcomes], ids))
        done: Deferred[None] = Deferred()
        self._open.append(done)
        return done

    def writes(self) -> None:
        self._open.pop(0).callback(None)

    def fails(self, error: Exception) -> None:
        self._open.pop(0).errback(error)


class Named:
    """An outcome, as far as the journal looks at it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.message = self
        self.id = 7


class Desk:
    """A journal, its disk, and what became of what it was given."""

    def __init__(self, gather: float = 0.0) -> None:
        self.disk, self.clock = Disk(), Clock()
        self.journal = Journal(self.disk, lambda: None, self.clock, gather=gather)  # type: ignore[arg-type,return-value]
        self.settled: list[str] = []
        self.journal.settled = lambda settled: self.settled.extend(each.name for each in settled)  # type: ignore[attr-defined]
        self.told: dict[str, object] = {}

    def settle(self, *names: str) -> None:
        for name in names:
            self.journal.settle(Named(name))  # type: ignore[arg-type]

    def receipt(self, smsc_id: str, link: str = "main", most: int = 9) -> None:
        done = self.journal.receipt(link, Told(smsc_id, "delivered"), most=most)
        done.addCallbacks(
            lambda _: self.told.update({smsc_id: "written"}),
            lambda failure: self.told.update({smsc_id: type(failure.value).__name__}),
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_comes_during_a_transaction_goes_into_the_next_one(desk: Desk) -> None:
    desk.settle("a", "b")
    desk.receipt("1")
    desk.receipt("2", link="other")
    desk.settle("c")
    desk.disk.writes()
    desk.disk.writes()
    assert desk.disk.asked == [(["a"], {}), (["b", "c"], {"main": ["1"], "other": ["2"]})]
    assert (desk.settled, desk.told) == (["a", "b", "c"], {"1": "written", "2": "written"})


def test_while_the_database_is_away_outcomes_are_kept_and_receipts_given_back(desk: Desk) -> None:
    desk.settle("a")
    desk.receipt("1")
    desk.disk.fails(StoreBusy())
    desk.disk.fails(StoreBusy())
    assert (desk.settled, desk.told) == ([], {"1": "StoreBusy"})
    desk.settle("b")
    desk.receipt("2")
    assert desk.disk.asked[2:] == [([], {"main": ["2"]})]
    desk.disk.writes()
    desk.clock.advance(journal.PAUSE_SECONDS)
    desk.disk.writes()
    assert desk.disk.asked[3:] == [(["a", "b"], {})]
    assert desk.settled == ["a", "b"]


def test_one_that_cannot_be_written_keeps_no_other(desk: Desk) -> None:
    desk.settle("first", "a", "bad")
    desk.receipt("1")
    desk.disk.writes()
    desk.disk.fails(ValueError())
    desk.disk.writes()
    desk.disk.fails(ValueError())
    desk.disk.writes()
    assert desk.disk.asked[2:] == [(["a"], {}), (["bad"], {}), ([], {"main": ["1"]})]
    assert (desk.settled, desk.told) == (["first", "a", "bad"], {"1": "written"})


def test_too_many_receipts_are_not_taken(desk: Desk) -> None:
    desk.receipt("1", most=1)
    desk.receipt("2", most=1)
    with pytest.raises(Full):
        desk.receipt("3", most=1)


def test_a_stop_tries_once_more(desk: Desk) -> None:
    desk.settle("a")
    desk.disk.fails(StoreBusy())
    desk.journal.stop()
    desk.disk.fails(StoreBusy())
    assert desk.settled == ["a"]
    desk.clock.advance(60)
    assert len(desk.disk.asked) == 2


@pytest.fixture
def gathering() -> Desk:
    return Desk(gather=0.5)


def test_outcomes_wait_until_a_moment_has_gone_by_since_the_last_were_written(gathering: Desk) -> None:
    gathering.settle("a")
    gathering.disk.writes()
    gathering.settle("b")
    gathering.clock.advance(0.3)
    gathering.settle("c")
    assert gathering.disk.asked == [(["a"], {})]
    gathering.clock.advance(0.2)
    assert gathering.disk.asked[1:] == [(["b", "c"], {})]
    gathering.settle("d")
    gathering.clock.advance(0.2)
    gathering.disk.writes()
    assert len(gathering.disk.asked) == 2
    gathering.clock.advance(0.3)
    assert gathering.disk.asked[2:] == [(["d"], {})]


def test_a_receipt_does_not_wait_and_takes_outcomes_with_it(gathering: Desk) -> None:
    gathering.settle("a")
    gathering.disk.writes()
    gathering.settle("b")
    gathering.receipt("1")
    gathering.disk.writes()
    gathering.clock.advance(9)
    assert gathering.disk.asked[1:] == [(["b"], {"main": ["1"]})]
    assert gathering.settled == ["a", "b"]


def test_nothing_is_gathered_when_it_stops(gathering: Desk) -> None:
    gathering.settle("a")
    gathering.disk.writes()
    gathering.settle("b")
    gathering.journal.stop()
    gathering.settle("c")
    gathering.disk.writes()
    gathering.disk.writes()
    assert gathering.settled == ["a", "b", "c"]
