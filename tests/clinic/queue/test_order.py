"""What turn somebody gets: the table of docs/queue.md, row by row."""

from __future__ import annotations

import datetime as dt

import pytest

from clinic.queue import order
from clinic.queue.order import Plan, Policy, Waits

STARTS = dt.datetime(2027, 3, 8, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
BEFORE = STARTS - dt.timedelta(days=3)
LATE = dt.timedelta(minutes=30)


def at(minutes: float) -> dt.datetime:
    return STARTS + dt.timedelta(minutes=minutes)


def plan(policy: Policy) -> Plan:
    return Plan(policy, STARTS, 5.0)


def second(minutes: float) -> int:
    return 8 * 3600 + int(minutes * 60)


def test_a_booked_one_has_their_number_or_the_time_at_which_it_is_due() -> None:
    assert order.booked(plan("number"), number=7, since=BEFORE) == order.Turn(7, BEFORE)
    assert order.booked(plan("arrival"), number=7, since=BEFORE) == order.Turn(second(30), BEFORE)


@pytest.mark.parametrize(("minutes", "turn"), [(-40, second(0)), (12.5, second(12.5))])
def test_a_walk_in_has_their_number_or_when_they_came_but_not_before_the_session(minutes: float, turn: int) -> None:
    came = at(minutes)
    assert order.walk_in(plan("number"), number=31, since=came, now=came) == order.Turn(31, came)
    assert order.walk_in(plan("arrival"), number=31, since=came, now=came) == order.Turn(turn, came)


def test_who_comes_too_late_waits_as_a_walk_in_would_who_came_now() -> None:
    assert order.late(plan("number"), last_number=40, now=at(90)) == order.Turn(40, at(90))
    assert order.late(plan("arrival"), last_number=40, now=at(90)) == order.Turn(second(90), at(90))


def key(row: Waits) -> tuple[int, dt.datetime, int]:
    return order.key(row.turn, row.since, row.visit)


def test_behind_a_number_is_after_its_holder_however_late_that_one_arrives() -> None:
    late = order.late(plan("number"), last_number=40, now=at(90))
    holder = order.booked(plan("number"), number=40, since=BEFORE)
    waiting = [Waits(1, late.turn, late.since, at(90)), Waits(2, holder.turn, holder.since, at(120))]
    assert [row.visit for row in sorted(waiting, key=key)] == [2, 1]


@pytest.mark.parametrize(
    ("overtaken", "now", "late"),
    [
        (None, 500, False),  # the queue is behind: nobody is late
        (10, 60, False),  # number 7 is due at 30; 30 minutes later is in time
        (10, 60.1, True),
        (100, 130, False),  # overtaken only at 100
        (100, 131, True),
    ],
)
def test_late_is_counted_from_the_plan_and_from_being_overtaken(
    overtaken: float | None, now: float, late: bool
) -> None:
    moment = None if overtaken is None else at(overtaken)
    assert order.is_late(plan("number"), number=7, overtaken_at=moment, allowed=LATE, now=at(now)) is late


def test_who_was_passed_over_is_next_and_several_come_in_the_order_of_their_return() -> None:
    first, second_one = order.returned(at(20)), order.returned(at(21))
    number_one = order.booked(plan("number"), number=1, since=BEFORE)
    waiting = [
        Waits(1, number_one.turn, number_one.since, at(0)),
        Waits(2, second_one.turn, second_one.since, at(1)),
        Waits(3, first.turn, first.since, at(2)),
    ]
    assert [row.visit for row in sorted(waiting, key=key)] == [3, 2, 1]


def test_who_is_moved_waits_behind_all_who_came_before() -> None:
    waiting = [Waits(1, 3, BEFORE, at(20)), Waits(2, 9, BEFORE, at(5))]
    waiting += [Waits(3, 4, BEFORE, at(2)), Waits(4, order.RETURNED, at(9), at(1))]
    assert order.moved_here(plan("number"), arrived_at=at(10), waiting=waiting) == order.Turn(9, at(10))
    assert order.moved_here(plan("number"), arrived_at=at(0), waiting=waiting) == order.Turn(0, at(0))
    assert order.moved_here(plan("arrival"), arrived_at=at(10), waiting=waiting) == order.Turn(second(10), at(10))
