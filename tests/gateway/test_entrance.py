"""The line before the dialogs: one for all channels."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.defer import Deferred

from gateway import inside
from gateway.entrance import KEPT_SECONDS, LONGEST_SECONDS, MOST_KEPT, Entrance
from gateway.inside import FIT_SECONDS, IDLE_SECONDS, LEAST_MOST, Inside
from gateway.lanes import Lane, Lanes

ANNA, BORIS, CARLA, DORA = "+8615400000001", "+8615400000002", "+8615400000003", "+8615400000004"


class Door:
    """An entrance with room for two, before one thread that the test holds."""

    def __init__(self) -> None:
        self.now = 1000.0
        lanes = Lanes(lambda _: None, lambda fn, *given: fn(*given), threads=1, clock=lambda: self.now)
        lane = Lane(lanes, "talks", lambda fn, *_: fn(None))
        self.line = lane.line
        self.timers: list[Callable[[], None]] = []
        self.entrance = Entrance(
            lane, busy_seconds=3, later=lambda _, do: self.timers.append(do), clock=lambda: self.now
        )
        self.entrance.inside.most = 2
        self.served: list[str] = []
        self.came_in: list[str] = []

    def dials(self, *phones: str) -> list[bool]:
        """Whether each comes in, a second after one another."""
        came = []
        for phone in phones:
            self.now += 1
            came.append(self.entrance.enter(phone))
        return came

    def waits(self, *phones: str) -> list[Deferred[None]]:
        turns = []
        for phone in phones:
            self.now += 1
            turns.append(self.entrance.turn(phone))
            turns[-1].addCallbacks(lambda _, phone=phone: self.came_in.append(phone), lambda _: None)
        return turns

    def ask(self, phone: str) -> None:
        self.entrance.store(phone).run(lambda _: self.served.append(phone))

    def serve(self) -> None:
        while (piece := self.line.pop()) is not None:
            self.line.tell(piece, piece.work())

    def look(self) -> None:
        due, self.timers = self.timers, []
        for do in due:
            do()


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(inside, "MORE", 1.0)  # the room stays as the test says
    return Door()


def test_where_there_is_room_everybody_comes_in(door: Door) -> None:
    assert door.dials(ANNA, BORIS) == [True, True]


def test_in_a_crowd_who_dials_is_told_so_and_who_can_wait_comes_in_when_somebody_leaves(door: Door) -> None:
    assert door.dials(ANNA, BORIS, CARLA) == [True, True, False]
    door.waits(DORA)
    assert door.came_in == []
    door.entrance.leave(ANNA)
    assert door.came_in == [DORA]
    door.entrance.leave(BORIS)
    assert door.dials("somebody new") == [True]


def test_who_waits_comes_in_in_the_order_of_coming_on_whatever_channel(door: Door) -> None:
    door.dials(ANNA, BORIS, CARLA)
    door.waits(DORA, CARLA)  # she has dialled before Dora wrote, and calls now
    door.entrance.leave(ANNA)
    assert door.came_in == [CARLA]
    door.entrance.leave(BORIS)
    assert door.came_in == [CARLA, DORA]


def test_who_was_turned_away_comes_in_once_somebody_has_who_came_later(door: Door) -> None:
    door.dials(ANNA, BORIS, CARLA)
    door.waits(DORA)
    assert door.dials(CARLA) == [False]
    door.entrance.leave(ANNA)
    assert door.came_in == [DORA]
    assert door.dials(CARLA, "somebody new") == [True, False]


def test_nobody_comes_in_before_those_who_wait(door: Door) -> None:
    door.dials(ANNA, BORIS)
    door.waits(CARLA)
    door.entrance.inside.most = 3
    assert door.dials(DORA) == [False]
    assert door.came_in == [CARLA]


def test_who_hangs_up_leaves_the_line(door: Door) -> None:
    door.dials(ANNA, BORIS)
    carla, _ = door.waits(CARLA, DORA)
    carla.cancel()
    door.entrance.leave(ANNA)
    assert door.came_in == [DORA]


def test_who_has_fallen_silent_makes_room_and_goes_on_when_they_speak(door: Door) -> None:
    door.dials(ANNA, BORIS)
    door.waits(CARLA)
    door.now += IDLE_SECONDS - 2
    door.ask(BORIS)
    door.look()
    assert door.came_in == []
    door.now += 2
    door.look()
    assert door.came_in == [CARLA]
    assert door.dials(ANNA) == [True]


def test_a_thousand_who_are_done_as_soon_as_they_come_in_come_in_one_after_the_other(door: Door) -> None:
    door.dials(ANNA, BORIS)
    for n in range(1000):
        turn = door.entrance.turn(str(n))
        turn.addCallback(lambda _, n=n: (door.came_in.append(str(n)), door.entrance.leave(str(n))))
    door.entrance.leave(ANNA)
    assert door.came_in == [str(n) for n in range(1000)]


def test_those_inside_are_served_in_the_order_of_coming_too(door: Door) -> None:
    door.entrance.inside.most = 9
    door.dials(ANNA, BORIS, CARLA)
    for phone in (CARLA, BORIS, ANNA):
        door.ask(phone)
    door.serve()
    assert door.served == [ANNA, BORIS, CARLA]


def test_who_has_waited_for_longer_than_places_are_kept_is_served_as_one_who_came_then(door: Door) -> None:
    door.dials(ANNA, BORIS)
    door.waits(CARLA)
    door.now += KEPT_SECONDS + 1
    door.dials(DORA)
    door.look()
    door.ask(DORA)
    door.ask(CARLA)
    door.serve()
    assert door.served == [CARLA, DORA]


def test_a_place_is_given_up_when_the_conversation_is_over(door: Door) -> None:
    door.entrance.inside.most = 9
    door.dials(ANNA, BORIS, CARLA)
    door.entrance.leave(BORIS)
    door.dials(BORIS)
    for phone in (BORIS, CARLA, ANNA):
        door.ask(phone)
    door.serve()
    assert door.served == [ANNA, CARLA, BORIS]


def test_nobody_keeps_a_place_all_morning_by_dialling_again_and_again(door: Door) -> None:
    began = door.now
    while door.now < began + LONGEST_SECONDS:
        door.entrance.enter(ANNA)
        door.now += KEPT_SECONDS - 1
    door.entrance.inside.most = 9
    door.dials(BORIS, ANNA)
    door.ask(ANNA)
    door.ask(BORIS)
    door.serve()
    assert door.served == [BORIS, ANNA]


def test_no_more_places_are_kept_than_memory_allows(door: Door) -> None:
    for n in range(MOST_KEPT + 5):
        door.entrance.enter(str(n))
    assert door.entrance.places == MOST_KEPT


class Wait:
    wait = 0.0


class Room:
    """How many may be inside, before a database that makes them wait for as long as the test says."""

    def __init__(self) -> None:
        self.now, self.database = 1000.0, Wait()
        self.inside = Inside(self.database, busy_seconds=3, clock=lambda: self.now)

    def fill(self, many: int) -> None:
        for n in range(many):
            self.inside.heard(str(n))

    def after(self, wait: float, looks: int = 1) -> float:
        """How many may be, when the database has been so slow for some looks."""
        self.database.wait = wait
        for _ in range(looks):
            self.now += FIT_SECONDS
            self.fill(self.inside.many)  # they go on
            assert self.inside.full == (self.inside.many >= self.inside.most)
        return self.inside.most


def test_fewer_may_come_in_where_the_database_is_slow_and_never_none() -> None:
    room = Room()
    room.fill(500)
    assert room.after(1.6) == pytest.approx(400 * inside.FEWER)
    assert room.after(1.4) == pytest.approx(400 * inside.FEWER)
    assert room.after(9, looks=100) == LEAST_MOST


def test_more_may_come_in_where_it_is_quick_and_they_are_wanted() -> None:
    room = Room()
    room.fill(399)
    assert room.after(0) == 400
    room.fill(400)
    assert room.after(0) == pytest.approx(400 * inside.MORE)
    assert room.after(0) == pytest.approx(400 * inside.MORE)
