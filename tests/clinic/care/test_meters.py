"""Meters with a SIM card: read by their form, kept with their own time, never answered, counted where unreadable."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import inbox
from clinic.care import meters, readings
from tests.clinic.care.conftest import DOCTOR, WANG
from tests.clinic.conftest import SHANGHAI

METER = "+8615400000055"
FORMS = {
    "omega": "BP:{systolic}/{diastolic},P:{pulse},T:{time:%y%m%d%H%M},ID:{serial}",
    "sugar": "GLU {glucose} {meal}",
}


def register(care: Any, resident: int = 1, serial: str = "", form: str = "omega", phone: str = METER) -> Any:
    given = {"phone": phone, "serial": serial, "resident": resident, "format": form}
    return care.run(meters.register, **given, actor="staff", now=care.moment)


def sends(care: Any, text: str, phone: str = METER) -> Any:
    came = care.run(inbox.receive, link="main", bind="b", live={"b"}, phone=phone, text=text, now=care.moment)
    return care.run(meters.take, phone=phone, text=text, inbox=came.id, **care.given)


def kept(care: Any, resident: int = 1) -> list[Any]:
    return list(care.run(readings.of, resident=resident))


@pytest.fixture
def metered(care: Any) -> Any:
    care.enrol()
    care.set_rules(meters=FORMS)
    register(care)
    return care


def test_a_reading_with_the_meters_own_time(metered: Any) -> None:
    noted = sends(metered, "BP:150/95,P:72,T:2703080615,ID:A77")
    assert (noted.name, noted.told[0].judgement.level) == ("王*英", "above_target")
    (line,) = kept(metered)
    assert (line.measured_at, line.source) == (dt.datetime(2027, 3, 8, 6, 15, tzinfo=SHANGHAI), "meter")


@pytest.mark.parametrize("clock", ["0000000000", "2001010000", "2712312359"])
def test_a_clock_that_was_never_set_does_not_count(metered: Any, clock: str) -> None:
    sends(metered, f"BP:150/95,P:72,T:{clock},ID:A77")
    assert [line.measured_at for line in kept(metered)] == [metered.moment]


def test_a_meter_that_sends_twice_is_kept_once_and_two_measurements_of_a_minute_twice(metered: Any) -> None:
    for _ in range(2):
        sends(metered, "BP:150/95,P:72,T:2703080615,ID:A77")
        metered.wait(minutes=3)
    sends(metered, "BP:190/95,P:72,T:2703080615,ID:A77")
    assert metered.readings() == [(1, "150/95"), (1, "190/95")]


def test_an_emergency_gives_the_residents_phone_to_call(metered: Any) -> None:
    sends(metered, "BP:190/115,P:99,T:2703080715,ID:A77")
    assert metered.sent(DOCTOR) == [
        "紧急1：王秀英68岁 07:30 血压190/115 脉搏99。电话+8615400000001。请立即联系，处理后回复1或：确认1"
    ]


def test_what_no_living_person_has_is_no_reading_but_may_be_an_emergency(metered: Any) -> None:
    register(metered, form="sugar", phone="+8615400000056")
    noted = sends(metered, "GLU HI P", "+8615400000056")
    assert (noted.alarm, metered.readings()) == (True, [])
    assert "疑似HI" in metered.sent(DOCTOR)[0]


def test_one_number_with_several_meters(metered: Any) -> None:
    register(metered, 2, "B12")
    sends(metered, "BP:150/95,P:72,T:2703080615,ID:B12")
    sends(metered, "BP:140/90,P:72,T:2703080616,ID:A77")
    assert metered.readings() == [(2, "150/95"), (1, "140/90")]


@pytest.mark.parametrize("text", ["血压150/95", "BATTERY LOW", "BP:150/95", ""])
def test_what_its_form_cannot_read_is_counted(metered: Any, text: str) -> None:
    assert sends(metered, text) is None
    assert metered.readings() == []
    (line,) = metered.run(meters.listed)
    assert (line.unreadable, line.readings, line.phone, line.name) == (1, 0, "+86154****0055", "王*英")


def test_a_form_that_is_not_in_the_settings_reads_nothing(care: Any) -> None:
    register(care, form="gone")
    assert sends(care, "BP:150/95,P:72,T:2703080615,ID:A77") is None
    assert care.run(meters.listed)[0].unreadable == 1


def test_the_list_counts_what_came(metered: Any) -> None:
    sends(metered, "BP:150/95,P:72,T:2703080615,ID:A77")
    metered.text("血压150/95", WANG)
    (line,) = metered.run(meters.listed)
    assert (line.readings, line.unreadable, line.last_at) == (1, 0, dt.datetime(2027, 3, 8, 6, 15, tzinfo=SHANGHAI))


def test_a_number_that_is_a_meters_no_more(metered: Any) -> None:
    assert metered.run(meters.is_one, phone=METER)
    assert metered.run(meters.remove, meter=1, actor="staff", now=metered.moment)
    assert not metered.run(meters.is_one, phone=METER)
    assert not metered.run(meters.remove, meter=1, actor="staff", now=metered.moment)
