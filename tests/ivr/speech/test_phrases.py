"""Texts as pieces: where they are cut, how long the ear waits, and what has to be recorded."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from conf import texts
from conf.texts import LANGUAGES, Code, Language, Money, Name, NoSuchText, WrongWords
from ivr.speech import phrases
from ivr.speech.phrases import pieces
from ivr.speech.pieces import Improvised, Pause, Recorded, text_of

CENTRE = Name("东苑社区卫生服务中心", "Dongyuan Community Health Centre")
GENERAL = Name("全科", "General practice")
DOCTOR = Name("欧阳雨桐", "Dr Yutong Ouyang")
WORDS: dict[str, texts.Word] = {
    "practitioner": DOCTOR,
    "centre": CENTRE,
    "department": GENERAL,
    "day": dt.date(2026, 11, 24),
    "starts": dt.time(14, 30),
    "half": "pm",
    "fee": Money(1250),
    "left": 2,
    "queue": 2,
    "ahead": 2,
    "count": 2,
    "dose": 2,
    "year": 2026,
    "vaccine": "HepB",
    "name": "王芳",
    "number": Code("123456789012"),
    "what": "book",
    "key": 1,
    "text": "明天停诊。",
}


@pytest.mark.parametrize(
    ("key", "zh", "en"),
    [
        ("voice.press", "请按一", "press one"),
        ("visit.department_item", "全科，还有两个号", "General practice, two left"),
        (
            "visit.session_item",
            "下午两点半，欧阳雨桐医生，十二元五角，还有两个号",
            "two thirty in the afternoon, with Dr Yutong Ouyang, twelve yuan fifty, two left",
        ),
        (
            "visit.item",
            "十一月二十四日星期二下午，全科，第二号，前面还有两人",
            "Tuesday, the twenty-fourth of November, in the afternoon, General practice, number two, two ahead of you",
        ),
        (
            "visit.booked",
            "预约成功，您是第二号。十一月二十四日星期二下午两点半，东苑社区卫生服务中心全科。"
            "到院请凭T码取号，您的T码是：1234 5678 9012",
            "You are booked. Your number is two. On Tuesday, the twenty-fourth of November, at two thirty in the"
            " afternoon, Dongyuan Community Health Centre, General practice. Please give your T-code at the kiosk"
            " when you come. Your T-code is: 1234 5678 9012",
        ),
        (
            "vaccine.dose",
            "乙肝疫苗第二剂，二零二六年十一月二十四日。",
            "Hepatitis B, dose two, on the twenty-fourth of November twenty twenty-six.",
        ),
        ("voice.plain", "明天停诊。", "明天停诊。"),
    ],
)
def test_a_text_as_it_is_heard(key: str, zh: str, en: str) -> None:
    assert text_of(pieces("zh", key, **WORDS)) == zh
    assert text_of(pieces("en", key, **WORDS)) == en


def test_a_clause_is_one_recording_and_what_stands_before_it_a_pause() -> None:
    found = pieces("zh", "visit.department_item", **WORDS)
    assert [type(piece) for piece in found] == [Recorded, Pause, Recorded, Recorded, Recorded]
    assert found[0] == Recorded(f"name.general-practice-{phrases.digest('全科')}", "全科")
    assert found[1] == Pause(phrases.CLAUSE, "，")
    assert found[3] == Recorded("number.2-counted", "两")


def test_a_key_is_the_texts_and_changes_with_what_it_says() -> None:
    (one, *_), (other, *_) = (phrases.literal("zh", "visit.kept", text) for text in ("预约已保留。", "预约保留。"))
    assert isinstance(one, Recorded)
    assert isinstance(other, Recorded)
    assert re.fullmatch(r"visit\.kept-[0-9a-f]{6}", one.key)
    assert one.key != other.key


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("。", [380]),
        ("，", [180]),
        (" ", [60]),
        (" (", [180]),
        ("\n", [380]),
        ("号。", [380]),
        ("号", []),
        ("号，", [180]),
    ],
)
def test_the_ear_waits_as_long_as_punctuation_says(text: str, waits: list[int]) -> None:
    said = phrases.literal("zh", "a.key", text)
    assert [piece.milliseconds for piece in said if isinstance(piece, Pause)] == waits


def test_lines_on_a_screen_become_clauses() -> None:
    (found, *_) = phrases.literal("zh", "a.key", "请确认\n东苑中心\n谢谢。")
    assert found.text == "请确认，东苑中心，谢谢。"


def test_a_text_that_nobody_could_record_is_improvised() -> None:
    assert pieces("zh", "resident.self", name="王芳")[-1] == Improvised("王芳")
    assert pieces("zh", "resident.other", name="  ") == []


@pytest.mark.parametrize("number", ["12580", "+8615400000001", "0571 8888 8888"])
def test_digits_in_a_text_are_said_one_by_one(number: str) -> None:
    said = pieces("zh", "resident.other", name=number)
    assert not [piece for piece in said if isinstance(piece, Improvised)]
    assert text_of(said).replace(" ", "") == re.sub(r"\D", "", number)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        (
            "zh",
            "上门服务请求：王芳，电话+8615400000001。请回电。",
            ["上门服务请求：王芳，电话", "8615400000001", "。请回电。"],
        ),
        ("zh", "办公室0571-88888888，15400000001", ["办公室", "057188888888", "15400000001"]),
        ("zh", "急症请拨打120，或者拨 12320。", ["急症请拨打", "120", "，或者拨", "12320"]),
        ("zh", "来了120人，拨打120人次，费用1234567元", ["来了120人，拨打120人次，费用1234567元"]),
        ("zh", "尾号012X 女 68岁", ["尾号", "012X", " 女 68岁"]),
        ("zh", "尾号9990", ["尾号", "9990"]),
        ("en", "In an emergency call 120.", ["In an emergency call ", "120"]),
        ("en", "尾号9990", ["ID ending", "9990"]),
        ("en", "Call 120 at once, or 15400000001.", ["Call ", "120", " at once, or ", "15400000001"]),
        ("en", "Visit: 尾号001x, phone +8615400000001", ["Visit: ", "ID ending", "001X", ", phone ", "8615400000001"]),
    ],
)  # fmt: skip
def test_numbers_in_a_free_text_are_said_digit_by_digit(language: Language, text: str, said: list[str]) -> None:
    found: list[str] = []
    digits = False
    for piece in pieces(language, "voice.plain", text=text):
        if isinstance(piece, Pause):
            digits = digits and not piece.text.strip()
            continue
        is_digit = isinstance(piece, Recorded) and piece.key.startswith("digit.")
        written = text_of([piece]) if is_digit else piece.text
        found[-1:] = [found[-1] + written] if is_digit and digits else [*found[-1:], written]
        digits = is_digit
    assert [part.strip() for part in found] == [part.strip() for part in said]


def test_what_stands_for_a_spoken_name_can_be_read() -> None:
    assert text_of(pieces("zh", "resident.self", name="尾号012X")) == "本人，尾号012X"
    assert text_of(pieces("en", "resident.self", name="尾号012X")) == "Myself, ID ending 012X"


def test_a_name_without_the_language_is_said_in_the_other() -> None:
    assert phrases.named("en", Name("全科", "")) == Recorded(f"name.{phrases.digest('全科')}", "全科")
    assert phrases.named("zh", Name("全科", "")).key == phrases.named("en", Name("全科", "")).key


def test_names_that_are_written_alike_in_one_language_have_their_own_keys() -> None:
    assert phrases.named("zh", Name("李伟", "Dr Li")).key != phrases.named("zh", Name("李威", "Dr Li")).key


def test_a_number_of_things_is_no_year() -> None:
    assert "二千零二十六" in text_of(phrases.word("zh", 2026, before="第", after="号"))
    assert text_of(phrases.word("zh", 2026, after="年")) == "两千零二十六"  # years of something


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_said_is_among_what_is_needed(language: Language) -> None:
    known = {
        (prompt.key, prompt.text) for prompt in phrases.needed([CENTRE, GENERAL, DOCTOR]) if prompt.language == language
    }
    for key in texts.fragments(language):
        needs = texts.keys(language)
        names = needs.get(f"voice-{key}") or needs[key]
        words = {name: WORDS.get(name, "x") for name in names}
        for half in ("am", "pm"):
            for piece in pieces(language, key, **(words | ({"half": half} if "half" in words else {}))):
                if isinstance(piece, Recorded):
                    assert (piece.key, piece.text) in known, key


def test_what_is_needed_is_named_once_and_each_name_can_be_a_files() -> None:
    found = phrases.needed([CENTRE, CENTRE, Name("甲/乙 ..", "../A B")])
    assert len({(prompt.language, prompt.key) for prompt in found}) == len(found)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*", prompt.key) and ".." not in prompt.key for prompt in found)
    assert all(prompt.text.strip() for prompt in found)


def test_errors_of_the_texts_come_through() -> None:
    with pytest.raises(NoSuchText):
        pieces("zh", "visit.no_such")
    with pytest.raises(WrongWords):
        pieces("zh", "visit.code")
