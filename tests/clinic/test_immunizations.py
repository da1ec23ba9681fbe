"""Doses on record: whose a phone may ask for, and in which order they come."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import immunizations, imports, residents, subscribers
from clinic.residents import NewPerson
from clinic.tables import Immunization
from conf.texts import Name
from tests.clinic.conftest import HOUSE

PHONE, OTHER = "+8615400000001", "+8615400000002"
DAY = dt.date(2027, 3, 8)
CHILD, MOTHER = "110101202301310014", "110101195808142424"


@pytest.fixture
def know(clinic: Any) -> Any:
    def know(name: str, identity: str, *, phone: str = PHONE, centre: int | None = 1) -> None:
        def write(session: Any) -> None:
            resident = residents.register(
                session, NewPerson(name, clinic.vault.seal(identity)), centre=centre, now=clinic.moment
            )
            residents.relate(session, subscribers.known(session, phone, clinic.moment), resident, name)

        clinic.run(write)

    return know


def give(clinic: Any, resident: int, *doses: tuple[str, int, dt.date]) -> None:
    clinic.run(
        lambda s: s.add_all(
            Immunization(resident_id=resident, vaccine=vaccine, dose=dose, given_on=day, lot="")
            for vaccine, dose, day in doses
        )
    )


def names(clinic: Any, phone: str = PHONE, day: dt.date = DAY) -> list[str]:
    return [person.name for person in clinic.run(immunizations.people, phone=phone, day=day)]


def test_children_the_youngest_first_and_grown_people_with_doses(clinic: Any, know: Any) -> None:
    know("王芳", MOTHER)
    know("周浩然", "110101202002290033")
    know("周子涵", CHILD)
    assert names(clinic) == ["周子涵", "周浩然"]
    give(clinic, 1, ("HepB", 1, dt.date(2019, 5, 6)))
    assert names(clinic) == ["周子涵", "周浩然", "王芳"]
    assert names(clinic, OTHER) == []


@pytest.mark.parametrize(
    ("day", "child"), [(dt.date(2041, 1, 30), True), (dt.date(2041, 1, 31), False), (dt.date(2044, 2, 29), False)]
)
def test_a_child_is_one_until_its_eighteenth_birthday(clinic: Any, know: Any, day: dt.date, child: bool) -> None:
    know("周子涵", CHILD)
    assert names(clinic, day=day) == (["周子涵"] if child else [])


def test_doses_the_newest_first(clinic: Any, know: Any) -> None:
    know("周子涵", CHILD)
    first, later = dt.date(2023, 1, 31), dt.date(2023, 3, 1)
    give(clinic, 1, ("HepB", 1, first), ("BCG", 1, first), ("HepB", 2, later))
    doses = clinic.run(immunizations.given, phone=PHONE, person=1)
    assert [(dose.vaccine, dose.dose, dose.day) for dose in doses] == [
        ("HepB", 2, later),
        ("HepB", 1, first),
        ("BCG", 1, first),
    ]
    assert clinic.run(immunizations.given, phone=OTHER, person=1) == []


def test_another_phone_that_names_the_child_wrongly_hears_nothing(clinic: Any, know: Any) -> None:
    know("周子涵", CHILD)
    know("某某", CHILD, phone=OTHER)
    give(clinic, 1, ("HepB", 1, dt.date(2023, 1, 31)))
    assert names(clinic, OTHER) == ["某某"]
    assert clinic.run(immunizations.given, phone=OTHER, person=1) == []


def test_nor_one_that_typed_the_number_by_voice_when_the_name_is_written_later(clinic: Any, tmp_path: Any) -> None:
    child = NewPerson(residents.placeholder(CHILD), clinic.vault.seal(CHILD), "0" * 32)
    clinic.book(patient=child, phone=OTHER)  # a stranger
    clinic.book(patient=child, phone=PHONE, offered=4)  # its mother
    path = tmp_path / "residents.csv"
    path.write_text(f"name,identity,phone,centre,language\n周子涵,{CHILD},15400000001,DY,zh\n")
    clinic.run(imports.load, kind="residents", path=path, vault=clinic.vault, installation=HOUSE, now=clinic.moment)
    give(clinic, 1, ("HepB", 1, dt.date(2023, 1, 31)))
    assert (names(clinic, OTHER), names(clinic)) == (["尾号0014"], ["周子涵"])
    assert clinic.run(immunizations.given, phone=OTHER, person=1) == []
    assert len(clinic.run(immunizations.given, phone=PHONE, person=1)) == 1


def test_nor_one_that_names_a_child_before_its_centre_does(clinic: Any, know: Any) -> None:
    know("周子涵", CHILD, centre=None)
    give(clinic, 1, ("HepB", 1, dt.date(2023, 1, 31)))
    assert clinic.run(immunizations.given, phone=PHONE, person=1) == []


def test_immunoglobulin_is_no_vaccine_and_is_not_told(clinic: Any, know: Any) -> None:
    know("周子涵", CHILD)
    give(clinic, 1, ("IG", 1, dt.date(2023, 1, 31)), ("HepB", 1, dt.date(2023, 1, 31)))
    assert [dose.vaccine for dose in clinic.run(immunizations.given, phone=PHONE, person=1)] == ["HepB"]


def test_another_product_is_told_by_its_own_name(clinic: Any, know: Any) -> None:
    know("周子涵", CHILD)
    give(clinic, 1, ("DTaP-IPV-Hib", 1, DAY), ("XYZ", 1, dt.date(2026, 1, 1)))
    found = clinic.run(immunizations.given, phone=PHONE, person=1)
    assert [dose.vaccine for dose in found] == [Name("五联疫苗（百白破-脊灰-Hib）", "DTaP-IPV/Hib vaccine"), "XYZ"]
