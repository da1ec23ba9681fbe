"""A voice that hums: as many milliseconds as a text has characters times ten, always alike, at once."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import pytest

from conf.texts.words import Language
from ivr.speech.espeak import NoVoice
from ivr.speech.library import Library

MILLISECONDS = 10


class Hum:
    """`spoken` has every text that it was asked for, `mute` those that it cannot say."""

    def __init__(self) -> None:
        self.spoken: list[tuple[Language, str]] = []
        self.converted: list[Path] = []
        self.mute: set[str] = set()
        self.speed = 160

    def recipe(self, language: Language, text: str) -> str:
        return f"hum {language} {self.speed}"

    def speak(self, language: Language, text: str) -> bytes:
        if text in self.mute:
            raise NoVoice(f"no voice for {text}")
        self.spoken.append((language, text))
        return hum(len(text) * MILLISECONDS)

    def convert(self, path: Path) -> bytes:
        self.converted.append(path)
        return hum(50)


def hum(milliseconds: int, value: int = 1000) -> bytes:
    return struct.pack("<h", value) * (8 * milliseconds)


def record(path: Path, *, rate: int = 8000, channels: int = 1, width: int = 2, frames: int = 800) -> Path:
    """A WAV as somebody else's program writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(b"\x05" * (frames * channels * width))
    return path


@pytest.fixture
def voice() -> Hum:
    return Hum()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "prompts", tmp_path / "recordings")
