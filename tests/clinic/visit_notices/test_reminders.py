"""That a visit is to come: told on its eve and some hours before it, to the phone that booked, and never too late."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select, update

from clinic import outbox, voice
from clinic.notices import questions
from clinic.tables import Message, Question, Visit
from clinic.visit_telling.wording import whole
from tests.clinic.conftest import NOW, OTHER_IDENTITY, OTHER_PHONE, PHONE
from tests.clinic.test_outbox import rooms
from tests.clinic.visit_notices.conftest import at_once, plan_of, wrong

TUESDAY_MORNING, TUESDAY_AFTERNOON = 4, 5


def due(clinic: Any) -> list[dt.datetime]:
    rows = clinic.rows(Message.kind, Message.due_at)
    return [at.astimezone(NOW.tzinfo) for kind, at in rows if str(kind).startswith("remind.")]


def look(clinic: Any) -> list[Any]:
    return [at and at.astimezone(NOW.tzinfo) for at in clinic.rows(Visit.look_at)]


def test_told_on_the_eve_and_two_hours_before(notices: Any, clinic: Any) -> None:
    visit = clinic.book(TUESDAY_AFTERNOON)
    assert notices.scan().count == 0  # the first look only says when
    assert look(clinic) == [NOW.replace(hour=17, minute=0)]
    notices.told()
    notices.at(8, 16, 59)
    assert notices.scan().count == 0
    notices.at(8, 17)
    assert notices.scan().count == 1
    [(kind, text)] = notices.told()
    assert kind == "remind.eve_sms"
    groups = " ".join([visit.number[:4], visit.number[4:8], visit.number[8:]])
    assert text == (
        f"就诊提醒：王*，3月9日周二下午14:00，东苑中心全科，第1号，T码{groups}。取消请回复“取消”，或拨*120#。"
    )
    assert notices.scan().count == 0
    notices.at(9, 12)
    assert notices.scan().count == 1
    assert notices.kinds() == ["remind.morning_sms"]
    assert due(clinic) == [NOW.replace(hour=17, minute=0), NOW.replace(day=9, hour=12, minute=0)]
    assert (
        clinic.rows(Message.message_class, Message.phone, Message.resident_id, Message.centre_id)[1:]
        == [("notice", PHONE, 1, 1)] * 2
    )


def test_what_lies_in_quiet_hours_goes_at_their_end_if_there_is_time_to_come(notices: Any, clinic: Any) -> None:
    clinic.book(TUESDAY_MORNING)  # at 08:00; two hours before is 06:00, and quiet hours end at 08:00
    clinic.change(5, starts=dt.time(8, 30), ends=dt.time(11))
    clinic.book(5, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    notices.change(visit_eve=dt.time(7))
    notices.scan()
    notices.at(9, 8)
    notices.scan()
    # 08:00 is half an hour before the one, and too late for the other.
    assert clinic.rows(Message.phone, Message.kind)[2:] == [(OTHER_PHONE, "remind.morning_sms")]
    assert due(clinic) == [NOW.replace(day=9, hour=8, minute=0)]
    expires = clinic.rows(Message.expires_at)[-1]
    assert expires == NOW.replace(day=9, hour=8, minute=30)


def test_an_eve_that_quiet_hours_push_to_the_morning_is_not_told_beside_it(notices: Any, clinic: Any) -> None:
    notices.change(visit_eve=dt.time(22), visit_hours=4)
    clinic.book(TUESDAY_AFTERNOON)
    for day, hour in ((8, 22), (9, 8), (9, 10)):
        notices.at(day, hour)
        notices.scan()
    assert notices.kinds()[1:] == ["remind.eve_sms", "remind.morning_sms"]
    notices.at(8, 7, 30)
    notices.change(visit_eve=dt.time(22), visit_hours=6)
    clinic.book(TUESDAY_AFTERNOON, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    for day, hour in ((8, 22), (9, 8), (9, 10)):
        notices.at(day, hour)
        notices.scan()
    assert notices.kinds()[1:] == ["remind.morning_sms"]  # both would fall due at 08:00


def test_who_books_after_the_moment_is_not_told_of_it(notices: Any, clinic: Any) -> None:
    notices.at(8, 17, 1)
    clinic.book(TUESDAY_AFTERNOON)  # after the eve's hour
    notices.scan()
    notices.at(9, 12)
    notices.scan()
    assert notices.kinds()[1:] == ["remind.morning_sms"]
    notices.at(8, 10)
    clinic.book(2, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)  # today for today, two hours before its notice
    notices.scan()
    notices.at(8, 12)
    notices.scan()
    assert notices.kinds()[1:] == []


def test_after_a_night_without_a_daemon_only_the_last_one_is_told(notices: Any, clinic: Any) -> None:
    clinic.book(TUESDAY_AFTERNOON)
    notices.at(9, 12, 30)
    notices.scan()
    assert notices.kinds()[1:] == ["remind.morning_sms"]


def test_half_an_hour_before_it_nobody_is_told_any_more(notices: Any, clinic: Any) -> None:
    clinic.book(TUESDAY_AFTERNOON)
    notices.at(9, 13, 31)
    assert notices.scan().count == 0
    assert notices.kinds()[1:] == []


def test_a_cancelled_visit_is_not_told_and_what_waits_is_called_off(notices: Any, clinic: Any) -> None:
    visit = clinic.book(TUESDAY_AFTERNOON)
    notices.at(8, 17)
    notices.scan()
    clinic.cancel(visit.id)
    assert dict(clinic.rows(Message.kind, Message.state)) == {
        "visit.code_sms": "cancelled",
        "remind.eve_sms": "cancelled",
        "visit.cancelled_sms": "queued",
    }
    assert look(clinic) == [None]
    notices.at(9, 12)
    assert notices.scan().count == 0


def test_what_is_on_its_way_cannot_be_had_back(notices: Any, clinic: Any) -> None:
    visit = clinic.book(TUESDAY_AFTERNOON)
    notices.at(8, 17)
    notices.scan()
    clinic.run(outbox.claim, sender="one", rooms=rooms(), now=clinic.moment)
    clinic.cancel(visit.id)
    assert ("remind.eve_sms", "sending") in clinic.rows(Message.kind, Message.state)


def test_who_has_arrived_is_not_reminded(notices: Any, clinic: Any) -> None:
    visit = clinic.book(2)
    clinic.run(lambda s: s.execute(update(Visit).values(booked_at=NOW - dt.timedelta(days=1))) and None)
    notices.scan()
    notices.arrive(visit)
    notices.at(8, 12)
    assert notices.scan().count == 0


def test_the_notice_can_be_answered_until_the_visit_begins(notices: Any, clinic: Any) -> None:
    visit = clinic.book(TUESDAY_AFTERNOON)
    notices.at(8, 17)
    notices.scan()
    assert clinic.rows(Question.kind, Question.phone, Question.subject, Question.expires_at) == [
        ("visit", PHONE, {"visit": visit.id}, NOW.replace(day=9, hour=14, minute=0))
    ]
    occasions = set(clinic.rows(Message.occasion))
    assert set(clinic.rows(Question.occasion)) <= occasions
    assert clinic.run(questions.open_to, phone=PHONE, inbox=1, now=clinic.moment) == []  # its notice waits still


def test_the_language_is_that_of_the_booking(notices: Any, clinic: Any) -> None:
    clinic.book(TUESDAY_AFTERNOON, language="en")
    notices.at(8, 17)
    notices.scan()
    [_, (_, text)] = notices.told()
    assert text.startswith("Your visit: 王*, Tue 9 Mar pm 14:00, Dongyuan Centre, General practice, no. 1, T-code ")
    assert text.endswith("To cancel reply CANCEL or dial *120#.")


def test_batch_by_batch_until_nothing_is_left(notices: Any, clinic: Any) -> None:
    clinic.book_many(5, TUESDAY_AFTERNOON)
    notices.scan()
    notices.at(8, 17)
    found = [notices.scan(most=2) for _ in range(3)]
    assert [(each.count, each.more) for each in found] == [(2, True), (2, True), (1, False)]


def test_two_schedulers_at_once_tell_once(notices: Any, clinic: Any) -> None:
    clinic.book_many(20, TUESDAY_AFTERNOON)
    notices.scan()
    notices.at(8, 17)
    found = at_once(4, lambda _: notices.scan(most=7).count)
    while notices.scan(most=7).more:
        pass
    assert all(isinstance(each, int) for each in found), found
    kinds = clinic.rows(Message.kind)
    assert kinds.count("remind.eve_sms") == 20


def test_a_cancellation_and_the_scan_at_once_leave_no_reminder_waiting(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(12, TUESDAY_AFTERNOON)
    notices.scan()
    notices.at(8, 17)

    def act(n: int) -> Any:
        if n % 4 == 0:
            return notices.scan(most=5)
        return [
            clinic.cancel(each.id, f"+861540001{place:04d}") for place, each in enumerate(visits) if place % 4 == n % 4
        ]

    at_once(8, act)
    while notices.scan().more:
        pass
    rows = clinic.run(
        lambda s: s.execute(
            select(Visit.state, Message.state)
            .join(Message, Message.phone == Visit.phone)
            .where(Message.kind == "remind.eve_sms")
        ).all()
    )
    assert {message for visit, message in rows if visit == "cancelled"} <= {"cancelled"}
    assert [visit for visit, message in rows if message == "queued"] == ["booked"] * 3
    assert set(notices.states()) == {"booked", "cancelled"}


def test_the_scan_asks_the_index_of_what_is_due(store: Any) -> None:
    due = whole().where(Visit.look_at.is_not(None), Visit.look_at <= NOW).order_by(Visit.look_at, Visit.id).limit(500)
    assert "ix_visit_look_at" in plan_of(store, due)


def failed(clinic: Any) -> None:
    """The SMS has not come, as its receipt says."""
    sms = update(Message).where(Message.kind == "remind.eve_sms").values(state="failed", settled_at=clinic.moment)
    clinic.run(lambda session: session.execute(sms) and None)


def test_where_the_sms_does_not_come_they_are_called_while_it_is_of_use(notices: Any, clinic: Any) -> None:
    visit = clinic.book(TUESDAY_AFTERNOON)
    notices.at(8, 17)
    notices.scan()
    failed(clinic)
    assert clinic.run(voice.fall_back, now=clinic.moment) == 1
    *_, (occasion, channel, kind, resident, expires) = clinic.rows(
        Message.occasion, Message.channel, Message.kind, Message.resident_id, Message.expires_at
    )
    assert (channel, kind, resident) == ("voice", "remind.eve_sms", 1)
    assert expires == NOW.replace(day=9, hour=14, minute=0)
    clinic.cancel(visit.id)  # and the call is called off with the visit
    assert (occasion, "cancelled") in clinic.rows(Message.occasion, Message.state)


def test_nobody_is_called_about_a_visit_that_has_begun(notices: Any, clinic: Any) -> None:
    clinic.book(TUESDAY_AFTERNOON)
    notices.at(8, 17)
    notices.scan()
    failed(clinic)
    notices.at(9, 14)
    assert clinic.run(voice.fall_back, now=clinic.moment) == 0


def test_nobody_is_called_about_a_visit_that_was_cancelled_while_its_sms_was_on_its_way(
    notices: Any, clinic: Any
) -> None:
    visit = clinic.book(TUESDAY_AFTERNOON)
    notices.at(8, 17)
    notices.scan()
    clinic.run(outbox.claim, sender="one", rooms=rooms(), now=clinic.moment)
    clinic.cancel(visit.id)
    failed(clinic)
    assert clinic.run(voice.fall_back, now=clinic.moment) == 0


def test_a_phone_that_is_somebody_elses_gets_what_it_asks_for_and_no_notice(notices: Any, clinic: Any) -> None:
    visit = clinic.book(5)
    wrong(clinic, PHONE)
    notices.told()
    notices.at(8, 17)
    assert notices.scan().count == 0
    assert (notices.told(), clinic.rows(Question.id)) == ([], [])
    clinic.send_code(visit.id)
    assert notices.kinds() == ["visit.code_sms"]
    notices.at(9, 18)
    assert notices.scan().count == 0
    assert (notices.told(), notices.states()) == ([], ["noshow"])
