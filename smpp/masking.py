"""Telephone numbers as they may be shown: enough to recognise one's own, not enough to call it."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"\+?\d{7,15}")
_CHINESE_MOBILE: Final = re.compile(r"(\+?(?:00)?86)?(1\d\d)\d{4}(\d{4})")
_GAPS: Final = re.compile(r"(?<=\d)[\s()./-]+(?=\d)")
_DIGITS: Final = re.compile(r"\d{5,}")


def masked(number: str) -> str:
    """`13800138000` -> `138****8000`, with its country code if it has one; another number shows its ends only.

    Short codes (`12580`, `*120#`) stay whole. In anything longer, as a dialled code with its arguments, each row of
    five digits or more is starred out: it may be an identity number.
    """
    number = _GAPS.sub("", number)
    mobile = _CHINESE_MOBILE.fullmatch(number)
    if mobile:
        return f"{mobile[1] or ''}{mobile[2]}****{mobile[3]}"
    if _NUMBER.fullmatch(number):
        return f"{number[:3]}****{number[-2:]}"
    if len(number) < 7:
        return number
    return _DIGITS.sub("****", number)
