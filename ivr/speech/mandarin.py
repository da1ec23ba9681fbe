"""Numbers, dates, times, amounts and codes as Mandarin says them, from recordings.

Where Mandarin has two words for two: 两 before 千 and 万 at the beginning of a number, and alone before a measure word
(两个, 两人, 两元, 两点); 二 everywhere else, as in 十二, 二百, 三万二千, 第二, 二号. A gap of places is one 零
(一百零五, 一千零五十); ten is 十 alone and 一十 behind hundreds (一百一十二). In codes one is 幺, which nobody takes
for seven.
After GB/T 15835-2011 and Lü Shuxiang's "Eight Hundred Words of Modern Chinese" (二, 两).
"""

from __future__ import annotations

import datetime as dt

from conf.texts.words import Code, Money
from ivr.speech.pieces import Improvised, Pause, Piece, Recorded, Vocabulary

DIGITS = "零一二三四五六七八九"
MOST = 99_999_999
DIGIT_PAUSE, GROUP_PAUSE = Pause(220), Pause(700, " ")
# A number before one of these counts things. 号, 月, 日, 楼 name a thing by its number, and are not among them.
# fmt: off
MEASURES = (
    "个", "人", "位", "名", "次", "天", "周", "年", "岁", "元", "块", "点", "小时", "分钟", "秒", "项", "种", "条",
    "张", "份", "页", "遍", "步", "针", "剂", "支", "片", "粒", "盒", "杯", "公里", "米", "家", "场", "组",
)
# fmt: on
ORDINAL = "第"
HALVES = ("上午", "下午", "早上", "中午", "晚上")


def _below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def _vocabulary() -> Vocabulary:
    """Whole numbers below a hundred, and whatever joins worst, are recordings of their own: fewer joins."""
    found = {f"number.{number}": _below_hundred(number) for number in range(100)}
    found |= {f"number.{number}-after": f"一{_below_hundred(number)}" for number in range(10, 20)}
    found |= {f"number.0{number}": f"零{DIGITS[number]}" for number in range(1, 10)}
    found |= {f"number.{number}00": f"{DIGITS[number]}百" for number in range(1, 10)}
    found |= {f"number.{number}000": f"{DIGITS[number]}千" for number in range(1, 10)}
    found |= {"number.2-counted": "两", "number.2000-first": "两千", "number.wan": "万", "number.minus": "负"}
    found |= {f"digit.{number}": "幺" if number == 1 else DIGITS[number] for number in range(10)}
    found["digit.x"] = "X"
    found["id.ending"] = "尾号"
    found |= {f"month.{month}": f"{_below_hundred(month)}月" for month in range(1, 13)}
    found |= {f"day.{day}": f"{_below_hundred(day)}日" for day in range(1, 32)}
    found |= {f"weekday.{day}": f"星期{'一二三四五六日'[day - 1]}" for day in range(1, 8)}
    found |= {f"hour.{hour}": f"{'两' if hour == 2 else _below_hundred(hour)}点" for hour in range(24)}
    found |= {f"minute.{minute}": f"{_below_hundred(minute)}分" for minute in range(10, 60)}
    found |= {f"minute.{minute}": f"零{DIGITS[minute]}分" for minute in range(1, 10)}
    found |= {"minute.0": "整", "minute.30": "半", "money.yuan": "元"}
    found |= {f"money.jiao-{number}": f"{DIGITS[number]}角" for number in range(1, 10)}
    found |= {f"money.fen-{number}": f"{DIGITS[number]}分" for number in range(1, 10)}
    found |= {f"money.fen-0{number}": f"零{DIGITS[number]}分" for number in range(1, 10)}
    found |= {"money.jiao-2-counted": "两角", "money.fen-2-counted": "两分"}
    return found


VOCABULARY = _vocabulary()


def _say(key: str) -> Recorded:
    return Recorded(key, VOCABULARY[key])


def number(value: int, *, before: str = "", after: str = "") -> list[Piece]:
    """A number between the literals `before` and `after`, which tell whether it counts: 两个, but 第二个 and 二号.

    Above 99 999 999 it is said digit by digit.
    """
    if value < 0:
        return [_say("number.minus"), *number(-value, after=after)]
    if value > MOST:
        return [_say(f"digit.{digit}") for digit in str(value)]
    ordinal = before.rstrip().endswith(ORDINAL)
    if value == 2 and not ordinal and after.lstrip().startswith(MEASURES):
        return [_say("number.2-counted")]
    return [_say(key) for key in _keys(value, ordinal=ordinal)]


def _keys(value: int, *, ordinal: bool) -> list[str]:
    wan, rest = divmod(value, 10_000)
    if not wan:
        return _group(rest, first=True, ordinal=ordinal)
    head = ["number.2-counted"] if wan == 2 and not ordinal else _group(wan, first=True, ordinal=ordinal)
    tail = _group(rest, first=False, ordinal=ordinal) if rest else []
    return [*head, "number.wan", *(["number.0"] if 10 <= rest < 1000 else []), *tail]


def _group(value: int, *, first: bool, ordinal: bool) -> list[str]:
    """Up to four places. `first`: no higher ones stand before them."""
    thousands, rest = divmod(value, 1000)
    hundreds, below = divmod(rest, 100)
    keys = []
    if thousands:
        keys.append("number.2000-first" if thousands == 2 and first and not ordinal else f"number.{thousands}000")
    if hundreds:
        keys.append(f"number.{hundreds}00")
    gap = bool(thousands and not hundreds)
    return keys + _below(below, first=first and not keys, higher=bool(keys), gap=gap)


def _below(value: int, *, first: bool, higher: bool, gap: bool) -> list[str]:
    """The last two places; `higher` ones stand before them in the same group, `gap` has no hundreds among those."""
    if value == 0:
        return ["number.0"] if first else []
    if first:
        return [f"number.{value}"]
    if value < 10:
        return [f"number.0{value}"]
    said = f"number.{value}-after" if value < 20 else f"number.{value}"
    return ["number.0", said] if higher and gap else [said]


def year(value: int) -> list[Piece]:
    """二零二六: digit by digit, but 一 stays 一."""
    return [_say(f"number.{digit}") for digit in str(value)]


def date(day: dt.date, *, weekday: bool = True) -> list[Piece]:
    """十一月二十四日星期二."""
    named: list[Piece] = [_say(f"weekday.{day.isoweekday()}")] if weekday else []
    return [_say(f"month.{day.month}"), _say(f"day.{day.day}"), *named]


def time(moment: dt.time, *, before: str = "", after: str = "") -> list[Piece]:  # noqa: ARG001
    """八点整, 八点半, 八点零五分; of twelve hours where the half of the day stands before it, else of 24."""
    hour = moment.hour
    if before.rstrip().endswith(HALVES):
        hour = hour - 12 if hour > 12 else hour
    return [_say(f"hour.{hour}"), _say(f"minute.{moment.minute}")]


def money(amount: Money) -> list[Piece]:
    """十二元五角, 两元零五分, 五角, 零元."""
    yuan, rest = divmod(abs(amount.fen), 100)
    jiao, fen = divmod(rest, 10)
    said: list[Piece] = [_say("number.minus")] if amount.fen < 0 else []
    if yuan or not rest:
        said += [*number(yuan, after="元"), _say("money.yuan")]
    if jiao:
        said.append(_say("money.jiao-2-counted" if jiao == 2 and not yuan else f"money.jiao-{jiao}"))
    if fen:
        said.append(_say(_fen(fen, gap=bool(yuan and not jiao), first=not yuan and not jiao)))
    return said


def _fen(fen: int, *, gap: bool, first: bool) -> str:
    if gap:
        return f"money.fen-0{fen}"
    return "money.fen-2-counted" if fen == 2 and first else f"money.fen-{fen}"


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
    return [_say("id.ending"), DIGIT_PAUSE, *code(last)[1:]]


def _digit(digit: str) -> Piece:
    key = f"digit.{digit}"
    return _say(key) if key in VOCABULARY else Improvised(digit)
