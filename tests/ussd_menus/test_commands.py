"""The dialogs by SMS: keywords, menu numbers, one answer a text, and no text fed in twice."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import select

from clinic import consent
from clinic.tables import Consent
from smpp import segments
from ussd_menus.settings import MenuSettings

IDENTITY = "110101195808142424"
PHONE = "+8615400000001"
ROOT = (
    "社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n4.健康知识\n"
    "5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户"
)
TIPS = "健康知识\n1.高血压\n2.糖尿病\n3.儿童发热\n4.防暑\n5.异物卡喉急救\n6.烫伤急救\n7.出血急救\n8.何时拨打120\n0.返回"
ENGLISH_TIPS = (
    "Health tips\n1.High blood pressure\n2.Diabetes\n3.Fever in children\n4.Hot weather\n"
    "5.First aid: choking\n6.First aid: burns\n7.First aid: bleeding\n8.When to call 120\n0.Back"
)
READINGS = "血压血糖\n1.记录血压\n2.记录血糖\n3.最近读数\n4.我的用药\n0.返回"
CENTRES = "选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0.返回"
DEPARTMENTS = "选择科室\n1.全科 余84\n0.返回"
BOOKED = "预约成功，第1号。\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00\nT码将以短信发送，到院扫码。"
ENGLISH_ROOT = (
    "Community health\n1.Book a visit\n2.My visits and queue\n3.Vaccine record\n"
    "4.Health tips\n5.Home visit\n6.Language/Zhongwen\n7.Blood pressure, sugar\n8.My account"
)

both_ways = pytest.mark.parametrize("texter", [False, True], ids=["waits", "forgotten"], indirect=True)
"""Between two texts the conversation waits in memory; or each text runs its dialog again. That makes no difference."""
forgotten = pytest.mark.parametrize("texter", [True], ids=["forgotten"], indirect=True)


@both_ways
def test_a_booking_by_sms(texter: Any, house: Any) -> None:
    assert texter.send("预约", "1", "1", "1", "1", "王芳", IDENTITY, "1") == (
        f"> 预约\n{CENTRES}\n"
        f"> 1\n{DEPARTMENTS}\n"
        "> 1\n选择日期\n1.11月23日周一 余42\n2.11月24日周二 余42\n0.返回\n"
        "> 1\n选择时段\n1.上午08:00 欧阳雨桐 12.50元 余40\n2.下午14:00 12.50元 余2\n0.返回\n"
        "> 1\n请输入就诊人姓名和身份证号，中间空一格\n0.返回\n"
        "> 王芳\n请输入王芳的18位身份证号\n0.返回\n"
        f"> {IDENTITY}\n"
        "确认预约？\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00 欧阳雨桐\n王芳 12.50元\n1.确认\n2.取消\n0.返回\n"
        f"> 1\n{BOOKED}\n"
    )
    assert house.visits() == [("王芳", 1, 1, "booked")]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("预约", CENTRES),
        (" yy ", CENTRES),
        ("ＹＹ", CENTRES),
        ("挂号。", CENTRES),
        ("1", CENTRES),
        ("2", "您没有预约。"),
        ("查询", "您没有预约。"),
        ("菜单", ROOT),
        ("语言", "选择语言/Language\n1.中文\n2.English\n0.返回"),
        ("你好", ROOT),
        ("4", TIPS),
        ("7", READINGS),
        ("血压", READINGS),
        ("9", ROOT),
        ("", ROOT),
        ("疫苗", "这个号码没有登记儿童，请到中心窗口登记。"),
        ("ym", "这个号码没有登记儿童，请到中心窗口登记。"),
        ("健康", TIPS),
        ("TIPS", ENGLISH_TIPS),
        ("上门", "请输入就诊人姓名和身份证号，中间空一格\n0.返回"),
        ("home", "Name and identity number of the patient, with a blank between:\n0.Back"),
        (
            "帮助",
            "回复：预约、查询、排队、账户、疫苗、健康、上门、语言或菜单，再按提示回复数字。"
            "血压血糖直接发，如：血压150/95。也可拨*120#或热线12580。",
        ),
    ],
)
def test_the_first_text(texter: Any, text: str, reply: str) -> None:
    assert texter.answer(text, 1) == reply


def test_who_is_done_leaves_the_line(texter: Any) -> None:
    texter.send("菜单")
    assert texter.left == []
    texter.send("2")
    assert texter.left == [PHONE]


def test_so_does_whose_question_is_answered_at_once_unless_something_is_under_way(texter: Any) -> None:
    texter.send("帮助")
    assert texter.left == [PHONE]
    texter.send("预约", "1", "帮助")
    assert texter.left == [PHONE]


def test_an_english_keyword_chooses_english_for_who_never_chose(texter: Any, house: Any) -> None:
    assert texter.send("Menu", "2") == f"> Menu\n{ENGLISH_ROOT}\n> 2\nYou have no visits.\n"
    assert house.language(PHONE) == "en"


def test_but_not_for_who_did(texter: Any, house: Any) -> None:
    house.speaks(PHONE, "zh")
    assert texter.answer("MENU", 1) == ROOT
    assert house.language(PHONE) == "zh"


def test_a_mark_that_is_of_no_language_chooses_none(texter: Any, house: Any) -> None:
    assert texter.answer("？", 1).startswith("回复：预约")
    assert house.language(PHONE) is None


STOPPED = (
    "您已退订健康宣传和推广短信，不再发送。预约、T码等服务短信不受影响。重新接收请回复：订阅",
    "You will get no more health education or advertising from us. Messages about your visits and T-codes still come."
    " Send START to get them again.",
)
STARTED = (
    "您已订阅健康宣传和推广短信。退订请回复：TD",
    "You will get health education and advertising from us. Send STOP to stop.",
)


@pytest.mark.parametrize("text", ["退订", "TD", "td。", " T ", "ｔｄ", "STOP", "Stop!", "unsubscribe"])
def test_who_wants_no_more_is_told_so_once_in_their_language(texter: Any, house: Any, text: str) -> None:
    english = text.strip(" !").casefold() in ("stop", "unsubscribe")
    assert texter.answer(text, 1) == STOPPED[english]
    assert house.store.run_now(consent.said, phone=PHONE) == {"commercial": False, "education": False}
    assert house.store.run_now(proofs) == [text, text]


@pytest.mark.parametrize("text", ["订阅", "START", "dy"])
def test_and_who_wants_them_again(texter: Any, house: Any, text: str) -> None:
    house.speaks(PHONE, "zh")
    texter.answer("STOP", 1)
    assert texter.answer(text, 2) == STARTED[0]
    assert house.store.run_now(consent.said, phone=PHONE) == {"commercial": True, "education": True}


def proofs(session: Any) -> list[str]:
    return list(session.scalars(select(Consent.proof)))


def test_a_sentence_that_holds_the_word_refuses_nothing(texter: Any, house: Any) -> None:
    texter.answer("please stop by", 1)
    assert house.store.run_now(consent.said, phone=PHONE) == {}


def test_a_refusal_counts_where_the_phone_gets_no_more_replies(texter: Any, house: Any) -> None:
    texter.allowed = False
    assert texter.answer("退订", 2) is None
    assert house.store.run_now(consent.said, phone=PHONE) == {"commercial": False, "education": False}


@both_ways
def test_help_and_stop_leave_the_open_dialog_alone(texter: Any) -> None:
    texter.send("预约", "1")
    assert texter.send("退订").startswith("> 退订\n您已退订")
    assert texter.send("帮助", "1").endswith("> 1\n选择日期\n1.11月23日周一 余42\n2.11月24日周二 余42\n0.返回\n")


@both_ways
def test_a_keyword_begins_anew(texter: Any) -> None:
    texter.send("预约", "1")
    assert texter.send("预约") == f"> 预约\n{CENTRES}\n"


@both_ways
def test_back_and_wrong_answers(texter: Any) -> None:
    assert texter.send("预约", "1", "0", "9", "1") == (
        f"> 预约\n{CENTRES}\n> 1\n{DEPARTMENTS}\n> 0\n{CENTRES}\n"
        f"> 9\n输入有误，请重输。\n{CENTRES}\n> 1\n{DEPARTMENTS}\n"
    )


@both_ways
def test_three_wrong_answers_end_it_over_three_texts(texter: Any) -> None:
    texter.send("预约", "9", "9")
    assert texter.send("9", "9") == ("> 9\n多次输入有误，请稍后再试。\n> 9\n继续上次的预约？\n1.继续\n2.重新开始\n")


def test_a_dialog_is_forgotten_in_time(texter: Any, house: Any) -> None:
    texter.send("预约", "1")
    house.wait(minutes=11)
    assert texter.send("1") == f"> 1\n{CENTRES}\n"


@forgotten
def test_a_session_that_fills_meanwhile(texter: Any, house: Any) -> None:
    texter.send("预约", "1", "1", "1", "1", "王芳", IDENTITY)
    house.fill(1)
    assert texter.send("1", "1") == (
        "> 1\n该选项已失效，请另选。\n选择时段\n1.下午14:00 12.50元 余2\n0.返回\n"
        "> 1\n请输入就诊人姓名和身份证号，中间空一格\n0.返回\n"
    )


def test_who_is_remembered_learns_at_the_end_that_it_filled(texter: Any, house: Any) -> None:
    texter.send("预约", "1", "1", "1", "1", "王芳", IDENTITY)
    house.fill(1)
    assert texter.send("1", "1") == (
        "> 1\n该时段已约满，请另选。\n选择时段\n1.下午14:00 12.50元 余2\n0.返回\n"
        "> 1\n请输入就诊人姓名和身份证号，中间空一格\n0.返回\n"
    )
    assert house.visits() == []


@forgotten
def test_a_number_means_what_it_meant_when_it_was_shown(texter: Any, house: Any) -> None:
    """The first of two sessions fills up: "2" was the afternoon, and is not guessed to be anything else."""
    texter.send("预约", "1", "1", "1")
    house.fill(1)
    assert texter.send("2") == "> 2\n选项有变，请重选。\n选择时段\n1.下午14:00 12.50元 余2\n0.返回\n"


@both_ways
def test_fewer_places_left_are_no_other_choice(texter: Any, house: Any) -> None:
    texter.send("预约", "1", "1", "1")
    house.fill(1, capacity=3)
    assert texter.send("1").endswith("请输入就诊人姓名和身份证号，中间空一格\n0.返回\n")


@both_ways
def test_long_menus_are_leafed_through(house: Any, texter: Any) -> None:
    texter.settings = MenuSettings(sms_segments=1)
    house.speaks(PHONE, "en")
    texter.send("BOOK", "1", "1", "1", "1", "王芳", IDENTITY)
    first = (
        "Book this?\nDongyuan Community Health Centre, General practice\nMon 23 Nov am 08:00, Dr Yutong Ouyang\n"
        "98.More 0.Back\n"
    )
    second = "王芳, ¥12.50\n1.Yes\n2.No\n0.Back\n"
    assert texter.send("0", IDENTITY, "98", "0", "98", "1") == (
        "> 0\nIdentity number of 王芳 (18 characters):\n0.Back\n"
        f"> {IDENTITY}\n{first}> 98\n{second}> 0\n{first}> 98\n{second}"
        "> 1\nBooked: no. 1.\nDongyuan Community Health Centre, General practice\nMon 23 Nov am 08:00\n"
        "Your T-code comes by SMS: scan it at the kiosk.\n"
    )


def test_every_reply_keeps_to_its_segments(texter: Any) -> None:
    texter.send("预约", "1", "1", "1", "1", "王芳", IDENTITY, "1", "查询", "1", "2", "2")
    replies = texter.said.split("> ")
    assert all(segments.count(reply) <= 2 for reply in replies)


# At least once: the inbox may hand in a text twice.


@both_ways
def test_a_text_handed_in_twice_is_answered_twice_and_fed_in_once(texter: Any, house: Any) -> None:
    texter.send("预约", "1", "1", "1", "1", "王芳", IDENTITY)
    assert texter.answer("1", 90) == BOOKED
    assert texter.answer("1", 90) == BOOKED
    assert texter.answer("1", 91) == CENTRES  # a new text is a new start
    assert house.visits() == [("王芳", 1, 1, "booked")]


@both_ways
def test_every_step_may_be_handed_in_twice(texter: Any, house: Any) -> None:
    for inbox, text in enumerate(["预约", "1", "1", "1", "1", "王芳", IDENTITY, "1"], start=1):
        assert texter.answer(text, inbox) == texter.answer(text, inbox)
    assert house.visits() == [("王芳", 1, 1, "booked")]


def test_a_crash_between_answer_and_reply_does_not_feed_it_in_twice(texter: Any, house: Any) -> None:
    """The answer was kept, then the process died before it had a reply."""
    texter.send("预约")
    first_save: dict[str, bytes] = {}
    save = house.kept.save

    async def dying(phone: str, blob: bytes, seconds: int) -> None:
        first_save.setdefault(phone, blob)
        await save(phone, blob, seconds)

    house.kept.save = dying
    assert texter.answer("1", 90) == DEPARTMENTS
    house.kept.blobs.update(first_save)
    assert texter.answer("1", 90) == DEPARTMENTS


@both_ways
def test_a_crash_after_the_booking_gives_the_same_visit(texter: Any, house: Any) -> None:
    texter.send("预约", "1", "1", "1", "1", "王芳", IDENTITY)
    first_save: dict[str, bytes] = {}
    save = house.kept.save

    async def dying(phone: str, blob: bytes, seconds: int) -> None:
        first_save.setdefault(phone, blob)
        await save(phone, blob, seconds)

    house.kept.save = dying
    texter.answer("1", 90)
    house.kept.blobs.update(first_save)
    assert texter.answer("1", 90) == "为谁预约？\n1.本人（王*）\n2.其他人\n0.返回"
    assert texter.send("1", "1").endswith(f"{BOOKED}\n")
    assert house.visits() == [("王芳", 1, 1, "booked")]
    assert len(house.messages()) == 1


# Trouble.


def test_a_robot_gets_no_more_replies(texter: Any) -> None:
    texter.allowed = False
    assert texter.answer("预约", 1) is None
    assert texter.limits == [(f"reply:{PHONE}", 30, 3600)]


def test_without_shared_state_a_menu_would_lead_nowhere(texter: Any, house: Any) -> None:
    house.kept.down = True
    assert texter.answer("预约", 1) == "系统繁忙，请稍后再试。"
    assert texter.answer("2", 2) == "您没有预约。"


def test_a_mistake_of_ours_is_logged_and_told(texter: Any, house: Any, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def run(self, *_: Any, **__: Any) -> Any:
            raise ZeroDivisionError

    house.runs = Broken()
    with caplog.at_level(logging.ERROR):
        assert texter.answer("预约", 1) == "系统故障，请稍后再试。"
    assert "ZeroDivisionError" in caplog.text
