"""Glucose in a text: after a word for it, after a word for a meal, or with its unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clinic.care.reading import judging
from clinic.care.reading.sheet import Sheet
from clinic.care.reading.values import Glucose, Meal, Note, Unclear

REACH = 12  # letters between a label and its number
NEAR = 3  # where only a meal is named
MEALS: dict[str | None, Meal] = {"fasting": "fasting", "after": "after_meal"}
_POINTS = (".", "。", ",", "、", "·")  # what is typed for a point
WHOLE = range(2, 34)  # mmol/L without a decimal, where only a meal is named


@dataclass(slots=True)
class _Heard:
    """What has been said so far: a word for glucose, a meal, and how many letters ago."""

    sugar: bool = False
    meal: Meal = "unknown"
    waits: bool = False
    letters: int = 0
    typed: bool = False
    more: bool = False
    """A value has been read since the last word."""

    def forget(self) -> None:
        self.sugar, self.meal, self.waits, self.letters = False, "unknown", False, 0
        self.typed = self.more = False

    def word(self, meal: Meal, *, typed: bool) -> None:
        self.meal, self.waits, self.letters, self.typed, self.more = meal, True, 0, typed, False

    @property
    def near(self) -> bool:
        return self.waits and self.letters <= (REACH if self.sugar and not self.more else NEAR)


def sugars(sheet: Sheet) -> None:
    """Every glucose of the text, in one way through it."""
    heard = _Heard()
    _meals_behind(sheet)
    for at, token in enumerate(sheet.tokens):
        match token.kind:
            case "sugar":
                _sugar(sheet, heard, at)
            case "fasting" | "after":
                heard.word(MEALS[token.kind], typed=heard.typed or token.mended)
            case "bp" | "high" | "low" | "pulse" | "stop":
                heard.forget()
            case "text":
                heard.letters += len(token.text)
            case "other":
                heard.letters += 1
            case "scale" if token.mended or (heard.sugar and heard.waits and heard.letters == 0):
                written = sheet.plain[token.end - 2 : token.end]
                sheet.found(at, Unclear("off_scale", written, True), at)
                heard.waits = False
            case "number" | "clock" if at not in sheet.used:
                _number(sheet, heard, at)
            case _:
                pass


def _meals_behind(sheet: Sheet) -> None:
    """5.3（空腹）8.1（餐后）: where the first meal has its number before it, and the last has none behind it."""
    meals = sheet.places("fasting", "after")
    numbers = [sheet.next(at, -1) for at in meals]
    behind = sheet.kind(sheet.next(meals[-1])) if meals else "number"
    if behind in ("number", "clock", "sugar") or not all(sheet.number(at) for at in numbers):
        return
    for at, number in zip(meals, numbers, strict=True):
        token, meal = sheet.tokens[number], MEALS[sheet.kind(at)]
        if token.value % 1 and judging.BARE[0] <= token.value <= judging.BARE[1]:
            notes: tuple[Note, ...] = ("typo",) if token.mended else ()
            sheet.found(number, judging.glucose(token.value, sheet.unit(number), meal, notes, sheet.norms), number)


def _sugar(sheet: Sheet, heard: _Heard, at: int) -> None:
    meal = heard.meal if heard.waits and heard.letters <= NEAR else "unknown"
    heard.sugar = True
    heard.word(meal, typed=sheet.tokens[at].mended)
    ahead = sheet.next(at)
    while sheet.kind(ahead) in ("fasting", "after", "text", "other"):
        ahead = sheet.next(ahead)
    if not sheet.number(ahead) and sheet.kind(ahead) not in ("clock", "scale") and sheet.number(at - 1):
        _number(sheet, heard, at - 1)  # 5.3 血糖


def _number(sheet: Sheet, heard: _Heard, at: int) -> None:
    token, unit = sheet.tokens[at], sheet.unit(at)
    if unit in ("mmol", "mgdl"):
        return _take(sheet, heard, at, unit)
    if unit in ("kpa", "mmhg", "beats") or not heard.near:
        return None
    if heard.more and not (token.value % 1 and token.value * 10 == int(token.value * 10)):
        return None
    if not heard.sugar and not _with_meal_only(token.value, heard):
        return None
    if (second := _other_of_two(sheet, at)) is not None:
        urgent = any(judging.maybe_glucose(sheet.tokens[place].value, sheet.norms) for place in (at, second))
        written = f"{token.text}/{sheet.tokens[second].text}"
        heard.waits = False
        return sheet.found(at, Unclear("two_values", written, urgent), at, second)
    return _take(sheet, heard, at, "")


def _with_meal_only(value: Decimal, heard: _Heard) -> bool:
    """饭后9.2, 空腹5: a decimal, or a whole number directly behind the word."""
    if value % 1:
        return judging.BARE[0] <= value <= judging.BARE[1]
    return heard.letters == 0 and value in WHOLE


def _other_of_two(sheet: Sheet, at: int) -> int | None:
    second = at + 2
    two = sheet.kind(at + 1) == "strong" and sheet.number(second)
    return second if two and all(sheet.tokens[place].value <= judging.BARE[1] for place in (at, second)) else None


def _take(sheet: Sheet, heard: _Heard, at: int, unit: str) -> None:
    token = sheet.tokens[at]
    meal = _meal_behind(sheet, at) if heard.meal == "unknown" else heard.meal
    notes: tuple[Note, ...] = ("typo",) if token.mended or heard.typed else ()
    reading = judging.glucose(token.value, unit, meal, notes, sheet.norms)
    if isinstance(reading, Glucose) and not unit and (split := _split(sheet, at)) is not None:
        return sheet.found(at, split[0], *split[1])
    sheet.found(at, reading, at)
    # A decimal that follows soon is one more value: 血糖早5.3中6.1; all else needs a word again.
    heard.meal, heard.letters, heard.typed, heard.waits, heard.more = "unknown", 0, False, True, True
    return None


def _split(sheet: Sheet, at: int) -> tuple[Unclear, list[int]] | None:
    """血糖1 8.2, 血糖5 3, 血糖6。8: something else stands in the number, or instead of its point."""
    one = sheet.tokens[at].text
    behind = at + 1 if sheet.number(at + 1) else at + 2
    between = "".join(token.text for token in sheet.tokens[at + 1 : behind])
    if not one.isdigit() or len(one) > 2 or not sheet.number(behind) or between not in ("", *_POINTS):
        return None
    two = sheet.tokens[behind].text
    if len(two) > 1 and "." not in two and between != ".":
        return None
    joined = Decimal(one + two) if "." in two and len(one) == 1 else Decimal(f"{one}.{_digits(two)}")
    return Unclear("split", str(joined), judging.maybe_glucose(joined, sheet.norms)), [at, behind]


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter in "0123456789")[:1] or "0"


def _meal_behind(sheet: Sheet, at: int) -> Meal:
    """5.3 (空腹): the word stands behind, and no number of its own follows it."""
    behind = sheet.next(at)
    meal = MEALS.get(sheet.kind(behind), "unknown")
    return (
        meal if meal != "unknown" and sheet.kind(sheet.next(behind)) not in ("number", "clock", "sugar") else "unknown"
    )


def decimals(sheet: Sheet) -> None:
    """150/95 5.3: a decimal behind a pressure is glucose, perhaps."""
    for at in sheet.places("number"):
        before = sheet.next(at, -1)
        if not sheet.number(at) or before not in sheet.used or not sheet.pressures():
            continue
        value = sheet.tokens[at].value
        if value % 1 and judging.BARE[0] <= value <= judging.BARE[1] and sheet.unit(at) == "":
            urgent = judging.maybe_glucose(value, sheet.norms)
            sheet.found(at, Unclear("no_label", sheet.tokens[at].text, urgent), at)
