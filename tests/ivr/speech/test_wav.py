"""Files as the telephone has them; what they say stands before their sound."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from ivr.speech import wav
from tests.ivr.speech.conftest import hum, record


def chunks(octets: bytes) -> list[tuple[bytes, int]]:
    """Names and lengths within the RIFF chunk, read by hand."""
    found, place = [], 12
    while place < len(octets):
        name, length = struct.unpack_from("<4sI", octets, place)
        found.append((name, length))
        place += 8 + length + length % 2
    assert place == len(octets)
    return found


@pytest.mark.parametrize("comment", ["预约成功，您是第二号。", "odd", "even", ""])
def test_what_a_file_says_stands_before_its_sound(comment: str, tmp_path: Path) -> None:
    wav.write(tmp_path / "a.wav", hum(100), comment)
    octets = (tmp_path / "a.wav").read_bytes()
    assert octets[:4] + octets[8:12] == b"RIFFWAVE"
    assert struct.unpack_from("<I", octets, 4)[0] == len(octets) - 8
    assert [name for name, _ in chunks(octets)] == [b"fmt ", b"LIST", b"data"]
    assert chunks(octets)[-1] == (b"data", 1600)
    assert octets.endswith(hum(100))  # nothing stands behind the sound
    assert wav.comment(tmp_path / "a.wav") == comment
    assert wav.read(tmp_path / "a.wav") == hum(100)
    assert wav.look(tmp_path / "a.wav") == 0.1


def test_sox_reads_it_as_we_mean_it(tmp_path: Path) -> None:
    assert shutil.which("soxi")
    wav.write(tmp_path / "a.wav", hum(1500), "重听请按星号键")
    told = [
        subprocess.run(["soxi", option, tmp_path / "a.wav"], capture_output=True, text=True, check=True).stdout.strip()
        for option in ("-r", "-c", "-b", "-e", "-s")
    ]
    assert told == ["8000", "1", "16", "Signed Integer PCM", "12000"]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"rate": 44100}, "it has 44100 Hz, 1 channels, 16 bits; not 8000, 1, 16"),
        ({"channels": 2}, "2 channels"),
        ({"width": 1}, "8 bits"),
        ({"frames": 0}, "there is no sound in it"),
    ],
)
def test_another_format_is_told(form: dict[str, int], told: str, tmp_path: Path) -> None:
    path = record(tmp_path / "a.wav", **form)
    for fn in (wav.read, wav.look):
        with pytest.raises(wav.BadSound, match=told):
            fn(path)


@pytest.mark.parametrize("octets", [b"", b"RIFF", b"ID3 an mp3", wav.riff(hum(10), "")[:30]])
def test_what_is_no_wav_is_told(octets: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(octets)
    with pytest.raises(wav.BadSound, match="it is no WAV with PCM"):
        wav.read(tmp_path / "a.wav")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(wav.BadSound, match="No such file"):
        wav.look(tmp_path / "a.wav")


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    wav.write(tmp_path / "a.wav", hum(10), "before")
    with pytest.raises(TypeError):
        wav.write(tmp_path / "a.wav", "no octets", "after")  # type: ignore[arg-type]
    with pytest.raises(TypeError), wav.whole(tmp_path / "a.wav") as file:
        file.write(b"half" + None)  # type: ignore[operator]
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert wav.comment(tmp_path / "a.wav") == "before"


def test_asterisk_reads_by_its_group_and_nobody_else(tmp_path: Path) -> None:
    wav.write(tmp_path / "deep" / "a.wav", hum(10), "")
    assert (tmp_path / "deep" / "a.wav").stat().st_mode & 0o777 == 0o640


def test_a_file_of_others_says_nothing(tmp_path: Path) -> None:
    assert wav.comment(record(tmp_path / "a.wav")) == ""
