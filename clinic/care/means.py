"""The middle of several readings, as a reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from clinic.care.reading.values import Glucose, Meal, Pressure, Reading
from clinic.tables import Reading as ReadingRow
from clinic.tables import ReadingKind


@dataclass(frozen=True, slots=True)
class Mean:
    """Of so many readings."""

    count: int
    reading: Reading


def mean(rows: Sequence[ReadingRow], kind: ReadingKind) -> Mean | None:
    """Of those of this kind; None where there are none. Of glucose the meal is told where it is the same in all."""
    of = [reading(row) for row in rows if row.kind == kind]
    pressures = [each for each in of if isinstance(each, Pressure)]
    sugars = [each for each in of if isinstance(each, Glucose)]
    if pressures:
        systolic, diastolic = [each.systolic for each in pressures], [each.diastolic for each in pressures]
        return Mean(len(pressures), Pressure(_middle(systolic), _middle(diastolic)))
    if sugars:
        meals = {each.meal for each in sugars}
        meal: Meal = meals.pop() if len(meals) == 1 else "unknown"
        return Mean(len(sugars), Glucose(_middle([each.tenths for each in sugars]), meal))
    return None


def reading(row: ReadingRow) -> Reading:
    """A row as a reading."""
    if row.kind == "bp":
        return Pressure(row.systolic or 0, row.diastolic or 0, row.pulse)
    return Glucose(row.glucose or 0, cast(Meal, row.fasting or "unknown"))


def _middle(values: Sequence[int]) -> int:
    """Rounded half up, as people do it."""
    return (2 * sum(values) + len(values)) // (2 * len(values))
