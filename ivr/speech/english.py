"""Numbers, dates, times, amounts and codes as English says them, from recordings.

British use: one hundred and five, the twenty-fourth of November, eight thirty, twenty twenty-six.
"""

from __future__ import annotations

import datetime as dt

from conf.texts.words import Code, Money
from ivr.speech.pieces import Improvised, Pause, Piece, Recorded, Vocabulary

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MOST = 99_999_999
GAP = Pause(40, " ")
CLAUSE = Pause(120, ", ")
DIGIT_PAUSE, GROUP_PAUSE = Pause(220), Pause(700, " ")
# What tells the half of the day, beside a time: before it, or behind it.
HALVES_BEFORE = ("am", "pm", "morning", "afternoon", "evening")
HALVES_BEHIND = ("am", "pm", "in the morning", "in the afternoon", "in the evening")


def _below_hundred(number: int) -> str:
    if number < 20:
        return ONES[number]
    tens, ones = divmod(number, 10)
    return TENS[tens - 2] + (f"-{ONES[ones]}" if ones else "")


def _ordinal(day: int) -> str:
    if day <= 20:
        return ORDINALS[day - 1]
    return "thirtieth" if day == 30 else f"{TENS[day // 10 - 2]}-{ORDINALS[day % 10 - 1]}"


def _vocabulary() -> Vocabulary:
    """Whole numbers below a hundred, and what stands before "and", are recordings of their own: fewer joins."""
    found = {f"number.{number}": _below_hundred(number) for number in range(100)}
    found |= {f"number.{number}00": f"{ONES[number]} hundred" for number in range(1, 10)}
    found |= {f"number.{number}00-and": f"{ONES[number]} hundred and" for number in range(1, 10)}
    for name in ("thousand", "million"):
        found |= {f"number.{name}": name, f"number.{name}-and": f"{name} and"}
    found["number.minus"] = "minus"
    found |= {f"digit.{number}": ONES[number] for number in range(10)}
    found["digit.x"] = "X"
    found["id.ending"] = "ID ending"
    found |= {f"month.{month}": MONTHS[month - 1] for month in range(1, 13)}
    found |= {f"day.{day}": f"the {_ordinal(day)} of" for day in range(1, 32)}
    found |= {f"weekday.{day}": WEEKDAYS[day - 1] for day in range(1, 8)}
    found |= {f"hour.{hour}": ONES[hour] for hour in range(1, 13)}
    found |= {f"minute.{minute}": f"oh {ONES[minute]}" for minute in range(1, 10)}
    found |= {f"minute.{minute}": _below_hundred(minute) for minute in range(10, 60)}
    found |= {"minute.0": "o'clock", "half.am": "a m", "half.pm": "p m"}
    found |= {"money.yuan": "yuan", "money.fen": "fen", "money.and": "and", "year.hundred": "hundred"}
    return found


VOCABULARY = _vocabulary()


def _say(key: str) -> Recorded:
    return Recorded(key, VOCABULARY[key])


def _joined(keys: list[str], gap: Pause = GAP) -> list[Piece]:
    said: list[Piece] = []
    for key in keys:
        said += [gap, _say(key)] if said else [_say(key)]
    return said


def number(value: int, *, before: str = "", after: str = "") -> list[Piece]:  # noqa: ARG001
    """A number; above 99 999 999 it is said digit by digit."""
    if value < 0:
        return [_say("number.minus"), GAP, *number(-value)]
    if value > MOST:
        return _joined([f"digit.{digit}" for digit in str(value)], DIGIT_PAUSE)
    return _joined(_keys(value))


def _keys(value: int) -> list[str]:
    millions, rest = divmod(value, 1_000_000)
    thousands, below = divmod(rest, 1000)
    keys = []
    if millions:
        keys += [*_group(millions), f"number.million{'-and' if not thousands and 0 < below < 100 else ''}"]
    if thousands:
        small = millions and thousands < 100 and not below
        keys[-1:] = [f"{keys[-1]}-and"] if small else keys[-1:]
        keys += [*_group(thousands), f"number.thousand{'-and' if 0 < below < 100 else ''}"]
    return keys + (_group(below) if below or not keys else [])


def _group(value: int) -> list[str]:
    """Up to three places."""
    hundreds, below = divmod(value, 100)
    if not hundreds:
        return [f"number.{below}"]
    return [f"number.{hundreds}00-and", f"number.{below}"] if below else [f"number.{hundreds}00"]


def year(value: int) -> list[Piece]:
    """twenty twenty-six, nineteen oh five, two thousand and five."""
    century, rest = divmod(value, 100)
    if century % 10 == 0 and rest < 10:
        return number(value)
    return _joined(
        [f"number.{century}", "year.hundred" if not rest else f"{'minute' if rest < 10 else 'number'}.{rest}"]
    )


def date(day: dt.date, *, weekday: bool = True) -> list[Piece]:
    """Tuesday, the twenty-fourth of November."""
    named: list[Piece] = [_say(f"weekday.{day.isoweekday()}"), CLAUSE] if weekday else []
    return named + _joined([f"day.{day.day}", f"month.{day.month}"])


def time(moment: dt.time, *, before: str = "", after: str = "") -> list[Piece]:
    """eight thirty, eight o'clock, eight oh five; with a.m. or p.m. unless the text beside it tells the half."""
    hour = moment.hour % 12 or 12
    keys = [f"hour.{hour}", f"minute.{moment.minute}"]
    if not (before.rstrip(" ,").endswith(HALVES_BEFORE) or after.lstrip(" ,").startswith(HALVES_BEHIND)):
        half = f"half.{'am' if moment.hour < 12 else 'pm'}"
        keys = [keys[0], half] if moment.minute == 0 else [*keys, half]
    return _joined(keys)


def money(amount: Money) -> list[Piece]:
    """twelve yuan fifty, twelve yuan and five fen, fifty fen, zero yuan."""
    yuan, fen = divmod(abs(amount.fen), 100)
    keys = ["number.minus"] if amount.fen < 0 else []
    if yuan or not fen:
        keys += [*_keys(yuan), "money.yuan"]
    if fen >= 10 and yuan:
        keys.append(f"number.{fen}")
    elif fen:
        keys += [*(["money.and"] if yuan else []), f"number.{fen}", "money.fen"]
    return _joined(keys)


def code(number: Code) -> list[Piece]:
    """Digit by digit and slowly, a longer pause between the groups."""
    said: list[Piece] = []
    for group in number.groups:
        said.append(GROUP_PAUSE)
        for digit in group.lower():
            said += [DIGIT_PAUSE, _digit(digit)]
    return said


def ending(last: Code) -> list[Piece]:
    """What stands for a name that was spoken: by the last characters of the identity number."""
    return [_say("id.ending"), GAP, *code(last)[1:]]


def _digit(digit: str) -> Piece:
    key = f"digit.{digit}"
    return _say(key) if key in VOCABULARY else Improvised(digit)
