"""Doses: recorded with their lots and judged at once, corrected, struck; contraindications noted, ended, refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from clinic import imports
from clinic.children import contraindications, doses, lists, shown
from clinic.children.errors import BadRecord, NoSuchChild
from clinic.tables import Audit, ChildFile, Contraindication, Immunization, Message, Question
from clinic.vaccines.contraindications import NotContraindicated
from clinic.vaccines.reasons import lines
from tests.clinic.conftest import HOUSE

BIRTH = dt.date(2026, 6, 1)


@pytest.fixture
def child(clinic: Any, put: Any) -> int:
    number: int = put(card="B1", name="林浩然", birth=str(BIRTH), sex="male", centre="DY").child
    clinic.wait(days=1)
    return number


@pytest.fixture
def give(clinic: Any, child: int) -> Any:
    def give(vaccine: str, day: str, lot: str = "", **more: Any) -> doses.DoseTold:
        given = {"child": child, "by": "王芳", "now": clinic.moment, "lot": lot, **more}
        told: doses.DoseTold = clinic.run(doses.record, vaccine=vaccine, day=dt.date.fromisoformat(day), **given)
        return told

    return give


def on_record(clinic: Any) -> list[tuple[Any, ...]]:
    return list(clinic.rows(Immunization.vaccine, Immunization.dose, Immunization.given_on, Immunization.lot))


def test_a_dose_is_numbered_and_judged_at_once(clinic: Any, give: Any) -> None:
    first = give("HepB", "2026-06-01", "L1")
    assert (first.number, first.judged.judgement, first.is_changed) == (1, "valid", True)
    early = give("HepB", "2026-06-20", "L2")
    assert (early.number, early.judged.judgement, early.judged.number) == (2, "too_early", 2)
    assert lines(early.judged.why, "en")[0].endswith("given on 2026-06-20 does not count as dose 2: 11 days too early")
    again = give("HepB", "2026-07-20")
    assert (again.number, again.judged.judgement, again.judged.number) == (3, "valid", 2)
    assert clinic.rows(ChildFile.look_on) == [clinic.moment.date()]
    assert [row for row in clinic.rows(Audit.action) if row.startswith("dose")] == ["dose.record"] * 3


def test_the_same_dose_once_more_is_no_second_one_and_another_lot_is_to_be_corrected(clinic: Any, give: Any) -> None:
    first = give("BCG", "2026-06-01", "L1")
    again = give("BCG", "2026-06-01")
    assert (again.id, again.is_changed) == (first.id, False)
    with pytest.raises(BadRecord, match=r"^lot: BCG 1 of 2026-06-01 with the lot L1 is on record \(dose ID 1\)"):
        give("BCG", "2026-06-01", "L2")
    with pytest.raises(BadRecord, match=r"^number: BCG 1 of 2026-06-01"):
        give("BCG", "2026-06-03", number=1)
    assert on_record(clinic) == [("BCG", 1, BIRTH, "L1")]


def test_immunoglobulin_is_no_dose_but_keeps_mmr_away(clinic: Any, give: Any, child: int) -> None:
    told = give("IG", "2027-03-01")
    assert (told.vaccine, told.number, told.judged) == ("IG", 1, None)
    view = clinic.run(shown.show, child=child, today=clinic.moment.date())
    mmr = next(due for due in view.due if due.series == "MMR")
    assert (mmr.status, mmr.on) == ("due", dt.date(2027, 6, 1))


@pytest.mark.parametrize(
    ("vaccine", "day", "lot", "why"),
    [
        ("Hepb", "2026-06-01", "", "vaccine: 'Hepb' is none of HepB, BCG"),
        ("HepB", "2026-05-31", "", "day: 2026-05-31 is before the birth"),
        ("HepB", "2027-03-10", "", "day: 2027-03-10 is still to come"),
        ("HepB", "2026-06-01", "L" * 41, "lot: longer than 40 characters"),
    ],
)
def test_what_was_not_given_is_refused(give: Any, vaccine: str, day: str, lot: str, why: str) -> None:
    with pytest.raises(BadRecord) as refusal:
        give(vaccine, day, lot)
    assert str(refusal.value).startswith(why)


def test_nobody_is_given_anything(clinic: Any) -> None:
    with pytest.raises(NoSuchChild):
        clinic.run(doses.record, child=9, vaccine="BCG", day=BIRTH, by="王芳", now=clinic.moment)


def test_a_dose_is_corrected_and_the_trail_keeps_what_it_was(clinic: Any, give: Any) -> None:
    told = give("HepB", "2026-06-02", "L1")
    clinic.wait(days=2)
    right = clinic.run(doses.correct, dose=told.id, day=BIRTH, lot="L7", vaccine="BCG", by="王芳", now=clinic.moment)
    assert on_record(clinic) == [("BCG", 1, BIRTH, "L7")]
    assert (right.judged.judgement, right.is_changed) == ("valid", True)
    assert clinic.rows(Audit.actor, Audit.action)[-1] == ("staff:王芳", "dose.correct")
    assert clinic.rows(Audit.detail)[-1]["before"] == {"vaccine": "HepB", "number": 1, "day": "2026-06-02", "lot": "L1"}
    assert clinic.rows(ChildFile.look_on) == [clinic.moment.date()]
    same = clinic.run(doses.correct, dose=told.id, lot="L7", by="王芳", now=clinic.moment)
    assert not same.is_changed


def test_a_correction_does_not_make_one_of_two(clinic: Any, give: Any) -> None:
    give("HepB", "2026-06-01")
    second = give("HepB", "2026-07-02")
    with pytest.raises(BadRecord, match=r"^number: HepB 1 is on record already \(dose ID 1\)"):
        clinic.run(doses.correct, dose=second.id, number=1, by="王芳", now=clinic.moment)
    with pytest.raises(BadRecord, match=r"^day: 2026-05-01 is before the birth"):
        clinic.run(doses.correct, dose=second.id, day=dt.date(2026, 5, 1), by="王芳", now=clinic.moment)
    assert on_record(clinic)[1][:3] == ("HepB", 2, dt.date(2026, 7, 2))


def test_a_struck_dose_is_gone_but_for_the_trail(clinic: Any, give: Any) -> None:
    told = give("MMR", "2027-03-01", "L1")
    clinic.run(doses.strike, dose=told.id, why="for the brother", by="王芳", now=clinic.moment)
    assert on_record(clinic) == []
    action, detail = clinic.rows(Audit.action, Audit.detail)[-1]
    assert (action, detail["why"], detail["before"]["lot"]) == ("dose.strike", "for the brother", "L1")
    with pytest.raises(BadRecord, match=r"^dose: there is no dose with the ID 1"):
        clinic.run(doses.strike, dose=told.id, why="again", by="王芳", now=clinic.moment)


def test_a_birth_is_not_corrected_past_a_dose(give: Any, put: Any) -> None:
    give("BCG", "2026-06-01")
    with pytest.raises(BadRecord, match=r"^birth: a dose is on record of 2026-06-01, before that day"):
        put(card="B1", birth="2026-06-02")


def test_a_reminder_that_has_not_gone_is_taken_back_by_the_dose_by_hand_and_by_file(
    clinic: Any, give: Any, child: int, tmp_path: Path
) -> None:
    for number, vaccine in enumerate(("BCG", "MenA"), start=1):
        row = {
            "occasion": f"v:{number}", "phone": "+8615400000001", "text": "...", "message_class": "notice",
            "resident_id": child, "kind": "vaccine.due_sms", "due_at": clinic.moment, "created_at": clinic.moment,
            "expires_at": clinic.moment + dt.timedelta(days=2),
        }  # fmt: skip
        question = {
            "occasion": row["occasion"], "phone": row["phone"], "kind": "vaccine", "asked_at": clinic.moment,
            "expires_at": row["expires_at"], "answer": "",
            "subject": {"resident": child, "doses": [[vaccine, 1, 1, str(clinic.moment.date())]]},
        }  # fmt: skip
        clinic.run(lambda session, row=row, question=question: session.add_all([Message(**row), Question(**question)]))
    give("BCG", str(clinic.moment.date()))
    assert clinic.rows(Message.state) == ["cancelled", "queued"]
    path = tmp_path / "doses.csv"
    path.write_text("card,vaccine,day\nB1,MPSV-A,-1d\n")
    given = {"kind": "immunizations", "path": path, "vault": clinic.vault, "installation": HOUSE, "now": clinic.moment}
    clinic.run(imports.load, **given)
    assert clinic.rows(Message.state, Message.error) == [("cancelled", "overtaken")] * 2


# Contraindications


@pytest.fixture
def note(clinic: Any, child: int) -> Any:
    def note(reason: str, **given: Any) -> contraindications.Against:
        given = {"by": "王芳", "now": clinic.moment, **given}
        found: contraindications.Against = clinic.run(contraindications.add, child=child, reason=reason, **given)
        return found

    return note


def test_a_contraindication_is_noted_moved_and_ended(clinic: Any, note: Any, child: int) -> None:
    today = clinic.moment.date()
    fever = note("fever", until=today + dt.timedelta(days=3))
    assert (fever.against, fever.since, fever.name.en) == ("all", today, "fever")
    assert note("fever", until=today + dt.timedelta(days=5)).id == fever.id
    assert not note("fever", until=today + dt.timedelta(days=5)).is_changed
    clinic.wait(days=1)
    ended = clinic.run(contraindications.end, contraindication=fever.id, day=today, by="王芳", now=clinic.moment)
    assert ended.until == today
    assert clinic.rows(ChildFile.look_on) == [clinic.moment.date()]
    assert [row for row in clinic.rows(Audit.action) if row.startswith("contra")] == [
        "contraindication.add", "contraindication.add", "contraindication.end",
    ]  # fmt: skip
    with pytest.raises(BadRecord, match=r"^day: it is noted since"):
        clinic.run(contraindications.end, contraindication=fever.id, day=BIRTH, by="王芳", now=clinic.moment)
    listed = clinic.run(contraindications.of_child, child=child, today=clinic.moment.date())
    assert [(each.reason, each.until) for each in listed] == [("fever", today)]


def test_what_never_was_is_struck(clinic: Any, note: Any, child: int) -> None:
    allergy = note("anaphylaxis", vaccine="DTaP", since=dt.date(2026, 9, 1))
    assert allergy.against == "DTaP"
    clinic.run(contraindications.strike, contraindication=allergy.id, why="brother", by="王芳", now=clinic.moment)
    assert clinic.rows(Contraindication.id) == []
    with pytest.raises(BadRecord, match="there is none with the ID 1"):
        clinic.run(contraindications.end, contraindication=1, day=BIRTH, by="王芳", now=clinic.moment)


@pytest.mark.parametrize(
    "code", ["allergic_constitution", "jaundice", "febrile_seizures", "stable_epilepsy", "congenital_heart_disease"]
)
def test_what_is_none_is_refused_with_the_reason_in_both_languages(clinic: Any, note: Any, code: str) -> None:
    with pytest.raises(NotContraindicated) as refusal:
        note(code)
    assert refusal.value.why.zh.startswith("不是禁忌")
    assert refusal.value.why.en.startswith("no contraindication")
    assert clinic.rows(Contraindication.id) == []
    assert code in {each.code for each in contraindications.codes(clinic.moment.date()) if each.why}


@pytest.mark.parametrize(
    ("reason", "given", "why"),
    [
        ("measles", {}, "reason: 'measles' is no reason"),
        ("fever", {}, "reason: fever lasts to a day: name its last day"),
        ("anaphylaxis", {}, "reason: anaphylaxis is against one vaccine: name it"),
        ("immune_deficiency", {"since": dt.date(2026, 5, 1)}, "since: 2026-05-01 is before the birth"),
        ("immune_deficiency", {"since": dt.date(2027, 5, 1)}, "since: 2027-05-01 is still to come"),
    ],
)
def test_what_is_not_enough_is_refused(note: Any, reason: str, given: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRecord) as refusal:
        note(reason, **given)
    assert str(refusal.value).startswith(why)


# Other products.


def test_a_product_is_kept_as_it_was_given_and_told_as_what_it_counts(clinic: Any, give: Any, child: int) -> None:
    first = give("DTaP-IPV-Hib", "2026-08-01", "X7")
    assert [(one.given.vaccine, one.judgement, one.number) for one in first.counted] == [
        ("DTaP", "valid", 1),
        ("IPV", "valid", 1),
    ]
    assert (first.vaccine, first.number, first.lot) == ("DTaP-IPV-Hib", 1, "X7")
    assert give("DTaP", "2026-10-01").number == 2
    assert give("DTaP-IPV-Hib", "2026-12-01").number == 3  # as the rules see the DTaP in it
    assert on_record(clinic)[0] == ("DTaP-IPV-Hib", 1, dt.date(2026, 8, 1), "X7")
    view = clinic.run(shown.show, child=child, today=clinic.moment.date())
    assert [(dose.vaccine, [one.given.vaccine for one in dose.counted]) for dose in view.doses] == [
        ("DTaP-IPV-Hib", ["DTaP", "IPV"]),
        ("DTaP", ["DTaP"]),
        ("DTaP-IPV-Hib", ["DTaP", "IPV"]),
    ]
    assert {due.series: due.number for due in view.due if due.series in ("DTP", "polio")} == {"polio": 3, "DTP": 4}


def test_a_product_beside_a_vaccine_of_the_same_day_has_its_own_judgement(clinic: Any, give: Any, child: int) -> None:
    give("IPV", "2026-08-01")
    told = give("DTaP-IPV-Hib", "2026-08-01")
    assert [one.judgement for one in told.counted] == ["valid", "valid"]  # which of the two IPV is nobody's to say
    view = clinic.run(shown.show, child=child, today=clinic.moment.date())
    assert [[one.judgement for one in dose.counted] for dose in view.doses] == [["valid"], ["valid", "too_early"]]


def test_a_recall_goes_by_the_product(clinic: Any, give: Any, child: int) -> None:
    give("DTaP-IPV-Hib", "2026-08-01", "X7")
    given = {"lot": "X7", "wanted": lists.Wanted(standing=None)}
    assert [line.child.id for line in clinic.run(lists.lot, vaccine="DTaP-IPV-Hib", **given).lines] == [child]
    assert clinic.run(lists.lot, vaccine="DTaP", **given).lines == []


def test_what_is_no_code_names_products_too(give: Any) -> None:
    with pytest.raises(BadRecord, match=r"vaccine: 'Penta' is none of HepB, BCG.*, DTaP-IPV-Hib, .*, IG$"):
        give("Penta", "2026-08-01")
