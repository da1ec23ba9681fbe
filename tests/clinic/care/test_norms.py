"""What a reading means, for whom, on which day."""

from __future__ import annotations

import datetime as dt

import pytest

from clinic.care.norms import Judgement, Reason, classify
from clinic.care.reading.values import Glucose, Meal, Pressure
from conf.norms import Condition

OLD, NEW = dt.date(2020, 1, 1), dt.date(2026, 1, 1)
ILL: set[Condition] = {"hypertension", "diabetes"}
NOBODY: set[Condition] = set()


def pressure(systolic: int, diastolic: int, conditions: set[Condition], age: int = 60, day: dt.date = OLD) -> Judgement:
    return classify(Pressure(systolic, diastolic), conditions, age, day)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "level", "advice"),
    [
        (139, 89, "on_target", "fine"),
        (140, 80, "above_target", "see_doctor"),
        (130, 90, "above_target", "see_doctor"),
        (179, 109, "above_target", "see_doctor"),
        (180, 70, "emergency", "emergency_bp"),
        (120, 110, "emergency", "emergency_bp"),
        (89, 70, "low", "see_doctor"),
        (110, 59, "low", "see_doctor"),
        (90, 60, "on_target", "fine"),
    ],
)
def test_pressure_of_who_has_high_blood_pressure(systolic: int, diastolic: int, level: str, advice: str) -> None:
    found = pressure(systolic, diastolic, {"hypertension"})
    assert (found.level, found.advice) == (level, advice)


def test_the_answer_tells_its_threshold() -> None:
    assert pressure(150, 95, {"hypertension"}).reasons == (Reason("not_below_goal", "150/95", "140/90"),)
    assert pressure(149, 89, {"hypertension"}, age=65).reasons == (Reason("below_goal", "149/89", "150/90"),)
    assert pressure(185, 95, NOBODY).reasons == (Reason("emergency_pressure", "185/95", "180/110"),)


def test_the_same_reading_is_on_target_by_the_old_norms_and_above_it_by_the_new() -> None:
    assert pressure(135, 85, {"hypertension"}, day=OLD).level == "on_target"
    assert pressure(135, 85, {"hypertension"}, day=NEW).level == "above_target"
    assert pressure(145, 85, {"hypertension"}, age=80, day=NEW).level == "on_target"


@pytest.mark.parametrize(
    ("systolic", "diastolic", "level", "advice"),
    [
        (129, 84, "normal", "fine"),
        (130, 80, "pre_high", "measure_on"),
        (120, 85, "pre_high", "measure_on"),
        (140, 80, "high", "see_doctor"),
        (150, 111, "emergency", "emergency_bp"),
    ],
)
@pytest.mark.parametrize("conditions", [NOBODY, {"diabetes"}])
def test_pressure_of_who_is_not_known_to_have_it(
    systolic: int, diastolic: int, level: str, advice: str, conditions: set[Condition]
) -> None:
    found = pressure(systolic, diastolic, conditions)
    assert (found.level, found.advice) == (level, advice)


def test_a_pulse_out_of_bounds_sends_to_the_doctor_and_says_so() -> None:
    found = classify(Pressure(120, 80, 130), {"hypertension"}, 60, OLD)
    assert (found.level, found.advice) == ("on_target", "see_doctor")
    assert found.reasons[1] == Reason("pulse_fast", "130", "100")
    assert classify(Pressure(120, 80, 45), NOBODY, 60, OLD).reasons[1] == Reason("pulse_slow", "45", "50")
    assert classify(Pressure(120, 80, 100), NOBODY, 60, OLD).advice == "fine"


@pytest.mark.parametrize(
    ("tenths", "meal", "level", "advice"),
    [
        (69, "fasting", "on_target", "fine"),
        (70, "fasting", "above_target", "see_doctor"),
        (99, "after_meal", "on_target", "fine"),
        (100, "after_meal", "above_target", "see_doctor"),
        (69, "unknown", "on_target", "fine"),
        (80, "unknown", "above_target", "say_when"),
        (100, "unknown", "above_target", "see_doctor"),
        (166, "fasting", "above_target", "see_doctor"),
        (167, "after_meal", "emergency", "high_sugar"),
        (40, "fasting", "on_target", "fine"),
        (39, "unknown", "emergency", "low_sugar"),
    ],
)
def test_glucose_of_diabetics(tenths: int, meal: Meal, level: str, advice: str) -> None:
    found = classify(Glucose(tenths, meal), ILL, 60, OLD)
    assert (found.level, found.advice) == (level, advice)


@pytest.mark.parametrize(
    ("tenths", "meal", "level", "advice"),
    [
        (60, "fasting", "normal", "fine"),
        (61, "fasting", "pre_high", "measure_on"),
        (70, "fasting", "high", "see_doctor"),
        (77, "after_meal", "normal", "fine"),
        (78, "after_meal", "pre_high", "measure_on"),
        (111, "after_meal", "high", "see_doctor"),
        (75, "unknown", "pre_high", "say_when"),
        (111, "unknown", "high", "see_doctor"),
        (39, "fasting", "emergency", "low_sugar"),
        (167, "fasting", "emergency", "high_sugar"),
    ],
)
def test_glucose_of_who_is_not_known_to_have_diabetes(tenths: int, meal: Meal, level: str, advice: str) -> None:
    found = classify(Glucose(tenths, meal), NOBODY, 60, OLD)
    assert (found.level, found.advice) == (level, advice)


def test_levels_fit_into_their_column() -> None:
    found = {classify(Pressure(s, 80), c, 60, OLD).level for s in range(80, 200, 5) for c in (ILL, NOBODY)}
    assert found == {"normal", "on_target", "above_target", "pre_high", "high", "low", "emergency"}
    assert max(map(len, found)) <= 12
