"""Asking for a home visit, in writing and by voice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic.tables import Centre, ClinicSession, Department, HomeVisit, Message, Practitioner
from dialogs.booking import book_visit
from dialogs.home_visits import request_home_visit

IDENTITY = "110101195808142424"
RECORDING = "0f3c9a7e5b1d2c4860a1b2c3d4e5f607"
PHONE, DUTY = "+8615400000001", "+8615499990001"


def on_duty(house: Any) -> None:
    house.store.run_now(lambda s: s.execute(update(Centre).where(Centre.id == 1).values(duty_phone=DUTY)) and None)


def requests(house: Any) -> list[tuple[str, int, str]]:
    columns = select(HomeVisit.name, HomeVisit.centre_id, HomeVisit.state).order_by(HomeVisit.id)
    return house.store.run_now(lambda s: [tuple(row) for row in s.execute(columns)])


def sent(house: Any) -> list[tuple[str, str]]:
    columns = select(Message.phone, Message.text).order_by(Message.id)
    return house.store.run_now(lambda s: [tuple(row) for row in s.execute(columns)])


def test_the_whole_conversation(caller: Any, house: Any) -> None:
    on_duty(house)
    assert caller.talk(request_home_visit, "王芳", IDENTITY, "1", "1") == (
        "请输入就诊人姓名\n"
        "> 王芳\n"
        "请输入王芳的18位身份证号\n0<\n"
        "> 110101195808142424\n"
        "选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0<\n"
        "> 1\n"
        "请求上门服务？\n王芳\n东苑社区卫生服务中心\n工作人员会回电本号码。急症请拨120。\n1.确认\n2.取消\n0<\n"
        "> 1\n"
        "已登记，东苑社区卫生服务中心会回电确认时间和地址。\n(end)\n"
    )
    assert requests(house) == [("王芳", 1, "active")]
    assert sent(house) == [
        (DUTY, "上门服务请求：王芳，电话+8615400000001。地址未登记，请回电询问。"),
        (
            PHONE,
            "东苑社区卫生服务中心已收到王芳的上门服务请求，工作人员会回电本号码确认时间和地址。急症请拨120。",
        ),
    ]
    assert house.kept.blobs == {}


def test_by_voice_for_somebody_new(caller: Any, house: Any) -> None:
    said = caller.talk(request_home_visit, IDENTITY, RECORDING, "1", "1", letters=False, language="en")
    assert said.endswith(
        "Request a home visit?\n尾号2424\nDongyuan Community Health Centre\n"
        "Staff will call this number. In an emergency call 120.\n1.Yes\n2.No\n0<\n"
        "> 1\n"
        "Noted. Dongyuan Community Health Centre will call you about time and address.\n(end)\n"
    )
    assert requests(house) == [("尾号2424", 1, "active")]


def test_no_means_nothing_is_written(caller: Any, house: Any) -> None:
    assert caller.talk(request_home_visit, "王芳", IDENTITY, "1", "2").endswith("> 2\n未登记。\n(end)\n")
    assert (requests(house), sent(house)) == ([], [])


def test_who_has_asked_already_is_told(caller: Any, house: Any) -> None:
    caller.talk(request_home_visit, "王芳", IDENTITY, "1", "1")
    said = caller.talk(request_home_visit, "1", "1", "1")
    assert said.startswith("为谁请求上门？\n1.本人（王*）\n2.其他人\n")
    assert said.endswith("> 1\n已有登记，请等候中心回电。\n(end)\n")
    assert len(requests(house)) == 1


def test_a_crash_after_the_request_asks_once(caller: Any, house: Any) -> None:
    """The request was written, then the process died before it forgot the answers."""
    kept: dict[str, bytes] = {}
    caller.talk(request_home_visit, "王芳", IDENTITY, "1", lambda: kept.update(house.kept.blobs), "1")
    house.kept.blobs.update(kept)
    said = caller.talk(request_home_visit, "1", "1", "1", "1")
    assert said.endswith("> 1\n已登记，东苑社区卫生服务中心会回电确认时间和地址。\n(end)\n")
    assert len(requests(house)) == 1


def test_the_people_and_the_centre_of_a_booking_are_known(caller: Any) -> None:
    caller.talk(book_visit, "1", "1", "1", "1", "王芳", IDENTITY, "1")
    said = caller.talk(request_home_visit, "1")
    assert said.endswith("> 1\n选择中心\n1.东苑社区卫生服务中心\n2.南河社区卫生服务中心\n0<\n(gone)\n")


def test_a_house_without_centres(caller: Any, house: Any) -> None:
    def nothing(session: Session) -> None:
        for table in (ClinicSession, Practitioner, Department, Centre):
            session.execute(delete(table))

    house.store.run_now(nothing)
    assert caller.talk(request_home_visit, "王芳", IDENTITY).endswith("目前没有中心提供上门服务。\n(end)\n")
