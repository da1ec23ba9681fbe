"""Readings by screen and by telephone: recorded by their figures, read back first, and looked at."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from clinic import residents, subscribers
from clinic.residents import NewPerson
from clinic.tables import CareAlert, Centre, Reading
from dialogs.care import BadNumber, my_readings, parse_glucose, parse_keys

PHONE, PAIR = "+8615400000001", "+8615400000002"
MENU = "血压血糖\n1.记录血压\n2.记录血糖\n3.最近读数\n4.我的用药\n"


def people(session: Any, house: Any) -> None:
    """A woman with a phone of her own, a couple with one."""
    session.get(Centre, 1).duty_phone = "+8615499990001"
    for name, identity, phone in (
        ("王秀英", "110101195808142424", PHONE),
        ("李国强", "110101195501010099", PAIR),
        ("赵玉兰", "110101195703030047", PAIR),
    ):
        row = residents.register(session, NewPerson(name, house.vault.seal(identity)), centre=1, now=house.moment)
        residents.put_on_record(session, row, subscribers.known(session, phone, house.moment), name)


@pytest.fixture
def village(house: Any) -> Any:
    house.store.run_now(people, house=house)
    return house


def kept(house: Any) -> list[tuple[int, int | None, int | None, int | None, str]]:
    columns = (Reading.resident_id, Reading.systolic, Reading.diastolic, Reading.glucose, Reading.source)
    return house.store.run_now(lambda s: [tuple(row) for row in s.execute(select(*columns).order_by(Reading.id))])


def test_a_pressure_is_read_back_before_it_counts(village: Any, caller: Any) -> None:
    assert caller.talk(my_readings, "1", "150", "95", "1") == (
        f"{MENU}> 1\n请输入高压（收缩压），如150\n0<\n> 150\n请输入低压（舒张压），如95\n0<\n> 95\n"
        "血压150/95，对吗？\n1.对\n2.不对，重新输入\n0<\n> 1\n"
        "已记录。\n偏高（正常低于140/90）。\n请按时服药，休息后复测，并尽快联系您的医生。\n(end)\n"
    )
    assert kept(village) == [(1, 150, 95, None, "ussd")]


def test_what_is_not_right_is_entered_again(village: Any, caller: Any) -> None:
    said = caller.talk(my_readings, "1", "15", "950", "150", "95", "2", "151", "96", "1")
    assert said.count("数字不对，请重新输入。") == 2
    assert "请重新输入。\n请输入高压" in said
    assert kept(village) == [(1, 151, 96, None, "ussd")]


def test_the_lower_value_is_lower(village: Any, caller: Any) -> None:
    said = caller.talk(my_readings, "1", "95", "150", "150", "95", "1")
    assert said.count("请输入高压") == 2
    assert kept(village) == [(1, 150, 95, None, "ussd")]


def test_glucose_with_its_meal(village: Any, caller: Any) -> None:
    said = caller.talk(my_readings, "2", "5.3", "1", "1")
    assert "什么时候测的？\n1.空腹\n2.餐后2小时\n3.其他时间" in said
    assert "血糖5.3，对吗？" in said
    assert said.endswith("已记录。\n正常。\n请继续保持。\n(end)\n")
    assert kept(village) == [(1, None, None, 53, "ussd")]


def test_by_telephone_the_point_has_no_key(village: Any, caller: Any) -> None:
    said = caller.talk(my_readings, "2", "5", "120", "2", "1", letters=False)
    assert "数字不对" in said
    assert "血糖12.0，对吗？" in said
    assert kept(village) == [(1, None, None, 120, "voice")]


def test_an_emergency_says_first_what_to_do(village: Any, caller: Any) -> None:
    said = caller.talk(my_readings, "1", "190", "115", "1")
    assert said.endswith(
        "> 1\n危险值！\n请立即坐下休息，不要走动，不要开车，马上拨打120。\n已通知值班人员。\n已记录。\n(end)\n"
    )
    assert village.messages()[0].startswith("紧急1：王秀英68岁 07:30 血压190/115。电话+8615400000001。")


def test_on_a_shared_phone_it_is_asked_whose(village: Any, caller: Any) -> None:
    caller.phone = PAIR
    said = caller.talk(my_readings, "1", "2", "128", "78", "1")
    assert "是谁的？\n1.李*强\n2.赵*兰\n" in said
    assert kept(village) == [(3, 128, 78, None, "ussd")]


def test_a_stranger_is_advised_and_nothing_is_kept(village: Any, caller: Any) -> None:
    caller.phone = "+8615400000077"
    said = caller.talk(my_readings, "1", "200", "120", "1")
    assert said.endswith("已通知值班人员。\n本机没有登记居民，未保存。\n(end)\n")
    assert kept(village) == []
    assert village.store.run_now(lambda s: s.scalars(select(CareAlert.phone)).all()) == ["+8615400000077"]


def test_a_caller_whose_number_is_not_shown_is_helped_too(village: Any, caller: Any) -> None:
    caller.phone = ""
    said = caller.talk(my_readings, "1", "200", "120", "1", letters=False)
    assert "马上拨打120" in said
    assert village.messages() == ["紧急1：登记不明 07:30 血压200/120。电话未显示。请立即联系，处理后回复1或：确认1"]


def test_the_last_ones(village: Any, caller: Any) -> None:
    assert caller.talk(my_readings, "3").endswith("还没有读数。\n(end)\n")
    caller.talk(my_readings, "1", "150", "95", "1")
    village.wait(days=1)
    caller.talk(my_readings, "2", "5.3", "1", "1")
    assert caller.talk(my_readings, "3").endswith(
        "> 3\n11月24日周二07:30 血糖5.3\n11月23日周一07:30 血压150/95\n(end)\n"
    )


@pytest.mark.parametrize(("text", "tenths"), [("5.3", "53"), ("５．３", "53"), ("5", "50"), ("12.0", "120")])
def test_glucose_as_it_is_typed(text: str, tenths: str) -> None:
    assert parse_glucose(text) == tenths


@pytest.mark.parametrize("text", ["", "53", "0", "5.33", "五", "150/95"])
def test_what_is_no_glucose(text: str) -> None:
    with pytest.raises(BadNumber):
        parse_glucose(text)


@pytest.mark.parametrize("text", ["5", "1000", "05", "5.3", ""])
def test_what_keys_cannot_mean(text: str) -> None:
    with pytest.raises(BadNumber):
        parse_keys(text)
