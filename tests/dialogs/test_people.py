"""The people a phone books for, by USSD, by SMS and by voice; and booking for one of them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from clinic import verifying
from clinic.errors import BadIdentity, BadName
from clinic.tables import RelatedPerson, Resident
from dialogs.booking import book_visit
from dialogs.people import my_people
from dialogs.residents import name_and_number

IDENTITY, OTHER = "110101195808142424", "360426199101010071"
RECORDING = "0f3c9a7e5b1d2c4860a1b2c3d4e5f607"


def people(house: Any) -> list[tuple[str, bool]]:
    columns = select(RelatedPerson.name, RelatedPerson.is_self).order_by(RelatedPerson.id)
    return house.store.run_now(lambda s: [tuple(row) for row in s.execute(columns)])


def test_somebody_is_added_by_ussd(caller: Any, house: Any) -> None:
    assert caller.talk(my_people, "王芳", IDENTITY) == (
        "请输入就诊人姓名\n> 王芳\n请输入王芳的18位身份证号\n0<\n> 110101195808142424\n已添加就诊人王芳。\n(end)\n"
    )
    assert caller.talk(my_people, "2", "欧阳小明", OTHER).startswith("本机的就诊人\n1.本人（王*）\n2.添加就诊人\n> 2\n")
    assert people(house) == [("王芳", True), ("欧阳小明", False)]
    assert caller.talk(my_people).startswith("本机的就诊人\n1.本人（王*）\n2.欧*明\n3.添加就诊人\n")


def test_by_sms_name_and_number_are_one_text(caller: Any, house: Any) -> None:
    said = caller.talk(my_people, f"王芳 {IDENTITY}", channel="sms")
    assert said == ("请输入就诊人姓名和身份证号，中间空一格\n> 王芳 110101195808142424\n已添加就诊人王芳。\n(end)\n")
    assert people(house) == [("王芳", True)]


def test_or_two_where_the_number_is_left_out(caller: Any, house: Any) -> None:
    caller.talk(my_people, "王芳", IDENTITY, channel="sms")
    assert people(house) == [("王芳", True)]


def test_by_voice_the_number_is_keyed_and_the_name_spoken(caller: Any, house: Any) -> None:
    said = caller.talk(my_people, IDENTITY, RECORDING, letters=False, language="en")
    assert said.endswith(f"> {RECORDING}\nYou can book for 尾号2424 now.\n(end)\n")
    assert people(house) == [("尾号2424", True)]
    assert house.store.run_now(lambda s: s.scalar(select(Resident.spoken_name))) == RECORDING


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (IDENTITY[:-1], "身份证号应为18位，这里有17位。"),
        ("110101195802302424", "身份证号有误：第7至14位不是出生日期。"),
        (IDENTITY[:-1] + "5", "身份证号有误：有一位不对，请对照证件检查。"),
        ("11010119580814242A", "身份证号有误。"),
    ],
)
def test_a_wrong_number_is_told_what_is_wrong_with_it(caller: Any, house: Any, typed: str, told: str) -> None:
    assert f"> {typed}\n{told}\n请输入王芳的18位身份证号\n" in caller.talk(my_people, "王芳", typed, IDENTITY)
    assert people(house) == [("王芳", True)]


@pytest.mark.parametrize(
    "written", [f"王芳 {IDENTITY}", f"王芳,{IDENTITY}", f"{IDENTITY}王芳", f" 王芳　{IDENTITY[:6]} {IDENTITY[6:]}"]
)
def test_both_are_read_as_people_write_them(written: str) -> None:
    assert name_and_number(written) == f"王芳 {IDENTITY}"


def test_half_of_it_may_be_wrong() -> None:
    assert name_and_number("Mary Ann") == "Mary Ann"
    with pytest.raises(BadIdentity):
        name_and_number(f"王芳 {IDENTITY[:-1]}5")
    for written in ("王芳 123", "王芳110101"):
        with pytest.raises(BadIdentity) as short:
            name_and_number(written)
        assert short.value.tell == "identity.length"
    for written in (IDENTITY, f"1 {IDENTITY}", "王", "12"):
        with pytest.raises(BadName):
            name_and_number(written)


def test_one_is_removed(caller: Any, house: Any) -> None:
    caller.talk(my_people, "王芳", IDENTITY)
    caller.talk(my_people, "2", "周敏", OTHER)
    assert caller.talk(my_people, "2", "2", "2").endswith(
        "删除周*？\n1.确认删除\n2.不删除\n0<\n> 2\n已保留周*。\n(end)\n"
    )
    assert caller.talk(my_people, "2", "2", "1").endswith("> 1\n已删除周*。\n(end)\n")
    assert people(house) == [("王芳", True)]


def test_not_while_a_visit_is_to_come(caller: Any, house: Any) -> None:
    caller.talk(book_visit, "1", "1", "1", "1", "王芳", IDENTITY, "1")
    assert caller.talk(my_people, "1", "1", "1").endswith("> 1\n此就诊人还有未完成的预约或候补，请先取消。\n(end)\n")
    assert people(house) == [("王芳", True)]


def test_what_the_centre_has_put_on_record_stays(caller: Any, house: Any) -> None:
    caller.talk(my_people, "王芳", IDENTITY)
    house.store.run_now(lambda s: s.query(RelatedPerson).update({"is_told": True}) and None)
    assert caller.talk(my_people, "1").endswith("> 1\n此信息由中心登记，请到窗口更改。\n(end)\n")


def test_who_is_oneself_is_chosen_by_voice_where_names_are_covered_too(caller: Any, house: Any) -> None:
    caller.talk(my_people, "王芳", IDENTITY)
    caller.talk(my_people, "2", "周敏", OTHER)
    said = caller.talk(my_people, "2", "1", letters=False)
    assert said.startswith("本机的就诊人\n1.本人（王*）\n2.周*\n3.添加就诊人\n")
    assert said.endswith("周*\n1.设为本人\n2.删除\n0<\n> 1\n已设周*为本人。\n(end)\n")
    assert people(house) == [("王芳", False), ("周敏", True)]


def refute(house: Any) -> None:
    """The register says that name and number do not belong together, and the phone that gave them is told."""
    (asked,) = house.store.run_now(verifying.due, now=house.moment)
    given = {"rules": house.rules, "installation": house.desk.installation, "now": house.moment}
    assert house.store.run_now(verifying.settle, asked=asked, verdict=verifying.Verdict("refuted"), **given)


def test_who_is_refuted_is_marked_and_refused(caller: Any, house: Any) -> None:
    caller.talk(my_people, "王芳", IDENTITY)
    refute(house)
    assert caller.talk(my_people).startswith("本机的就诊人\n1.王*（姓名与证号不符）\n2.添加就诊人\n")
    said = caller.talk(book_visit, "1", "1", "1", "1", "1", "1", language="en")
    assert said.endswith("do not match. Please show the identity card at the counter.\n(end)\n")
    assert house.visits() == []


JOURNEYS = {
    "ussd": (["1", "1", "1", "1", "2", "周敏", OTHER, "1"], {}),
    "sms": (["1", "1", "1", "1", "2", f"周敏 {OTHER}", "1"], {"channel": "sms"}),
    "voice": (["1", "1", "1", "1", "2", OTHER, RECORDING, "1"], {"letters": False}),
}


@pytest.mark.parametrize("channel", JOURNEYS)
def test_booking_for_a_relative_takes_two_answers_the_first_time_and_one_from_then_on(
    caller: Any, house: Any, channel: str
) -> None:
    caller.talk(my_people, "王芳", IDENTITY)
    answers, options = JOURNEYS[channel]
    assert "预约成功" in caller.talk(book_visit, *answers, **options)
    name = "尾号0071" if channel == "voice" else "周敏"
    assert house.visits() == [(name, 1, 1, "booked")]
    assert "预约成功" in caller.talk(book_visit, "1", "1", "2", "1", "2", "1", **options)
    assert [who for who, *_ in house.visits()] == [name, name]
