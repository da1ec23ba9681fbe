"""A voice: espeak-ng speaks, sox makes of it what the telephone takes.

Texts go to espeak-ng on its standard input, so that a resident's name shows in no list of processes, and no shell reads
it. Which voice speaks is told by the script: a Chinese name in an English sentence is spoken in Chinese.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from conf.texts.words import Language
from ivr.speech import wav
from ivr.speech.levels import levelled

SECONDS = 30.0
LONGEST = 2000  # characters
PACKAGES = "apt-get install espeak-ng sox"
# espeak-ng 1.51 passes some syllables (gong1, bai3, ling2) to the voice that speaks Latin letters: with `cmn` that is
# the English one, which spells them. `cmn-latn-pinyin` is the same voice, and takes Latin letters for Pinyin.
_REALLY = {"cmn": "cmn-latn-pinyin"}
# Characters with two readings where espeak-ng takes the wrong one; spoken is one of the same sound.
_READINGS = [
    (re.compile(written), read)
    for written, read in {
        "重(?=[听发输选新拨试复做写])": "虫",
        "(?<=[接补复])种|种(?=疫苗)": "众",
        "中(?=[毒暑])": "众",
        "大夫": "代夫",
        "咳(?=嗽)": "壳",
        "(?<=[拨打])120": "幺二零",
        "(?<=call )120": "1 2 0",
        "(?<![A-Za-z])A(?=群)": "诶",
        "(?<![A-Za-z])C(?=群)": "西",
        "(?<![A-Za-z])T(?=码)": "梯",
    }.items()
]
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
# Whatever espeak-ng would take for a command: control characters, and [[phonemes]].
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\[\]<>{}|\\]+")
# Room first, so that the conversion of the rate clips nothing.
EFFECTS = ["gain", "-6", "rate", str(wav.RATE)]
FORMAT = ["-c", "1", "-b", "16", "-e", "signed-integer", "-t", "wav"]
RECIPE = "2"
"""Changes with what is done here to a sound, so that prompts are built anew."""


class NoVoice(Exception):
    """The voice cannot speak: a program is missing or failed. Says what to do."""


class Synthesiser(Protocol):
    """A voice."""

    def recipe(self, language: Language, text: str) -> str:
        """What a text's sound depends on besides the text: a prompt with another one is built anew."""

    def speak(self, language: Language, text: str) -> bytes:
        """The text as samples (8 kHz, mono, 16 bit), without silence around it. Raises NoVoice."""

    def convert(self, path: Path) -> bytes:
        """The sound of a file, whatever its format, as such samples. Raises NoVoice."""


class Espeak:
    """`voices` has espeak-ng's voice for each language, as `PromptSettings` names them."""

    def __init__(self, voices: Mapping[Language, str], words_per_minute: int) -> None:
        self._voices, self._speed = voices, words_per_minute

    def voice(self, language: Language, text: str) -> str:
        """The voice for a text: Chinese characters need the Chinese one, and Latin letters alone the English one."""
        script: Language = "zh" if _CHINESE.search(text) else "en"
        chosen = self._voices[script if script == "zh" or _LATIN.search(text) else language]
        return _REALLY.get(chosen, chosen)

    def recipe(self, language: Language, text: str) -> str:
        return f"espeak-ng {self.voice(language, text)} {self._speed} {RECIPE}"

    def speak(self, language: Language, text: str) -> bytes:
        with tempfile.TemporaryDirectory(prefix="caredial-speech-") as folder:
            raw = Path(folder) / "raw.wav"
            voice = self.voice(language, text)
            command = ["espeak-ng", "-v", voice, "-s", str(self._speed), "-b", "1", "-z", "--stdin", "-w", str(raw)]
            _run(command, speakable(text).encode())
            return _telephone(raw)

    def convert(self, path: Path) -> bytes:
        return _telephone(path)


def speakable(text: str) -> str:
    """The text as espeak-ng should read it: at most 2000 characters, no commands, wrong readings put right."""
    text = _UNSPEAKABLE.sub(" ", text)[:LONGEST]
    for written, read in _READINGS:
        text = written.sub(read, text)
    return text


def _telephone(path: Path) -> bytes:
    """The sound of a file as the telephone has it, at our level."""
    with tempfile.TemporaryDirectory(prefix="caredial-speech-") as folder:
        made = Path(folder) / "made.wav"
        # -D adds no noise: the same text is the same sound.
        _run(["sox", "-V1", "-D", str(path.absolute()), *FORMAT, str(made), *EFFECTS], b"")
        try:
            return levelled(wav.read(made))
        except wav.BadSound as error:
            raise NoVoice(f"{path.name}: {error.reason}") from error


def _run(command: Sequence[str], given: bytes) -> None:
    program = command[0]
    try:
        subprocess.run(command, input=given, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603  no shell
    except FileNotFoundError as error:
        raise NoVoice(f"there is no {program} on this machine: {PACKAGES}") from error
    except subprocess.TimeoutExpired as error:
        raise NoVoice(f"{program} did not end within {SECONDS:.0f} seconds") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise NoVoice(f"{program} failed with {error.returncode}: {said[-1] if said else 'it says nothing'}") from error
