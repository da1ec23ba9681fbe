"""What the sample's account may do at a real Asterisk, and what not."""

from __future__ import annotations

import hashlib

import pytest

from tests.asterisk.observer import Observer
from tests.asterisk.scenario import Wait
from tests.asterisk.server import SECRET, Asterisk
from tests.asterisk.sipp import Sipp

pytestmark = pytest.mark.asterisk
DENIED = "Permission denied"


@pytest.mark.parametrize(
    "action",
    ["AGI", "AbsoluteTimeout", "ControlPlayback", "CoreSettings", "CoreShowChannels", "Getvar", "Hangup", "Originate",
     "Ping", "Setvar", "ShowDialPlan"],
)  # fmt: skip
def test_it_has_what_the_gateway_needs(gateway_account: Observer, action: str) -> None:
    assert action.lower() in gateway_account.act("ListCommands")


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("Command", {"Command": "core stop now"}),
        ("Command", {"Command": "core show version"}),
        ("ModuleLoad", {"LoadType": "load", "Module": "app_system.so"}),
        ("Reload", {}),
        ("GetConfig", {"Filename": "manager.conf"}),
        ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
        ("DBPut", {"Family": "a", "Key": "b", "Val": "c"}),
        ("UserEvent", {"UserEvent": "Shutdown"}),
        ("Filter", {"Operation": "Add", "Filter": "!Event: Hangup"}),
    ],
)
def test_it_may_not(gateway_account: Observer, action: str, headers: dict[str, str]) -> None:
    answer = gateway_account.act(action, **headers)
    assert (answer["response"], answer["message"]) == ("Error", DENIED)


@pytest.mark.parametrize(("application", "data"), [("System", "true"), ("AGI", "agi:async")])
def test_it_may_not_originate_into_an_application(gateway_account: Observer, application: str, data: str) -> None:
    answer = gateway_account.act(
        "Originate", Channel="PJSIP/15400000001@dead", Application=application, Data=data, Async="true"
    )
    assert answer["response"] == "Error"
    assert answer["message"].startswith("Originate Access Forbidden")


def test_no_shell_by_a_variable(gateway_account: Observer) -> None:
    assert gateway_account.act("Getvar", Variable="SHELL(true)")["response"] == "Error"


def test_no_program_by_agi(gateway_account: Observer, sipp: Sipp) -> None:
    """Class agi runs any application that is loaded; the sample's modules have none that starts programs."""
    since = gateway_account.mark
    sipp.call("12580", [Wait(1)], hang_up=True)
    channel = gateway_account.event("AsyncAGIStart", since=since)["channel"]
    assert gateway_account.agi(channel, "EXEC TrySystem true") == "200 result=-2"


def test_it_logs_in_by_md5(asterisk: Asterisk) -> None:
    with Observer(asterisk.ami, "nobody", "nothing") as account:
        assert account.login["message"] == "Authentication failed"
    with Observer(asterisk.ami, "caredial", SECRET) as account:
        challenge = account.act("Challenge", AuthType="MD5")["challenge"]
        key = hashlib.md5((challenge + SECRET).encode()).hexdigest()
        answer = account.act("Login", AuthType="MD5", Username="caredial", Key=key, Events="agi,call,dtmf,system")
    assert answer["response"] == "Success"


def test_it_hears_what_a_call_needs_and_no_more(gateway_account: Observer, sipp: Sipp) -> None:
    since = gateway_account.mark
    sipp.call("12580", [Wait(0.3), "5"], hang_up=True)
    call = gateway_account.event("AsyncAGIStart", since=since)
    gateway_account.agi(call["channel"], "NOOP")
    gateway_account.event("Hangup", Uniqueid=call["uniqueid"])
    heard = [event.name for event in gateway_account.events[since:]]
    needed = {"Newchannel", "AsyncAGIStart", "AsyncAGIExec", "DTMFEnd", "HangupRequest", "AsyncAGIEnd", "Hangup"}
    assert needed - set(heard) == set()
    assert set(heard) - needed <= {"FullyBooted", "Newstate", "SoftHangupRequest"}
