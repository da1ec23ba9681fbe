"""Meters with a SIM card write their readings as texts of a fixed form; the form of each is a setting.

    meter_text("BP:{systolic}/{diastolic},P:{pulse},T:{time:%y%m%d%H%M},ID:{serial}")

Literal parts stand as the meter writes them; a blank stands for any number of blanks, or none. Fields: `systolic`,
`diastolic`, `pulse`; `glucose` (mmol/L) or `glucose_mgdl`; `meal` (F or B before, P or A after, else unknown); `time`
with its format (%Y or %y, %m, %d, %H, %M, %S); `serial`; and `any`, which is not looked at.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from clinic.care.reading import judging
from clinic.care.reading.lexer import plain
from clinic.care.reading.values import Glucose, Meal, Measured, Pressure, Reading, Unclear
from conf.norms import Norms

_FIELDS = {
    "systolic": r"[0-9]{1,4}",
    "diastolic": r"[0-9]{1,4}",
    "pulse": r"[0-9]{1,3}",
    "glucose": r"[0-9]{1,3}(?:\.[0-9]{1,2})?|HI|LO",
    "glucose_mgdl": r"[0-9]{1,4}|HI|LO",
    "meal": r"[A-Za-z0-9]{0,3}",
    "serial": r"[A-Za-z0-9._-]{1,40}",
    "any": r"[^\n]{0,80}?",
}
_TIME = {"%Y": "[0-9]{4}"} | dict.fromkeys(("%y", "%m", "%d", "%H", "%M", "%S"), "[0-9]{2}")
_MEALS: dict[str, Meal] = {"f": "fasting", "b": "fasting", "p": "after_meal", "a": "after_meal"}
_PIECE = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_LONGEST = 500


class BadTemplate(ValueError):
    """The form of a meter's texts cannot be understood; the message says what to change."""


@dataclass(frozen=True, slots=True)
class MeterText:
    """The form of a meter's texts, ready to read them."""

    template: str
    pattern: re.Pattern[str]
    time: str | None

    def read(self, text: str, norms: Norms, zone: dt.tzinfo) -> Measured | Unclear | None:
        """What the meter measured; Unclear where no living person has that, None where the text has another form.

        The meter's clock is taken to go by `zone`; a clock that was never set (month 00) gives no time.
        """
        found = self.pattern.fullmatch(plain(text[:_LONGEST]).strip())
        if found is None:
            return None
        fields = found.groupdict()
        readings: list[Reading] = []
        for what in (_pressure(fields, norms), _glucose(fields, norms)):
            if isinstance(what, Unclear):
                return what
            readings += [what] if what else []
        return Measured(tuple(readings), self._moment(fields, zone), fields.get("serial") or "")

    def _moment(self, fields: dict[str, str | None], zone: dt.tzinfo) -> dt.datetime | None:
        if self.time is None:
            return None
        try:
            return dt.datetime.strptime(fields["time"] or "", self.time).replace(tzinfo=zone)
        except ValueError:
            return None


def meter_text(template: str) -> MeterText:
    """The form that a template describes. Raises BadTemplate."""
    template = plain(template)  # as the texts are
    pieces = [_piece(template, *found) for found in _PIECE.findall(template)]
    names = [name for name, _ in pieces if name]
    _check(template, names, [name for name, _ in pieces])
    time = next((field.partition(":")[2] for field, *_ in _PIECE.findall(template) if field.startswith("time:")), None)
    return MeterText(template, re.compile("".join(pattern for _, pattern in pieces), re.IGNORECASE), time)


def _piece(template: str, field: str, literal: str, brace: str) -> tuple[str, str]:
    """The name of a field (nothing for a literal part), and what matches it."""
    if brace:
        raise BadTemplate(f"{template!r}: a brace stands alone; a field is written {{systolic}}")
    if literal:
        return "", r"\s*".join(re.escape(part) for part in re.split(r"\s+", literal))
    name, _, form = field.partition(":")
    if name == "time":
        return name, f"(?P<time>{_time(template, form)})"
    if name not in _FIELDS:
        known = ", ".join([*_FIELDS, "time"])
        raise BadTemplate(f"{template!r}: no such field as {{{field}}}; there are {known}")
    if form:
        raise BadTemplate(f"{template!r}: {{{name}}} takes no format; only time does, as in {{time:%y%m%d%H%M}}")
    return name, f"(?:{_FIELDS[name]})" if name == "any" else f"(?P<{name}>{_FIELDS[name]})"


def _time(template: str, form: str) -> str:
    parts = re.findall(r"%.?|[^%]+", form)
    if wrong := [part for part in parts if part.startswith("%") and part not in _TIME]:
        raise BadTemplate(f"{template!r}: {{time}} knows {', '.join(_TIME)}, not {wrong[0]}")
    if not {"%m", "%d", "%H", "%M"} <= set(parts) or not {"%Y", "%y"} & set(parts):
        raise BadTemplate(f"{template!r}: {{time}} needs year, month, day, hour and minute, as in {{time:%y%m%d%H%M}}")
    return "".join(_TIME.get(part) or re.escape(part) for part in parts)


def _check(template: str, names: list[str], pieces: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1 and name != "any"})
    if twice:
        raise BadTemplate(f"{template!r}: {{{twice[0]}}} stands twice")
    if ("systolic" in names) != ("diastolic" in names):
        raise BadTemplate(f"{template!r}: a pressure needs both {{systolic}} and {{diastolic}}")
    if not {"systolic", "glucose", "glucose_mgdl"} & set(names):
        raise BadTemplate(f"{template!r}: has neither {{systolic}} and {{diastolic}} nor {{glucose}}")
    if {"glucose", "glucose_mgdl"} <= set(names):
        raise BadTemplate(f"{template!r}: glucose stands there in two units; one is enough")
    for first, second in pairwise(pieces):
        if first and second and "time" not in (first, second) and second != "any":
            raise BadTemplate(
                f"{template!r}: nothing stands between {{{first}}} and {{{second}}}, so where does one end?"
            )


def _pressure(fields: dict[str, str | None], norms: Norms) -> Pressure | Unclear | None:
    systolic, diastolic = fields.get("systolic"), fields.get("diastolic")
    if not (systolic and diastolic):
        return None
    if judging.fits(int(systolic), int(diastolic)):
        pulse = int(fields.get("pulse") or 0)
        return Pressure(int(systolic), int(diastolic), pulse if pulse in judging.PULSE else None)
    pair = judging.Pair(Decimal(systolic), Decimal(diastolic), named=True)
    return Unclear("out_of_range", str(pair), judging.maybe_pressure(pair, norms))


def _glucose(fields: dict[str, str | None], norms: Norms) -> Glucose | Unclear | None:
    unit: Literal["mmol", "mgdl"] = "mgdl" if "glucose_mgdl" in fields else "mmol"
    written = fields.get("glucose") or fields.get("glucose_mgdl")
    if not written:
        return None
    if written.isalpha():
        return Unclear("off_scale", written, maybe_emergency=True)
    meal = _MEALS.get((fields.get("meal") or "")[:1].lower(), "unknown")
    return judging.glucose(Decimal(written), unit, meal, (), norms)
