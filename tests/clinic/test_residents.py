"""Names as they may be written, and whom a phone may book for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import residents, subscribers
from clinic.children import guardians
from clinic.children.entries import Guardian
from clinic.errors import BadName
from clinic.people import persons
from clinic.residents import NewPerson
from clinic.tables import Audit, RelatedPerson, Resident, Subscriber, Visit

PHONE, OTHER = "+8615400000001", "+8615400000002"
RECORDING = "0f3c9a7e5b1d2c4860a1b2c3d4e5f607"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("王芳", "王芳"),
        ("  王芳 ", "王芳"),
        ("欧阳雨桐", "欧阳雨桐"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("Mary   Ann O'Neil-Smith", "Mary Ann O'Neil-Smith"),
        ("Ｌｉ　Ｍｉｎｇ", "Li Ming"),
        ("J. Müller", "J. Müller"),
    ],
)
def test_names_are_taken_as_people_write_them(written: str, kept: str) -> None:
    assert residents.check_name(written) == kept


@pytest.mark.parametrize(
    "written", ["", " ", "王", "1", "王芳1", "a" * 41, "王芳;--", "<b>Li</b>", "..", "Li\u0000Ming"]
)
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(BadName):
        residents.check_name(written)


def test_nobody_is_known_to_a_new_phone(clinic: Any) -> None:
    assert clinic.run(persons.listed, phone=PHONE) == []


def test_one_identity_number_is_one_resident_whatever_the_name(clinic: Any) -> None:
    def register(session: Any, name: str) -> int:
        return residents.register(session, clinic.person(name), centre=None, now=clinic.moment).id

    assert clinic.run(register, name="王芳") == clinic.run(register, name="王方")
    assert clinic.rows(Resident.name) == ["王芳"]


def test_the_language_is_the_phones_last_word(clinic: Any) -> None:
    assert clinic.run(subscribers.language, phone=PHONE) is None
    for language in ("en", "zh"):
        clinic.run(subscribers.set_language, phone=PHONE, language=language, now=clinic.moment)
        assert clinic.run(subscribers.language, phone=PHONE) == language
    assert clinic.rows(Subscriber.phone) == [PHONE]


# Who was registered by voice.


def spoken(clinic: Any, identity: str = "110101195808142424") -> NewPerson:
    return NewPerson(residents.placeholder(identity), clinic.vault.seal(identity), RECORDING)


def test_a_placeholder_has_the_last_characters_of_the_number() -> None:
    assert residents.placeholder("110101195808142424") == "尾号2424"
    with pytest.raises(BadName):  # so nobody can type one
        residents.check_name("尾号2424")


@pytest.mark.parametrize("name", ["", "0" * 31, "0" * 33, "A" * 32, "../" + "0" * 29, "0" * 32 + "\n"])
def test_a_recording_is_no_path(name: str) -> None:
    assert residents.check_recording(RECORDING) == RECORDING
    with pytest.raises(BadName):
        residents.check_recording(name)


def test_a_spoken_name_waits_for_the_counter(clinic: Any) -> None:
    clinic.book(patient=spoken(clinic))
    clinic.book(offered=2, patient=clinic.person("李强", "360426199101010071"), phone=OTHER)
    (waiting,) = clinic.run(residents.incomplete)
    assert (waiting.id, waiting.name, waiting.recording) == (1, "尾号2424", RECORDING)
    assert (waiting.sex, waiting.birth, waiting.phones) == ("female", dt.date(1958, 8, 14), ("+86154****0001",))
    assert waiting.registered_at == clinic.moment


def test_a_recording_is_kept_until_its_name_is_written(clinic: Any) -> None:
    assert clinic.run(residents.recordings) == set()
    clinic.book(patient=spoken(clinic))
    clinic.book(offered=2, patient=clinic.person("李强", "360426199101010071"), phone=OTHER)
    assert clinic.run(residents.recordings) == {RECORDING}
    complete(clinic)
    assert clinic.run(residents.recordings) == set()


def complete(clinic: Any, resident: int = 1, name: str = "王芳", phone: str = PHONE) -> bool:
    return bool(clinic.run(residents.complete, resident=resident, name=name, phone=phone, now=clinic.moment))


def test_the_counter_completes_it_for_the_phone_that_it_sees(clinic: Any) -> None:
    clinic.book(patient=spoken(clinic))
    clinic.book(patient=clinic.person("王阿姨"), phone=OTHER, offered=4)
    assert complete(clinic, name=" 王芳 ")
    assert clinic.rows(Resident.name, Resident.spoken_name) == [("王芳", None)]
    assert clinic.rows(RelatedPerson.name) == ["王芳", "王阿姨"]  # what somebody typed stays theirs
    assert clinic.rows(Visit.name) == ["王芳", "王阿姨"]
    assert clinic.rows(Audit.actor, Audit.action, Audit.subject)[-1] == ("staff", "resident.complete", "resident:1")
    assert clinic.run(residents.incomplete) == []
    assert not complete(clinic, name="李强")


def test_a_stranger_who_typed_the_number_is_not_told_the_name(clinic: Any) -> None:
    clinic.book(patient=spoken(clinic))
    clinic.book(patient=spoken(clinic), phone=OTHER, offered=4)
    assert complete(clinic)
    assert clinic.rows(Resident.name, Resident.spoken_name) == [("王芳", None)]
    assert clinic.rows(RelatedPerson.name) == clinic.rows(Visit.name) == ["王芳", "尾号2424"]
    assert [person.name for person in clinic.run(persons.listed, phone=OTHER)] == ["尾号2424"]


def test_a_second_phone_is_completed_with_the_name_on_record(clinic: Any) -> None:
    clinic.book(patient=spoken(clinic))
    clinic.book(patient=spoken(clinic), phone=OTHER, offered=4)
    assert complete(clinic)
    assert not complete(clinic, name="王方", phone=OTHER)
    assert complete(clinic, phone=OTHER)
    assert clinic.rows(RelatedPerson.name) == clinic.rows(Visit.name) == ["王芳", "王芳"]
    assert not complete(clinic, phone=OTHER)


def test_no_name_is_no_completion(clinic: Any) -> None:
    clinic.book(patient=spoken(clinic))
    with pytest.raises(BadName):
        complete(clinic, name="王")
    assert not complete(clinic, resident=9)
    assert not complete(clinic, phone=OTHER)
    assert clinic.rows(Resident.name) == ["尾号2424"]


def test_a_name_on_record_is_not_lost_to_a_spoken_one(clinic: Any) -> None:
    clinic.book(patient=clinic.person("王芳"))
    clinic.book(patient=spoken(clinic), phone=OTHER, offered=4)
    assert clinic.rows(Resident.name, Resident.spoken_name) == [("王芳", None)]
    assert [person.name for person in clinic.run(persons.listed, phone=OTHER)] == ["尾号2424"]


# How a phone is reached.


@pytest.mark.parametrize(
    ("phone", "channel"),
    [
        ("+8613800138000", "sms"),
        ("+861088886666", "voice"),
        ("+867558888666", "sms"),
        (PHONE, "sms"),
        ("12580", "sms"),
        ("", "sms"),
    ],
)
def test_a_fixed_line_is_called(clinic: Any, phone: str, channel: str) -> None:
    assert clinic.run(residents.contact, phone=phone, region="CN") == channel


def test_who_has_chosen_is_reached_so(clinic: Any) -> None:
    for phone, chosen in ((PHONE, "voice"), ("+861088886666", "sms"), (PHONE, "sms")):
        clinic.run(residents.prefer, phone=phone, contact=chosen, now=clinic.moment)
        assert clinic.run(residents.contact, phone=phone, region="CN") == chosen
    clinic.run(residents.prefer, phone="+861088886666", contact=None, now=clinic.moment)
    assert clinic.run(residents.contact, phone="+861088886666", region="CN") == "voice"
    assert clinic.rows(Audit.action, Audit.subject)[0] == ("subscriber.contact", "subscriber:1")


@pytest.mark.parametrize(
    ("day", "years"), [("2026-08-13", 67), ("2026-08-14", 68), ("1958-08-14", 0), ("2027-02-28", 68)]
)
def test_age_is_in_completed_years(day: str, years: int) -> None:
    assert residents.age(dt.date(1958, 8, 14), dt.date.fromisoformat(day)) == years


# Whose a phone is.


@pytest.fixture
def name(clinic: Any) -> Any:
    """`name("王芳", identity)`: the phone names somebody, and may book for them."""

    def name(who: str, identity: str) -> None:
        def write(session: Any) -> None:
            subscriber = subscribers.known(session, PHONE, clinic.moment)
            residents.related(session, subscriber, clinic.person(who, identity), clinic.moment)

        clinic.run(write)

    return name


@pytest.fixture
def guard(clinic: Any) -> Any:
    """The centre puts the phone on record for a child; without it: takes it off."""

    def guard(child: str, *relations: str) -> None:
        def write(session: Any) -> None:
            row = residents.register(session, clinic.person("周子涵", child), centre=1, now=clinic.moment)
            those = [Guardian(relation, PHONE) for relation in relations]
            guardians.put(session, row, those, language="zh", now=clinic.moment)

        clinic.run(write)

    return guard


MOTHER, CHILD, BROTHER = "110101195808142424", "110101202301310014", "110101202002290033"


def whose(clinic: Any) -> list[tuple[str, bool]]:
    """In the order in which the phone is asked for whom."""
    return [(person.name, person.is_self) for person in clinic.run(persons.listed, phone=PHONE)]


def test_the_first_person_a_phone_names_is_its_owner(clinic: Any, name: Any) -> None:
    name("王芳", MOTHER)
    name("周子涵", CHILD)
    name("王芳", MOTHER)
    assert whose(clinic) == [("王芳", True), ("周子涵", False)]


def test_a_phone_that_was_put_on_record_for_a_child_first_is_still_its_mothers(
    clinic: Any, name: Any, guard: Any
) -> None:
    guard(CHILD, "mother")
    name("周子涵", CHILD)
    assert whose(clinic) == [("周子涵", False)]
    name("王芳", MOTHER)
    name("周浩然", BROTHER)
    assert whose(clinic) == [("王芳", True), ("周子涵", False), ("周浩然", False)]


def test_who_is_no_guardian_any_more_is_her_own_all_the_same(clinic: Any, name: Any, guard: Any) -> None:
    guard(CHILD, "mother")
    guard(CHILD)
    name("王芳", MOTHER)
    assert whose(clinic) == [("王芳", True), ("周子涵", False)]


def test_a_child_that_was_named_first_gives_the_phone_up_to_the_grown_person(
    clinic: Any, name: Any, guard: Any
) -> None:
    name("周子涵", CHILD)
    name("周浩然", BROTHER)
    name("王芳", MOTHER)
    assert whose(clinic)[0] == ("周子涵", True)
    guard(CHILD, "mother")
    assert whose(clinic) == [("王芳", True), ("周子涵", False), ("周浩然", False)]


def test_a_child_that_was_named_alone_gives_the_phone_up_to_who_comes(clinic: Any, name: Any, guard: Any) -> None:
    name("周子涵", CHILD)
    guard(CHILD, "mother")
    assert whose(clinic) == [("周子涵", False)]
    name("王芳", MOTHER)
    assert whose(clinic) == [("王芳", True), ("周子涵", False)]
