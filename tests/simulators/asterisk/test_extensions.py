"""The sample dialplan as this Asterisk reads and runs it; what it answers was copied from a real Asterisk 22."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.asterisk.exchange import Hotline
from simulators.asterisk.extensions import NotUnderstood, Step, evaluated, find, plan, read

WAIT = 'TIMEOUT(absolute)=${IF($["${CAREDIAL_WAIT}" = ""]?30:${CAREDIAL_WAIT})}'


def test_the_sample_is_read_and_its_hotline_gets_our_number() -> None:
    contexts = plan("95120")
    assert set(contexts) == {"caredial-hotline", "caredial-next", "caredial-out", "caredial-check", "telephones"}
    assert set(contexts["caredial-hotline"]) == {"95120", "T"}
    assert contexts["caredial-hotline"]["95120"][3] == Step("AGI", "agi:async", "agi")
    assert contexts["caredial-out"]["s"] == (Step("Set", WAIT), Step("AGI", "agi:async"), Step("Hangup", ""))


def test_a_line_that_is_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="same => 5"):
        read("[here]\nexten => s,1,NoOp() ; a comment\n same => 5,Hangup()\n")


@pytest.mark.parametrize(("exten", "name"), [("15400000001", "Dial"), ("s", ""), ("5", "Dial")])
def test_a_pattern_takes_numbers(exten: str, name: str) -> None:
    assert "".join(step.application for step in find(plan("12580"), "telephones", exten)[:1]) == name


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (WAIT, "TIMEOUT(absolute)=30"),
        ('$["${NEXT}" != ""]?caredial-next,${NEXT},1', "1?caredial-next,busy,1"),
        ('$["${NEXT}" = "HANGUP"]?bye', "0?bye"),
        ('${IF($["${NEXT}" = "busy"]?16:38)}', "16"),
        ('${IF($["${NEXT}" != "busy"]?16:38)}', "38"),
    ],
)
def test_expressions(data: str, value: str) -> None:
    assert evaluated(data, lambda name: {"NEXT": "busy"}.get(name, "")) == value


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"Context": "nope"}, "Did not find context nope"),
        ({"Extension": "999"}, "Did not find extension 999 in any context"),
        ({"Extension": "999", "Context": "caredial-out"}, "Did not find extension 999@caredial-out"),
    ],
)
def test_a_dialplan_that_is_not_there(office: Any, asked: dict[str, str], said: str) -> None:
    assert office.driver().say("ShowDialPlan", **asked).heard() == [f"Error {said}"]


def test_the_dialplan_is_listed(make_office: Any) -> None:
    driver = make_office(Hotline(number="95120")).driver().say("ShowDialPlan", Extension="95120", ActionID="7")
    assert driver.heard() == [
        "Success DialPlan list will follow",
        *["ListDialplan"] * 9,
        "ShowDialPlanComplete",
    ]
    assert driver.blocks[-7] == [
        ("Event", "ListDialplan"),
        ("ActionID", "7"),
        ("Context", "caredial-hotline"),
        ("Extension", "95120"),
        ("ExtensionLabel", "agi"),
        ("Priority", "4"),
        ("Application", "AGI"),
        ("AppData", "agi:async"),
        ("Registrar", "pbx_config"),
    ]
    end = driver.last("ShowDialPlanComplete")
    assert (end["ListItems"], end["ListExtensions"], end["ListPriorities"]) == ("9", "1", "9")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIALPLAN_EXISTS(caredial-out,s,1)", "1"),
        ("DIALPLAN_EXISTS(caredial-out,s,9)", "0"),
        ("DIALPLAN_EXISTS(caredial-no)", "0"),
        ("IFMODULE(res_agi.so)", "1"),
        ("IFMODULE(nope.so)", "0"),
        ("PJSIP_ENDPOINT(trunk,allow)", "(alaw|ulaw)"),
        ("NOFUNC(1)", ""),
        ("NOTHING", ""),
    ],
)
def test_functions(office: Any, name: str, value: str) -> None:
    assert office.driver().say("Getvar", Variable=name).answer()["Value"] == value


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "No channel specified"),
        ({"Channel": "x"}, "No timeout specified"),
        ({"Channel": "x", "Timeout": "y"}, "No timeout specified"),
        ({"Channel": "x", "Timeout": "60"}, "No such channel"),
    ],
)
def test_a_limit_that_cannot_be_set(office: Any, asked: dict[str, str], said: str) -> None:
    assert office.driver().say("AbsoluteTimeout", **asked).heard() == [f"Error {said}"]
