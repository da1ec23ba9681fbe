"""Children, doses and contraindications from CSV: rows by number or by card, every mistake with its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from clinic import imports
from clinic.imports import BadFile
from clinic.tables import Audit, ChildFile, Contraindication, Immunization, RelatedPerson, Resident
from tests.clinic.conftest import HOUSE

CHILD = "110101202301310014"
CHILDREN = "identity,card,name,birth,sex,centre,guardians,residence,standing,unit,birth_weight,mother_hbsag,language\n"
NEWBORN = ",B1,林浩然,-30d,male,DY,mother:15400000001,mobile,active,mobile,1900,positive,en\n"
KNOWN = f"{CHILD},A1,周子涵,,,NH,,,,,,,\n"
DOSES = "identity,card,vaccine,dose,day,lot\n"


@pytest.fixture
def load(clinic: Any, tmp_path: Path) -> Any:
    def load(kind: str, text: str) -> int:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        given = {"vault": clinic.vault, "installation": HOUSE, "now": clinic.moment}
        return int(clinic.run(imports.load, kind=kind, path=path, **given))

    return load


def mistakes(load: Any, kind: str, text: str) -> list[str]:
    with pytest.raises(BadFile) as refusal:
        load(kind, text)
    return refusal.value.mistakes


def test_files_are_opened_and_a_second_time_changes_nothing(clinic: Any, load: Any) -> None:
    assert load("children", CHILDREN + NEWBORN + KNOWN) == 2
    file = ChildFile
    before = clinic.rows(file.card, file.residence, file.unit, file.birth_weight, file.mother_hbsag, file.standing)
    assert before == [
        ("B1", "mobile", "mobile", 1900, "positive", "active"),
        ("A1", "local", "other", None, "unknown", "active"),
    ]
    assert clinic.rows(Resident.birth) == [dt.date(2027, 2, 6), dt.date(2023, 1, 31)]
    notes = clinic.rows(Audit.id)
    assert load("children", CHILDREN + NEWBORN + KNOWN) == 2
    assert clinic.rows(Audit.id) == notes
    assert clinic.rows(RelatedPerson.relation, RelatedPerson.is_told) == [("mother", True)]


def test_a_column_that_is_not_there_leaves_what_is(clinic: Any, load: Any) -> None:
    load("children", CHILDREN + NEWBORN)
    load("children", "card,name,centre\nB1,林浩然,DY\n")
    assert clinic.rows(ChildFile.residence, ChildFile.birth_weight) == [("mobile", 1900)]
    assert clinic.rows(RelatedPerson.is_told) == [True]
    load("children", "card,name,centre,guardians\nB1,林浩然,DY,\n")
    assert clinic.rows(RelatedPerson.is_told) == [False]


def test_every_bad_row_is_told_with_its_line_and_nothing_is_kept(clinic: Any, load: Any) -> None:
    told = mistakes(
        load,
        "children",
        CHILDREN + NEWBORN + ",,林浩然,-3d,male,DY,,,,,,,\n,B2,林浩然,,male,DY,,,,,,,\n"
        "x,,林浩然,,,DY,,,,,,,\n,B3,林浩然,-3d,male,ZZ,,,,,,,\n,B1,林皓然,-3d,male,DY,,abroad,,,,,\n",
    )
    assert told == [
        "line 3: card: needed where there is no identity number",
        "line 4: birth: needed where there is no identity number that tells it",
        "line 5: identity: not a valid identity number (GB 11643)",
        "line 6: centre: there is no centre 'ZZ'",
        "line 7: residence: 'abroad' is none of local, mobile, temporary",
    ]
    assert clinic.rows(ChildFile.id) == clinic.rows(Resident.id) == []


def test_doses_by_card_and_without_numbers_and_the_file_is_looked_at(clinic: Any, load: Any) -> None:
    load("children", CHILDREN + NEWBORN + KNOWN)
    clinic.wait(days=2)
    rows = f",b1,HepB,,-32d,L1\n,B1,BCG,,-32d,\n{CHILD},,IG,,2027-03-01,\n{CHILD},,HepB,2,2023-03-03,L2\n"
    doses = Immunization
    for _ in range(2):
        assert load("immunizations", DOSES + rows.replace("-32d", str(dt.date(2027, 2, 6)))) == 4
        assert clinic.rows(doses.resident_id, doses.vaccine, doses.dose, doses.lot) == [
            (1, "HepB", 1, "L1"), (1, "BCG", 1, ""), (2, "IG", 1, ""), (2, "HepB", 2, "L2"),
        ]  # fmt: skip
    assert clinic.rows(ChildFile.look_on) == [clinic.moment.date()] * 2
    load("immunizations", DOSES + f",B1,HepB,,{dt.date(2027, 2, 6)},L9\n")
    assert clinic.rows(doses.lot)[0] == "L9"


def test_a_dose_of_nobody(load: Any) -> None:
    assert mistakes(load, "immunizations", f"{DOSES},B9,HepB,,2027-02-06,\n,,HepB,,2027-02-06,\n") == [
        "line 2: card: no child on record has B9; import children first",
        "line 3: identity: neither it nor a card is given",
    ]


def test_contraindications_and_what_is_none(clinic: Any, load: Any) -> None:
    load("children", CHILDREN + NEWBORN)
    columns = "card,reason,vaccine,since,until\n"
    good = "B1,fever,,-1d,+3d\nB1,anaphylaxis,HepB,2027-02-06,\n"
    for _ in range(2):
        assert load("contraindications", columns + good) == 2
    row = Contraindication
    assert clinic.rows(row.against, row.reason, row.since, row.until, row.noted_by) == [
        ("all", "fever", dt.date(2027, 3, 7), dt.date(2027, 3, 11), "import"),
        ("HepB", "anaphylaxis", dt.date(2027, 2, 6), None, "import"),
    ]
    told = mistakes(load, "contraindications", columns + good + "B1,jaundice,,,\nB1,fever,,,\nB1,fever,,,soon\n")
    assert told[0].startswith("line 4: reason: 黄疸：不是禁忌")
    assert "jaundice: no contraindication" in told[0]
    assert told[1:] == [
        "line 5: reason: fever lasts to a day: name its last day",
        "line 6: until: 'soon' is not a date, such as 2024-03-08",
    ]


def test_other_products_are_kept_as_they_are(clinic: Any, load: Any) -> None:
    load("children", CHILDREN + KNOWN)
    load("immunizations", DOSES + f"{CHILD},,DTaP-IPV-Hib,,2023-05-01,X7\n{CHILD},,DTaP,,2023-06-01,\n")
    rows = clinic.rows(Immunization.vaccine, Immunization.dose, Immunization.lot)
    assert rows == [("DTaP-IPV-Hib", 1, "X7"), ("DTaP", 2, "")]
