"""The sample stays valid, holds together, and is what bin/make-sample writes."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import phonenumbers
import pytest
from stdnum.cn import ric

from clinic.immunizations import VACCINES

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "conf" / "sample"
TABLES = ["centres", "departments", "practitioners", "sessions", "templates", "residents", "children", "immunizations",
          "contraindications", "staff", "roster", "care-plans", "care-visits", "meters", "medications",
          "absence-rules", "cancel-rules"]  # fmt: skip


def rows(table: str) -> list[dict[str, str]]:
    with (SAMPLE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_the_generator_writes_exactly_these_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "bin" / "make-sample", tmp_path], check=True)
    assert {path.name for path in tmp_path.iterdir()} == {f"{table}.csv" for table in TABLES}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (SAMPLE / path.name).read_bytes()


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_documented(table: str) -> None:
    _, _, after = (SAMPLE / "README.md").read_text(encoding="utf-8").partition(f"## {table}.csv")
    section = after.partition("\n## ")[0]
    documented = {
        name for cell in re.findall(r"^\| (`[^|]*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }
    assert documented == set(rows(table)[0])


def test_three_centres_with_names_and_places() -> None:
    centres = rows("centres")
    assert len({centre["code"] for centre in centres}) == 3
    for centre in centres:
        assert centre["name_zh"]
        assert centre["name_en"].isascii()
        assert 18 < float(centre["latitude"]) < 54
        assert 73 < float(centre["longitude"]) < 136


def test_each_row_names_what_an_earlier_table_holds() -> None:
    centres = {row["code"] for row in rows("centres")}
    departments = {(row["centre"], row["code"]) for row in rows("departments")}
    staff = {(row["centre"], row["department"], row["code"]) for row in rows("practitioners")}
    assert {centre for centre, _ in departments} == centres
    assert {(centre, department) for centre, department, _ in staff} == departments
    for row in rows("sessions"):
        assert (row["centre"], row["department"], row["practitioner"]) in staff
    assert {row["centre"] for row in rows("residents")} == centres
    children, residents = rows("children"), {row["identity"] for row in rows("residents")}
    assert {row["identity"] for row in children} - {""} <= residents
    assert {row["identity"] for row in rows("immunizations")} - {""} <= residents
    cards = {row["card"] for row in children if not row["identity"]}
    assert {row["card"] for table in ("immunizations", "contraindications") for row in rows(table)} - {""} <= cards


def test_two_weeks_of_sessions_morning_and_afternoon_in_every_department() -> None:
    departments = {(row["centre"], row["code"]) for row in rows("departments")}
    opened = [(row["centre"], row["department"], row["day"], row["half"]) for row in rows("sessions")]
    assert len(opened) == len(set(opened))
    days = [f"+{day}" for day in range(14)]
    assert set(opened) == {(*place, day, half) for place in departments for day in days for half in ("am", "pm")}


def test_sessions_have_hours_places_a_fee_and_a_readable_release() -> None:
    for row in rows("sessions"):
        assert row["starts"] < row["ends"]
        assert int(row["capacity"]) > 0
        assert Decimal(row["fee"]).as_tuple().exponent == -2
        assert re.fullmatch(r"(-\d+d ([01]\d|2[0-3]):[0-5]\d)?", row["release"])


def test_residents_are_nobody() -> None:
    residents = rows("residents")
    assert len(residents) >= 300
    assert len({row["identity"] for row in residents}) == len(residents)
    for row in residents:
        assert ric.is_valid(row["identity"])
        assert row["identity"][14:17] in {"998", "999"}
        assert re.fullmatch(r"154\d{8}", row["phone"])
        assert not phonenumbers.is_valid_number(phonenumbers.parse(row["phone"], "CN"))
        assert row["language"] in {"zh", "en"}
        assert row["contact"] in {"", "voice"}


def test_some_families_share_a_telephone() -> None:
    residents = rows("residents")
    assert len({row["phone"] for row in residents}) < len(residents)


def test_every_centre_has_a_duty_phone_that_is_nobodys() -> None:
    duty = [row["duty_phone"] for row in rows("centres")]
    assert len(set(duty)) == len(duty)
    assert all(re.fullmatch(r"154\d{8}", phone) for phone in duty)
    assert not set(duty) & {row["phone"] for row in rows("residents")}


def test_most_children_have_doses_and_none_twice_or_before_the_birth() -> None:
    doses = [row for row in rows("immunizations") if row["identity"]]
    children = {row["identity"] for row in rows("residents") if row["identity"][6:10] >= "2013"}
    assert {row["identity"] for row in doses} == children
    keys = [(row["identity"], row["vaccine"], row["dose"]) for row in doses]
    assert len(keys) == len(set(keys))
    assert {row["vaccine"] for row in doses} <= set(VACCINES)
    for row in doses:
        assert row["identity"][6:14] <= row["day"].replace("-", "") < "20250101"


def test_files_of_forty_children_with_and_without_a_number_a_phone_and_a_usual_fate() -> None:
    children = rows("children")
    assert len(children) >= 40
    assert len({row["card"] for row in children}) == len(children)
    for row in children:
        assert bool(row["identity"]) != bool(row["birth"] and row["sex"])
        assert all(re.fullmatch(r"(mother|father):154\d{8}", each) for each in row["guardians"].split(";") if each)
    assert {row["residence"] for row in children} == {"local", "mobile", "temporary"}
    assert {row["standing"] for row in children} == {"active", "moved"}
    assert any(not row["guardians"] for row in children)
    assert any(int(row["birth_weight"]) < 2000 for row in children)


def test_doses_of_small_children_are_of_days_between_the_birth_and_the_import() -> None:
    births = {row["card"]: int(row["birth"][1:-1]) for row in rows("children") if row["birth"]}
    doses = [row for row in rows("immunizations") if row["card"]]
    assert {row["card"] for row in doses} == set(births)
    for row in doses:
        assert 0 <= int(row["day"][1:-1]) <= births[row["card"]]


def test_staff_have_a_phone_each_that_is_no_residents() -> None:
    staff = rows("staff")
    phones = [row["phone"] for row in staff]
    assert len(set(phones)) == len(phones)
    assert all(re.fullmatch(r"154\d{8}", phone) for phone in phones)
    assert not set(phones) & {row["phone"] for row in rows("residents")}
    assert {row["centre"] for row in staff} == {row["code"] for row in rows("centres")}
    assert {row["code"] for row in rows("practitioners")} < {row["code"] for row in staff}


def test_each_centre_has_somebody_on_duty_in_every_shift_and_nobody_works_day_and_night() -> None:
    centres = {row["code"]: row["centre"] for row in rows("staff")}
    roster = [(centres[row["staff"]], row["day"], row["shift"]) for row in rows("roster")]
    days = [f"+{day}" for day in range(14)]
    wanted = {(centre, day, shift) for centre in centres.values() for day in days for shift in ("am", "pm", "night")}
    assert set(roster) == wanted
    nights = {(row["staff"], row["day"]) for row in rows("roster") if row["shift"] == "night"}
    assert not nights & {(row["staff"], row["day"]) for row in rows("roster") if row["shift"] != "night"}
