"""Sounds in files."""

from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import Any

import pytest

from simulators.asterisk import sounds
from simulators.asterisk.sounds import NoSound


def test_length_and_text_of_a_prompt(office: Any, tmp_path: Path) -> None:
    name = office.prompt("menu", 1.5, "预约请按一")
    sound = sounds.named(name)
    assert (sound.frames, sound.seconds, sound.text) == (12_000, 1.5, "预约请按一")
    assert sounds.named("menu", tmp_path) == sound


def test_a_file_that_says_more_than_it_has(tmp_path: Path, office: Any) -> None:
    path = Path(office.prompt("menu", 1) + ".wav")
    path.write_bytes(path.read_bytes()[:-8000])
    assert sounds.read(path).seconds == 0.5


@pytest.mark.parametrize("octets", [b"", b"RIFF", b"OggS" + bytes(60), b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_no_wav(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(octets)
    with pytest.raises(NoSound):
        sounds.named("x", tmp_path)


def test_stereo_is_not_played(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "x.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8))
    with pytest.raises(NoSound):
        sounds.named("x", tmp_path)


@pytest.mark.parametrize("name", ["menu", "/no/such/file"])
def test_what_is_not_there(name: str) -> None:
    with pytest.raises(NoSound):
        sounds.named(name)


def test_a_recording_is_a_wav_that_can_be_played(tmp_path: Path) -> None:
    sounds.write(tmp_path / "x.wav", sounds.tone(0.5))
    assert sounds.named("x", tmp_path).seconds == 0.5


def test_who_speaks() -> None:
    assert sounds.loud(sounds.tone(0.1))
    assert not sounds.loud(struct.pack("<4h", 10, -10, 10, -10))
    assert not sounds.loud(b"")
    assert sounds.named("beep").seconds == 0.35
