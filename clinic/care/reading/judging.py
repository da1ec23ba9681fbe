"""Two numbers as a pressure, one as glucose: what they are, what they may be, and whether that may be an emergency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from clinic.care.reading.values import Glucose, Meal, Note, Pressure, Unclear, Why
from conf.norms import Norms

KPA = Decimal("7.50062")  # mmHg
MG_DL = Decimal("18.0")  # are one mmol/L
SYSTOLIC, DIASTOLIC, PULSE = range(50, 301), range(40, 201), range(25, 251)
USUAL = (range(80, 261), range(40, 161))  # what is taken for a pressure without a word that says so
APART = 10  # mmHg: nearer than this the two are no pressure
SMALL = 40  # what is below stands for kPa, or lacks its nought
GLUCOSE = range(6, 401)  # tenths of mmol/L
BARE = (Decimal(1), Decimal("33.3"))  # mmol/L where no unit is written: what meters show
# Below this the first number of a reversed pair more likely lacks its hundred (50/95: 150/95) than that it is reversed.
SHORT_BELOW = 105
HIGHEST_SECOND = 140  # above this 95/150 is reversed: a diastolic pressure of 150 is hardly seen


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers, in the order in which they mean systolic and diastolic."""

    systolic: Decimal
    diastolic: Decimal
    kpa: bool = False
    named: bool = False
    """A word says that it is a pressure; without one only what is usual is taken for one."""
    notes: tuple[Note, ...] = ()

    def __str__(self) -> str:
        return f"{_short(self.systolic)}/{_short(self.diastolic)}" + (" kPa" if self.kpa else "")


def pressure(pair: Pair, norms: Norms) -> Pressure | Unclear | None:
    """The pressure; None where the numbers need not be one at all."""
    if pair.kpa:
        return _converted(pair, norms)
    systolic, diastolic = _round(pair.systolic), _round(pair.diastolic)
    notes = pair.notes
    if systolic != pair.systolic or diastolic != pair.diastolic:
        notes = (*notes, "rounded")
    if fits(systolic, diastolic) and (pair.named or usual(systolic, diastolic)):
        return Pressure(systolic, diastolic, notes=notes)
    if systolic >= SMALL and fits(diastolic, systolic) and (pair.named or usual(diastolic, systolic)):
        return _reversed(pair, diastolic, systolic, notes, norms)
    if not pair.named:
        return None
    return Unclear(_why(pair), _guess(pair), maybe_pressure(pair, norms))


def fits(systolic: int, diastolic: int) -> bool:
    return systolic in SYSTOLIC and diastolic in DIASTOLIC and systolic - diastolic >= APART


def usual(systolic: int, diastolic: int) -> bool:
    return systolic in USUAL[0] and diastolic in USUAL[1] and systolic - diastolic >= APART


def emergency(systolic: int, diastolic: int, norms: Norms) -> bool:
    return systolic >= norms.emergency_pressure.systolic or diastolic >= norms.emergency_pressure.diastolic


def reversed_and_urgent(reading: Pressure, norms: Norms) -> bool:
    """80/110 was read as 110/80, but lacks its hundred where it is 180/110."""
    first, second = reading.diastolic, reading.systolic
    lacks = "swapped" in reading.notes and first <= 100 and fits(first + 100, second)
    return lacks and second <= HIGHEST_SECOND and emergency(first + 100, second, norms)


def maybe_pressure(pair: Pair, norms: Norms) -> bool:
    """Some way to read these two is an emergency."""
    limit = norms.emergency_pressure
    highest, lowest = _suspects(pair.systolic), _suspects(pair.diastolic)
    either = [value for value in highest + lowest if value <= SYSTOLIC[-1]]
    if any(value >= limit.systolic for value in either):
        return True
    lost = _lost(pair.systolic, range(SMALL)) and pair.diastolic >= SMALL
    if lost or (_lost(pair.diastolic, range(10, SMALL)) and pair.systolic >= SMALL):
        return True  # 15/95 was 185/95, and 150/10 was 150/110, perhaps
    if pair.systolic < 100:
        highest = [*highest, pair.systolic + 100]
    return any(value in SYSTOLIC and value >= limit.systolic for value in highest) or any(
        value in DIASTOLIC and value >= limit.diastolic for value in lowest
    )


def maybe_systolic(number: Decimal, norms: Norms) -> bool:
    return any(norms.emergency_pressure.systolic <= value <= SYSTOLIC[-1] for value in _suspects(number))


def maybe_diastolic(number: Decimal, norms: Norms) -> bool:
    return any(norms.emergency_pressure.diastolic <= value <= SYSTOLIC[-1] for value in _suspects(number))


def _lost(number: Decimal, of: range) -> bool:
    """A digit may be missing: too little for a pressure, and too much for tens of it beside a whole one."""
    return number == int(number) and int(number) in of


def _suspects(number: Decimal) -> list[Decimal]:
    """What a number may have been meant as: with its nought, from kPa, without a digit that was typed twice."""
    found = [Decimal(_round(number))]
    if number < SMALL:
        found += [number * 10, Decimal(_round(number * KPA))]
    if number > SYSTOLIC[-1]:
        digits = str(int(number))
        found += [Decimal(digits[:3]), Decimal(digits[:2] + digits[3:4]), Decimal(digits[:1] + digits[2:4])]
        found += [Decimal(digits[-3:])] if len(digits) > 4 else []
    return found


def _converted(pair: Pair, norms: Norms) -> Pressure | Unclear:
    systolic, diastolic = _round(pair.systolic * KPA), _round(pair.diastolic * KPA)
    if pair.systolic < SMALL and fits(systolic, diastolic):
        return Pressure(systolic, diastolic, notes=(*pair.notes, "from_kpa"))
    if pair.systolic < SMALL and fits(diastolic, systolic):
        return Pressure(diastolic, systolic, notes=(*pair.notes, "from_kpa", "swapped"))
    return Unclear("unit" if pair.systolic >= SMALL else "out_of_range", str(pair), maybe_pressure(pair, norms))


def _reversed(
    pair: Pair, systolic: int, diastolic: int, notes: tuple[Note, ...], norms: Norms
) -> Pressure | Unclear | None:
    """The first number is the lower one: reversed, or without its hundred."""
    if systolic <= SHORT_BELOW and fits(diastolic + 100, systolic):
        short = f"{diastolic + 100}/{systolic}"
        if pair.named:
            return Unclear("short", short, emergency(diastolic + 100, systolic, norms))
        # 95/100 is a mark, and 60/100 too; a pressure that says nothing of itself begins higher.
        return (
            None
            if not emergency(diastolic + 100, systolic, norms) or systolic == 100
            else Unclear("short", short, True)
        )
    return Pressure(systolic, diastolic, notes=(*notes, "swapped"))


def _why(pair: Pair) -> Why:
    if pair.systolic == pair.diastolic:
        return "equal"
    return "unit" if pair.systolic < SMALL and pair.diastolic < SMALL else "out_of_range"


def _guess(pair: Pair) -> str:
    """20/12.7 is shown as 150/95 (kPa), 15/9 as 150/90 where that is a pressure."""
    if _why(pair) == "unit":
        for factor in (Decimal(10), KPA):
            systolic, diastolic = _round(pair.systolic * factor), _round(pair.diastolic * factor)
            whole = pair.systolic == int(pair.systolic) and pair.diastolic == int(pair.diastolic)
            if usual(systolic, diastolic) and (whole or factor == KPA):
                return f"{systolic}/{diastolic}"
    return str(pair)


def glucose(number: Decimal, unit: str, meal: Meal, notes: tuple[Note, ...], norms: Norms) -> Glucose | Unclear:
    """Glucose in the unit that is written (`mmol`, `mgdl`, or nothing)."""
    if unit == "mgdl":
        tenths = _round(number / MG_DL * 10)
        if tenths in GLUCOSE and number >= 10:
            return Glucose(tenths, meal, (*notes, "from_mg_dl"))
    else:
        tenths = _round(number * 10)
        low, high = BARE if not unit else (Decimal(GLUCOSE[0]) / 10, Decimal(GLUCOSE[-1]) / 10)
        if low <= number <= high:
            return Glucose(tenths, meal, notes if tenths == number * 10 else (*notes, "rounded"))
    why: Why = "unit" if not unit and number > BARE[1] and number <= 720 else "out_of_range"
    return Unclear(why, _guessed_glucose(number, unit), maybe_glucose(number, norms))


def maybe_glucose(number: Decimal, norms: Norms) -> bool:
    """Some way to read this number is an emergency: as it is, and where it is too high, without its point or mg/dl."""
    ways = [number * 10, *([number, number / MG_DL * 10] if number > BARE[1] else [])]
    within = [way for way in ways if way <= GLUCOSE[-1]]
    return any(way >= norms.glucose_high or way <= norms.glucose_low for way in within)


def _guessed_glucose(number: Decimal, unit: str) -> str:
    written = _short(number)
    return f"{written} mg/dL" if unit == "mgdl" or (not unit and number > BARE[1]) else written


def _round(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP)) if number < 10**12 else 10**12


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}" if number < 10**12 else "?"
