"""USSD sessions as a subscriber lives them: transcripts of what was typed and shown, over real PDUs."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from smpp.link import LinkDown, NotAnswered
from smpp.pdu import SubmitSmResp
from smpp.ussd import Dialect
from ussd_menus.settings import MenuSettings

IDENTITY = "110101195808142424"
OTHER = "8615400000002"
ROOT = (
    "社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n4.健康知识\n"
    "5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户\n"
)
CENTRES = "选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0.返回\n"
DEPARTMENTS = "选择科室\n1.全科 余84\n0.返回\n"
RESUME = "继续上次的预约？\n1.继续\n2.重新开始\n"
FAILED = "系统故障，请稍后再试。\n(end)\n"
FULL = "使用人数较多，已为您排队。请在5分钟内重拨*120#。\n(end)\n"


def test_the_whole_conversation_in_chinese(network: Any) -> None:
    assert network.phone().dial("*120#", "1", "1", "1", "1", "1", "王芳", IDENTITY, "1") == (
        "> *120#\n"
        "社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n4.健康知识\n5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户\n"
        "> 1\n"
        "选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0.返回\n"
        "> 1\n"
        "选择科室\n1.全科 余84\n0.返回\n"
        "> 1\n"
        "选择日期\n1.11月23日周一 余42\n2.11月24日周二 余42\n0.返回\n"
        "> 1\n"
        "选择时段\n1.上午08:00 欧阳雨桐 12.50元 余40\n2.下午14:00 12.50元 余2\n0.返回\n"
        "> 1\n"
        "请输入就诊人姓名\n0.返回\n"
        "> 王芳\n"
        "请输入王芳的18位身份证号\n0.返回\n"
        "> 110101195808142424\n"
        "确认预约？\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00 欧阳雨桐\n王芳 12.50元\n1.确认\n2.取消\n0.返回\n"
        "> 1\n"
        "预约成功，第1号。\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00\nT码将以短信发送，到院扫码。\n(end)\n"
    )
    assert network.house.visits() == [("王芳", 1, 1, "booked")]
    assert len(network.house.messages()) == 1
    assert len(network.menus) == 0
    assert network.clock.getDelayedCalls() == []


def test_the_whole_conversation_in_english(network: Any) -> None:
    network.house.speaks("+8615400000001", "en")
    assert network.phone().dial("*120#", "1", "1", "1", "2", "2", "Wang Fang", IDENTITY, "1") == (
        "> *120#\n"
        "Community health\n1.Book a visit\n2.My visits and queue\n3.Vaccine record\n"
        "4.Health tips\n5.Home visit\n6.Language/Zhongwen\n7.Blood pressure, sugar\n8.My account\n"
        "> 1\n"
        "Which centre?\n1.Dongyuan Community Health Centre\n2.Nanhe Community Health Centre\n0.Back\n"
        "> 1\n"
        "Which department?\n1.General practice (84 left)\n0.Back\n"
        "> 1\n"
        "Which day?\n1.Mon 23 Nov (42 left)\n2.Tue 24 Nov (42 left)\n0.Back\n"
        "> 2\n"
        "Which time?\n1.am 08:00, Dr Yutong Ouyang, ¥12.50, 40 left\n2.pm 14:00, ¥12.50, 2 left\n0.Back\n"
        "> 2\n"
        "Name of the patient:\n0.Back\n"
        "> Wang Fang\n"
        "Identity number of Wang Fang (18 characters):\n0.Back\n"
        "> 110101195808142424\n"
        "Book this?\nDongyuan Community Health Centre, General practice\nTue 24 Nov pm 14:00\nWang Fang, ¥12.50\n"
        "1.Yes\n2.No\n0.Back\n"
        "> 1\n"
        "Booked: no. 1.\nDongyuan Community Health Centre, General practice\nTue 24 Nov pm 14:00\n"
        "Your T-code comes by SMS: scan it at the kiosk.\n(end)\n"
    )
    assert network.house.visits() == [("Wang Fang", 4, 1, "booked")]


def test_a_code_with_arguments_goes_straight_there(network: Any) -> None:
    assert network.phone().dial("*120*1*1#") == "> *120*1*1#\n" + DEPARTMENTS
    assert network.phone(OTHER).dial("*120*2#") == "> *120*2#\n您没有预约。\n(end)\n"


def test_another_code_is_no_service_of_ours(network: Any) -> None:
    assert network.phone().dial("*121#") == "> *121#\n无此服务，请拨*120#。\n(end)\n"
    network.house.speaks("+" + OTHER, "en")
    assert network.phone(OTHER).dial("*121#") == "> *121#\nNo such service. Please dial *120#.\n(end)\n"


def test_the_language_holds_from_the_next_screen_on(network: Any) -> None:
    phone = network.phone()
    assert phone.dial("*120*6*2#").startswith("> *120*6*2#\nThe language is English now.\nCommunity health\n")
    assert phone.again(2).dial("*120*1*2#").endswith("There are no places to book at present.\n" + english_centres())


def english_centres() -> str:
    return "Which centre?\n1.Dongyuan Community Health Centre\n2.Nanhe Community Health Centre\n0.Back\n"


def test_leafing_through_pages(network: Any) -> None:
    network.dialect = Dialect(ucs2=28)
    phone = network.phone()
    assert phone.dial("*120#", "98", "0", "98", "1") == (
        "> *120#\n社区卫生服务\n1.预约看病\n98.更多\n"
        "> 98\n2.我的预约和排队\n3.接种记录\n98.更多 0.返回\n"
        "> 0\n社区卫生服务\n1.预约看病\n98.更多\n"
        "> 98\n2.我的预约和排队\n3.接种记录\n98.更多 0.返回\n"
        "> 1\n选择中心\n1.东苑社区卫生服务中心\n98.更多 0.返回\n"
    )


def test_the_last_words_are_leafed_through_while_the_session_is_open(network: Any) -> None:
    network.dialect = Dialect(ucs2=50)
    phone = network.phone()
    said = phone.dial("*120*1*1*1*1*1#", "王芳", IDENTITY, "1", "98")
    assert said.endswith(
        "> 1\n"
        "预约成功，第1号。\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00\n98.更多\n"
        "> 98\n"
        "T码将以短信发送，到院扫码。\n(end)\n"
    )


# Dropped and resumed.


def test_a_dropped_session_goes_on_at_the_same_step(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1")
    phone.hangs_up()
    assert len(network.menus) == 0
    network.wait(9 * 60)
    assert phone.again(2).dial("*120#", "1") == "> *120#\n" + RESUME + "> 1\n" + DEPARTMENTS


def test_or_starts_again(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1")
    phone.hangs_up()
    assert phone.again(2).dial("*120#", "2", "1") == "> *120#\n" + RESUME + "> 2\n" + ROOT + "> 1\n" + CENTRES


def test_after_ten_minutes_it_is_forgotten(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1")
    phone.hangs_up()
    network.wait(10 * 60)
    assert phone.again(2).dial("*120#") == "> *120#\n" + ROOT


def test_arguments_mean_a_fresh_start(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1")
    phone.hangs_up()
    assert phone.again(2).dial("*120*1#") == "> *120*1#\n" + CENTRES


def test_another_phone_is_not_asked_to_go_on(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1")
    phone.hangs_up()
    assert network.phone(OTHER).dial("*120#") == "> *120#\n" + ROOT


def test_an_answer_with_the_end_flag_is_the_end(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1")
    network.deliver(phone.number, "answer", "1", end=1)
    assert phone.looks() == ""
    assert len(network.menus) == 0
    assert phone.again(2).dial("*120#", "1").endswith("> 1\n" + CENTRES)


def test_a_dialog_dropped_on_ussd_resumes_by_sms(network: Any, texter: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1")
    phone.hangs_up()
    assert texter.send("你好", "1") == f"> 你好\n{RESUME}> 1\n{DEPARTMENTS}"


def test_a_dialog_dropped_on_sms_resumes_by_ussd(network: Any, texter: Any) -> None:
    texter.send("预约", "1")
    assert network.phone().dial("*120#", "1") == "> *120#\n" + RESUME + "> 1\n" + DEPARTMENTS


def test_stopping_leaves_everything_to_be_resumed(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1")
    network.menus.stop()
    assert (len(network.menus), network.clock.getDelayedCalls()) == (0, [])
    assert phone.again(2).dial("*120#", "1").endswith(DEPARTMENTS)


# Timers.


def test_a_silent_subscriber_is_dropped_without_a_word(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1")
    network.wait(179.9)
    assert len(network.menus) == 1
    network.wait(0.2)
    assert (len(network.menus), phone.looks()) == (0, "")
    assert network.events["silent"] == 1
    assert phone.again(2).dial("*120#", "1").endswith(CENTRES)


def test_a_late_answer_is_told_and_opens_nothing(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1")
    network.wait(181)
    assert phone.types("1") == "> 1\n会话已结束，请重拨*120#。\n(end)\n"
    assert len(network.menus) == 0
    assert network.events["stray"] == 1


def test_when_we_are_slow_the_session_ends_in_time_and_what_comes_later_goes_nowhere(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1", "1", "1", "1", "王芳", IDENTITY)
    network.store.slow = True
    assert phone.types("1") == "> 1\n"
    network.wait(9.9)
    assert phone.looks() == ""
    network.wait(0.2)
    assert phone.looks() == "请稍候，办理结果将发短信；未收到请重拨*120#。\n(end)\n"
    network.store.answer()
    assert phone.looks() == ""
    assert network.house.visits() == [("王芳", 1, 1, "booked")]
    assert len(network.house.messages()) == 1
    assert phone.again(2).dial("*120#") == "> *120#\n" + ROOT


def test_a_late_result_does_not_reach_the_next_session_of_the_phone(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1")
    network.store.slow = True
    phone.types("1")
    network.wait(11)
    phone.looks()
    second = phone.again(2)
    second.read = phone.read
    network.store.slow = False
    assert second.dial("*120#") == "> *120#\n" + RESUME
    network.store.answer()
    assert second.looks() == ""


def test_resuming_while_the_slow_booking_is_still_under_way_books_once(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1", "1", "1", "1", "王芳", IDENTITY)
    network.store.slow = True
    phone.types("1")
    network.wait(11)
    phone.looks()
    second = phone.again(2)
    second.read = phone.read
    network.store.slow = False
    assert second.dial("*120#", "1").endswith("T码将以短信发送，到院扫码。\n(end)\n")
    network.store.answer()
    assert network.house.visits() == [("王芳", 1, 1, "booked")]
    assert len(network.house.messages()) == 1


def test_the_time_of_each_step_is_told(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#")
    network.store.slow = True
    phone.types("1")
    network.wait(2.5)
    network.store.answer()
    assert phone.looks() == CENTRES
    assert network.steps == [0, 2.5]


# Numbers that are used again.


def test_a_number_used_again_is_a_new_session_and_the_old_one_is_dead(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1", "1")
    assert phone.dial("*120#", "2") == "> *120#\n" + RESUME + "> 2\n" + ROOT
    assert len(network.menus) == 1
    assert network.events["replaced"] == 1


def test_two_phones_may_have_the_same_number(network: Any) -> None:
    one, other = network.phone(), network.phone(OTHER)
    assert one.dial("*120#", "1") == "> *120#\n" + ROOT + "> 1\n" + CENTRES
    assert other.dial("*120#", "6").endswith("选择语言/Language\n1.中文\n2.English\n0.返回\n")
    assert one.types("1") == "> 1\n" + DEPARTMENTS
    assert other.types("2").startswith("> 2\nThe language is English now.")


def test_two_links_may_have_the_same_number(network: Any) -> None:
    one, other = network.phone(link="main"), network.phone(OTHER, link="second")
    one.dial("*120#", "1")
    assert other.dial("*120#") == "> *120#\n" + ROOT
    assert one.types("1") == "> 1\n" + DEPARTMENTS
    assert [link for link, _ in network.sent] == ["main", "main", "second", "main"]


def test_an_answer_over_another_link_is_a_stranger(network: Any) -> None:
    network.phone(link="main").dial("*120#", "1")
    assert network.phone(link="second").types("1") == "> 1\n会话已结束，请重拨*120#。\n(end)\n"
    assert len(network.menus) == 1


def test_a_release_of_another_session_does_no_harm(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1")
    network.deliver(phone.number, "release", number=9)
    network.deliver(OTHER, "release", number=1)
    assert phone.types("1") == "> 1\n" + DEPARTMENTS


def test_a_second_answer_while_we_think_is_dropped(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1")
    network.store.slow = True
    phone.types("1", "1")
    network.store.answer()
    assert phone.looks() == DEPARTMENTS
    assert network.events["late"] == 1


# Trouble.


@pytest.mark.parametrize(
    "outcome",
    [
        lambda: fail(LinkDown("main")),
        lambda: fail(NotAnswered("main")),
        lambda: succeed(SubmitSmResp(status=0x45)),
        lambda: fail(RuntimeError("a mistake")),
    ],
)
def test_a_text_that_could_not_be_sent_drops_the_session_and_is_never_sent_again(network: Any, outcome: Any) -> None:
    phone = network.phone()
    phone.dial("*120#", "1")
    network.outcome = outcome
    phone.types("1")
    assert len(network.menus) == 0
    assert network.clock.getDelayedCalls() == []
    sent = len(network.sent)
    network.wait(600)
    assert len(network.sent) == sent
    assert network.events["undelivered"] == 1


def test_the_answer_may_overtake_the_smsc(network: Any) -> None:
    responses: list[Deferred[SubmitSmResp]] = []
    network.outcome = lambda: responses.append(Deferred()) or responses[-1]
    phone = network.phone()
    assert phone.dial("*120#", "1") == "> *120#\n" + ROOT + "> 1\n" + CENTRES
    responses[0].errback(NotAnswered("main"))
    assert phone.types("1") == "> 1\n" + DEPARTMENTS
    responses[2].callback(SubmitSmResp(status=0x45))
    assert len(network.menus) == 0


def test_a_text_that_waits_for_its_place_on_the_link_is_taken_back_when_the_session_ends(network: Any) -> None:
    waiting: list[Deferred[SubmitSmResp]] = []
    network.outcome = lambda: waiting.append(Deferred()) or waiting[-1]
    phone = network.phone()
    phone.dial("*120#")
    phone.hangs_up()
    assert waiting[0].called
    assert network.clock.getDelayedCalls() == []
    assert network.events["undelivered"] == 0


@pytest.mark.parametrize("answers", [[], ["2"]])
def test_or_when_it_has_waited_too_long(network: Any, answers: list[str]) -> None:
    waiting: list[Deferred[SubmitSmResp]] = []
    network.outcome = lambda: waiting.append(Deferred()) or waiting[-1]
    network.phone().dial("*120#", *answers)
    network.wait(9.9)
    assert not waiting[-1].called
    network.wait(0.2)
    assert waiting[-1].called
    assert (len(network.menus), network.clock.getDelayedCalls()) == (0, [])
    assert network.events["undelivered"] == 1


def test_in_a_rush_more_are_asked_to_dial_later_and_who_is_in_goes_on(network: Any) -> None:
    phone, other = network.phone(), network.phone(OTHER)
    phone.dial("*120#")
    network.crowd.waits = True
    assert other.dial("*120#") == "> *120#\n" + FULL
    assert phone.types("1").endswith(CENTRES)
    network.crowd.waits = False
    assert other.dial("*120#").endswith(ROOT)


def test_who_is_done_leaves_the_line_and_who_is_cut_off_keeps_their_place(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120#")
    phone.hangs_up()
    assert network.crowd.left == []
    phone.dial("*120*2#")
    assert network.crowd.left == ["+8615400000001"]


def test_a_full_house_asks_to_dial_later(make_network: Any) -> None:
    network = make_network(settings=MenuSettings(sessions=1))
    phone, other = network.phone(), network.phone(OTHER)
    phone.dial("*120#")
    assert other.dial("*120#") == "> *120#\n" + FULL
    assert len(network.menus) == 1
    phone.hangs_up()
    assert other.dial("*120#").endswith(ROOT)


def test_a_mistake_of_ours_is_logged_and_told(network: Any, caplog: pytest.LogCaptureFixture) -> None:
    phone = network.phone()
    phone.dial("*120#")

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    network.store.run = broken
    with caplog.at_level(logging.ERROR):
        assert phone.types("1") == "> 1\n" + FAILED
    assert "ZeroDivisionError" in caplog.text
    assert network.events["failed"] == 1
    assert len(network.menus) == 0


def test_a_caller_without_a_number_is_told_and_ended(network: Any) -> None:
    network.deliver("AB", "begin", "*120#")
    assert [(request.text, request.end) for _, request in network.sent] == [("系统故障，请稍后再试。", True)]
    assert len(network.menus) == 0


def test_without_shared_state_one_can_still_book(network: Any) -> None:
    network.house.kept.down = True
    said = network.phone().dial("*120*1*1*1*1*1#", "王芳", IDENTITY, "1")
    assert said.endswith("T码将以短信发送，到院扫码。\n(end)\n")


def test_a_session_that_fills_while_one_confirms(network: Any) -> None:
    phone = network.phone()
    phone.dial("*120*1*1*1*1*1#", "王芳", IDENTITY)
    network.house.fill(1)
    assert phone.types("1") == "> 1\n该时段已约满，请另选。\n选择时段\n1.下午14:00 12.50元 余2\n0.返回\n"


def test_back_step_by_step_to_goodbye(network: Any) -> None:
    phone = network.phone()
    assert phone.dial("*120*1*1#", "0", "0", "0") == (
        "> *120*1*1#\n" + DEPARTMENTS + "> 0\n" + CENTRES + "> 0\n" + ROOT + "> 0\n谢谢，再见。\n(end)\n"
    )
    assert len(network.menus) == 0


def test_no_answer_of_a_dropped_conversation_stays_readable(network: Any) -> None:
    network.phone().dial("*120*1*1*1*1*1#", "王芳", IDENTITY)
    (blob,) = network.house.kept.blobs.values()
    assert IDENTITY.encode() not in blob
    assert "王芳".encode() not in blob
