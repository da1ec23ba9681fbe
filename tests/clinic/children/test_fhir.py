"""FHIR R4: Bundles and NDJSON of Patients and Immunizations, as hl7.org/fhir/R4 has their fields."""

from __future__ import annotations

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from clinic.children import fhir
from clinic.children.fhir import BadFiles
from clinic.tables import Audit, ChildFile, Immunization, RelatedPerson, Resident, Subscriber
from conf.fhir import vocabulary

CHILD = "110101202301310014"
IDENTITY, CARD = "urn:oid:2.16.156.10011.1.3", "urn:caredial:card"
CVX, OURS = "http://hl7.org/fhir/sid/cvx", "urn:caredial:vaccine"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"versionId": "1"},
    "identifier": [{"use": "official", "system": IDENTITY, "value": CHILD}, {"system": CARD, "value": "A1"}],
    "active": True,
    "name": [{"use": "nickname", "text": "涵涵"}, {"use": "official", "family": "周", "given": ["子涵"]}],
    "telecom": [
        {"system": "phone", "value": "+86 154 0000 0003", "use": "home"},
        {"system": "email", "value": "a@b.cn"},
    ],
    "gender": "male",
    "birthDate": "2023-01-31",
    "deceasedBoolean": False,
    "contact": [
        {
            "relationship": [{"coding": [{"system": ROLE, "code": "MTH"}]}],
            "name": {"family": "王", "given": ["芳"]},
            "telecom": [{"system": "phone", "value": "15400000001"}, {"system": "phone", "value": "1", "use": "old"}],
        },
        {"relationship": [{"text": "father"}], "telecom": [{"system": "phone", "value": "tel:15400000002"}]},
    ],
}
HEPB = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": {"coding": [{"system": CVX, "code": "08"}], "text": "Hep B"},
    "patient": {"reference": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"},
    "occurrenceDateTime": "2023-01-31",
    "primarySource": True,
    "lotNumber": "L1",
    "protocolApplied": [{"series": "1", "doseNumberPositiveInt": 1}],
}


def with_(resource: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The resource with other values; None takes an element away."""
    changed = {**copy.deepcopy(resource), **changes}
    return {name: value for name, value in changed.items() if value is not None}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [{"fullUrl": f"http://example.org/{number}", "resource": one} for number, one in enumerate(resources)]
    if resources:
        entries[0]["fullUrl"] = HEPB["patient"]["reference"]  # type: ignore[index]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


@pytest.fixture
def load(clinic: Any, tmp_path: Path) -> Any:
    def load(*documents: Any, centre: str | None = "DY") -> dict[str, int]:
        """Bundles as they are, lists as NDJSON, texts as they stand; how many of each, where there are any."""
        paths = []
        for number, document in enumerate(documents):
            path = tmp_path / f"{number}.json"
            if isinstance(document, list):
                path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in document) + "\n")
            else:
                path.write_text(document if isinstance(document, str) else json.dumps(document, indent=2))
            paths.append(path)
        given = {"vault": clinic.vault, "region": "CN", "centre": centre, "now": clinic.moment}
        counted = clinic.run(fhir.load, paths=paths, **given)
        return {what: many for what, many in counted.items() if many}

    return load


def mistakes(load: Any, *documents: Any, **given: Any) -> list[str]:
    with pytest.raises(BadFiles) as refusal:
        load(*documents, **given)
    return refusal.value.mistakes


def doses(clinic: Any) -> list[Any]:
    row = Immunization
    return list(clinic.rows(row.resident_id, row.vaccine, row.dose, row.given_on, row.lot))


def test_a_bundle_opens_files_and_brings_doses_and_once_more_changes_nothing(clinic: Any, load: Any) -> None:
    whole = bundle(PATIENT, HEPB, with_(HEPB, vaccineCode={"coding": [{"system": OURS, "code": "BCG"}]}))
    for _ in range(2):
        assert load(whole) == {"children": 1, "doses": 2}
        assert clinic.rows(Resident.name, Resident.birth, Resident.centre_id) == [("周子涵", dt.date(2023, 1, 31), 1)]
        assert clinic.rows(ChildFile.card, ChildFile.standing) == [("A1", "active")]
        assert doses(clinic) == [(1, "HepB", 1, dt.date(2023, 1, 31), "L1"), (1, "BCG", 1, dt.date(2023, 1, 31), "L1")]
        assert clinic.rows(RelatedPerson.relation, RelatedPerson.is_told) == [
            ("mother", True), ("guardian", True), ("guardian", True),
        ]  # fmt: skip
        assert clinic.rows(Audit.action) == ["child.new", "child.card"]
    assert clinic.rows(Subscriber.phone) == ["+8615400000001", "+8615400000002", "+8615400000003"]


def test_files_of_a_bulk_export_refer_to_each_other(clinic: Any, load: Any) -> None:
    dose = with_(
        HEPB, patient={"reference": "Patient/p1"}, protocolApplied=None, occurrenceDateTime="2023-01-31T23:30:00Z"
    )
    assert load([dose], [PATIENT]) == {"children": 1, "doses": 1}
    assert doses(clinic) == [(1, "HepB", 1, dt.date(2023, 2, 1), "L1")]  # the day it was at the centre


def test_a_newborn_by_its_card_and_doses_by_identifier_later(clinic: Any, load: Any) -> None:
    newborn = with_(PATIENT, identifier=[{"system": CARD, "value": "B1"}], birthDate="2027-03-01", gender="female")
    assert load(bundle(newborn)) == {"children": 1}
    assert clinic.rows(Resident.sex, Resident.birth) == [("female", dt.date(2027, 3, 1))]
    by_card = {"identifier": {"system": CARD, "value": "b1"}}
    assert load(bundle(with_(HEPB, patient=by_card, occurrenceDateTime="2027-03-02")), centre=None) == {"doses": 1}
    assert doses(clinic) == [(1, "HepB", 1, dt.date(2027, 3, 2), "L1")]


def test_what_was_not_done_is_left_out_and_what_was_an_error_is_struck(clinic: Any, load: Any) -> None:
    load(bundle(PATIENT, HEPB))
    wrong = with_(HEPB, status="entered-in-error")
    others = [
        with_(HEPB, status="not-done", lotNumber=None),
        with_(HEPB, isSubpotent=True),
        {"resourceType": "Location"},
    ]
    counted = {"children": 1, "struck": 1, "not done": 1, "subpotent": 1, "other resources": 1}
    assert load(bundle(PATIENT, wrong, *others)) == counted
    assert doses(clinic) == []
    assert clinic.rows(Audit.action)[-1] == "dose.strike"
    assert load(bundle(PATIENT, wrong)) == {"children": 1, "not on record": 1}


def test_a_system_without_phones_or_centres_takes_none_away(clinic: Any, load: Any) -> None:
    load(bundle(PATIENT))
    load(bundle(with_(PATIENT, contact=None, telecom=None)), centre="NH")
    assert clinic.rows(RelatedPerson.is_told) == [True, True, True]
    assert clinic.rows(Resident.centre_id) == [1]
    load(bundle(with_(PATIENT, deceasedDateTime="2026-01-01")))
    assert clinic.rows(ChildFile.standing) == ["died"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"birthDate": 20230131}, "birthDate: expected `str`, got `int`"),
        ({"birthDate": "2023-01-30"}, "birthDate: the identity number says 2023-01-31"),
        ({"identifier": None}, "identifier: neither an identity number nor a card; conf/fhir.toml has their systems"),
        ({"identifier": [{"system": IDENTITY, "value": "1"}]}, "identifier: not a valid identity number (GB 11643)"),
        ({"identifier": [{"system": CARD, "value": "B1"}], "birthDate": "2023-01"},
         "birthDate: '2023-01' is not a whole date, such as 2024-03-08"),
        ({"identifier": [{"system": CARD, "value": "B1"}], "birthDate": None}, "birthDate: missing"),
        ({"identifier": [{"system": CARD, "value": "B1"}], "gender": "unknown"},
         "gender: 'unknown' is none of female, male"),
        ({"name": []}, "name: there is none"),
        ({"telecom": [{"system": "phone", "value": "none"}]}, "contact: guardian: not a phone number"),
        ({"name": "周子涵"}, "name: expected `array`, got `str`"),
        ({"contact": [{"telecom": [{"system": 7}]}]}, "contact[0].telecom[0].system: expected `str`, got `int`"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_patient_is_told_with_its_place(
    clinic: Any, load: Any, changes: dict[str, Any], told: str
) -> None:
    assert mistakes(load, bundle({"resourceType": "Location"}, with_(PATIENT, **changes))) == [
        f"Bundle.entry[1].resource.{told}"
    ]
    assert clinic.rows(Resident.id) == []
    assert mistakes(load, [{"resourceType": "Location"}, with_(PATIENT, **changes)]) == [f"line 2: Patient.{told}"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "done"}, "status: 'done' is neither of completed, not-done, entered-in-error"),
        ({"status": None}, ": object missing required field `status`"),
        ({"vaccineCode": {"text": "Hep B"}}, "vaccineCode: no coding is none that conf/fhir.toml knows"),
        ({"vaccineCode": {"coding": [{"system": CVX, "code": "207"}]}},
         f"vaccineCode: {CVX}|207 is none that conf/fhir.toml knows"),
        ({"vaccineCode": {"coding": [{"system": OURS, "code": "Flu"}]}}, "vaccineCode: 'Flu' is none of HepB, BCG"),
        ({"occurrenceDateTime": None, "occurrenceString": "at birth"}, "occurrenceDateTime: missing"),
        ({"occurrenceDateTime": "2023-01-30"}, "occurrenceDateTime: 2023-01-30 is before the birth"),
        ({"occurrenceDateTime": "2033-01-30"}, "occurrenceDateTime: 2033-01-30 is still to come"),
        ({"occurrenceDateTime": "2023-02-01T25:00:00Z"}, "occurrenceDateTime: '2023-02-01T25:00:00Z' is no dateTime"),
        ({"lotNumber": "L" * 41}, "lotNumber: longer than 40 characters"),
        ({"patient": {"reference": "Patient/none"}},
         "patient: Patient/none is of no Patient in these files; import the Patient too"),
        ({"patient": {"identifier": {"system": CARD, "value": "B9"}}},
         "patient: no child with this identifier is on record; import the Patient too"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_immunization_is_told_with_its_place(
    clinic: Any, load: Any, changes: dict[str, Any], told: str
) -> None:
    (found,) = mistakes(load, bundle(PATIENT, HEPB, with_(HEPB, **changes)))
    assert found.removeprefix("Bundle.entry[2].resource").lstrip(".").startswith(told)
    assert doses(clinic) == []
    assert clinic.rows(Resident.id) == []


def test_a_new_child_needs_a_centre(load: Any) -> None:
    why = "the child is new; --centre says which centre looks after it"
    assert mistakes(load, bundle(PATIENT), centre=None) == [f"Bundle.entry[0].resource.managingOrganization: {why}"]
    assert mistakes(load, bundle(PATIENT), centre="ZZ") == ["centre: there is no centre ZZ; there are: DY, NH"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "Bundle: not JSON in UTF-8"),
        ("[]", "Bundle: expected `object`, got `array`"),
        ('{"resourceType": "Parameters"}', "line 1"),
        ('{"resourceType": "Bundle", "entry": [{"fullUrl": 1}]}', "Bundle.entry[0].fullUrl: expected `str`, got `int`"),
        ('{"resourceType": "Patient"}\n{', "line 2: not JSON in UTF-8"),
        ('{\n"resourceType": "ValueSet"}', "resourceType: 'ValueSet' is no Bundle"),
    ],
)
def test_a_file_that_is_none(load: Any, text: str, told: str) -> None:
    if told == "line 1":  # a resource that is of no use here is counted, and left alone
        assert load(text) == {"other resources": 1}
    else:
        assert mistakes(load, text)[0].startswith(told)


def test_names_in_other_scripts_and_all_mistakes_at_once(clinic: Any, load: Any) -> None:
    john = with_(PATIENT, name=[{"family": "Smith", "given": ["John", None]}], telecom=None, contact=None)
    load(bundle(john))
    assert clinic.rows(Resident.name) == ["John Smith"]
    bad = with_(PATIENT, identifier=None), with_(PATIENT, name=[])
    assert len(mistakes(load, bundle(*bad, with_(HEPB, status="x")))) == 3


def test_every_code_means_a_vaccine_of_ours() -> None:
    from clinic.children.entries import RELATIONS  # noqa: PLC0415
    from clinic.vaccines.records import IMMUNOGLOBULIN  # noqa: PLC0415
    from conf.vaccines import codes  # noqa: PLC0415

    words = vocabulary()
    assert {code for those in words.vaccines.values() for code in those.values()} <= {*codes(), IMMUNOGLOBULIN}
    assert {word for codes in words.relations.values() for word in codes.values()} <= set(RELATIONS)


@pytest.mark.parametrize(
    ("cvx", "product"),
    [("120", "DTaP-IPV-Hib"), ("170", "DTaP-IPV-Hib"), ("50", "DTaP-Hib"), ("02", "tOPV"), ("04", "MR")],
)
def test_other_products_come_by_their_codes(clinic: Any, load: Any, cvx: str, product: str) -> None:
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": cvx}]}
    load(bundle(PATIENT, with_(HEPB, vaccineCode=code)))
    assert [row[1] for row in doses(clinic)] == [product]
