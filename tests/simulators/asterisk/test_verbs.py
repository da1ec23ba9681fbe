"""AGI commands one by one, with the answers of a real Asterisk 22."""

from __future__ import annotations

import struct
import wave
from typing import Any

import pytest


@pytest.fixture
def driver(office: Any) -> Any:
    driver = office.driver()
    office.call()
    driver.say("AbsoluteTimeout", Channel=driver.channel, Timeout="3600").heard()
    return driver


def answered(driver: Any) -> list[str]:
    return [line.removeprefix("AsyncAGIExec ") for line in driver.heard() if line.startswith("AsyncAGIExec")]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("NOOP", "200 result=0"),
        ("ANSWER", "200 result=0"),
        ('VERBOSE "hi there" 1', "200 result=1"),
        ("CHANNEL STATUS", "200 result=6"),
        ("GET VARIABLE NOPE", "200 result=0"),
        ("GET VARIABLE CALLERID(num)", "200 result=1 (15400000001)"),
        ("GET FULL VARIABLE ${CALLERID(num)}x", "200 result=1 (15400000001x)"),
        ("BOGUS x", "510 Invalid or unknown command"),
        ("STREAM", "510 Invalid or unknown command"),
        ("EXEC NoOp hi", "200 result=0"),
        ("EXEC Nope x", "200 result=-2"),
        ("GET DATA /no/such 100 1", "200 result=-1"),
    ],
)
def test_what_is_answered_at_once(driver: Any, command: str, answer: str) -> None:
    assert answered(driver.agi(command)) == [answer]


def test_variables(driver: Any) -> None:
    driver.agi('SET VARIABLE FOO "b \\"q\\" 王"').agi("GET VARIABLE FOO").agi("EXEC Set BAR=1").agi("GET VARIABLE BAR")
    assert answered(driver) == ["200 result=1", '200 result=1 (b "q" 王)', "200 result=0", "200 result=1 (1)"]


@pytest.mark.parametrize("command", ["STREAM FILE a", "GET DATA", "WAIT FOR DIGIT", "WAIT FOR DIGIT x", "VERBOSE"])
def test_how_it_is_used(driver: Any, command: str) -> None:
    (usage,) = answered(driver.agi(command))
    assert usage.startswith("520-Invalid command syntax.  Proper usage follows:\n")
    assert usage.endswith("\n520 End of proper usage.")


def test_without_a_command_id_none_comes_back(office: Any, driver: Any) -> None:
    driver.say("AGI", Channel=driver.channel, Command="NOOP")
    assert "CommandId" not in driver.last("AsyncAGIExec")


def test_waiting_for_a_digit(office: Any, driver: Any) -> None:
    driver.agi("WAIT FOR DIGIT 3000")
    office.phone().press("6")
    assert answered(driver) == ["200 result=54"]
    driver.agi("WAIT FOR DIGIT -1")
    office.wait(1000)
    assert answered(driver) == []
    office.phone().press("*")
    assert answered(driver) == ["200 result=42"]


def test_data_up_to_the_hash_its_number_or_silence(office: Any, driver: Any) -> None:
    menu = office.prompt("menu", 5)
    driver.agi(f"GET DATA {menu} 5000 2")
    office.phone().press("1")
    assert office.phone().call.saying is None
    office.phone().press("2")
    driver.agi(f"GET DATA {menu} 5000 5")
    for key in "34#":
        office.phone().press(key)
    driver.agi(f"GET DATA {menu} 5000 5")
    office.phone().press("5")
    office.wait(5)
    driver.agi(f"GET DATA {menu} 1000 5")
    office.wait(5)
    office.wait(1)
    assert answered(driver) == ["200 result=12", "200 result=34", "200 result=5 (timeout)", "200 result= (timeout)"]


def test_stopping_a_prompt_of_get_data_begins_its_silence(office: Any, driver: Any) -> None:
    driver.agi(f"GET DATA {office.prompt('menu', 9)} 1000 2")
    driver.say("ControlPlayback", Channel=driver.channel, Control="stop")
    office.wait(1)
    assert answered(driver) == ["200 result= (timeout)"]


def test_saying_digits(office: Any, driver: Any) -> None:
    driver.agi('SAY DIGITS 1029 ""')
    assert office.phone().call.saying.text == "1 0 2 9"
    office.wait(2.4)
    assert answered(driver) == ["200 result=0"]


def test_recording_a_tone_where_there_is_no_microphone(office: Any, driver: Any) -> None:
    path = office.folder / "name"
    driver.agi(f'RECORD FILE {path} wav "#" 5000 BEEP s=2')
    assert not office.phone().call.recording
    office.wait(0.35)
    assert office.phone().call.recording
    for _ in range(12):
        office.wait(0.25)
    assert answered(driver) == ["200 result=2000 (timeout) endpos=8000"]
    assert not office.phone().call.recording
    with wave.open(f"{path}.wav") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert any(file.readframes(100))


def test_recording_what_was_spoken(office: Any, driver: Any) -> None:
    path = office.folder / "name"
    driver.agi(f'RECORD FILE {path} wav "#" 5000')
    spoken = struct.pack("<4h", 9000, -9000, 9000, -9000) * 500
    office.phone().speak(spoken)
    office.wait(0.25)
    office.phone().press("1")
    office.phone().press("#")
    assert answered(driver) == ["200 result=35 (dtmf) endpos=2000"]
    with wave.open(f"{path}.wav") as file:
        assert file.readframes(9999) == spoken


def test_hanging_up_while_recording_keeps_what_was_said(office: Any, driver: Any) -> None:
    driver.agi(f'RECORD FILE {office.folder / "name"} wav "#" 5000')
    office.wait(0.25)
    office.wait(0.25)
    office.phone().hang_up()
    assert answered(driver) == ["200 result=-1 (hangup) endpos=4000"]
    assert (office.folder / "name.wav").exists()


def test_a_folder_that_cannot_be_written_to(office: Any, driver: Any) -> None:
    driver.agi('RECORD FILE /no/such/folder/name wav "#" 250')
    office.wait(0.25)
    assert answered(driver) == ["200 result=-1 (writefile) endpos=0"]
    assert driver.variables()["AGISTATUS"] == "FAILURE"
