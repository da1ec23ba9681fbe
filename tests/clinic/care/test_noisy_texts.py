"""Readings in noise: thousands of made texts, mutations, and any text at all."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.care.reading_text import Pressure, Understood, read
from conf.norms import norms
from tests.clinic.care.corpus import Sample, Value, samples, slips
from tests.clinic.care.silences import silences

NORMS = norms(dt.date(2027, 3, 8))


def told(text: str) -> Understood:
    found = read(text, NORMS)
    assert found is not None, text
    return found


def values(found: Understood | None) -> tuple[Value, ...]:
    return tuple(
        ("bp", each.systolic, each.diastolic) if isinstance(each, Pressure) else ("glucose", each.tenths, 0)
        for each in (found.readings if found else ())
    )


def silently_wrong(sample: Sample, found: Understood | None) -> bool:
    """A value that nobody meant, and no note that says that something was done to it."""
    return any(
        value not in sample.values and not reading.notes
        for reading, value in zip(found.readings if found else (), values(found), strict=True)
    )


def test_twenty_thousand_noisy_texts() -> None:
    """No emergency is missed, no value silently wrong, and nearly all are understood."""
    counts: Counter[str] = Counter()
    for sample in samples(20_000, seed=20260308):
        found = read(sample.text, NORMS)
        if sample.emergency:
            assert found is not None, sample
            assert found.maybe_emergency, (sample, found)
            counts["emergency"] += 1
        assert not silently_wrong(sample, found), (sample, found)
        if sample.plain:
            counts["plain"] += 1
            right = values(found) == sample.values
            counts["right"] += right
            if right and sample.told:
                assert found is not None
                assert any(each.notes for each in found.readings), (sample, found)
    assert counts["right"] >= 0.99 * counts["plain"]
    assert counts["plain"] > 15_000
    assert counts["emergency"] > 5_000


def test_five_thousand_texts_without_a_reading() -> None:
    for text in silences(5_000, seed=20260309):
        assert read(text, NORMS) is None, text


def test_one_slip_of_a_finger_hides_hardly_any_emergency() -> None:
    """Where the slip makes another good reading (98/82 for 198/82) nobody can see it."""
    found = [(sample, read(sample.text, NORMS)) for sample in slips(2_000, seed=20260310)]
    missed = [sample for sample, what in found if not (what and what.maybe_emergency)]
    assert len(missed) <= 0.005 * len(found), missed


@pytest.mark.parametrize("text", ["血压185/95", "血压150/115", "BP 210/130", "血压：180/110", "高压185低压112"])
def test_a_character_that_is_lost_or_doubled_hides_no_emergency(text: str) -> None:
    digits = [at for at, letter in enumerate(text) if letter.isdigit() or letter == "/"]
    for at in digits:
        for changed in (text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:], text[:at] + " " + text[at:]):
            assert told(changed).maybe_emergency, changed


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "1 ",
            "1/",
            "150/95 ",
            "血糖5.3 ",
            "血压",
            "一",
            "百",
            "十",
            "l",
            "9",
            "0-",
            "没有胸痛",
            "no ",
            "高压",
            "150-160/",
        ),
        *("( ", "+1 ", "5.3 血糖", "是", ".", "/", "点", "1点", "空腹", "早上", "hi ", "一百", "1.", "脉搏", "次"),
    ],
)
def test_anything_over_and_over_is_read_in_good_time_and_raises_nothing(piece: str) -> None:
    for text in (piece * 500, piece * 500 + "血压150/95", "血压" + piece * 500):
        read(text, NORMS)


ALPHABET = (
    st.sampled_from("0123456789/.,-:： 血压糖高低脉搏空腹餐后一二百十点零lOoI BPpkKaAmMgGdDL\n胸痛没有头晕。!()")
    | st.characters()
)


@settings(max_examples=400, deadline=None)
@given(st.text(ALPHABET, max_size=60))
def test_no_text_at_all_raises(text: str) -> None:
    found = read(text, NORMS)
    assert found is None or found.readings or found.unclear or found.danger


WIDE = str.maketrans("0123456789/.:,", "０１２３４５６７８９／．：，")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_width_and_blanks_around_change_nothing(seed: int) -> None:
    sample = samples(1, seed)[0]
    found, wide = read(sample.text, NORMS), read(f" \u3000{sample.text.translate(WIDE)}  ", NORMS)
    assert values(found) == values(wide)
    assert (found and found.maybe_emergency) == (wide and wide.maybe_emergency)


def test_only_the_beginning_of_an_endless_text_is_looked_at() -> None:
    assert read("血压是多少？" * 5_000 + "血压150/95", NORMS) is None
    assert read("9" * 100_000, NORMS) is None
    assert told("血压150/95" + "。" * 100_000).readings == (Pressure(150, 95),)
