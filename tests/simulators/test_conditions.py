"""Misbehaviour as settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulators.conditions import Conditions


def test_changes_leave_the_rest_as_it_is() -> None:
    changed = Conditions(submit_latency=2).changed({"submit_fail": 0.5}).changed({"submit_throttle": 3})
    assert changed.trouble == {"submit_latency": 2, "submit_fail": 0.5, "submit_throttle": 3}


def test_a_status_by_name_or_number_is_written_as_a_name() -> None:
    conditions = Conditions(bind_refuse="0x0D", submit_refuse_with="RMSGQFUL")
    assert (conditions.bind_refuse, conditions.submit_refuse_with) == (0x0D, 0x14)
    assert conditions.trouble == {"bind_refuse": "ESME_RBINDFAIL", "submit_refuse_with": "ESME_RMSGQFUL"}


@pytest.mark.parametrize(
    ("written", "meant"), [("Close", "close"), ("wait", "wait"), ("0x58", "ESME_RTHROTTLED"), (1025, "0x00000401")]
)
def test_a_reaction_is_a_status_or_an_act(written: Any, meant: str) -> None:
    assert Conditions(submit_throttle_reaction=written).submit_throttle_reaction == meant


@pytest.mark.parametrize(
    "changes",
    [
        {"submit_latency": -1},
        {"submit_fail": 1.1},
        {"submit_fail": float("nan")},
        {"submit_throttle": 0.5},
        {"latncy": 1},
        {"bind_silent": "perhaps"},
        {"bind_refuse": "ESME_RNOSUCH"},
        {"submit_throttle_reaction": "shout"},
        {"wire_junk": "rubbish"},
        {"receipt_dialect": "klingon"},
    ],
)
def test_what_is_impossible_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Conditions().changed(changes)
