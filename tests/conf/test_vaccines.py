"""Schedules as files: what is in them, what an edition changes, and mistakes told with their file and place."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.immunizations import VACCINES
from clinic.vaccines.due import due
from clinic.vaccines.judging import judge
from clinic.vaccines.records import Child, Given
from conf import vaccines
from conf.lengths import read_length
from conf.texts import LANGUAGES, Name, say
from conf.vaccines import (
    BadEdition,
    Edition,
    Length,
    called,
    codes,
    digest,
    edition,
    editions,
    product,
    read_editions,
    schedule,
)

DAY = dt.date.fromisoformat
FIRST = "national-2021.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The schedules, to be spoilt."""
    for path in vaccines.FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.fixture
def own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The schedules of an installation that puts its own files beside ours."""
    monkeypatch.setattr(vaccines, "FOLDER", folder)
    for cached in (vaccines.editions, vaccines._invitations):
        cached.cache_clear()
    yield folder
    monkeypatch.undo()
    for cached in (vaccines.editions, vaccines._invitations):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("28 days", Length(days=28)),
        ("1 day", Length(days=1)),
        ("1 month", Length(months=1)),
        ("4 years", Length(months=48)),
        ("24 hours", Length(days=2)),  # the day of birth and the next
        ("12 hours", Length(days=2)),
    ],
)
def test_lengths_are_written_in_words(written: str, length: Length) -> None:
    assert read_length(written) == length


@pytest.mark.parametrize("written", ["", "28", "28 dys", "1.5 months", "-1 day", "6  months", 28, None])
def test_what_is_no_length_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="is no length of time, such as 28 days or 6 months"):
        read_length(written)


def test_the_editions_and_what_the_second_changes() -> None:
    first, second = editions()
    assert (first.start, second.start) == (DAY("2021-03-01"), DAY("2025-01-01"))
    changed = {name for name in first.series if first.series[name] != second.series[name]}
    assert changed == {"DTP"}
    assert {name for name in Edition.model_fields if getattr(first, name) != getattr(second, name)} == {
        "start",
        "series",
    }
    ages = [[dose.age.months for dose in each.series["DTP"].courses["usual"].doses] for each in (first, second)]
    assert ages == [[3, 4, 5, 18], [2, 4, 6, 18]]


def test_the_edition_of_a_day() -> None:
    first, second = editions()
    assert edition(DAY("1999-01-01")) is edition(DAY("2024-12-31")) is first
    assert edition(DAY("2025-01-01")) is edition(DAY("2050-01-01")) is second
    assert schedule(DAY("2021-02-28")) == {}


def test_the_live_vaccines() -> None:
    for each in editions():
        assert each.live == {"BCG", "bOPV", "MMR", "JE-L", "HepA-L"}
        assert each.live_injected == each.live - {"bOPV"}


def test_everything_has_a_name_in_both_languages() -> None:
    for each in editions():
        named = (
            *each.vaccines.values(),
            *each.products.values(),
            *each.contraindications.values(),
            *each.not_contraindications.values(),
        )
        for language in LANGUAGES:
            texts = [one.name.text(language) for one in named]
            assert len(set(texts)) == len(texts)
            assert all(texts)


def test_the_names_are_those_of_the_texts() -> None:
    for each in editions():
        assert {code: vaccine.zh for code, vaccine in each.vaccines.items()} == {
            code: say("zh", "vaccine-name", vaccine=code) for code in VACCINES
        }


# A file of a centre's own.

EARLIER_MMR = """
from = 2027-01-01
[series.MMR.courses.two]
doses = [
  { dose = 1, age = "8 months", before = "12 months" },
  { dose = 2, age = "15 months", interval = "28 days", before = "24 months" },
]
"""


def test_a_centre_puts_a_file_of_its_own_beside_which_changes_an_age_from_a_day_on(own: Path) -> None:
    (own / "district-2027.toml").write_text(EARLIER_MMR, encoding="utf-8")
    child = Child(DAY("2025-09-30"), (Given("MMR", DAY("2026-05-30")),))
    seen = {
        day: next(each for each in due(child, DAY(day)) if each.series == "MMR") for day in ("2026-12-31", "2027-01-01")
    }
    assert [(each.status, str(each.earliest)) for each in seen.values()] == [
        ("later", "2027-03-30"),
        ("due", "2026-12-30"),
    ]
    early, right = (Child(child.birth, (*child.doses, Given("MMR", DAY(day)))) for day in ("2026-12-31", "2027-01-01"))
    assert [judge(each, DAY("2030-01-01"))[1].judgement for each in (early, right)] == ["too_early", "valid"]
    assert [turn.age for turn in schedule(DAY("2027-01-01"))["MMR"].doses] == [8, 15]
    assert [turn.age for turn in schedule(DAY("2026-12-31"))["MMR"].doses] == [8, 18]


NEW_MENINGOCOCCAL = """
from = 2028-01-01
gone = ["series.MenA", "series.MenAC", "vaccines.MPSV-A", "vaccines.MPSV-AC", "products.MCV-AC"]
[vaccines]
MCV4 = { zh = "四价流脑结合疫苗", en = "meningitis ACYW vaccine" }
[series.MenACYW]
vaccines = ["MCV4"]
not_from = "18 years"
[series.MenACYW.courses.usual]
doses = [{ dose = 1, age = "3 months" }, { dose = 2, age = "6 months", interval = "28 days" }]
"""


def test_an_edition_can_drop_series_and_bring_new_ones(own: Path) -> None:
    (own / "next.toml").write_text(NEW_MENINGOCOCCAL, encoding="utf-8")
    child = Child(DAY("2027-09-30"), (Given("MCV4", DAY("2028-01-01")), Given("MPSV-A", DAY("2028-04-01"))))
    assert [each.judgement for each in judge(child, DAY("2028-05-01"))] == ["valid", "unknown"]
    found = {each.series: each.status for each in due(child, DAY("2028-05-01"))}
    assert "MenA" not in found
    assert found["MenACYW"] == "overdue"
    assert {"MPSV-A", "MPSV-AC"}.isdisjoint(schedule(DAY("2028-01-01")))


IPV_HIB = """
from = 2027-01-01
[products]
IPV-Hib = { zh = "脊灰-Hib联合疫苗", en = "IPV-Hib vaccine", counts = ["IPV"] }
"""


def test_a_centre_adds_a_product_which_also_counts_where_it_was_given_before(own: Path) -> None:
    before = digest()
    (own / "district-2027.toml").write_text(IPV_HIB, encoding="utf-8")
    assert product("IPV-Hib", DAY("2024-05-05")) is None
    vaccines.editions.cache_clear()
    for day in ("2024-05-05", "2027-05-05"):
        found = product("IPV-Hib", DAY(day))
        assert found is not None
        assert found.counts == ("IPV",)
    assert called("IPV-Hib", DAY("2024-05-05")) == Name("脊灰-Hib联合疫苗", "IPV-Hib vaccine")
    assert "IPV-Hib" in codes()
    assert "IPV-Hib" in schedule(DAY("2027-01-01"))["IPV"].counts
    assert digest() != before


def test_comments_do_not_change_the_rules(own: Path) -> None:
    before = digest()
    with (own / FIRST).open("a", encoding="utf-8") as file:
        file.write("# looked through\n")
    vaccines.editions.cache_clear()
    assert digest() == before


def test_what_nobody_knows_has_no_name() -> None:
    assert called("XYZ", DAY("2024-05-05")) is None
    assert product("MMR", DAY("2024-05-05")) is None


# Mistakes: what is written, what instead, and what is told.
MMR_1, MENA_1 = 'age = "8 months", before', '{ dose = 1, age = "6 months" }'
MENA_2 = 'age = "9 months", interval = "3 months", before = "18 months"'
LIGHT = "birth_weight_under = 2000"
MISTAKES = [
    (MMR_1, 'age = "8 mnths", before', "series.MMR.courses.one.doses.1.age: '8 mnths' is no length"),
    ('not_from = "24 months"', 'not_from = "24 days"', "series.MenA.not_from: '24 days' is no age, such as 8"),
    ("\nskin_test_from", "\nskin_tst_from", "series.BCG.skin_tst_from: there is no such column"),
    (MENA_2, MENA_2.replace("interval", "intervall"), "doses.2.intervall: there is no such column"),
    ('{ dose = 2, age = "9 months"', '{ dose = 3, age = "9 months"', "without gaps, not 1, 3"),
    (MENA_2, 'age = "9 months"', "series.MenA.courses.usual.doses.2: dose 2 needs an interval"),
    (MENA_1, '{ dose = 1, age = "6 months", interval = "1 day" }', "dose 1 has no interval"),
    (MENA_2, MENA_2.replace("9 months", "5 months"), "series.MenA.courses.usual: ages must not go back"),
    (MENA_2, MENA_2.replace("18 months", "9 months"), "doses.2: before must be later"),
    ('vaccines = ["MPSV-A"]', 'vaccines = ["MPSV-B"]', "series.MenA.vaccines: there is no vaccine MPSV-B"),
    ('vaccines = ["JE-L", "JE-I"]', 'vaccines = ["JE-L", "MMR"]', "JE-I is no vaccine of the series"),
    ('MMR = "3 months"', 'MMX = "3 months"', "spacing.immunoglobulin: there is no vaccine MMX"),
    ('give_first = ["MMR"]', 'give_first = ["MMX"]', "give_first: there is no series MMX"),
    ('series = "MenA"', 'series = "HepA"', "series.MenAC.follows.series: HepA is no series before"),
    ('vaccine = "DT"', 'vaccine = "DX"', "series.DTP: late.vaccine: DX is no vaccine of the series"),
    ("doses = 2\n", "doses = 5\n", "series.polio: must_have: the series has only 4 doses"),
    ("since = { dose = 1,", "since = { dose = 3,", "HepB.courses.usual.doses.3: since.dose must be a dose before 3"),
    (
        "born_from = 2019-10-01\ndoses",
        "born_from = 2019-10-02\ndoses",
        "series.MMR: courses: some children would",
    ),
    ('live = "injected" }', 'live = "injectd" }', "vaccines.BCG.live: should be 'injected' or 'oral'"),
    ('not_from = "4 years"\n', "", "series.BCG.not_from: must be there"),
    ('not_from = "12 years"', 'not_from = "6 years"', "series.DTP: not_from must be later than late.from_age"),
    ('against = "live"', 'against = "alive"', "contraindications.immune_deficiency.against: should be"),
    ("[not_contraindications.jaundice]", "[not_contraindications.fever]", "contraindications.fever: stands in not"),
    ('why_zh = "不是禁忌：病情稳定即可接种"', 'why_zh = " "', "not_contraindications.stable_epilepsy.why_zh: "),
    (LIGHT, 'birth_weight_under = "2 kg"', "series.HepB.courses.light.birth_weight_under: should be"),
    ('en = "DT vaccine" }', 'en = "DT vaccine" ', "(at line"),
    ('counts = ["DTaP", "IPV"]', 'counts = ["DTaP", "IVP"]', "products.DTaP-IPV-Hib: there is no vaccine IVP that"),
    ('counts = ["DTaP", "IPV"]', 'counts = ["IPV", "IPV"]', "products.DTaP-IPV-Hib.counts: names a vaccine twice"),
    ('counts = ["DTaP", "IPV"]', "counts = []", "products.DTaP-IPV-Hib.counts: "),
    ("tOPV = {", "IPV = {", "products.IPV: is a vaccine too"),
    ("tOPV = {", "trivalent-oral-polio-drops = {", "products.trivalent-oral-polio-drops: a code has at most 20"),
    ("older = {", "oldr = {", "products.MCV-AC.oldr: there is no such column"),
    ("from = 2021-03-01", 'from = "2021-03-01"', "from: must be the day from which on it holds"),
]


@pytest.mark.parametrize(("old", "new", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_file_and_its_place(folder: Path, old: str, new: str, told: str) -> None:
    written = (folder / FIRST).read_text(encoding="utf-8")
    assert old in written
    (folder / FIRST).write_text(written.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadEdition) as refused:
        read_editions(folder)
    assert str(refused.value).startswith(f"{FIRST}: ")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("from = 2026-01-01\n[series.MMR]\nnot_frm = '9 years'", "own.toml: series.MMR.not_frm: there is no such"),
        ("from = 2026-01-01\ngone = ['series.MenB']", "own.toml: gone: the editions before have no series.MenB"),
        ("from = 2026-01-01\ngone = 'series.MenA'", "own.toml: gone: must be a list of paths"),
        ("from = 2026-01-01\ngone = ['series.BCG']", "own.toml: vaccines.BCG: is in no series"),
        ("from = 2025-01-01", "own.toml: from: 2025-01-01 is the day of national-2025.toml too"),
        ("[series]", "own.toml: from: must be the day"),
        ("from = 2026-01-01\n[series]\nMMR = 3", "own.toml: series.MMR: "),
        ("from = 2026-01-01\n[series.JE]\nvaccines = ['JE-L', 'JE-I', 'MMR']", "own.toml: vaccines.MMR: is in two"),
    ],
)
def test_a_mistake_of_an_own_file_is_its_own(folder: Path, written: str, told: str) -> None:
    (folder / "own.toml").write_text(written, encoding="utf-8")
    with pytest.raises(BadEdition) as refused:
        read_editions(folder)
    assert str(refused.value).startswith(told)


def test_all_mistakes_of_a_file_are_told_at_once(folder: Path) -> None:
    spoilt = (
        (folder / FIRST).read_text(encoding="utf-8").replace('"28 days"', '"28 dys"').replace("skin_test", "skn_test")
    )
    (folder / FIRST).write_text(spoilt, encoding="utf-8")
    with pytest.raises(BadEdition) as refused:
        read_editions(folder)
    assert len(str(refused.value).splitlines()) > 5


def test_an_empty_folder_and_one_without_a_whole_edition(tmp_path: Path) -> None:
    with pytest.raises(BadEdition, match=r"there is no schedule in it, such as national-2021\.toml"):
        read_editions(tmp_path)
    (tmp_path / "only.toml").write_text("from = 2025-01-01", encoding="utf-8")
    with pytest.raises(BadEdition, match=r"only\.toml: vaccines: must be there"):
        read_editions(tmp_path)
