"""A telephone calls the hotline: what a driver hears, and what the telephone shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from simulators.asterisk.exchange import Hotline
from simulators.ussd import NotNow

KEYS = '"0123456789*#"'


def test_a_call_from_its_first_ring_to_agi(office: Any) -> None:
    driver = office.driver()
    phone = office.call(name="王小梅")
    assert driver.heard() == ["Newchannel", "Newstate", "AsyncAGIStart"]
    assert (phone.call.state, phone.call.peer, phone.call.incoming) == ("talking", "12580", False)
    start = driver.last("AsyncAGIStart")
    assert list(start) == [
        *("Event", "Privilege", "Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName"),
        *("ConnectedLineNum", "ConnectedLineName", "Language", "AccountCode", "Context", "Exten", "Priority"),
        *("Uniqueid", "Linkedid", "Env"),
    ]
    assert (start["Privilege"], start["ChannelStateDesc"], start["CallerIDName"]) == ("agi,all", "Up", "王小梅")
    environment = dict(line.split(": ", 1) for line in unquote(start["Env"]).strip().split("\n"))
    assert (environment["agi_callerid"], environment["agi_extension"]) == ("15400000001", "12580")


def test_a_prompt_is_played_to_its_end(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.heard()
    driver.agi(f"STREAM FILE {office.prompt('menu', 2, '预约请按一')} {KEYS}")
    assert driver.heard() == [
        "Success Added AGI command to queue",
        f"AGIExecStart STREAM FILE {office.folder}/menu {KEYS}",
    ]
    assert (phone.call.saying.text, phone.call.saying.seconds) == ("预约请按一", 2)
    office.wait(2)
    assert driver.heard() == [
        f"AGIExecEnd STREAM FILE {office.folder}/menu {KEYS} 200 Success",
        "AsyncAGIExec 200 result=0 endpos=16000",
    ]
    assert phone.call.saying is None


def test_a_key_interrupts_a_prompt(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.agi(f"STREAM FILE {office.prompt('menu', 5)} {KEYS}")
    driver.heard()
    office.wait(1)
    phone.press("1")
    told = driver.heard()
    assert told[:2] == ["DTMFBegin 1 Received", "DTMFEnd 1 Received"]
    assert told[-1] == "AsyncAGIExec 200 result=49 endpos=8000"


def test_a_prompt_goes_on_from_a_sample(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.agi(f"STREAM FILE {office.prompt('menu', 5)} {KEYS} 24000")
    office.wait(1)
    phone.press("1")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=49 endpos=32000"
    driver.agi(f"STREAM FILE {office.prompt('menu', 5)} {KEYS} 32000", "c2")
    office.wait(1)
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0 endpos=40000"


def test_a_key_that_may_not_interrupt_is_lost_to_the_command(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.agi(f'STREAM FILE {office.prompt("menu", 5)} ""').agi("WAIT FOR DIGIT 1000", "c2")
    office.wait(1)
    driver.heard()
    phone.press("1")
    assert driver.heard() == ["DTMFBegin 1 Received", "DTMFEnd 1 Received"]
    office.wait(4)
    office.wait(1)
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0"


def test_keys_between_commands_are_told_and_lost(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.heard()
    phone.press("#")
    assert driver.heard() == ["DTMFBegin # Received", "DTMFEnd # Received"]
    driver.agi("WAIT FOR DIGIT 500")
    office.wait(0.5)
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0"


def test_speed_plays_faster(make_office: Any) -> None:
    office = make_office(Hotline(speed=10))
    driver, phone = office.driver(), office.call()
    driver.agi(f"STREAM FILE {office.prompt('menu', 5)} {KEYS}")
    office.wait(0.25)
    phone.press("1")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=49 endpos=20000"
    driver.agi(f"STREAM FILE {office.prompt('menu', 5)} {KEYS}")
    office.wait(0.5)
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0 endpos=40000"


def test_a_file_that_is_missing_ends_agi(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.heard()
    driver.agi(f"STREAM FILE /no/such/file {KEYS}").agi("NOOP", "c2")
    assert driver.heard()[2:] == [
        f"AGIExecEnd STREAM FILE /no/such/file {KEYS} -1 Failure",
        "AsyncAGIExec 200 result=-1 endpos=0",
        "AsyncAGIEnd",
        "SoftHangupRequest 16",
        "Hangup 16",
        f"Error Channel {driver.channel} does not exist.",
    ]
    assert driver.variables()["AGISTATUS"] == "FAILURE"
    assert (phone.call.state, phone.call.ending) == ("ended", "over")


def test_the_caller_hangs_up_in_the_middle_of_a_prompt(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.agi(f"STREAM FILE {office.prompt('menu', 5)} {KEYS}").agi("NOOP", "c2")
    driver.heard()
    office.wait(2)
    phone.hang_up()
    assert driver.heard() == [
        "HangupRequest",
        f"AGIExecEnd STREAM FILE {office.folder}/menu {KEYS} -1 Failure",
        "AsyncAGIExec 200 result=-1 endpos=16000",
        "AsyncAGIEnd",
        "SoftHangupRequest 16",
        "Hangup 0",
    ]
    assert driver.variables()["AGISTATUS"] == "HANGUP"
    assert (phone.call.state, phone.call.ending) == ("ended", "own")
    assert driver.agi("NOOP").answer()["Message"] == f"Channel {driver.channel} does not exist."


def test_hanging_up_while_nothing_runs(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.heard()
    phone.hang_up()
    assert driver.heard() == ["HangupRequest", "AsyncAGIEnd", "SoftHangupRequest 16", "Hangup 0"]
    with pytest.raises(NotNow):
        phone.press("1")


def test_agi_hangs_up(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.heard()
    driver.agi("HANGUP").agi("NOOP", "c2")
    assert driver.heard()[1:-1] == [
        "AGIExecStart HANGUP",
        "SoftHangupRequest 32",
        "AGIExecEnd HANGUP 200 Success",
        "AsyncAGIExec 200 result=1",
        "AsyncAGIEnd",
        "SoftHangupRequest 16",
        "Hangup 0",
    ]
    assert phone.call.ending == "over"


def test_agi_leaves_the_call_to_the_dialplan(office: Any) -> None:
    driver = office.driver()
    office.call()
    driver.heard()
    driver.agi("ASYNCAGI BREAK")
    end = driver.heard(quiet=())
    # Set, three times GotoIf, Hangup
    assert end[-9:] == ["AsyncAGIEnd", "VarSet", *["Newexten"] * 5, "SoftHangupRequest 16", "Hangup 16"]
    assert driver.variables()["AGISTATUS"] == "SUCCESS"


def test_a_call_that_the_application_gives_back(office: Any) -> None:
    driver = office.driver()
    office.exchange.variables["CAREDIAL_SORRY"] = office.prompt("sorry", 2, "请稍后再拨")
    phone = office.call()
    driver.agi("SET VARIABLE CAREDIAL_NEXT unavailable")
    driver.agi("ASYNCAGI BREAK")
    assert phone.call.saying.text == "请稍后再拨"
    office.wait(2)
    assert driver.heard()[-2:] == ["SoftHangupRequest 16", "Hangup 16"]
    assert driver.last("Newexten")["Context"] == "caredial-next"


def test_nobody_takes_the_call(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    office.exchange.variables["CAREDIAL_SORRY"] = office.prompt("sorry", 2, "请稍后再拨")
    driver.heard()
    office.wait(29.9)
    assert driver.heard() == []
    office.wait(0.2)
    assert driver.heard() == ["AsyncAGIEnd"]
    assert (driver.variables()["AGISTATUS"], phone.call.saying.text) == ("HANGUP", "请稍后再拨")
    office.wait(2)
    assert (phone.call.state, office.clock.getDelayedCalls()) == ("ended", [])


def test_who_takes_a_call_lifts_its_limit(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.heard()
    driver.say("AbsoluteTimeout", Channel=driver.channel, Timeout="3600")
    assert driver.heard() == ["Success Timeout Set"]
    office.wait(3599)
    assert phone.call.state == "talking"
    driver.say("Getvar", Channel=driver.channel, Variable="TIMEOUT(absolute)")
    assert driver.answer()["Value"] == "1.000"
    office.wait(1)
    assert phone.call.state == "ended"


def test_the_manager_hangs_up(office: Any) -> None:
    driver, phone = office.driver(), office.call()
    driver.heard()
    driver.say("Hangup", Channel=driver.channel, Cause="17")
    assert driver.heard() == [
        "Success Channel Hungup",
        "SoftHangupRequest 32",
        "AsyncAGIEnd",
        "SoftHangupRequest 16",
        "Hangup 17",
    ]
    assert phone.call.state == "ended"


def test_playing_is_stopped_by_the_manager(office: Any) -> None:
    driver = office.driver()
    office.call()
    driver.agi(f'STREAM FILE {office.prompt("menu", 5)} ""')
    office.wait(1)
    driver.heard()
    driver.say("ControlPlayback", Channel=driver.channel, Control="stop")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0 endpos=8000"


def test_two_calls_do_not_meet(office: Any) -> None:
    driver = office.driver()
    first, second = office.call(), office.call("15400000002")
    assert first.call.state == second.call.state == "talking"
    assert len(office.exchange.legs) == 2
    first.hang_up()
    assert second.call.state == "talking"
    with pytest.raises(NotNow):
        office.call("15400000002")
    assert driver.channel in office.exchange.legs


def test_a_hotline_that_is_slow_to_answer(make_office: Any) -> None:
    office = make_office(agi_pickup=3, agi_delay=0.5)
    driver, phone = office.driver(), office.call()
    assert (driver.heard(), phone.call.state) == (["Newchannel"], "calling")
    office.wait(3)
    assert (driver.heard(), phone.call.state) == (["Newstate", "AsyncAGIStart"], "talking")
    driver.agi("NOOP")
    assert driver.heard() == ["Success Added AGI command to queue"]
    office.wait(0.5)
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0"


def test_hanging_up_before_the_hotline_answers(make_office: Any) -> None:
    office = make_office(agi_pickup=3)
    driver, phone = office.driver(), office.call()
    driver.heard()
    phone.hang_up()
    assert driver.heard() == ["HangupRequest", "SoftHangupRequest 16", "Hangup 0"]
    assert office.clock.getDelayedCalls() == []


def test_a_dead_channel_that_stays(make_office: Any) -> None:
    office = make_office(agi_dead=2)
    driver, phone = office.driver(), office.call()
    phone.hang_up()
    driver.agi("ANSWER")
    assert driver.heard()[-1].startswith("AsyncAGIExec 511 Command Not Permitted on a dead channel")
    driver.agi("NOOP")
    assert driver.heard()[-1] == "AsyncAGIExec 200 result=0"
    office.wait(2)
    assert driver.heard() == ["AsyncAGIEnd", "SoftHangupRequest 16", "Hangup 0"]
