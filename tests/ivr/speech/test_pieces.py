from __future__ import annotations

import pytest

from ivr.speech.pieces import Improvised, Pause, Recorded, flowing, slug, text_of


def test_pauses_that_meet_are_one_as_long_as_the_longest() -> None:
    one, other = Recorded("a", "一"), Improvised("二")
    found = list(flowing([Pause(60, " "), one, Pause(380), Pause(180, "，"), other, Pause(60, "。")]))
    assert found == [Pause(60, " "), one, Pause(380, "，"), other, Pause(60, "。")]


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        (["预约成功。", " ", "中文服务，"], "预约成功。中文服务"),
        (["，", "请按", "一"], "请按一"),
        (["Booked.", "", ", ", "press", " ", "one"], "Booked, press one"),
        (["号。", "，", "前面"], "号，前面"),
        (["a  b\n", "c"], "a b c"),
    ],
)
def test_what_pieces_say_is_written_as_people_write(texts: list[str], written: str) -> None:
    assert text_of(Improvised(text) for text in texts) == written


def test_digits_of_a_code_are_written_as_digits() -> None:
    assert text_of([Recorded("digit.1", "幺"), Recorded("digit.x", "X"), Recorded("number.1", "一")]) == "1X一"


@pytest.mark.parametrize(
    ("text", "name"), [("Women's health", "womens-health"), ("全科", ""), ("../A  B!", "a-b"), ("x" * 60, "x" * 40)]
)
def test_a_text_as_part_of_a_files_name(text: str, name: str) -> None:
    assert slug(text) == name
