"""Texts for the ear: what is always said alike and what is filled in, and every literal that can come."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from fluent.syntax import FluentParser, ast

from conf import texts
from conf.texts import LANGUAGES, Code, Language, Money, Name, NoSuchText, WrongWords, aloud, fragments, spoken
from smpp.text import measure

CENTRE = Name("东苑中心", "Dongyuan Centre")
VACCINES = ("HepB", "BCG", "IPV", "bOPV", "DTaP", "DT", "MMR", "JE-L", "JE-I", "MPSV-A", "MPSV-AC", "HepA-L", "HepA-I")
# Values that choose, with those that choose nothing in particular.
VALUES: dict[str, tuple[texts.Word, ...]] = {
    "half": ("am", "pm"),
    "practitioner": ("none", Name("欧阳雨桐", "Dr Yutong Ouyang")),
    "ahead": (0, 1, 2),
    "called": (0, 1, 2),
    "left": (1, 12),
    "what": ("book", "visits"),
    "vaccine": (*VACCINES, "XYZ"),
    "name": ("none", "王*明"),
    "note": ("skin", "live", "immunoglobulin", "contra", "none"),
    "book": ("reply", "call"),
    "purpose": ("recover", "account", "other"),
    "entry": ("topup", "payout", "charge", "refund", "other"),
}


def test_literals_stand_at_even_places_and_words_between_them() -> None:
    parts = spoken("zh", "visit.department_item", department=CENTRE, left=2)
    assert parts == ("", CENTRE, "，还有", 2, "个号")


def test_what_is_said_for_the_ear_goes_before_what_is_written_for_the_eye() -> None:
    assert spoken("en", "visit.code", number=Code("123456789012"))[0] == "Your T-code is: "
    assert spoken("en", "visit.kept") == ("Your visit stands.",)


def test_a_word_that_only_chooses_is_in_no_place() -> None:
    day, starts = dt.date(2027, 3, 8), dt.time(8)
    words = {"day": day, "starts": starts, "centre": CENTRE, "department": CENTRE, "queue": 1, "number": Code("1")}
    assert spoken("zh", "visit.booked", half="pm", **words)[4] == "下午"
    assert "pm" not in spoken("zh", "visit.booked", half="pm", **words)


def test_a_number_that_chooses_is_also_said() -> None:
    words = {"day": dt.date(2027, 3, 8), "half": "am", "department": CENTRE, "queue": 3}
    assert spoken("zh", "visit.item", ahead=0, **words)[-1] == "号，前面没有人"
    assert spoken("zh", "visit.item", ahead=2, **words)[-3:] == ("号，前面还有", 2, "人")


def test_words_of_any_kind_come_back_as_they_are() -> None:
    for word in ("\ue000{ $x }", 7, Money(1250), dt.time(8), dt.date(2027, 3, 8), Code("1234"), CENTRE):
        assert spoken("zh", "resident.other", name=word) == ("", word, "")


def test_what_is_missing_or_no_word_is_told() -> None:
    with pytest.raises(NoSuchText):
        spoken("zh", "visit.no_such")
    with pytest.raises(WrongWords, match=r"visit\.code"):
        spoken("zh", "visit.code")
    wrong: Any = True
    with pytest.raises(WrongWords):
        spoken("zh", "visit.code", number=wrong)


def test_only_what_residents_are_told_is_spoken() -> None:
    keys = fragments("zh")
    assert {"voice.welcome", "visit.booked", "visit.code_sms", "home.noted_sms", "tip.burns", "vaccine.dose"} <= {*keys}
    assert not {key for key in keys if key.startswith(("command.", "ussd.", "kiosk.", "handset.", "voice-"))}
    assert "home.duty_sms" not in keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fragments_are_all_literals_that_can_come(language: Language) -> None:
    """Every choice of every text, said for real, against what a walk through its choices finds."""
    for key, expected in fragments(language).items():
        needed = sorted(needs(language, key))
        ways = itertools.product(*(VALUES.get(name, (CENTRE,)) for name in needed))
        said = [spoken(language, key, **dict(zip(needed, way, strict=True)))[::2] for way in ways]
        literals = {str(literal) for way in said for literal in way if literal}
        assert literals <= set(expected), key
        assert literals == set(expected), key


def needs(language: Language, key: str) -> frozenset[str]:
    known = texts.keys(language)
    return known.get(f"voice-{key}") or known[key]


def walked(text: str) -> list[str]:
    entries = FluentParser().parse(text).body
    patterns = {entry.id.name: entry.value for entry in entries if isinstance(entry, ast.Message)}
    return aloud.literals(patterns, "key")


def test_one_choice_made_twice_in_a_text_comes_out_alike() -> None:
    half = "{ $half ->\n  [am] A\n *[pm] P\n }"
    assert sorted(walked(f"key = {half}and{half}")) == ["AandA", "PandP"]


def test_two_choices_by_one_word_are_walked_in_every_way() -> None:
    one, two = "{ $n ->\n  [0] none\n *[other] some\n }", "{ $n ->\n  [1] one\n *[other] more\n }"
    assert sorted(walked(f"key = {one}-{two}")) == ["none-more", "none-one", "some-more", "some-one"]


def test_what_cannot_be_walked_cannot_be_spoken() -> None:
    with pytest.raises(ValueError, match="FunctionReference cannot be spoken"):
        walked("key = { NUMBER($n) }")


# The catalogues for the ear.


def for_the_ear(language: Language) -> dict[str, frozenset[str]]:
    return {key: words for key, words in texts.keys(language).items() if key.startswith("voice-") and "." in key}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_for_the_ear_needs_no_more_than_the_one_for_the_eye_and_the_code(language: Language) -> None:
    known = texts.keys(language)
    for key, words in for_the_ear(language).items():
        assert words <= known[key.removeprefix("voice-")] | {"number"}, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_said_last_so_that_it_can_be_written_down(language: Language) -> None:
    folder = Path(texts.__file__).parent
    for line in (folder / f"voice.{language}.ftl").read_text(encoding="utf-8").splitlines():
        if "{ $number }" in line:
            assert line.endswith(("：{ $number }", ": { $number }"))


def test_the_english_for_the_ear_is_plain_enough_to_be_shown_too() -> None:
    for key, literals in fragments("en").items():
        for literal in literals:
            assert measure(literal)[0] == "gsm7", key


def test_the_chinese_for_the_ear_has_no_latin_words() -> None:
    for key, literals in fragments("zh").items():
        if not key.startswith("voice."):
            assert not re.findall("[A-Za-z]{2,}", " ".join(literals)), key


@pytest.mark.parametrize(
    ("digits", "groups"),
    [
        ("816012840859", "8160 1284 0859"),
        ("12580", "12580"),
        ("15400000001", "154 0000 0001"),
        ("8615400000001", "86 154 0000 0001"),
        ("1234567", "1234 567"),
    ],
)
def test_digits_are_grouped_as_people_say_them(digits: str, groups: str) -> None:
    assert " ".join(Code(digits).groups) == groups
