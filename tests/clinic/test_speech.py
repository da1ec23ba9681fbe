"""What a text was made from: kept as JSON, given back word by word."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import speech
from clinic.speech import BadSpeech, Speech, freeze, thaw
from conf.texts.words import LANGUAGES, Code, Money, Name, Word

WORDS: st.SearchStrategy[Word] = st.one_of(
    st.text(),
    st.integers(),
    st.dates(),
    st.times(),
    st.builds(Name, st.text(), st.text()),
    st.builds(Money, st.integers()),
    st.builds(Code, st.text("0123456789", max_size=20)),
)
DAY, TIME = dt.date(2027, 3, 8), dt.time(8, 30)


@given(st.sampled_from(LANGUAGES), st.text(), st.dictionaries(st.text(), WORDS))
def test_what_comes_back_is_what_was_kept_with_all_types(language: Any, key: str, words: dict[str, Word]) -> None:
    kept = json.loads(json.dumps(freeze(language, key, words)))
    back = thaw(kept, "not needed")
    assert back == Speech(language, key, words)
    assert [type(word) for word in back.words.values()] == [type(word) for word in words.values()]


def test_it_can_be_read_by_people_too() -> None:
    words = {
        "queue": 7,
        "day": DAY,
        "starts": TIME,
        "department": Name("全科", "General practice"),
        "fee": Money(1250),
        "abroad": Money(1250, "ZMW"),
        "code": Code("123456789012"),
        "patient": "王芳",
    }
    assert freeze("zh", "visit.booked", words) == {
        "language": "zh",
        "key": "visit.booked",
        "words": {
            "queue": 7,
            "day": {"date": "2027-03-08"},
            "starts": {"time": "08:30:00"},
            "department": {"zh": "全科", "en": "General practice"},
            "fee": {"fen": 1250},
            "abroad": {"fen": 1250, "currency": "ZMW"},
            "code": {"digits": "123456789012"},
            "patient": "王芳",
        },
    }


@pytest.mark.parametrize(
    "word", [True, 1.5, None, dt.datetime(2027, 3, 8, tzinfo=dt.UTC), dt.time(8, tzinfo=dt.UTC), b"x", ["x"]]
)
def test_what_is_no_word_is_not_kept(word: Any) -> None:
    with pytest.raises(BadSpeech, match="is no word"):
        freeze("zh", "visit.booked", {"odd": word})


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        ([], "a language, a key and words"),
        ({}, "a language, a key and words"),
        ({"language": "zh", "key": "k"}, "a language, a key and words"),
        ({"language": "zh", "key": "k", "words": {}, "more": 1}, "a language, a key and words"),
        ({"language": "de", "key": "k", "words": {}}, "no such language: 'de'"),
        ({"language": ["zh"], "key": "k", "words": {}}, "no such language"),
        ({"language": "zh", "key": 7, "words": {}}, "the key of a speech is a text"),
        ({"language": "zh", "key": "k", "words": []}, "its words are an object"),
    ],
)
def test_a_damaged_speech_is_refused(damaged: Any, why: str) -> None:
    with pytest.raises(BadSpeech, match=why):
        thaw(damaged)


@pytest.mark.parametrize(
    "word",
    [
        None,
        True,
        1.5,
        [],
        {},
        {"date": "2027-02-30"},
        {"date": 7},
        {"date": "2027-03-08", "time": "08:30"},
        {"time": "25:00"},
        {"time": "08:30:00+08:00"},
        {"zh": "全科"},
        {"zh": "全科", "en": None},
        {"zh": "全科", "en": "", "fr": ""},
        {"fen": "1250"},
        {"fen": True},
        {"digits": 12},
        {"colour": "red"},
    ],
)
def test_a_damaged_word_is_refused_by_its_name(word: Any) -> None:
    with pytest.raises(BadSpeech, match="the word odd"):
        thaw({"language": "zh", "key": "k", "words": {"odd": word}})


@pytest.mark.parametrize(
    ("text", "language"),
    [("明天上午请来打疫苗", "zh"), ("Please come tomorrow", "en"), ("OK 明天", "zh"), ("", "en"), ("12580", "en")],
)
def test_a_free_text_is_spoken_as_it_stands(text: str, language: str) -> None:
    assert thaw(None, text) == Speech(language, speech.PLAIN, {"text": text})
