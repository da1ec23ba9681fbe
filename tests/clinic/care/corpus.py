"""Texts as residents send them, made with a seed: readings in all manners of noise.

Nothing of the parser is used here, its word lists included: how people write was set down on its own, and what a text
means is known from how it was made. Texts without a reading are in `silences`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

Value = tuple[str, int, int]
"""("bp", systolic, diastolic) or ("glucose", tenths, 0)."""


def _table(words: str) -> list[str]:
    return words.split("|")


HELLO = _table(
    "||||医生您好，|你好 |李医生，|大夫好！|Hello doctor, |Hi, |医生我是张建国，|您好医生。|请问医生，|"
    "Dear Dr Li, |在吗？|😊 "
)
WHO = _table(
    "||||我妈|我爸今天|老伴|我|奶奶刚才|my mother's |今天|今天早上|昨晚|早上7点|7:30 |晚饭前|2026-11-20 |"
    "11月20日|刚刚|my |"
    "第3次了，|今天第二次，|住院5天后|我爱人68岁，|12月1号 |昨天下午3点半|before lunch "
)
BYE = _table(
    "|||||，谢谢|。吃过药了|，吃药了| 谢谢医生！|, thank you|。张建国|，头有点晕怎么办|，请回复| 高不高？|"
    "，药还有3天的|"
    "。电话15400000001| ok?|，吃了2片药|\n王秀英 68岁|。明天上午9点来|，药吃了半片|...|！！|，体重65公斤|"
    "。一天吃3次药| 🙏|，要紧吗"
)
HIGHS = _table("高压|收缩压|上压|高压是|高压:|高|收缩压为|高压有|systolic |SYS |upper |Systolic: ")
LOWS = _table("低压|舒张压|下压|低压是|低压:|低|舒张压为|低压有|diastolic |DIA |lower |Diastolic: ")
NAMES = _table(
    "血压|血压：|血压是|血压 |血压值|BP |bp:|Bp|blood pressure |Blood pressure is |血压大概|量血压|测血压 |"
    "血压计量的|血压为|"
    "自测血压|血压有点高|blood pressure today |pressure |血压=|血压到了|血压一直在|血压 今天|BP is |BP-|"
    "【血压】|血压（mmHg）"
)
MISTYPED = _table("雪压|血牙|雪牙|血亚|学压|blod pressure |血呀|blood presure ")
OLD = _table("血壓|血壓：|量血壓|今天的血壓是")
JOINTS = _table("/|/|/|/|／| / |/ | /|//|\\|比|╱")
LOOSE = _table(" |-|－|,|，|、|  |—| - |:|=|：|\n")
SUGARS = _table(
    "血糖|血糖：|血糖是|血糖 |血糖值|GLU |glu:|glucose |sugar |blood sugar |Blood sugar is |测血糖|血糖大概|血糖有|"
    "my sugar was |血糖今天|血糖=|血糖（早）"
)
BEFORE = _table(
    "空腹|早饭前|空腹血糖|空腹血糖：|早上空腹血糖是|fasting |fasting sugar |Fasting blood sugar |餐前血糖|"
    "血糖空腹|空腹 |FBG "
)
LATER = _table(
    "餐后2小时血糖|饭后血糖|早餐后|餐后血糖：|饭后两小时血糖|after meal sugar |午饭后血糖|餐后2h血糖|"
    "sugar after lunch |饭后 |"
    "晚餐后两小时|餐后两个小时血糖"
)
BADLY = _table("雪糖|血唐|血塘|suger ")
OLDER = _table("血糖為|飯後血糖|餐後血糖")
MMHG = _table("||||mmHg| mmhg|毫米汞柱| mm Hg|㎜Hg")
MMOL = _table("||||mmol/L| mmol/l|mmol|毫摩尔/升| mmol / L|MMOL/L")
MG = _table("mg/dl| mg/dL|mgdl|MG/DL|毫克/分升")
BEATS = _table(
    "||| 脉搏{}|，心率{}| pulse {}| P{}|,心跳{}次| HR{}|，心率{}次/分| {}|/{}| {}次/分|，脉博{}| 心率：{}bpm"
)
BETWEEN = _table("，| |。|, |；|\n|，还有|。 |  ")
FULL = str.maketrans("0123456789/.:", "０１２３４５６７８９／．：")
FIGURES = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, and what it means. `plain` is false where only asking back is right: a digit parted, a unit missing."""

    text: str
    values: tuple[Value, ...]
    plain: bool = True
    told: bool = False
    """Something had to be mended or converted: the reading must say so."""

    @property
    def emergency(self) -> bool:
        return any(
            (kind == "bp" and (one >= 180 or two >= 110)) or (kind == "glucose" and (one >= 167 or one <= 39))
            for kind, one, two in self.values
        )


def samples(count: int, seed: int) -> list[Sample]:
    dice = random.Random(seed)
    kinds = [_pressure, _glucose, _both, _two, _unsure]
    return [dice.choices(kinds, [9, 6, 3, 2, 3])[0](dice) for _ in range(count)]


def slips(count: int, seed: int) -> list[Sample]:
    """Emergencies with one slip of a finger: a character lost, doubled, or a blank before it."""
    dice = random.Random(seed)
    made = (dice.choice([_stroke, _loose, _named, _in_words, _english])(dice) for _ in iter(int, 1))
    urgent = (sample for sample in made if sample.emergency)
    return [replace(sample, text=_slip(dice, sample.text)) for sample, _ in zip(urgent, range(count), strict=False)]


def _slip(dice: random.Random, text: str) -> str:
    at = dice.randrange(len(text))
    return text[:at] + dice.choice(["", text[at] * 2, " " + text[at]]) + text[at + 1 :]


def _dress(dice: random.Random, sample: Sample) -> Sample:
    text = dice.choice(HELLO) + dice.choice(WHO) + sample.text + dice.choice(BYE)
    if dice.random() < 0.12:
        text = text.translate(FULL)
    if dice.random() < 0.08:
        text = text.replace("，", ",").replace("：", ":")
    if dice.random() < 0.05:
        text = text.upper()
    if dice.random() < 0.05:
        text = text.replace(" ", "\u3000")
    if dice.random() < 0.08:
        text = f"  {text} \n"
    return replace(sample, text=text)


# Pressure.


def _figures(dice: random.Random) -> tuple[int, int]:
    draw = dice.random()
    if draw < 0.15:
        return dice.randint(180, 235), dice.randint(70, 130)
    if draw < 0.3:
        return dice.randint(145, 200), dice.randint(110, 135)
    systolic = dice.randint(96, 179)
    return systolic, dice.randint(45, min(109, systolic - 18))


def _pressure(dice: random.Random) -> Sample:
    return _dress(dice, dice.choice(WAYS)(dice))


def _stroke(dice: random.Random) -> Sample:
    systolic, diastolic = _figures(dice)
    name, told = dice.choice(NAMES), False
    if dice.random() < 0.08:
        name, told = dice.choice(MISTYPED), True
    elif dice.random() < 0.08:
        name = dice.choice(OLD)
    beats = dice.choice(BEATS).format(dice.randint(52, 118))
    text = f"{name}{systolic}{dice.choice(JOINTS)}{diastolic}{dice.choice(MMHG)}{beats}"
    return Sample(text, (("bp", systolic, diastolic),), told=told)


def _bare(dice: random.Random) -> Sample:
    systolic, diastolic = _figures(dice)
    text = f"{systolic}{dice.choice(JOINTS[:10])}{diastolic}{dice.choice(MMHG)}{dice.choice(['', '', '/', '。'])}"
    return Sample(text, (("bp", systolic, diastolic),))


def _loose(dice: random.Random) -> Sample:
    systolic, diastolic = _figures(dice)
    text = f"{dice.choice(NAMES)}{systolic}{dice.choice(LOOSE)}{diastolic}{dice.choice(MMHG)}"
    return Sample(text, (("bp", systolic, diastolic),))


def _named(dice: random.Random) -> Sample:
    systolic, diastolic = _figures(dice)
    spoken = dice.random() < 0.3
    high, low = (_spoken(systolic, dice), _spoken(diastolic, dice)) if spoken else (str(systolic), str(diastolic))
    most = 8 if spoken else len(HIGHS)  # Chinese numerals after Chinese words
    parts = [dice.choice(HIGHS[:most]) + high, dice.choice(LOWS[:most]) + low]
    if dice.random() < 0.4:
        parts.reverse()
    beats = dice.choice(BEATS[:9]).format(dice.randint(52, 118)) if not spoken else ""
    return Sample(dice.choice(["", " ", "，", ",", "、"]).join(parts) + beats, (("bp", systolic, diastolic),))


def _in_words(dice: random.Random) -> Sample:
    systolic, diastolic = _figures(dice)
    joint = dice.choice(["/", "，", " ", "比", "、"])
    text = f"{dice.choice(NAMES)}{_spoken(systolic, dice)}{joint}{_spoken(diastolic, dice)}"
    return Sample(text, (("bp", systolic, diastolic),))


def _english(dice: random.Random) -> Sample:
    systolic, diastolic = _figures(dice)
    name = dice.choice(["blood pressure ", "bp ", "BP is ", "my blood pressure this morning was ", ""])
    return Sample(f"{name}{systolic} over {diastolic}", (("bp", systolic, diastolic),))


def _letters(dice: random.Random) -> Sample:
    """A digit typed as a letter: l50, 15O."""
    systolic, diastolic = _figures(dice)
    written = str(systolic)
    at = [place for place, digit in enumerate(written) if digit in "01"]
    if at:
        place = dice.choice(at)
        letter = dice.choice({"0": "oO", "1": "lI"}[written[place]])
        written = written[:place] + letter + written[place + 1 :]
    return Sample(f"{dice.choice(NAMES)}{written}/{diastolic}", (("bp", systolic, diastolic),), told=bool(at))


def _reversed(dice: random.Random) -> Sample:
    systolic, diastolic = dice.randint(131, 235), dice.randint(45, 99)
    return Sample(f"{dice.choice(NAMES)}{diastolic}/{systolic}", (("bp", systolic, diastolic),), told=True)


def _kilopascals(dice: random.Random) -> Sample:
    high, low = dice.randint(130, 300), dice.randint(70, 110)
    value = ("bp", round(high * 0.750062), round(low * 0.750062))
    text = f"{dice.choice(NAMES[:8])}{high / 10}/{low / 10}{dice.choice(['kPa', ' kpa', '千帕'])}"
    return Sample(text, (value,), told=True)


WAYS = [_stroke, _stroke, _stroke, _stroke, _bare, _loose, _named, _named, _in_words, _english, _letters, _reversed]
WAYS += [_kilopascals]


def _spoken(number: int, dice: random.Random) -> str:
    """一百五十, 一百六, 一百零五, 九十五, 一五零."""
    hundreds, tens, units = number // 100, number // 10 % 10, number % 10
    if dice.random() < 0.2:
        return "".join(FIGURES[int(digit)] for digit in str(number))
    if not hundreds:
        return ("" if tens == 1 else FIGURES[tens]) + "十" + (FIGURES[units] if units else "")
    head = FIGURES[hundreds] + "百" if hundreds != 2 or dice.random() < 0.5 else "两百"
    if not tens:
        return head + ("零" + FIGURES[units] if units else "")
    if not units:
        return head + FIGURES[tens] + dice.choice(["", "十"])
    return head + FIGURES[tens] + "十" + FIGURES[units]


# Glucose.


def _tenths(dice: random.Random) -> int:
    draw = dice.random()
    if draw < 0.15:
        return dice.randint(167, 299)
    return dice.randint(18, 39) if draw < 0.3 else dice.randint(40, 166)


def _glucose(dice: random.Random) -> Sample:
    return _dress(dice, _sugar(dice))


def _sugar(dice: random.Random) -> Sample:
    tenths, name, told = _tenths(dice), dice.choice(dice.choice([SUGARS, SUGARS, BEFORE, LATER])), False
    draw = dice.random()
    if draw < 0.06:
        name, told = dice.choice(BADLY), True
    elif draw < 0.12:
        name = dice.choice(OLDER)
    elif draw < 0.2:
        figure = dice.randint(30, 480)
        value = ("glucose", int(figure / 18 * 10 + 0.5), 0)
        return Sample(f"{name}{figure}{dice.choice(MG)}", (value,), told=True)
    elif draw < 0.27 and not name.isascii():
        whole = _spoken(tenths // 10, dice) if tenths >= 100 else FIGURES[tenths // 10]
        return Sample(f"{name}{whole}点{FIGURES[tenths % 10]}", (("glucose", tenths, 0),))
    elif draw < 0.31:
        return Sample(f"{tenths / 10}mmol/L", (("glucose", tenths, 0),))
    return Sample(f"{name}{tenths / 10}{dice.choice(MMOL)}", (("glucose", tenths, 0),), told=told)


# More than one.


def _both(dice: random.Random) -> Sample:
    one, two = dice.choice(WAYS)(dice), _sugar(dice)
    if dice.random() < 0.5:
        one, two = two, one
    text = one.text + dice.choice(BETWEEN) + two.text
    return _dress(dice, Sample(text, one.values + two.values, told=one.told or two.told))


def _two(dice: random.Random) -> Sample:
    name, joint = dice.choice(NAMES[:8]), dice.choice(["/", "／", " / "])
    first, second = _figures(dice), _figures(dice)
    before, between = dice.choice([
        ("早上", "，晚上"), ("", " "), ("第一次", "，第二次"), ("早", "晚"), ("左手", "，右手"), ("", "、"),
        ("morning ", ", evening "), ("吃药前", "，吃药后"), ("6点", " 18点"), ("", "\n"),
    ])  # fmt: skip
    body = f"{name}{before}{first[0]}{joint}{first[1]}{between}{second[0]}{joint}{second[1]}"
    return _dress(dice, Sample(body, (("bp", *first), ("bp", *second))))


# What a person would ask about: what was meant is known here, and an emergency must be seen in it.


def _unsure(dice: random.Random) -> Sample:
    systolic, diastolic = _figures(dice)
    systolic = max(systolic, 100)
    text, *meant = dice.choice(DOUBTS)(dice, dice.choice(["血压", "BP ", "血压：", "血压 "]), systolic, diastolic)
    values: tuple[Value, ...] = tuple(meant) or (("bp", systolic, diastolic),)
    return Sample(dice.choice(HELLO[:7]) + text, values, plain=False)


def _short(dice: random.Random, name: str, systolic: int, diastolic: int) -> tuple[str, Value]:
    """The hundred is missing; reversed, it would be no pressure of its own."""
    systolic = min(max(systolic, diastolic + 30, 110), 100 + diastolic, 199)
    return f"{name}{systolic % 100:02}/{diastolic}", ("bp", systolic, diastolic)


def _tens(dice: random.Random, name: str, systolic: int, diastolic: int) -> tuple[str, Value]:
    return f"{name}{systolic // 10}/{diastolic // 10}", ("bp", systolic // 10 * 10, diastolic // 10 * 10)


def _pointless(dice: random.Random, name: str, systolic: int, diastolic: int) -> tuple[str, Value]:
    tenths = dice.choice([dice.randint(168, 300), dice.randint(60, 160)])
    return f"血糖{tenths}", ("glucose", tenths, 0)


def _parted(dice: random.Random, name: str, systolic: int, diastolic: int) -> tuple[str, Value]:
    tenths = _tenths(dice)
    whole, part = divmod(tenths, 10)
    if whole >= 10 and dice.random() < 0.5:
        return f"血糖{whole // 10} {whole % 10}.{part}", ("glucose", tenths, 0)
    return f"{dice.choice(['血糖', '空腹血糖', 'sugar '])}{whole}{dice.choice([' ', '。', '，'])}{part}", (
        "glucose",
        tenths,
        0,
    )


DOUBTS = [
    lambda dice, name, high, low: (f"{name}{str(high)[0]} {str(high)[1:]}/{low}",),
    lambda dice, name, high, low: (f"{name}{str(high)[:2]} {str(high)[2]}/{low}",),
    lambda dice, name, high, low: (f"{name}{high}{low}",),
    lambda dice, name, high, low: (f"{' '.join(str(high))} / {' '.join(str(low))}",),
    lambda dice, name, high, low: (f"{dice.choice(['高压', '血压', '收缩压', 'BP '])}{high}", ("bp", high, 0)),
    lambda dice, name, high, low: (f"{dice.choice(['低压', '舒张压', 'diastolic '])}{low}", ("bp", 0, low)),
    lambda dice, name, high, low: (f"{dice.choice(['我量出来', '我妈今天', '今天是'])}{high} {low}怎么办",),
    lambda dice, name, high, low: (f"{name}{high}0/{low}",),
    lambda dice, name, high, low: (f"{name}{high}。{low}",),
    lambda dice, name, high, low: (f"{name}{high - 5}-{high}/{low - 3}-{low}",),
    lambda dice, name, high, low: (f"{name}有{high}多，{low}多",),
    lambda dice, name, high, low: (dice.choice(["血糖HI", "血糖仪显示Lo", "血糖 LO", "血糖：Hi"]), ("glucose", 400, 0)),
    _short,
    _tens,
    _pointless,
    _parted,
]
