"""What is due: statuses on the days on which they turn, what to give, and what has to wait."""

from __future__ import annotations

import pytest

from clinic.vaccines.due import due
from tests.clinic.vaccines.kids import DAY, brief, kid, of, told


def test_a_baby_on_the_day_of_birth() -> None:
    baby = kid("2025-01-31")
    assert [f"{each.series} {each.status} {each.earliest}" for each in due(baby, DAY("2025-01-31"))] == [
        "HepB due 2025-01-31",
        "BCG due 2025-01-31",
        "polio later 2025-03-31",
        "DTP later 2025-03-31",
        "MMR later 2025-09-30",
        "JE later 2025-09-30",
        "MenA later 2025-07-31",
        "MenAC later 2027-01-31",
        "HepA later 2026-07-31",
    ]


def test_the_dose_at_birth_is_overdue_when_24_hours_are_certainly_over() -> None:
    baby = kid("2025-01-31")
    assert told("HepB", baby, "2025-02-01") == "due HepB 1 earliest 2025-01-31 on 2025-02-01 overdue 2025-02-02"
    assert brief("HepB", baby, "2025-02-02") == "overdue HepB 1"


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2023-09-29", "later MMR 1 earliest 2023-09-30 on 2023-09-30 overdue 2024-01-31"),
        ("2023-09-30", "due MMR 1 earliest 2023-09-30 on 2023-09-30 overdue 2024-01-31"),
        ("2024-01-30", "due MMR 1 earliest 2023-09-30 on 2024-01-30 overdue 2024-01-31"),
        ("2024-01-31", "overdue MMR 1 earliest 2023-09-30 on 2024-01-31 overdue 2024-01-31"),
        ("2041-01-30", "overdue MMR 1 earliest 2023-09-30 on 2041-01-30 overdue 2024-01-31"),
        ("2041-01-31", "too_old MMR 1 earliest 2023-09-30 on 2041-01-31 overdue 2024-01-31"),
    ],
)
def test_a_status_turns_on_its_day(day: str, found: str) -> None:
    assert told("MMR", kid("2023-01-31"), day) == found


@pytest.mark.parametrize(
    ("day", "status", "skin_test"),
    [
        ("2023-04-29", "due", False),
        ("2023-04-30", "overdue", True),
        ("2027-01-30", "overdue", True),
        ("2027-01-31", "too_old", False),
    ],
)
def test_bcg_by_age(day: str, status: str, skin_test: bool) -> None:
    found = of("BCG", kid("2023-01-31"), day)
    assert (found.status, found.skin_test) == (status, skin_test)


def test_bcg_that_has_to_wait_beyond_three_months_needs_the_skin_test() -> None:
    assert of("BCG", kid("2023-01-31", contra=("all 2023-04-01 2023-04-28",)), "2023-04-02").skin_test is False
    assert of("BCG", kid("2023-01-31", contra=("all 2023-04-01 2023-04-29",)), "2023-04-02").skin_test is True


def test_a_light_baby_gets_one_more() -> None:
    doses = "HepB 2023-01-31", "HepB 2023-02-28", "HepB 2023-07-31"
    assert told("HepB", kid("2023-01-31", *doses, weight=2000), "2023-09-30") == "complete"
    assert told("HepB", kid("2023-01-31", *doses), "2023-09-30") == "complete"
    light = kid("2023-01-31", *doses, weight=1999)
    assert told("HepB", light, "2023-09-28") == "later HepB 4 earliest 2023-09-29 on 2023-09-29 overdue 2024-01-31"


def test_polio_is_ipv_until_there_are_enough_then_drops() -> None:
    two = "IPV 2023-03-31", "IPV 2023-04-30"
    assert brief("polio", kid("2023-01-31"), "2023-04-01") == "due IPV 1"
    assert brief("polio", kid("2023-01-31", "bOPV 2023-03-31"), "2023-05-01") == "due IPV 2"
    assert told("polio", kid("2023-01-31", *two), "2023-05-31") == (
        "due bOPV 3 earliest 2023-05-31 on 2023-05-31 overdue 2024-01-31"
    )
    assert told("polio", kid("2023-01-31", *two, "bOPV 2023-05-31"), "2026-01-01") == (
        "later bOPV 4 earliest 2027-01-31 on 2027-01-31 overdue 2028-01-31"
    )


def test_polio_of_who_must_not_have_live_vaccines_is_ipv_at_four_years_and_may_come_earlier() -> None:
    three = "IPV 2023-03-31", "IPV 2023-04-30", "IPV 2023-05-31"
    child = kid("2023-01-31", *three, contra=("live 2023-02-01",))
    assert brief("polio", child, "2025-01-01") == "later IPV 4"
    assert told("polio", kid("2023-01-31", *three, "IPV 2024-07-31"), "2025-01-01") == "complete"


def test_ipv_that_are_missing_after_four_drops() -> None:
    drops = ("bOPV 2023-03-31", "bOPV 2023-04-30", "bOPV 2023-05-31", "bOPV 2027-01-31")
    child = kid("2023-01-31", *drops)
    assert told("polio", child, "2027-02-01") == "later IPV 5 earliest 2027-02-28 on 2027-02-28 overdue 2027-02-28"
    assert brief("polio", child, "2027-02-28") == "overdue IPV 5"
    assert told("polio", kid("2023-01-31", *drops, contra=("IPV 2023-04-01",)), "2027-03-01") == "contraindicated"
    assert brief("polio", kid("2023-01-31", contra=("IPV 2023-04-01",)), "2023-04-01") == "due bOPV 1"


FOUR = ("DTaP 2018-06-30", "DTaP 2018-07-31", "DTaP 2018-08-31", "DTaP 2019-09-30")


def test_dtp_is_dt_at_six_years_until_2025() -> None:
    child = kid("2018-03-31", *FOUR)
    assert told("DTP", child, "2024-03-30") == "later DT 5 earliest 2024-03-31 on 2024-03-31 overdue 2025-03-31"
    assert told("DTP", child, "2024-12-31") == "due DT 5 earliest 2024-03-31 on 2024-12-31 overdue 2025-03-31"
    assert told("DTP", child, "2025-01-01") == "due DTaP 5 earliest 2024-03-31 on 2025-01-01 overdue 2025-03-31"
    assert brief("DTP", child, "2025-03-31") == "too_old DTaP 5"  # 7 years
    assert told("DTP", kid("2018-03-31", *FOUR, "DT 2024-03-31"), "2025-01-01") == "complete"


def test_dtp_of_who_comes_late() -> None:
    nothing = kid("2015-03-31")
    assert told("DTP", nothing, "2021-03-30") == "overdue DTaP 1 earliest 2015-06-30 on 2021-03-30 overdue 2015-07-31"
    assert told("DTP", nothing, "2021-03-31") == "due DT 1 earliest 2021-03-31 on 2021-03-31 overdue 2022-03-31"
    assert told("DTP", kid("2015-03-31", "DT 2021-04-01"), "2021-04-02") == (
        "later DT 2 earliest 2021-04-29 on 2021-04-29 overdue 2022-03-31"
    )
    # The interval leads beyond 6 years, so the late rule holds already.
    assert told(
        "DTP", kid("2015-03-31", *(f"DTaP 20{day}" for day in ("20-09-01", "20-10-01", "21-01-01"))), "2021-02-01"
    ) == ("later DT 4 earliest 2021-07-01 on 2021-07-01 overdue 2022-03-31")
    assert told("DTP", kid("2009-03-31"), "2021-04-01").startswith("too_old DT 1")


def test_a_child_in_the_transition_of_2025() -> None:
    child = kid("2024-10-20")
    assert told("DTP", child, "2024-12-31") == "later DTaP 1 earliest 2025-01-20 on 2025-01-20 overdue 2025-02-20"
    assert told("DTP", child, "2025-01-01") == "due DTaP 1 earliest 2024-12-20 on 2025-01-01 overdue 2025-01-20"
    begun = kid("2024-08-15", "DTaP 2024-11-15", "DTaP 2024-12-15")
    assert told("DTP", begun, "2024-12-31") == "later DTaP 3 earliest 2025-01-15 on 2025-01-15 overdue 2025-08-15"
    assert told("DTP", begun, "2025-01-15") == "later DTaP 3 earliest 2025-02-15 on 2025-02-15 overdue 2025-08-15"


def test_mmr_by_birth() -> None:
    assert told("MMR", kid("2019-09-30", "MMR 2020-06-01"), "2022-01-01") == "complete"
    assert brief("MMR", kid("2019-10-01", "MMR 2020-06-01"), "2022-01-01") == "overdue MMR 2"
    outbreak = kid("2023-01-31", "MMR 2023-08-30")
    assert told("MMR", outbreak, "2023-09-01") == "later MMR 1 earliest 2023-09-30 on 2023-09-30 overdue 2024-01-31"


def test_live_vaccines_wait_for_each_other_but_not_on_the_same_day() -> None:
    child = kid("2023-01-31", "MMR 2023-10-01")
    assert told("JE", child, "2023-10-01") == "due JE-L 1 earliest 2023-09-30 on 2023-10-01 overdue 2024-01-31"
    assert told("JE", child, "2023-10-02") == "due JE-L 1 earliest 2023-09-30 on 2023-10-29 overdue 2024-01-31"
    assert told("JE", child, "2023-10-29") == "due JE-L 1 earliest 2023-09-30 on 2023-10-29 overdue 2024-01-31"
    both = kid("2023-01-31", "BCG 2023-09-20", "MMR 2023-10-01")
    assert of("JE", both, "2023-10-01").on == DAY("2023-10-29")  # BCG keeps it from today, MMR from then on
    assert of("JE", kid("2023-01-31", "bOPV 2023-10-01"), "2023-10-02").on == DAY("2023-10-02")


def test_mmr_waits_for_immunoglobulin_and_nothing_else_does() -> None:
    child = kid("2023-01-31", immunoglobulin=("2023-09-30",))
    assert told("MMR", child, "2023-10-01") == "due MMR 1 earliest 2023-09-30 on 2023-12-30 overdue 2024-01-31"
    assert of("JE", child, "2023-10-01").on == DAY("2023-10-01")


def test_je_goes_on_as_it_was_begun() -> None:
    assert brief("JE", kid("2023-01-31"), "2023-10-01") == "due JE-L 1"
    assert told("JE", kid("2023-01-31", "JE-I 2023-09-30"), "2023-10-01") == (
        "later JE-I 2 earliest 2023-10-07 on 2023-10-07 overdue 2024-01-31"
    )
    assert told("JE", kid("2023-01-31", "JE-L 2023-09-30", "JE-L 2025-01-31"), "2025-02-01") == "complete"


def test_hepa_as_it_was_begun() -> None:
    begun = kid("2023-01-31", "HepA-I 2024-07-31")
    assert told("HepA", begun, "2025-01-31") == "due HepA-I 2 earliest 2025-01-31 on 2025-01-31 overdue 2026-01-31"
    assert brief("HepA", kid("2023-01-31", "HepA-I 2024-07-31", contra=("HepA-I 2024-08-01",)), "2025-01-31") == (
        "due HepA-L 2"
    )
    assert told("HepA", kid("2023-01-31", "HepA-L 2024-07-31"), "2025-01-31") == "complete"


def test_meningococcal_a_ends_at_24_months_and_ac_comes_early_for_who_lacks_it() -> None:
    none, one = kid("2023-01-31"), kid("2023-01-31", "MPSV-A 2024-12-15")
    two = kid("2023-01-31", "MPSV-A 2023-07-31", "MPSV-A 2023-10-31")
    assert brief("MenA", none, "2025-01-30") == "overdue MPSV-A 1"
    assert brief("MenA", none, "2025-01-31") == "too_old MPSV-A 1"
    assert told("MenAC", none, "2025-01-31") == "due MPSV-AC 1 earliest 2025-01-31 on 2025-01-31 overdue 2027-01-31"
    assert told("MenAC", one, "2025-01-31") == "later MPSV-AC 1 earliest 2025-03-15 on 2025-03-15 overdue 2027-01-31"
    assert told("MenAC", two, "2025-01-31") == "later MPSV-AC 1 earliest 2026-01-31 on 2026-01-31 overdue 2027-01-31"


def test_immune_deficiency_leads_to_what_is_not_live() -> None:
    child = kid("2023-01-31", contra=("live 2023-02-01",))
    found = {each.series: f"{each.status} {each.vaccine}".strip() for each in due(child, DAY("2025-02-01"))}
    assert found == {
        "HepB": "overdue HepB",
        "BCG": "contraindicated",
        "polio": "overdue IPV",
        "DTP": "overdue DTaP",
        "MMR": "contraindicated",
        "JE": "overdue JE-I",
        "MenA": "too_old MPSV-A",
        "MenAC": "due MPSV-AC",
        "HepA": "overdue HepA-I",
    }
    begun = kid("2023-01-31", "JE-L 2023-09-30", contra=("live 2024-01-01",))
    assert told("JE", begun, "2025-02-01") == "contraindicated"
    assert brief("JE", begun, "2023-12-31") == "later JE-L 2"  # not known yet


def test_an_illness_puts_everything_off_to_the_day_after() -> None:
    child = kid("2023-01-31", contra=("all 2023-10-01 2023-10-07",))
    assert told("MMR", child, "2023-10-01") == "due MMR 1 earliest 2023-09-30 on 2023-10-08 overdue 2024-01-31"
    assert of("HepB", child, "2023-10-07").on == DAY("2023-10-08")
    assert of("HepB", child, "2023-10-08").on == DAY("2023-10-08")


def test_what_can_only_be_given_when_it_is_not_given_any_more_is_too_old() -> None:
    child = kid("2023-01-31", contra=("MPSV-A 2025-01-01 2025-01-30",))
    assert told("MenA", child, "2025-01-02") == "too_old MPSV-A 1 earliest 2023-07-31 on 2025-01-31 overdue 2023-08-31"


def test_one_who_has_all() -> None:
    doses = (
        "HepB 2016-01-31", "BCG 2016-01-31", "HepB 2016-02-29", "IPV 2016-03-31", "bOPV 2016-04-30",
        "DTaP 2016-04-30", "bOPV 2016-05-31", "DTaP 2016-05-31", "DTaP 2016-06-30", "HepB 2016-07-31",
        "MPSV-A 2016-07-31", "MMR 2016-09-30", "JE-L 2016-09-30", "MPSV-A 2016-10-31", "HepA-L 2017-07-31",
        "DTaP 2017-07-31", "JE-L 2018-01-31", "MPSV-AC 2019-01-31", "bOPV 2020-01-31", "DT 2022-01-31",
        "MPSV-AC 2022-01-31",
    )  # fmt: skip
    assert {each.status for each in due(kid("2016-01-31", *doses), DAY("2026-01-01"))} == {"complete"}
