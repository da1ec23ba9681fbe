"""What a text can say: readings, what could not be understood for sure, and signs of danger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Literal

Meal = Literal["fasting", "after_meal", "unknown"]
Note = Literal["swapped", "from_kpa", "from_mg_dl", "typo", "rounded"]
"""What was done to a value: told to the sender, so that nothing is mended in silence."""

Why = Literal[
    "out_of_range",  # no living person has this
    "only_systolic",  # one of the two pressures is missing
    "only_diastolic",
    "only_pulse",
    "unit",  # glucose that is mg/dl, or lacks its point; pressure that is kPa, or lacks its noughts
    "short",  # a digit is missing, or the two are the wrong way round
    "split",  # blanks or letters stand within a number
    "run_together",  # nothing stands between the two numbers
    "equal",
    "range",  # 150-160/90-95
    "two_values",  # glucose 5.3/8.1: which is which
    "no_label",  # a number that may be a reading, and nothing that says so
    "off_scale",  # the meter shows HI or LO
    "not_understood",
]


@dataclass(frozen=True, slots=True)
class Pressure:
    """Blood pressure in mmHg, pulse in beats a minute."""

    kind: ClassVar[Literal["bp"]] = "bp"

    systolic: int
    diastolic: int
    pulse: int | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Glucose:
    """Glucose in tenths of mmol/L: 53 is 5.3."""

    kind: ClassVar[Literal["glucose"]] = "glucose"

    tenths: int
    meal: Meal = "unknown"
    notes: tuple[Note, ...] = ()


Reading = Pressure | Glucose


@dataclass(frozen=True, slots=True)
class Unclear:
    """Something like a reading. `understood` is shown to the sender; it is a guess, and never to be kept as a value."""

    why: Why
    understood: str
    maybe_emergency: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """All that a text says about readings.

    `rest` is the text without them: a name on a shared phone, a greeting, what else somebody wrote. `maybe_emergency`:
    some way to read the text is an emergency, so a person must look where the readings themselves are none.
    """

    readings: tuple[Reading, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    danger: tuple[str, ...] = ()
    rest: str = ""
    maybe_emergency: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What a meter with a SIM card sent, when it measured (None: it does not say), and which one it is."""

    readings: tuple[Reading, ...]
    at: dt.datetime | None
    serial: str
