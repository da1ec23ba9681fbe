"""Numbers with something in them: 1 50/95, 150/9 5, 15095. Put together they are shown, and never taken for a value."""

from __future__ import annotations

from clinic.care.reading import judging
from clinic.care.reading.sheet import Sheet
from clinic.care.reading.values import Unclear


def split(sheet: Sheet, first: int, last: int) -> tuple[Unclear, list[int]] | None:
    """1 50/95, 15 0/95, 150/9 5: a blank within a number, where putting it together gives a pressure."""
    one, two = sheet.tokens[first].text, sheet.tokens[last].text
    ahead, behind = _chain(sheet, first, -1)[::-1], _chain(sheet, last, 1)
    if first + 1 == last or (not ahead and (not behind or len(two) > 2)):
        return None
    high = "".join(sheet.tokens[at].text for at in (*ahead, first))
    low = two if len(two) > 2 else "".join(sheet.tokens[at].text for at in (last, *behind))[: 3 if two[0] == "1" else 2]
    if not (high + low).isdigit() or len(high) > 3:
        return None
    whole = len(one) > 2 and judging.fits(int(one), int(two))
    if whole or not judging.usual(int(high), int(low)):
        return None
    urgent = judging.emergency(int(high), int(low), sheet.norms)
    return Unclear("split", f"{high}/{low}", urgent), [*ahead, first, last, *behind]


def _chain(sheet: Sheet, at: int, step: int) -> list[int]:
    """The pieces that touch the number at `at` on one side: behind it only single digits can be part of it."""
    found: list[int] = []
    while sheet.touching(min(at, at + step), max(at, at + step)):
        at += step
        whole = len(sheet.tokens[at].text) > (1 if step > 0 else 2)
        if whole and not (step > 0 and sheet.tokens[at - 1].text == "1" and len(sheet.tokens[at].text) == 2):
            break
        found.append(at)
    return found


def cuts(digits: str) -> list[tuple[int, int]]:
    """Every way to cut digits (15095, 180110) into a usual pressure, with a pulse behind it or without."""
    if not digits.isdigit() or not 5 <= len(digits) <= 9 or not digits.isascii():
        return []
    found = []
    for first, second in ((3, 2), (3, 3), (2, 2)):
        pulse = digits[first + second :]
        if (not pulse or int(pulse) in judging.PULSE) and first + second <= len(digits):
            pressure = int(digits[:first]), int(digits[first : first + second])
            found += [pressure] if judging.usual(*pressure) else []
    return found
