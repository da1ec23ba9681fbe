"""What is told of limits and blocks: in both languages, in two segments at most, in letters that any phone has."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from conf import texts
from conf.texts import Language, Name, say
from smpp.text import measure

LONG = Name("东苑社区卫生服务中心", "Dongyuan Community Health Centre")
WORDS: dict[str, Any] = {
    "name": "Wang*",
    "centre": LONG,
    "department": Name("儿童保健", "Child health"),
    "day": dt.date(2027, 11, 24),
    "last": dt.date(2027, 12, 31),
    "count": 12,
    "most": 12,
    "code": "*120#",
    "reason": "trades with places " * 3,
    "answer": "we have looked at the papers of that day and they are right"[:60],
    "visits": "Wed 24 Nov Child health, Thu 25 Nov Child health, Fri 26 Nov Child health and 9 more",
}
CHINESE = WORDS | {
    "name": "欧阳*桐",
    "reason": "倒" * 60,
    "answer": "答" * 60,
    "visits": "11月24日周三儿童保健、11月25日周四儿童保健、11月26日周五儿童保健等，另9次",
}
KEYS = sorted(key for key in texts.keys("en") if key.split(".")[0] in ("limit", "block"))


@pytest.mark.parametrize("key", KEYS)
def test_english_needs_only_gsm_characters(key: str) -> None:
    if key != "block.appeal_words_sms":
        assert measure(say("en", key, **WORDS))[0] == "gsm7"


@pytest.mark.parametrize("key", [key for key in KEYS if key.endswith("_sms")])
@pytest.mark.parametrize(("language", "words", "most"), [("zh", CHINESE, 134), ("en", WORDS, 306)])
def test_an_sms_has_two_segments_at_most(key: str, language: Language, words: Any, most: int) -> None:
    text = say(language, key, **words)
    assert measure(text)[1] <= most, (len(text), text)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_everything_can_be_said(language: Language) -> None:
    for key in KEYS:
        assert "{" not in say(language, key, **WORDS)
