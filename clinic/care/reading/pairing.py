"""Two numbers of a text as a pair: their notes and unit, the words around them, the pulse that follows."""

from __future__ import annotations

from clinic.care.reading import judging
from clinic.care.reading.judging import Pair
from clinic.care.reading.lexer import Kind
from clinic.care.reading.sheet import Sheet
from clinic.care.reading.values import Note, Pressure

REACH = 10  # letters between a label and its number
NAMES: tuple[Kind, ...] = ("bp", "high", "low")
_PLACES = "路街村巷区镇乡县市院厦座园里道"  # an address ends so, and no name


def pair_of(sheet: Sheet, first: int, second: int, *, named: bool, labels: tuple[int | None, ...] = ()) -> Pair:
    tokens = [sheet.tokens[at] for at in (first, second, *labels) if at is not None]
    notes: tuple[Note, ...] = ("typo",) if any(token.mended for token in tokens) else ()
    kpa = unit_of(sheet, first, second) == "kpa"
    return Pair(sheet.tokens[first].value, sheet.tokens[second].value, kpa, named, notes)


def unit_of(sheet: Sheet, first: int, second: int) -> str:
    return sheet.unit(second) or sheet.unit(first)


def label_behind(sheet: Sheet, at: int) -> bool:
    """150/95 血压: the label stands behind, and names nothing else."""
    behind = sheet.next(at)
    return sheet.kind(behind) == "bp" and sheet.kind(sheet.next(behind)) != "number" and behind == at + 1


def alone(sheet: Sheet, stretch: list[int]) -> bool:
    """Nothing else is in the text, but what says nothing, hours and days, and a name in front of it."""
    letters = [at for at, token in enumerate(sheet.tokens) if token.kind == "text"]
    if sheet.used or any(at > stretch[0] for at in letters):
        return False
    if any(token.kind in ("sugar", "fasting", "after", "pulse", "scale") for token in sheet.tokens):
        return False
    name = "".join(sheet.tokens[at].text for at in letters)
    return not name or (2 <= len(name) <= 4 and not name.isascii() and name[-1] not in _PLACES)


def give_pulse(sheet: Sheet, at: int) -> None:
    value = sheet.tokens[at].value
    if value == int(value) and int(value) in judging.PULSE and sheet.unit(at) in ("", "beats"):
        place, reading = sheet.readings[-1]
        if isinstance(reading, Pressure) and reading.pulse is None:
            sheet.readings[-1] = place, with_pulse(reading, int(value))
            sheet.used.add(at)


def with_pulse(reading: Pressure, pulse: int) -> Pressure:
    return Pressure(reading.systolic, reading.diastolic, pulse, reading.notes)
