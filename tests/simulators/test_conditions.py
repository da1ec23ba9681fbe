"""Misbehaviour as settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulators.conditions import Conditions, Throttle


def test_everything_is_off_by_default() -> None:
    assert not any(Conditions().model_dump().values())


def test_changes_leave_the_rest_as_it_is() -> None:
    changed = Conditions(latency=2).changed({"fail": 0.5}).changed({"throttle": 3})
    assert (changed.latency, changed.fail, changed.throttle) == (2, 0.5, 3)


@pytest.mark.parametrize(
    "changes",
    [{"latency": -1}, {"fail": 1.1}, {"fail": float("nan")}, {"throttle": 0.5}, {"latncy": 1}, {"silent": "perhaps"}],
)
def test_what_is_impossible_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Conditions().changed(changes)


def test_a_throttle_looks_back_one_second() -> None:
    throttle = Throttle()
    assert [throttle.admits(2, now) for now in (0, 0.5, 0.9)] == [True, True, False]
    assert [throttle.admits(2, now) for now in (1.0, 1.1, 1.5)] == [True, False, True]
    assert throttle.admits(0, 1.5)
