"""Pulse in a text: it belongs to the pressure before it, or else to the next one."""

from __future__ import annotations

from clinic.care.reading import judging
from clinic.care.reading.pairing import with_pulse
from clinic.care.reading.sheet import Sheet
from clinic.care.reading.values import Unclear


def set_apart(sheet: Sheet) -> list[int]:
    """The numbers that are pulses by a word or a unit, used up before the pressures are looked for."""
    found = []
    for at in sheet.places("number"):
        label = sheet.label_before(at, ("pulse",), 2)
        if (label is not None or sheet.unit(at) == "beats") and _possible(sheet, at):
            found.append(at)
            sheet.used.add(at)
    return found


def join(sheet: Sheet, pulses: list[int]) -> None:
    """Give each pulse to its pressure."""
    for at in pulses:
        before = [place for place, reading in sheet.pressures() if reading.pulse is None and place < at]
        after = [place for place, reading in sheet.pressures() if reading.pulse is None and place > at]
        if before or after:
            _give(sheet, before[-1] if before else after[0], int(sheet.tokens[at].value))
        elif not sheet.pressures() and not sheet.unclear:
            sheet.found(at, Unclear("only_pulse", sheet.tokens[at].text), at)


def _possible(sheet: Sheet, at: int) -> bool:
    value = sheet.tokens[at].value
    ahead = sheet.next(at)
    pair = sheet.number(ahead) and judging.usual(int(value), int(sheet.tokens[ahead].value))  # P 185-127
    return value == int(value) and int(value) in judging.PULSE and not pair


def _give(sheet: Sheet, place: int, pulse: int) -> None:
    sheet.readings = [
        (at, with_pulse(reading, pulse) if at == place and reading.kind == "bp" else reading)
        for at, reading in sheet.readings
    ]
