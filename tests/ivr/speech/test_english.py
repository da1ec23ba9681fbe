"""Numbers in English, read back by rules of their own, and the cases that are easily wrong."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.texts.words import Code, Money
from ivr.speech import english
from ivr.speech.pieces import Piece, text_of

SMALL = {word: value for value, word in enumerate(english.ONES)}
TENS = {word: 10 * value for value, word in enumerate(english.TENS, 2)}


def said(pieces: list[Piece]) -> str:
    return re.sub(" +", " ", "".join(piece.text for piece in pieces))


def heard(words: str) -> int:
    """What a listener understands: "and" is no word, a unit multiplies what was said since the last."""
    total, current = 0, 0
    for word in words.replace("-", " ").split():
        if word == "hundred":
            current *= 100
        elif word in ("thousand", "million"):
            total += current * (1000 if word == "thousand" else 1_000_000)
            current = 0
        elif word != "and":
            current += SMALL.get(word, 0) + TENS.get(word, 0)
            assert word in SMALL or word in TENS
    return total + current


def test_a_number_is_understood() -> None:
    for value in (*range(2100), *range(2100, 100_001, 37), 99_999_999, 10_000_000):
        assert heard(said(english.number(value))) == value


@given(st.integers(0, english.MOST))
def test_any_number_is_understood_and_never_ends_with_and(value: int) -> None:
    words = said(english.number(value))
    assert heard(words) == value
    assert " and and" not in words
    assert not words.endswith(" and")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (21, "twenty-one"),
        (100, "one hundred"),
        (105, "one hundred and five"),
        (1000, "one thousand"),
        (1005, "one thousand and five"),
        (1100, "one thousand one hundred"),
        (1234, "one thousand two hundred and thirty-four"),
        (100_000, "one hundred thousand"),
        (1_000_005, "one million and five"),
        (12_345_678, "twelve million three hundred and forty-five thousand six hundred and seventy-eight"),
        (-3, "minus three"),
    ],
)
def test_numbers_that_are_easily_wrong(value: int, words: str) -> None:
    assert said(english.number(value)) == words


@pytest.mark.parametrize(
    ("moment", "before", "after", "words"),
    [
        (dt.time(8), "", " in the morning", "eight o'clock"),
        (dt.time(8, 30), "am ", "", "eight thirty"),
        (dt.time(13, 5), "", " in the afternoon, ", "one oh five"),
        (dt.time(13, 15), "", "", "one fifteen p m"),
        (dt.time(13), "", "", "one p m"),
        (dt.time(0, 20), "", "", "twelve twenty a m"),
        (dt.time(12), "at ", ".", "twelve p m"),
    ],
)
def test_times(moment: dt.time, before: str, after: str, words: str) -> None:
    assert said(english.time(moment, before=before, after=after)) == words


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "zero yuan"),
        (1200, "twelve yuan"),
        (1250, "twelve yuan fifty"),
        (1205, "twelve yuan and five fen"),
        (50, "fifty fen"),
        (10_500, "one hundred and five yuan"),
        (-50, "minus fifty fen"),
    ],
)
def test_amounts(fen: int, words: str) -> None:
    assert said(english.money(Money(fen))) == words


def test_dates() -> None:
    assert said(english.date(dt.date(2026, 11, 24))) == "Tuesday, the twenty-fourth of November"
    assert said(english.date(dt.date(2027, 1, 3), weekday=False)) == "the third of January"
    ordinals = [
        said(english.date(dt.date(2027, 1, day), weekday=False)).split()[1] for day in (1, 2, 12, 20, 21, 30, 31)
    ]
    assert ordinals == ["first", "second", "twelfth", "twentieth", "twenty-first", "thirtieth", "thirty-first"]


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (2026, "twenty twenty-six"),
        (2010, "twenty ten"),
        (2005, "two thousand and five"),
        (2000, "two thousand"),
        (1998, "nineteen ninety-eight"),
        (1905, "nineteen oh five"),
        (1900, "nineteen hundred"),
    ],
)
def test_years(year: int, words: str) -> None:
    assert said(english.year(year)) == words


def test_every_date_and_time_can_be_said() -> None:
    for day in range(366):
        assert said(english.date(dt.date(2028, 1, 1) + dt.timedelta(days=day)))
    for minute in range(24 * 60):
        assert said(english.time(dt.time(*divmod(minute, 60))))


def test_a_code_is_said_digit_by_digit_and_written_in_groups() -> None:
    pieces = english.code(Code("123056789012"))
    assert "zero" in said(pieces)
    assert text_of(pieces) == "1230 5678 9012"
