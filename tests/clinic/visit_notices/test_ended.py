"""After a visit: who did not come is told so on the next morning, who was there is asked how it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import kiosks, vouchers
from clinic.queue import calling
from clinic.tables import Message, Question, Satisfaction, Visit, Voucher
from clinic.visit_notices import ended, satisfaction
from tests.clinic.conftest import NOW, OTHER_IDENTITY, OTHER_PHONE, PHONE
from tests.clinic.visit_notices.conftest import at_once, wrong


def test_who_has_not_come_by_the_evening_is_told_on_the_next_morning(notices: Any, clinic: Any) -> None:
    clinic.book(1)
    notices.scan()
    notices.at(8, 17, 59)
    assert notices.scan().count == 0
    assert notices.states() == ["booked"]  # until then one may still come
    notices.told()
    notices.at(8, 18)
    assert notices.scan().count == 1
    assert (notices.states(), clinic.rows(Voucher.state), clinic.rows(Visit.look_at)) == (
        ["noshow"],
        ["expired"],
        [None],
    )
    assert notices.told() == [
        (
            "missed.told_sms",
            "王*3月8日周一上午未到东苑中心全科就诊，号已过期。仍需就诊请回复“预约”，或拨*120#。祝您健康。",
        )
    ]
    assert clinic.rows(Message.due_at)[-1] == NOW.replace(day=9, hour=9, minute=0)
    assert notices.scan().count == 0


def test_a_session_later_than_the_evening_is_waited_for(notices: Any, clinic: Any) -> None:
    clinic.change(2, ends=dt.time(20, 30))
    clinic.book(2)
    notices.scan()
    notices.at(8, 20, 29)
    notices.scan()
    assert notices.states() == ["booked"]
    notices.at(8, 20, 30)
    notices.scan()
    assert notices.states() == ["noshow"]


def test_who_was_there_counts_as_seen_and_is_asked(notices: Any, clinic: Any) -> None:
    visit = clinic.book(1)
    notices.scan()
    notices.arrive(visit)
    notices.at(8, 18)
    notices.told()
    assert notices.scan().count == 1
    assert notices.states() == ["fulfilled"]
    [(kind, text)] = notices.told()
    assert kind == "satisfaction.ask_sms"
    assert text.startswith("王*3月8日周一在东苑中心全科就诊，您满意吗？请回复1至5")
    assert clinic.rows(
        Satisfaction.visit_id, Satisfaction.centre_id, Satisfaction.practitioner_id, Satisfaction.score
    ) == [(visit.id, 1, 1, None)]
    assert clinic.rows(Question.kind, Question.phone, Question.subject) == [
        ("satisfaction", PHONE, {"visit": visit.id})
    ]


def test_a_session_that_ends_in_quiet_hours_is_asked_about_in_the_morning(notices: Any, clinic: Any) -> None:
    clinic.change(2, ends=dt.time(21, 30))
    notices.arrive(clinic.book(2))
    notices.at(8, 21, 30)
    notices.scan()
    assert clinic.rows(Message.kind, Message.due_at)[-1] == (
        "satisfaction.ask_sms",
        NOW.replace(day=9, hour=8, minute=0),
    )


def test_a_phone_is_asked_once_in_thirty_days(notices: Any, clinic: Any) -> None:
    notices.arrive(clinic.book(1), clinic.book(1, clinic.person("李强", OTHER_IDENTITY)))
    notices.at(8, 18)
    assert notices.scan().count == 1  # both are of one phone
    notices.at(9, 7, 30)
    notices.arrive(clinic.book(4), clinic.book(4, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE))
    notices.at(9, 18)
    assert notices.scan().count == 1
    assert clinic.rows(Question.phone) == [PHONE, OTHER_PHONE]
    assert notices.states() == ["fulfilled"] * 4


def test_days_later_nobody_is_told_or_asked(notices: Any, clinic: Any) -> None:
    clinic.book(1)
    notices.arrive(clinic.book(1, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE))
    notices.told()
    notices.at(11, 9)
    assert notices.scan().count == 0
    assert (notices.told(), notices.states()) == ([], ["noshow", "fulfilled"])


def test_who_the_nightly_job_has_counted_as_not_come_is_told_all_the_same(notices: Any, clinic: Any) -> None:
    clinic.book(1)
    notices.scan()
    notices.at(9, 0, 5)
    clinic.run(vouchers.expire, now=clinic.moment)
    assert notices.scan().count == 1
    assert notices.kinds()[-1] == "missed.told_sms"


def test_a_cancelled_visit_is_over(notices: Any, clinic: Any) -> None:
    clinic.cancel(clinic.book(1).id)
    notices.at(8, 18)
    assert notices.scan().count == 0
    assert notices.states() == ["cancelled"]


def test_a_kiosk_and_the_evening_at_once_agree(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(8)
    notices.scan()
    notices.at(8, 18)
    kiosk, _ = clinic.run(kiosks.enrol, centre="DY", name="Hall", now=clinic.moment)
    outcomes: list[str] = []

    def act(n: int) -> None:
        if n % 2:
            notices.scan(most=2)
            return
        for each in (visits[n], visits[n + 1]):
            outcomes.append(
                clinic.run(vouchers.use, claims=None, number=each.number, kiosk=kiosk, now=clinic.moment).outcome
            )

    failed = [each for each in at_once(8, act) if each is not None]
    assert failed == []
    while notices.scan().more:
        pass
    clinic.wait(minutes=2)
    while notices.scan().more:
        pass
    states = clinic.rows(Visit.state)
    codes = clinic.rows(Voucher.state)
    assert list(zip(states, codes, strict=True)).count(("fulfilled", "used")) == outcomes.count("genuine")
    assert set(zip(states, codes, strict=True)) <= {("fulfilled", "used"), ("noshow", "expired")}


def test_a_phone_that_is_somebody_elses_is_not_asked(notices: Any, clinic: Any) -> None:
    notices.at(8, 7, 45)
    notices.arrive(clinic.book(1))
    wrong(clinic, PHONE)
    notices.told()
    notices.at(8, 18)
    assert notices.scan().count == 0
    assert (notices.told(), clinic.rows(Satisfaction.id), clinic.rows(Question.id)) == ([], [], [])


def test_who_says_it_by_menu_while_the_evening_asks_breaks_nothing(notices: Any, clinic: Any) -> None:
    notices.at(8, 7, 40)
    visits = clinic.book_many(6, 1)
    notices.arrive(*visits)
    for visit in visits[:3]:
        notices.act(calling.seen, visit=visit.id, by="test")
    notices.at(8, 18, 1)
    notices.told()

    def act(n: int) -> Any:
        if n == 0:
            return notices.scan().count
        given = {"visit": visits[n - 1].id, "phone": f"+861540001{n - 1:04d}"}
        return clinic.run(satisfaction.rate, **given, score=5, channel="menu", now=clinic.moment)

    outcomes = at_once(4, act)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert outcomes[1:] == ["thanks"] * 3
    notices.scan()
    said = dict(clinic.rows(Satisfaction.visit_id, Satisfaction.score))
    assert [said[visit.id] for visit in visits] == [5, 5, 5, None, None, None]


def test_what_was_said_while_the_scan_was_looking_is_not_asked(
    notices: Any, clinic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row is there when the scan wants to add one, though it was not when the scan asked."""
    notices.at(8, 7, 40)
    visit = clinic.book(1)
    notices.arrive(visit)
    notices.act(calling.seen, visit=visit.id, by="test")
    notices.at(8, 18, 1)
    real = ended.is_wrong

    def meanwhile(session: Any, phone: str) -> bool:
        row = ended.row_of(session, session.get(Visit, visit.id), clinic.moment.date())
        row.score, row.channel, row.answered_at = 4, "menu", clinic.moment
        session.flush()
        return real(session, phone)

    monkeypatch.setattr(ended, "is_wrong", meanwhile)
    notices.told()
    assert (notices.scan().count, notices.told(), clinic.rows(Satisfaction.score)) == (0, [], [4])
