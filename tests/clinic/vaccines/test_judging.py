"""Doses that were given: each row of the schedule on its first day and on the day before; what else may be wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from tests.clinic.vaccines.kids import DAY, judged, kid, last

A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """A dose of `vaccine` counts as `number` from `first` on, and is `before` a day earlier."""

    birth: str
    earlier: str
    vaccine: str
    first: str
    number: int
    before: str
    weight: int | None = None

    def on(self, day: dt.date) -> str:
        doses = [each.strip() for each in self.earlier.split(",") if each.strip()]
        return last(kid(self.birth, *doses, f"{self.vaccine} {day}", weight=self.weight))


THREE_2018 = "DTaP 2018-06-30, DTaP 2018-07-31, DTaP 2018-08-31"
FOUR_2018 = f"{THREE_2018}, DTaP 2019-09-30"
FOUR_2019 = "DTaP 2019-06-30, DTaP 2019-07-31, DTaP 2019-08-31, DTaP 2020-09-30"
THREE_2020 = "DTaP 2020-06-30, DTaP 2020-07-31, DTaP 2020-08-31"
THREE_2025 = "DTaP 2025-03-31, DTaP 2025-05-31, DTaP 2025-07-31"
MIXED = "IPV 2023-03-31, IPV 2023-04-30, bOPV 2023-05-31"
IPV3 = "IPV 2023-03-31, IPV 2023-04-30, IPV 2023-05-31"
MENA2 = "MPSV-A 2023-07-31, MPSV-A 2023-10-31"
JEI3 = "JE-I 2023-09-30, JE-I 2023-10-07, JE-I"

# The days are reckoned by hand, from the table of the edition.
ROWS = [
    # HepB
    Row("2023-01-31", "HepB 2023-01-31", "HepB", "2023-02-28", 2, "too_early 2"),
    Row("2023-01-31", "HepB 2023-03-05", "HepB", "2023-04-02", 2, "too_close 2"),
    Row("2023-01-31", "HepB 2023-01-31, HepB 2023-02-28", "HepB", "2023-07-31", 3, "too_early 3"),
    Row("2023-01-31", "HepB 2023-01-31, HepB 2023-07-20", "HepB", "2023-09-18", 3, "too_close 3"),
    Row("2023-01-31", "HepB 2023-05-31, HepB 2023-06-30", "HepB", "2023-09-30", 3, "too_close 3"),
    # HepB of a light baby
    Row("2023-01-31", "HepB 2023-01-31, HepB 2023-02-28", "HepB", "2023-03-31", 3, "too_early 3", weight=1999),
    Row(
        "2023-01-31", "HepB 2023-01-31, HepB 2023-02-28, HepB 2023-03-31", "HepB", "2023-08-31", 4, "too_early 4", 1999
    ),
    Row(
        "2023-01-31", "HepB 2023-01-31, HepB 2023-06-15, HepB 2023-07-13", "HepB", "2023-10-15", 4, "too_close 4", 1999
    ),
    # Polio
    Row("2023-01-31", "", "IPV", "2023-03-31", 1, "too_early 1"),
    Row("2023-01-31", "IPV 2023-03-31", "IPV", "2023-04-30", 2, "too_early 2"),
    Row("2023-01-31", "IPV 2023-06-10", "IPV", "2023-07-08", 2, "too_close 2"),
    Row("2023-01-31", "IPV 2023-03-31, IPV 2023-04-30", "bOPV", "2023-05-31", 3, "too_early 3"),
    Row("2023-01-31", "IPV 2023-03-31, IPV 2023-06-10", "bOPV", "2023-07-08", 3, "too_close 3"),
    Row("2023-01-31", MIXED, "bOPV", "2027-01-31", 4, "too_early 4"),
    Row("2023-01-31", MIXED, "IPV", "2027-01-31", 4, "too_early 4"),
    Row("2023-01-31", IPV3, "bOPV", "2027-01-31", 4, "too_early 4"),
    Row("2023-01-31", IPV3, "IPV", "2024-07-31", 4, "too_early 4"),
    # DTP, edition of 2021
    Row("2020-03-31", "", "DTaP", "2020-06-30", 1, "too_early 1"),
    Row("2020-03-31", "DTaP 2020-06-30", "DTaP", "2020-07-31", 2, "too_early 2"),
    Row("2020-03-31", "DTaP 2020-09-01", "DTaP", "2020-09-29", 2, "too_close 2"),
    Row("2020-03-31", "DTaP 2020-06-30, DTaP 2020-07-31", "DTaP", "2020-08-31", 3, "too_early 3"),
    Row("2020-03-31", THREE_2020, "DTaP", "2021-09-30", 4, "too_early 4"),
    Row("2020-03-31", "DTaP 2020-06-30, DTaP 2020-07-31, DTaP 2021-05-31", "DTaP", "2021-11-30", 4, "too_close 4"),
    Row("2018-03-31", FOUR_2018, "DT", "2024-03-31", 5, "too_early 5"),
    Row("2018-03-31", f"{THREE_2018}, DTaP 2023-08-15", "DT", "2024-08-15", 5, "too_close 5"),
    Row("2018-03-31", "DTaP 2018-06-30, DTaP 2018-07-31, DTaP 2023-11-30", "DT", "2024-05-30", 4, "too_close 4"),
    Row("2018-03-31", "DT 2024-04-01", "DT", "2024-04-29", 2, "too_close 2"),
    Row("2018-01-31", "DT 2024-02-01, DT 2024-02-29", "DT", "2024-08-29", 3, "too_close 3"),
    # DTP, edition of 2025
    Row("2025-01-31", "", "DTaP", "2025-03-31", 1, "too_early 1"),
    Row("2025-01-31", "DTaP 2025-03-31", "DTaP", "2025-05-31", 2, "too_early 2"),
    Row("2025-01-31", "DTaP 2025-03-31, DTaP 2025-05-31", "DTaP", "2025-07-31", 3, "too_early 3"),
    Row("2025-01-31", THREE_2025, "DTaP", "2026-07-31", 4, "too_early 4"),
    Row("2019-03-31", FOUR_2019, "DTaP", "2025-03-31", 5, "too_early 5"),
    # MMR
    Row("2023-01-31", "", "MMR", "2023-09-30", 1, "too_early 1"),
    Row("2023-01-31", "MMR 2023-09-30", "MMR", "2024-07-31", 2, "too_early 2"),
    Row("2023-01-31", "MMR 2024-07-10", "MMR", "2024-08-07", 2, "too_close 2"),
    # JE
    Row("2023-01-31", "", "JE-L", "2023-09-30", 1, "too_early 1"),
    Row("2023-01-31", "JE-L 2023-09-30", "JE-L", "2025-01-31", 2, "too_early 2"),
    Row("2023-01-31", "JE-L 2024-06-15", "JE-L", "2025-06-15", 2, "too_close 2"),
    Row("2023-01-31", "", "JE-I", "2023-09-30", 1, "too_early 1"),
    Row("2023-01-31", "JE-I 2023-09-30", "JE-I", "2023-10-07", 2, "too_close 2"),
    Row("2023-01-31", "JE-I 2023-09-30, JE-I 2023-10-07", "JE-I", "2025-01-31", 3, "too_early 3"),
    Row("2023-01-31", "JE-I 2023-09-30, JE-I 2025-01-31", "JE-I", "2025-02-28", 3, "too_close 3"),
    Row("2023-01-31", f"{JEI3} 2025-01-31", "JE-I", "2029-01-31", 4, "too_early 4"),
    Row("2023-01-31", f"{JEI3} 2027-05-31", "JE-I", "2030-05-31", 4, "too_close 4"),
    # MenA
    Row("2023-01-31", "", "MPSV-A", "2023-07-31", 1, "too_early 1"),
    Row("2023-01-31", "MPSV-A 2023-07-31", "MPSV-A", "2023-10-31", 2, "too_early 2"),
    Row("2023-01-31", "MPSV-A 2023-09-15", "MPSV-A", "2023-12-15", 2, "too_close 2"),
    # MenAC: after two doses of MenA, early without them, early after one
    Row("2023-01-31", MENA2, "MPSV-AC", "2026-01-31", 1, "too_early 1"),
    Row("2023-01-31", "MPSV-A 2023-07-31, MPSV-A 2025-06-30", "MPSV-AC", "2026-06-30", 1, "too_close 1"),
    Row("2023-01-31", "", "MPSV-AC", "2025-01-31", 1, "too_early 1"),
    Row("2023-01-31", "MPSV-A 2024-12-15", "MPSV-AC", "2025-03-15", 1, "too_close 1"),
    Row("2023-01-31", "MPSV-A 2024-10-20, MPSV-A 2024-12-15", "MPSV-AC", "2025-03-15", 1, "too_close 1"),
    Row("2023-01-31", "MPSV-AC 2026-01-31", "MPSV-AC", "2029-01-31", 2, "too_early 2"),
    Row("2023-01-31", "MPSV-AC 2027-03-01", "MPSV-AC", "2030-03-01", 2, "too_close 2"),
    # HepA
    Row("2023-01-31", "", "HepA-L", "2024-07-31", 1, "too_early 1"),
    Row("2023-01-31", "", "HepA-I", "2024-07-31", 1, "too_early 1"),
    Row("2023-01-31", "HepA-I 2024-07-31", "HepA-I", "2025-01-31", 2, "too_early 2"),
    Row("2023-01-31", "HepA-I 2024-09-30", "HepA-I", "2025-03-30", 2, "too_close 2"),
    Row("2023-01-31", "HepA-I 2024-09-30", "HepA-L", "2025-03-30", 2, "too_close 2"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.vaccine} {row.number} {row.first}")
def test_a_dose_counts_from_its_day_on_and_not_the_day_before(row: Row) -> None:
    assert row.on(DAY(row.first)) == f"valid {row.number}"
    assert row.on(DAY(row.first) - A_DAY) == row.before


@pytest.mark.parametrize(
    ("birth", "vaccine", "first"),
    [
        ("2023-01-31", "HepB", "2023-01-31"),
        ("2023-01-31", "BCG", "2023-01-31"),
        ("2014-03-31", "MPSV-A", "2014-09-30"),
        ("2014-03-31", "MMR", "2014-11-30"),
        ("2024-02-29", "HepA-L", "2025-08-29"),
    ],
)
def test_first_doses_at_month_ends(birth: str, vaccine: str, first: str) -> None:
    assert last(kid(birth, f"{vaccine} {first}")) == "valid 1"
    assert judged(kid(birth, f"{vaccine} {DAY(first) - A_DAY}")) in (
        [f"{vaccine} {DAY(first) - A_DAY} too_early 1"],
        [],  # before the birth: no dose
    )


def test_nine_months_after_the_31st_of_march_are_the_31st_of_december() -> None:
    child = kid("2014-03-31", "MPSV-A 2014-09-30", "MPSV-A 2014-12-31")
    assert judged(child) == ["MPSV-A 2014-09-30 valid 1", "MPSV-A 2014-12-31 valid 2"]
    assert last(kid("2014-03-31", "MPSV-A 2014-09-30", "MPSV-A 2014-12-30")) == "too_early 2"


def test_an_outbreak_dose_of_mmr_at_six_months_does_not_count_and_does_not_move_the_first() -> None:
    child = kid("2023-01-31", "MMR 2023-08-30", "MMR 2023-09-30", "MMR 2024-07-31")
    assert judged(child) == ["MMR 2023-08-30 too_early 1", "MMR 2023-09-30 valid 1", "MMR 2024-07-31 valid 2"]


def test_a_dose_that_did_not_count_keeps_no_distance_to_the_first_of_its_own_series() -> None:
    assert last(kid("2023-01-31", "MMR 2023-09-20", "MMR 2023-09-30")) == "valid 1"


def test_how_many_mmr_there_are_goes_by_the_birth() -> None:
    before, after = kid("2019-09-30", "MMR 2020-06-01", "MMR 2021-06-01"), kid("2019-10-01", "MMR 2020-06-01")
    assert judged(before)[1] == "MMR 2021-06-01 extra 0"
    assert judged(kid("2019-10-01", "MMR 2020-06-01", "MMR 2021-06-01"))[1] == "MMR 2021-06-01 valid 2"
    assert judged(after) == ["MMR 2020-06-01 valid 1"]


def test_an_invalid_dose_too_starts_the_interval_anew() -> None:
    child = kid("2023-01-31", "HepB 2023-01-31", "HepB 2023-02-20", "HepB 2023-03-19", "HepB 2023-04-16")
    assert [line.split()[2] for line in judged(child)] == ["valid", "too_early", "too_close", "valid"]


def test_nothing_is_ever_started_again() -> None:
    child = kid("2015-01-31", "HepB 2015-01-31", "IPV 2015-03-31", "HepB 2023-02-28", "IPV 2023-02-28")
    assert [line.split()[2:] for line in judged(child)[2:]] == [["valid", "2"], ["valid", "2"]]


def test_injected_live_vaccines_on_one_day_or_28_days_apart() -> None:
    birth = "2023-01-31"
    assert last(kid(birth, "MMR 2023-09-30", "JE-L 2023-09-30")) == "valid 1"
    assert last(kid(birth, "MMR 2023-10-01", "JE-L 2023-10-28")) == "too_close_live 1"
    assert last(kid(birth, "MMR 2023-10-01", "JE-L 2023-10-29")) == "valid 1"
    # One that does not count itself keeps its distance all the same; drops and what is not live keep none.
    assert last(kid(birth, "MMR 2023-09-20", "JE-L 2023-10-05")) == "too_close_live 1"
    assert last(kid(birth, "MMR 2023-10-01", "bOPV 2023-10-02")) == "valid 1"
    assert last(kid(birth, "MMR 2023-10-01", "JE-I 2023-10-02")) == "valid 1"
    assert last(kid(birth, "bOPV 2023-10-01", "MMR 2023-10-02")) == "valid 1"


def test_mmr_three_months_after_immunoglobulin() -> None:
    birth, given = "2023-01-31", ("2023-09-30",)
    assert last(kid(birth, "MMR 2023-09-30", immunoglobulin=given)) == "too_close_immunoglobulin 1"
    assert last(kid(birth, "MMR 2023-12-29", immunoglobulin=given)) == "too_close_immunoglobulin 1"
    assert last(kid(birth, "MMR 2023-12-30", immunoglobulin=given)) == "valid 1"
    assert last(kid(birth, "JE-L 2023-10-01", immunoglobulin=given)) == "valid 1"
    assert last(kid(birth, "MMR 2023-09-30", immunoglobulin=("2023-10-01",))) == "valid 1"


def test_the_first_dose_given_keeps_to_its_course() -> None:
    assert last(kid("2023-01-31", "JE-I 2023-09-30", "JE-L 2024-10-01")) == "wrong_vaccine 2"
    assert last(kid("2023-01-31", "JE-L 2023-09-30", "JE-I 2025-01-31")) == "wrong_vaccine 2"
    assert last(kid("2023-01-31", "JE-L 2023-09-01", "JE-I 2023-10-01")) == "wrong_vaccine 1"  # though it did not count
    assert last(kid("2023-01-31", "HepA-L 2024-07-31", "HepA-I 2025-02-01")) == "extra 0"
    assert last(kid("2023-01-31", "HepA-I 2024-07-31", "HepA-L 2025-01-31")) == "valid 2"


def test_four_ipv_are_complete_and_no_drops_count_then() -> None:
    child = kid("2023-01-31", *IPV3.split(", "), "IPV 2024-07-31", "bOPV 2027-01-31")
    assert judged(child)[3:] == ["IPV 2024-07-31 valid 4", "bOPV 2027-01-31 extra 0"]


def test_ipv_that_are_missing_beyond_four_doses_of_polio() -> None:
    drops = ("bOPV 2023-03-31", "bOPV 2023-04-30", "bOPV 2023-05-31", "bOPV 2027-01-31")
    child = kid("2023-01-31", *drops, "bOPV 2027-03-01", "IPV 2027-03-28", "IPV 2027-04-25", "IPV 2027-05-23")
    assert [line.split(maxsplit=2)[2] for line in judged(child)[3:]] == [
        "valid 4",
        "extra 0",
        "too_close 5",  # 28 days after the last dose, which did not count
        "valid 5",
        "valid 6",
    ]
    # Born before 2019-10-01 one IPV is enough.
    older = kid(
        "2019-09-30", "IPV 2019-11-30", "bOPV 2019-12-30", "bOPV 2020-01-30", "bOPV 2023-09-30", "IPV 2024-01-01"
    )
    assert last(older) == "extra 0"


def test_dt_is_right_from_six_years_on_until_2025_and_dtap_from_then_on() -> None:
    four = FOUR_2018.split(", ")
    assert last(kid("2018-03-31", *four, "DTaP 2024-03-31")) == "wrong_vaccine 5"
    assert last(kid("2018-03-31", *four, "DT 2024-03-31")) == "valid 5"
    assert last(kid("2018-03-31", *four, "DT 2025-01-01")) == "wrong_vaccine 5"
    assert last(kid("2018-03-31", *four, "DTaP 2025-01-01")) == "valid 5"
    assert last(kid("2018-03-31", *four, "DT 2024-03-31", "DTaP 2025-06-01")) == "extra 0"
    assert last(kid("2018-03-31", *four, "DTaP 2022-01-01")) == "too_early 5"
    assert last(kid("2019-03-31", *FOUR_2019.split(", "), "DT 2025-03-30")) == "too_early 5"
    assert last(kid("2018-03-31", "DT 2024-03-30")) == "too_early 1"


def test_three_doses_with_one_from_six_years_on_are_all_of_dtp() -> None:
    child = kid("2018-03-31", "DTaP 2018-06-30", "DTaP 2018-07-31", "DT 2024-03-31", "DT 2024-12-01")
    assert judged(child)[2:] == ["DT 2024-03-31 valid 3", "DT 2024-12-01 extra 0"]


def test_a_dose_is_judged_by_the_edition_of_its_day() -> None:
    assert last(kid("2024-10-20", "DTaP 2024-12-31")) == "too_early 1"
    assert last(kid("2024-10-20", "DTaP 2025-01-01")) == "valid 1"
    # Five months are right for the third dose in 2024, and no more in 2025.
    assert last(kid("2024-07-31", "DTaP 2024-10-31", "DTaP 2024-11-30", "DTaP 2024-12-31")) == "valid 3"
    assert last(kid("2024-08-01", "DTaP 2024-11-01", "DTaP 2024-12-01", "DTaP 2025-01-31")) == "too_early 3"


def test_what_does_not_exist_yet_or_was_before_the_birth_is_not_judged() -> None:
    child = kid("2023-01-31", "BCG 2023-01-30", "HepB 2023-01-31", "HepB 2023-03-02")
    assert judged(child, "2023-03-01") == ["HepB 2023-01-31 valid 1"]


def test_the_doses_of_a_day_come_in_the_order_of_the_table_and_unknown_ones_last() -> None:
    day = "2025-01-31"
    child = kid("2023-01-31", *(f"{code} {day}" for code in ("XX", "HepA-L", "MPSV-AC", "MPSV-A", "BCG", "AA", "HepB")))
    assert judged(child) == [
        f"HepB {day} valid 1",
        f"BCG {day} valid 1",
        f"MPSV-A {day} valid 1",
        f"MPSV-AC {day} too_close 1",  # the MenA of the same day counts
        f"HepA-L {day} valid 1",
        f"AA {day} unknown 0",
        f"XX {day} unknown 0",
    ]


def test_the_same_dose_twice_on_a_day_counts_once() -> None:
    child = kid("2023-01-31", "HepB 2023-02-28", "HepB 2023-02-28", "MMR 2023-09-30", "MMR 2023-09-30")
    assert [line.split()[2] for line in judged(child)] == ["valid", "too_close", "valid", "too_early"]
