"""Names as they may be written, and whom a phone may book for."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import residents, subscribers
from clinic.errors import BadName
from clinic.tables import Resident, Subscriber

PHONE = "+8615400000001"


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
    assert clinic.run(residents.known_to, phone=PHONE) == []


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
