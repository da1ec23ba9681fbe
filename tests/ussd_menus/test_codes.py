"""Dialled codes, in every form that networks hand them on."""

from __future__ import annotations

import pytest

from ussd_menus.codes import arguments


@pytest.mark.parametrize(
    ("dialled", "typed"),
    [
        ("*120#", []),
        ("120", []),
        ("*120", []),
        ("120#", []),
        ("", []),
        (" *120#\r\n", []),
        ("＊１２０＃", []),
        ("*120*1*2#", ["1", "2"]),
        ("120*1*2", ["1", "2"]),
        ("*120**2#", ["2"]),
        ("*120*王芳#", ["王芳"]),
        ("*121#", None),
        ("*1201#", None),
        ("*12#", None),
        ("1", None),
    ],
)
def test_what_was_dialled_after_our_code(dialled: str, typed: list[str] | None) -> None:
    assert arguments("*120#", dialled) == typed


def test_a_code_of_several_parts() -> None:
    assert arguments("*120*5#", "*120*5*1#") == ["1"]
    assert arguments("*120*5#", "*120*1#") is None
    assert arguments("*120*5#", "*120#") is None
