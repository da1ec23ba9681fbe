"""EXEC Dial and Queue, and telephones that call each other."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.asterisk.exchange import Hotline

OPERATOR = "8000"


@pytest.fixture
def office(make_office: Any) -> Any:
    return make_office(Hotline(queues={"reception": ("8000", "8001")}))


@pytest.fixture
def driver(office: Any) -> Any:
    driver = office.driver()
    office.call()
    driver.say("AbsoluteTimeout", Channel=driver.channel, Timeout="3600").heard()
    return driver


def test_an_operator_answers_and_hangs_up(office: Any, driver: Any) -> None:
    driver.agi("EXEC Dial PJSIP/8000,30")
    assert driver.heard() == [
        "Success Added AGI command to queue",
        "AGIExecStart EXEC Dial PJSIP/8000,30",
        "Newchannel",
        "DialBegin",
        "Newstate",
        "DialState RINGING",
    ]
    operator = office.phone(OPERATOR)
    assert (operator.call.state, operator.call.peer, operator.call.incoming) == ("ringing", "12580", True)
    operator.answer()
    assert driver.heard() == ["Newstate", "DialEnd ANSWER", "BridgeCreate", "BridgeEnter", "BridgeEnter"]
    assert (office.phone().call.partner, operator.call.partner) == (OPERATOR, "15400000001")
    office.phone().press("5")
    assert driver.heard()[-2:] == ["DTMFBegin 5 Sent", "DTMFEnd 5 Sent"]
    operator.hang_up()
    assert driver.heard() == [
        "HangupRequest",
        *("BridgeLeave", "BridgeLeave", "BridgeDestroy"),
        "AGIExecEnd EXEC Dial PJSIP/8000,30 200 Unknown Result",
        "AsyncAGIExec 200 result=-1",
        "Hangup 16",
    ]
    driver.agi("GET VARIABLE DIALSTATUS")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=1 (ANSWER)"
    assert office.phone().call.state == "talking"


def test_the_caller_hangs_up_first(office: Any, driver: Any) -> None:
    driver.agi("EXEC Dial PJSIP/8000,30")
    office.phone(OPERATOR).answer()
    driver.heard()
    office.phone().hang_up()
    told = driver.heard()
    assert told[0] == "HangupRequest"
    assert told.count("Hangup 0") == told.count("Hangup 16") == 1
    assert office.phone(OPERATOR).call.ending == "over"
    assert office.exchange.legs == {}
    assert office.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("manner", "status", "cause"),
    [
        ("busy", "BUSY", "17 486"),
        ("rejects", "CHANUNAVAIL", "21 603"),
        ("unreachable", "CHANUNAVAIL", "1 404"),
        ("never", "NOANSWER", "0"),
    ],
)
def test_an_operator_who_is_not_there(office: Any, driver: Any, manner: Any, status: str, cause: str) -> None:
    office.phone(OPERATOR).manner = manner
    driver.agi("EXEC Dial PJSIP/8000,30")
    office.wait(0.2)
    office.wait(30)
    assert driver.heard()[-2:] == ["AsyncAGIExec 200 result=0", f"Hangup {cause}"]
    assert driver.variables()["DIALSTATUS"] == status


def test_hanging_up_while_the_operator_is_rung(office: Any, driver: Any) -> None:
    driver.agi("EXEC Dial PJSIP/8000,30")
    office.phone().hang_up()
    told = driver.heard()
    assert "DialEnd CANCEL" in told
    assert told.index("AsyncAGIEnd") < told.index("Hangup 0")
    assert (office.phone(OPERATOR).call.state, office.exchange.legs) == ("ended", {})


def test_several_are_rung_and_the_first_answers(office: Any, driver: Any) -> None:
    driver.agi("EXEC Dial PJSIP/8000&PJSIP/8001@trunk,30,g")
    office.phone("8001").answer()
    assert office.phone(OPERATOR).call.state == "ended"
    office.phone("8001").hang_up()
    assert driver.heard()[-2] == "AsyncAGIExec 200 result=0"


def test_what_cannot_be_dialled(office: Any, driver: Any) -> None:
    driver.agi("EXEC Dial Console/dsp,5")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0"
    assert driver.variables()["DIALSTATUS"] == "CHANUNAVAIL"


def test_a_queue_rings_again_until_somebody_answers(office: Any, driver: Any) -> None:
    for number in ("8000", "8001"):
        office.phone(number).manner = "busy"
    driver.agi("EXEC Queue reception,,,,60")
    office.wait(0.2)
    office.phone("8001").manner = "rings"
    office.wait(5)
    office.phone("8001").answer()
    assert office.phone().call.partner == "8001"
    office.phone("8001").hang_up()
    office.wait(60)
    assert [line for line in driver.heard() if line.startswith("AsyncAGIExec")] == ["AsyncAGIExec 200 result=-1"]


@pytest.mark.parametrize(("queue", "status"), [("reception", "TIMEOUT"), ("nowhere", "UNKNOWN")])
def test_a_queue_without_an_answer(office: Any, driver: Any, queue: str, status: str) -> None:
    driver.agi(f"EXEC Queue {queue},,,,10")
    office.wait(10)
    assert [line for line in driver.heard() if line.startswith("AsyncAGIExec")] == ["AsyncAGIExec 200 result=0"]
    assert driver.variables()["QUEUESTATUS"] == status


def test_one_telephone_calls_another(office: Any) -> None:
    caller = office.call(to="154 0000 0002")
    called = office.phone("15400000002")
    assert (caller.call.state, called.call.state) == ("calling", "ringing")
    called.answer()
    assert (caller.call.state, caller.call.partner) == ("talking", "15400000002")
    called.hang_up()
    assert (caller.call.state, called.call.ending) == ("ended", "own")


def test_a_telephone_that_is_busy(office: Any) -> None:
    office.call("15400000002")
    caller = office.call(to="15400000002")
    office.wait(0.2)
    assert (caller.call.state, caller.call.ending) == ("ended", "busy")
    assert office.phone("15400000002").call.state == "talking"
