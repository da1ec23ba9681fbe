"""How often a message may come is its class's affair: also where answers are lost, the process dies, a link is slow."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from twisted.internet.defer import Deferred, fail

from clinic import outbox
from clinic.errors import StoreBusy
from clinic.tables import Message
from gateway.sender import Sender
from tests.faults.conftest import HOUSE

MOST = [("code", 2), ("answer", 5), ("notice", 2), ("bulk", 1)]
LEASE = outbox.LEASE.total_seconds()


class Mortal:
    """The store of a process: once that is dead nothing comes of what it asks for."""

    def __init__(self, city: Any) -> None:
        self._city, self.dead = city, False

    def run(self, fn: Any, /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        return Deferred() if self.dead else self._city.run(fn, *args, **kwargs)


class Process:
    """The gateway of a city as a process that dies, and is started again."""

    def __init__(self, city: Any) -> None:
        self._city = city
        city.sender = self._sender()

    def _sender(self) -> Sender:
        city, self._store = self._city, Mortal(self._city)
        return Sender(self._store, city.links, HOUSE, city.clock, city.now, node="one")  # type: ignore[arg-type]

    def die_and_start(self) -> None:
        self._store.dead = True
        self._city.crash()
        self._city.sender = self._sender()
        self._city.sender.startService()


def recover(city: Any) -> int:
    """The scheduled job."""
    return int(city.store.run_now(outbox.recover, sender="", now=city.now(), under_way=city.sender.under_way()))


@pytest.mark.parametrize(("message_class", "most"), MOST)
def test_answers_lost(make_city: Any, message_class: str, most: int) -> None:
    city = make_city().start()
    city.wait(5)
    city.network(submit_lost_answers=1)
    told = city.tell(5, message_class=message_class)
    city.wait(3600, until=lambda: city.settled)
    assert city.states == {"unknown": 5}
    assert city.arrived == dict.fromkeys(told, most)


@pytest.mark.parametrize(("message_class", "most"), MOST)
def test_the_process_dies_again_and_again_while_answers_are_awaited(
    make_city: Any, message_class: str, most: int
) -> None:
    city = make_city()
    process = Process(city)
    city.start().wait(5)
    city.network(submit_answer_delay=3)
    told = city.tell(5, message_class=message_class)
    for _ in range(7):
        city.wait(2)
        process.die_and_start()
        city.wait(20, until=lambda: city.bound)
    city.network()
    city.wait(3600, until=lambda: city.settled)
    assert set(city.arrived) == set(told)
    assert max(city.arrived.values()) <= most


@pytest.mark.parametrize("message_class", [name for name, _ in MOST])
def test_the_database_is_away_when_an_answer_comes(
    make_city: Any, message_class: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city().start()
    city.wait(5)
    run = city.run

    def settles_nothing(fn: Any, /, **given: Any) -> Deferred[Any]:
        return fail(StoreBusy()) if fn is outbox.enter and given["outcomes"] else run(fn, **given)

    monkeypatch.setattr(city, "run", settles_nothing)
    told = city.tell(5, message_class=message_class)
    for _ in range(12):
        city.wait(LEASE)
        recover(city)
    monkeypatch.setattr(city, "run", run)
    city.wait(60)
    assert city.states == {"delivered": 5}
    assert city.arrived == dict.fromkeys(told, 1)


@pytest.mark.parametrize(
    ("settings", "conditions", "length"),
    [({"rate": 0.1}, {}, 1), ({}, {"submit_throttle": 1}, 150)],
    ids=["a rate of ours", "long texts throttled"],
)
@pytest.mark.parametrize("under_way_is_known", [True, False], ids=["our own job", "another node's job"])
def test_a_slow_link(make_city: Any, settings: Any, conditions: Any, length: int, under_way_is_known: bool) -> None:
    city = make_city(main=settings)
    city.network(**conditions)
    city.start().wait(5)
    told = city.tell(50, text="您的预约" * length)
    for _ in range(4):
        city.wait(LEASE + 20)
        if under_way_is_known:
            assert recover(city) == 0
        else:
            assert city.store.run_now(outbox.recover, sender="two", now=city.now()) == 0
    city.wait(3600, until=lambda: city.settled)
    city.wait(60)
    assert city.states == {"delivered": 50}
    assert city.arrived == dict.fromkeys(told, 1)


@pytest.mark.parametrize("message_class", [name for name, _ in MOST])
def test_submits_over_a_session_that_the_network_has_lost(make_city: Any, message_class: str) -> None:
    city = make_city().start()
    city.wait(5)
    city.network(submit_refuse=1, submit_refuse_with="ESME_RINVBNDSTS")
    told = city.tell(5, message_class=message_class)
    city.wait(120)
    tries = city.store.run_now(lambda session: session.scalars(select(Message.attempts)).all())
    assert tries == [0] * 5
    city.network()
    city.wait(600, until=lambda: city.settled)
    city.wait(60)
    assert city.states == {"delivered": 5}
    assert city.arrived == dict.fromkeys(told, 1)
