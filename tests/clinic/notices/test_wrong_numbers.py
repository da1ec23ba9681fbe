"""A phone that says it is somebody else's gets no more notices, until the centre has made sure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from clinic import messages, notices, voice, wrong_numbers
from clinic.people import persons
from clinic.tables import Audit, Message

PHONE, OTHER = "+8615400000001", "+8615400000002"
MOTHER, CHILD = "110101195808142424", "110101202301310014"


def says_so(clinic: Any, phone: str = PHONE) -> bool:
    return bool(clinic.run(wrong_numbers.reported, phone=phone, proof="打错了！", now=clinic.moment))


def is_told(clinic: Any, resident: int) -> list[str]:
    found = clinic.run(notices.reached, residents=[resident], language="zh")
    return [each.phone for each in found.get(resident, [])]


def test_it_is_told_of_nobody_any_more_and_what_waits_is_cancelled(clinic: Any, put: Any) -> None:
    mother, child = put("王秀英", MOTHER, PHONE), put("李小明", CHILD, PHONE)
    put("李小明", CHILD, OTHER)
    for n, (phone, message_class) in enumerate([(PHONE, "notice"), (PHONE, "answer"), (OTHER, "notice")]):
        told = {"phone": phone, "text": "t", "message_class": message_class, "resident_id": child}
        clinic.run(messages.tell_text, occasion=f"{n}", now=clinic.moment, **told)
    assert says_so(clinic)
    assert (is_told(clinic, mother), is_told(clinic, child)) == ([], [OTHER])
    assert clinic.rows(Message.state, Message.error) == [
        ("cancelled", "wrong number"),
        ("queued", None),
        ("queued", None),
    ]


def test_nobody_is_called_instead_of_a_notice_that_fails_later(clinic: Any, put: Any) -> None:
    mother = put("王秀英", MOTHER, PHONE)
    told = {"phone": PHONE, "language": "zh", "key": "care.late_named_sms", "message_class": "notice"}
    words = {"name": "王*英", "day": clinic.moment.date(), "suggested": clinic.moment.date(), "centre": "东苑中心"}
    clinic.run(messages.tell, occasion="t", now=clinic.moment, resident_id=mother, hotline="12580", **told, **words)
    clinic.run(lambda s: s.execute(update(Message).values(state="sent")) and None)
    assert says_so(clinic)
    clinic.run(lambda s: s.execute(update(Message).values(state="failed")) and None)
    assert clinic.run(voice.fall_back, now=clinic.moment) == 0


def test_said_twice_it_is_noted_once_with_its_words(clinic: Any, put: Any) -> None:
    put("王秀英", MOTHER, PHONE)
    assert [says_so(clinic), says_so(clinic)] == [True, True]
    assert clinic.rows(Audit.action, Audit.detail) == [("phone.wrong", {"proof": "打错了！"})]


def test_a_phone_that_is_told_of_nobody_has_nothing_to_deny(clinic: Any) -> None:
    clinic.book()
    assert not says_so(clinic)


def test_whoever_has_it_now_sees_nobody_and_no_visit_of_before(clinic: Any, put: Any) -> None:
    mother = put("王秀英", MOTHER, PHONE)
    clinic.book(patient=mother)
    assert len(clinic.upcoming()) == 1
    clinic.wait(minutes=1)
    says_so(clinic)
    assert (clinic.upcoming(), clinic.run(persons.listed, phone=PHONE)) == ([], [])
    clinic.wait(minutes=1)
    visit = clinic.book(offered=2, patient=clinic.person("李小明", CHILD))
    assert [each.id for each in clinic.upcoming()] == [visit.id]


def test_an_import_of_the_same_number_does_not_make_it_right_but_staff_do(clinic: Any, put: Any) -> None:
    mother = put("王秀英", MOTHER, PHONE)
    says_so(clinic)
    put("王秀英", MOTHER, PHONE)
    assert is_told(clinic, mother) == []
    assert [(row.resident, row.phone) for row in clinic.run(wrong_numbers.listed)] == [(mother, "+86154****0001")]
    right = {"phone": PHONE, "actor": "staff", "now": clinic.moment}
    assert [clinic.run(wrong_numbers.corrected, **right) for _ in range(2)] == [True, False]
    assert is_told(clinic, mother) == [PHONE]
    assert clinic.run(wrong_numbers.listed) == []
