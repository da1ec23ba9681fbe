from __future__ import annotations

from dataclasses import replace
from typing import Any

from clinic import vouchers
from gateway.http.slips import lines


def test_the_lines_of_a_slip_are_in_the_language_asked_for(town: Any) -> None:
    view = town.store.run_now(vouchers.by_number, number=town.book().number, centre=1)
    assert lines(view, "zh") == ["全科 · 101", "欧阳雨桐", "3月8日周一上午 08:00", "王**"]
    assert lines(view, "en") == ["General practice, room 101", "Dr Ouyang", "Mon 8 Mar am at 08:00", "王**"]


def test_what_is_not_known_leaves_no_gap(town: Any) -> None:
    view = town.store.run_now(vouchers.by_number, number=town.book(centre=2).number, centre=2)
    assert lines(replace(view, practitioner=None), "zh") == ["全科", "3月8日周一上午 08:00", "王**"]
