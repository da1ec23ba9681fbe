"""Texts with placeholders, the way to refuse, and segments counted as the link will cut them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinic.broadcasts import wording
from conf.texts.words import Name
from smpp import segments
from smpp.segments import Style


def test_a_text_is_filled_as_its_language_writes() -> None:
    words = {"name": "王芳", "centre": Name("东苑中心", "Dongyuan Centre"), "due": dt.date(2026, 11, 24), "age": 1200}
    zh = wording.parse("{name}，{centre}，{due}，{age}岁")
    en = wording.parse("{name} at {centre} on {due}, {age}")
    assert zh.fill("zh", words) == "王芳，东苑中心，11月24日周二，1200岁"
    assert en.fill("en", words) == "王芳 at Dongyuan Centre on Tue 24 Nov, 1200"


def test_who_lacks_a_word_has_no_text() -> None:
    template = wording.parse("{name}: {amount}")
    assert template.fill("en", {"name": "Wang Fang"}) is None
    assert template.fill("en", {"name": "", "amount": 3}) is None
    assert template.fill("en", {"name": "Wang Fang", "amount": 0}) == "Wang Fang: 0"


def test_braces_that_are_to_be_read() -> None:
    assert wording.parse("{{{name}}}").fill("en", {"name": "A"}) == "{A}"
    assert wording.parse("no braces").fill("en", {}) == "no braces"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{name", "write {{ and }} for braces"),
        ("name}", "write {{ and }} for braces"),
        ("{}", "{} is no placeholder"),
        ("{0}", "{0} is no placeholder"),
        ("{name.zh}", "{name.zh} is no placeholder"),
        ("{name!r}", "a placeholder is a name between braces, as in {name}"),
        ("{due:day}", "there are the types text, number and date, as in {due:date}"),
    ],
)
def test_what_is_no_placeholder(text: str, says: str) -> None:
    with pytest.raises(wording.BadText) as caught:
        wording.parse(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("language", "text", "consent_class", "whole"),
    [
        ("zh", "周六量血压", "education", "周六量血压。回TD退订"),
        ("zh", "周六量血压。", "education", "周六量血压。回TD退订"),
        ("zh", "周六量血压。 回复 TD 退订", "education", "周六量血压。 回复 TD 退订"),
        ("zh", "请到{centre}", "commercial", "请到{centre}。回TD退订"),
        ("zh", "周六量血压", "public", "周六量血压"),
        ("en", "Come on Saturday", "education", "Come on Saturday. Reply STOP to stop"),
        ("en", "Come on Saturday!", "commercial", "Come on Saturday! Reply STOP to stop"),
        ("en", "Stop smoking now.", "education", "Stop smoking now. Reply STOP to stop"),
        ("en", "Come. reply  stop to stop", "education", "Come. reply  stop to stop"),
    ],
)
def test_how_to_refuse_stands_where_it_can_be_refused(language: Any, text: str, consent_class: Any, whole: str) -> None:
    assert wording.with_refusal(language, text, consent_class) == whole


STYLES = [
    Style(),
    Style(method="udh16"),
    Style(method="sar"),
    Style(method="payload", default="gsm7_packed"),
    Style(encodings=("ucs2",)),
    Style(encodings=("latin1", "ucs2"), default="latin1"),
    Style(default="ascii"),
    Style(shifts=("turkish",)),
]
LETTERS = st.sampled_from("王芳，。aZ09 @_\n{}^€éÉ\u0301\u200d👍🏽|~`'\"、！（）　—…·“”Σçğ")


@given(
    st.sampled_from(STYLES), st.one_of(st.text(LETTERS, max_size=400), st.text(st.sampled_from("王a，"), max_size=400))
)
@example(Style(), "王" * 70)
@example(Style(), "王" * 71)
@example(Style(method="udh16"), "王" * 133)
@example(Style(), "a" * 160)
@example(Style(), "a" * 161)
@example(Style(), "a" * 307)
@example(Style(method="udh16"), "a" * 305)
def test_the_short_cut_counts_as_the_link_cuts(style: Style, text: str) -> None:
    cut = segments.cut(text, style)
    assert wording.measure(text, style) == (cut.encoding, len(cut.parts))
