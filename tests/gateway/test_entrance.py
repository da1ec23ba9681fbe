"""The line before the dialogs: one for all channels."""

from __future__ import annotations

import pytest

from gateway.entrance import KEPT_SECONDS, LONGEST_SECONDS, MOST_KEPT, Entrance
from gateway.lanes import Lane, Lanes

ANNA, BORIS, CARLA = "+8615400000001", "+8615400000002", "+8615400000003"


class Door:
    """An entrance, before one thread that the test holds."""

    def __init__(self) -> None:
        self.now = 1000.0
        lanes = Lanes(lambda _: None, lambda fn, *given: fn(*given), threads=1, clock=lambda: self.now)
        lane = Lane(lanes, "talks", lambda fn, *_: fn(None))
        self.line = lane.line
        self.entrance = Entrance(lane, busy_seconds=3, clock=lambda: self.now)
        self.served: list[str] = []

    def ask(self, phone: str) -> None:
        self.entrance.store(phone).run(lambda _: self.served.append(phone))

    def serve(self, many: int = 1) -> None:
        for _ in range(many):
            piece = self.line.pop()
            assert piece is not None
            self.line.tell(piece, piece.work())


@pytest.fixture
def door() -> Door:
    return Door()


def crowd(door: Door, *phones: str) -> None:
    """These have asked for something, a second after one another."""
    for phone in phones:
        door.ask(phone)
        door.now += 1


def test_where_nobody_waits_everybody_is_served_in_time(door: Door) -> None:
    assert door.entrance.enter(ANNA)


def test_in_a_crowd_who_comes_is_told_so_and_has_a_place_all_the_same(door: Door) -> None:
    crowd(door, ANNA, BORIS)
    door.now += 3
    assert not door.entrance.enter(CARLA)
    door.now += 20
    crowd(door, "another")
    door.ask(CARLA)  # dials again, or writes instead
    door.serve(4)
    assert door.served == [ANNA, BORIS, CARLA, "another"]


def test_who_was_told_so_comes_in_when_the_line_has_come_so_far(door: Door) -> None:
    crowd(door, ANNA, BORIS)
    door.now += 3
    assert not door.entrance.enter(CARLA)
    crowd(door, "later", "later still", "last")
    door.serve(3)
    door.now += 4
    assert not door.entrance.enter(CARLA)
    door.serve()  # now "later still" is served, who came after her
    assert door.entrance.enter(CARLA)
    assert not door.entrance.enter("somebody new")


def test_a_place_is_given_up_when_the_conversation_is_over(door: Door) -> None:
    crowd(door, ANNA, BORIS)
    door.ask(CARLA)
    door.entrance.leave(BORIS)
    door.ask(BORIS)
    door.serve(4)
    assert door.served == [ANNA, BORIS, CARLA, BORIS]


def test_or_when_nothing_was_heard_of_a_phone_for_long(door: Door) -> None:
    crowd(door, ANNA, BORIS)
    door.now += KEPT_SECONDS
    door.ask(CARLA)
    door.ask(BORIS)
    door.serve(4)
    assert door.served == [ANNA, BORIS, CARLA, BORIS]


def test_nobody_keeps_a_place_all_morning_by_dialling_again_and_again(door: Door) -> None:
    began = door.now
    while door.now < began + LONGEST_SECONDS:
        door.entrance.enter(ANNA)
        door.now += KEPT_SECONDS - 1
    crowd(door, BORIS, ANNA)
    door.serve(2)
    assert door.served == [BORIS, ANNA]


def test_no_more_places_are_kept_than_memory_allows(door: Door) -> None:
    for n in range(MOST_KEPT + 5):
        door.entrance.store(str(n))
    assert len(door.entrance) == MOST_KEPT
