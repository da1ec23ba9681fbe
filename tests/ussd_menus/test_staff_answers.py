"""Staff acknowledge notices by SMS; what else they write, as residents, goes to the menus as ever."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from clinic.staff import notices
from clinic.tables import Staff, StaffNoticeRecipient

DOCTOR, RESIDENT = "+8615400000001", "+8615400000002"
CENTRES = "选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0.返回"
DEPARTMENTS = "选择科室\n1.全科 余84\n0.返回"
ROOT = (
    "社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n4.健康知识\n"
    "5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户"
)


def employ(session: Any) -> None:
    session.add(Staff(centre_id=1, code="D1", name="李医生", phone=DOCTOR, role="doctor", active=True))


def notify(house: Any, text: str) -> int:
    given = {"staff": [1], "text": text, "by": "desk", "language": "zh", "now": house.moment}
    return int(house.store.run_now(notices.notify, **given).notice)


def acknowledged(house: Any) -> list[tuple[int, str]]:
    wanted = select(StaffNoticeRecipient.staff_notice_id, StaffNoticeRecipient.answer).where(
        StaffNoticeRecipient.acknowledged_at.is_not(None)
    )
    return house.store.run_now(lambda session: [tuple(row) for row in session.execute(wanted)])


@pytest.fixture
def doctor(house: Any, texter: Any) -> Any:
    """The phone of a doctor who was told notice 1."""
    house.store.run_now(employ)
    assert notify(house, "16:00 全体培训") == 1
    return texter


def test_an_answer_in_the_middle_of_a_booking(doctor: Any, house: Any) -> None:
    assert doctor.send("预约", "1", "收到1", "1") == (
        f"> 预约\n{CENTRES}\n"
        f"> 1\n{DEPARTMENTS}\n"
        "> 收到1\n通知1已记录收到，谢谢。\n"
        "> 1\n选择日期\n1.11月23日周一 余42\n2.11月24日周二 余42\n0.返回\n"
    )
    assert acknowledged(house) == [(1, "收到1")]


def test_what_is_typed_into_an_open_dialog_is_not_taken_for_an_answer(doctor: Any, house: Any) -> None:
    doctor.send("预约", "1", "1", "1", "1")
    assert doctor.send("收到礼物", "110101195808142424").startswith("> 收到礼物\n请输入收到礼物的18位身份证号\n")
    assert acknowledged(house) == []


def test_keywords_and_numbers_stay_what_they_are(doctor: Any, house: Any) -> None:
    assert doctor.send("1", "菜单") == f"> 1\n{CENTRES}\n> 菜单\n{ROOT}\n"
    assert acknowledged(house) == []


def test_several_notices_are_not_guessed_among(doctor: Any, house: Any) -> None:
    notify(house, "明早流感疫苗到货")
    assert doctor.send("收到") == "> 收到\n您有多条通知未回复：1、2。请写明编号，例如：收到2\n"
    house.wait(minutes=1)
    assert doctor.send("收到 2") == "> 收到 2\n通知2已记录收到，谢谢。\n"
    house.wait(minutes=1)
    assert doctor.send("OK") == "> OK\n通知1已记录收到，谢谢。\n"
    assert acknowledged(house) == [(1, "OK"), (2, "收到 2")]


def test_who_is_not_staff_gets_the_usual_treatment(doctor: Any, house: Any) -> None:
    doctor.phone = RESIDENT
    assert doctor.send("收到1") == f"> 收到1\n{ROOT}\n"
    assert acknowledged(house) == []


def test_an_answer_counts_even_where_the_phone_had_enough_replies(doctor: Any, house: Any) -> None:
    doctor.allowed = False
    assert doctor.answer("收到", 1) is None
    assert acknowledged(house) == [(1, "收到")]


def test_robots_that_thank_each_other_come_to_an_end(doctor: Any) -> None:
    doctor.send("收到1")
    assert [key for key, *_ in doctor.limits] == [f"reply:{DOCTOR}"]


def test_an_answer_works_without_the_shared_state(doctor: Any, house: Any) -> None:
    house.kept.down = True
    assert doctor.answer("收到1", 1) == "通知1已记录收到，谢谢。"


def test_the_installations_language_answers_not_the_residents(doctor: Any, house: Any) -> None:
    house.speaks(DOCTOR, "en")
    assert doctor.answer("OK 1", 1) == "通知1已记录收到，谢谢。"
    assert house.language(DOCTOR) == "en"
