"""Whole explanations, as a nurse reads them: each rule with its days."""

from __future__ import annotations

import pytest

from clinic.vaccines.due import due
from clinic.vaccines.judging import judge
from clinic.vaccines.reasons import lines
from clinic.vaccines.records import Child
from conf.texts import Language, keys
from tests.clinic.vaccines.kids import DAY, kid


def why(series: str, child: Child, today: str, language: Language = "zh") -> list[str]:
    """Why this series is at what it is at."""
    found = next(each for each in due(child, DAY(today), explain=True) if each.series == series)
    return lines(found.why, language)


def why_last(child: Child, language: Language = "zh") -> list[str]:
    """Why the dose given last counts, or does not."""
    return lines(judge(child, DAY("2040-01-01"), explain=True)[-1].why, language)


def test_nothing_is_explained_unasked() -> None:
    child = kid("2023-01-31", "MMR 2023-09-30")
    assert [each.why for each in (*due(child, DAY("2024-01-01")), *judge(child, DAY("2024-01-01")))] == [()] * 10


OUTBREAK = kid("2023-01-31", "MMR 2023-08-31", "JE-L 2023-10-15", immunoglobulin=("2023-09-01",))


def test_mmr_after_an_outbreak_dose_with_immunoglobulin_and_a_live_vaccine_before() -> None:
    assert why("MMR", OUTBREAK, "2023-10-20") == [
        "2023-08-31接种的麻腮风疫苗不计为第1剂：早了30天",
        "第1剂：麻腮风疫苗",
        "满8个月（2023-09-30）",
        "距2023-10-15接种的乙脑减毒活疫苗至少28天（2023-11-12），同日接种除外",
        "距2023-09-01注射的免疫球蛋白至少3个月（2023-12-01）",
        "2023-12-01起可接种",
        "应在2024-01-31前完成",
        "依据2021-03-01起施行的免疫程序",
    ]
    assert why("MMR", OUTBREAK, "2023-10-20", "en") == [
        "MMR vaccine given on 2023-08-31 does not count as dose 1: 30 days too early",
        "dose 1: MMR vaccine",
        "at 8 months (2023-09-30)",
        "at least 28 days after Japanese encephalitis vaccine (live) on 2023-10-15 (2023-11-12),"
        " unless on the same day",
        "at least 3 months after immunoglobulin on 2023-09-01 (2023-12-01)",
        "can be given from 2023-12-01 on",
        "to be complete before 2024-01-31",
        "by the schedule in force from 2021-03-01 on",
    ]


def test_a_second_dose_with_its_interval() -> None:
    child = kid("2023-01-31", "MMR 2024-07-15")
    assert why("MMR", child, "2024-07-20") == [
        "第2剂：麻腮风疫苗",
        "满18个月（2024-07-31）",
        "距上一剂2024-07-15至少28天（2024-08-12）",
        "2024-08-12起可接种",
        "应在2025-01-31前完成",
        "依据2021-03-01起施行的免疫程序",
    ]


def test_hepatitis_b_counts_from_the_first_dose_too() -> None:
    child = kid("2023-01-31", "HepB 2023-05-31", "HepB 2023-06-30")
    assert why("HepB", child, "2024-02-01") == [
        "第3剂：乙肝疫苗",
        "满6个月（2023-07-31）",
        "距上一剂2023-06-30至少60天（2023-08-29）",
        "距有效的第1剂2023-05-31至少4个月（2023-09-30）",
        "今日可接种",
        "自2024-01-31起逾期",
        "依据2021-03-01起施行的免疫程序",
    ]


def test_the_edition_of_2025_is_named() -> None:
    assert why(
        "DTP", kid("2018-03-31", "DTaP 2018-06-30", "DTaP 2018-07-31", "DTaP 2024-01-31"), "2025-01-02", "en"
    ) == [
        "dose 4: DTaP vaccine",
        "from 6 years on (2024-03-31): DTaP vaccine",
        "at least 6 months after the last dose on 2024-01-31 (2024-07-31)",
        "can be given today",
        "to be complete before 2025-03-31",
        "by the schedule in force from 2025-01-01 on",
    ]


def test_immune_deficiency() -> None:
    child = kid("2023-01-31", "IPV 2023-03-31", contra=("live 2023-02-01", "all 2023-10-01 2023-10-07"))
    assert why("JE", child, "2023-10-02") == [
        "乙脑减毒活疫苗：2023-02-01起禁忌，不再接种",
        "第1剂：乙脑灭活疫苗",
        "满8个月（2023-09-30）",
        "2023-10-01起的暂缓接种：2023-10-08起可接种",
        "2023-10-08起可接种",
        "应在2023-10-31前完成",
        "依据2021-03-01起施行的免疫程序",
    ]
    assert why("MMR", child, "2023-10-02", "en") == [
        "MMR vaccine: contraindicated since 2023-02-01, not given any more",
        "by the schedule in force from 2021-03-01 on",
    ]
    assert why("polio", child, "2023-10-02")[:5] == [
        "脊灰减毒活疫苗：2023-02-01起禁忌，不再接种",
        "第2剂：脊灰灭活疫苗",
        "满3个月（2023-04-30）",
        "距上一剂2023-03-31至少28天（2023-04-28）",
        "须有2剂脊灰灭活疫苗，还缺1剂",
    ]


def test_bcg_late_and_too_late() -> None:
    assert why("BCG", kid("2025-01-31"), "2025-04-30", "en") == [
        "dose 1: BCG vaccine",
        "from the day of birth on (2025-01-31)",
        "can be given today",
        "overdue since 2025-04-30",
        "from 3 months on (2025-04-30) only after a skin test that was negative",
        "by the schedule in force from 2025-01-01 on",
    ]
    assert why("BCG", kid("2021-01-31"), "2025-01-31")[2:] == [
        "满4周岁（2025-01-31）起不再接种",
        "依据2025-01-01起施行的免疫程序",
    ]


def test_what_is_put_off_until_it_is_too_late() -> None:
    assert why("MenA", kid("2023-01-31", contra=("all 2025-01-01 2025-01-30",)), "2025-01-02")[2:4] == [
        "2025-01-01起的暂缓接种：2025-01-31起可接种",
        "满2周岁（2025-01-31）起不再接种",
    ]


def test_meningococcal_ac_looks_at_a() -> None:
    two = kid("2023-01-31", "MPSV-A 2023-07-31", "MPSV-A 2025-06-30")
    assert why("MenAC", two, "2026-01-01")[:3] == [
        "第1剂：A群C群流脑多糖疫苗",
        "满3周岁（2026-01-31）",
        "距第2剂A群流脑多糖疫苗2025-06-30至少12个月（2026-06-30）",
    ]
    assert why("MenAC", kid("2023-01-31", "MPSV-A 2024-12-15"), "2025-01-31")[1:3] == [
        "满2周岁（2025-01-31）",
        "距上一剂A群流脑多糖疫苗2024-12-15至少3个月（2025-03-15）",
    ]


def test_complete() -> None:
    child = kid("2019-01-31", "MMR 2019-09-30", "MMR 2020-09-30")
    assert why("MMR", child, "2026-01-01") == [
        "已完成：1剂有效",
        "2020-09-30接种的麻腮风疫苗不计：此前已完成",
    ]


@pytest.mark.parametrize(
    ("child", "zh", "en"),
    [
        (
            kid("2023-01-31", "HepB 2023-03-05", "HepB 2023-04-01"),
            ["2023-04-01接种的乙肝疫苗不计为第2剂：间隔少了1天", "距上一剂2023-03-05至少28天（2023-04-02）"],
            [
                "hepatitis B vaccine given on 2023-04-01 does not count as dose 2: the interval is 1 day too short",
                "at least 28 days after the last dose on 2023-03-05 (2023-04-02)",
            ],
        ),
        (
            kid("2023-01-31", "JE-L 2023-09-30", "JE-I 2025-02-01"),
            [
                "2025-02-01接种的乙脑灭活疫苗不计：第2剂应为乙脑减毒活疫苗",
                "满2周岁（2025-01-31）",
                "距上一剂2023-09-30至少12个月（2024-09-30）",
            ],
            [
                "Japanese encephalitis vaccine (inactivated) given on 2025-02-01 does not count:"
                " dose 2 is Japanese encephalitis vaccine (live)",
                "at 2 years (2025-01-31)",
                "at least 12 months after the last dose on 2023-09-30 (2024-09-30)",
            ],
        ),
        (
            kid("2023-01-31", "IPV 2023-03-31", "IPV 2023-04-30", "IPV 2023-05-31", "IPV 2024-07-31"),
            [
                "2024-07-31接种的脊灰灭活疫苗计为第4剂",
                "各剂均为同一灭活疫苗：满18个月（2024-07-31）",
                "距上一剂2023-05-31至少28天（2023-06-28）",
            ],
            [
                "polio vaccine (IPV) given on 2024-07-31 counts as dose 4",
                "all doses of the same inactivated vaccine: at 18 months (2024-07-31)",
                "at least 28 days after the last dose on 2023-05-31 (2023-06-28)",
            ],
        ),
        (
            kid("2023-01-31", "YF 2024-01-01"),
            ["2024-01-01接种的YF不计：免疫程序中没有这种疫苗"],
            ["YF given on 2024-01-01 does not count: the schedule has no such vaccine"],
        ),
    ],
)
def test_why_a_dose_counts_or_not(child: Child, zh: list[str], en: list[str]) -> None:
    assert why_last(child)[:-1] == zh
    assert why_last(child, "en")[:-1] == en


def test_every_text_is_told_here_or_by_another_answer() -> None:
    """No text of the catalogue is left that nothing says."""
    moments = (
        (OUTBREAK, "2023-10-20"),
        (kid("2023-01-31", "HepB 2023-05-31", "HepB 2023-06-30", "MPSV-A 2024-12-15", "DT 2024-01-01"), "2025-01-01"),
        (kid("2023-01-31", "MPSV-A 2023-07-31", "MPSV-A 2023-10-31", contra=("live 2023-02-01",)), "2025-02-01"),
        (kid("2023-01-31", "MMR 2023-10-01", "JE-L 2023-10-01", "JE-I 2025-02-01", "YF 2025-02-01"), "2025-02-02"),
        (kid("2023-01-31", "IPV 2023-03-31", "IPV 2023-04-30", "IPV 2023-05-31", "IPV 2024-07-31"), "2025-01-01"),
        (kid("2017-03-31", "MMR 2018-01-01", "MMR 2018-06-01", contra=("all 2024-01-01 2024-01-07",)), "2024-01-02"),
        (kid("2023-01-31", "HepB 2023-01-31", "HepB 2023-02-28", "HepB 2023-03-01"), "2023-06-01"),
    )
    found = {
        reason.key
        for child, today in moments
        for each in (*due(child, DAY(today), explain=True), *judge(child, DAY(today), explain=True))
        for reason in each.why
    }
    assert {key for key in keys("zh") if key.startswith("why.")} - found <= {"why.too_close"}
    assert "why.too_close" in {
        reason.key
        for each in judge(kid("2023-01-31", "IPV 2023-04-10", "IPV 2023-05-01"), DAY("2024-01-01"), explain=True)
        for reason in each.why
    }
