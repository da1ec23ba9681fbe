"""CSV files: the sample loads, a bad row is told with its line, and nothing is ever half imported."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from clinic import imports, residents, schedule, subscribers
from clinic.imports import BadFile
from clinic.people import persons
from clinic.tables import (
    Base,
    Centre,
    ChildFile,
    ClinicSession,
    Contraindication,
    Department,
    Immunization,
    Practitioner,
    RelatedPerson,
    Resident,
    ResidentTag,
    Subscriber,
    Visit,
)
from tests.clinic.conftest import HOUSE

SAMPLE = Path(__file__).parents[2] / "conf" / "sample"
TABLES = {
    "centres": Centre,
    "departments": Department,
    "practitioners": Practitioner,
    "sessions": ClinicSession,
    "residents": Resident,
    "children": ChildFile,
    "immunizations": Immunization,
    "contraindications": Contraindication,
}
SEALS = {"identity_sealed"}
SESSIONS = "centre,department,practitioner,day,half,capacity,fee,release\n"
RESIDENTS = "name,identity,phone,centre,language\n"
WOMAN, MAN = "110101195808142424", "360426199101010071"


@pytest.fixture
def load(clinic: Any, tmp_path: Path) -> Any:
    def load(kind: str, source: Path | str | bytes, **more: Any) -> int:
        path = source if isinstance(source, Path) else tmp_path / f"{kind}.csv"
        if not isinstance(source, Path):
            path.write_bytes(source if isinstance(source, bytes) else source.encode())
        given = {"vault": clinic.vault, "installation": HOUSE, "now": clinic.moment, **more}
        return int(clinic.run(imports.load, kind=kind, path=path, **given))

    return load


def mistakes(load: Any, kind: str, source: Path | str | bytes) -> list[str]:
    with pytest.raises(BadFile) as refusal:
        load(kind, source)
    return refusal.value.mistakes


def counts(clinic: Any) -> dict[str, int]:
    return {kind: len(clinic.rows(table.id)) for kind, table in TABLES.items()}


def test_the_sample_loads_and_a_second_time_changes_nothing(clinic: Any, load: Any) -> None:
    before = counts(clinic)
    rows = {kind: load(kind, SAMPLE / f"{kind}.csv") for kind in imports.kinds()}
    assert rows == {kind: len((SAMPLE / f"{kind}.csv").read_text().splitlines()) - 1 for kind in rows}
    first = {table: clinic.rows(*content(table)) for table in (*TABLES.values(), RelatedPerson, Subscriber)}
    newborn = sum(row.startswith("-") for row in _births())
    assert counts(clinic)["residents"] == before["residents"] + rows["residents"] + newborn
    assert counts(clinic)["children"] == rows["children"]
    assert {kind: load(kind, SAMPLE / f"{kind}.csv") for kind in imports.kinds()} == rows
    assert {table: clinic.rows(*content(table)) for table in first} == first
    assert clinic.run(schedule.departments, centre=1, now=clinic.moment)


def _births() -> list[str]:
    with (SAMPLE / "children.csv").open(encoding="utf-8") as file:
        return [row["birth"] for row in csv.DictReader(file)]


def content(table: type[Base]) -> list[Any]:
    """All columns but the seal, which is another one each time."""
    return [getattr(table, column.key) for column in table.__table__.columns if column.key not in SEALS]


def test_progress_is_told_row_by_row(load: Any) -> None:
    seen: list[tuple[int, int]] = []
    load("centres", "code,name_zh,name_en\nA,甲,\nB,乙,\n", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_every_bad_row_is_told_at_once_and_nothing_is_kept(clinic: Any, load: Any) -> None:
    before = counts(clinic)
    told = mistakes(
        load,
        "residents",
        f"{RESIDENTS}"
        f"王芳,{WOMAN},15400000001,DY,zh\n"
        f"王,{MAN},15400000001,DY,zh\n"
        f"李强,{MAN[:-1]}2,15400000001,DY,zh\n"
        f"李强,{MAN},1540000000x,DY,zh\n"
        f"李强,{MAN},15400000001,XX,zh\n"
        f"李强,{MAN},15400000001,DY,fr\n",
    )
    assert told == [
        "line 3: name: not a name of 2 to 40 letters",
        "line 4: identity: not a valid identity number (GB 11643)",
        "line 5: phone: not a phone number",
        "line 6: centre: there is no centre 'XX'",
        "line 7: language: 'fr' is neither of zh, en",
    ]
    assert counts(clinic) == before
    assert clinic.rows(Subscriber.id) == []


def test_rows_after_a_bad_one_are_still_looked_at(clinic: Any, load: Any) -> None:
    before = counts(clinic)
    assert mistakes(load, "sessions", f"{SESSIONS}DY,EB,,+0,am,many,0,\nDY,EB,,+0,pm,10,0,\nDY,EB,,+1,am,10,x,\n") == [
        "line 2: capacity: 'many' is not a whole number of places",
        "line 4: fee: 'x' is no amount, as 12.50",
    ]
    assert counts(clinic) == before


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("XX,QK,,+0,am,10,0,", "centre: there is no centre 'XX'"),
        ("DY,XX,,+0,am,10,0,", "department: DY has no department 'XX'"),
        ("DY,QK,9,+0,am,10,0,", "practitioner: the centre has no practitioner '9'"),
        ("DY,QK,,soon,am,10,0,", "day: 'soon' is neither a date (2027-03-08) nor days from today (+3)"),
        ("DY,QK,,0001-01-01,am,10,0,-7d 07:00", "day: 0001-01-01 is not in this age"),
        ("DY,QK,,+0,noon,10,0,", "half: 'noon' is neither am nor pm"),
        ("DY,QK,,+0,am,many,0,", "capacity: 'many' is not a whole number of places"),
        ("DY,QK,,+0,am,-1,0,", "capacity: '-1' is not a whole number of places"),
        ("DY,QK,,+0,am,10,free,", "fee: 'free' is no amount, as 12.50"),
        ("DY,QK,,+0,am,10,0.005,", "fee: 0.005: CNY has 2 digits after the point"),
        ("DY,QK,,+0,am,10,-1,", "fee: -1 is negative, or more than 1000000"),
        ("DY,QK,,+0,am,10,NaN,", "fee: 'NaN' is no amount, as 12.50"),
        ("DY,QK,,+0,am,10,1e12,", "fee: '1e12' is no amount, as 12.50"),
        ("DY,QK,,+0,am,10,0,tomorrow", "release: 'tomorrow' is neither empty nor like -7d 07:00"),
        ("DY,QK,,+0,am,10,0,-7d 25:00", "release: '25:00' is not an hour, such as 08:30"),
        ("DY,QK", "day: '' is neither a date (2027-03-08) nor days from today (+3)"),
        (
            "DY,QK,,+0,am,10,0,,9",
            "more values than columns; a value with a comma stands in double quotes",
        ),
    ],
)
def test_what_a_bad_session_row_is_told(load: Any, row: str, told: str) -> None:
    assert mistakes(load, "sessions", f"{SESSIONS}{row}\n") == [f"line 2: {told}"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("A B,甲,,,,", "code: 'A B' is not 1 to 32 letters, digits, dots or hyphens"),
        ("A,,,,,", "name_zh: empty"),
        (f"A,{'甲' * 81},,,,", "name_zh: longer than 80 characters"),
        (f"A,甲,{'x' * 81},,,", "name_en: longer than 80 characters"),
        ("A,甲\0,,,,", "name_zh: has a character that cannot be printed"),
        (f"A,甲,,{'x' * 201},,", "address: longer than 200 characters"),
        ("A,甲,,,91,0", "latitude: 91 is not between -90 and 90"),
        ("A,甲,,,0,east", "longitude: 'east' is not a number of degrees"),
        ("A,甲,,,nan,0", "latitude: nan is not between -90 and 90"),
    ],
)
def test_what_a_bad_centre_row_is_told(load: Any, row: str, told: str) -> None:
    assert mistakes(load, "centres", f"code,name_zh,name_en,address,latitude,longitude\n{row}\n") == [f"line 2: {told}"]


def test_a_file_that_is_no_such_table(load: Any, tmp_path: Path) -> None:
    assert mistakes(load, "centres", "") == ["the file has no rows"]
    assert mistakes(load, "centres", "code,name_zh,name_en\n") == ["the file has no rows"]
    assert mistakes(load, "centres", "code,nom\nA,B\n") == [
        "column name_zh: missing",
        "column name_en: missing",
        "column nom: no such column; there are address, code, currency, duty_phone, latitude, longitude, name_en, "
        "name_zh, payment, quiet_from, quiet_until",
    ]
    missing = tmp_path / "none.csv"
    assert mistakes(load, "centres", missing) == [f"{missing}: No such file or directory"]
    gbk = mistakes(load, "centres", "code,name_zh,name_en\nA,甲,\n".encode("gbk"))
    assert gbk[0].endswith("not UTF-8; save it as CSV UTF-8")
    assert "not CSV" in mistakes(load, "centres", 'code,name_zh,name_en\nA,"甲"x,\n')[0]


def test_a_spreadsheets_file_with_byte_order_mark_and_crlf(clinic: Any, load: Any) -> None:
    assert load("centres", '\ufeffcode , name_zh,name_en\r\nA ,"甲,乙",\r\n\r\n'.encode()) == 1
    assert clinic.rows(Centre.code, Centre.name_zh)[-1][0] == "A"


def test_a_known_session_keeps_its_bookings(clinic: Any, load: Any) -> None:
    clinic.book_many(2, offered=1)
    assert load("sessions", f"{SESSIONS}DY,QK,1,+0,am,2,6.50,-7d 07:00\n") == 1
    assert clinic.rows(ClinicSession.capacity, ClinicSession.taken, ClinicSession.last_number)[0] == (2, 2, 2)
    assert clinic.rows(ClinicSession.fee, ClinicSession.release_at)[0] == (
        650,
        dt.datetime(2027, 3, 1, 7, 0, tzinfo=clinic.moment.tzinfo),
    )
    assert mistakes(load, "sessions", f"{SESSIONS}DY,QK,1,+0,am,1,6.50,\n") == [
        "line 2: capacity: 2 places are taken already"
    ]


def test_hours_may_be_given_and_must_make_sense(clinic: Any, load: Any) -> None:
    header = SESSIONS.replace("release", "release,starts,ends")
    load("sessions", f"{header}DY,EB,,+1,pm,5,0,,13:30,16:00\n")
    assert clinic.rows(ClinicSession.starts, ClinicSession.ends)[-1] == (dt.time(13, 30), dt.time(16))
    assert mistakes(load, "sessions", f"{header}DY,EB,,+1,pm,5,0,,16:00,13:30\n") == ["line 2: ends: not after starts"]
    assert mistakes(load, "sessions", f"{header}DY,EB,,+1,pm,5,0,,4pm,\n") == [
        "line 2: starts: '4pm' is not an hour, such as 08:30"
    ]


def test_a_family_shares_a_phone_and_its_first_row_is_the_holders(clinic: Any, load: Any) -> None:
    load("residents", f"{RESIDENTS}王芳,{WOMAN},15400000001,DY,en\n李强,{MAN},+86 154 0000 0001,NH,zh\n")
    family = clinic.run(persons.listed, phone="+8615400000001")
    assert [(person.name, person.is_self) for person in family] == [("王芳", True), ("李强", False)]
    assert clinic.run(subscribers.language, phone="+8615400000001") == "en"


def test_the_centres_own_record_corrects_a_name_but_not_a_chosen_language(clinic: Any, load: Any) -> None:
    clinic.book(patient=clinic.person("王方"))
    clinic.run(subscribers.set_language, phone="+8615400000001", language="en", now=clinic.moment)
    load("residents", f"{RESIDENTS}王芳,{WOMAN},15400000001,DY,zh\n")
    assert clinic.rows(Resident.name, Resident.centre_id) == [("王芳", 1)]
    assert [person.name for person in clinic.run(persons.listed, phone="+8615400000001")] == ["王芳"]
    assert clinic.run(subscribers.language, phone="+8615400000001") == "en"


# Duty phones, how one is reached, doses.

CENTRES = "code,name_zh,name_en"
DOSES = "identity,vaccine,dose,day,lot\n"


def test_a_duty_phone_has_one_form_inside_and_stays_where_the_file_has_no_column(clinic: Any, load: Any) -> None:
    load("centres", f"{CENTRES},duty_phone\nDY,东苑,,154 9999 0001\nNH,南河,,\n")
    assert clinic.rows(Centre.duty_phone) == ["+8615499990001", ""]
    load("centres", f"{CENTRES}\nDY,东苑,\n")
    assert clinic.rows(Centre.duty_phone) == ["+8615499990001", ""]
    load("centres", f"{CENTRES},duty_phone\nDY,东苑,,\n")
    assert clinic.rows(Centre.duty_phone) == ["", ""]
    told = mistakes(load, "centres", f"{CENTRES},duty_phone\nDY,东苑,,reception\n")
    assert told == ["line 2: duty_phone: not a phone number"]


def test_how_a_resident_is_reached(clinic: Any, load: Any) -> None:
    header = RESIDENTS.replace("language", "language,contact")
    load("residents", f"{header}王芳,{WOMAN},15400000001,DY,zh,voice\n李强,{MAN},15400000002,DY,zh,\n")
    load("residents", f"{header}王芳,{WOMAN},15400000001,DY,zh,\n")
    assert clinic.rows(Subscriber.contact) == ["voice", None]
    assert mistakes(load, "residents", f"{header}王芳,{WOMAN},15400000001,DY,zh,letter\n") == [
        "line 2: contact: 'letter' is neither of sms, voice"
    ]


def test_the_centres_own_record_completes_a_spoken_name(clinic: Any, load: Any) -> None:
    person = residents.NewPerson("尾号2424", clinic.vault.seal(WOMAN), "0" * 32)
    clinic.book(patient=person, phone="+8615400000002")
    clinic.book(patient=person, phone="+8615400000001", offered=4)
    load("residents", f"{RESIDENTS}王芳,{WOMAN},15400000001,DY,zh\n")
    assert clinic.run(residents.incomplete) == []
    # Only for the phone on record.
    assert clinic.rows(RelatedPerson.name) == clinic.rows(Visit.name) == ["尾号2424", "王芳"]


@pytest.fixture
def child(load: Any) -> str:
    identity = "110101202301310014"
    load("residents", f"{RESIDENTS}周子涵,{identity},15400000001,DY,zh\n")
    return identity


def test_doses_are_imported_and_corrected(clinic: Any, load: Any, child: str) -> None:
    load("immunizations", f"{DOSES}{child},HepB,1,2023-01-31,L1\n{child},JE-L,1,2023-10-02,\n")
    load("immunizations", f"identity,vaccine,dose,day\n{child},HepB,1,2023-02-01\n")
    columns = Immunization.vaccine, Immunization.dose, Immunization.given_on, Immunization.lot
    assert clinic.rows(*columns) == [("HepB", 1, dt.date(2023, 2, 1), ""), ("JE-L", 1, dt.date(2023, 10, 2), "")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (f"{MAN},HepB,1,2023-01-31,", "identity: nobody on record has this number; import children or residents first"),
        ("x,HepB,1,2023-01-31,", "identity: not a valid identity number (GB 11643)"),
        ("{child},hepb,1,2023-01-31,", "vaccine: 'hepb' is none of HepB, BCG, IPV, bOPV, DTaP, DT, MMR, JE-L, JE-I, "
         "MPSV-A, MPSV-AC, HepA-L, HepA-I, tOPV, MR, DTaP-IPV-Hib, DTaP-Hib, MCV-AC, HepA-HepB, IG"),
        ("{child},HepB,0,2023-01-31,", "dose: '0' is not a number from 1"),
        ("{child},HepB,first,2023-01-31,", "dose: 'first' is not a number from 1"),
        ("{child},HepB,1,31.1.2023,", "day: '31.1.2023' is not a date, such as 2024-03-08"),
        ("{child},HepB,1,2023-01-30,", "day: 2023-01-30 is before the birth"),
        ("{child},HepB,1,2027-03-09,", "day: 2027-03-09 is still to come"),
        ("{child},HepB,1,2023-01-31," + "L" * 41, "lot: longer than 40 characters, or with one that cannot be printed"),
    ],
)  # fmt: skip
def test_what_a_bad_dose_is_told(clinic: Any, load: Any, child: str, row: str, told: str) -> None:
    assert mistakes(load, "immunizations", f"{DOSES}{row.format(child=child)}\n") == [f"line 2: {told}"]
    assert clinic.rows(Immunization.id) == []


# Grids, tags, a centre's own quiet hours.


def test_grid_and_tags_are_kept_replaced_and_left_alone(clinic: Any, load: Any) -> None:
    header = RESIDENTS.replace("language", "language,grid,tags")
    load("residents", f"{header}王芳,{WOMAN},15400000001,DY,zh,DY-03,hypertension; diabetes\n")
    load("residents", f"{RESIDENTS}王芳,{WOMAN},15400000001,DY,zh\n")
    assert clinic.rows(Resident.grid) == ["DY-03"]
    before = clinic.rows(ResidentTag.id, ResidentTag.tag)
    assert {tag for _, tag in before} == {"hypertension", "diabetes"}
    load("residents", f"{header}王芳,{WOMAN},15400000001,DY,zh,,diabetes；pregnant；\n")
    after = clinic.rows(ResidentTag.id, ResidentTag.tag)
    assert {tag for _, tag in after} == {"diabetes", "pregnant"}
    assert len({*before} & {*after}) == 1
    assert clinic.rows(Resident.grid) == [""]
    assert mistakes(load, "residents", f"{header}王芳,{WOMAN},15400000001,DY,zh,DY 3,\n") == [
        "line 2: grid: 'DY 3' is not 1 to 40 letters, digits, dots or hyphens"
    ]
    assert mistakes(load, "residents", f"{header}王芳,{WOMAN},15400000001,DY,zh,,a b\n") == [
        "line 2: tags: 'a b' is not 1 to 40 letters, digits, dots or hyphens"
    ]


def test_a_centre_has_quiet_hours_of_its_own_or_the_installations(clinic: Any, load: Any) -> None:
    load("centres", f"{CENTRES},quiet_from,quiet_until\nDY,东苑,,21:30,07:30\nNH,南河,,,\n")
    load("centres", f"{CENTRES}\nDY,东苑,\n")
    assert clinic.rows(Centre.quiet_from, Centre.quiet_until) == [(dt.time(21, 30), dt.time(7, 30)), (None, None)]
    told = mistakes(load, "centres", f"{CENTRES},quiet_from,quiet_until\nDY,东苑,,21:30,\nNH,南河,,9pm,8\n")
    assert told == [
        "line 2: quiet_from: only together with quiet_until",
        "line 3: quiet_from: '9pm' is not an hour, such as 08:30",
    ]
    load("centres", f"{CENTRES},quiet_from,quiet_until\nDY,东苑,,,\n")
    assert clinic.rows(Centre.quiet_from) == [None, None]
