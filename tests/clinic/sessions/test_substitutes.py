"""A substitute of the same grade takes over a session: numbers and T-codes stay, each booker is told once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from clinic import invariants
from clinic.places.changing import NotChangeable
from clinic.rules import Rules
from clinic.sessions import substitutes
from clinic.tables import Audit, ClinicSession, Message, Practitioner, Question, Roster, Staff, Visit, Voucher
from conf.texts.words import Name
from tests.clinic.conftest import HOUSE, NOW

TOMORROW = 4  # of 1, tomorrow morning


@pytest.fixture(autouse=True)
def _colleagues(clinic: Any) -> None:
    def add(session: Any) -> None:
        session.scalars(select(Practitioner)).one().grade = "chief"
        for code, department, zh, en, grade in (
            ("2", 1, "林磊", "Dr Lei Lin", "Chief"),
            ("3", 2, "吴敏", "Dr Min Wu", "chief"),
            ("4", 1, "王伟", "Dr Wei Wang", "attending"),
            ("5", 1, "何婷", "Dr Ting He", ""),
        ):
            session.add(
                Practitioner(centre_id=1, department_id=department, code=code, name_zh=zh, name_en=en, grade=grade)
            )
        session.add(Practitioner(centre_id=2, department_id=3, code="9", name_zh="张伟", grade="chief"))

    clinic.run(add)


def substitute(clinic: Any, code: str, offered: int = TOMORROW, **more: bool) -> substitutes.Substituted:
    given = more | {"rules": Rules(), "installation": HOUSE, "by": "li", "now": clinic.moment}
    done: substitutes.Substituted = clinic.run(substitutes.substitute, offered=offered, code=code, **given)
    return done


def told(clinic: Any) -> list[str]:
    return [text for kind, text in clinic.rows(Message.kind, Message.text) if kind == "substitute.told_sms"]


def test_a_substitute_takes_over_and_each_is_told_once(clinic: Any) -> None:
    clinic.moment = NOW.replace(hour=9)
    visits = clinic.book_many(2, TOMORROW)
    clinic.book_many(3, TOMORROW - 3)
    clinic.cancel(visits[1].id, "+8615400010001")
    done = substitute(clinic, "2")
    assert done == substitutes.Substituted(
        Name("欧阳雨桐", "Dr Yutong Ouyang"), Name("林磊", "Dr Lei Lin"), told=1, arrived=0
    )
    assert told(clinic) == [
        "替诊通知：王*，3月9日周二上午08:00，东苑中心全科第1号，原欧阳雨桐改由林磊接诊，时间、排队号和T码不变。"
        "不能来请回复“取消”。"
    ]
    assert clinic.rows(Visit.queue, Visit.state)[:2] == [(1, "booked"), (2, "cancelled")]
    assert clinic.rows(Voucher.number, Voucher.state)[0] == (visits[0].number, "issued")
    view = clinic.upcoming("+8615400010000")[-1]
    assert (view.practitioner, view.number, view.queue) == (Name("林磊", "Dr Lei Lin"), visits[0].number, 1)
    assert clinic.rows(Audit.actor, Audit.action, Audit.detail)[-1] == (
        "staff:li",
        "session.substitute",
        {"was": 1, "to": 2},
    )
    assert clinic.rows(Question.kind)[-1] == "visit"
    assert clinic.run(invariants.broken) == []


def test_giving_it_back_is_told_too(clinic: Any) -> None:
    clinic.book(TOMORROW)
    for code in ("2", "1", "2"):
        clinic.wait(minutes=1)
        assert substitute(clinic, code).told == 1
    assert len(told(clinic)) == 3
    with pytest.raises(NotChangeable, match="2 holds it already"):
        substitute(clinic, "2")
    assert len(told(clinic)) == 3


def test_somebody_of_another_department_only_where_that_is_said(clinic: Any) -> None:
    with pytest.raises(NotChangeable, match="3 is of another department; where they may hold it all the same: --other"):
        substitute(clinic, "3")
    assert [each.code for each in clinic.run(substitutes.free, offered=TOMORROW)] == ["2"]
    assert [each.code for each in clinic.run(substitutes.free, offered=TOMORROW, elsewhere=True)] == ["2", "3"]
    substitute(clinic, "3", elsewhere=True)
    assert clinic.rows(ClinicSession.department_id, ClinicSession.practitioner_id)[TOMORROW - 1] == (1, 3)


@pytest.mark.parametrize(
    ("code", "offered", "why"),
    [
        ("4", TOMORROW, "4 is attending, and 1 chief"),
        ("5", TOMORROW, "5 is of no known grade, and 1 chief"),
        ("9", TOMORROW, "the centre has no practitioner 9; of this department there are: 1, 2, 4, 5"),
        ("2", 2, "clinic session 2 is nobody's in particular; whoever is on duty holds it"),
        ("2", 99, "there is no clinic session 99"),
    ],
)
def test_who_cannot_says_why(clinic: Any, code: str, offered: int, why: str) -> None:
    clinic.book(TOMORROW)
    with pytest.raises(NotChangeable) as refused:
        substitute(clinic, code, offered)
    assert str(refused.value) == why
    assert told(clinic) == []


def test_nobody_who_is_busy_then(clinic: Any) -> None:
    clinic.change(6, practitioner_id=3, starts=dt.time(11), ends=dt.time(12))  # overlaps by half an hour
    with pytest.raises(NotChangeable, match="3 has clinic session 6 at that time, 11:00-12:00"):
        substitute(clinic, "3", elsewhere=True)
    assert [each.code for each in clinic.run(substitutes.free, offered=TOMORROW, elsewhere=True)] == ["2"]
    clinic.change(6, state="stopped")
    substitute(clinic, "3", elsewhere=True)
    clinic.change(5, practitioner_id=2, half="am", starts=dt.time(7), ends=dt.time(8), state="stopped")
    with pytest.raises(NotChangeable, match="2 has clinic session 5 at that time, 07:00-08:00, though that is stopped"):
        substitute(clinic, "2")


def staff(clinic: Any, code: str, *, active: bool = True, shift: str | None = None) -> None:
    """A member of the staff with a practitioner's code, on the roster of tomorrow where a shift is given."""

    def add(session: Any) -> None:
        member = Staff(centre_id=1, code=code, name="林磊", phone="+8615400000050", role="doctor", active=active)
        session.add(member)
        session.flush()
        if shift is not None:
            session.add(Roster(staff_id=member.id, day=session.get_one(ClinicSession, TOMORROW).day, shift=shift))

    clinic.run(add)


def test_whoever_has_left_does_not_come_back_as_a_substitute(clinic: Any) -> None:
    staff(clinic, "2", active=False)
    with pytest.raises(NotChangeable, match="2 works there no more, by the list of staff"):
        substitute(clinic, "2")
    assert clinic.run(substitutes.free, offered=TOMORROW) == []


def test_somebody_who_is_not_on_duty_only_where_that_is_said(clinic: Any) -> None:
    staff(clinic, "2", shift="pm")
    [found] = clinic.run(substitutes.free, offered=TOMORROW)
    assert (found.code, found.on_duty) == ("2", False)
    with pytest.raises(NotChangeable, match=r"2 is not on the duty roster on 2027-03-09 am; .* --off-duty"):
        substitute(clinic, "2")
    assert clinic.rows(ClinicSession.practitioner_id)[TOMORROW - 1] == 1
    substitute(clinic, "2", off_duty=True)
    assert clinic.rows(ClinicSession.practitioner_id)[TOMORROW - 1] == 2


def test_who_is_on_duty_may_and_so_may_anybody_where_no_roster_is_kept(clinic: Any) -> None:
    staff(clinic, "2")
    assert [each.on_duty for each in clinic.run(substitutes.free, offered=TOMORROW)] == [None]
    staff(clinic, "1", shift="am")
    assert [each.on_duty for each in clinic.run(substitutes.free, offered=TOMORROW)] == [False]
    staff(clinic, "6", shift="am")  # on the roster, and no practitioner
    substitute(clinic, "2", off_duty=True)


def test_what_the_desk_asks_before_is_refused_as_the_deed_would_be(clinic: Any) -> None:
    found = clinic.run(substitutes.possible, offered=TOMORROW, code="2", now=clinic.moment)
    assert found == substitutes.Free("2", Name("林磊", "Dr Lei Lin"), found.department, None)
    with pytest.raises(NotChangeable, match="4 is attending, and 1 chief"):
        clinic.run(substitutes.possible, offered=TOMORROW, code="4", now=clinic.moment)


def test_not_of_one_that_is_over_or_stopped_or_of_somebody_without_a_grade(clinic: Any) -> None:
    clinic.change(TOMORROW, state="stopped")
    with pytest.raises(NotChangeable, match="clinic session 4 is stopped"):
        substitute(clinic, "2")
    clinic.change(TOMORROW, state="open", practitioner_id=5)
    with pytest.raises(NotChangeable, match="nobody knows the grade of 5: import practitioners"):
        substitute(clinic, "2")
    clinic.moment = NOW.replace(hour=12)
    with pytest.raises(NotChangeable, match="clinic session 1 is over"):
        substitute(clinic, "2", 1)
