"""Somebody who is there goes over to another queue; who comes late; many things at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.queue import calling, transferring
from clinic.queue.errors import NotInQueue
from clinic.tables import Audit, ClinicSession, Message, SessionShare, Visit
from tests.clinic.conftest import clinic_session
from tests.clinic.visit_notices.conftest import at_once

HERE, THERE = 1, 2


@pytest.fixture
def two(notices: Any, clinic: Any) -> list[Any]:
    """Three of this session, of whom two are there, and two of the other one, who are."""
    visits = clinic.book_many(3, HERE)
    people = [clinic.person("李明", nth) for nth in ("360426199101010071", "130102202002290033")]
    for n, person in enumerate(people):
        visits.append(clinic.book(THERE, person, f"+861540002{n:04d}"))
    for minutes, place in ((0, 3), (1, 0), (2, 4), (3, 1)):
        notices.at(8, 7, 40 + minutes)
        notices.arrive(visits[place])
    notices.at(8, 14)
    return visits


def move(notices: Any, visit: int, to: int = THERE) -> Any:
    return notices.act(transferring.transfer, visit=visit, to=to, by="li")


def test_who_is_moved_gets_a_number_there_and_waits_by_when_they_came(notices: Any, clinic: Any, two: Any) -> None:
    notices.told()
    moved = move(notices, two[0].id)  # came at 07:41: after number 1 there, before number 2
    assert (moved.queue, clinic.places(HERE), clinic.places(THERE)) == (3, (2, 3), (3, 3))
    assert notices.told() == [
        ("standing.moved_room_sms", "王*，您已转到全科101候诊，第3号，按您的到院时间排队。"),
    ]
    assert [notices.call(THERE).now.queue for _ in range(3)] == [1, 3, 2]
    assert "visit.transfer" in clinic.rows(Audit.action)


def test_who_was_called_and_is_moved_waits_again_there(notices: Any, clinic: Any, two: Any) -> None:
    notices.call(HERE)
    move(notices, two[0].id)
    assert notices.call(HERE).now.queue == 2
    assert [notices.call(THERE).now.queue for _ in range(3)] == [1, 3, 2]
    assert clinic.rows(Visit.state)[0] == "fulfilled"


def test_a_full_session_gets_one_place_more_for_who_is_moved(notices: Any, clinic: Any, two: Any) -> None:
    clinic.change(THERE, capacity=2, shares={"rest": "booked"})
    clinic.run(lambda s: s.add(SessionShare(clinic_session_id=THERE, pool="booked", places=2, taken=2)))
    move(notices, two[0].id)
    assert clinic.rows(ClinicSession.capacity, ClinicSession.taken)[1] == (3, 3)
    assert clinic.rows(SessionShare.pool, SessionShare.places, SessionShare.taken) == [
        ("booked", 2, 2),
        ("onsite", 1, 1),
    ]
    assert clinic.rows(Visit.pool)[0] == "onsite"
    assert "session.over" in clinic.rows(Audit.action)


def test_what_cannot_be_moved_says_why(notices: Any, clinic: Any, two: Any) -> None:
    for visit, to, told in (
        (99, THERE, "there is no visit 99"),
        (two[2].id, THERE, "is booked; only one that has arrived can be"),
        (two[0].id, HERE, "is in clinic session 1 already"),
        (two[0].id, 3, "is at another centre"),
        (two[0].id, 4, "is on 2027-03-09, not today"),
        (two[0].id, 99, "there is no clinic session 99"),
    ):
        with pytest.raises(NotInQueue, match=told):
            move(notices, visit, to)
    clinic.change(THERE, state="stopped")
    with pytest.raises(NotInQueue, match="clinic session 2 is stopped"):
        move(notices, two[0].id)


def test_another_department_takes_over_whom_it_does_not_have_yet(notices: Any, clinic: Any, two: Any) -> None:
    today = clinic.moment.date()
    clinic.run(lambda s: s.add(clinic_session(2, today, "pm")))
    other = clinic.rows(ClinicSession.id)[-1]
    assert move(notices, two[0].id, other).queue == 1
    assert clinic.rows(Visit.department_id)[0] == 2
    notices.told()
    assert notices.call(other).now.visit == two[0].id


def test_up_to_half_an_hour_late_keeps_the_number_later_does_not(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(5)
    notices.arrive(*visits[2:])
    notices.at(8, 8)
    assert notices.call().now.queue == 3
    notices.at(8, 8, 30)
    notices.arrive(visits[0])
    notices.at(8, 8, 36)  # number 2 was due at 08:05
    notices.arrive(visits[1])
    assert [notices.call().now.queue for _ in range(4)] == [1, 4, 5, 2]


def test_where_the_queue_is_behind_nobody_is_late(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(3)
    notices.arrive(visits[0], visits[2])
    notices.at(8, 8)
    notices.call()
    notices.at(8, 10)
    notices.arrive(visits[1])
    assert notices.call().now.queue == 2


def test_rooms_and_the_counter_at_once(notices: Any, clinic: Any, two: Any) -> None:
    """Two calls and two transfers crosswise in one moment: nobody is called twice, nobody is lost, nothing hangs."""
    acts = [
        lambda: notices.call(HERE),
        lambda: notices.call(THERE),
        lambda: move(notices, two[1].id, THERE),
        lambda: move(notices, two[4].id, HERE),
    ]
    done = at_once(4, lambda n: acts[n]())
    assert [type(each).__name__ for each in done] == ["Called", "Called", "InQueue", "InQueue"]
    assert done[0].now is not None
    assert done[1].now is not None
    called = [each.now.visit for each in done[:2]]
    for _ in range(3):
        called += [each.now.visit for offered in (HERE, THERE) if (each := notices.call(offered)).now]
    there = {two[place].id for place in (0, 1, 3, 4)}
    assert set(called) == there
    assert len(called) - len(there) <= 2  # only who was in a room and moved is called once more
    pairs = clinic.rows(Visit.clinic_session_id, Visit.queue)
    assert len(pairs) == len(set(pairs))


def test_recall_tells_the_phone_once(notices: Any, clinic: Any, two: Any) -> None:
    notices.call(HERE)
    notices.told()
    for _ in range(2):
        assert notices.act(calling.recall, offered=HERE, by="li").now.queue == 1
    assert notices.told() == [("standing.room_sms", "请1号王*到全科101就诊，正在叫号。")]
    notices.act(calling.pass_over, visit=two[0].id, by="li")
    with pytest.raises(NotInQueue, match="nobody is called"):
        notices.act(calling.recall, offered=HERE, by="li")
    assert clinic.rows(Visit.passes)[0] == 1
    assert clinic.rows(Message.expires_at)[-1] <= clinic.moment + dt.timedelta(hours=1)
