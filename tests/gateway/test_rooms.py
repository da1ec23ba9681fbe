"""How much may be on its way over a link, and how fast it goes."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace
from typing import Any

from gateway.meter import Meter
from gateway.rooms import Rooms
from smpp.settings import LinkSettings

SECONDS = count()
"""Long enough after each other that no claim comes too soon."""


def rooms(**settings: Any) -> Rooms:
    links: Any = {"main": SimpleNamespace(settings=LinkSettings(**settings))}
    return Rooms(links, 50, 1000)


def sizes(found: Rooms, *dry: bool) -> list[int]:
    """The room of broadcasts after each of these claims."""
    result = []
    for each in dry:
        found["main", "bulk"].fit(next(SECONDS), dry=each)
        result.append(found["main", "bulk"].size)
    return result


def test_each_class_has_its_own_room() -> None:
    found = rooms(window=10)
    found["main", "bulk"].load = 20
    assert (found["main", "answer"].left, found["main", "bulk"].left) == (50, 0)
    assert (found["main", "code"].is_free, found["main", "bulk"].is_free) == (True, False)


def test_a_link_that_ran_dry_gets_twice_as_much_of_a_broadcast_up_to_the_set_most() -> None:
    assert sizes(rooms(window=50, binds=2), False, True, True, False, True) == [200, 400, 800, 800, 1000]


def test_where_a_message_waited_long_there_is_less_but_never_less_than_two_windows() -> None:
    found = rooms(window=10)
    assert sizes(found, True, True, True) == [40, 80, 160]
    after = []
    for seconds in (0.4, 0.6, 0.6, 0.6, 0.6):
        found["main", "bulk"].waited(seconds)
        after += sizes(found, False)
    assert after == [160, 80, 40, 20, 20]


def test_claims_that_follow_each_other_too_soon_become_fewer_and_larger() -> None:
    room = rooms(window=50)["main", "bulk"]
    found = []
    for now in (1.0, 1.05, 1.12, 1.25, 1.5, 1.55):
        room.fit(now, dry=False)
        found.append(room.size)
    assert found == [100, 200, 400, 400, 400, 800]


def test_half_of_a_room_that_is_free_is_enough() -> None:
    room = rooms()["main", "answer"]
    room.load = 26
    assert not room.is_free
    room.load = 25
    assert room.is_free


def test_the_rate_is_that_of_the_last_ten_full_seconds() -> None:
    moment = [100.0]
    meter = Meter(lambda: moment[0])
    for second in range(20):
        moment[0] = 100 + second
        meter.add(30)
        meter.add(20)
    assert meter.rate() == 50
    moment[0] = 125
    assert meter.rate() == 50 * 5 / 10
    moment[0] = 200
    assert meter.rate() == 0
