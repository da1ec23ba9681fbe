"""What comes of a call that we make. The Hangup's cause tells; OriginateResponse says the same of busy and rejected."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import Any

import pytest

from tests.asterisk.observer import Observer
from tests.asterisk.scenario import Wait
from tests.asterisk.server import Asterisk
from tests.asterisk.sipp import Sipp

pytestmark = pytest.mark.asterisk
NUMBERS = count(1)
RINGS = "1500"  # milliseconds


def dial(account: Observer, phone: str) -> str:
    """The channel's own name, by which all that is heard of the call can be found."""
    name = f"caredial-out-{next(NUMBERS)}-1"
    answer = account.act(
        "Originate", Channel=f"PJSIP/15400000001@{phone}", Context="caredial-out", Exten="s", Priority="1",
        Async="true", ChannelId=name, Timeout=RINGS, CallerID="12580",
    )  # fmt: skip
    assert answer["message"] == "Originate successfully queued"
    return name


Called = Callable[[Sipp], AbstractContextManager[Any]]


@pytest.mark.parametrize(
    ("phone", "called", "reason", "cause"),
    [
        ("busy", lambda sipp: sipp.refuses("busy", "486 Busy Here"), "0", {"17"}),
        ("rejects", lambda sipp: sipp.refuses("rejects", "603 Decline"), "0", {"21"}),
        ("unknown", lambda sipp: sipp.refuses("unknown", "404 Not Found"), "0", {"1"}),
        ("second", lambda sipp: sipp.refuses("second", "503 Service Unavailable"), "0", {"34"}),
        # Asterisk 16 has no cause where it gave up itself.
        ("rings", lambda sipp: sipp.rings("rings"), "3", {"19", "0"}),
        ("dead", lambda sipp: nullcontext(), "3", {"19", "0"}),
    ],
)
def test_a_call_that_is_not_answered(
    gateway_account: Observer, sipp: Sipp, phone: str, called: Called, reason: str, cause: set[str]
) -> None:
    with called(sipp):
        name = dial(gateway_account, phone)
        told = gateway_account.event("OriginateResponse", Uniqueid=name)
        ended = gateway_account.event("Hangup", Uniqueid=name)
    assert (told["response"], told["reason"]) == ("Failure", reason)
    assert ended["cause"] in cause


def test_the_cause_in_sip_stands_beside_it(asterisk: Asterisk, gateway_account: Observer, sipp: Sipp) -> None:
    if asterisk.version < (20,):
        pytest.skip("Asterisk 16 has no TechCause")
    with sipp.refuses("busy", "486 Busy Here"):
        name = dial(gateway_account, "busy")
        assert gateway_account.event("Hangup", Uniqueid=name)["techcause"] == "486"


def test_a_call_that_is_answered_is_parked(observer: Observer, gateway_account: Observer, sipp: Sipp) -> None:
    with sipp.answers("phone", [Wait(0.2), "1", Wait(0.2)], hang_up=True, calls=1) as telephones:
        name = dial(gateway_account, "phone")
        told = gateway_account.event("OriginateResponse", Uniqueid=name)
        gateway_account.event("AsyncAGIStart", Uniqueid=name)
        observer.event("Hangup", Uniqueid=name)
        outcome = telephones.wait()
    assert (told["response"], told["reason"], outcome.ok) == ("Success", "4", True)
    assert observer.transcript(name)[:-1] == ["taken", "key 1", "left"]


def test_an_answered_call_is_ended_by_us(gateway_account: Observer, sipp: Sipp) -> None:
    with sipp.answers("phone", calls=1) as telephones:
        name = dial(gateway_account, "phone")
        channel = gateway_account.event("AsyncAGIStart", Uniqueid=name)["channel"]
        assert gateway_account.agi(channel, "HANGUP") == "200 result=1"
        gateway_account.event("Hangup", Uniqueid=name)
        assert telephones.wait().ok


@pytest.mark.parametrize("operators", ["EXEC Dial PJSIP/operator,5", "EXEC Queue operators,,,,5"])
def test_a_caller_is_put_through_to_the_operator(observer: Observer, sipp: Sipp, operators: str) -> None:
    with sipp.answers("operator", [Wait(0.3)], hang_up=True):
        sipp.call("12580", [Wait(6)], hang_up=True)
        call = observer.event("AsyncAGIStart")
        assert observer.agi(call["channel"], operators).startswith("200 result=")
    assert observer.seen("DialEnd", DialStatus="ANSWER") != []


def test_what_is_told_of_a_call_to_the_operator(observer: Observer, sipp: Sipp) -> None:
    with sipp.refuses("operator", "486 Busy Here"):
        sipp.call("12580", [Wait(3)], hang_up=True)
        call = observer.event("AsyncAGIStart")
        observer.agi(call["channel"], "EXEC Dial PJSIP/operator,5")
    assert observer.agi(call["channel"], "GET VARIABLE DIALSTATUS") == "200 result=1 (BUSY)"
    assert observer.transcript(call["uniqueid"]) == [
        "taken",
        "Dial PJSIP/operator,5",
        "dial operator",
        "dialled BUSY",
    ]
