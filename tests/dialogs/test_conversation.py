"""The conversation itself, with dialogs of a few lines: replay, back, again, wrong answers, resuming."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.errors import BadName, ClinicError, StoreBusy
from dialogs.conversation import Conversation, plain
from dialogs.drafts import Draft
from dialogs.talk import Again, Choice, Desk, Gone, Screen, Talk

YES_NO = [Choice("yes", "visit.yes"), Choice("no", "visit.no")]


async def names(talk: Talk, desk: Desk) -> None:
    """Says hello, asks two questions, tells both answers."""
    await talk.say("talk.bye")
    sure = await talk.choose("visit.who", YES_NO)
    name = await talk.ask("resident.name", _letters)
    await talk.say("resident.other", name=f"{sure} {name}")


def _letters(text: str) -> str:
    if not text.isalpha():
        raise BadName
    return text.upper()


def test_what_was_said_comes_with_the_next_question_and_what_is_left_at_the_end(caller: Any) -> None:
    assert caller.talk(names, "1", "li") == (
        "谢谢，再见。\n为谁预约？\n1.确认\n2.取消\n> 1\n请输入就诊人姓名\n0<\n> li\nyes LI\n(end)\n"
    )


def test_back_repeats_the_question_before_with_what_was_said(caller: Any) -> None:
    assert caller.talk(names, "1", "0", "2", "li") == (
        "谢谢，再见。\n为谁预约？\n1.确认\n2.取消\n> 1\n请输入就诊人姓名\n0<\n> 0\n"
        "谢谢，再见。\n为谁预约？\n1.确认\n2.取消\n> 2\n请输入就诊人姓名\n0<\n> li\nno LI\n(end)\n"
    )


@pytest.mark.parametrize("typed", ["1", " 1 ", "1.", "１", "①", "#1", "1#", "1。", "٠١"])
def test_a_number_is_read_as_people_type_it(caller: Any, typed: str) -> None:
    assert caller.talk(names, typed).endswith("请输入就诊人姓名\n0<\n(gone)\n")


@pytest.mark.parametrize("typed", ["", "3", "-1", "1 2", "yes", "1.5", "9" * 5000, "⅓", "\u0000", "98"])
def test_anything_else_is_not_understood(caller: Any, typed: str) -> None:
    assert caller.talk(names, typed).endswith("输入有误，请重输。\n为谁预约？\n1.确认\n2.取消\n(gone)\n")


def test_three_wrong_answers_in_a_row_end_it_politely_and_it_can_be_resumed(caller: Any) -> None:
    assert caller.talk(names, "1", "1", "2", "3").endswith("> 3\n多次输入有误，请稍后再试。\n(end)\n")
    assert caller.talk(names, "1", "1", "2", "li").endswith("> li\nyes LI\n(end)\n")


def test_a_right_answer_forgives_the_wrong_ones(caller: Any) -> None:
    assert caller.talk(names, "7", "7", "1", "7", "7", "li").endswith("yes LI\n(end)\n")


def test_resuming_goes_on_or_starts_again(caller: Any) -> None:
    caller.talk(names, "1")
    again = caller.talk(names, "2")
    assert again == ("继续上次的操作？\n1.继续\n2.重新开始\n> 2\n谢谢，再见。\n为谁预约？\n1.确认\n2.取消\n(gone)\n")


def test_leaving_the_question_whether_to_go_on_keeps_the_answers(caller: Any) -> None:
    caller.talk(names, "1")
    assert caller.talk(names, "0").endswith("> 0\n谢谢，再见。\n(end)\n")
    assert caller.talk(names, "1").endswith("> 1\n请输入就诊人姓名\n0<\n(gone)\n")


def test_a_choice_that_has_gone_is_asked_again(caller: Any) -> None:
    options = list(YES_NO)

    async def shrinking(talk: Talk, desk: Desk) -> None:
        await talk.choose("visit.who", options)
        await talk.choose("visit.confirm", YES_NO, **dict.fromkeys(("centre", "department", "name"), "x"), **when)

    when: dict[str, Any] = {"day": "x", "half": "am", "starts": "x", "practitioner": "none", "fee": 1}
    caller.talk(shrinking, "2")
    options.pop()
    assert caller.talk(shrinking, "1").endswith("> 1\n该选项已失效，请另选。\n为谁预约？\n1.确认\n(gone)\n")


def test_an_answer_to_another_question_is_forgotten(caller: Any) -> None:
    async def other(talk: Talk, desk: Desk) -> None:
        await talk.choose("visit.day", YES_NO)

    caller.talk(names, "1")
    assert caller.talk(other, "1").endswith("> 1\n选择日期\n1.确认\n2.取消\n(gone)\n")


def test_again_goes_back_to_a_prompt_with_a_notice(caller: Any) -> None:
    async def picky(talk: Talk, desk: Desk) -> None:
        await talk.choose("visit.day", YES_NO)
        if await talk.choose("visit.who", YES_NO) == "no":
            raise Again("visit.day", tell="visit.full")

    assert caller.talk(picky, "1", "2").endswith("> 2\n该时段已约满，请另选。\n选择日期\n1.确认\n2.取消\n(gone)\n")


def test_again_to_a_prompt_that_never_was_tells_and_ends(caller: Any) -> None:
    async def lost(talk: Talk, desk: Desk) -> None:
        raise Again("visit.centre", tell="visit.none_open")

    assert caller.talk(lost) == "目前没有可约的号。\n(end)\n"


@pytest.mark.parametrize(("error", "resumable"), [(StoreBusy("locked"), True), (BadName(), False)])
def test_a_refusal_is_told_and_ends_it(caller: Any, house: Any, error: ClinicError, resumable: bool) -> None:
    async def refused(talk: Talk, desk: Desk) -> None:
        await talk.choose("visit.who", YES_NO)
        raise error

    told = {True: "系统繁忙，请稍后再试。", False: "姓名有误。"}[resumable]
    assert caller.talk(refused, "1").endswith(f"> 1\n{told}\n(end)\n")
    assert bool(house.kept.blobs) is resumable


def test_an_error_that_is_a_mistake_of_ours_is_not_hidden(caller: Any) -> None:
    async def broken(talk: Talk, desk: Desk) -> None:
        raise KeyError("oops")

    with pytest.raises(KeyError):
        caller.talk(broken)


def test_the_occasion_lasts_through_back_and_resuming_and_changes_with_a_new_start(caller: Any) -> None:
    seen: list[str] = []

    async def watched(talk: Talk, desk: Desk) -> None:
        seen.append(talk.occasion)
        await names(talk, desk)

    caller.talk(watched, "1", "0", "1")
    caller.talk(watched, "1")
    assert len(set(seen)) == 1
    caller.talk(watched, "2")
    assert len(set(seen)) == 2


def test_without_shared_state_the_conversation_goes_on_and_is_forgotten(caller: Any, house: Any) -> None:
    house.kept.down = True
    assert caller.talk(names, "1", "li").endswith("yes LI\n(end)\n")


def test_an_answer_is_kept_before_anything_goes_on(house: Any) -> None:
    """The channel leaves at the second question: the first answer is in the shared state by then."""

    async def leave(screen: Screen) -> str:
        if screen.question is not None and screen.question.key == "resident.name":
            assert "+8615400000001" in house.kept.blobs
            raise Gone
        return "1"

    talk = Conversation("+8615400000001", "zh", draft=Draft("test"), drafts=house.drafts, exchange=leave)
    coroutine = talk.run(names, house.desk)
    with pytest.raises(Gone):
        coroutine.send(None)


def test_plain_text() -> None:
    assert plain(" ９８＃\r\n") == "98"
