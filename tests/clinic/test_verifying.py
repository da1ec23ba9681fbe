"""Real names: who is asked for, and what follows from the answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import residents, verifying
from clinic.errors import NotPossible
from clinic.people import looking, persons
from clinic.residents import NewPerson
from clinic.rules import Rules
from clinic.tables import Audit, Message, RelatedPerson, Resident, Subscriber, Visit
from clinic.verifying import Due, NotReal, Verdict
from tests.clinic.conftest import HOUSE, IDENTITY, OTHER_IDENTITY, OTHER_PHONE, PHONE

CONFIRMED, REFUTED, UNKNOWN = Verdict("confirmed", "王芳"), Verdict("refuted"), Verdict("unknown")


def due(clinic: Any) -> list[Due]:
    return list(clinic.run(verifying.due, now=clinic.moment))


def settle(clinic: Any, verdict: Verdict, asked: Due | None = None) -> bool:
    asked = asked or due(clinic)[0]
    given = {"rules": Rules(), "installation": HOUSE, "now": clinic.moment}
    return bool(clinic.run(verifying.settle, asked=asked, verdict=verdict, **given))


def test_who_was_named_by_phone_is_asked_for_once(clinic: Any) -> None:
    clinic.book()
    (asked,) = due(clinic)
    assert (asked.resident, asked.names, clinic.vault.unlock(asked.sealed)) == (1, ("王芳",), IDENTITY.encode())
    assert settle(clinic, CONFIRMED, asked)
    assert (due(clinic), clinic.rows(Resident.verified)) == ([], ["confirmed"])
    assert not settle(clinic, REFUTED, asked)  # another node was slower
    clinic.book(4)


def test_whom_the_centre_puts_on_record_it_has_seen(clinic: Any) -> None:
    clinic.book()

    def on_record(session: Any) -> None:
        residents.put_on_record(session, session.get(Resident, 1), session.get(Subscriber, 1), "王芳")

    clinic.run(on_record)
    assert (due(clinic), clinic.rows(Resident.verified)) == ([], ["seen"])


def test_a_spoken_name_waits_until_it_is_written(clinic: Any) -> None:
    sealed = clinic.vault.seal(IDENTITY)
    clinic.book(patient=NewPerson(residents.placeholder(IDENTITY), sealed, "0f3c9a7e5b1d2c4860a1b2c3d4e5f607"))
    assert due(clinic) == []


def test_who_is_refuted_cannot_book_by_phone_and_what_is_booked_stays(clinic: Any) -> None:
    visit = clinic.book()
    settle(clinic, REFUTED)
    assert clinic.rows(Visit.state) == ["booked"]
    with pytest.raises(NotReal):
        clinic.book(4, patient=1, channel="ussd")
    with pytest.raises(NotPossible):  # whoever has only the number learns nothing, by whatever name
        clinic.book(4, clinic.person(), OTHER_PHONE, channel="ussd")
    with pytest.raises(NotPossible):
        clinic.book(4, clinic.person("李四"), OTHER_PHONE, channel="ussd")
    assert clinic.book(4, patient=1, channel="counter").state == "booked"
    (row,) = clinic.run(looking.refuted)
    assert (row.name, row.visits[0].id) == ("王芳", visit.id)


def test_the_phone_that_gave_the_name_is_told_so_once_and_nothing_of_what_is_on_record(clinic: Any) -> None:
    clinic.book()
    settle(clinic, REFUTED)
    told = [text for phone, text in clinic.texts() if "不符" in text]
    assert told == [
        "您登记的就诊人王*，姓名与身份证号不符。已有预约仍有效，再次预约请先持身份证到窗口更正，或重新登记。咨询12580。"
    ]
    clinic.run(verifying.again, resident=1, now=clinic.moment)
    settle(clinic, REFUTED)
    assert len([text for _, text in clinic.texts() if "不符" in text]) == 1
    assert clinic.rows(Message.message_class)[-1] == "notice"


def test_it_is_not_told_at_night(clinic: Any) -> None:
    clinic.book()
    clinic.wait(hours=15)  # 22:30
    settle(clinic, REFUTED)
    (due_at,) = [at for key, at in clinic.rows(Message.kind, Message.due_at) if key == "people.refuted_sms"]
    assert due_at == dt.datetime(2027, 3, 9, 8, tzinfo=HOUSE.timezone)


def test_a_strangers_wrong_name_does_not_shut_out_the_holder_of_the_number(clinic: Any) -> None:
    clinic.run(persons.add, phone=OTHER_PHONE, person=clinic.person("李四"), now=clinic.moment)
    clinic.run(persons.add, phone=PHONE, person=clinic.person("王芳"), now=clinic.moment)
    assert due(clinic)[0].names == ("李四", "王芳")
    settle(clinic, CONFIRMED)
    assert clinic.rows(Resident.name, Resident.verified) == [("王芳", "confirmed")]
    assert clinic.rows(RelatedPerson.name) == ["李四", "王芳"]


def test_nor_when_it_was_refuted_before_the_holder_came(clinic: Any) -> None:
    clinic.run(persons.add, phone=OTHER_PHONE, person=clinic.person("李四"), now=clinic.moment)
    settle(clinic, REFUTED)
    assert due(clinic) == []
    clinic.run(persons.add, phone=PHONE, person=clinic.person("王芳"), now=clinic.moment)
    settle(clinic, CONFIRMED)
    clinic.book(patient=1, channel="ussd")


def test_a_name_that_came_while_the_register_was_asked_is_asked_for_too(clinic: Any) -> None:
    clinic.run(persons.add, phone=OTHER_PHONE, person=clinic.person("李四"), now=clinic.moment)
    (asked,) = due(clinic)
    clinic.run(persons.add, phone=PHONE, person=clinic.person("王芳"), now=clinic.moment)
    settle(clinic, REFUTED, asked)
    assert clinic.rows(Resident.verified) == [""]
    assert due(clinic)[0].names == ("李四", "王芳")


def test_what_the_register_does_not_know_is_asked_again_after_pauses_that_double_and_given_up(clinic: Any) -> None:
    clinic.book()
    start, pauses = clinic.moment, []
    while asked := due(clinic):
        settle(clinic, UNKNOWN, asked[0])
        (again,) = clinic.rows(Resident.verify_at)
        if again is not None:
            pauses.append((again - clinic.moment).total_seconds() / 60)
            clinic.moment = again.astimezone(HOUSE.timezone)
    assert pauses[:6] == [5, 5, 10, 20, 40, 80]
    assert max(pauses) == 24 * 60
    assert dt.timedelta(days=30) < clinic.moment - start < dt.timedelta(days=32)
    clinic.run(verifying.check, resident=1, phone=PHONE, channel="ussd")  # nobody is refused for being unknown


def test_the_counter_corrects_a_name_and_no_register_is_asked_any_more(clinic: Any) -> None:
    clinic.book(patient=clinic.person("王方"))
    settle(clinic, REFUTED)
    given = {"by": "desk", "now": clinic.moment}
    assert clinic.run(looking.correct, resident=1, name="王芳", phone=PHONE, **given) == "王方"
    assert clinic.rows(Resident.name, Resident.verified) == [("王芳", "seen")]
    assert clinic.rows(RelatedPerson.name, RelatedPerson.is_told) == [("王芳", True)]
    assert clinic.book(4, patient=1, channel="ussd").name == "王芳"
    assert clinic.run(verifying.again, resident=None, now=clinic.moment) == 0
    assert clinic.run(looking.correct, resident=9, name="王芳", phone=None, **given) is None
    assert ("staff:desk", "person.correct", "resident:1") in clinic.rows(Audit.actor, Audit.action, Audit.subject)


def test_all_that_were_never_confirmed_can_be_asked_for(clinic: Any) -> None:
    clinic.book()
    clinic.book(2, patient=clinic.person("李明", OTHER_IDENTITY))
    for verdict in (CONFIRMED, UNKNOWN):
        settle(clinic, verdict)
    assert due(clinic) == []
    assert clinic.run(verifying.again, resident=None, now=clinic.moment) == 1
    assert [each.resident for each in due(clinic)] == [2]
