"""Norms of follow-up: what is in force on a day, and what a file of theirs must be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from conf import norms as folder
from conf.lengths import Length
from conf.norms import FOLDER, Limits, danger_words, norms

OLD, NEW = dt.date(2025, 9, 30), dt.date(2025, 10, 1)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of one's own, with the first edition in it."""
    (tmp_path / "national-2017.toml").write_bytes((FOLDER / "national-2017.toml").read_bytes())
    monkeypatch.setattr(folder, "FOLDER", tmp_path)
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


def forget() -> None:
    folder._editions.cache_clear()
    folder._merged.cache_clear()


def test_the_norms_of_2017() -> None:
    of = norms(dt.date(2020, 1, 1))
    assert of.editions == ("national-2017",)
    assert of.emergency_pressure == Limits(180, 110)
    assert (of.glucose_high, of.glucose_low, of.goal_fasting) == (167, 39, 70)
    assert of.programmes["hypertension"].visits == of.programmes["diabetes"].visits == 4
    assert of.programmes["diabetes"].fasting_tests == 4
    assert of.intervals.routine == Length(months=3)
    assert of.intervals.soon == of.intervals.referred == Length(days=14)
    assert of.intervals.pre_high == Length(months=6)


@pytest.mark.parametrize(
    ("day", "age", "goal"),
    [
        (OLD, 35, Limits(140, 90)),
        (OLD, 64, Limits(140, 90)),
        (OLD, 65, Limits(150, 90)),
        (NEW, 35, Limits(130, 80)),
        (NEW, 65, Limits(130, 80)),
        (NEW, 79, Limits(130, 80)),
        (NEW, 80, Limits(150, 90)),
    ],
)
def test_the_goal_goes_by_age_and_day(day: dt.date, age: int, goal: Limits) -> None:
    assert norms(day).goal(age) == goal


def test_a_later_file_changes_only_what_it_names() -> None:
    old, new = norms(OLD), norms(NEW)
    assert new.editions == ("national-2017", "guideline-2025")
    assert new.goals != old.goals
    assert new.programmes == old.programmes
    assert (new.emergency_pressure, new.glucose_high) == (old.emergency_pressure, old.glucose_high)


def test_days_before_the_first_file_go_by_it() -> None:
    assert norms(dt.date(2016, 1, 28)) == norms(dt.date(2017, 2, 28))


def test_a_centre_puts_its_own_file_beside_them(files: Path) -> None:
    (files / "own.toml").write_text("from = 2026-01-01\n[intervals]\nroutine = '6 weeks'\n", encoding="utf-8")
    assert norms(dt.date(2025, 12, 31)).intervals.routine == Length(months=3)
    assert norms(dt.date(2026, 1, 1)).intervals.routine == Length(days=42)
    assert norms(dt.date(2026, 1, 1)).intervals.soon == Length(days=14)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[intervals]\nroutine = '3 months'", "needs the day on which it begins"),
        ("from = 2026-01-01\n[intervals]\nroutine = 'soon'", "no length of time, such as 2 weeks"),
        ("from = 2026-01-01\n[diabetes]\ngoal_fasting = 7.05", "compared to one decimal"),
        ("from = 2026-01-01\n[hypertension]\ngoals = [{from_age = 60, below = [140, 90]}]", "the first must be 0"),
    ],
)
def test_a_mistake_in_a_file_is_told(files: Path, written: str, said: str) -> None:
    (files / "own.toml").write_text(written, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        norms(dt.date(2026, 6, 1))


def test_danger_words_are_said_once_each_in_both_languages() -> None:
    entries = danger_words()
    assert {"chest_pain", "speech", "weakness", "headache", "vision", "unconscious"} <= {
        entry.code for entry in entries
    }
    assert all(entry.zh and entry.en for entry in entries)
    words = [word for entry in entries for word in (*entry.zh, *entry.en)]
    assert len(words) == len(set(words))
    assert all(word == word.lower() for word in words)
