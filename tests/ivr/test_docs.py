"""docs/hotline.md names what operators meet: every outcome, every event that is counted, every metric."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from clinic import calls, voice
from gateway import counters
from ivr.calls import hotline
from ivr.calls.dial import NO_ANSWER, NO_SUCH_NUMBER

ROOT = Path(__file__).parents[2]
WRITTEN = (ROOT / "docs" / "hotline.md").read_text(encoding="utf-8")
SOURCES = [*(ROOT / "ivr" / "calls").glob("*.py")]


@pytest.mark.parametrize("outcome", [*get_args(hotline.Outcome), *voice.OUTCOMES, calls.LOST])
def test_every_outcome(outcome: str) -> None:
    assert f"`{outcome}`" in " ".join(WRITTEN.split())


def test_every_event_that_is_counted() -> None:
    words = {word for path in SOURCES for word in re.findall(r'counts\.event\("([^"]+)"', path.read_text())}
    assert words
    assert [word for word in words if f"`{word}`" not in WRITTEN] == []


@pytest.mark.parametrize("metric", ["CALLS", "CALL_EVENTS", "CALL_SECONDS", "CALL_STEP", "CALLS_LIVE", "SERVER_READY"])
def test_every_metric(metric: str) -> None:
    assert getattr(counters, metric)._name in WRITTEN


def test_the_causes_of_the_tables() -> None:
    rows = {row[1]: row[2] for row in re.finditer(r"\| `(\w+)` \| ([^|]*)\|", WRITTEN)}
    assert set(map(int, re.findall(r"\d+", rows["unreachable"]))) == NO_SUCH_NUMBER
    assert set(map(int, re.findall(r"\d+", rows["no_answer"]))) | {0} == NO_ANSWER
