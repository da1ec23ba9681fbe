"""The root menu, and the way through it that a code with arguments takes."""

from __future__ import annotations

from typing import Any

import pytest

from conf import texts
from dialogs.letters import in_writing
from dialogs.root import DIALOGS, ENTRIES, menu, number, root, spoken
from dialogs.talk import Desk, Talk
from smpp.text import measure


def test_the_numbers_of_the_entries_are_those_on_the_menu(caller: Any) -> None:
    assert [number(entry) for entry in ENTRIES] == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert [number("book"), number("language")] == ["1", "6"]
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


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_menu_is_one_screen_of_a_phone(language: texts.Language) -> None:
    """3GPP TS 23.038: 182 characters of GSM-7, 80 of UCS-2."""
    said = [texts.say(language, "root.menu")]
    said += [f"{number(entry)}.{texts.say(language, f'root.{entry}')}" for entry in ENTRIES]
    alphabet, units = measure("\n".join(said))
    assert units <= {"gsm7": 182, "ucs2": 80}[alphabet]


def test_every_entry_leads_somewhere(caller: Any, house: Any) -> None:
    firsts = {}
    for entry in ENTRIES:
        house.kept.blobs.clear()
        firsts[entry] = caller.talk(root, typed=[number(entry)]).split("\n")[0]
    assert firsts == {
        "book": "选择中心",
        "visits": "您没有预约。",
        "vaccines": "这个号码没有登记儿童，请到中心窗口登记。",
        "tips": "健康知识",
        "home": "请输入就诊人姓名",
        "language": "选择语言/Language",
        "readings": "血压血糖",
        "account": "我的账户",
    }


# A menu of one's own.


def test_a_menu_offers_what_it_was_made_with_in_its_order(caller: Any) -> None:
    dialog = menu(["tips", "visits"])
    assert caller.talk(dialog) == "社区卫生服务\n1.健康知识\n2.我的预约和排队\n(gone)\n"
    assert caller.talk(dialog, "2").endswith("> 2\n您没有预约。\n(end)\n")


def test_the_language_leads_back_to_the_same_menu(caller: Any) -> None:
    said = caller.talk(spoken(["language", "tips"]), "1", "2", letters=False)
    assert said.endswith("Community health\n1.Language/Zhongwen\n2.Health tips\n(gone)\n")


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (["book", "vaccine"], "no such entry of the menu: vaccine; did you mean vaccines?"),
        (
            ["weather"],
            "no such entry of the menu: weather; there are book, visits, vaccines, tips, home, language, "
            "readings, account",
        ),
        (["book", "tips", "book"], "book stands twice in the menu"),
    ],
)
def test_a_menu_with_a_mistake_says_which(entries: list[str], told: str) -> None:
    for made in (menu, spoken):
        with pytest.raises(ValueError, match="menu") as refusal:
            made(entries)
        assert str(refusal.value) == told


def test_all_entries_can_be_offered_by_voice() -> None:
    spoken(ENTRIES)


def test_what_can_only_be_written_is_not_offered_by_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    @in_writing
    async def complain(talk: Talk, desk: Desk) -> None:
        await talk.ask("resident.name", str)

    monkeypatch.setitem(DIALOGS, "tips", complain)
    menu(["book", "tips"])
    with pytest.raises(ValueError, match="tips needs typed text, so it cannot be offered by voice"):
        spoken(["book", "tips"])
