"""Numbers in Mandarin, read back by rules of their own, and the cases that are easily wrong."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.texts.words import Code, Money
from ivr.speech import mandarin
from ivr.speech.pieces import Pause, Piece, text_of

DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}


def said(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def heard(words: str) -> int:
    """What a listener understands: digits times units, added up within each 万."""
    if "万" in words:
        head, tail = words.split("万")
        return heard(head) * 10_000 + (heard(tail) if tail else 0)
    total, digit = 0, 0
    for character in words:
        if character in UNITS:
            total += (digit or 1) * UNITS[character]
            digit = 0
        else:
            digit = DIGITS[character]
    return total + digit


def test_a_number_is_understood() -> None:
    for value in (*range(2100), *range(2100, 100_001, 37), 99_999_999, 10_000_000, 20_002_000):
        assert heard(said(mandarin.number(value))) == value


@given(st.integers(0, mandarin.MOST), st.sampled_from(["", "个", "号"]), st.sampled_from(["", "第"]))
def test_any_number_is_understood_and_has_no_wrong_zero(value: int, after: str, before: str) -> None:
    words = said(mandarin.number(value, before=before, after=after))
    assert heard(words) == value
    assert "零零" not in words
    assert value == 0 or not words.startswith("零")
    assert value == 0 or not words.endswith("零")
    assert not words.startswith("一十")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (22, "二十二"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (112, "一百一十二"),
        (200, "二百"),
        (202, "二百零二"),
        (1000, "一千"),
        (1005, "一千零五"),
        (1010, "一千零一十"),
        (1050, "一千零五十"),
        (1105, "一千一百零五"),
        (2000, "两千"),
        (2222, "两千二百二十二"),
        (10_000, "一万"),
        (10_005, "一万零五"),
        (10_010, "一万零一十"),
        (10_500, "一万零五百"),
        (12_000, "一万二千"),
        (20_000, "两万"),
        (22_000, "两万二千"),
        (100_000, "十万"),
        (100_010, "十万零一十"),
        (105_000, "十万五千"),
        (120_000, "十二万"),
        (1_100_000, "一百一十万"),
        (2_000_000, "二百万"),
        (20_000_000, "两千万"),
        (99_999_999, "九千九百九十九万九千九百九十九"),
        (-5, "负五"),
        (100_000_000, "幺零零零零零零零零"),
    ],
)
def test_numbers_that_are_easily_wrong(value: int, words: str) -> None:
    assert said(mandarin.number(value)) == words


@pytest.mark.parametrize(
    ("before", "value", "after", "words"),
    [
        ("还有", 2, "个号", "两"),
        ("前面还有", 2, "人", "两"),
        ("前面还有", 12, "人", "十二"),
        ("前面还有", 22, "人", "二十二"),
        ("", 2, "", "二"),
        ("请按", 2, "", "二"),
        ("您是第", 2, "号。", "二"),
        ("第", 2, "剂", "二"),
        ("第", 2000, "个", "二千"),
        ("共接种", 2, "剂", "两"),
        ("", 2, "号", "二"),
        ("", 2, "月", "二"),
        ("", 2, "岁", "两"),
        ("", 102, "个", "一百零二"),
    ],
)
def test_two_is_liang_where_things_are_counted_and_er_where_they_are_numbered(
    before: str, value: int, after: str, words: str
) -> None:
    assert said(mandarin.number(value, before=before, after=after)) == words


@pytest.mark.parametrize(
    ("moment", "before", "words"),
    [
        (dt.time(8), "上午", "八点整"),
        (dt.time(8, 30), "上午", "八点半"),
        (dt.time(14), "下午", "两点整"),
        (dt.time(14, 5), "下午", "两点零五分"),
        (dt.time(14, 15), "下午", "两点十五分"),
        (dt.time(12), "中午", "十二点整"),
        (dt.time(14, 30), "", "十四点半"),
        (dt.time(0, 20), "", "零点二十分"),
        (dt.time(10, 10), "", "十点十分"),
    ],
)
def test_times(moment: dt.time, before: str, words: str) -> None:
    assert said(mandarin.time(moment, before=before)) == words


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元"),
        (200, "两元"),
        (1000, "十元"),
        (1200, "十二元"),
        (1250, "十二元五角"),
        (1255, "十二元五角五分"),
        (1205, "十二元零五分"),
        (10_500, "一百零五元"),
        (220, "两元二角"),
        (20, "两角"),
        (2, "两分"),
        (55, "五角五分"),
        (-50, "负五角"),
        (20_000, "二百元"),
    ],
)
def test_amounts(fen: int, words: str) -> None:
    assert said(mandarin.money(Money(fen))) == words


def test_dates() -> None:
    assert said(mandarin.date(dt.date(2026, 11, 24))) == "十一月二十四日星期二"
    assert said(mandarin.date(dt.date(2027, 10, 10))) == "十月十日星期日"
    assert said(mandarin.date(dt.date(2027, 2, 2), weekday=False)) == "二月二日"
    assert said(mandarin.year(2011)) == "二零一一"


def test_every_date_and_time_can_be_said() -> None:
    for day in range(366):
        assert said(mandarin.date(dt.date(2028, 1, 1) + dt.timedelta(days=day)))
    for minute in range(24 * 60):
        for before in ("", "下午"):
            assert said(mandarin.time(dt.time(*divmod(minute, 60)), before=before))


def test_a_code_is_said_digit_by_digit_in_groups_with_one_as_yao() -> None:
    pieces = mandarin.code(Code("123456789012"))
    assert [piece.text for piece in pieces if not isinstance(piece, Pause)] == list("幺二三四五六七八九零幺二")
    assert text_of(pieces) == "1234 5678 9012"
    pauses = [piece.milliseconds for piece in pieces if isinstance(piece, Pause)]
    assert pauses.count(700) == 3
    assert pauses.count(220) == 12


def test_a_code_may_end_with_x_and_hold_what_is_no_digit() -> None:
    assert text_of(mandarin.code(Code("12X"))) == "12X"
    assert text_of(mandarin.code(Code("1?"))) == "1?"
