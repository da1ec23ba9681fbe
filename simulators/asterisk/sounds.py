"""Sounds in files: WAV with 16 bits a sample, mono; what they say stands in their LIST/INFO chunk (ICMT).

Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE, LIST INFO).
"""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

RATE: Final = 8000
_SAMPLE: Final = 2  # octets
_BEEP: Final = 0.35  # seconds
_MOST_CHUNKS: Final = 64
_MOST_TEXT: Final = 65_536


class NoSound(Exception):
    """There is no such file, or it is no WAV that Asterisk would play."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What can be played: `frames` samples; `text` is what it says, empty where nobody wrote it down.

    `path` is the file, None for a sound that the simulator makes up.
    """

    frames: int
    rate: int = RATE
    text: str = ""
    path: Path | None = None

    @property
    def seconds(self) -> float:
        return self.frames / self.rate


BEEP: Final = Sound(int(_BEEP * RATE), text="♪")


def named(name: str, folder: Path | None = None) -> Sound:
    """Find a sound as STREAM FILE names it: a path without `.wav`, relative ones in `folder`. Raises NoSound."""
    if name == "beep":
        return BEEP
    path = Path(f"{name}.wav")
    if not path.is_absolute():
        if folder is None:
            raise NoSound(name)
        path = folder / path
    return read(path)


def read(path: Path) -> Sound:
    """Read a file up to its samples. Raises NoSound."""
    try:
        with path.open("rb") as file:
            return _read(file, path)
    except (OSError, ValueError, struct.error) as wrong:
        raise NoSound(str(path)) from wrong


def spoken(text: str, seconds: float) -> Sound:
    """Return a sound without a file, as SAY DIGITS makes one of Asterisk's own."""
    return Sound(int(seconds * RATE), text=text)


def tone(seconds: float) -> bytes:
    """Return samples of a quiet tone: what a microphone that is none records."""
    turn = 2 * math.pi * 440 / RATE
    return b"".join(struct.pack("<h", int(6000 * math.sin(turn * sample))) for sample in range(int(seconds * RATE)))


def loud(samples: bytes) -> bool:
    """Tell whether anybody speaks in these samples (Asterisk's silence threshold is 256)."""
    levels = struct.unpack(f"<{len(samples) // _SAMPLE}h", samples[: len(samples) // _SAMPLE * _SAMPLE])
    return bool(levels) and sum(map(abs, levels)) / len(levels) > 256


def write(path: Path, samples: bytes) -> None:
    """Write 16-bit samples as WAV. Raises OSError."""
    with path.open("wb") as whole, wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_SAMPLE)
        file.setframerate(RATE)
        file.writeframes(samples)


def _read(file: BinaryIO, path: Path) -> Sound:
    form, _, kind = struct.unpack("<4sL4s", file.read(12))
    if (form, kind) != (b"RIFF", b"WAVE"):
        raise ValueError("no WAV")
    rate, text = 0, ""
    for name, size in _chunks(file):
        if name == b"fmt ":
            coding, channels, rate, _, _, bits = struct.unpack("<HHLLHH", file.read(16))
            if (coding, channels, bits) != (1, 1, 16) or not rate:
                raise ValueError("not mono with 16 bits")
        elif name == b"LIST":
            text = _comment(file.read(min(size, _MOST_TEXT)))
        elif name == b"data":
            there = path.stat().st_size - file.tell()
            return Sound(min(size, there) // _SAMPLE, rate or RATE, text, path)
    raise ValueError("no samples")


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield name and size of each chunk, with the file at its content."""
    for _ in range(_MOST_CHUNKS):
        name, size = struct.unpack("<4sL", file.read(8))
        content = file.tell()
        yield name, size
        file.seek(content + size + size % 2)


def _comment(info: bytes) -> str:
    """Return the ICMT of a LIST chunk of kind INFO."""
    place = 4
    while info[:4] == b"INFO" and place + 8 <= len(info):
        name, size = struct.unpack_from("<4sL", info, place)
        if name == b"ICMT":
            return info[place + 8 : place + 8 + size].rstrip(b"\0").decode(errors="replace")
        place += 8 + size + size % 2
    return ""
