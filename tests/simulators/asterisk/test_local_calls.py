"""The Asterisk calls itself; the order of events is that of a real Asterisk 22."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.asterisk.extensions import read

CHECK = {"Context": "caredial-check", "Exten": "wait", "Priority": "1", "Async": "true", "Timeout": "5000"}
PLAYS = """
[plays]
exten => s,1,Playback(${FILE})
 same => n,Hangup(${IF($["${PLAYBACKSTATUS}" = "SUCCESS"]?16:38)})
"""
IDS = {"ChannelId": "far", "OtherChannelId": "near"}


def originate(office: Any, channel: str = "Local/agi@caredial-check/n", **more: str) -> Any:
    return office.driver().say("Originate", Channel=channel, **{**CHECK, **IDS, **more})


def test_one_half_waits_for_commands_and_the_other_presses_a_key(office: Any) -> None:
    driver = originate(office)
    assert driver.heard() == [
        "Success Originate successfully queued",
        *("Newchannel", "Newchannel", "LocalBridge", "DialBegin"),
        *("Newstate", "Newstate", "DialEnd ANSWER", "OriginateResponse 4", "AsyncAGIStart"),
    ]
    near, far = driver.channel, driver.last("OriginateResponse")["Channel"]
    assert (near, far) == ("Local/agi@caredial-check-00000000;2", "Local/agi@caredial-check-00000000;1")
    assert (driver.last("AsyncAGIStart")["Uniqueid"], driver.last("DialEnd")["DestUniqueid"]) == ("near", "far")
    driver.say("PlayDTMF", Channel=far, Digit="5")
    assert driver.heard() == ["Success DTMF successfully queued", "DTMFBegin 5 Received", "DTMFEnd 5 Received"]
    assert driver.last("DTMFEnd")["Uniqueid"] == "near"
    driver.say("PlayDTMF", Channel=near, Digit="6", Receive="true")
    assert driver.heard() == ["Success DTMF successfully queued", "DTMFEnd 6 Received"]
    driver.agi("HANGUP")
    assert driver.heard()[-6:] == [
        "AsyncAGIEnd",
        "SoftHangupRequest 16",
        *("HangupRequest", "SoftHangupRequest 16", "Hangup 0", "Hangup 0"),
    ]
    assert (office.exchange.legs, office.clock.getDelayedCalls()) == ({}, [])


def test_it_plays_and_records(office: Any) -> None:
    driver = originate(office)
    driver.agi(f'STREAM FILE {office.prompt("menu", 1)} "#"')
    office.wait(1)
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0 endpos=8000"
    driver.agi(f'RECORD FILE {office.folder / "name"} wav "#" 300 BEEP')
    office.wait(0.35)
    office.wait(0.25)
    office.wait(0.05)
    assert driver.heard()[-1].startswith("AsyncAGIExec 200 result=0 (timeout) endpos=2")


@pytest.mark.parametrize(("name", "cause", "status"), [("menu", "16", "SUCCESS"), ("nothing", "38", "FAILED")])
def test_a_dialplan_of_ones_own_plays_a_file(office: Any, name: str, cause: str, status: str) -> None:
    office.prompt("menu", 1)
    office.exchange.dialplan = {**office.exchange.dialplan, **read(PLAYS)}
    there = {"Context": "plays", "Exten": "s", "Variable": f"FILE={office.folder / name}"}
    driver = originate(office, "Local/wait@caredial-check/n", **there)
    office.wait(1)
    assert driver.variables()["PLAYBACKSTATUS"] == status
    assert driver.heard().count(f"Hangup {cause}") == 2
    assert office.exchange.legs == {}


def test_nothing_of_it_lasts_longer_than_half_a_minute(office: Any) -> None:
    driver = originate(office)
    driver.heard()
    office.wait(30)
    assert driver.heard()[0] in ("AsyncAGIEnd", "SoftHangupRequest 16")
    assert (office.exchange.legs, office.clock.getDelayedCalls()) == ({}, [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"Exten": "nope"}, "Error Extension does not exist."),
        ({"Context": "nope"}, "Error Extension does not exist."),
        ({"Priority": "x"}, "Error Invalid priority"),
    ],
)
def test_a_place_that_is_not_there(office: Any, asked: dict[str, str], said: str) -> None:
    assert originate(office, **asked).heard() == [said]


def test_a_half_that_leads_nowhere(office: Any) -> None:
    driver = originate(office, "Local/nope@caredial-check/n")
    assert driver.heard() == ["Success Originate successfully queued", "OriginateResponse 0"]


def test_a_half_that_ends_without_an_answer(office: Any) -> None:
    driver = originate(office, "Local/bye@caredial-hotline/n")
    assert driver.heard()[-1] == "OriginateResponse 0"
    driver = originate(office, "Local/T@caredial-out/n")
    assert driver.heard()[-4:] == ["HangupRequest 16", "OriginateResponse 0", "Hangup 16", "Hangup 16"]
    assert (office.exchange.legs, office.clock.getDelayedCalls()) == ({}, [])
