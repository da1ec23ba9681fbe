"""Texts of meters with a SIM card: the form of each is a template."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.care.reading.meter import BadTemplate, MeterText, meter_text
from clinic.care.reading.values import Glucose, Measured, Pressure, Unclear
from conf.norms import norms

ZONE = ZoneInfo("Asia/Shanghai")
NORMS = norms(dt.date(2027, 3, 8))
CUFF = "BP:{systolic}/{diastolic},P:{pulse},T:{time:%y%m%d%H%M},ID:{serial}"


def read(template: str, text: str) -> Measured | Unclear | None:
    return meter_text(template).read(text, NORMS, ZONE)


def test_a_cuff_tells_pressure_pulse_time_and_which_one_it_is() -> None:
    found = read(CUFF, "BP:152/93,P:071,T:2703080715,ID:XM-0042")
    assert found == Measured((Pressure(152, 93, 71),), dt.datetime(2027, 3, 8, 7, 15, tzinfo=ZONE), "XM-0042")


@pytest.mark.parametrize(
    ("template", "text", "reading"),
    [
        ("GLU {glucose} {meal}", "GLU 5.3 F", Glucose(53, "fasting")),
        ("GLU {glucose} {meal}", "glu  15.3  P", Glucose(153, "after_meal")),
        ("GLU {glucose} {meal}", "GLU 5.3 X", Glucose(53)),
        ("{glucose_mgdl}mg/dL", "96mg/dL", Glucose(53, notes=("from_mg_dl",))),
        ("{any}SYS{systolic} DIA{diastolic}{any}", "$$#01 SYS150 DIA95 ok", Pressure(150, 95)),
        ("({systolic}|{diastolic}).*", "(150|95).*", Pressure(150, 95)),
        ("血压{systolic}，{diastolic}", "血压150，95", Pressure(150, 95)),
        ("血压{systolic}，{diastolic}", "血压１５０，９５", Pressure(150, 95)),
        ("{systolic},{diastolic},{pulse}", "150,95,0", Pressure(150, 95)),
    ],
)
def test_forms_of_other_meters(template: str, text: str, reading: Pressure | Glucose) -> None:
    assert read(template, text) == Measured((reading,), None, "")


def test_two_readings_in_one_text() -> None:
    found = read("{systolic}/{diastolic} {glucose}", "150/95 5.3")
    assert isinstance(found, Measured)
    assert found.readings == (Pressure(150, 95), Glucose(53))


@pytest.mark.parametrize(
    "text", ["", "血压152/93", "BP:152/93", "BP:152/93,P:071,T:27,ID:X", "BP:152/93,P:071,T:2703080715,ID:X\nmore"]
)
def test_a_text_of_another_form_is_none_of_its(text: str) -> None:
    assert read(CUFF, text) is None


@pytest.mark.parametrize(
    ("template", "text", "why", "urgent"),
    [
        ("{systolic}/{diastolic}", "999/95", "out_of_range", False),
        ("{systolic}/{diastolic}", "0/0", "out_of_range", False),
        ("{systolic}/{diastolic}", "95/150", "out_of_range", True),
        ("{systolic}/{diastolic}", "290/20", "out_of_range", True),
        ("G{glucose}", "GHI", "off_scale", True),
        ("G{glucose}", "GLO", "off_scale", True),
        ("G{glucose}", "G99.0", "out_of_range", False),
    ],
)
def test_what_no_living_person_has_is_unclear(template: str, text: str, why: str, urgent: bool) -> None:
    found = read(template, text)
    assert isinstance(found, Unclear)
    assert (found.why, found.maybe_emergency) == (why, urgent)


def test_a_clock_that_was_never_set_loses_the_time_and_not_the_reading() -> None:
    found = read(CUFF, "BP:152/93,P:071,T:0000000000,ID:1")
    assert found == Measured((Pressure(152, 93, 71),), None, "1")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("BP:{systolc}/{diastolic}", "no such field as {systolc}; there are systolic, diastolic"),
        ("BP:{systolic}", "a pressure needs both"),
        ("P:{pulse}", "has neither"),
        ("", "has neither"),
        ("{systolic}{diastolic}", "nothing stands between {systolic} and {diastolic}"),
        ("{systolic}/{diastolic}/{systolic}", "{systolic} stands twice"),
        ("{glucose} {glucose_mgdl}", "two units"),
        ("{systolic}/{diastolic} {time}", "needs year, month, day"),
        ("{systolic}/{diastolic} {time:%y%j}", "not %j"),
        ("{systolic}/{diastolic} {time:%H:%M}", "needs year, month, day"),
        ("{systolic:d}/{diastolic}", "{systolic} takes no format"),
        ("{systolic}/{diastolic", "a brace stands alone"),
        ("{systolic}}/{diastolic}", "a brace stands alone"),
    ],
)
def test_a_mistake_in_a_template_is_told_when_it_is_loaded(template: str, said: str) -> None:
    with pytest.raises(BadTemplate) as told:
        meter_text(template)
    assert said in str(told.value)


@given(st.text(max_size=80))
def test_no_template_raises_anything_else(template: str) -> None:
    with suppress(BadTemplate):
        assert isinstance(meter_text(template), MeterText)


@given(st.text(max_size=80), st.sampled_from([CUFF, "{any}{time:%Y%m%d%H%M%S}{any} {glucose}", "G{glucose} {meal}"]))
def test_no_text_raises(text: str, template: str) -> None:
    read(template, text)


@given(
    st.integers(60, 300),
    st.integers(40, 190),
    st.integers(30, 200),
    st.integers(0, 60 * 365 * 24 * 60),
)
def test_what_a_meter_writes_is_what_is_read(systolic: int, diastolic: int, pulse: int, minutes: int) -> None:
    at = dt.datetime(2000, 1, 1, tzinfo=ZONE) + dt.timedelta(minutes=minutes)
    found = read(CUFF, f"BP:{systolic}/{diastolic},P:{pulse},T:{at:%y%m%d%H%M},ID:A1")
    if systolic - diastolic >= 10:
        assert found == Measured((Pressure(systolic, diastolic, pulse),), at, "A1")
    else:
        assert isinstance(found, Unclear)
