"""The oracle against cases worked by hand from docs/vaccines.md, so that it is not believed only because it is slow."""

from __future__ import annotations

import datetime as dt

import pytest

from clinic.vaccines.records import Child, Contra, Due, Given
from tests.clinic.vaccines import oracle


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def doses(text: str) -> tuple[Given, ...]:
    """`HepB 2023-01-31, BCG 2023-02-01`."""
    return tuple(Given(vaccine, day(on)) for vaccine, on in (one.split() for one in text.split(", ") if one))


def born(birth: str, given: str = "", **more: object) -> Child:
    return Child(day(birth), doses(given), **more)  # type: ignore[arg-type]


def told(child: Child, today: str = "2044-01-01") -> list[str]:
    """`MMR valid 1`, dose by dose."""
    return [f"{one.given.vaccine} {one.judgement} {one.number}" for one in oracle.judge(child, day(today))]


def due(child: Child, series: str, today: str) -> str:
    """`overdue MMR 1: earliest 2023-09-30, on 2024-01-01, overdue from 2024-01-31`."""
    [one] = [one for one in oracle.due(child, day(today)) if one.series == series]
    return f"{one.status} {one.vaccine} {one.number}: {_days(one)}" if one.vaccine else one.status


def _days(one: Due) -> str:
    test = ", skin test" if one.skin_test else ""
    return f"earliest {one.earliest}, on {one.on}, overdue from {one.overdue_from}{test}"


@pytest.mark.parametrize(
    ("birth", "months", "first"),
    [
        ("2023-01-31", 1, "2023-02-28"),
        ("2023-01-31", 2, "2023-03-31"),
        ("2023-01-31", 9, "2023-10-31"),
        ("2014-03-31", 9, "2014-12-31"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2023-02-28", 1, "2023-03-28"),
        ("2023-11-30", 3, "2024-02-29"),
    ],
)
def test_months_end_on_the_same_day_or_on_the_last(birth: str, months: int, first: str) -> None:
    found = oracle.first_day(day(birth), lambda one: oracle.whole_months(day(birth), one) >= months)
    assert found == day(first)


def test_born_on_the_last_of_january() -> None:
    child = born("2023-01-31")
    assert due(child, "HepB", "2023-02-01") == (
        "due HepB 1: earliest 2023-01-31, on 2023-02-01, overdue from 2023-02-02"
    )
    assert due(child, "BCG", "2023-04-30") == (
        "overdue BCG 1: earliest 2023-01-31, on 2023-04-30, overdue from 2023-04-30, skin test"
    )
    assert due(child, "BCG", "2023-04-29") == ("due BCG 1: earliest 2023-01-31, on 2023-04-29, overdue from 2023-04-30")
    assert due(child, "polio", "2023-02-01") == (
        "later IPV 1: earliest 2023-03-31, on 2023-03-31, overdue from 2023-04-30"
    )
    assert due(child, "DTP", "2023-02-01") == (
        "later DTaP 1: earliest 2023-04-30, on 2023-04-30, overdue from 2023-05-31"
    )
    assert due(child, "MMR", "2023-10-01") == ("due MMR 1: earliest 2023-09-30, on 2023-10-01, overdue from 2024-01-31")


def test_hepatitis_b_third_dose_waits_for_three_things() -> None:
    given = "HepB 2023-03-10, HepB 2023-04-09"
    assert due(born("2023-01-31", given), "HepB", "2023-04-09") == (
        "later HepB 3: earliest 2023-07-31, on 2023-07-31, overdue from 2024-01-31"
    )
    given = "HepB 2023-07-10, HepB 2023-08-07"  # 28 days; then 4 months since the first, which is more than 60 days
    assert due(born("2023-01-31", given), "HepB", "2023-08-07") == (
        "later HepB 3: earliest 2023-11-10, on 2023-11-10, overdue from 2024-01-31"
    )
    given += ", HepB 2023-11-09, HepB 2023-11-10"  # the first is a day too soon, and 60 days count from it
    assert told(born("2023-01-31", given)) == ["HepB valid 1", "HepB valid 2", "HepB too_close 3", "HepB too_close 3"]
    assert due(born("2023-01-31", given), "HepB", "2023-12-01") == (
        "later HepB 3: earliest 2024-01-09, on 2024-01-09, overdue from 2024-01-31"
    )


def test_a_light_child_needs_four_of_hepatitis_b() -> None:
    given = "HepB 2023-01-31, HepB 2023-02-28, HepB 2023-03-31"
    light, heavy = born("2023-01-31", given, birth_weight=1999), born("2023-01-31", given, birth_weight=2000)
    assert told(light) == ["HepB valid 1", "HepB valid 2", "HepB valid 3"]
    assert told(heavy) == ["HepB valid 1", "HepB valid 2", "HepB too_early 3"]
    assert due(light, "HepB", "2023-04-01") == (
        "later HepB 4: earliest 2023-08-31, on 2023-08-31, overdue from 2024-01-31"
    )


def test_four_ipv_at_eighteen_months_but_not_with_one_bopv() -> None:
    three = "IPV 2023-03-31, IPV 2023-04-30, IPV 2023-05-31"
    assert told(born("2023-01-31", f"{three}, IPV 2024-07-31")) == [f"IPV valid {n}" for n in (1, 2, 3, 4)]
    assert told(born("2023-01-31", f"{three}, IPV 2024-07-30"))[-1] == "IPV too_early 4"
    assert told(born("2023-01-31", f"{three}, bOPV 2024-07-31"))[-1] == "bOPV too_early 4"
    assert due(born("2023-01-31", three), "polio", "2024-08-01") == (
        "later bOPV 4: earliest 2027-01-31, on 2027-01-31, overdue from 2028-01-31"
    )
    no_bopv = born("2023-01-31", three, contraindications=(Contra("live", day("2024-01-01")),))
    assert due(no_bopv, "polio", "2024-08-01") == (
        "later IPV 4: earliest 2027-01-31, on 2027-01-31, overdue from 2028-01-31"
    )


def test_four_bopv_then_ipv_is_missing() -> None:
    four = "bOPV 2019-12-01, bOPV 2020-01-01, bOPV 2020-02-01, bOPV 2023-10-01"
    child = born("2019-10-01", f"{four}, bOPV 2023-11-01, IPV 2023-11-29, IPV 2023-12-26, IPV 2024-01-23")
    assert told(child)[3:] == [
        "bOPV valid 4", "bOPV extra 0", "IPV valid 5", "IPV too_close 6", "IPV valid 6",
    ]  # fmt: skip
    assert due(child, "polio", "2024-02-01") == "complete"
    assert due(child, "polio", "2023-11-20") == (
        "later IPV 5: earliest 2023-11-29, on 2023-11-29, overdue from 2023-11-29"
    )
    older = born("2019-09-30", f"{four}, IPV 2023-11-01, IPV 2023-12-01")
    assert told(older)[3:] == ["bOPV valid 4", "IPV valid 5", "IPV extra 0"]


def test_the_edition_of_the_day_on_which_it_was_given() -> None:
    assert told(born("2024-10-31", "DTaP 2024-12-31")) == ["DTaP too_early 1"]
    assert told(born("2024-11-01", "DTaP 2025-01-01")) == ["DTaP valid 1"]
    assert told(born("2018-12-31", "DT 2024-12-31, DT 2025-01-28")) == ["DT valid 1", "DT wrong_vaccine 2"]
    assert told(born("2019-01-01", "DT 2024-12-31, DTaP 2025-01-01")) == ["DT too_early 1", "DTaP valid 1"]


def test_diphtheria_from_six_years_on() -> None:
    three = "DTaP 2018-04-10, DTaP 2018-05-10, DTaP 2018-06-10"
    child = born("2018-01-10", three)
    assert due(child, "DTP", "2024-01-09") == (
        "overdue DTaP 4: earliest 2019-07-10, on 2024-01-09, overdue from 2020-01-10"
    )
    assert due(child, "DTP", "2024-01-10") == ("due DT 4: earliest 2024-01-10, on 2024-01-10, overdue from 2025-01-10")
    assert due(child, "DTP", "2025-01-01").startswith("due DTaP 4")
    assert due(child, "DTP", "2025-01-10").startswith("too_old DTaP 4")
    late = born("2018-01-10", f"{three}, DTaP 2023-08-10, DTaP 2023-12-01, DT 2024-02-10, DT 2024-08-10, DT 2024-12-01")
    assert told(late)[3:] == [
        "DTaP valid 4", "DTaP too_early 5", "DT too_close 5", "DT too_close 5", "DT too_close 5",
    ]  # fmt: skip
    assert told(born("2018-01-10", f"{three}, DT 2024-02-10, DT 2024-12-01"))[3:] == ["DT valid 4", "DT extra 0"]


def test_the_fourth_of_dtp_that_only_fits_after_six_years_is_the_late_one() -> None:
    child = born("2018-01-10", "DTaP 2018-04-10, DTaP 2018-05-10, DTaP 2023-08-01")
    assert due(child, "DTP", "2023-09-01") == "later DT 4: earliest 2024-02-01, on 2024-02-01, overdue from 2025-01-10"


def test_measles_at_six_months_does_not_count_and_starts_no_interval_for_the_first() -> None:
    child = born("2023-01-31", "MMR 2023-09-29, MMR 2023-09-30, MMR 2024-07-31, MMR 2024-08-31")
    assert told(child) == ["MMR too_early 1", "MMR valid 1", "MMR valid 2", "MMR extra 0"]
    assert told(born("2019-09-30", "MMR 2020-05-30, MMR 2021-03-30")) == ["MMR valid 1", "MMR extra 0"]


def test_injected_live_ones_on_one_day_or_28_days_apart() -> None:
    child = born("2023-01-01", "MMR 2023-09-01, JE-L 2023-09-01, HepA-L 2024-07-01, MMR 2024-07-28")
    assert told(child) == ["MMR valid 1", "JE-L valid 1", "HepA-L valid 1", "MMR too_close_live 2"]
    child = born("2023-01-01", "MMR 2023-09-01, JE-L 2023-09-28, JE-I 2023-09-28")
    assert told(child) == ["MMR valid 1", "JE-L too_close_live 1", "JE-I wrong_vaccine 1"]
    assert due(born("2023-01-01", "MMR 2023-08-31"), "JE", "2023-09-10") == (
        "due JE-L 1: earliest 2023-09-01, on 2023-09-28, overdue from 2024-01-01"
    )
    assert due(born("2023-01-01", "MMR 2023-09-10"), "JE", "2023-09-10").startswith(
        "due JE-L 1: earliest 2023-09-01, on 2023-09-10"
    )


def test_immunoglobulin_keeps_measles_waiting_three_months() -> None:
    child = born("2023-01-01", "MMR 2023-11-29", immunoglobulin=(day("2023-08-31"), day("2023-12-01")))
    assert told(child) == ["MMR too_close_immunoglobulin 1"]
    assert due(child, "MMR", "2023-11-29") == "due MMR 1: earliest 2023-09-01, on 2023-11-30, overdue from 2024-01-01"
    assert due(child, "MMR", "2023-12-01") == "due MMR 1: earliest 2023-09-01, on 2024-03-01, overdue from 2024-01-01"
    assert told(born("2023-01-01", "MMR 2023-11-30", immunoglobulin=(day("2023-08-31"),))) == ["MMR valid 1"]


def test_japanese_encephalitis_both_ways() -> None:
    child = born("2018-05-20", "JE-I 2019-01-20, JE-I 2019-01-26, JE-I 2019-02-02, JE-I 2020-05-20, JE-I 2024-05-20")
    assert told(child) == ["JE-I valid 1", "JE-I too_close 2", "JE-I valid 2", "JE-I valid 3", "JE-I valid 4"]
    allergic = born("2023-01-31", contraindications=(Contra("JE-L", day("2023-05-01")),))
    assert due(allergic, "JE", "2023-05-02").startswith("later JE-I 1: earliest 2023-09-30")
    assert due(allergic, "JE", "2023-04-30").startswith("later JE-L 1")
    begun = born("2023-01-31", "JE-L 2023-09-30", contraindications=(Contra("JE-L", day("2023-10-01")),))
    assert due(begun, "JE", "2023-11-01") == "contraindicated"


def test_meningitis_ac_early() -> None:
    assert told(born("2020-01-15", "MPSV-AC 2022-01-15")) == ["MPSV-AC valid 1"]
    assert told(born("2020-01-15", "MPSV-A 2021-11-20, MPSV-AC 2022-02-19")) == [
        "MPSV-A valid 1",
        "MPSV-AC too_close 1",
    ]
    assert told(born("2020-01-15", "MPSV-A 2021-11-20, MPSV-AC 2022-02-20"))[-1] == "MPSV-AC valid 1"
    two = "MPSV-A 2020-07-15, MPSV-A 2022-02-01"
    assert told(born("2020-01-15", f"{two}, MPSV-AC 2023-01-14"))[-1] == "MPSV-AC too_early 1"
    assert told(born("2020-01-15", f"{two}, MPSV-AC 2023-01-31"))[-1] == "MPSV-AC too_close 1"
    assert told(born("2020-01-15", f"{two}, MPSV-AC 2023-02-01"))[-1] == "MPSV-AC valid 1"
    assert told(born("2020-01-15", "MPSV-AC 2023-01-15, MPSV-A 2023-01-15")) == [
        "MPSV-A valid 1",
        "MPSV-AC too_close 1",
    ]
    assert due(born("2020-01-15"), "MenA", "2022-01-15").startswith("too_old MPSV-A 1")


def test_hepatitis_a_may_change_from_inactivated_to_live() -> None:
    assert told(born("2020-01-15", "HepA-I 2021-07-15, HepA-L 2022-01-15")) == ["HepA-I valid 1", "HepA-L valid 2"]
    assert told(born("2020-01-15", "HepA-L 2021-07-15, HepA-I 2022-01-15")) == ["HepA-L valid 1", "HepA-I extra 0"]
    no_live = (Contra("live", day("2020-02-01")),)
    assert due(born("2020-01-15", contraindications=no_live), "HepA", "2021-08-01") == (
        "due HepA-I 1: earliest 2021-07-15, on 2021-08-01, overdue from 2022-01-15"
    )
    no_inactivated = (Contra("HepA-I", day("2021-07-16")),)
    assert due(born("2020-01-15", "HepA-I 2021-07-15", contraindications=no_inactivated), "HepA", "2021-08-01") == (
        "later HepA-L 2: earliest 2022-01-15, on 2022-01-15, overdue from 2023-01-15"
    )


def test_a_fever_only_delays() -> None:
    child = born("2023-01-31", contraindications=(Contra("all", day("2023-10-01"), day("2023-10-07")),))
    assert due(child, "MMR", "2023-10-02") == "due MMR 1: earliest 2023-09-30, on 2023-10-08, overdue from 2024-01-31"
    assert due(child, "MMR", "2023-09-30") == "due MMR 1: earliest 2023-09-30, on 2023-09-30, overdue from 2024-01-31"


def test_what_is_no_dose() -> None:
    child = born("2023-01-31", "HepB 2023-01-30, HepB 2023-01-31, HepB 2023-02-28, PPV23 2023-02-28, BCG 2023-03-02")
    assert told(child, "2023-03-01") == ["HepB valid 1", "HepB valid 2", "PPV23 unknown 0"]
