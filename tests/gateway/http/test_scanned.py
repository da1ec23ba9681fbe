from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.scanned import Link, Signed, Typed, recognise
from tcode import token
from tcode.number import BadNumber

PAGE = "2" * token.LENGTH


@pytest.mark.parametrize(
    ("code", "scanned"),
    [
        ("CD1:AB", Signed("CD1:AB")),
        (" cd1:a b\r\n", Signed("CD1:A B")),
        ("ＣＤ１：ＡＢ", Signed("CD1:AB")),
        ("1234 5678 9092", Typed("123456789092")),
        ("１２３４－５６７８－９０９２", Typed("123456789092")),
        (f"http://127.0.0.1:8080/t/{PAGE}", Link(PAGE)),
        (f"https://care.example/gateway/t/{PAGE}/?lang=en", Link(PAGE)),
        (f"/t/{PAGE}#top", Link(PAGE)),
        ("https://example.com/t/short", None),
        ("hello 123456789092", None),
        ("挂号 123456789092", None),
        ("", None),
        ("...", None),
    ],
)
def test_each_form_is_recognised(code: str, scanned: object) -> None:
    assert recognise(code) == scanned


@given(st.text())
def test_no_text_does_worse_than_bad_number(code: str) -> None:
    with suppress(BadNumber):
        recognise(code)
