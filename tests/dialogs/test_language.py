"""The language is the subscriber's, from the next line on and on every channel."""

from __future__ import annotations

from typing import Any

from dialogs.root import root

PHONE = "+8615400000001"


def test_choosing_a_language_leads_back_to_the_menu_in_that_language(caller: Any, house: Any) -> None:
    assert caller.talk(root, "6", "2") == (
        "社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n4.健康知识\n5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户\n"
        "> 6\n"
        "选择语言/Language\n1.中文\n2.English\n0<\n"
        "> 2\n"
        "The language is English now.\nCommunity health\n1.Book a visit\n2.My visits and queue\n3.Vaccine record\n"
        "4.Health tips\n5.Home visit\n6.Language/Zhongwen\n7.Blood pressure, sugar\n8.My account\n"
        "(gone)\n"
    )
    assert house.language(PHONE) == "en"


def test_and_back_again(caller: Any, house: Any) -> None:
    caller.talk(root, "6", "2", "6", "1")
    assert caller.said.endswith(
        "已设为中文。\n社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n"
        "4.健康知识\n5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户\n(gone)\n"
    )
    assert house.language(PHONE) == "zh"
