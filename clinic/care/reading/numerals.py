"""Chinese numerals as people write pressures and glucose: 一百五十, 一百六 (160), 一五零, 九十五, 五点三.

Written here, because it is thirty lines, and because a numeral that is not well formed (一百五五, 一百十七) must be
asked for: a library that makes the best of it would make a wrong reading of it.
"""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"〇": 0, "两": 2}
CHARACTERS = "".join(DIGITS) + "十百"
_TENS = re.compile(r"([一二三四五六七八九两]?)十([一二三四五六七八九]?)")
_HUNDREDS = re.compile(
    r"([一二三四五六七八九两])百(?:零([一二三四五六七八九])|([一二三四五六七八九]?)(十?)([一二三四五六七八九]?))"
)


def value(written: str) -> Decimal | None:
    """The number, None where it is none; 一点 and the like are no numbers."""
    whole, point, fraction = written.partition("点")
    figure = _whole(whole)
    if figure is None or (point and (not fraction or any(letter not in DIGITS for letter in fraction))):
        return None
    return Decimal(f"{figure}.{''.join(str(DIGITS[letter]) for letter in fraction)}" if point else figure)


def _whole(written: str) -> int | None:
    if written and all(letter in DIGITS for letter in written):
        return int("".join(str(DIGITS[letter]) for letter in written))
    if found := _TENS.fullmatch(written):
        return DIGITS[found[1] or "一"] * 10 + DIGITS[found[2] or "零"]
    if found := _HUNDREDS.fullmatch(written):
        return _hundreds(*found.groups())
    return None


def _hundreds(hundreds: str, last: str | None, tens: str | None, ten: str | None, units: str | None) -> int | None:
    base = DIGITS[hundreds] * 100
    if last:
        return base + DIGITS[last]
    if tens and (ten or not units):  # 一百六 and 一百六十 are both 160
        return base + DIGITS[tens] * 10 + DIGITS[units or "零"]
    return None if ten or units else base  # 一百十七 may be 一百八十七, and 一百五五 may be anything
