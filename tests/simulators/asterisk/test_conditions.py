"""Misbehaviours, each switched on while it runs."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ivr.ami.framing import Framer
from ivr.ami.messages import read


def test_no_word_that_it_is_booted(make_office: Any) -> None:
    client = make_office(manager_no_booted=True).client()
    client.say("Login", Username="caredial", Secret="caredial")
    assert client.heard() == ["Success Authentication accepted"]


def test_no_keys(office: Any) -> None:
    driver = office.driver()
    office.call()
    driver.heard()
    office.change(manager_no_dtmf=True)
    office.phone().press("1")
    assert driver.heard() == []


def test_events_as_asterisk_11_writes_them(make_office: Any) -> None:
    office = make_office(manager_old_events=True)
    driver = office.driver("agi,dtmf")
    office.call()
    office.phone().press("1")
    driver.heard()
    start, begin, end = [dict(block) for block in driver.blocks[-3:]]
    assert (start["Event"], start["SubEvent"], sorted(start)) == (
        "AsyncAGI",
        "Start",
        ["Channel", "Env", "Event", "Privilege", "SubEvent"],
    )
    assert (begin["Event"], begin["Begin"], begin["End"]) == ("DTMF", "Yes", "No")
    assert (end["Digit"], end["Begin"], end["End"]) == ("1", "No", "Yes")
    driver.agi("NOOP", "c7", channel=start["Channel"]).heard()
    done = dict(driver.blocks[-1])
    assert (done["Event"], done["SubEvent"], done["CommandID"]) == ("AsyncAGI", "Exec", "c7")


def test_commands_as_asterisk_13_answers_them(make_office: Any) -> None:
    driver = make_office(manager_old_command=True).driver()
    driver.say("Command", ActionID="1", Command="dialplan show")
    (block,) = Framer(banner=False).feed(driver.take())
    answer = read(block)
    assert (answer.response, answer.action_id, answer.output[0]) == (
        "Follows",
        "1",
        "[ Context 'caredial-hotline' created by 'pbx_config' ]",
    )


def test_answers_come_late_and_their_events_before_them(make_office: Any) -> None:
    office = make_office()
    driver = office.driver()
    office.call()
    driver.heard()
    office.change(manager_answer_delay=2)
    driver.agi("NOOP")
    assert driver.heard() == ["AGIExecStart NOOP", "AGIExecEnd NOOP 200 Success", "AsyncAGIExec 200 result=0"]
    office.wait(2)
    assert driver.heard() == ["Success Added AGI command to queue"]


def test_answers_come_twice(office: Any) -> None:
    driver = office.driver()
    office.change(manager_answer_twice=1)
    assert driver.say("Ping").heard() == ["Success", "Success"]


def test_refusals_without_an_id(office: Any) -> None:
    driver = office.driver()
    office.change(manager_no_action_id=True)
    assert "ActionID" not in driver.say("Bogus", ActionID="1").answer()
    assert driver.say("Ping", ActionID="2").answer()["ActionID"] == "2"


def test_octets_in_pieces(office: Any) -> None:
    driver = office.driver()
    office.change(manager_pieces=5)
    driver.pipe.writes.clear()
    driver.say("Bogus", ActionID="1")
    assert driver.pipe.writes == []
    office.wait(0)
    assert driver.pipe.writes[:3] == [b"Respo", b"nse: ", b"Error"]
    assert driver.take().endswith(b"commands.\r\n\r\n")
    assert office.clock.getDelayedCalls() == []


def test_what_was_cut_is_written_before_a_connection_closes(office: Any) -> None:
    driver = office.driver()
    office.change(manager_pieces=1)
    driver.say("Ping")
    office.exchange.drop()
    assert driver.take().endswith(b"\r\n\r\n")
    assert (driver.closed, office.clock.getDelayedCalls()) == (True, [])


def test_odd_line_ends(office: Any) -> None:
    driver = office.driver()
    office.change(manager_line_ends=True)
    driver.say("Ping")
    assert driver.take().endswith(b"\r\n\n")


def test_names_in_latin_1(office: Any) -> None:
    driver = office.driver("call")
    office.change(manager_latin1=True)
    office.call(name="Jürgen")
    assert b"CallerIDName: J\xfcrgen\r\n" in driver.take()


def test_a_connection_that_died_unnoticed(office: Any) -> None:
    driver = office.driver()
    office.change(manager_half_open=True)
    office.call()
    assert (driver.say("Ping").heard(), office.exchange.drop(), driver.closed) == ([], 1, False)


def test_a_connection_that_closes_in_the_middle_of_a_call(office: Any) -> None:
    driver = office.driver()
    office.call()
    office.change(manager_close_after=3)
    driver.agi("NOOP").agi("NOOP")
    assert not driver.closed
    driver.agi("NOOP")
    assert (driver.closed, office.phone().call.state) == (True, "talking")


def test_shutdown_and_restart(office: Any) -> None:
    driver = office.driver()
    office.call()
    driver.agi(f'STREAM FILE {office.prompt("menu", 9)} ""').heard()
    assert office.exchange.restart(seconds=5) == 1
    assert (driver.heard(), driver.closed) == (["Shutdown"], True)
    assert (office.phone().call.state, office.phone().call.ending) == ("ended", "over")
    assert office.clock.getDelayedCalls() == []
    assert office.client().closed
    office.wait(5)
    again = office.driver()
    assert again.say("CoreShowChannels").heard() == ["Success Channels will follow", "CoreShowChannelsComplete"]
    office.call()
    assert again.channel == "PJSIP/trunk-00000000"


def test_it_dies_without_a_word_and_calls_are_kept(office: Any) -> None:
    driver = office.driver()
    office.call()
    driver.heard()
    office.exchange.restart(announce=False, keep_calls=True)
    assert (driver.heard(), driver.closed) == ([], True)
    again = office.driver().say("CoreShowChannels")
    assert "CoreShowChannel" in again.heard()
    again.agi("NOOP", channel=driver.channel)
    assert again.heard()[-1] == "AsyncAGIExec 200 result=0"


def test_what_is_impossible_changes_nothing(office: Any) -> None:
    with pytest.raises(ValidationError):
        office.change(agi_pickup=-1)
    assert office.exchange.conditions.trouble == {}
