"""The Asterisk calls people: each outcome as NOTES tells of a real one."""

from __future__ import annotations

from typing import Any

import pytest

CHANNEL = "PJSIP/15400000002@trunk"


def order(office: Any, driver: Any, **more: str) -> Any:
    asked = {"Application": "AGI", "Data": "agi:async", "Async": "true", "Timeout": "20000", "ChannelId": "job-1"}
    driver.heard()
    driver.say("Originate", ActionID="o1", Channel=CHANNEL, CallerID="CareDial <12580>", **(asked | more))
    return office.phone("15400000002")


def test_a_call_that_is_answered(office: Any) -> None:
    driver = office.driver()
    phone = order(office, driver, Variable="A=1,B=two\\,three")
    assert driver.heard() == [
        "Success Originate successfully queued",
        *("Newchannel", "DialBegin", "Newstate", "DialState RINGING"),
    ]
    assert (phone.call.state, phone.call.peer) == ("ringing", "12580")
    phone.answer()
    assert driver.heard() == ["Newstate", "DialEnd ANSWER", "AsyncAGIStart", "OriginateResponse 4"]
    told = driver.last("OriginateResponse")
    assert (told["ActionID"], told["Response"], told["Uniqueid"]) == ("o1", "Success", "job-1")
    assert told["Channel"] == driver.channel
    assert driver.last("AsyncAGIStart")["Uniqueid"] == "job-1"
    driver.agi("GET VARIABLE B")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=1 (two,three)"
    driver.agi("HANGUP")
    assert driver.heard()[-3:] == ["AsyncAGIExec 200 result=1", "AsyncAGIEnd", "Hangup 0"]
    assert (phone.call.state, office.clock.getDelayedCalls()) == ("ended", [])


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [
        ("busy", ["HangupRequest 17 486", "DialEnd BUSY", "OriginateResponse 0", "Hangup 17 486"]),
        ("rejects", ["HangupRequest 21 603", "DialEnd NOANSWER", "OriginateResponse 0", "Hangup 21 603"]),
        ("unreachable", ["HangupRequest 1 404", "DialEnd NOANSWER", "OriginateResponse 0", "Hangup 1 404"]),
        ("never", ["Hangup 19 480", "OriginateResponse 3"]),
    ],
)
def test_calls_that_are_not_answered(office: Any, manner: Any, outcome: list[str]) -> None:
    driver = office.driver()
    office.phone("15400000002").manner = manner
    order(office, driver)
    office.wait(0.2)
    office.wait(20)
    assert driver.heard()[-len(outcome) :] == outcome
    assert driver.last("OriginateResponse")["Channel"] == CHANNEL
    assert driver.last("Hangup")["Cause-txt"] != "Unknown"


def test_the_one_who_is_called_rejects(office: Any) -> None:
    driver = office.driver()
    phone = order(office, driver)
    phone.reject()
    assert driver.heard()[-1] == "Hangup 21 603"
    assert phone.call.ending == "own"


def test_no_line_is_free(make_office: Any) -> None:
    office = make_office(dial_congested=1)
    driver = office.driver()
    order(office, driver)
    office.wait(0.2)
    assert driver.heard()[-3:] == ["DialEnd CONGESTION", "OriginateResponse 0", "Hangup 34 503"]


def test_a_phone_answers_by_itself_and_the_response_comes_first(make_office: Any) -> None:
    office = make_office(phone_manner="answers", phone_answers_after=3, dial_response_first=True)
    driver = office.driver()
    order(office, driver)
    driver.heard()
    office.wait(3)
    assert driver.heard() == ["OriginateResponse 4", "Newstate", "DialEnd ANSWER", "AsyncAGIStart"]


@pytest.mark.parametrize("channel", ["Nope/1", "PJSIP/nobody"])
def test_what_cannot_be_dialled(office: Any, channel: str) -> None:
    driver = office.driver()
    driver.say("Originate", Channel=channel, Application="AGI", Data="agi:async", Async="true")
    assert driver.heard() == ["Success Originate successfully queued", "OriginateResponse 0"]
    assert driver.last("OriginateResponse")["Uniqueid"] == "<unknown>"


def test_a_channel_id_that_is_taken(office: Any) -> None:
    driver = office.driver()
    order(office, driver)
    order(office, driver)
    assert driver.heard() == ["Success Originate successfully queued", "OriginateResponse 0"]


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"Channel": ""}, "Channel not specified"),
        ({"Channel": "foo"}, "Invalid channel"),
        ({"Channel": CHANNEL, "Timeout": "x"}, "Invalid timeout"),
    ],
)
def test_what_is_refused_at_once(office: Any, asked: dict[str, str], refusal: str) -> None:
    driver = office.driver()
    driver.say("Originate", Async="true", Application="AGI", **asked)
    assert driver.heard() == [f"Error {refusal}"]


def test_without_async_the_answer_waits(office: Any) -> None:
    driver = office.driver()
    phone = order(office, driver, Async="false")
    assert "Success" not in " ".join(driver.heard())
    phone.answer()
    assert "Success Originate successfully queued" in driver.heard()
    office.phone("15400000003").manner = "busy"
    driver.say("Originate", Channel="PJSIP/15400000003", Application="AGI", Data="agi:async")
    office.wait(0.2)
    assert "Error Originate failed" in driver.heard()


def test_a_call_that_goes_to_the_hotline(office: Any) -> None:
    driver = office.driver()
    phone = order(office, driver, Application="", Context="caredial-hotline", Exten="12580", Priority="1")
    phone.answer()
    assert "AsyncAGIStart" in driver.heard()
