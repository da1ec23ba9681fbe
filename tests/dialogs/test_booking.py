"""Booking: the whole conversation, and what happens when the world changes while one is talking."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from clinic import residents
from clinic.tables import Centre, ClinicSession, Department, Practitioner
from dialogs.booking import book_visit
from dialogs.conversation import Conversation
from dialogs.drafts import Draft
from dialogs.root import root
from dialogs.talk import Screen

IDENTITY = "110101195808142424"
RECORDING = "0f3c9a7e5b1d2c4860a1b2c3d4e5f607"
FIRST_TIME = ("1", "1", "1", "1", "王芳", IDENTITY, "1")


def test_the_first_booking_of_a_phone_in_chinese(caller: Any, house: Any) -> None:
    assert caller.talk(root, "1", "1", "1", "1", "1", "王芳", IDENTITY, "1") == (
        "社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n4.健康知识\n5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户\n"
        "> 1\n"
        "选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0<\n"
        "> 1\n"
        "选择科室\n1.全科 余84\n0<\n"
        "> 1\n"
        "选择日期\n1.11月23日周一 余42\n2.11月24日周二 余42\n0<\n"
        "> 1\n"
        "选择时段\n1.上午08:00 欧阳雨桐 12.50元 余40\n2.下午14:00 12.50元 余2\n0<\n"
        "> 1\n"
        "请输入就诊人姓名\n0<\n"
        "> 王芳\n"
        "请输入王芳的18位身份证号\n0<\n"
        "> 110101195808142424\n"
        "确认预约？\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00 欧阳雨桐\n王芳 12.50元\n1.确认\n2.取消\n0<\n"
        "> 1\n"
        "预约成功，第1号。\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00\nT码将以短信发送，到院扫码。\n(end)\n"
    )
    assert house.visits() == [("王芳", 1, 1, "booked")]
    assert house.messages()[0].startswith("预约成功：东苑社区卫生服务中心全科，11月23日周一上午08:00，第1号。T码")
    assert house.kept.blobs == {}


def test_the_second_booking_in_english_knows_the_person(caller: Any, house: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME)
    assert caller.talk(book_visit, "1", "1", "2", "2", "1", "1", language="en") == (
        "Which centre?\n1.Dongyuan Community Health Centre\n2.Nanhe Community Health Centre\n"
        "> 1\n"
        "Which department?\n1.General practice (83 left)\n0<\n"
        "> 1\n"
        "Which day?\n1.Mon 23 Nov (41 left)\n2.Tue 24 Nov (42 left)\n0<\n"
        "> 2\n"
        "Which time?\n1.am 08:00, Dr Yutong Ouyang, ¥12.50, 40 left\n2.pm 14:00, ¥12.50, 2 left\n0<\n"
        "> 2\n"
        "Who is the visit for?\n1.Myself (王*)\n2.Someone else\n0<\n"
        "> 1\n"
        "Book this?\nDongyuan Community Health Centre, General practice\nTue 24 Nov pm 14:00\n王*, ¥12.50\n"
        "1.Yes\n2.No\n0<\n"
        "> 1\n"
        "Booked: no. 1.\nDongyuan Community Health Centre, General practice\nTue 24 Nov pm 14:00\n"
        "Your T-code comes by SMS: scan it at the kiosk.\n(end)\n"
    )
    assert house.visits()[1] == ("王芳", 4, 1, "booked")


def test_somebody_else_is_registered_and_known_the_next_time(caller: Any, house: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME)
    caller.talk(book_visit, "1", "1", "1", "1", "2", "周敏", "360426199101010071", "1")
    assert "1.本人（王*）\n2.周*\n3.其他人" in caller.talk(book_visit, "1", "1", "2", "1")
    assert [name for name, *_ in house.visits()] == ["王芳", "周敏"]


def test_a_wrong_name_and_a_wrong_number_are_asked_again(caller: Any, house: Any) -> None:
    said = caller.talk(book_visit, "1", "1", "1", "1", "1", "王芳", "110101195808142425", IDENTITY.lower(), "1")
    assert "> 1\n姓名有误。\n请输入就诊人姓名\n0<\n> 王芳\n" in said
    assert "> 110101195808142425\n身份证号有误：有一位不对，请对照证件检查。\n请输入王芳的18位身份证号\n0<\n" in said
    assert len(house.visits()) == 1


def test_no_means_nothing_is_written(caller: Any, house: Any) -> None:
    said = caller.talk(book_visit, *FIRST_TIME[:-1], "2")
    assert said.endswith("> 2\n未预约。\n(end)\n")
    assert house.visits() == []
    assert house.kept.blobs == {}


def test_a_session_that_fills_while_one_confirms_leads_back_to_the_sessions(caller: Any, house: Any) -> None:
    said = caller.talk(book_visit, *FIRST_TIME[:-1], lambda: house.fill(1), "1", "1", "王芳", IDENTITY, "1")
    assert (
        "1.确认\n2.取消\n0<\n"
        "> 1\n"
        "该时段已约满，请另选。\n选择时段\n1.下午14:00 12.50元 余2\n0<\n"
        "> 1\n"
        "请输入就诊人姓名\n"
    ) in said
    assert house.visits() == [("王芳", 2, 1, "booked")]


def test_a_day_that_fills_while_one_confirms_leads_back_to_the_days(caller: Any, house: Any) -> None:
    def both() -> None:
        house.fill(1)
        house.fill(2)

    said = caller.talk(book_visit, *FIRST_TIME[:-1], both, "1")
    assert said.endswith(
        "> 1\n该时段已约满，请另选。\n该选项已失效，请另选。\n选择日期\n1.11月24日周二 余42\n0<\n(gone)\n"
    )


def test_a_centre_without_places_leads_back_to_the_centres(caller: Any) -> None:
    assert caller.talk(book_visit, "2").endswith(
        "> 2\n目前没有可约的号。\n选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n(gone)\n"
    )


def test_a_lone_centre_is_not_asked_for(caller: Any, house: Any) -> None:
    house.store.run_now(lambda session: session.execute(delete(Centre).where(Centre.id == 2)) and None)
    assert caller.talk(book_visit).startswith("选择科室\n1.全科 余84\n")
    for session in (1, 2, 3, 4):
        house.fill(session)
    assert caller.talk(book_visit) == "目前没有可约的号。\n(end)\n"


def test_a_house_without_centres(caller: Any, house: Any) -> None:
    def nothing(session: Session) -> None:
        for table in (ClinicSession, Practitioner, Department, Centre):
            session.execute(delete(table))

    house.store.run_now(nothing)
    assert caller.talk(book_visit, language="en") == "There are no places to book at present.\n(end)\n"


def test_the_same_person_twice_on_one_day_is_told_and_ended(caller: Any, house: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME)
    assert caller.talk(book_visit, "1", "1", "1", "2", "1", "1").endswith("> 1\n就诊人当天已约该科室。\n(end)\n")
    assert len(house.visits()) == 1
    assert house.kept.blobs == {}


def test_by_voice_the_number_is_keyed_and_the_name_recorded(caller: Any, house: Any) -> None:
    said = caller.talk(book_visit, "1", "1", "1", "1", IDENTITY[:-1], IDENTITY, RECORDING, "1", letters=False)
    assert (
        "请输入就诊人的18位身份证号\n0<\n"
        "> 11010119580814242\n"
        "身份证号应为18位，这里有17位。\n请输入就诊人的18位身份证号\n0<\n"
        "> 110101195808142424\n"
        "请说出就诊人姓名\n0<\n"
        f"> {RECORDING}\n"
        "确认预约？\n东苑社区卫生服务中心 全科\n11月23日周一上午08:00 欧阳雨桐\n尾号2424 12.50元\n"
    ) in said
    assert house.visits() == [("尾号2424", 1, 1, "booked")]
    (waiting,) = house.store.run_now(residents.incomplete)
    assert (waiting.name, waiting.recording, waiting.sex) == ("尾号2424", RECORDING, "female")


def test_by_voice_too_somebody_else_may_be_named(caller: Any, house: Any) -> None:
    caller.talk(book_visit, *FIRST_TIME)
    said = caller.talk(book_visit, "1", "1", "1", "1", "2", "360426199101010071", RECORDING, "1", letters=False)
    assert "为谁预约？\n1.本人（王*）\n2.其他人\n0<\n> 2\n请输入就诊人的18位身份证号\n" in said
    assert [name for name, *_ in house.visits()] == ["王芳", "尾号0071"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "0F3C", "王芳", "0" * 31, "0" * 32 + ".wav"])
def test_what_is_no_recording_is_no_name(caller: Any, house: Any, name: str) -> None:
    said = caller.talk(book_visit, "1", "1", "1", "1", IDENTITY, name, letters=False)
    assert said.endswith(f"> {name}\n姓名有误。\n请说出就诊人姓名\n0<\n(gone)\n")


def test_a_call_that_broke_off_goes_on_in_writing_with_the_name_typed(caller: Any, house: Any) -> None:
    caller.talk(book_visit, "1", "1", "1", "1", IDENTITY, letters=False)
    said = caller.talk(book_visit, "1", "王芳", IDENTITY, "1")
    assert "> 1\n请输入就诊人姓名\n0<\n> 王芳\n" in said
    assert [name for name, *_ in house.visits()] == ["王芳"]


@pytest.mark.parametrize("letters", [True, False])
def test_what_is_wanted_is_told_to_the_channel(house: Any, letters: bool) -> None:
    asked: list[tuple[str, str]] = []
    answers = iter(["1", "1", "1", "1", *(["王芳", IDENTITY] if letters else [IDENTITY, RECORDING])])

    async def exchange(screen: Screen) -> str:
        assert screen.question is not None
        asked.append((screen.question.key, screen.wants))
        return next(answers, "2")

    channel: Any = "ussd" if letters else "voice"
    talk = Conversation(
        "+8615400000001", "zh", draft=Draft("test"), drafts=house.drafts, exchange=exchange, channel=channel
    )
    with pytest.raises(StopIteration):
        talk.run(book_visit, house.desk).send(None)
    in_writing = [("resident.name", "name"), ("resident.identity", "identity")]
    by_voice = [("resident.identity_first", "identity"), ("resident.spoken_name", "name")]
    assert asked[4:6] == (in_writing if letters else by_voice)
    assert {wants for _, wants in asked[:4] + asked[6:]} == {"text"}


def test_a_crash_after_the_booking_books_once(caller: Any, house: Any) -> None:
    """The visit was written, then the process died before it forgot the answers."""
    kept: dict[str, bytes] = {}
    caller.talk(book_visit, *FIRST_TIME[:-1], lambda: kept.update(house.kept.blobs), "1")
    house.kept.blobs.update(kept)
    said = caller.talk(book_visit, "1", "1", "1")
    assert "为谁预约？\n1.本人（王*）\n2.其他人\n0<\n> 1\n确认预约？" in said
    assert "> 1\n预约成功，第1号。\n" in said
    assert house.visits() == [("王芳", 1, 1, "booked")]
    assert len(house.messages()) == 1


@pytest.mark.parametrize("answered", range(1, 7))
def test_dropped_at_any_step_it_goes_on_at_the_same_step(caller: Any, house: Any, answered: int) -> None:
    before = caller.talk(book_visit, *FIRST_TIME[:answered]).removesuffix("(gone)\n")
    last = before.rsplit("> ", maxsplit=1)[1].split("\n", maxsplit=1)[1]
    assert caller.talk(book_visit, "1", *FIRST_TIME[answered:]).startswith(
        "继续上次的操作？\n1.继续\n2.重新开始\n> 1\n" + last
    )
    assert house.visits() == [("王芳", 1, 1, "booked")]
