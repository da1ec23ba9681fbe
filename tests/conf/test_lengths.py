"""How long an SMS gets: with the longest words of practice one segment where that is feasible, two otherwise.

One segment holds 70 Chinese characters or 160 of GSM 7 bit, two hold 134 or 306. A Chinese name in an English text
(王*明) makes it a Chinese one, of up to four segments: names are on record in one language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from clinic.fairness.appeals import MOST_ANSWER
from clinic.sessions.changes import MOST_REASON, MOST_WIDE
from conf import texts
from conf.texts import LANGUAGES, Code, Language, Money, Name, Word, say
from smpp import segments

OF = ("substitute", "halted", "shifted", "stopped", "moved", "waiting", "lottery", "standing", "block", "payment")
OF += ("people", "passcode", "visit")

TWO: dict[Language, frozenset[str]] = {
    "zh": frozenset(
        f"{key}_sms"
        for key in (
            # Where, when, a reason in the words of staff, and what to do now.
            *("stopped.told", "moved.told", "moved.twice", "shifted.unpaid", "substitute.told"),
            *("halted.refunded", "halted.unpaid", "halted.twice_refunded", "halted.twice_unpaid"),
            *("halted.waiting", "halted.draw", "block.staff", "block.granted", "block.refused"),
            # Which visits, and how to appeal.
            *("block.missed", "block.given_up"),
            # An address.
            *("visit.code", "standing.walk_in", "lottery.entered", "lottery.won", "lottery.lost"),
            *("lottery.lost_waits", "lottery.passed"),
            # The place, and until when what is to be paid.
            "lottery.won_pay",
        )
    ),
    "en": frozenset(
        f"{key}_sms"
        for key in (
            *("stopped.told", "moved.told", "moved.twice", "shifted.unpaid", "substitute.told"),
            *("halted.refunded", "halted.unpaid", "halted.twice_refunded", "halted.twice_unpaid"),
            *("halted.waiting", "halted.draw", "block.staff", "block.refused"),
            *("block.missed", "block.given_up"),
            *("visit.code", "standing.walk_in", "lottery.entered", "lottery.lost_waits", "lottery.passed"),
            *("lottery.won_pay", "waiting.offer"),
            "people.refuted",  # what to do about it
        )
    ),
}
"""The texts that need two segments, and for what."""

LONGEST: Mapping[Language, dict[str, Word]] = {
    "zh": {
        "name": "欧阳*明",
        "centre": "东苑社区卫生服务中心",
        "department": "妇幼保健科",
        "practitioner": Name("欧阳雨桐", ""),
        "instead": Name("司徒雨桐", ""),
        "room": "二楼203诊室",
        "reason": "因" * MOST_WIDE,
        "answer": "答" * MOST_ANSWER,
        "visits": "11月24日周三儿童保健、11月25日周四儿童保健、11月26日周五儿童保健等，另9次",
    },
    "en": {
        "name": "A. Fothergill",
        "centre": "Dongyuan Community Health Centre",
        "department": "Child health",
        "practitioner": Name("", "Dr Yutong Ouyang"),
        "instead": Name("", "Dr Yutong Ouyang"),
        "room": "203",
        "reason": "x" * MOST_REASON,
        "answer": "a" * MOST_ANSWER,
        "visits": "Wed 24 Nov Child health, Thu 25 Nov Child health, Fri 26 Nov Child health and 9 more",
    },
}
WORDS: dict[str, Word] = {
    "day": dt.date(2027, 11, 24),
    "was": dt.date(2027, 11, 23),
    "last": dt.date(2027, 12, 31),
    "drawday": dt.date(2027, 11, 20),
    "starts": dt.time(14, 30),
    "wasat": dt.time(8, 30),
    "earliest": dt.time(10, 30),
    "latest": dt.time(11, 45),
    "until": dt.time(10, 10),
    "drawat": dt.time(10),
    "half": "pm",
    "queue": 123,
    "ahead": 23,
    "called": 122,
    "seen": 120,
    "all": 200,
    "count": 12,
    "people": 12,
    "ticket": 12345,
    "left": 5,
    "purpose": "recover",
    "fee": Money(12350),
    "amount": Money(12350),
    "number": Code("123456789012"),
    "code": "*120*88#",
    "hotline": "031112345678",
}
OWN: Mapping[str, dict[str, Word]] = {
    "people": {"visits": 12},
    "passcode": {"number": "123456"},
    "visit": {"link": "https://care.example.org/t/" + "x" * 22},
    "standing": {"link": "https://care.example.org/t/" + "x" * 22},
    "lottery": {"link": "https://care.example.org/draws/1234"},
}


def sms(language: Language) -> list[str]:
    """Texts that are sent; not the lists of words that answer them."""
    found = (key for key in texts.keys(language) if key.split(".")[0] in OF and key.endswith("_sms"))
    return sorted(key for key in found if key != "block.appeal_words_sms")


def written(language: Language, key: str) -> str:
    return say(language, key, **{**WORDS, **LONGEST[language], **OWN.get(key.partition(".")[0], {})})


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sms_has_one_segment_or_is_one_of_those_that_need_two(language: Language) -> None:
    counted = {key: segments.count(written(language, key)) for key in sms(language)}
    assert {key for key, count in counted.items() if count > 1} == TWO[language]
    assert max(counted.values()) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_english_stays_within_gsm_and_every_text_says_all(language: Language) -> None:
    for key in sms(language):
        text = written(language, key)
        assert "{" not in text, key
        assert text.isascii() or language == "zh" or "¥" in text, key
