"""Children's files: opened by a card or a number, changed, bound; who is told, and what the audit trail keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import subscribers
from clinic.children import doses, entries, files, finding, shown, withdrawing
from clinic.children.errors import BadRecord, NoSuchChild
from clinic.identity import PROVISIONAL
from clinic.notices import questions
from clinic.people import persons
from clinic.residents import NewPerson
from clinic.tables import (
    Audit,
    ChildFile,
    Immunization,
    Message,
    Question,
    RelatedPerson,
    Resident,
    Subscriber,
    Visit,
)

CHILD, OTHER = "110101202301310014", "110101202002290033"
MOTHER, FATHER, AUNT = "+8615400000001", "+8615400000002", "+8615400000003"
NEWBORN = {"card": "b1", "name": "林浩然", "birth": "2027-03-01", "sex": "male", "centre": "DY"}


def told(clinic: Any) -> list[tuple[str, str, bool, bool]]:
    rows = clinic.rows(
        RelatedPerson.subscriber_id, RelatedPerson.relation, RelatedPerson.is_told, RelatedPerson.is_self
    )
    phones = dict(clinic.rows(Subscriber.id, Subscriber.phone))
    return [(phones[number], *rest) for number, *rest in rows]


def trail(clinic: Any) -> list[tuple[str, dict[str, Any]]]:
    return [row for row in clinic.rows(Audit.action, Audit.detail) if row[0].startswith("child.")]


def test_a_newborn_without_a_number_is_kept_by_its_card(clinic: Any, put: Any) -> None:
    written = put(**NEWBORN, guardians="mother:15400000001;father:+86 154 0000 0002")
    assert written == files.Written(1, True, ("guardians", "card"))
    assert clinic.rows(ChildFile.card, ChildFile.residence, ChildFile.standing, ChildFile.unit) == [
        ("B1", "local", "active", "other")
    ]
    assert clinic.rows(ChildFile.look_on) == [clinic.moment.date()]
    assert clinic.rows(Resident.identity_digest)[0].startswith(PROVISIONAL)
    assert told(clinic) == [(MOTHER, "mother", True, False), (FATHER, "father", True, False)]
    assert trail(clinic) == [("child.new", {}), ("child.card", {"card": [None, "B1"]})]


def test_the_same_once_more_changes_nothing(clinic: Any, put: Any) -> None:
    row = {**NEWBORN, "guardians": "mother:15400000001", "unit": "东苑村", "birth_weight": "3100"}
    put(**row)
    before = trail(clinic), clinic.rows(RelatedPerson.id), clinic.rows(Subscriber.id)
    clinic.wait(days=3)
    assert put(**row) == files.Written(1, False, ())
    assert (trail(clinic), clinic.rows(RelatedPerson.id), clinic.rows(Subscriber.id)) == before
    assert clinic.rows(ChildFile.look_on) == [dt.date(2027, 3, 8)]


def test_its_number_is_bound_when_it_is_given_and_never_another_one(clinic: Any, put: Any) -> None:
    put(card="A1", name="周子涵", birth="2023-01-31", sex="male", centre="DY")
    assert put(card="A1", name="周子涵", centre="DY", identity=CHILD).changed == ("identity",)
    assert clinic.rows(Resident.identity_digest) == [clinic.vault.seal(CHILD).digest]
    assert clinic.vault.unlock(clinic.rows(Resident.identity_sealed)[0]) == CHILD.encode()
    assert trail(clinic)[-1] == ("child.identity", {"identity": True})
    assert CHILD not in str(clinic.rows(Audit.detail))
    with pytest.raises(BadRecord, match=r"^identity: another number is on record"):
        put(card="A1", name="周子涵", centre="DY", identity=OTHER)
    with pytest.raises(BadRecord, match=r"^birth: the identity number on record says 2023-01-31"):
        put(card="A1", birth="2023-02-01")


def test_a_number_that_says_something_else_or_is_anothers_is_refused(clinic: Any, put: Any) -> None:
    put(card="A1", name="周子涵", birth="2023-01-30", sex="male", centre="DY")
    with pytest.raises(BadRecord, match=r"^identity: it says 2023-01-31, male, the file \(ID 1\) 2023-01-30, male"):
        put(child=1, identity=CHILD)
    put(identity=OTHER, name="周浩然", centre="DY", card="A2")
    put(card="A3", name="周浩然", birth="2020-02-29", sex="male", centre="DY")
    with pytest.raises(BadRecord, match=r"^identity: on record already, of the child with the ID 2, who has a record"):
        put(child=3, identity=OTHER)
    with pytest.raises(BadRecord, match=r"^identity: it says 2020-02-29, male, the file \(ID 1\) 2023-01-30, male"):
        put(child=1, identity=OTHER)
    with pytest.raises(BadRecord, match=r"^identity: it says 2020-02-29, male, the file \(ID 1\) 2023-01-30, male"):
        put(identity=OTHER, card="A1")
    put(identity="110101202301310022", name="周子涵", centre="DY", card="A4")
    with pytest.raises(BadRecord, match=r"^card: A4 is bound to another child, ID 4"):
        put(identity=OTHER, card="A4")
    with pytest.raises(BadRecord, match=r"^card: A1 is bound to another child, ID 1"):
        put(child=2, card="A1")


def test_a_child_that_the_family_has_booked_for_by_its_number_is_made_one_with_its_file(clinic: Any, put: Any) -> None:
    put(card="A1", name="周子涵", birth="2023-01-31", sex="male", centre="NH", guardians="mother:15400000001")
    give = {"vaccine": "HepB", "day": dt.date(2023, 1, 31), "by": "王芳", "now": clinic.moment}
    clinic.run(doses.record, child=1, **give)
    reminder(clinic)
    subject = {"resident": 1, "doses": []}
    moments = {"asked_at": clinic.moment, "expires_at": clinic.moment + dt.timedelta(days=9)}
    clinic.run(questions.ask, occasion="a", phone=MOTHER, kind="vaccine", subject=subject, **moments)
    visit = clinic.book(patient=NewPerson("子涵", clinic.vault.seal(CHILD)), phone=MOTHER)
    assert clinic.rows(Resident.id) == [1, 2]
    # The number comes in a file that has the card, too.
    assert put(card="A1", identity=CHILD, name="周子涵", centre="NH", unit="南河村").child == 2
    assert clinic.rows(Resident.id, Resident.name, Resident.centre_id) == [(2, "周子涵", 2)]
    assert clinic.rows(ChildFile.resident_id, ChildFile.card, ChildFile.unit) == [(2, "A1", "南河村")]
    assert clinic.rows(Immunization.resident_id) == clinic.rows(Message.resident_id)[:1] == [2]
    assert clinic.rows(Visit.id, Visit.resident_id) == [(visit.id, 2)]
    assert clinic.rows(Question.subject) == [{"resident": 2, "doses": []}]
    assert told(clinic) == [(MOTHER, "mother", True, False)]
    assert trail(clinic)[-2:] == [("child.join", {"joined": 1}), ("child.change", {"unit": ["other", "南河村"]})]


def test_a_card_goes_to_another_child_once_it_was_taken_away(clinic: Any, put: Any) -> None:
    put(identity=CHILD, name="周子涵", centre="DY", card="A1")
    put(identity=OTHER, name="周浩然", centre="DY")
    assert clinic.run(files.unbind_card, child=1, by="王芳", now=clinic.moment) == "A1"
    assert put(child=2, card="A1").changed == ("card",)
    assert trail(clinic)[-2:] == [("child.card", {"card": ["A1", None]}), ("child.card", {"card": [None, "A1"]})]
    assert clinic.rows(ChildFile.card) == [None, "A1"]
    with pytest.raises(NoSuchChild):
        clinic.run(files.unbind_card, child=9, by="王芳", now=clinic.moment)


def test_a_phone_that_is_no_guardians_any_more_is_told_nothing(clinic: Any, put: Any) -> None:
    put(**NEWBORN, guardians="mother:15400000001;father:15400000002")
    assert put(card="B1", guardians="mother:15400000001;other:15400000003").changed == ("guardians",)
    assert told(clinic) == [
        (MOTHER, "mother", True, False),
        (FATHER, "", False, False),
        (AUNT, "other", True, False),
    ]
    put(card="B1", guardians="")
    assert [row[2] for row in told(clinic)] == [False, False, False]
    assert put(card="B1", unit="东苑村").changed == ("unit",)


def test_a_mother_who_has_booked_for_the_child_becomes_the_one_who_is_told(clinic: Any, put: Any) -> None:
    clinic.book(patient=NewPerson("周子涵", clinic.vault.seal(CHILD)), phone=MOTHER)
    assert told(clinic) == [(MOTHER, "", False, True)]
    put(identity=CHILD, name="周子涵", centre="NH", guardians="mother:15400000001", language="en")
    assert told(clinic) == [(MOTHER, "mother", True, False)]
    assert clinic.rows(Resident.id, Resident.centre_id) == [(1, 2)]
    assert clinic.run(subscribers.language, phone=MOTHER) == "en"


def test_a_phone_that_was_somebody_elses_is_right_again_once_the_centre_has_asked(clinic: Any, put: Any) -> None:
    put(**NEWBORN, guardians="mother:15400000001")
    clinic.run(lambda session: setattr(session.get(Subscriber, 1), "wrong_at", clinic.moment))
    put(card="B1", guardians="father:15400000001")
    assert clinic.rows(Subscriber.wrong_at) == [None]
    assert told(clinic) == [(MOTHER, "father", True, False)]


def test_a_new_name_is_the_guardians_too(clinic: Any, put: Any) -> None:
    put(**NEWBORN, guardians="mother:15400000001")
    assert put(card="B1", name="林皓然").changed == ("name",)
    assert [person.name for person in clinic.run(persons.listed, phone=MOTHER)] == ["林皓然"]


def test_what_may_change_what_is_due_is_looked_at_on_that_day(clinic: Any, put: Any) -> None:
    put(**NEWBORN)
    for given, looked in (
        ({"unit": "东苑村"}, False),
        ({"mother_hbsag": "positive"}, False),
        ({"birth_weight": "1900"}, True),
        ({"birth": "2027-03-02"}, True),
        ({"centre": "NH"}, True),
        ({"standing": "moved"}, True),
    ):
        clinic.wait(days=1)
        put(card="B1", **given)
        assert (clinic.rows(ChildFile.look_on) == [clinic.moment.date()]) is looked, given
    assert trail(clinic)[-1] == ("child.change", {"standing": ["active", "moved"]})


def reminder(clinic: Any, phone: str = MOTHER, **values: Any) -> None:
    """A reminder that waits in the outbox."""
    row = {
        "occasion": f"vaccine:{phone}", "phone": phone, "text": "...", "message_class": "notice", "resident_id": 1,
        "kind": "vaccine.due_sms", "due_at": clinic.moment, "expires_at": clinic.moment + dt.timedelta(days=2),
        "created_at": clinic.moment, **values,
    }  # fmt: skip
    clinic.run(lambda session: session.add(Message(**row)))


def test_what_waits_is_taken_back_when_the_child_has_died_and_from_a_phone_that_is_told_no_more(
    clinic: Any, put: Any
) -> None:
    put(**NEWBORN, guardians="mother:15400000001;father:15400000002")
    reminder(clinic, MOTHER)
    reminder(clinic, FATHER)
    reminder(clinic, AUNT, kind="visit.booked_sms")
    put(card="B1", guardians="mother:15400000001")
    assert clinic.rows(Message.phone, Message.state)[:2] == [(MOTHER, "queued"), (FATHER, "cancelled")]
    put(card="B1", standing="died")
    assert clinic.rows(Message.state) == ["cancelled", "cancelled", "queued"]
    assert clinic.run(withdrawing.withdraw, child=1, now=clinic.moment) == 0


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": "林浩然", "centre": "DY"}, "card: needed where there is no identity number"),
        ({"card": "B1", "centre": "DY"}, "name: needed for a new file"),
        ({"card": "B1", "name": "林浩然"}, "centre: needed for a new file"),
        ({**NEWBORN, "birth": ""}, "birth: needed where there is no identity number that tells it"),
        ({**NEWBORN, "sex": ""}, "sex: needed where there is no identity number that tells it"),
        ({**NEWBORN, "birth": "2027-03-09"}, "birth: 2027-03-09 is still to come"),
        ({**NEWBORN, "birth": "1990-03-09"}, "birth: 1990-03-09 is not a child’s"),
        ({**NEWBORN, "birth": "1.3.2027"}, "birth: '1.3.2027' is not a date, such as 2024-03-08"),
        ({**NEWBORN, "card": "B 1"}, "card: 'B 1' is not 1 to 40 letters, digits, dots or hyphens"),
        ({**NEWBORN, "name": "林"}, "name: not a name of 2 to 40 letters"),
        ({**NEWBORN, "centre": "XX"}, "centre: there is no centre XX; there are: DY, NH"),
        ({**NEWBORN, "residence": "here"}, "residence: 'here' is none of local, mobile, temporary"),
        ({**NEWBORN, "birth_weight": "3.1"}, "birth_weight: '3.1' is not a weight in grams, from 300 to 9999"),
        ({**NEWBORN, "unit": "村" * 61}, "unit: longer than 60 characters, or with one that cannot be printed"),
        ({**NEWBORN, "guardians": "15400000001"}, "guardians: '*******0001' is not like mother:15400000001; there are "
         "mother, father, grandmother, grandfather, guardian, other"),
        ({**NEWBORN, "guardians": "mother:154x"}, "guardians: mother: not a phone number"),
        ({"identity": "110101195808142424", "name": "王芳", "centre": "DY"}, "birth: 1958-08-14 is not a child’s"),
        ({"identity": "110101202301310015", "name": "王芳"}, "identity: not a valid identity number (GB 11643)"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_reason_and_nothing_is_kept(
    clinic: Any, put: Any, given: dict[str, str], why: str
) -> None:
    with pytest.raises(BadRecord) as refusal:
        put(**given)
    assert str(refusal.value) == why
    assert clinic.rows(ChildFile.id) == clinic.rows(Resident.id) == []


def test_a_child_is_meant_by_card_number_or_id_and_nobody_else(clinic: Any, put: Any) -> None:
    clinic.book()  # a grown person, ID 1
    put(identity=CHILD, name="周子涵", centre="DY", card="A1")
    for written in ("a1", " A1 ", CHILD, "2"):
        assert clinic.run(finding.meant, written=written, vault=clinic.vault) == 2
    for written in ("A2", OTHER, "1", "99", "x", ""):
        with pytest.raises(NoSuchChild):
            clinic.run(finding.meant, written=written, vault=clinic.vault)
    assert clinic.run(finding.each_meant, written=["A1", "A2"], vault=clinic.vault) == [2, None]


def test_the_record_is_masked_unless_it_is_asked_for(clinic: Any, put: Any) -> None:
    put(**NEWBORN, guardians="mother:15400000001")
    today = clinic.moment.date()
    masked = clinic.run(shown.show, child=1, today=today)
    assert (masked.name, masked.guardians[0].phone, masked.has_identity) == ("林**", "+86154****0001", False)
    full = clinic.run(shown.show, child=1, today=today, shown=True)
    assert (full.name, full.guardians) == ("林浩然", (entries.Guardian("mother", MOTHER),))
    assert {due.series: due.status for due in full.due}["BCG"] == "due"
    with pytest.raises(NoSuchChild):
        clinic.run(shown.show, child=7, today=today)


def test_a_child_with_two_visits_in_one_department_and_day_is_not_made_one_before_one_is_given_back(
    clinic: Any, put: Any
) -> None:
    put(card="A1", name="周子涵", birth="2023-01-31", sex="male", centre="DY", guardians="mother:15400000001")
    first = clinic.book(patient=1, phone=MOTHER)
    second = clinic.book(patient=NewPerson("子涵", clinic.vault.seal(CHILD)), phone=FATHER)
    with pytest.raises(BadRecord, match=r"^identity: .* the ID 2; both have a visit in one department on 2027-03-08"):
        put(card="A1", identity=CHILD)
    assert clinic.rows(Resident.id) == [1, 2]
    clinic.cancel(second.id, FATHER)
    assert put(card="A1", identity=CHILD).child == 2
    assert clinic.rows(Visit.id, Visit.resident_id) == [(first.id, 2), (second.id, 2)]
