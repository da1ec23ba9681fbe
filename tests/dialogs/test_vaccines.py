"""Vaccines of a child: whose, the record (the newest first, a few at a time), what else a phone may ask."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import update

from clinic import residents, subscribers
from clinic.immunizations import VACCINES
from clinic.residents import NewPerson
from clinic.tables import Immunization, Resident
from conf import texts
from dialogs.vaccines import vaccine_record

PHONE = "+8615400000001"
CHILD, BROTHER, MOTHER = "110101202301310014", "110101202002290033", "110101195808142424"
MENU = "周*涵的疫苗\n1.接种记录\n2.疫苗知识\n"
TOLD_MENU = "周*涵的疫苗\n1.该种什么\n2.接种记录\n3.预约接种\n4.禁忌记录\n5.疫苗知识\n"


@pytest.fixture
def family(house: Any) -> Any:
    """A mother and a child, registered by their centre."""
    register(house, "周敏", MOTHER)
    register(house, "周子涵", CHILD)
    return house


def register(house: Any, name: str, identity: str, centre: int | None = 1) -> None:
    def write(session: Any) -> None:
        person = NewPerson(name, house.vault.seal(identity))
        subscriber = subscribers.known(session, PHONE, house.moment)
        resident = residents.register(session, person, centre=centre, now=house.moment)
        residents.relate(session, subscriber, resident, name)

    house.store.run_now(write)


def give(house: Any, resident: int, *doses: tuple[str, int, str]) -> None:
    rows = [
        Immunization(resident_id=resident, vaccine=vaccine, dose=dose, given_on=dt.date.fromisoformat(day), lot="")
        for vaccine, dose, day in doses
    ]
    house.store.run_now(lambda session: session.add_all(rows))


def test_nobody_is_registered(caller: Any) -> None:
    assert caller.talk(vaccine_record) == "这个号码没有登记儿童，请到中心窗口登记。\n(end)\n"


def test_a_phone_that_the_centre_has_not_put_on_record_may_ask_for_the_record_at_most(caller: Any, family: Any) -> None:
    assert caller.talk(vaccine_record) == f"{MENU}(gone)\n"


def test_nothing_is_on_record(caller: Any, family: Any) -> None:
    assert caller.talk(vaccine_record, "1").endswith("没有周*涵的接种记录。如有疑问，请到中心窗口咨询。\n(end)\n")


@pytest.mark.parametrize("letters", [True, False])
def test_a_lone_child_is_not_asked_for_and_the_newest_comes_first(caller: Any, family: Any, letters: bool) -> None:
    give(family, 2, ("HepB", 1, "2023-01-31"), ("BCG", 1, "2023-02-01"), ("HepB", 2, "2023-03-01"))
    assert caller.talk(vaccine_record, "1", letters=letters) == (
        f"{MENU}> 1\n"
        "周*涵共接种3剂\n"
        "乙肝疫苗第2剂 2023年3月1日周三\n"
        "卡介苗第1剂 2023年2月1日周三\n"
        "乙肝疫苗第1剂 2023年1月31日周二\n(end)\n"
    )
    assert caller.talk(vaccine_record, "1", language="en", letters=letters) == (
        "Vaccines of 周*涵\n1.Doses given\n2.About vaccines\n> 1\n"
        "周*涵, doses given: 3\n"
        "Hepatitis B dose 2, Wed 1 Mar 2023\n"
        "BCG dose 1, Wed 1 Feb 2023\n"
        "Hepatitis B dose 1, Tue 31 Jan 2023\n(end)\n"
    )


def test_many_doses_come_a_few_at_a_time_and_back_again(caller: Any, family: Any) -> None:
    give(family, 2, *(("IPV", dose, f"2024-{dose:02d}-10") for dose in range(1, 10)))
    assert caller.talk(vaccine_record, "1", "1", "1", language="en") == (
        "Vaccines of 周*涵\n1.Doses given\n2.About vaccines\n> 1\n"
        "周*涵, doses given: 9\n"
        "Polio (IPV) dose 9, Tue 10 Sep 2024\nPolio (IPV) dose 8, Sat 10 Aug 2024\n"
        "Polio (IPV) dose 7, Wed 10 Jul 2024\nPolio (IPV) dose 6, Mon 10 Jun 2024\n"
        "5 earlier ones\n1.Earlier ones\n0<\n"
        "> 1\n"
        "Polio (IPV) dose 5, Fri 10 May 2024\nPolio (IPV) dose 4, Wed 10 Apr 2024\n"
        "Polio (IPV) dose 3, Sun 10 Mar 2024\nPolio (IPV) dose 2, Sat 10 Feb 2024\n"
        "1 earlier one\n1.Earlier ones\n0<\n"
        "> 1\n"
        "Polio (IPV) dose 1, Wed 10 Jan 2024\n(end)\n"
    )
    said = caller.talk(vaccine_record, "1", "1", "0")
    assert said.split("> 0\n")[1].startswith("周*涵共接种9剂\n")


def test_another_product_has_its_own_name(caller: Any, family: Any) -> None:
    give(family, 2, ("DTaP-IPV-Hib", 1, "2023-04-01"))
    assert "五联疫苗（百白破-脊灰-Hib）第1剂 2023年4月1日" in caller.talk(vaccine_record, "1")
    assert "DTaP-IPV/Hib vaccine dose 1, Sat 1 Apr 2023" in caller.talk(vaccine_record, "1", language="en")


def test_of_several_one_is_chosen(caller: Any, family: Any) -> None:
    register(family, "周浩然", BROTHER)
    give(family, 3, ("MMR", 1, "2020-11-02"))
    assert caller.talk(vaccine_record, "2", "1") == (
        "查谁的疫苗？\n1.周*涵\n2.周*然\n> 2\n周*然的疫苗\n1.接种记录\n2.疫苗知识\n0<\n> 1\n"
        "周*然共接种1剂\n麻腮风疫苗第1剂 2020年11月2日周一\n(end)\n"
    )


def test_a_grown_person_is_asked_for_only_with_doses(caller: Any, family: Any) -> None:
    give(family, 1, ("HepB", 1, "2019-05-06"))
    assert caller.talk(vaccine_record).startswith("查谁的疫苗？\n1.周*涵\n2.本人（周*）\n")


def test_who_typed_a_number_learns_nothing_of_what_is_on_record(caller: Any, house: Any) -> None:
    """The centre has the child under another name, or not at all."""
    register(house, "某某", CHILD, centre=None)
    give(house, 1, ("HepB", 1, "2023-01-31"))
    nothing = "没有某*的接种记录。如有疑问，请到中心窗口咨询。\n(end)\n"
    assert caller.talk(vaccine_record, "1").endswith(nothing)
    house.store.run_now(lambda s: s.execute(update(Resident).values(name="周子涵", centre_id=1)) and None)
    assert caller.talk(vaccine_record, "1").endswith(nothing)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_vaccine_has_a_name(language: texts.Language) -> None:
    named = {vaccine: texts.say(language, "vaccine-name", vaccine=vaccine) for vaccine in VACCINES}
    assert len(set(named.values())) == len(VACCINES)
    assert texts.say(language, "vaccine-name", vaccine="XYZ") == "XYZ"
    if language == "zh":
        assert all("疫苗" in name or name == "卡介苗" for name in named.values())
