"""Calls for help: whom to ring, and the caller's file to staff by SMS."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from clinic import alarms, imports, subscribers
from clinic.installation import Installation
from clinic.tables import Alarm, Audit, Centre, Message

PHONE, UNKNOWN = "+8615400000001", "+8615400000009"
EAST, SOUTH, CITY = "+8615499990001", "+8615499990002", "+8615499990000"
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
WOMAN, CHILD = "110101195808142424", "110101202301310014"


def duty(clinic: Any, **phones: str) -> None:
    def write(session: Any) -> None:
        for code, phone in phones.items():
            session.execute(update(Centre).where(Centre.code == code).values(duty_phone=phone))

    clinic.run(write)


@pytest.fixture
def alarm(clinic: Any) -> Any:
    def alarm(phone: str = PHONE, occasion: str = "test", fallback: str = CITY) -> Any:
        return clinic.run(
            alarms.raise_alarm,
            phone=phone,
            occasion=occasion,
            fallback=fallback,
            installation=HOUSE,
            now=clinic.moment,
        )

    return alarm


@pytest.fixture
def family(clinic: Any, tmp_path: Any) -> Any:
    """A mother and a child whose home centre is the southern one."""
    path = tmp_path / "residents.csv"
    path.write_text(
        f"name,identity,phone,centre,language\n王芳,{WOMAN},15400000001,NH,zh\n周子涵,{CHILD},15400000001,NH,zh\n"
    )
    clinic.run(imports.load, kind="residents", path=path, vault=clinic.vault, installation=HOUSE, now=clinic.moment)
    return clinic


def test_the_home_centres_duty_phone_and_the_whole_file(family: Any, alarm: Any) -> None:
    duty(family, DY=EAST, NH=SOUTH)
    family.book(patient=1)
    view = alarm()
    assert (view.duty_phone, view.centre.zh) == (EAST, "东苑中心")  # the centre last used comes before home
    assert family.texts()[1] == (
        EAST,
        "紧急求助 07:30 来电+8615400000001\n"
        "王芳 女 68岁\n"
        "周子涵 男 4岁\n"
        "所属南河中心\n"
        "今日上午 东苑中心全科 第1号 王芳",
    )
    assert family.rows(Message.message_class)[1] == "code"
    assert family.rows(Audit.actor, Audit.action, Audit.subject)[-1] == ("subscriber:1", "alarm.raise", "alarm:1")


def test_a_visit_that_was_cancelled_or_is_for_tomorrow_is_not_told(family: Any, alarm: Any) -> None:
    duty(family, NH=SOUTH)
    family.cancel(family.book(offered=1, patient=1).id)
    family.book(offered=4, patient=1)
    alarm()
    assert family.texts()[-1][1].endswith("所属南河中心")


def test_where_the_own_centre_has_none_the_nearest_that_has_one(family: Any, alarm: Any) -> None:
    duty(family, DY=EAST)
    assert alarm().duty_phone == EAST


def test_the_home_centre_where_none_was_used(family: Any, alarm: Any) -> None:
    duty(family, DY=EAST, NH=SOUTH)
    assert alarm().duty_phone == SOUTH


def test_where_no_centre_has_one_the_installations(family: Any, alarm: Any) -> None:
    view = alarm()
    assert (view.duty_phone, view.centre) == (CITY, None)
    assert family.texts()[0][0] == CITY


@pytest.mark.parametrize(("phone", "told"), [(UNKNOWN, f"来电{UNKNOWN}"), ("", "号码未显示")])
def test_who_is_not_known_gets_the_installations_phone(clinic: Any, alarm: Any, phone: str, told: str) -> None:
    duty(clinic, DY=EAST)
    assert alarm(phone).duty_phone == CITY
    assert clinic.texts() == [(CITY, f"紧急求助 07:30 {told}，没有登记信息。")]
    assert clinic.rows(Audit.actor) == ["caller"]


def test_or_any_centres_where_there_is_none(clinic: Any, alarm: Any) -> None:
    duty(clinic, NH=SOUTH)
    assert alarm(UNKNOWN, fallback="").duty_phone == SOUTH


def test_a_phone_that_only_chose_a_language_has_no_file(clinic: Any, alarm: Any) -> None:
    clinic.run(subscribers.set_language, phone=PHONE, language="en", now=clinic.moment)
    alarm()
    assert clinic.texts()[0][1].endswith("没有登记信息。")


def test_the_installations_phone_is_told_in_the_form_we_keep(clinic: Any, alarm: Any) -> None:
    assert alarm(fallback="154 9999 0000").duty_phone == CITY
    for short in ("120", "8"):
        assert alarm(fallback=short, occasion=short).duty_phone == short


def test_a_duty_phone_on_a_fixed_line_has_it_read_out_when_the_caller_had_the_line(clinic: Any, alarm: Any) -> None:
    alarm(fallback="01088886666")
    alarm(occasion="mobile")
    assert clinic.rows(Message.channel, Message.phone) == [("voice", "+861088886666"), ("sms", CITY)]
    seconds = [(due - clinic.moment).total_seconds() for due in clinic.rows(Message.due_at)]
    assert seconds == [120, 0]


def test_nobody_is_on_duty_at_all(clinic: Any, alarm: Any) -> None:
    view = alarm(fallback="")
    assert (view.duty_phone, view.centre) == ("", None)
    assert clinic.texts() == []
    assert clinic.rows(Alarm.phone, Alarm.duty_phone) == [(PHONE, "")]


def test_repeated_it_is_one_alarm(clinic: Any, alarm: Any) -> None:
    first = alarm()
    duty(clinic, DY=EAST)
    clinic.wait(minutes=1)
    assert alarm(fallback="") == first
    assert len(clinic.texts()) == 1
    assert len(clinic.rows(Audit.id)) == 1
    assert alarm(occasion="next").id == 2


def test_all_phones_that_may_have_to_be_rung(clinic: Any) -> None:
    def phones(fallback: str) -> Any:
        return clinic.run(alarms.duty_phones, fallback=fallback, region="CN")

    assert phones("") == []
    assert phones("120") == ["120"]
    duty(clinic, DY=EAST, NH=EAST)
    assert phones("154 9999 0000") == [EAST, CITY]
