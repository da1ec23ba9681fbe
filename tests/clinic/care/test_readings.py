"""Readings that come by SMS: whose they are, kept once, judged, asked about."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import inbox
from clinic.care import readings
from clinic.care.reading.values import Glucose, Pressure
from clinic.errors import NotPossible
from tests.clinic.care.conftest import DOCTOR, DUTY, LAST, LI, STRANGER, WANG


def test_a_text_from_ones_own_phone_goes_into_ones_file(care: Any) -> None:
    care.enrol()
    noted = care.text("医生您好，血压１５０／９５ 脉搏72，吃过药了")
    assert (noted.name, noted.asks, noted.alarm) == ("王*英", (), False)
    assert [(told.reading, told.judgement.level) for told in noted.told] == [(Pressure(150, 95, 72), "above_target")]
    assert care.readings() == [(1, "150/95")]


def test_three_spellings_are_one_reading_each(care: Any) -> None:
    for words in ("血压150/95", "高压148低压92", "BP 152 over 90"):
        care.text(words)
        care.wait(hours=1)
    assert care.readings() == [(1, "150/95"), (1, "148/92"), (1, "152/90")]


def test_both_kinds_in_one_text(care: Any) -> None:
    care.text("血压130/80，空腹血糖6.3")
    assert care.readings() == [(1, "130/80"), (1, "63 fasting")]


def test_a_text_that_is_handled_twice_is_kept_once(care: Any) -> None:
    came = care.run(inbox.receive, link="main", bind="b", live={"b"}, phone=WANG, text="血压190/95", now=care.moment)
    assert care.again(came) == care.again(came)
    assert care.readings() == [(1, "190/95")]
    assert len(care.alerts()) == 1
    assert len(care.sent(DUTY)) == 1


@pytest.mark.parametrize("words", ["你好", "1", "预约", "15400000001", "110101195808142424", "王秀英"])
def test_what_holds_no_reading_is_left_to_the_menus(care: Any, words: str) -> None:
    assert care.text(words) is None
    assert care.readings() == []


def test_the_mean_of_the_last_ones_is_told_from_the_third_on(care: Any) -> None:
    means = []
    for words in ("血压150/90", "血压140/80", "血压145/85", "血压 120/79"):
        means.append(care.text(words).told[0].mean)
        care.wait(days=1)
    assert means[:2] == [None, None]
    assert (means[2].count, means[2].reading) == (3, Pressure(145, 85))
    assert (means[3].count, means[3].reading) == (4, Pressure(139, 84))  # 138.75 and 83.5


def test_glucose_before_and_after_a_meal_is_not_mixed(care: Any) -> None:
    for words in ("空腹血糖6.0", "空腹血糖6.2", "餐后血糖9.0"):
        care.text(words)
    assert care.text("空腹血糖6.4").told[0].mean.reading == Glucose(62, "fasting")


# On a phone that several people share.


def test_a_name_in_the_text_says_whose(care: Any) -> None:
    assert care.text("李国强 血压150/95", LI).name == "李*强"
    assert care.text("赵玉兰高压138低压88", LI).name == "赵*兰"
    assert care.readings() == [(2, "150/95"), (3, "138/88")]


@pytest.mark.parametrize(("words", "whose"), [("老伴150/95", 3), ("老婆血压150/95", 3), ("My wife BP 150/95", 3)])
def test_so_does_what_the_phones_owner_calls_them(care: Any, words: str, whose: int) -> None:
    care.text(words, LI)
    assert care.readings() == [(whose, "150/95")]


def test_otherwise_the_phone_is_asked_and_the_answer_keeps_it(care: Any) -> None:
    noted = care.text("血压150/95", LI)
    assert (noted.asks, noted.name) == (("李*强", "赵*兰"), "")
    assert care.readings() == []
    (asked,) = care.asked(LI, readings.KIND)
    care.wait(hours=3)
    chosen = choose(care, asked, "2")
    assert (chosen.name, chosen.more) == ("赵*兰", None)
    assert care.readings() == [(3, "150/95")]
    assert care.asked(LI, readings.KIND) == []


def choose(care: Any, asked: Any, answer: str, phone: str = LI, inbox: int = 800) -> Any:
    given = {"asked": asked, "phone": phone, "answer": answer, "inbox": inbox}
    return care.run(readings.choose, **given, **care.given)


def test_a_name_answers_too_and_the_last_number_is_nobody(care: Any) -> None:
    care.text("血压150/95", LI)
    assert choose(care, care.asked(LI, readings.KIND)[0], "赵玉兰").name == "赵*兰"
    care.text("血压151/96", LI)
    (asked,) = care.asked(LI, readings.KIND)
    assert choose(care, asked, "4") is None
    assert choose(care, asked, "预约") is None
    assert choose(care, asked, "3", inbox=801).name == ""
    assert care.readings() == [(3, "150/95")]


def test_two_that_wait_are_asked_for_one_after_the_other(care: Any) -> None:
    care.text("血压150/95", LI)
    care.wait(minutes=2)
    care.text("血压141/88", LI)
    last, first = care.asked(LI, readings.KIND)
    chosen = choose(care, last, "1")
    assert care.readings() == [(2, "141/88")]
    assert chosen.more.asks == ("李*强", "赵*兰")
    assert [told.reading for told in chosen.more.told] == [Pressure(150, 95)]
    assert choose(care, first, "2", inbox=801).more is None
    assert care.readings() == [(2, "141/88"), (3, "150/95")]


def test_two_names_in_one_text_are_nobodys(care: Any) -> None:
    noted = care.text("李国强150/95，赵玉兰140/90", LI)
    assert (noted.several, noted.asks) == (True, ())
    assert care.readings() == []


def test_of_two_the_owner_who_alone_is_followed_up_is_meant(care: Any) -> None:
    care.enrol(2)
    assert care.text("血压150/95", LI).name == "李*强"


def test_but_not_the_other_one(care: Any) -> None:
    care.enrol(3)
    assert care.text("血压150/95", LI).asks == ("李*强", "赵*兰")


def test_somebody_elses_reading_from_ones_own_phone_is_asked_about(care: Any) -> None:
    assert care.text("我妈血压150/95", WANG).asks == ("王*英",)
    assert care.readings() == []


# Phones that nobody knows.


def test_a_stranger_is_advised_and_nothing_is_kept(care: Any) -> None:
    noted = care.text("血压150/95", STRANGER)
    assert (noted.known, noted.name, noted.told[0].judgement.level) == (False, "", "high")
    assert (care.readings(), care.alerts(), care.sent()) == ([], [], [])


def test_a_phone_that_only_booked_for_somebody_writes_nothing_into_their_file(care: Any, clinic: Any) -> None:
    clinic.book(patient=care.run(lambda s: clinic.person("赵玉兰", "110101195703030047")), phone=STRANGER)
    assert care.text("赵玉兰 血压150/95", STRANGER).known is False
    assert care.readings() == []


# Emergencies.


def test_an_emergency_tells_the_doctor_and_who_is_on_duty(care: Any) -> None:
    care.enrol()
    noted = care.text("血压185/120 头晕得厉害")
    assert (noted.alarm, noted.danger) == (True, ("dizziness",))
    assert care.sent(DOCTOR) == [
        "紧急1：王秀英68岁 07:30 血压185/120，严重头晕。电话+8615400000001。请立即联系，处理后回复1或：确认1"
    ]
    assert care.sent(DUTY) == care.sent(DOCTOR)


def test_of_a_stranger_the_last_resort_is_told(care: Any) -> None:
    care.text("血压200/130", STRANGER)
    assert care.sent(LAST) == [
        "紧急1：登记不明 07:30 血压200/130。电话+8615400000077。请立即联系，处理后回复1或：确认1"
    ]


@pytest.mark.parametrize("words", ["高压190", "血糖HI", "血压1850/95", "胸口痛，喘不上气", "空腹血糖2.9"])
def test_what_may_be_one_is_one(care: Any, words: str) -> None:
    assert care.text(words).alarm
    assert len(care.sent(DUTY)) == 1


def test_on_a_shared_phone_it_is_told_before_anybody_knows_whose_and_the_doctor_of_either(care: Any) -> None:
    care.enrol(3)
    care.text("血压190/95", LI)
    assert care.sent(DOCTOR) == [
        "紧急1：李国强、赵玉兰之一 07:30 血压190/95。电话+8615400000002。请立即联系，处理后回复1或：确认1"
    ]
    choose(care, care.asked(LI, readings.KIND)[0], "2")
    assert care.alerts() == [(3, LI, "")]
    assert len(care.sent(DOCTOR)) == 1  # told once


def test_somebody_elses_emergency_is_told_too(care: Any) -> None:
    assert care.text("我妈血压190/95").alarm
    assert care.alerts() == [(None, WANG, "")]


# In a dialog.


def record(care: Any, phone: str, resident: int, reading: Any) -> Any:
    given = {"phone": phone, "resident": resident, "reading": reading, "occasion": "abc", "source": "voice"}
    return care.run(readings.record, **given, **care.given)


def test_a_dialog_records_once_for_those_that_the_phone_stands_for(care: Any) -> None:
    assert record(care, LI, 3, Pressure(150, 95)) == record(care, LI, 3, Pressure(150, 95))
    assert care.readings() == [(3, "150/95")]
    with pytest.raises(NotPossible):
        record(care, LI, 1, Pressure(150, 95))
    with pytest.raises(NotPossible):
        record(care, STRANGER, 1, Pressure(150, 95))


def test_the_last_ones_are_heard_by_whom_they_concern(care: Any) -> None:
    care.text("血压150/95")
    care.wait(days=1)
    care.text("空腹血糖5.3")
    look = {"installation": care.house, "now": care.moment}
    lines = care.run(readings.last, phone=WANG, resident=1, **look)
    assert [line.reading for line in lines] == [Glucose(53, "fasting"), Pressure(150, 95)]
    with pytest.raises(NotPossible):
        care.run(readings.last, phone=STRANGER, resident=1, **look)
