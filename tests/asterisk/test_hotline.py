"""Residents dial the hotline of a real Asterisk from real telephones, and press keys."""

from __future__ import annotations

import re
import time

import pytest

from clinic.tables import Alarm, Call, Message, Visit
from tests.asterisk.hotline import Hotline
from tests.asterisk.scenario import Wait

pytestmark = [pytest.mark.asterisk, pytest.mark.journey]

BOOKED = "1111111"  # book, centre, department, day, session, who, yes


def visits(hotline: Hotline, phone: str) -> list[Visit]:
    return [visit for visit in hotline.rows(Visit) if visit.phone == f"+86{phone}"]


QUESTIONS = ("请选择服务", "请选择中心", "请选择科室", "请选择日期", "请选择时段", "为谁预约", "请确认")


def test_a_visit_is_booked_by_keys_and_the_code_comes_by_sms(hotline: Hotline) -> None:
    phone, earlier = "15400000001", hotline.asterisk.problems()
    call = hotline.telephones.call("12580", from_number=phone)
    for question in QUESTIONS:
        hotline.press(phone, "1", after=question)
    outcome = call.wait(90)
    assert outcome.ok, outcome.trouble
    record, said = hotline.over(phone), hotline.transcript(phone, cut=True)
    code = next(line for line in said if "您的T码是" in line)
    digits = re.sub(r"\D", "", code.partition("您的T码是")[2].partition("重听")[0])
    sms = hotline.network.wait("sms", f"86{phone}")
    assert digits in re.sub(r"\D", "", sms["text"])
    assert f"第{visits(hotline, phone)[0].queue}号" in sms["text"]
    assert hotline.gateway.check(digits, hotline.gateway.enrol("NH"))["outcome"] == "genuine"
    assert (record.outcome, record.path[-1]) == ("done", "visit.confirm:yes")
    # What no key has ended was played to its end.
    assert [line[:6] for line in said if line.startswith("♪") and not line.endswith("✂")] == [
        "♪ 预约成功",
        "♪ 感谢您的",
    ]
    assert hotline.asterisk.problems() == earlier


def test_keys_pressed_in_silence_are_heard_too(hotline: Hotline) -> None:
    """The event of a key comes before Asterisk has done with it: the next prompt must not be cut by its echo."""
    phone = "15400000008"
    call = hotline.telephones.call("12580", from_number=phone)
    hotline.press(phone, "1", after="请选择服务")
    hotline.eventually(lambda: "没有收到您的" in " ".join(hotline.transcript(phone)))
    hotline.press(phone, "2", after="没有收到您的")
    hotline.press(phone, "1", after="请选择科室")
    hotline.press(phone, "*", after="请选择日期")
    hotline.eventually(lambda: " ".join(hotline.transcript(phone)).count("请选择科室") == 2)
    hotline.observer.act("Hangup", Channel=hotline.channel(phone))
    assert call.wait(20).ok
    assert hotline.over(phone).outcome == "hung up"


def test_who_knows_the_menu_types_ahead(hotline: Hotline) -> None:
    phone = "15400000002"
    call = hotline.telephones.call("12580", [Wait(0.5), BOOKED, Wait(3)], from_number=phone, hang_up=True)
    assert call.wait(60).ok
    hotline.over(phone)
    assert len(visits(hotline, phone)) == 1
    said = [line for line in hotline.transcript(phone) if line.startswith("♪")]
    assert said[-1].startswith("♪ 预约成功")


def test_wrong_keys_and_silence_and_then_the_operator(hotline: Hotline) -> None:
    phone = "15400000003"
    with hotline.telephones.answers("operator", [Wait(0.5)], hang_up=True):
        outcome = hotline.telephones.call("12580", [Wait(0.5), "9", Wait(0.5), "9"], from_number=phone).wait(60)
        assert outcome.ok, outcome.trouble
    assert hotline.over(phone).outcome == "operator"
    said = hotline.transcript(phone)
    assert len([line for line in said if line.startswith("♪ 按键有误，请再试一次。")]) == 2
    assert "Dial PJSIP/8000@operator,5,g" in said


def test_a_health_tip_is_heard_to_its_end(hotline: Hotline) -> None:
    phone = "15400000004"
    call = hotline.telephones.call("12580", from_number=phone)
    hotline.press(phone, "4", after="请选择服务")
    hotline.press(phone, "1", after="请选择想了解的内容")
    assert call.wait(90).ok
    hotline.over(phone)
    played = [line for line in hotline.transcript(phone, cut=True) if line.startswith("♪") and not line.endswith("✂")]
    assert len(played) == 2  # the tip, and goodbye
    assert len(played[0]) > 60


def test_hanging_up_at_every_step_books_all_or_nothing(hotline: Hotline) -> None:
    phones = [f"154000000{step + 11}" for step in range(len(BOOKED))]
    calls = [
        hotline.telephones.call("12580", [Wait(0.5), BOOKED[:step], Wait(0.4)], from_number=phone, hang_up=True)
        for step, phone in enumerate(phones)
    ]
    assert all(call.wait(60).ok for call in calls)
    assert {hotline.over(phone).outcome for phone in phones} == {"hung up"}
    assert [visits(hotline, phone) for phone in phones] == [[]] * len(phones)
    assert not [message for message in hotline.rows(Message) if message.phone.removeprefix("+86") in phones]


def test_one_key_calls_for_help(hotline: Hotline) -> None:
    phone = "15400000005"
    with hotline.telephones.answers("duty", [Wait(0.5)], hang_up=True):
        outcome = hotline.telephones.call("12580", [Wait(0.5), "1", Wait(1.6), "#"], from_number=phone).wait(60)
        assert outcome.ok, outcome.trouble
    assert hotline.over(phone).outcome == "emergency"
    alarm = next(alarm for alarm in hotline.rows(Alarm) if alarm.phone == f"+86{phone}")
    assert phone in hotline.network.wait("sms", alarm.duty_phone.removeprefix("+"))["text"]


def test_a_name_is_recorded_for_the_counter(hotline: Hotline) -> None:
    phone = "15400000007"
    call = hotline.telephones.call("12580", from_number=phone)
    for question, keys in zip(QUESTIONS, ("1", "1", "1", "1", "1", "2"), strict=False):
        hotline.press(phone, keys, after=question)
    hotline.press(phone, "110101195808142424", after="请输入就诊人的十八位身份证号")
    hotline.press(phone, "", after="● recording")
    time.sleep(1.5)  # somebody speaks
    hotline.press(phone, "#", after="● recording")
    hotline.press(phone, "1", after="请确认")
    hotline.eventually(lambda: visits(hotline, phone))
    hotline.observer.act("Hangup", Channel=hotline.channel(phone))
    assert call.wait(20).ok
    assert [visit.name for visit in visits(hotline, phone)] == ["尾号2424"]
    assert "2424" in hotline.gateway.cli("people", "incomplete")


class TestOurCalls:
    """What becomes of a message that is told by telephone."""

    def test_answered_and_listened_to(self, hotline: Hotline) -> None:
        with hotline.telephones.answers("second", [Wait(0.8), "1"], calls=1) as telephone:
            number = hotline.tell("+8615411000001", "疫苗接种提醒")
            assert telephone.wait(40).ok
        hotline.eventually(lambda: hotline.message(number).state == "delivered")
        call = hotline.over("15411000001")
        assert (call.outcome, call.path, call.direction) == ("heard", ["listened", "told"], "out")
        assert [line[:8] for line in hotline.transcript("15411000001") if line.startswith("♪")] == [
            "♪ 您好，这里是",
            "♪ 疫苗接种提醒",
            "♪ 重听请按1，",
            "♪ 感谢您的来电",
        ]

    def test_answered_by_a_machine(self, hotline: Hotline) -> None:
        with hotline.telephones.answers("second", calls=1):
            number = hotline.tell("+8615411000002", "疫苗接种提醒")
            assert hotline.over("15411000002").outcome == "unheard"
        assert hotline.message(number).state == "queued"

    def test_nobody_was_reached(self, hotline: Hotline) -> None:
        """At once, each over its own trunk."""
        phones = hotline.telephones
        with (
            phones.refuses("busy", "486 Busy Here"),
            phones.refuses("rejects", "603 Decline"),
            phones.refuses("unknown", "404 Not Found"),
            phones.rings("rings"),
        ):
            numbers = {
                outcome: (f"{prefix}000001", hotline.tell(f"+86{prefix}000001", "提醒"))
                for outcome, prefix in (
                    ("busy", "15422"),
                    ("rejected", "15433"),
                    ("unreachable", "15444"),
                    ("no_answer", "15455"),
                    ("congestion", "15466"),
                )
            }
            for outcome, (phone, _) in numbers.items():
                hotline.eventually(lambda phone=phone: hotline.calls(phone) and hotline.calls(phone)[0].ended_at)
                assert hotline.calls(phone)[0].outcome == outcome
            states = {outcome: hotline.message(number).state for outcome, (_, number) in numbers.items()}
            assert states.pop("unreachable") == "failed"
            assert states.pop("busy") in {"queued", "sending", "failed"}
            assert set(states.values()) == {"queued"}
            # A plan of one second for busy: dialled a second time, then failed.
            hotline.eventually(lambda: hotline.message(numbers["busy"][1]).state == "failed")
            assert [call.outcome for call in hotline.calls("15422000001")] == ["busy", "busy"]


class TestTroubles:
    def test_the_daemon_is_killed_and_the_call_goes_on_at_the_same_step(self, own_hotline: Hotline) -> None:
        hotline, phone = own_hotline, "15400000001"
        call = hotline.telephones.call("12580", from_number=phone)
        for question in QUESTIONS[:3]:
            hotline.press(phone, "1", after=question)
        hotline.press(phone, "", after="请选择日期")
        hotline.gateway.kill()
        hotline.gateway.start()
        hotline.press(phone, "1", after="线路中断，已为您接回。请选择日期")
        for question in QUESTIONS[4:]:
            hotline.press(phone, "1", after=question)
        hotline.eventually(lambda: visits(hotline, phone))
        hotline.observer.act("Hangup", Channel=hotline.channel(phone))
        assert call.wait(20).ok
        assert len(visits(hotline, phone)) == 1
        hotline.over(phone)
        assert len(hotline.calls(phone)) == 1

    def test_asterisk_is_restarted(self, own_hotline: Hotline) -> None:
        hotline, phone = own_hotline, "15400000001"
        call = hotline.telephones.call("12580", [Wait(0.5), "1", Wait(30)], from_number=phone)
        hotline.eventually(lambda: hotline.calls(phone))
        hotline.asterisk.restart()
        call.stop()
        hotline.watch()
        hotline.logged_in()
        assert hotline.over(phone).outcome in {"lost", "hung up"}
        again = hotline.telephones.call("12580", [Wait(1), "2", Wait(1)], from_number=phone, hang_up=True).wait(60)
        assert again.ok, again.trouble
        assert hotline.over(phone).outcome == "hung up"
        assert len(hotline.rows(Call)) == 2
