"""The real espeak-ng and sox, and what happens without them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.speech import wav
from ivr.speech.espeak import Espeak, NoVoice, speakable
from ivr.speech.levels import loudness
from tests.ivr.speech.conftest import record


@pytest.fixture
def espeak() -> Espeak:
    return Espeak({"zh": "cmn", "en": "en"}, 160)


def phonemes(espeak: Espeak, text: str) -> str:
    """What espeak-ng says, in its own signs; "(en)" stands before what another voice says."""
    command = ["espeak-ng", "-v", espeak.voice("zh", text), "-q", "-x", "--stdin"]
    return subprocess.run(command, input=speakable(text), capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "预约成功，您是第"), ("en", "the twenty-fourth of"), ("zh", "八")]
)
def test_a_text_becomes_sound_of_the_telephone(language: Any, text: str, espeak: Espeak) -> None:
    samples = espeak.speak(language, text)
    assert 0.1 < wav.seconds(samples) < 3
    assert loudness(samples) == pytest.approx(-19, abs=1.5)
    assert espeak.speak(language, text) == samples


def test_the_script_chooses_the_voice(espeak: Espeak) -> None:
    assert espeak.voice("en", "欧阳雨桐") == espeak.voice("zh", "全科") == "cmn-latn-pinyin"
    assert espeak.voice("zh", "Wang Fang") == espeak.voice("en", "Hello") == "en"
    assert espeak.voice("zh", "12") == "cmn-latn-pinyin"
    assert espeak.voice("en", "12") == "en"


@pytest.mark.parametrize("text", ["成功", "一百零五", "二百", "欧阳雨桐", "T码", "A群C群流脑多糖疫苗"])
def test_mandarin_is_not_spelt_by_the_english_voice(text: str, espeak: Espeak) -> None:
    assert "(en)" not in phonemes(espeak, text)


@pytest.mark.parametrize(
    ("written", "sounds"),
    [
        ("重听", "虫听"),
        ("体重", "体重"),
        ("重新选择", "虫新选择"),
        ("接种", "接众"),
        ("这种", "这种"),
        ("中毒", "众毒"),
        ("请拨打120。", "请拨打幺二零。"),
        ("120分钟", "120分钟"),
        ("Please call 120 at once", "Please call 1 2 0 at once"),
        ("咳嗽", "壳嗽"),
        ("T码", "梯码"),
    ],
)
def test_a_character_with_two_readings_gets_the_right_one(written: str, sounds: str) -> None:
    assert speakable(written) == sounds


def test_what_espeak_would_take_for_a_command_is_not_passed_on() -> None:
    assert speakable("a[[b]]\n<c>\0\x1bd\u2028e") == "a b   c  d e".replace("   ", " ").replace("  ", " ")
    assert len(speakable("长" * 5000)) == 2000


def test_a_text_that_looks_like_an_option_is_only_a_text(espeak: Espeak, tmp_path: Path) -> None:
    assert espeak.speak("en", f"-w {tmp_path / 'made.wav'}")
    assert espeak.speak("en", f"$(touch {tmp_path / 'made.wav'})")
    assert not list(tmp_path.iterdir())


def test_a_recording_of_any_format_is_converted(espeak: Espeak, tmp_path: Path) -> None:
    command = ["sox", "-n", "-r", "44100", "-c", "2", "-b", "24", tmp_path / "a.wav", "synth", "0.5", "sine", "440"]
    subprocess.run(command, check=True)
    assert wav.seconds(espeak.convert(tmp_path / "a.wav")) == pytest.approx(0.5, abs=0.01)


def test_the_recipe_changes_with_voice_and_speed() -> None:
    made = {
        Espeak({"zh": zh, "en": en}, speed).recipe("zh", "全科")
        for zh, en, speed in (("cmn", "en", 160), ("cmn", "en", 200), ("yue", "en", 160), ("cmn", "en-us", 160))
    }
    assert len(made) == 3  # another English voice is not heard in a Chinese text


# Where it fails.


def test_an_unknown_voice_is_told() -> None:
    with pytest.raises(NoVoice, match=r"espeak-ng failed with 1: .*voice does not exist"):
        Espeak({"zh": "martian", "en": "en"}, 160).speak("zh", "全科")


def test_what_cannot_be_converted_is_told(espeak: Espeak, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(NoVoice, match="sox failed with"):
        espeak.convert(tmp_path / "a.wav")
    record(tmp_path / "b.wav", frames=0)
    with pytest.raises(NoVoice):
        espeak.convert(tmp_path / "b.wav")


def test_a_missing_program_says_what_to_install(
    espeak: Espeak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoVoice, match="there is no espeak-ng on this machine: apt-get install espeak-ng sox"):
        espeak.speak("zh", "全科")
    with pytest.raises(NoVoice, match="there is no sox"):
        espeak.convert(tmp_path / "a.wav")


def test_a_program_that_does_not_end_is_stopped(
    espeak: Espeak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Callable[[str, str], None]
) -> None:
    program("espeak-ng", "exec sleep 60")
    monkeypatch.setattr("ivr.speech.espeak.SECONDS", 0.2)
    began = time.monotonic()
    with pytest.raises(NoVoice, match="espeak-ng did not end within"):
        espeak.speak("zh", "全科")
    assert time.monotonic() - began < 30


def test_a_program_that_fails_silently_is_told(espeak: Espeak, program: Callable[[str, str], None]) -> None:
    program("espeak-ng", "exit 3")
    with pytest.raises(NoVoice, match="espeak-ng failed with 3: it says nothing"):
        espeak.speak("zh", "全科")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], None]:
    """A program of this name that does this, before those of the machine."""

    def put(name: str, does: str) -> None:
        path = tmp_path / "bin" / name
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")

    return put
