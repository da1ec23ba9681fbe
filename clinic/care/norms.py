"""What a reading means for somebody on a day: its level, which threshold says so, and what to tell the person.

The thresholds are data (`conf.norms`), and those in force on the day of the reading count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

from clinic.care.reading.values import Glucose, Pressure, Reading
from conf.norms import Band, Condition, Limits, Norms, norms

Level = Literal["normal", "on_target", "above_target", "pre_high", "high", "low", "emergency"]
Advice = Literal["fine", "see_doctor", "measure_on", "say_when", "emergency_bp", "low_sugar", "high_sugar"]
"""`measure_on`: not ill, but to be measured half-yearly. `say_when`: whether before or after a meal decides."""

Code = Literal[
    "emergency_pressure",
    "emergency_glucose_high",
    "emergency_glucose_low",
    "below_goal",
    "not_below_goal",
    "high",
    "pre_high",
    "usual",
    "pressure_low",
    "pulse_fast",
    "pulse_slow",
    "adverse_reaction",
    "new_complication",
    "danger_sign",
    "not_measured",
    "if_fasting",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code, what was measured, and what it was compared with (150/95 and 140/90, 7.2 and 7.0)."""

    code: Code
    measured: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reading means."""

    level: Level
    advice: Advice
    reasons: tuple[Reason, ...]


def classify(reading: Reading, conditions: Set[Condition], age: int, day: dt.date) -> Judgement:
    """What the reading means for who has these conditions and is so old, by the norms in force on `day`."""
    if isinstance(reading, Pressure):
        return _pressure(reading, conditions, age, norms(day))
    return _glucose(reading, conditions, norms(day))


def reaches(reading: Pressure, limits: Limits) -> bool:
    """One of the two has reached its limit."""
    return reading.systolic >= limits.systolic or reading.diastolic >= limits.diastolic


def emergency(reading: Reading, of: Norms) -> Reason | None:
    """The threshold beyond which help is needed at once, where one is reached, whoever it is."""
    if isinstance(reading, Pressure):
        reached = reaches(reading, of.emergency_pressure)
        return Reason("emergency_pressure", shown(reading), str(of.emergency_pressure)) if reached else None
    if reading.tenths >= of.glucose_high:
        return Reason("emergency_glucose_high", shown(reading), mmol(of.glucose_high))
    if reading.tenths <= of.glucose_low:
        return Reason("emergency_glucose_low", shown(reading), mmol(of.glucose_low))
    return None


def on_goal(reading: Reading, age: int, of: Norms) -> Reason:
    """`below_goal` or `not_below_goal`, for who has the condition that the reading is of."""
    if isinstance(reading, Pressure):
        goal = of.goal(age)
        below, limit = not reaches(reading, goal), str(goal)
    else:
        tenths = of.goal_after_meal if reading.meal == "after_meal" else of.goal_fasting
        below, limit = reading.tenths < tenths, mmol(tenths)
    return Reason("below_goal" if below else "not_below_goal", shown(reading), limit)


def shown(reading: Reading) -> str:
    """150/95, 5.3."""
    return f"{reading.systolic}/{reading.diastolic}" if isinstance(reading, Pressure) else mmol(reading.tenths)


def mmol(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"


def _pressure(reading: Pressure, conditions: Set[Condition], age: int, of: Norms) -> Judgement:
    pulse = _pulse(reading, of)
    if (urgent := emergency(reading, of)) is not None:
        return Judgement("emergency", "emergency_bp", (urgent, *pulse))
    if reading.systolic < of.pressure_low.systolic or reading.diastolic < of.pressure_low.diastolic:
        return Judgement("low", "see_doctor", (Reason("pressure_low", shown(reading), str(of.pressure_low)), *pulse))
    if "hypertension" in conditions:
        reason = on_goal(reading, age, of)
        level: Level = "on_target" if reason.code == "below_goal" else "above_target"
    else:
        level, reason = _healthy_pressure(reading, of)
    advice = "see_doctor" if pulse else _advice(level)
    return Judgement(level, advice, (reason, *pulse))


def _healthy_pressure(reading: Pressure, of: Norms) -> tuple[Level, Reason]:
    if reaches(reading, of.pressure_high):
        return "high", Reason("high", shown(reading), str(of.pressure_high))
    if reaches(reading, of.pressure_pre_high):
        return "pre_high", Reason("pre_high", shown(reading), str(of.pressure_pre_high))
    return "normal", Reason("usual", shown(reading), str(of.pressure_pre_high))


def _pulse(reading: Pressure, of: Norms) -> tuple[Reason, ...]:
    if reading.pulse is None or of.pulse_slow <= reading.pulse <= of.pulse_fast:
        return ()
    if reading.pulse > of.pulse_fast:
        return (Reason("pulse_fast", str(reading.pulse), str(of.pulse_fast)),)
    return (Reason("pulse_slow", str(reading.pulse), str(of.pulse_slow)),)


def _glucose(reading: Glucose, conditions: Set[Condition], of: Norms) -> Judgement:
    if (urgent := emergency(reading, of)) is not None:
        low = urgent.code == "emergency_glucose_low"
        return Judgement("emergency", "low_sugar" if low else "high_sugar", (urgent,))
    if "diabetes" in conditions:
        return _diabetic(reading, of)
    bands = {
        "fasting": of.fasting,
        "after_meal": of.after_meal,
        "unknown": Band(of.fasting.pre_high, of.after_meal.high),
    }
    return _healthy_glucose(reading, bands[reading.meal])


def _diabetic(reading: Glucose, of: Norms) -> Judgement:
    reason = on_goal(reading, 0, of)
    if reason.code == "below_goal":
        return Judgement("on_target", "fine", (reason,))
    if reading.meal == "unknown" and reading.tenths < of.goal_after_meal:
        return Judgement("above_target", "say_when", (reason, Reason("if_fasting", shown(reading), reason.limit)))
    return Judgement("above_target", "see_doctor", (reason,))


def _healthy_glucose(reading: Glucose, band: Band) -> Judgement:
    if reading.tenths >= band.high:
        return Judgement("high", "see_doctor", (Reason("high", shown(reading), mmol(band.high)),))
    if reading.tenths >= band.pre_high:
        advice: Advice = "say_when" if reading.meal == "unknown" else "measure_on"
        return Judgement("pre_high", advice, (Reason("pre_high", shown(reading), mmol(band.pre_high)),))
    return Judgement("normal", "fine", (Reason("usual", shown(reading), mmol(band.pre_high)),))


def _advice(level: Level) -> Advice:
    match level:
        case "above_target" | "high":
            return "see_doctor"
        case "pre_high":
            return "measure_on"
    return "fine"
