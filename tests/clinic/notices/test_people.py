"""Who is told about a resident, and how people behind one phone are told apart."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import notices
from clinic.notices.people import covered

PHONE, OTHER = "+8615400000001", "+8615400000002"
MOTHER, CHILD, BROTHER = "110101195808142424", "110101202301310014", "130102202002290033"


def told(clinic: Any, *residents: int) -> dict[int, list[tuple[str, str]]]:
    found = clinic.run(notices.reached, residents=residents, language="zh")
    return {resident: [(each.phone, each.name) for each in phones] for resident, phones in found.items()}


def test_a_phone_of_one_person_needs_no_name(clinic: Any, put: Any) -> None:
    mother = put("王秀英", MOTHER, PHONE)
    assert told(clinic, mother) == {mother: [(PHONE, "")]}


def test_people_behind_one_phone_are_told_apart_by_as_little_as_possible(clinic: Any, put: Any) -> None:
    mother, child = put("王秀英", MOTHER, PHONE), put("李小明", CHILD, PHONE)
    assert told(clinic, mother, child) == {mother: [(PHONE, "王*英")], child: [(PHONE, "李*明")]}


def test_names_that_look_alike_are_told_apart_by_the_year_of_birth(clinic: Any, put: Any) -> None:
    one, two = put("李小明", CHILD, PHONE), put("李大明", BROTHER, PHONE)
    assert told(clinic, one, two) == {one: [(PHONE, "李*明(2023)")], two: [(PHONE, "李*明(2020)")]}


def test_twins_whose_names_look_alike_have_their_names_written_out(clinic: Any, put: Any) -> None:
    day = dt.date(2023, 1, 31)
    one, two = put("李小明", CHILD, PHONE, birth=day), put("李大明", BROTHER, PHONE, birth=day)
    assert told(clinic, one, two) == {one: [(PHONE, "李小明")], two: [(PHONE, "李大明")]}


def test_every_phone_on_record_is_told_and_one_that_only_booked_is_not(clinic: Any, put: Any) -> None:
    child = put("李小明", CHILD, PHONE)
    put("李小明", CHILD, OTHER)
    clinic.book(patient=clinic.person("李小明", CHILD), phone="+8615400000003")
    assert told(clinic, child) == {child: [(PHONE, ""), (OTHER, "")]}


def test_who_has_no_phone_on_record_is_not_told(clinic: Any) -> None:
    visit = clinic.book()
    assert visit.queue == 1
    assert told(clinic, 1) == {}


def test_a_phone_reads_its_own_language_or_the_installations(clinic: Any, put: Any) -> None:
    child = put("李小明", CHILD, PHONE, language="en")
    put("李小明", CHILD, OTHER, language="")
    found = clinic.run(notices.reached, residents=[child], language="zh")
    assert [each.language for each in found[child]] == ["en", "zh"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王芳", "王*"),
        ("王小明", "王*明"),
        ("欧阳雨桐", "欧*桐"),
        ("Mary Ann Smith", "M. A. Smith"),
        ("尾号1234", "尾号1234"),
    ],
)
def test_a_name_is_covered(name: str, shown: str) -> None:
    assert covered(name) == shown
