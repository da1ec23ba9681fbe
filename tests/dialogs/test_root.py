"""The root menu, and the way through it that a code with arguments takes."""

from __future__ import annotations

from typing import Any

from dialogs.root import number, root


def test_the_numbers_of_the_entries_are_those_on_the_menu(caller: Any) -> None:
    assert [number("book"), number("visits"), number("language")] == ["1", "2", "3"]
    assert caller.talk(root, typed=[number("visits")]) == "您没有预约。\n(end)\n"


def test_arguments_of_the_code_answer_the_first_questions(caller: Any) -> None:
    assert (
        caller.talk(root, typed=["1", "1", "1"]) == "选择日期\n1.11月23日周一 余42\n2.11月24日周二 余42\n0<\n(gone)\n"
    )


def test_a_wrong_argument_is_asked_for_and_the_rest_is_worthless(caller: Any) -> None:
    assert caller.talk(root, typed=["1", "7", "1"]) == (
        "输入有误，请重输。\n选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0<\n(gone)\n"
    )


def test_zero_at_the_root_leaves(caller: Any, house: Any) -> None:
    assert caller.talk(root, "0").endswith("> 0\n谢谢，再见。\n(end)\n")
    assert house.kept.blobs == {}
