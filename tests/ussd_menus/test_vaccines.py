"""A reminder and what follows: its answer by SMS, the same from a USSD menu; up to the T-code."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import update

from clinic.children import reminders
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Message, Question
from tests.dialogs.told_family import NEWBORN, on_record, vaccinates

HOUSE = Installation("https://care.example", "12580120", "*120#", "12580")
MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 11, 23 + n) for n in range(3))
REMINDER = "接种提醒：现在可接种脊灰灭活疫苗第1剂、百白破疫苗第1剂。地点：东苑社区卫生服务中心。请带接种证。回复1预约。"
DAYS = "选择日期\n1.11月24日周二 余30\n2.11月25日周三 余30\n0.返回"


@pytest.fixture
def reminded(house: Any) -> Any:
    """A mother who has read the reminder of Monday at nine."""
    house.store.run_now(on_record, *NEWBORN, moment=house.moment)
    house.store.run_now(vaccinates, TUESDAY, WEDNESDAY)
    house.store.run_now(reminders.scan, rules=Rules(), installation=HOUSE, now=house.moment)
    assert house.messages() == [REMINDER]
    house.store.run_now(lambda s: s.execute(update(Message).values(state="sent")) and None)
    house.moment = house.moment.replace(hour=9, minute=30)
    return house


class TestBySms:
    def test_one_books_a_place_and_the_t_code_comes(self, texter: Any, reminded: Any) -> None:
        assert texter.send("1", "1", "1", "1") == (
            f"> 1\n{DAYS}\n"
            "> 1\n选择时段\n1.上午08:00 0元 余30\n0.返回\n"
            "> 1\n确认预约？\n东苑社区卫生服务中心 儿童保健\n11月24日周二上午08:00\n"
            "周*宝 0元\n1.确认\n2.取消\n0.返回\n"
            "> 1\n预约成功，第1号。\n东苑社区卫生服务中心 儿童保健\n11月24日周二上午08:00\n"
            "T码将以短信发送，到院扫码。\n"
        )
        assert reminded.visits() == [("周小宝", 5, 1, "booked")]
        assert reminded.messages()[1].startswith(
            "预约成功：东苑社区卫生服务中心儿童保健，11月24日周二上午08:00，第1号。T码"
        )

    def test_after_it_one_is_the_menu_again(self, texter: Any, reminded: Any) -> None:
        texter.send("1", "1", "1", "1")
        assert texter.send("1").startswith("> 1\n选择中心\n")

    def test_a_text_that_comes_twice_is_answered_alike_and_books_once(self, texter: Any, reminded: Any) -> None:
        first = texter.answer("1", 1)
        assert texter.answer("1", 1) == first == DAYS
        replies = [texter.answer("1", inbox) for inbox in (2, 3, 4, 4)]
        assert replies[2] == replies[3]
        assert len(reminded.visits()) == 1

    def test_who_breaks_off_may_answer_once_more(self, texter: Any, reminded: Any) -> None:
        texter.send("1")
        reminded.wait(hours=3)  # what was open is forgotten
        assert texter.send("１。").endswith(f"\n{DAYS}\n")

    def test_anything_else_is_no_answer_to_it(self, texter: Any, reminded: Any) -> None:
        assert texter.send("2") == "> 2\n您没有预约。\n"

    def test_the_reasons_are_one_step_back(self, texter: Any, reminded: Any) -> None:
        said = texter.send("1", "0")
        assert (
            "脊灰灭活疫苗第1剂\n满2个月（2026-11-20）\n今日可接种\n以门诊医生的判断为准。\n要做什么？\n1.预约" in said
        )

    def test_a_dose_that_was_given_meanwhile_leads_to_what_is_next(self, texter: Any, reminded: Any) -> None:
        given = {"resident": 1, "doses": [["BCG", 1, 1, "2026-11-23"]]}
        reminded.store.run_now(lambda s: s.execute(update(Question).values(subject=given)) and None)
        assert texter.send("1") == f"> 1\n{DAYS}\n"

    def test_all_places_are_taken(self, texter: Any, reminded: Any) -> None:
        reminded.fill(5)
        reminded.fill(6)
        assert texter.send("1") == ("> 1\n东苑社区卫生服务中心的接种号已约满。请稍后再试，或拨打12580、到门诊询问。\n")

    def test_one_child_of_two_is_meant(self, texter: Any, house: Any) -> None:
        for name in ("周小宝", "周小贝"):
            house.store.run_now(on_record, *NEWBORN, name=name, moment=house.moment)
        house.store.run_now(vaccinates, TUESDAY)
        house.store.run_now(reminders.scan, rules=Rules(), installation=HOUSE, now=house.moment)
        house.store.run_now(lambda s: s.execute(update(Message).values(state="sent")) and None)
        house.moment = house.moment.replace(hour=9, minute=30)
        texter.send("1", "1", "1", "1")
        assert house.visits()[0][0] == "周小贝"  # the last that was asked
        texter.send("1", "1", "1", "1")
        assert [name for name, *_ in house.visits()] == ["周小贝", "周小宝"]


class TestByUssd:
    def test_why_and_a_place(self, network: Any, reminded: Any) -> None:
        said = network.phone().dial("*120#", "3", "1", "2", "1", "1", "1", "1")
        assert "> 3\n周*宝的疫苗\n1.该种什么\n2.接种记录\n3.预约接种\n4.禁忌记录\n5.疫苗知识\n0.返回\n" in said
        assert (
            "> 2\n百白破疫苗第1剂\n满2个月（2026-11-20）\n今日可接种\n以门诊医生的判断为准。\n要做什么？\n1.预约\n"
            in said
        )
        assert said.endswith(
            "> 1\n预约成功，第1号。\n东苑社区卫生服务中心 儿童保健\n11月24日周二上午08:00\n"
            "T码将以短信发送，到院扫码。\n(end)\n"
        )
        assert reminded.visits() == [("周小宝", 5, 1, "booked")]

    @pytest.mark.parametrize("topic", ["1", "2", "3", "4", "5"])
    def test_every_screen_fits(self, network: Any, reminded: Any, topic: str) -> None:
        """The network of the tests refuses a screen that is too long."""
        phone = network.phone()
        said = phone.dial("*120#", "3", topic, "98", "98", "0")
        assert "系统故障" not in said
