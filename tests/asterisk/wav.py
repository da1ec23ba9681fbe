"""WAV files, read and written by a few lines that share nothing with the code under test."""

from __future__ import annotations

import struct
import wave
from io import BytesIO
from pathlib import Path

RATE = 8000


def chunks(path: Path) -> dict[bytes, bytes]:
    """The file's RIFF chunks by their names; of LIST, what stands in it.

    Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991), chapter 2.
    """
    octets, found, at = path.read_bytes(), {}, 12
    while at + 8 <= len(octets):
        name, size = struct.unpack_from("<4sI", octets, at)
        if name == b"LIST":
            at += 12
            continue
        found[name] = octets[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def comment(path: Path) -> str:
    """What the clip says: its ICMT chunk; of a file without, or that is gone, its name."""
    try:
        said = chunks(path).get(b"ICMT", b"")
    except FileNotFoundError:
        said = b""
    return said.rstrip(b"\0").decode() or path.stem


def samples(path: Path) -> int:
    return len(chunks(path)[b"data"]) // 2


def write(path: Path, text: str, seconds: float) -> Path:
    """A quiet clip, 8 kHz mono 16 bit, with its text in a LIST/INFO ICMT chunk before the data."""
    whole = BytesIO()
    with wave.open(whole, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "NONE"))
        file.writeframes(bytes(2 * round(seconds * RATE)))
    head, body = whole.getvalue()[12:36], whole.getvalue()[36:]
    said = text.encode() + b"\0"
    said += b"\0" * (len(said) % 2)
    note = b"INFOICMT" + struct.pack("<I", len(said)) + said
    parts = b"WAVE" + head + b"LIST" + struct.pack("<I", len(note)) + note + body
    path.write_bytes(b"RIFF" + struct.pack("<I", len(parts)) + parts)
    return path
