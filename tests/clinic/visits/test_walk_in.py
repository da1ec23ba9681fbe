"""Registering at the counter: a place, a number, a turn at once, with a phone or without."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import vouchers
from clinic.errors import AlreadyBooked, NotPossible, SessionClosed, SessionFull
from clinic.queue import calling
from clinic.rules import BookingRules, Rules
from clinic.tables import Audit, ClinicSession, Message, RelatedPerson, SessionShare, Subscriber, Visit, Voucher
from clinic.visits import walk_in
from tests.clinic.conftest import HOUSE, PHONE, nth_identity


@pytest.fixture
def counter(clinic: Any) -> Any:
    """`counter(0)` registers the first of a thousand people for the first session of today."""
    made: list[int] = []

    def register(n: int, offered: int = 1, **given: Any) -> Any:
        made.append(n)
        person = clinic.person("李明", nth_identity(n))
        words = {
            "patient": person,
            "phone": "",
            "language": "zh",
            "by": "li",
            "occasion": f"counter:{len(made)}",
            **given,
        }
        return clinic.run(walk_in, clinic_session=offered, installation=HOUSE, now=clinic.moment, **words)

    return register


def test_who_comes_without_a_phone_is_in_the_queue_and_is_told_nothing(counter: Any, clinic: Any) -> None:
    booked = clinic.book(1)
    before = len(clinic.rows(Message.id))
    view = counter(1)
    assert (view.queue, view.state, view.ahead, view.standing.in_all) == (2, "arrived", 1, 2)
    assert clinic.rows(Visit.phone, Visit.channel, Visit.state)[1] == ("", "counter", "arrived")
    assert clinic.rows(Voucher.state) == ["issued", "used"]
    assert clinic.places() == (2, 2)
    assert (len(clinic.rows(Message.id)), booked.queue) == (before, 1)
    assert clinic.rows(Subscriber.phone) == [PHONE]
    assert "visit.walk_in" in clinic.rows(Audit.action)


def test_who_gives_a_phone_looks_after_the_visit_with_it(counter: Any, clinic: Any) -> None:
    view = counter(1, phone="+8615400000077")
    phone, text = clinic.texts()[-1]
    assert phone == "+8615400000077"
    assert text == f"挂号成功：李明，东苑中心全科，第1号，已在排队。查看进度：{view.link}"
    assert clinic.upcoming("+8615400000077")[0].standing.state == "waits"
    assert clinic.rows(RelatedPerson.name) == ["李明"]


def test_the_same_act_twice_is_one_visit(counter: Any, clinic: Any) -> None:
    first, second = counter(1, occasion="slip 7"), counter(1, occasion="slip 7")
    assert first.id == second.id
    assert clinic.places() == (1, 1)


def test_a_full_session_takes_nobody_unless_staff_say_why(counter: Any, clinic: Any) -> None:
    clinic.change(1, capacity=1)
    clinic.book(1)
    with pytest.raises(SessionFull):
        counter(1)
    assert clinic.places() == (1, 1)
    assert counter(1, over_reason="高热").queue == 2
    assert clinic.rows(ClinicSession.capacity)[0] == 2
    [detail] = [row for action, row in clinic.rows(Audit.action, Audit.detail) if action == "session.over"]
    assert detail == {"reason": "高热"}


def test_the_counter_has_its_own_places_where_they_are_shared_out(counter: Any, clinic: Any) -> None:
    clinic.change(1, capacity=3, shares={"onsite": {"percent": 34}, "rest": "booked"})
    pools = [
        SessionShare(clinic_session_id=1, pool="onsite", places=1, taken=0),
        SessionShare(clinic_session_id=1, pool="booked", places=2, taken=0),
    ]
    clinic.run(lambda session: session.add_all(pools))
    counter(1)
    with pytest.raises(SessionFull):
        counter(2)
    counter(2, over_reason="孕妇")
    assert clinic.rows(SessionShare.pool, SessionShare.places, SessionShare.taken) == [
        ("onsite", 2, 2),
        ("booked", 2, 0),
    ]
    assert clinic.rows(ClinicSession.capacity, ClinicSession.taken)[0] == (4, 2)


def test_one_person_has_one_visit_in_a_department_on_a_day(counter: Any, clinic: Any) -> None:
    counter(1)
    with pytest.raises(AlreadyBooked):
        counter(1, offered=2)
    with pytest.raises(NotPossible):
        counter(2, patient=999)
    with pytest.raises(SessionClosed):
        counter(2, offered=4)  # tomorrow's
    clinic.wait(hours=5)
    with pytest.raises(SessionClosed):
        counter(2)  # over


def test_a_resident_on_record_needs_no_card_again(counter: Any, clinic: Any) -> None:
    counter(1)
    clinic.run(calling.gone, visit=1, by="li", rules=Rules(), installation=HOUSE, now=clinic.moment)
    assert counter(1, patient=1).name == "李明"


def test_without_a_phone_nobody_is_told_to_be_near_or_called(counter: Any, clinic: Any) -> None:
    clinic.wait(hours=1)
    for n in range(3):
        counter(n)
    given = {"offered": 1, "by": "li", "rules": Rules(), "installation": HOUSE, "now": clinic.moment}
    called = clinic.run(calling.call_next, **given)
    assert (called.now.phone, called.near) == ("", ())
    clinic.run(calling.recall, **given)
    assert clinic.rows(Message.id) == []


def test_the_counter_lets_somebody_in_who_has_no_code_with_them(clinic: Any) -> None:
    view = clinic.book(1)
    checked = clinic.run(vouchers.arrive, visit=view.id, by="li", now=clinic.moment, rules=BookingRules())
    assert (checked.outcome, checked.standing.state) == ("genuine", "waits")
    assert clinic.rows(Voucher.state, Voucher.used_kiosk_id) == [("used", None)]
    checked = clinic.run(vouchers.arrive, visit=view.id, by="li", now=clinic.moment, rules=BookingRules())
    assert checked.outcome == "used"
    assert clinic.run(vouchers.arrive, visit=99, by="li", now=clinic.moment, rules=BookingRules()).outcome == "forged"
