"""The people a phone books for: added, removed, and who of them owns the phone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.errors import NotPossible
from clinic.people import persons
from clinic.people.persons import OnRecord, StillWanted, TooManyPeople
from clinic.tables import Audit, RelatedPerson, Resident, Subscriber, WaitEntry
from tests.clinic.conftest import IDENTITY, OTHER_IDENTITY, OTHER_PHONE, PHONE, nth_identity


def add(clinic: Any, name: str = "王芳", identity: str = IDENTITY, phone: str = PHONE, **more: Any) -> int:
    return int(clinic.run(persons.add, phone=phone, person=clinic.person(name, identity), now=clinic.moment, **more))


def remove(clinic: Any, resident: int, **more: Any) -> None:
    clinic.run(persons.remove, resident=resident, now=clinic.moment, **{"phone": PHONE, **more})


def listed(clinic: Any, phone: str = PHONE) -> list[tuple[str, bool]]:
    return [(each.masked, each.is_self) for each in clinic.run(persons.listed, phone=phone)]


def put_on_record(clinic: Any, **values: Any) -> None:
    clinic.run(lambda s: s.query(RelatedPerson).update(values) and None)


def test_who_was_named_is_listed_masked_the_owner_first(clinic: Any) -> None:
    add(clinic)
    add(clinic, "欧阳小明", OTHER_IDENTITY)
    assert listed(clinic) == [("王*", True), ("欧*明", False)]
    assert listed(clinic, OTHER_PHONE) == []


def test_names_that_look_alike_are_told_apart(clinic: Any) -> None:
    add(clinic, "王小芳")
    add(clinic, "王大芳", OTHER_IDENTITY)
    assert listed(clinic) == [("王*芳(1958)", True), ("王*芳(1991)", False)]


def test_a_phone_that_is_somebody_elses_is_shown_nobody(clinic: Any) -> None:
    resident = add(clinic)
    clinic.run(lambda s: s.query(Subscriber).update({"wrong_at": clinic.moment}) and None)
    assert listed(clinic) == []
    with pytest.raises(NotPossible):
        remove(clinic, resident)


def test_who_types_anothers_number_learns_nothing_of_the_name_on_record(clinic: Any) -> None:
    add(clinic, "王芳")
    add(clinic, "李四", phone=OTHER_PHONE)
    assert listed(clinic, OTHER_PHONE) == [("李*", True)]
    assert clinic.rows(Resident.name) == ["王芳"]


def test_named_again_the_last_name_counts_but_not_against_the_centres_record(clinic: Any) -> None:
    add(clinic, "王方")
    add(clinic, "王芳")
    assert clinic.rows(RelatedPerson.name) == ["王芳"]
    put_on_record(clinic, is_told=True)
    add(clinic, "王圆")
    assert clinic.rows(RelatedPerson.name) == ["王芳"]


def test_one_who_is_removed_is_gone_and_the_next_grown_one_owns_the_phone(clinic: Any) -> None:
    first = add(clinic)
    add(clinic, "李明", OTHER_IDENTITY)
    remove(clinic, first)
    assert listed(clinic) == [("李*", True)]
    assert clinic.rows(Audit.action) == ["person.add", "person.add", "person.remove"]
    with pytest.raises(NotPossible):
        remove(clinic, first)


def test_a_visit_that_stands_blocks_the_removal(clinic: Any) -> None:
    visit = clinic.book(2)
    with pytest.raises(StillWanted):
        remove(clinic, 1)
    clinic.cancel(visit.id)
    remove(clinic, 1)


def test_waiting_for_a_place_blocks_it_too(clinic: Any) -> None:
    resident = add(clinic)
    day = clinic.moment.date()
    clinic.run(
        lambda s: s.add(
            WaitEntry(
                occasion="w", resident_id=resident, phone=PHONE, language="zh", name="王芳", department_id=1,
                first_day=day, last_day=day + dt.timedelta(7), waits_since=clinic.moment,
            )
        )
    )  # fmt: skip
    with pytest.raises(StillWanted):
        remove(clinic, resident)


@pytest.mark.parametrize("record", [{"is_told": True}, {"relation": "mother"}])
def test_what_the_centre_has_put_on_record_only_the_counter_removes(clinic: Any, record: Any) -> None:
    resident = add(clinic)
    put_on_record(clinic, **record)
    with pytest.raises(OnRecord):
        remove(clinic, resident)
    remove(clinic, resident, by="desk")
    assert listed(clinic) == []
    assert clinic.rows(Audit.actor)[-1] == "staff:desk"


def test_who_owns_the_phone_can_be_chosen(clinic: Any) -> None:
    add(clinic)
    second = add(clinic, "李明", OTHER_IDENTITY)
    clinic.run(persons.choose_self, phone=PHONE, resident=second, now=clinic.moment)
    assert listed(clinic) == [("李*", True), ("王*", False)]


def test_not_against_what_the_centre_knows(clinic: Any) -> None:
    add(clinic)
    put_on_record(clinic, is_told=True)
    second = add(clinic, "李明", OTHER_IDENTITY)
    with pytest.raises(OnRecord):
        clinic.run(persons.choose_self, phone=PHONE, resident=second, now=clinic.moment)
    with pytest.raises(NotPossible):
        clinic.run(persons.choose_self, phone=PHONE, resident=99, now=clinic.moment)


def test_twenty_people_are_enough_for_a_phone(clinic: Any) -> None:
    for n in range(persons.MOST):
        add(clinic, "王芳", nth_identity(n))
    with pytest.raises(TooManyPeople):
        add(clinic, "王芳", nth_identity(persons.MOST))
    clinic.wait(days=2)
    add(clinic, "王圆", nth_identity(0))  # named before
    with pytest.raises(TooManyPeople):
        add(clinic, "王芳", nth_identity(persons.MOST))


def test_nobody_tries_out_names_for_a_number(clinic: Any) -> None:
    """Whoever could would learn from the register which one is right."""
    for n in range(persons.MOST):
        remove(clinic, add(clinic, f"王{chr(0x4E00 + n)}"))
    with pytest.raises(TooManyPeople):
        add(clinic)
    add(clinic, by="desk")
