"""Reads blood pressure and glucose out of a text, as people write them: 血压150/95, 空腹血糖5.3, BP 150 over 95.

What is not sure is asked for (`Unclear`), what is mended is told (`notes`), and what is no reading at all is None.
Where any way to read a text is an emergency, it says so: asking once too often does no harm, keeping quiet may.
"""

from __future__ import annotations

from clinic.care.reading import danger, judging, lexer, pressures, pulses, rows, sugars
from clinic.care.reading.sheet import Sheet
from clinic.care.reading.values import Glucose, Pressure, Reading, Unclear, Understood
from conf.norms import Norms

__all__ = ["Glucose", "Pressure", "Reading", "Unclear", "Understood", "read"]

LONGEST = 1_000  # characters that are looked at: a text in fifteen segments


def read(text: str, norms: Norms) -> Understood | None:
    """What the text says about readings and danger, by the emergency thresholds of `norms`; None where it says nothing.

    Never raises. `maybe_emergency` holds of a reading that is one, too.
    """
    plain = lexer.plain(text[:LONGEST])[:LONGEST]
    sheet = Sheet(plain, lexer.tokens(lexer.folded(plain)), norms)
    _apply(sheet)
    signs = danger.signs(plain)
    readings = tuple(reading for _, reading in sorted(sheet.readings, key=_place))
    unclear = tuple(what for _, what in sorted(sheet.unclear, key=_place))
    if not (readings or unclear or signs):
        return None
    urgent = any(what.maybe_emergency for what in unclear) or any(_urgent(reading, norms) for reading in readings)
    return Understood(readings, unclear, signs, sheet.rest() if readings or unclear else plain.strip(), urgent)


def _apply(sheet: Sheet) -> None:
    """The rules, from what is surest on; each uses up what it has understood."""
    beats = pulses.set_apart(sheet)
    pressures.named(sheet)
    pressures.pairs(sheet)
    sugars.sugars(sheet)
    rows.rows(sheet)
    sugars.decimals(sheet)
    rows.left_over(sheet)
    pulses.join(sheet, beats)


def _place(found: tuple[int, object]) -> int:
    return found[0]


def _urgent(reading: Reading, norms: Norms) -> bool:
    if isinstance(reading, Glucose):
        return reading.tenths >= norms.glucose_high or reading.tenths <= norms.glucose_low
    return judging.emergency(reading.systolic, reading.diastolic, norms) or judging.reversed_and_urgent(reading, norms)
