"""Numbers in a row, without a stroke: after a label (血压150 95 72), or with nothing else in the text."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from clinic.care.reading import judging
from clinic.care.reading.broken import cuts
from clinic.care.reading.judging import Pair
from clinic.care.reading.pairing import NAMES, REACH, alone, give_pulse, label_behind, pair_of
from clinic.care.reading.sheet import Run, Sheet, runs
from clinic.care.reading.values import Pressure, Unclear

# Numbers in English words are asked for.
SPELT = frozenset(
    {"one", "two", "hundred", "ten", "eleven", "twelve", "fifteen", "twenty", "thirty", "forty", "fifty", "sixty"}
    | {"seventy", "eighty", "ninety"}
)


def rows(sheet: Sheet) -> None:
    """Numbers in a row, with a label before or behind them, or with nothing else in the text."""
    for run in list(runs(sheet)):
        _span(sheet, run)
        stretch = [at for at in run.numbers if sheet.number(at)]
        if not stretch:
            continue
        label = sheet.label_before(stretch[0], NAMES, REACH)
        if label is None and label_behind(sheet, stretch[-1]):
            label = stretch[-1] + 1
        if label is not None or _continues(sheet, stretch[0]):
            _labelled(sheet, stretch, label)
        elif sheet.label_before(stretch[0], ("measured",), REACH) is not None:
            _likely(sheet, run, stretch, sure=True, measured=True)
            _measured(sheet, stretch[0])
        else:
            _likely(sheet, run, stretch, sure=alone(sheet, stretch) and "dash" not in run.joints)


def _labelled(sheet: Sheet, stretch: list[int], label: int | None) -> None:
    whole = list(stretch)
    while len(whole) > 2 and sheet.tokens[whole[-1]].value % 1:
        whole.pop()  # 血压150 95 5.3: the last is glucose, perhaps
    if len(whole) == 1:
        return _single(sheet, whole[0], label)
    for size in (3, 2):  # as triples with pulse, or as pairs
        groups = [whole[at : at + size] for at in range(0, len(whole), size)]
        if len(whole) % size == 0 and all(_good(sheet, group, label) for group in groups):
            for group in groups:
                _take(sheet, group, label)
            return None
    return _odd(sheet, whole, label)


def _good(sheet: Sheet, group: list[int], label: int | None) -> bool:
    pair = pair_of(sheet, group[0], group[1], named=True, labels=(label,))
    third = sheet.tokens[group[2]].value if len(group) > 2 else Decimal(judging.PULSE[0])
    good = isinstance(judging.pressure(pair, sheet.norms), Pressure)
    return good and int(third) == third and int(third) in judging.PULSE


def _take(sheet: Sheet, group: list[int], label: int | None) -> None:
    pair = pair_of(sheet, group[0], group[1], named=True, labels=(label,))
    sheet.found(group[0], judging.pressure(pair, sheet.norms), group[0], group[1])
    for third in group[2:]:
        give_pulse(sheet, third)


def _odd(sheet: Sheet, whole: list[int], label: int | None) -> None:
    """Numbers after a label that make no pressure: blanks within a number, or something else."""
    if len(whole) == 2:
        pair = pair_of(sheet, whole[0], whole[1], named=True, labels=(label,))
        return sheet.found(whole[0], judging.pressure(pair, sheet.norms), *whole)
    digits = "".join(sheet.tokens[at].text for at in whole)
    guesses = cuts(digits)
    if guesses:
        guess = guesses[0]
        urgent = any(judging.emergency(*each, sheet.norms) for each in guesses)
        return sheet.found(whole[0], Unclear("split", f"{guess[0]}/{guess[1]}", urgent), *whole)
    values = [sheet.tokens[at].value for at in whole]
    urgent = any(judging.maybe_systolic(value, sheet.norms) for value in values) or any(
        judging.maybe_pressure(Pair(first, second), sheet.norms) for first, second in pairwise(values)
    )
    written = " ".join(sheet.tokens[at].text for at in whole)
    return sheet.found(whole[0], Unclear("not_understood", written, urgent), *whole)


def _single(sheet: Sheet, at: int, label: int | None) -> None:
    """One number after a label: the other is missing, or stuck to it."""
    token, low = sheet.tokens[at], label is not None and sheet.kind(label) == "low"
    first, point, second = token.text.partition(".")
    if point and first.isdigit() and second.isdigit() and len(second) > 1:  # 150.95
        pair = Pair(Decimal(first), Decimal(second), named=True, notes=("typo",))
        if isinstance(reading := judging.pressure(pair, sheet.norms), Pressure):
            return sheet.found(at, reading, at)
    if guesses := cuts(token.text):
        urgent = any(judging.emergency(*each, sheet.norms) for each in guesses)
        return sheet.found(at, Unclear("run_together", f"{guesses[0][0]}/{guesses[0][1]}", urgent), at)
    if token.value < Decimal(10):
        return None  # 血压 3: a choice, a count; no pressure, and no part of one
    # Of a single number nobody knows whether it is the one that its label says.
    urgent = judging.maybe_systolic(token.value, sheet.norms)
    others = [sheet.tokens[place].value for place in sheet.places("number") if place != at and sheet.number(place)]
    lowest = [*others, token.value] if low else others
    urgent = urgent or any(judging.maybe_diastolic(value, sheet.norms) for value in lowest)
    return sheet.found(at, Unclear("only_diastolic" if low else "only_systolic", token.text, urgent), at)


def _likely(sheet: Sheet, run: Run, stretch: list[int], *, sure: bool, measured: bool = False) -> None:
    """No label. Two or three usual numbers that stand alone are a reading; within other words they are asked for."""
    if len(stretch) not in (2, 3):
        return _lone(sheet, stretch)
    texts = [sheet.tokens[at].text for at in stretch]
    values = [sheet.tokens[at].value for at in stretch]
    if any(value % 1 for value in values) or any(text.startswith("0") for text in texts):
        return None
    named = measured and len(stretch) == 2 and max(values) >= 100 and min(values) >= 10
    reading = judging.pressure(pair_of(sheet, stretch[0], stretch[1], named=named), sheet.norms)
    if isinstance(reading, Pressure) and (len(stretch) == 2 or int(values[2]) in judging.PULSE):
        return _usual(sheet, stretch, reading, sure=sure)
    guesses = cuts("".join(texts)) if len(texts) == 3 and max(map(len, texts)) <= 3 else []  # no 1985 11 30
    if sure and guesses and "space" in run.joints:
        urgent = any(judging.emergency(*each, sheet.norms) for each in guesses)
        reading = Unclear("split", f"{guesses[0][0]}/{guesses[0][1]}", urgent)
    return sheet.found(stretch[0], reading if isinstance(reading, Unclear) else None, *stretch)


def _usual(sheet: Sheet, stretch: list[int], reading: Pressure, *, sure: bool) -> None:
    if not sure:
        urgent = judging.emergency(reading.systolic, reading.diastolic, sheet.norms)
        understood = f"{reading.systolic}/{reading.diastolic}"
        return sheet.found(stretch[0], Unclear("no_label", understood, urgent), *stretch)
    sheet.found(stretch[0], reading, stretch[0], stretch[1])
    for third in stretch[2:]:
        give_pulse(sheet, third)
    return None


def _lone(sheet: Sheet, stretch: list[int]) -> None:
    """A text that is one number: a choice of a menu, but for what no menu has."""
    if len(stretch) != 1 or not alone(sheet, stretch) or sheet.places("text", "other"):
        return None
    token = sheet.tokens[stretch[0]]
    if _decimal(token.value):
        urgent = judging.maybe_glucose(token.value, sheet.norms)
        return sheet.found(stretch[0], Unclear("no_label", token.text, urgent), stretch[0])
    if sheet.norms.emergency_pressure.systolic <= token.value <= judging.SYSTOLIC[-1] - 40:
        return sheet.found(stretch[0], Unclear("only_systolic", token.text, True), stretch[0])
    return None


def _span(sheet: Sheet, run: Run) -> None:
    """160到170, 130-140, 180降到150: from here to there, and no pressure."""
    for place, joint in enumerate(run.joints):
        first, second = run.numbers[place], run.numbers[place + 1]
        low, high = sheet.tokens[first].value, sheet.tokens[second].value
        spoken = any(token.text in ("到", "至", "~") for token in sheet.tokens[first:second])
        least = judging.SMALL if spoken else judging.SHORT_BELOW
        ascending = joint == "dash" and least <= low < high
        both = sheet.number(first) and sheet.number(second) and max(low, high) <= judging.SYSTOLIC[-1]
        if both and (ascending or joint == "turn"):
            written = sheet.plain[sheet.tokens[first].start : sheet.tokens[second].end]
            named = sheet.label_before(first, (*NAMES, "measured"), REACH) is not None
            if named:
                sheet.found(
                    first, Unclear("range", written, judging.maybe_systolic(max(low, high), sheet.norms)), first, second
                )


def _measured(sheet: Sheet, at: int) -> None:
    """测的5.3: a decimal that was measured is glucose, perhaps."""
    token = sheet.tokens[at]
    if sheet.number(at) and _decimal(token.value) and sheet.unit(at) == "":
        sheet.found(at, Unclear("no_label", token.text, judging.maybe_glucose(token.value, sheet.norms)), at)


def _decimal(value: Decimal) -> bool:
    """As a meter shows glucose: one decimal."""
    return bool(value % 1) and judging.BARE[0] <= value <= judging.BARE[1] and value * 10 == int(value * 10)


def _continues(sheet: Sheet, at: int) -> bool:
    """A pair stands directly before: 血压150/95 160 100."""
    before = sheet.next(at, -1)
    return (
        before in sheet.used
        and sheet.kind(before) == "number"
        and bool(sheet.pressures())
        and (sheet.tokens[at].value >= judging.SMALL)
    )


def left_over(sheet: Sheet) -> None:
    """A word for blood pressure, nothing understood, and a number that would be an emergency: somebody must look."""
    names = sheet.places(*NAMES, "measured")
    for at in sheet.places("garbled"):
        if names or sheet.readings or sheet.unclear:
            sheet.found(at, Unclear("not_understood", sheet.tokens[at].text, True), at)
    if sheet.pressures() or sheet.unclear:
        return None
    if (spelt := [at for at in sheet.places("text") if sheet.tokens[at].text in SPELT]) and len(spelt) > 1:
        over = any(sheet.tokens[at].text == "over" for at in sheet.places("strong"))
        start, end = sheet.tokens[spelt[0]].start, sheet.tokens[spelt[-1]].end
        return sheet.found(spelt[0], Unclear("not_understood", sheet.plain[start:end], True) if names or over else None)
    if not names:
        return None
    for at in sheet.places("number"):
        value = sheet.tokens[at].value
        if sheet.number(at) and judging.maybe_systolic(value, sheet.norms) and value >= judging.SMALL:
            return sheet.found(at, Unclear("not_understood", sheet.tokens[at].text, True), at)
    return None
