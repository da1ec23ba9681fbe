"""`caredial children` and `caredial import fhir`, as a person at the counter uses them."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from clinic.tables import Audit, Immunization

TODAY = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
BORN = TODAY - dt.timedelta(days=40)
NEW = ("--card", "C1", "--name", "林浩然", "--birth", str(BORN), "--sex", "male", "--centre", "DY")


@pytest.fixture
def child(caredial: Any, place: Any) -> str:
    result = caredial("children", "new", *NEW, "--guardian", "mother:15470000077", "--unit", "东苑村")
    assert result.exit_code == 0, result.output
    return re.match(r"child (\d+): a new file", result.stdout)[1]  # type: ignore[index]


def rows(path: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_childs_way_from_the_card_to_the_record(caredial: Any, place: Any, child: str) -> None:
    told = caredial("children", "dose", "C1", "HepB", "--day", str(BORN), "--lot", "L1").stdout
    assert f"child {child}: HepB 1 of {BORN}, lot L1 is recorded (dose ID " in told
    assert "valid: HepB dose 1" in told
    early = caredial("children", "dose", child, "HepB", "--day", str(BORN + dt.timedelta(days=20))).stdout
    assert "too early: HepB dose 2" in early
    assert "不计为第2剂" in early
    shown = caredial("children", "show", "c1").stdout
    for line in (
        f"child {child}: 林**, male, born {BORN}",
        "card C1; no identity number yet; 东苑社区卫生服务中心, 东苑村; local, active",
        "told: mother +86154****0077",
        "too early: HepB dose 2",
        f"BCG: due: BCG dose 1, can be given on {TODAY}",
    ):
        assert line in shown
    assert "林浩然" in caredial("children", "show", "C1", "--shown", "--why").stdout
    document = json.loads(caredial("children", "show", "C1", "--json").stdout)
    assert [dose["judged"]["judgement"] for dose in document["doses"]] == ["valid", "too_early"]
    assert all(isinstance(line, str) for due in document["due"] for line in due["why"])


def test_a_file_is_changed_and_says_what(caredial: Any, place: Any, child: str) -> None:
    change = ("children", "change", "C1")
    told = caredial(*change, "--guardian", "father:15470000078", "--birth-weight", "1900", "--card", "C2").stdout
    assert told == f"child {child}: changed: birth weight, guardians, card\n"
    assert caredial("children", "change", child, "--card", "C2").stdout == f"child {child}: nothing was to be changed\n"
    assert "told: father +86154****0078" in caredial("children", "show", child).stdout
    assert caredial("children", "change", child, "--no-card", "--no-guardians").stdout.endswith("card, guardians\n")
    assert "told: nobody" in caredial("children", "show", child).stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("new", *NEW[:-1], "ZZ"), 2, "--centre: there is no centre ZZ; there are: DY, NH, XS"),
        (("new", *NEW, "--birth-weight", "3.2"), 2, "--birth-weight: '3.2' is not a weight in grams"),
        (("new", *NEW, "--guardian", "15470000077"), 2, "--guardians: '*******0077' is not like mother:15400000001"),
        (("new", "--name", "林浩然", "--centre", "DY"), 2, "--card: needed where there is no identity number"),
        (("show", "C9"), 1, "no child is on record with this card, identity number or ID; `caredial children list`"),
        (("dose", "C1", "Flu"), 2, "--vaccine: 'Flu' is none of HepB"),
        (("dose", "C1", "BCG", "--day", "+3"), 2, "is still to come"),
        (("strike", "99999", "--why", "x"), 2, "--dose: there is no dose with the ID 99999"),
        (("against", "add", "C1", "fever"), 2, "--reason: fever lasts to a day: name its last day"),
        (("school",), 2, "say whom to check: CHILDREN, or --list FILE, or --unit or --centre"),
        (("due", "--centre", "ZZ"), 2, "there is no centre ZZ"),
        (("due", "--csv", "-", "--json"), 2, "--json: either it or --csv"),
    ],
)
def test_what_is_wrong_says_what_to_do(caredial: Any, child: str, words: tuple[str, ...], code: int, told: str) -> None:
    result = caredial("children", *words)
    assert (result.exit_code, told in result.stderr) == (code, True), result.stderr


def test_a_dose_is_corrected_and_struck(caredial: Any, place: Any, child: str) -> None:
    told = caredial("children", "dose", "C1", "BCG", "--day", str(BORN), "--lot", "L1").stdout
    dose = re.search(r"dose ID (\d+)", told)[1]  # type: ignore[index]
    assert "lot L2 is corrected" in caredial("children", "correct", dose, "--lot", "L2").stdout
    struck = caredial("children", "strike", dose, "--why", "the brother's")
    assert struck.stdout == f"child {child}: BCG 1 of {BORN} is struck\n"
    assert "doses: none" in caredial("children", "show", "C1").stdout


def test_a_recall_finds_who_was_given_the_lot(caredial: Any, place: Any, child: str) -> None:
    caredial("children", "dose", "C1", "BCG", "--day", str(BORN), "--lot", "RECALL7")
    caredial("children", "change", "C1", "--standing", "moved")
    result = caredial("children", "lots", "BCG", "RECALL7", "--csv", "recall.csv", "--shown")
    assert result.stderr == "1 dose in recall.csv\n"
    (row,) = rows("recall.csv")
    assert (row["card"], row["name"], row["standing"], row["given_on"]) == ("C1", "林浩然", "moved", str(BORN))
    assert row["phones"] == "+8615470000077"


def test_contraindications_and_what_is_none(caredial: Any, place: Any, child: str) -> None:
    told = caredial("children", "against", "add", "C1", "fever", "--until", "+3").stdout
    number = re.match(rf"child {child}: (\d+): 发热 / fever, against all, from {TODAY} to", told)[1]  # type: ignore[index]
    assert caredial("children", "against", "list", "C1").stdout.startswith(f"{number}: 发热 / fever")
    refused = caredial("children", "against", "add", "C1", "jaundice")
    assert refused.exit_code == 1
    assert "黄疸 / jaundice: 不是禁忌" in refused.stderr
    assert "nothing was noted" in refused.stderr
    end = caredial("children", "against", "end", number, "--never-was", "the brother's")
    assert "struck" in end.stdout
    assert caredial("children", "against", "list", "C1").stdout == "no contraindication is on record\n"
    codes = caredial("children", "against", "codes").stdout
    assert "immune_deficiency" in codes
    assert "allergic_constitution" in codes


def test_lists_of_the_sample_are_masked_and_go_out_whole(caredial: Any, place: Any) -> None:
    listed = caredial("children", "list").stdout
    assert "41 child files" in listed
    assert not re.search(r"154\d{8}", listed)
    assert "3 child files" in caredial("children", "list", "--without-phone").stdout
    assert "42 child files" in caredial("children", "list", "--standing", "all").stdout
    lines = caredial("children", "due", "--centre", "DY", "--until", "+30", "--json").stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert {line["centre"] for line in found} == {"DY"}
    assert {"due", "overdue", "later"} >= {line["status"] for line in found}
    assert all(TODAY <= dt.date.fromisoformat(line["on"]) <= TODAY + dt.timedelta(days=30) for line in found)
    assert caredial("children", "overdue", "--vaccine", "MMR", "--csv", "mmr.csv", "--shown").exit_code == 0
    overdue = rows("mmr.csv")
    assert {row["vaccine"] for row in overdue} == {"MMR"}
    assert {row["reminded"] for row in overdue} == {"0"}
    assert Path("mmr.csv").stat().st_mode & 0o777 == 0o600


def test_school_entry_of_one_of_a_list_and_of_a_unit(caredial: Any, place: Any) -> None:
    told = caredial("children", "school", "B2026024", "--certificate").stdout
    assert re.search(r"B2026024：(已完成|未完成)", told)
    assert re.search(rf"checked {TODAY}: .\*+, born [\d-]+, B2026024: ", told)
    identity = next(row["identity"] for row in rows(str(SAMPLE / "children.csv")) if row["identity"])
    Path("class.csv").write_text(f"card,identity\nB2026012,\nX1,\n,{identity}\n,110101202301310014\n")
    result = caredial("children", "school", "--list", "class.csv", "--csv", "checked.csv", "--why")
    assert result.stderr == "4 results in checked.csv\n"
    found = rows("checked.csv")
    assert [row["result"] for row in found] == ["incomplete", "not on record", "incomplete", "not on record"]
    assert found[0]["not_given_for_good"] == "DTP"
    assert "MPSV-A:1" in found[0]["missing"]
    assert found[3]["card"] == "***0014"
    assert identity not in Path("checked.csv").read_text()
    why = caredial("children", "school", "B2026012", "X1", "--why").stdout
    assert re.match(r"\d+ B2026012 张\*+: incomplete\n  \S+ dose \d\n    ", why)
    assert why.endswith("X1: not on record\n")
    unit = caredial("children", "school", "--unit", "新桥村", "--json").stdout.splitlines()
    assert {json.loads(line)["unit"] for line in unit} == {"新桥村"}
    Path("bad.csv").write_text("name\n林浩然\n")
    assert "no column identity, and no column card" in caredial("children", "school", "--list", "bad.csv").stderr


SAMPLE = Path(__file__).parents[3] / "conf" / "sample"


def test_fhir_is_imported_and_its_mistakes_are_told(caredial: Any, place: Any) -> None:
    patient = {
        "resourceType": "Patient", "id": "1", "identifier": [{"system": "urn:caredial:card", "value": "F1"}],
        "name": [{"text": "林浩然"}], "gender": "male", "birthDate": str(BORN),
    }  # fmt: skip
    dose = {
        "resourceType": "Immunization", "status": "completed", "patient": {"reference": "Patient/1"},
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "19"}]},
        "occurrenceDateTime": str(BORN), "lotNumber": "L1",
    }  # fmt: skip
    Path("all.ndjson").write_text(f"{json.dumps(patient)}\n{json.dumps(dose)}\n")
    before = place.store.run_now(lambda session: session.query(Immunization).count())
    refused = caredial("import", "fhir", "all.ndjson")
    assert refused.exit_code == 1
    assert "line 1: Patient.managingOrganization: the child is new; --centre" in refused.stderr
    assert caredial("import", "fhir", "all.ndjson", "--centre", "DY").stdout == "1 children, 1 doses\n"
    assert caredial("import", "fhir", "all.ndjson").stdout == "1 children, 1 doses\n"
    assert place.store.run_now(lambda session: session.query(Immunization).count()) == before + 1
    assert "valid: BCG dose 1" in caredial("children", "show", "F1").stdout


def test_another_product_says_as_what_it_counts(caredial: Any, place: Any, child: str) -> None:
    told = caredial("children", "dose", "C1", "DTaP-IPV-Hib", "--day", str(BORN), "--lot", "X7").stdout
    assert f"child {child}: DTaP-IPV-Hib 1 of {BORN}, lot X7 is recorded" in told
    assert "too early: DTP dose 1 as DTaP\n" in told
    assert "too early: polio dose 1 as IPV\n" in told
    shown = caredial("children", "show", "C1").stdout
    assert "DTaP-IPV-Hib 1  lot X7  too early: DTP dose 1 as DTaP; too early: polio dose 1 as IPV" in shown
    (dose,) = json.loads(caredial("children", "show", "C1", "--json").stdout)["doses"]
    assert [(one["as"], one["judgement"]) for one in dose["counted"]] == [("DTaP", "too_early"), ("IPV", "too_early")]


def test_everybody_is_looked_at_again(caredial: Any, place: Any, child: str) -> None:
    told = caredial("children", "look-again").stdout
    assert told == f"the reminders look again at 42 child files from {TODAY} on\n"
    assert re.search(r"again at \d+ child files from", caredial("children", "look-again", "--centre", "DY").stdout)
    assert "there is no centre ZZ" in caredial("children", "look-again", "--centre", "ZZ").stderr


@pytest.mark.parametrize(
    "words",
    [
        ("show", "C1"),
        ("list",),
        ("due",),
        ("overdue",),
        ("lots", "HepB", "L1"),
        ("school", "C1"),
        ("school", "--unit", "东苑村"),
    ],
)
def test_who_sees_names_in_full_is_written_down(caredial: Any, place: Any, child: str, words: tuple[str, ...]) -> None:
    caredial("children", "dose", "C1", "HepB", "--day", str(BORN), "--lot", "L1")
    seen = select(Audit.actor, Audit.subject).where(Audit.action == "child.shown")

    def written() -> set[tuple[str, str]]:
        return {tuple(row) for row in place.store.run_now(lambda s: s.execute(seen).all())}

    assert "林浩然" not in caredial("children", *words, "--by", "li").stdout
    assert written() == set()
    result = caredial("children", *words, "--shown", "--json", "--by", "li")
    assert result.exit_code == 0, result.output
    found = {json.loads(line)["id"] for line in result.stdout.splitlines()}
    assert found
    assert written() == {("staff:li", f"resident:{number}") for number in found}
