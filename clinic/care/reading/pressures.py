"""Pairs in a text: named numbers (高压150低压95), and two with a stroke between (150/95, 150 over 95)."""

from __future__ import annotations

from clinic.care.reading import judging, words
from clinic.care.reading.broken import split
from clinic.care.reading.pairing import NAMES, REACH, alone, give_pulse, label_behind, pair_of, unit_of
from clinic.care.reading.sheet import Run, Sheet, runs
from clinic.care.reading.values import Pressure, Unclear

NEAR = 4  # letters between 高压 and its number
SMALL_SYSTOLIC, SMALLEST = 30, 5
YEARS = range(1900, 2100)
MONTHS, DAYS = range(1, 13), range(1, 32)


def named(sheet: Sheet) -> None:
    """高压150低压95, 低压95高压150, 150高压95低压."""
    labels = sheet.places("high", "low")
    numbers = [_follows(sheet, at) for at in labels]
    if None in numbers and labels:
        before = [at - 1 if sheet.number(at - 1) else None for at in labels]
        numbers = before if None not in before else numbers
    told = [(at, number) for at, number in zip(labels, numbers, strict=True) if number is not None]
    waiting: tuple[int, int] | None = None
    for at, number in told:
        if waiting and sheet.kind(waiting[0]) != sheet.kind(at):
            _named_pair(sheet, waiting, (at, number))
            waiting = None
        else:
            waiting = (at, number)


def _follows(sheet: Sheet, label: int) -> int | None:
    """The number that this label names; none where another label comes first."""
    for at in range(label + 1, len(sheet.tokens)):
        kind = sheet.kind(at)
        if kind == "number":
            return at if sheet.text_between(label, at) <= NEAR and sheet.number(at) else None
        if kind not in ("strong", "weak", "filler", "text", "unit"):
            return None
    return None


def _named_pair(sheet: Sheet, one: tuple[int, int], other: tuple[int, int]) -> None:
    high, low = (one, other) if sheet.kind(one[0]) == "high" else (other, one)
    pair = pair_of(sheet, high[1], low[1], named=True, labels=(high[0], low[0]))
    if (parted := split(sheet, high[1], low[1])) is not None:
        return sheet.found(one[0], parted[0], *parted[1])
    return sheet.found(min(one[1], other[1]), judging.pressure(pair, sheet.norms), high[1], low[1])


def pairs(sheet: Sheet) -> None:
    """150/95, 150 over 95, each with the pulse that may follow; ranges are asked for."""
    for run in list(runs(sheet)):
        _ranges(sheet, run)
        numbers, joints = run.numbers, run.joints
        for place, joint in enumerate(joints):
            first, second = numbers[place], numbers[place + 1]
            if joint == "strong" and sheet.number(first) and sheet.number(second):
                _strong(sheet, run, place)


def _strong(sheet: Sheet, run: Run, place: int) -> None:
    first, second = run.numbers[place], run.numbers[place + 1]
    label = sheet.label_before(run.numbers[0], NAMES, REACH) if not _date_of(sheet, run, place) else None
    if label is None and label_behind(sheet, second):
        label = second + 1
    named = label is not None or unit_of(sheet, first, second) in ("kpa", "mmhg")
    if (parted := split(sheet, first, second)) is not None:
        return sheet.found(first, parted[0], *parted[1])
    pair = pair_of(sheet, first, second, named=named or _bound(sheet, run, place), labels=(label,))
    reading = judging.pressure(pair, sheet.norms)
    sheet.found(first, reading, first, second)
    if isinstance(reading, Pressure):
        _third(sheet, run, place + 2)
    return None


def _third(sheet: Sheet, run: Run, place: int) -> None:
    """The number after a pair is the pulse, where no pair begins with it."""
    if place >= len(run.numbers) or (place < len(run.joints) and run.joints[place] == "strong"):
        return
    at, left = run.numbers[place], len(run.numbers) - place
    if left == 1 or (place + 1 < len(run.joints) and run.joints[place + 1] == "strong"):
        give_pulse(sheet, at)


def _date_of(sheet: Sheet, run: Run, place: int) -> bool:
    """11/28 before another pair is a day."""
    first, second = (sheet.tokens[run.numbers[at]].value for at in (place, place + 1))
    return first in MONTHS and second in DAYS and "strong" in run.joints[place + 1 :]


def _bound(sheet: Sheet, run: Run, place: int) -> bool:
    """Without a word for it, a pressure still: 167 over 1135; or a text that is 24/15 or 1185/95, and so no day."""
    first, second = run.numbers[place], run.numbers[place + 1]
    high, low = (sheet.tokens[at].value for at in (first, second))
    if any(sheet.tokens[at].text in words.OVER for at in range(first + 1, second)):
        return max(high, low) >= judging.SMALL
    if not alone(sheet, list(run.numbers)) or min(high, low) < SMALLEST or max(high, low) in YEARS:
        return False
    day = (high in MONTHS and low in DAYS) or (high in DAYS and low in MONTHS)
    return (not day and low < high <= SMALL_SYSTOLIC) or max(high, low) >= 100


def _ranges(sheet: Sheet, run: Run) -> None:
    """150-160/90-95: no value, but asked for."""
    for place, joint in enumerate(run.joints):
        if joint != "dash" or "strong" not in run.joints[place + 1 : place + 2]:
            continue
        near = run.numbers[place : place + 4 if run.joints[place + 2 : place + 3] == ("dash",) else place + 3]
        values = [sheet.tokens[at].value for at in near]
        if all(value >= judging.SMALL for value in values) and all(map(sheet.number, near)):
            urgent = judging.maybe_systolic(max(values[:2]), sheet.norms)
            urgent = urgent or judging.maybe_diastolic(max(values[2:]), sheet.norms)
            start, end = sheet.tokens[near[0]].start, sheet.tokens[near[-1]].end
            sheet.found(near[0], Unclear("range", sheet.plain[start:end], urgent), *near)
