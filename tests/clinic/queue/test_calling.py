"""The queue of a clinic session: who is called, who was seen, who is before whom, and who is told to be near."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.queue import calling
from clinic.queue.errors import NotInQueue
from clinic.tables import Audit, Message
from tests.clinic.visit_notices.conftest import at_once


def near(called: Any) -> list[int]:
    return [each.queue for each in called.near]


def ahead(clinic: Any, *places: int) -> list[int]:
    return [clinic.upcoming(f"+861540001{place:04d}")[0].ahead for place in places]


def test_numbers_are_called_in_their_order_and_the_one_before_is_seen(notices: Any, clinic: Any) -> None:
    first, second, third = clinic.book_many(3)
    notices.arrive(first, second)
    called = notices.call()
    assert (called.now.queue, called.seen, called.waiting, called.to_come) == (1, (), 1, 1)
    assert (called.now.name, called.now.phone, called.room) == ("王*", "+86154****0000", "101")
    called = notices.call()
    assert (called.now.queue, [each.queue for each in called.seen]) == (2, [1])
    assert notices.states() == ["fulfilled", "arrived", "booked"]
    called = notices.call()
    assert (called.now, [each.queue for each in called.seen]) == (None, [2])
    assert notices.states() == ["fulfilled", "fulfilled", "booked"]
    assert [
        action for action in clinic.rows(Audit.action) if action.startswith("visit.") and action != "visit.book"
    ] == [
        "visit.call",
        "visit.seen",
        "visit.call",
        "visit.seen",
    ]
    notices.arrive(third)
    assert notices.call().now.queue == 3


def test_who_is_before_somebody_is_counted_rightly(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(4)
    assert ahead(clinic, 0, 3) == [0, 3]
    notices.arrive(visits[0], visits[2])
    assert ahead(clinic, 3) == [3]
    notices.call()  # number 1 is in the room
    assert ahead(clinic, 2, 3) == [1, 2]
    notices.call()  # number 3: number 2, who is not there, was passed over
    assert ahead(clinic, 3) == [0]
    notices.arrive(visits[1])  # and comes late: before number 4 again
    assert ahead(clinic, 3) == [1]
    assert notices.call().now.queue == 2
    assert ahead(clinic, 3) == [0]


def test_who_has_at_most_so_many_before_them_is_told_once(notices: Any, clinic: Any) -> None:
    notices.change(queue_near=2)
    visits = clinic.book_many(5)
    notices.arrive(*visits)
    notices.at(8, 8)
    notices.told()
    assert near(notices.call()) == [2, 3, 4]
    texts = [text for _, text in notices.told()]
    assert texts == [
        "候诊提醒：王*，全科第2号，前面无人，请到101候诊。",
        "候诊提醒：王*，全科第3号，前面1人，请到101候诊。",
        "候诊提醒：王*，全科第4号，前面2人，请到101候诊。",
    ]
    assert near(notices.call()) == [5]
    assert near(notices.call()) == []
    assert clinic.rows(Message.kind).count("queue.room_sms") == 4


def test_who_has_not_arrived_is_not_called_and_nobody_is_told_where_that_is_set(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(3)
    notices.change(queue_near=0)
    notices.arrive(visits[1])
    called = notices.call()
    assert (called.now.queue, called.near) == (2, ())


def test_in_quiet_hours_nobody_is_told_to_be_near(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(2)
    notices.at(8, 7, 50)
    notices.arrive(*visits)
    notices.call()
    assert "queue.room_sms" in clinic.rows(Message.kind)  # at 08:00, which is soon enough
    due = clinic.rows(Message.due_at)[-1]
    assert due == clinic.moment.replace(hour=8, minute=0)


def test_who_was_seen_or_went_away_makes_the_others_nearer(notices: Any, clinic: Any) -> None:
    notices.change(queue_near=1)
    notices.at(8, 9)
    visits = clinic.book_many(6)
    notices.arrive(*visits)
    assert near(notices.call()) == [2, 3]
    told = notices.act(calling.gone, visit=visits[1].id, by="test")
    assert [each.queue for each in told] == [4]
    told = notices.act(calling.seen, visit=visits[2].id, by="test")
    assert [each.queue for each in told] == [5]
    assert notices.states() == ["arrived", "noshow", "fulfilled", "arrived", "arrived", "arrived"]


def test_what_cannot_be_called_or_seen_says_why(notices: Any, clinic: Any) -> None:
    visit = clinic.book(1)
    with pytest.raises(NotInQueue, match="there is no clinic session 99"):
        notices.call(99)
    with pytest.raises(NotInQueue, match="clinic session 4 is on 2027-03-09, not today"):
        notices.call(4)
    for act in (calling.seen, calling.gone):
        with pytest.raises(NotInQueue, match="visit 1 is booked; only one that has arrived"):
            notices.act(act, visit=visit.id, by="test")
        with pytest.raises(NotInQueue, match="there is no visit 99"):
            notices.act(act, visit=99, by="test")


def test_two_rooms_at_once_call_two_numbers(notices: Any, clinic: Any) -> None:
    notices.arrive(*clinic.book_many(4))
    called = at_once(4, lambda _: notices.call())
    assert sorted(each.now.queue for each in called) == [1, 2, 3, 4]
    assert notices.states() == ["fulfilled"] * 3 + ["arrived"]


def test_late_in_the_evening_nobody_is_told_and_none_is_said_to_be(notices: Any, clinic: Any) -> None:
    clinic.change(2, ends=dt.time(22))
    visits = clinic.book_many(2, 2)
    notices.arrive(*visits)
    notices.at(8, 21, 15)
    called = notices.call(2)
    assert (called.now.queue, called.near) == (1, ())
    assert "queue.room_sms" not in clinic.rows(Message.kind)


@pytest.mark.parametrize("act", [calling.gone, calling.seen])
def test_who_leaves_out_of_turn_does_not_move_the_queue_on(notices: Any, clinic: Any, act: Any) -> None:
    visits = clinic.book_many(6)
    notices.arrive(visits[1], visits[3], visits[5])  # numbers 1, 3 and 5 may still come
    notices.at(8, 9)
    assert ahead(clinic, 5) == [5]
    notices.act(act, visit=visits[3].id, by="test")  # number 4, while number 2 waits
    assert ahead(clinic, 5) == [4]
    notices.call()  # number 2
    assert ahead(clinic, 5) == [2]


def test_who_goes_away_uncalled_has_passed_nobody(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(13)
    notices.arrive(visits[11], visits[12])
    notices.at(8, 9)
    assert notices.act(calling.gone, visit=visits[11].id, by="test") == ()
    assert ahead(clinic, 12) == [11]


def test_where_nobody_is_called_seeing_the_next_moves_the_queue_on(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(4)
    notices.arrive(visits[1], visits[3])
    notices.at(8, 9)
    notices.act(calling.seen, visit=visits[1].id, by="test")
    assert ahead(clinic, 3) == [1]  # number 3; number 1 was passed over
