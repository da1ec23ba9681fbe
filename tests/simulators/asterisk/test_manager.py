"""The manager interface: who gets in, what is answered, and which events come."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest


def test_the_greeting_has_no_blank_line(office: Any) -> None:
    assert office.client().banner == b"Asterisk Call Manager/11.0.0"


def test_login_with_the_secret(office: Any) -> None:
    client = office.client().say("Login", ActionID="1", Username="caredial", Secret="caredial", Events="system")
    assert client.heard() == ["Success Authentication accepted", "FullyBooted"]
    assert client.answer()["ActionID"] == "1"


def test_login_by_challenge(office: Any) -> None:
    client = office.client().say("Challenge", AuthType="MD5")
    client.heard()
    key = hashlib.md5(f"{client.answer()['Challenge']}caredial".encode()).hexdigest()
    client.say("Login", AuthType="MD5", Username="caredial", Key=key)
    assert client.heard() == ["Success Authentication accepted", "FullyBooted"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"Username": "caredial", "Secret": "wrong"},
        {"Username": "nobody", "Secret": "caredial"},
        {"AuthType": "MD5", "Username": "caredial", "Key": hashlib.md5(b"caredial").hexdigest()},
        {},
    ],
)
def test_a_wrong_secret_is_refused_after_a_second(office: Any, wrong: dict[str, str]) -> None:
    client = office.client().say("Login", **wrong)
    assert (client.heard(), client.closed) == ([], False)
    office.wait(1)
    assert (client.heard(), client.closed) == (["Error Authentication failed"], True)


def test_nothing_is_done_before_the_login(office: Any) -> None:
    client = office.client().say("Ping").say("Challenge", AuthType="SHA")
    assert client.heard() == ["Error Permission denied", "Error Must specify AuthType"]


@pytest.mark.parametrize(
    ("action", "headers", "answer"),
    [
        ("Bogus", {}, "Invalid/unknown command: Bogus. Use Action: ListCommands to show available commands."),
        ("", {}, "Missing action in request"),
        ("Events", {}, "Invalid event mask"),
        (
            "Filter",
            {"Operation": "Add", "Filter": "Event: ("},
            "Filter did not compile.  Check the syntax of the filter given.",
        ),
        ("Filter", {"Operation": "Remove"}, "Unknown operation"),
        ("AGI", {"Channel": "PJSIP/x"}, "Both, Channel and Command are *required*"),
        ("AGI", {"Channel": "PJSIP/x", "Command": "NOOP"}, "Channel PJSIP/x does not exist."),
        ("AGI", {"Channel": "x", "Command": "x" * 1100}, "Failed to parse message: line too long"),
        ("Hangup", {}, "No channel specified"),
        ("Hangup", {"Channel": "PJSIP/x"}, "No such channel"),
        ("ControlPlayback", {"Channel": "PJSIP/x", "Control": "stop"}, "No such channel"),
        ("ControlPlayback", {"Channel": "PJSIP/x"}, "Control not specified"),
        ("Getvar", {}, "No variable specified"),
        ("Setvar", {"Channel": "PJSIP/x", "Variable": "A"}, "No such channel"),
        ("Status", {"Channel": "PJSIP/x"}, "No such channel"),
        ("PlayDTMF", {"Channel": "PJSIP/x", "Digit": "1"}, "Channel not found"),
        ("ModuleCheck", {"Module": "res_foo"}, "Module not loaded"),
        ("Command", {}, "No command provided"),
    ],
)
def test_refusals(office: Any, action: str, headers: dict[str, str], answer: str) -> None:
    driver = office.driver().say(action, ActionID="7", **headers)
    assert driver.heard() == [f"Error {answer}"]
    assert driver.answer()["ActionID"] == "7"


def test_too_many_headers(office: Any) -> None:
    driver = office.driver().say("Ping", **{f"H{number}": "x" for number in range(200)})
    assert driver.heard() == ["Error Too many lines in message or allocation failure"]


def test_signs_of_life(office: Any) -> None:
    driver = office.driver().say("ping", ActionID="1")
    assert driver.answer() | {"Timestamp": ""} == {
        "Response": "Success",
        "ActionID": "1",
        "Ping": "Pong",
        "Timestamp": "",
    }
    office.call()
    assert driver.say("CoreStatus").answer()["CoreCurrentCalls"] == "1"
    assert driver.say("CoreSettings").answer()["AsteriskVersion"] == "22.10.1"
    assert driver.say("ModuleCheck", Module="res_agi").answer()["Response"] == "Success"
    assert driver.say("Login", Username="caredial").answer()["Message"] == "Already authenticated"


def test_parked_calls_are_found_again(office: Any) -> None:
    first = office.driver()
    office.call()
    channel = first.channel
    first.say("AbsoluteTimeout", Channel=channel, Timeout="3600")
    office.wait(65)
    office.exchange.drop()
    assert first.closed
    second = office.driver().say("CoreShowChannels", ActionID="9")
    assert second.heard() == ["Success Channels will follow", "CoreShowChannel", "CoreShowChannelsComplete"]
    shown = second.last("CoreShowChannel")
    assert (shown["ActionID"], shown["Channel"], shown["Application"], shown["ApplicationData"], shown["Duration"]) == (
        *("9", channel, "AGI", "agi:async", "00:01:05"),
    )
    assert second.last("CoreShowChannelsComplete")["ListItems"] == "1"
    second.agi("NOOP", channel=channel)
    assert second.heard()[-1] == "AsyncAGIExec 200 result=0"
    second.say("Status", Channel=channel)
    assert second.heard() == ["Success Channel status will follow", "Status", "StatusComplete"]


def test_variables_of_channels_and_of_all(office: Any) -> None:
    driver = office.driver()
    office.call()
    driver.say("Setvar", Channel=driver.channel, Variable="A", Value="1")
    assert driver.say("Getvar", Channel=driver.channel, Variable="A").answer()["Value"] == "1"
    driver.say("Setvar", Variable="G", Value="2")
    assert driver.say("Getvar", Variable="G").answer()["Value"] == "2"
    assert driver.say("Getvar", Variable="NONE").answer()["Value"] == ""


def test_each_client_gets_the_classes_that_it_asked_for(office: Any) -> None:
    keys, nothing, all_of_it = office.driver("dtmf"), office.driver("off"), office.driver("on")
    office.call()
    office.phone().press("1")
    assert keys.heard() == ["DTMFBegin 1 Received", "DTMFEnd 1 Received"]
    assert nothing.heard() == []
    assert len(all_of_it.heard()) == 5
    nothing.say("Events", EventMask="dtmf,agi")
    assert nothing.answer()["Events"] == "On"
    office.phone().press("2")
    assert nothing.heard()[-1] == "DTMFEnd 2 Received"
    nothing.say("Events", EventMask="off")
    assert nothing.answer()["Events"] == "Off"


def test_filters_keep_events_out_or_choose_them(office: Any) -> None:
    driver = office.driver().say("Filter", Operation="Add", Filter="!Event: DTMFBegin")
    chosen = office.driver().say("Filter", Operation="Add", Filter="Event: DTMF")
    office.call()
    office.phone().press("1")
    assert driver.heard()[-1:] == ["DTMFEnd 1 Received"]
    assert chosen.heard() == ["Success Success", "DTMFBegin 1 Received", "DTMFEnd 1 Received"]


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("core show version", "Asterisk 22.10.1"),
        ("dialplan show 12580@caredial-hotline", "[ Context 'caredial-hotline' created by 'pbx_config' ]"),
        ("module show like res_agi", "Module"),
        ("core show uptime", "System uptime"),
        ("core show file formats", "Format"),
        ("core show channels concise", "PJSIP/trunk-00000000!caredial-hotline!12580!4!Up!AGI!agi:async!15400000001"),
    ],
)
def test_commands_of_the_console(office: Any, line: str, first: str) -> None:
    driver = office.driver("off")
    office.call()
    driver.say("Command", ActionID="5", Command=line)
    driver.heard()
    block = driver.blocks[-1]
    assert block[:3] == [("Response", "Success"), ("ActionID", "5"), ("Message", "Command output follows")]
    outputs = [value for name, value in block if name == "Output"]
    assert outputs[0].startswith(first)


@pytest.mark.parametrize("line", ["foo bar", "dialplan show nowhere", "dialplan show 1@caredial-hotline"])
def test_commands_that_fail(office: Any, line: str) -> None:
    assert office.driver().say("Command", Command=line).heard() == ["Error Command output follows"]


def test_events_of_programs(office: Any) -> None:
    driver = office.driver().say("UserEvent", UserEvent="Hello", To="you")
    assert driver.heard() == ["Success Event Sent", "UserEvent"]
    assert driver.last("UserEvent")["To"] == "you"
    assert driver.say("PlayDTMF", Channel="").heard() == ["Error Channel not found"]


def test_leaving(office: Any) -> None:
    driver = office.driver().say("Logoff")
    assert (driver.heard(), driver.closed) == (["Goodbye Thanks for all the fish."], True)
    assert office.exchange.listeners == 0


def test_a_key_that_the_manager_plays(office: Any) -> None:
    driver = office.driver()
    office.call()
    driver.agi("WAIT FOR DIGIT 1000").heard()
    driver.say("PlayDTMF", Channel=driver.channel, Digit="5", Receive="true")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=53"


def test_a_name_with_line_breaks_makes_no_header(office: Any) -> None:
    driver = office.driver()
    office.call(name="Eve\r\nEvent: Shutdown")
    assert "Shutdown" not in driver.heard()
    assert driver.last("Newchannel")["CallerIDName"] == "Eve  Event: Shutdown"
