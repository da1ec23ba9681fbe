"""The waiting list: who may wait, who is told of a place in which order, and who has it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from clinic import subscribers
from clinic.errors import (
    AlreadyBooked,
    Blocked,
    MustBePaid,
    NotEnough,
    NotPossible,
    SessionClosed,
    SessionFull,
    TooManyVisits,
)
from clinic.people import persons
from clinic.places.offers import offer_places, release_all
from clinic.rules import Provider
from clinic.sessions import waiting
from clinic.sessions.waiting import telling
from clinic.sessions.waiting.answers import PlaceGone
from clinic.sessions.waiting.entries import AlreadyWaiting, NotWaiting, TooManyWaiting
from clinic.tables import Block, Centre, ClinicSession, Message, Payment, PlaceOffer, Question, Subscriber, Visit
from clinic.visits import holds
from conf.texts.words import Money
from tests.clinic.conftest import HOUSE, clinic_session
from tests.clinic.sessions.numbered_people import phone
from tests.clinic.sessions.queue_of_waiters import DEPARTMENT, FULL, waiters
from tests.clinic.visit_notices.conftest import at_once

__all__ = ["waiters"]


# Joining and leaving.


def test_somebody_waits_for_one_session(waiters: Any) -> None:
    waiters.fill()
    entry = waiters.join(0)
    assert (entry.state, entry.ahead, entry.wanted.id, entry.first) == ("waiting", 0, FULL, dt.date(2027, 3, 9))
    assert waiters.join(1).ahead == 1
    assert [each.id for each in waiters.clinic.run(waiting.mine, phone=phone(1))] == [2]


def test_how_many_are_before_one_goes_by_who_is_told_first(waiters: Any) -> None:
    def ahead(n: int) -> int:
        return int(waiters.clinic.run(waiting.mine, phone=phone(n))[0].ahead)

    visit, _ = waiters.fill()
    for n in range(3):
        waiters.join(n)
    assert [ahead(n) for n in range(3)] == [0, 1, 2]
    waiters.change(offer_at_once=1)
    waiters.cancel(visit)
    waiters.scan()
    waiters.decline(0)
    assert [ahead(n) for n in range(3)] == [2, 0, 1]  # whoever was offered one goes behind those who were not


def test_or_for_a_department_until_a_day(waiters: Any) -> None:
    entry = waiters.join(0, None, department=DEPARTMENT, last=dt.date(2027, 3, 20))
    assert (entry.wanted, entry.first, entry.last) == (None, dt.date(2027, 3, 8), dt.date(2027, 3, 20))
    assert entry.department.zh == "中医"


@pytest.mark.parametrize("last", [dt.date(2027, 3, 7), dt.date(2027, 4, 30), None])
def test_a_day_that_is_over_or_too_far_away_is_none(waiters: Any, last: Any) -> None:
    with pytest.raises(SessionClosed):
        waiters.join(0, None, department=DEPARTMENT, last=last)


def test_the_same_act_twice_is_one_entry(waiters: Any) -> None:
    assert waiters.join(0, occasion="once").id == waiters.join(0, occasion="once").id
    assert waiters.states() == ["waiting"]


def test_one_entry_for_each_person_and_department_and_a_stranger_learns_nothing(waiters: Any) -> None:
    waiters.join(0)
    with pytest.raises(AlreadyWaiting):
        waiters.join(0, None, department=DEPARTMENT, last=dt.date(2027, 3, 20))
    with pytest.raises(NotPossible):
        waiters.join(0, phone=phone(5))
    waiters.leave(0)
    waiters.join(0)
    assert waiters.states() == ["left", "waiting"]


def test_who_holds_a_visit_there_on_that_day_needs_no_other(waiters: Any) -> None:
    waiters.book(0)
    with pytest.raises(AlreadyBooked):
        waiters.join(0)
    with pytest.raises(NotPossible):
        waiters.join(0, phone=phone(5))


def test_limits_and_blocks_apply(waiters: Any) -> None:
    waiters.change(person=1, phone=2)
    waiters.book(0, 1)
    with pytest.raises(TooManyVisits):
        waiters.join(0)
    since, until = waiters.clinic.moment, waiters.clinic.moment + dt.timedelta(days=90)
    waiters.clinic.run(
        lambda s: s.add(Block(occasion="b", phone=phone(1), reason="staff", since=since, until=until, by="staff"))
    )
    with pytest.raises(Blocked):
        waiters.join(1)
    waiters.join(2, phone=phone(9))
    waiters.join(3, phone=phone(9))
    with pytest.raises(TooManyWaiting):
        waiters.join(4, phone=phone(9))


@pytest.mark.parametrize("change", [{"state": "stopped"}, {"state": "draw"}, {"day": dt.date(2027, 3, 7)}])
def test_nobody_waits_for_what_will_not_be(waiters: Any, change: Any) -> None:
    waiters.clinic.change(FULL, **change)
    with pytest.raises(SessionClosed):
        waiters.join(0)


def test_only_the_phone_that_joined_can_leave(waiters: Any) -> None:
    entry = waiters.join(0)
    with pytest.raises(NotWaiting):
        waiters.clinic.run(waiting.leave, entry=entry.id, phone=phone(1), now=waiters.clinic.moment)
    assert waiters.leave(0).state == "left"
    assert waiters.leave(0).state == "left"


# A place comes back.


def test_a_place_that_comes_back_is_told_to_the_first_three_and_is_nobody_else_s(waiters: Any) -> None:
    visit, _ = waiters.fill()
    for n in range(5):
        waiters.join(n)
    waiters.cancel(visit)
    assert waiters.clinic.places(FULL) == (2, 2)
    with pytest.raises(SessionFull):
        waiters.book(50)
    assert waiters.scan() == 3
    assert waiters.told() == [(0, "offer_sms"), (1, "offer_sms"), (2, "offer_sms")]
    assert waiters.clinic.texts()[-3][1] == (
        "有号：王*，3月9日周二上午08:00，南河中心中医，12.50元。需要请回1，放弃请回0，先回先得。"
    )
    assert waiters.scan() == 0
    waiters.is_sound()


def test_the_first_yes_has_it_and_the_others_hear_that_it_has_gone(waiters: Any) -> None:
    visit, _ = waiters.fill()
    for n in range(4):
        waiters.join(n)
    waiters.cancel(visit)
    waiters.scan()
    waiters.told()
    view = waiters.accept(1)
    assert (view.state, view.queue) == ("booked", 3)
    assert waiters.told() == [(0, "taken_sms"), (2, "taken_sms")]
    assert waiters.states() == ["waiting", "booked", "waiting", "waiting"]
    assert waiters.offers() == ["taken"]
    assert waiters.answers() == ["gone", "yes", "gone"]
    assert waiters.clinic.rows(PlaceOffer.visit_id) == [view.id]
    with pytest.raises(PlaceGone):
        waiters.accept(0)
    assert waiters.clinic.places(FULL) == (2, 3)
    waiters.is_sound()


def test_a_place_is_told_with_its_fee_in_the_centres_currency(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.clinic.run(lambda s: s.execute(update(Centre).values(currency="ZMW")) and None)
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    (offered,) = [text for to, text in waiters.clinic.texts() if to == phone(0)][-1:]
    assert "12.50元" not in offered
    assert "12.50" in offered
    told = waiters.clinic.run(lambda s: telling.words(s.get_one(ClinicSession, FULL), "王芳")["fee"])
    assert told == Money(1250, "ZMW")


def test_yes_twice_is_one_visit(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    assert waiters.accept(0).id == waiters.accept(0).id
    assert waiters.clinic.rows(Visit.state) == ["cancelled", "booked", "booked"]


def test_two_who_answer_at_once_get_one_place(waiters: Any, store: Any) -> None:
    visit, _ = waiters.fill()
    for n in range(3):
        waiters.join(n)
    waiters.cancel(visit)
    waiters.scan()
    got = at_once(3, waiters.accept)
    assert sorted(type(each).__name__ for each in got) == ["PlaceGone", "PlaceGone", "VisitView"]
    assert sorted(waiters.states()) == ["booked", "waiting", "waiting"]
    waiters.is_sound()


def test_many_places_many_waiters_all_at_once(waiters: Any, store: Any) -> None:
    """Cancellations, answers and the scan on several connections: each place has one of them, nobody two."""
    waiters.clinic.change(FULL, capacity=8)
    visits = waiters.fill(many=8)
    for n in range(8):
        waiters.join(n)
    for visit in visits[:4]:
        waiters.cancel(visit)
    waiters.change(offer_at_once=2)
    waiters.scan()

    def act(n: int) -> Any:
        if n == 8:
            return waiters.act(waiting.scan)
        for offer in (1, 2, 3, 4):
            try:
                return waiters.accept(n, offer)
            except (PlaceGone, NotWaiting):
                continue
        return None

    got = at_once(9, act)
    assert not [each for each in got if isinstance(each, Exception)]
    assert sorted(each.id for each in got[:8] if each) == sorted(set(waiters.clinic.rows(PlaceOffer.visit_id)))
    assert waiters.states().count("booked") == 4
    assert waiters.clinic.places(FULL)[0] == 8
    waiters.is_sound()


def test_a_yes_stands(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    waiters.accept(0)
    with pytest.raises(NotWaiting):
        waiters.decline(0)
    assert (waiters.answers(), waiters.offers()) == (["yes"], ["taken"])


def test_who_has_said_no_may_think_better_of_it(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    waiters.decline(0)
    assert waiters.accept(0).state == "booked"
    assert waiters.answers() == ["yes"]


def test_no_passes_it_on_at_once_to_one_more(waiters: Any) -> None:
    visit, _ = waiters.fill()
    for n in range(5):
        waiters.join(n)
    waiters.cancel(visit)
    waiters.scan()
    waiters.told()
    waiters.decline(1)
    assert waiters.scan() == 1
    assert waiters.told() == [(3, "offer_sms")]
    assert waiters.states() == ["waiting"] * 5
    assert waiters.accept(0).state == "booked"
    assert waiters.told() == [(2, "taken_sms"), (3, "taken_sms")]


def test_who_leaves_makes_room_for_the_next_too(waiters: Any) -> None:
    waiters.change(offer_at_once=1)
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.join(1)
    waiters.cancel(visit)
    waiters.scan()
    waiters.leave(0)
    waiters.told()
    waiters.scan()
    assert waiters.told() == [(1, "offer_sms")]
    with pytest.raises(NotWaiting):
        waiters.accept(0)


def test_the_next_are_told_after_a_while_and_the_first_may_still_say_yes(waiters: Any) -> None:
    visit, _ = waiters.fill()
    for n in range(5):
        waiters.join(n)
    waiters.cancel(visit)
    waiters.scan()
    waiters.clinic.wait(minutes=14)
    assert waiters.scan() == 0
    waiters.clinic.wait(minutes=1)
    assert waiters.scan() == 2
    assert waiters.accept(0).state == "booked"


def test_after_the_last_one_it_is_anybody_s(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    waiters.clinic.wait(minutes=15)
    waiters.scan()
    assert (waiters.offers(), waiters.clinic.places(FULL)) == (["released"], (1, 2))
    assert waiters.book(50).state == "booked"
    with pytest.raises(PlaceGone):
        waiters.accept(0)
    assert waiters.states() == ["waiting"]
    waiters.is_sound()


def test_all_who_say_no_give_it_back_at_once(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    waiters.decline(0)
    waiters.scan()
    assert waiters.offers() == ["released"]


def test_those_offered_least_recently_go_first(waiters: Any) -> None:
    waiters.change(offer_at_once=1)
    first, second = waiters.fill()
    for n in range(3):
        waiters.join(n)
    waiters.cancel(first)
    waiters.scan()
    waiters.decline(0)
    waiters.scan()
    assert waiters.accept(1).state == "booked"
    waiters.told()
    waiters.clinic.wait(minutes=20)
    waiters.cancel(second)
    waiters.scan()
    assert waiters.told() == [(2, "offer_sms")]
    waiters.decline(2, 2)
    waiters.scan()
    assert waiters.told() == [(0, "offer_sms")]


def test_nobody_thinks_about_two_places_at_once(waiters: Any) -> None:
    first, second = waiters.fill()
    waiters.join(0)
    waiters.join(1)
    waiters.change(offer_at_once=1)
    waiters.cancel(first)
    waiters.cancel(second)
    assert waiters.scan() == 2
    assert waiters.told() == [(0, "offer_sms"), (1, "offer_sms")]
    waiters.join(2)
    waiters.decline(0)
    assert waiters.scan() == 1
    assert waiters.told() == [(2, "offer_sms")]


def test_who_loses_one_is_told_of_the_next_one_at_once(waiters: Any) -> None:
    first, second = waiters.fill()
    waiters.join(0)
    waiters.join(1)
    waiters.cancel(first)
    waiters.cancel(second)
    assert waiters.scan() == 2  # both of the first; the second waits for one of them
    waiters.accept(0)
    waiters.told()
    assert waiters.scan() == 1
    assert waiters.told() == [(1, "offer_sms")]
    assert waiters.accept(1, 2).state == "booked"
    waiters.is_sound()


def test_not_told_are_blocked_ones_holders_of_a_visit_that_day_and_wrong_phones(waiters: Any) -> None:
    visit, _ = waiters.fill()
    for n in range(4):
        waiters.join(n, None, department=DEPARTMENT, last=dt.date(2027, 3, 20))
    moment = waiters.clinic.moment

    def happen(session: Any) -> None:
        until = moment + dt.timedelta(days=90)
        session.add(Block(occasion="b", phone=phone(0), reason="staff", since=moment, until=until, by="staff"))
        session.add(clinic_session(DEPARTMENT, dt.date(2027, 3, 9), "pm"))
        session.execute(update(Subscriber).where(Subscriber.phone == phone(2)).values(wrong_at=moment))

    waiters.clinic.run(happen)
    waiters.book(1, 7)
    waiters.cancel(visit)
    waiters.scan()
    assert waiters.told() == [(3, "offer_sms")]


def test_in_quiet_hours_it_waits_for_the_morning(waiters: Any) -> None:
    waiters.clinic.change(FULL, half="pm", starts=dt.time(14), ends=dt.time(17))
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.at(8, 22)
    waiters.cancel(visit)
    assert waiters.scan() == 0
    waiters.at(9, 7, 59)
    assert waiters.scan() == 0
    waiters.at(9, 8)
    assert waiters.scan() == 1


def test_where_the_morning_is_too_late_it_is_anybody_s_at_once(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.at(8, 22)
    waiters.cancel(visit)
    waiters.scan()
    assert (waiters.offers(), waiters.told()) == (["released"], [])
    waiters.is_sound()


def test_shortly_before_the_session_begins_it_is_anybody_s(waiters: Any) -> None:
    waiters.clinic.change(FULL, half="pm", starts=dt.time(14), ends=dt.time(17))
    visit, _ = waiters.fill()
    for n in range(9):
        waiters.join(n)
    waiters.at(9, 13, 20)
    waiters.cancel(visit)
    assert waiters.scan() == 3
    waiters.at(9, 13, 30)
    assert waiters.scan() == 0
    assert waiters.offers() == ["released"]


def test_a_stopped_session_offers_nothing(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    waiters.clinic.change(FULL, state="stopped")
    with pytest.raises(PlaceGone):
        waiters.accept(0)
    assert waiters.states() == ["waiting"]


def test_whose_offer_has_not_left_yet_hears_nothing_of_its_end(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.join(1)
    waiters.cancel(visit)
    while waiters.act(waiting.scan).more:  # told, and not sent
        pass
    waiters.accept(0)
    assert waiters.clinic.rows(Message.phone, Message.kind, Message.state)[-3:-1] == [
        (phone(0), "waiting.offer_sms", "queued"),
        (phone(1), "waiting.offer_sms", "cancelled"),
    ]


def test_what_stands_in_the_way_is_told_and_the_place_is_still_offered(waiters: Any) -> None:
    waiters.change(person=1)
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    waiters.book(0, 1, rules=waiters.rules.booking)
    with pytest.raises(TooManyVisits):
        waiters.accept(0)
    assert (waiters.states(), waiters.offers()) == (["waiting"], ["open"])


def test_where_payment_is_demanded_the_place_is_held_until_it_is_paid(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.clinic.run(lambda s: s.execute(update(Centre).values(payment="required")) and None)
    waiters.rules = replace(waiters.rules, providers=(Provider("other", ("+86999",)), Provider("purse")))
    waiters.join(0)
    waiters.join(1)
    waiters.cancel(visit)
    waiters.scan()
    view = waiters.accept(0)
    assert (view.state, view.hold_until) == ("pending", waiters.clinic.moment + dt.timedelta(minutes=15))
    assert waiters.clinic.rows(Payment.method, Payment.provider, Payment.state) == [("mobile", "purse", "created")]
    waiters.is_sound()
    waiters.told()
    waiters.clinic.wait(minutes=16)
    waiters.clinic.run(holds.scan, installation=HOUSE, now=waiters.clinic.moment)
    waiters.scan()
    assert waiters.told() == [(1, "offer_sms")]  # of a new offer: the place has come back
    waiters.is_sound()


def test_whom_no_provider_has_pays_from_the_account_but_not_by_a_call(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.clinic.run(lambda s: s.execute(update(Centre).values(payment="required")) and None)
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    with pytest.raises(MustBePaid):
        waiters.accept(0, channel="voice")
    with pytest.raises(NotEnough):
        waiters.accept(0)
    assert (waiters.states(), waiters.offers()) == (["waiting"], ["open"])


def test_the_question_is_open_as_long_as_the_offer_can_be(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    (row,) = waiters.clinic.rows(Question.kind, Question.subject, Question.expires_at)
    assert row[:2] == ("place", {"offer": 1, "entry": 1})
    assert row[2] == dt.datetime(2027, 3, 9, 7, 30, tzinfo=waiters.clinic.moment.tzinfo)


# Places that are added, and taken away.


def test_added_places_go_to_those_who_wait_first(waiters: Any) -> None:
    waiters.fill()
    waiters.join(0)
    waiters.join(1)

    def add(session: Any) -> int:
        session.execute(update(ClinicSession).where(ClinicSession.id == FULL).values(capacity=7))
        return offer_places(session, FULL, 5, waiters.clinic.moment)

    assert waiters.clinic.run(add) == 2
    assert waiters.clinic.places(FULL) == (4, 2)
    waiters.is_sound()
    waiters.scan()
    assert waiters.accept(1).state == "booked"
    waiters.scan()
    assert waiters.accept(0, 2).state == "booked"
    waiters.is_sound()


def test_without_anybody_who_waits_nothing_is_held(waiters: Any) -> None:
    waiters.fill()
    assert waiters.clinic.run(offer_places, FULL, 5, waiters.clinic.moment) == 0


def test_open_offers_of_a_session_can_be_given_up(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    assert waiters.clinic.run(release_all, FULL) == 1
    assert (waiters.offers(), waiters.clinic.places(FULL)) == (["released"], (1, 2))


# The end.


def test_waiting_in_vain_ends_with_a_text(waiters: Any) -> None:
    waiters.join(0, None, department=DEPARTMENT, last=dt.date(2027, 3, 10))
    waiters.join(1)
    waiters.at(10, 0, 20)
    assert waiters.end() == 1
    assert waiters.told() == [(1, "over_sms")]
    waiters.at(11, 0, 20)
    assert waiters.end() == 1
    assert waiters.states() == ["over", "over"]
    phones_and_texts = waiters.clinic.texts()
    assert phones_and_texts[-1] == (
        phone(0),
        "候补结束：王*，南河中心中医，至3月10日周三没有等到号。可拨*120#重新预约或候补。",
    )
    assert waiters.end() == 0


def test_waiting_for_a_session_that_is_stopped_ends(waiters: Any) -> None:
    waiters.join(0)
    waiters.clinic.change(FULL, state="stopped")
    assert waiters.end() == 1
    assert waiters.states() == ["over"]


def test_what_is_offered_is_shown_to_the_phone(waiters: Any) -> None:
    visit, _ = waiters.fill()
    waiters.join(0)
    waiters.cancel(visit)
    waiters.scan()
    (shown,) = waiters.clinic.run(waiting.open_offers, phone=phone(0), now=waiters.clinic.moment)
    assert (shown.offer, shown.entry, shown.department.zh, shown.fee.fen) == (1, 1, "中医", 1250)
    in_kwacha = update(Centre).values(currency="ZMW")
    waiters.clinic.run(lambda s: s.execute(in_kwacha) and None)
    (shown,) = waiters.clinic.run(waiting.open_offers, phone=phone(0), now=waiters.clinic.moment)
    assert shown.fee == Money(1250, "ZMW")
    waiters.decline(0)
    assert waiters.clinic.run(waiting.open_offers, phone=phone(0), now=waiters.clinic.moment) == []
    assert len(waiters.clinic.run(persons.listed, phone=phone(0))) == 1
    assert waiters.clinic.run(subscribers.language, phone=phone(0)) is None
