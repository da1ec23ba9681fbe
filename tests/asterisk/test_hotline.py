"""Residents dial the hotline of a real Asterisk from real telephones, and press keys."""

from __future__ import annotations

import re

import pytest

from clinic.tables import Alarm, Call, Message, Visit
from tests.asterisk.hotline import Hotline
from tests.asterisk.scenario import Wait

pytestmark = [pytest.mark.asterisk, pytest.mark.journey]

BOOKED = "1111111"  # book, centre, department, day, session, who, yes


def visits(hotline: Hotline, phone: str) -> list[Visit]:
    return [visit for visit in hotline.rows(Visit) if visit.phone == f"+86{phone}"]


def test_a_visit_is_booked_by_keys_and_the_code_comes_by_sms(hotline: Hotline) -> None:
    phone = "15400000001"
    keys = [part for key in BOOKED for part in (Wait(0.7), key)]
    outcome = hotline.telephones.call("12580", keys, from_number=phone).wait(90)
    assert outcome.ok, outcome.trouble
    call, said = hotline.over(phone), hotline.transcript(phone, cut=True)
    code = next(line for line in said if "您的T码是" in line)
    digits = re.sub(r"\D", "", code.partition("您的T码是")[2].partition("重听")[0])
    sms = hotline.network.wait("sms", f"86{phone}")
    assert digits in re.sub(r"\D", "", sms["text"])
    assert f"第{visits(hotline, phone)[0].queue}号" in sms["text"]
    assert hotline.gateway.check(digits, hotline.gateway.enrol("NH"))["outcome"] == "genuine"
    assert said[-3].startswith("♪ 感谢您的来电")
    assert (call.outcome, call.path[-1]) == ("done", "visit.confirm:yes")


def test_who_knows_the_menu_types_ahead(hotline: Hotline) -> None:
    phone = "15400000002"
    outcome = hotline.telephones.call("12580", [Wait(0.5), BOOKED], from_number=phone).wait(60)
    assert outcome.ok, outcome.trouble
    hotline.over(phone)
    assert len(visits(hotline, phone)) == 1
    whole = [line for line in hotline.transcript(phone, cut=True) if line.startswith("♪") and not line.endswith("✂")]
    assert [line[:4] for line in whole] == ["♪ 预约", "♪ 感谢"]


def test_wrong_keys_and_silence_and_then_the_operator(hotline: Hotline) -> None:
    phone = "15400000003"
    with hotline.telephones.answers("operator", [Wait(0.5)], hang_up=True):
        outcome = hotline.telephones.call("12580", [Wait(0.5), "8", Wait(0.5), "7"], from_number=phone).wait(60)
        assert outcome.ok, outcome.trouble
    assert hotline.over(phone).outcome == "operator"
    said = hotline.transcript(phone)
    assert len([line for line in said if line.startswith("♪ 输入有误，请再输一次。")]) == 2
    assert "Dial PJSIP/8000@operator,5,g" in said


def test_chinese_prompts_are_played_to_their_end(hotline: Hotline) -> None:
    phone = "15400000004"
    outcome = hotline.telephones.call("12580", [Wait(0.5), "4", Wait(0.5), "1"], from_number=phone).wait(90)
    assert outcome.ok, outcome.trouble
    hotline.over(phone)
    played = [line for line in hotline.transcript(phone, cut=True) if line.startswith("♪") and not line.endswith("✂")]
    assert len(played) == 2  # the tip, and goodbye
    assert len(played[0]) > 60
    assert hotline.asterisk.problems() == []


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
    keys = [Wait(0.5), "11111", "2", Wait(0.5), "110101195808142424", Wait(4), "#", Wait(0.5), "1"]
    outcome = hotline.telephones.call("12580", keys, from_number=phone).wait(90)
    assert outcome.ok, outcome.trouble
    hotline.over(phone)
    assert "● recording" in hotline.transcript(phone)
    assert [visit.name for visit in visits(hotline, phone)] == ["尾号2424"]
    assert "2424" in hotline.gateway.cli("residents", "incomplete")


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
            assert states.pop("busy") in {"queued", "claimed", "failed"}
            assert set(states.values()) == {"queued"}
            # A plan of one second for busy: dialled a second time, then failed.
            hotline.eventually(lambda: hotline.message(numbers["busy"][1]).state == "failed")
            assert [call.outcome for call in hotline.calls("15422000001")] == ["busy", "busy"]


class TestTroubles:
    def test_the_daemon_is_killed_and_the_call_goes_on_at_the_same_step(self, own_hotline: Hotline) -> None:
        hotline, phone = own_hotline, "15400000001"
        call = hotline.telephones.call("12580", [Wait(0.5), "111", Wait(12), "1111"], from_number=phone)
        hotline.observer.event("DTMFEnd", Digit="1", Direction="Received")
        hotline.eventually(lambda: len(hotline.observer.seen("DTMFEnd", Direction="Received")) == 3)
        hotline.eventually(lambda: "♪ 请选择日期" in " ".join(hotline.transcript(phone)))
        hotline.gateway.kill()
        hotline.gateway.start()
        outcome = call.wait(60)
        assert outcome.ok, outcome.trouble
        said = " ".join(hotline.transcript(phone))
        assert "♪ 线路中断，已为您接回。请选择日期" in said
        assert len(visits(hotline, phone)) == 1
        assert [(call.outcome, call.direction) for call in hotline.calls(phone)] == [("done", "in")]

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
