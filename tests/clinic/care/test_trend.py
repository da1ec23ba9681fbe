"""Figures of readings, and their chart."""

from __future__ import annotations

import datetime as dt
import io
import sys
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clinic.care.reading.values import Glucose, Meal, Pressure
from clinic.care.trend import Figures, Point, Spread, targets, trend
from clinic.care.trend import chart as draw
from conf.norms import norms
from tcode import fonts

ZONE = ZoneInfo("Asia/Shanghai")
AIMS = targets(norms(dt.date(2020, 1, 1)), age=60)


def at(written: str) -> dt.datetime:
    return dt.datetime.fromisoformat(written).replace(tzinfo=ZONE)


def pressures(*pairs: tuple[int, int], start: str = "2020-01-20", every: int = 7) -> list[Point]:
    first = at(f"{start}T07:00")
    return [Point(first + dt.timedelta(days=every * n), Pressure(*pair)) for n, pair in enumerate(pairs)]


def glucoses(*values: tuple[int, Meal]) -> list[Point]:
    return [Point(at("2020-01-20T07:00") + dt.timedelta(days=n), Glucose(*value)) for n, value in enumerate(values)]


def test_share_mean_least_and_greatest() -> None:
    found = trend(pressures((150, 95), (138, 85), (139, 89), (128, 70)), AIMS).whole
    assert (found.count, found.on_target, found.percent) == (4, 3, 75)
    assert found.systolic == Spread(Fraction(555, 4), 128, 150)
    assert found.diastolic == Spread(Fraction(339, 4), 70, 95)
    assert found.glucose is None


def test_the_real_series_of_fasting_glucose_is_on_target_throughout() -> None:
    """Seven readings of a year and a half: 5.1, 4.8, 5.1, 4.6, 4.6, 5.0, 5.3 mmol/L come to 34.5."""
    found = trend(glucoses(*((value, "fasting") for value in (51, 48, 51, 46, 46, 50, 53))), AIMS).whole
    assert (found.count, found.on_target, found.percent) == (7, 7, 100)
    assert found.glucose == Spread(Fraction(345, 7), 46, 53)


def test_months_are_those_of_the_day_in_its_zone() -> None:
    points = [Point(at("2020-01-31T23:59"), Pressure(150, 95)), Point(at("2020-02-01T00:00"), Pressure(130, 80))]
    found = trend(reversed(points), AIMS)
    assert [(month, figures.on_target) for month, figures in found.months] == [
        (dt.date(2020, 1, 1), 0),
        (dt.date(2020, 2, 1), 1),
    ]


@pytest.mark.parametrize(
    ("value", "met"),
    [
        ((69, "fasting"), True), ((70, "fasting"), False), ((39, "fasting"), False), ((40, "fasting"), True),
        ((99, "after_meal"), True), ((100, "after_meal"), False), ((70, "unknown"), False),
    ],
)  # fmt: skip
def test_glucose_is_on_target_by_its_meal_and_never_where_it_is_too_low(value: tuple[int, Meal], met: bool) -> None:
    assert AIMS.met(Glucose(*value)) is met


def test_a_pressure_that_is_too_low_is_not_on_target() -> None:
    assert not AIMS.met(Pressure(85, 55))
    assert AIMS.met(Pressure(90, 60))


def test_nothing_comes_to_nothing() -> None:
    found = trend([], AIMS)
    assert found.whole == Figures(0, 0, None, None, None)
    assert (found.whole.percent, found.months) == (0, ())


@given(st.integers(1, 2000), st.data())
def test_a_hundred_per_cent_is_all_and_nought_is_none(count: int, data: st.DataObject) -> None:
    good = data.draw(st.integers(0, count))
    percent = Figures(count, good, None, None, None).percent
    assert (percent == 100) == (good == count)
    assert (percent == 0) == (good == 0)


@given(st.lists(st.tuples(st.integers(90, 250), st.integers(50, 80)), min_size=1, max_size=30))
def test_the_months_come_to_the_whole(pairs: list[tuple[int, int]]) -> None:
    found = trend(pressures(*pairs), AIMS)
    assert sum(figures.count for _, figures in found.months) == found.whole.count == len(pairs)
    assert sum(figures.on_target for _, figures in found.months) == found.whole.on_target


SERIES = {
    "pressure": pressures(*[(150 - n, 95 - n // 2) for n in range(12)]),
    "glucose": glucoses((53, "fasting"), (98, "after_meal"), (71, "fasting"), (60, "unknown")),
    "one": pressures((150, 95)),
    "same moment": pressures((150, 95), (148, 92), every=0),
    "a year": pressures(*[(150, 95)] * 60, every=10),
    "very high": pressures((235, 140), (60, 45)),
    "none": [],
}


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_chart_is_a_small_picture(name: str, language: str) -> None:
    made = Image.open(io.BytesIO(draw(SERIES[name], AIMS, language=language, font=fonts.find())))  # type: ignore[arg-type]
    assert made.format == "PNG"
    assert made.size == (480, 320)


@pytest.mark.filterwarnings("error")
def test_every_character_of_the_chart_is_in_the_font() -> None:
    """matplotlib warns of each glyph that is missing, and draws a box in its place."""
    for series in SERIES.values():
        draw(series, AIMS, language="zh", font=fonts.find())
        draw(series, AIMS, language="zh")  # no font: English


def test_what_is_aimed_at_is_shaded() -> None:
    made = Image.open(io.BytesIO(draw(SERIES["pressure"], AIMS, language="zh", font=fonts.find()))).convert("RGB")
    colours = {colour for _, colour in made.getcolors(1 << 18) or []}
    assert {(0xD6, 0xE4, 0xF5), (0xF8, 0xE0, 0xD8)} <= colours


def test_the_chart_leaves_the_state_of_pyplot_alone() -> None:
    draw(SERIES["pressure"], AIMS, language="en")
    assert "matplotlib.pyplot" not in sys.modules
