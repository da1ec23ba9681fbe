"""WAV as the telephone has it: PCM, 8 kHz, mono, 16 bit, in one RIFF file.

A file of ours says what it says in a LIST/INFO chunk (ICMT, a comment, UTF-8). It stands before the data chunk, because
Asterisk takes everything behind the data chunk's header for sound, to the end of the file.
Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft 1991), "WAVE", "INFO List Chunk".
"""

from __future__ import annotations

import os
import secrets
import struct
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

RATE = 8000  # samples a second
WIDTH = 2  # octets a sample
MODE = 0o640  # Asterisk reads as its own user: give the folder its group, and the set-group-id bit


class BadSound(Exception):
    """A file is no WAV, or not of the telephone's format; `reason` is a sentence without the file's name."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


def read(path: Path) -> bytes:
    """The samples of a file (16-bit little-endian PCM at 8 kHz). Raises BadSound."""
    with _opened(path) as sound:
        samples = sound.readframes(sound.getnframes())
    if not samples:
        raise BadSound(path, "there is no sound in it")
    return samples[: len(samples) // WIDTH * WIDTH]


def look(path: Path) -> float:
    """How many seconds of sound a file has, by its header. Raises BadSound as `read` would."""
    with _opened(path) as sound:
        frames = sound.getnframes()
    if not frames:
        raise BadSound(path, "there is no sound in it")
    return frames / RATE


@contextmanager
def _opened(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with wave.open(str(path), "rb") as sound:
            found = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            if found != (RATE, 1, WIDTH):
                raise BadSound(path, f"it has {found[0]} Hz, {found[1]} channels, {found[2] * 8} bits; not 8000, 1, 16")
            yield sound
    except (wave.Error, EOFError) as error:
        raise BadSound(path, f"it is no WAV with PCM ({error or 'it ends too early'})") from error
    except OSError as error:
        raise BadSound(path, error.strerror or str(error)) from error


def silence(milliseconds: int) -> bytes:
    """Samples of nothing."""
    return bytes(RATE * milliseconds // 1000 * WIDTH)


def seconds(samples: bytes) -> float:
    return len(samples) / (RATE * WIDTH)


def write(path: Path, samples: bytes, comment: str) -> None:
    """Write a file, whole or not at all; one that is being read meanwhile stays as it was for its reader."""
    with whole(path) as file:
        file.write(riff(samples, comment))


def riff(samples: bytes, comment: str) -> bytes:
    """The octets of a file: RIFF(WAVE, fmt, LIST(INFO, ICMT), data)."""
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE * WIDTH, WIDTH, WIDTH * 8)
    told = b"INFO" + _chunk(b"ICMT", comment.encode() + b"\0")
    return _chunk(b"RIFF", b"WAVE" + _chunk(b"fmt ", form) + _chunk(b"LIST", told) + _chunk(b"data", samples))


def _chunk(name: bytes, body: bytes) -> bytes:
    """A chunk begins at an even octet; its length does not count the one that is filled in."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def comment(path: Path) -> str:
    """What a file of ours says; empty where it does not tell."""
    body = path.read_bytes()
    start = body.find(b"ICMT", 0, body.find(b"data"))
    if start < 0:
        return ""
    (length,) = struct.unpack_from("<I", body, start + 4)
    return body[start + 8 : start + 8 + length].rstrip(b"\0").decode(errors="replace")


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its name only when all of it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            os.fchmod(file.fileno(), MODE)
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
