"""Other products: as which vaccines of the programme a dose counts, and what is due then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.vaccines.products import counted_as
from clinic.vaccines.records import Child
from conf.vaccines import editions
from tests.clinic.vaccines.kids import given, judged, kid, of


def counted(birth: str, *doses: str) -> Child:
    """A child as the rules see it."""
    child = kid(birth, *doses)
    return replace(child, doses=tuple(one for dose in child.doses for one in counted_as(dose, child.birth)))


@pytest.mark.parametrize(
    ("dose", "born", "counts_as"),
    [
        ("tOPV 2015-09-01", "2015-06-01", "bOPV"),
        ("DTaP-IPV-Hib 2024-03-01", "2024-01-01", "DTaP IPV"),
        ("DTaP-Hib 2024-04-01", "2024-01-01", "DTaP"),
        ("HepA-HepB 2025-07-01", "2024-01-01", "HepA-I HepB"),
        ("MCV-AC 2025-12-31", "2024-01-01", "MPSV-A"),
        ("MCV-AC 2026-01-01", "2024-01-01", "MPSV-AC"),  # two years old on that day
        ("MR 2020-06-01", "2019-10-01", "MMR"),
        ("MR 2020-05-30", "2019-09-30", "MR"),
        ("MMR 2024-09-01", "2024-01-01", "MMR"),
        ("XYZ 2024-09-01", "2024-01-01", "XYZ"),
    ],
)
def test_a_product_counts_as_vaccines_of_the_programme(dose: str, born: str, counts_as: str) -> None:
    found = counted_as(given(dose), kid(born).birth)
    assert [one.vaccine for one in found] == counts_as.split()
    assert {one.day for one in found} == {given(dose).day}


def test_five_in_one_under_the_schedule_of_2021() -> None:
    """Polio is complete with four IPV; DTP began a month too early and lacks one."""
    child = counted("2022-03-05", *(f"DTaP-IPV-Hib {day}" for day in ("2022-05-05", "2022-06-05", "2022-07-05")))
    child = replace(child, doses=(*child.doses, *counted_as(given("DTaP-IPV-Hib 2023-09-05"), child.birth)))
    assert [line for line in judged(child) if line.startswith("IPV")] == [
        "IPV 2022-05-05 valid 1",
        "IPV 2022-06-05 valid 2",
        "IPV 2022-07-05 valid 3",
        "IPV 2023-09-05 valid 4",
    ]
    assert [line for line in judged(child) if line.startswith("DTaP")] == [
        "DTaP 2022-05-05 too_early 1",
        "DTaP 2022-06-05 valid 1",
        "DTaP 2022-07-05 valid 2",
        "DTaP 2023-09-05 valid 3",
    ]
    assert of("polio", child, "2024-01-01").status == "complete"
    assert (of("DTP", child, "2024-01-01").status, of("DTP", child, "2024-01-01").number) == ("later", 4)


def test_five_in_one_under_the_schedule_of_2025() -> None:
    """DTP begins at 2 months, and its second dose is due at 4."""
    days = ("2025-05-05", "2025-06-05", "2025-07-05", "2026-09-05")
    child = counted("2025-03-05", *(f"DTaP-IPV-Hib {day}" for day in days))
    assert [line.split(maxsplit=2)[2] for line in judged(child) if line.startswith("DTaP")] == [
        "valid 1",
        "too_early 2",
        "valid 2",
        "valid 3",
    ]
    assert of("polio", child, "2026-10-01").status == "complete"


def test_measles_and_rubella_of_who_was_born_before_the_second_mmr() -> None:
    """They need one MMR, for the mumps: MR does not take its place."""
    only = counted("2018-01-15", "MR 2018-09-15")
    assert judged(only) == ["MR 2018-09-15 unknown 0"]
    assert (of("MMR", only, "2021-06-01").status, of("MMR", only, "2021-06-01").number) == ("overdue", 1)
    both = counted("2018-01-15", "MR 2018-09-15", "MMR 2019-07-15")
    assert judged(both)[1] == "MMR 2019-07-15 valid 1"
    assert of("MMR", both, "2021-06-01").status == "complete"


def test_measles_and_rubella_of_who_was_born_later() -> None:
    child = counted("2019-12-15", "MR 2020-08-15", "MMR 2021-06-15")
    assert judged(child) == ["MMR 2020-08-15 valid 1", "MMR 2021-06-15 valid 2"]
    assert of("MMR", child, "2021-07-01").status == "complete"


def test_a_live_product_keeps_others_away_as_what_it_counts_as() -> None:
    child = counted("2019-12-15", "JE-L 2020-08-15", "MR 2020-09-01", "tOPV 2020-09-05")
    assert judged(child)[1:] == ["MMR 2020-09-01 too_close_live 1", "bOPV 2020-09-05 valid 1"]


def test_what_counts_is_a_vaccine_of_its_edition() -> None:
    for each in editions():
        assert each.products
        for product in each.products.values():
            assert set(product.codes) <= set(each.vaccines)
