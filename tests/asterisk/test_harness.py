"""The instruments themselves: scenarios, clips, many calls at a time."""

from __future__ import annotations

import wave
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.asterisk import scenario, wav
from tests.asterisk.scenario import Wait
from tests.asterisk.server import Asterisk, free_ports
from tests.asterisk.sipp import Sipp

SOUND = Path("silence.ul")


def steps(text: str) -> list[str]:
    """What a scenario does, in a word each."""
    told = []
    for step in ElementTree.fromstring(text):
        words = (step.text or "").split()
        what = step.get("request") or step.get("response") or step.get("milliseconds") or " ".join(words[:2])
        told.append(" ".join([step.tag, next((word for word in words if word.startswith("Signal=")), what)]))
    return told


def test_a_caller_presses_keys_and_hangs_up() -> None:
    text = scenario.calls("12580", "15400000001", [Wait(0.8), "1*"], SOUND, hang_up=True)
    dialled = steps(text).index("nop ")
    assert steps(text)[dialled + 1 :] == [
        "pause 800",
        "send Signal=1",
        "recv 200",
        "pause 100",
        "send Signal=*",
        "recv 200",
        "pause 100",
        "send BYE sip:12580@[remote_ip]:[remote_port]",
        "recv 200",
    ]


def test_a_telephone_that_is_busy() -> None:
    assert steps(scenario.refuses("486 Busy Here", after=0.1)) == [
        "recv INVITE",
        "send SIP/2.0 180",
        "pause 100",
        "send SIP/2.0 486",
        "recv ACK",
    ]


def test_a_clip_is_one_that_others_read(tmp_path: Path) -> None:
    path = wav.write(tmp_path / "clip.wav", "请按一", 0.5)
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth(), file.getnframes()) == (8000, 1, 2, 4000)
    assert (wav.comment(path), wav.samples(path)) == ("请按一", 4000)


def test_a_clip_without_a_text_is_known_by_its_name(tmp_path: Path) -> None:
    assert wav.comment(tmp_path / "gone.wav") == "gone"


def test_free_ports_are_no_two_the_same() -> None:
    assert len(set(free_ports(50))) == 50


@pytest.mark.asterisk
def test_many_calls_at_a_time(sipp: Sipp) -> None:
    telephones = sipp.call(
        "12580", [Wait(0.5), "1"], hang_up=True, from_number="154000[call_number]", calls=40, at_once=20, a_second=100
    )
    outcome = telephones.wait()
    assert (outcome.completed, outcome.failed) == (40, 0)


@pytest.mark.asterisk
def test_a_call_that_goes_wrong_is_told(asterisk: Asterisk, sipp: Sipp) -> None:
    outcome = sipp.call("99999").wait()
    assert not outcome.ok
    assert "404" in outcome.trouble
