"""The order for one day, school entry, when to look again, and what is refused as a contraindication."""

from __future__ import annotations

import datetime as dt

import pytest

from clinic.vaccines.contraindications import BadContraindication, NotContraindicated, contraindication
from clinic.vaccines.due import due
from clinic.vaccines.records import Child, Contra
from clinic.vaccines.today import next_look, school_entry, together
from tests.clinic.vaccines.kids import DAY, kid


def look(child: Child, today: str) -> str:
    return str(next_look(child, DAY(today), due(child, DAY(today))))


def order(child: Child, today: str, day: str = "") -> list[str]:
    dues = due(child, DAY(today))
    return [each.vaccine for each in together(dues, DAY(day) if day else None)]


def test_mmr_comes_first_then_the_most_overdue_then_the_order_of_the_table() -> None:
    child = kid("2023-01-31", "HepB 2023-01-31", "BCG 2023-01-31", "HepB 2023-02-28", "HepB 2023-07-31")
    # IPV since 2023-05-31, DTaP since the same day, MenA since 2023-08-31, JE since 2024-01-31.
    assert order(child, "2024-02-01") == ["MMR", "IPV", "DTaP", "MPSV-A", "JE-L"]


def test_what_has_to_wait_is_not_for_this_day() -> None:
    child = kid("2023-01-31", "BCG 2023-09-20", immunoglobulin=("2023-09-01",))
    assert order(child, "2023-10-01") == ["HepB", "IPV", "DTaP", "MPSV-A"]
    assert order(child, "2023-10-01", "2023-10-18") == ["HepB", "IPV", "DTaP", "MPSV-A", "JE-L"]
    assert order(child, "2023-10-01", "2023-12-01") == ["MMR", "HepB", "IPV", "DTaP", "MPSV-A", "JE-L"]
    assert order(kid("2040-01-01"), "2030-01-01") == []


def test_school_entry_asks_for_what_is_due_on_that_day() -> None:
    doses = (
        "HepB 2019-03-31", "BCG 2019-03-31", "HepB 2019-04-30", "IPV 2019-05-31", "bOPV 2019-06-30", "bOPV 2019-07-31",
        "DTaP 2019-06-30", "DTaP 2019-07-31", "DTaP 2019-08-31", "HepB 2019-09-30", "MMR 2019-11-30", "JE-L 2019-11-30",
        "MPSV-A 2019-09-30", "MPSV-A 2019-12-31", "DTaP 2020-09-30", "HepA-L 2020-09-30", "JE-L 2021-03-31",
        "MPSV-AC 2022-03-31",
    )  # fmt: skip
    child = kid("2019-03-31", *doses)
    found = school_entry(child, DAY("2025-09-01"))
    assert [f"{each.vaccine} {each.number} {each.status}" for each in found] == [
        "bOPV 4 overdue",
        "DTaP 5 due",
        "MPSV-AC 2 due",
    ]
    assert [each.vaccine for each in school_entry(child, DAY("2025-03-30"))] == ["bOPV"]


@pytest.mark.parametrize(
    ("child", "today", "day"),
    [
        # A new baby: the hepatitis B vaccine of the day of birth is overdue on the third day.
        (kid("2025-01-31"), "2025-01-31", "2025-02-02"),
        (kid("2025-01-31", "HepB 2025-01-31", "BCG 2025-01-31"), "2025-02-01", "2025-02-28"),  # HepB 2
        (
            kid("2024-10-20", "HepB 2024-10-20", "BCG 2024-10-20", "HepB 2024-11-20"),
            "2024-12-20",
            "2025-01-01",
        ),  # edition
        (kid("2023-01-31", contra=("all 2023-10-01 2023-10-07",)), "2023-10-02", "2023-10-08"),
        (kid("2023-01-31", "MMR 2023-10-01"), "2023-10-01", "2023-10-02"),  # JE-L: today, or in 28 days
        (kid("2023-01-31", "MMR 2023-10-01"), "2023-10-02", "2023-10-29"),
        (kid("2023-01-31", "BCG 2023-10-20"), "2023-10-02", "2023-10-20"),  # on record with a later day
        (kid("2023-01-31", contra=("all 2023-10-20 2023-11-01",)), "2023-10-02", "2023-10-20"),
        (kid("2023-01-31", immunoglobulin=("2023-10-20",)), "2023-10-02", "2023-10-20"),
        (kid("2016-03-31", "MPSV-AC 2019-04-01"), "2019-06-01", "2020-03-31"),  # BCG is not given any more
        (kid("2016-03-31", "MPSV-AC 2019-04-01"), "2020-04-01", "2022-03-31"),  # six years
        (kid("2000-01-31"), "2026-01-01", "None"),
    ],
)
def test_when_to_look_again(child: Child, today: str, day: str) -> None:
    assert look(child, today) == day


NOW = DAY("2026-11-24")


def noted(reason: str, *, until: str = "", vaccine: str = "") -> Contra:
    return contraindication(reason, since=NOW, until=DAY(until) if until else None, vaccine=vaccine, today=NOW)


def test_what_is_noted_as_a_contraindication() -> None:
    assert noted("anaphylaxis", vaccine="DTaP") == Contra("DTaP", NOW)
    assert noted("immune_deficiency") == Contra("live", NOW)
    assert noted("fever", until="2026-11-30") == Contra("all", NOW, dt.date(2026, 11, 30))


@pytest.mark.parametrize(
    ("reason", "zh"),
    [
        ("allergic_constitution", "过敏体质"),
        ("jaundice", "黄疸"),
        ("febrile_seizures", "单纯性热性惊厥史"),
        ("stable_epilepsy", "癫痫控制稳定"),
        ("congenital_heart_disease", "先天性心脏病"),
    ],
)
def test_what_is_no_contraindication_is_refused_with_the_reason(reason: str, zh: str) -> None:
    with pytest.raises(NotContraindicated) as refused:
        noted(reason)
    assert refused.value.name.zh == zh
    assert refused.value.why.zh.startswith("不是禁忌")
    assert "no contraindication" in str(refused.value)


@pytest.mark.parametrize(
    ("reason", "words", "told"),
    [
        ("measles", {}, "'measles' is no reason, it is one of acute_illness, anaphylaxis, fever"),
        ("anaphylaxis", {}, "anaphylaxis is against one vaccine: name it"),
        ("anaphylaxis", {"vaccine": "MRR"}, "there is no vaccine 'MRR', only HepB"),
        ("immune_deficiency", {"vaccine": "MMR"}, "immune_deficiency is against live"),
        ("fever", {}, "fever lasts to a day: name its last day"),
        ("immune_deficiency", {"until": "2027-01-01"}, "immune_deficiency lasts for good"),
        ("fever", {"until": "2026-11-23"}, "fever ends on 2026-11-23, before it begins on 2026-11-24"),
    ],
)
def test_what_is_noted_wrong_is_told(reason: str, words: dict[str, str], told: str) -> None:
    with pytest.raises(BadContraindication) as refused:
        noted(reason, **words)
    assert str(refused.value).startswith(told)
