"""Clips: what a call says in one go, as one file that Asterisk plays.

A clip is put together from recordings once and kept under the digest of what it was made of, so every later call that
says the same finds it; the least recently used go when there are too many. What is private to one caller (a name, a
code) gets a name that nobody can guess, and goes when the call has heard it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

from conf.texts.words import Language, Word
from ivr.speech import phrases, wav
from ivr.speech.espeak import Synthesiser
from ivr.speech.library import Library
from ivr.speech.pieces import DIGIT, Improvised, Pause, Piece, Recorded, longest, text_of

BETWEEN = Pause(320, " ")  # between two texts
AT_THE_END = Pause(80)
IN_USE_SECONDS = 60.0  # a clip that was asked for this recently may not have been opened by Asterisk yet
PRIVATE_SECONDS = 3600.0  # a private clip that nobody dropped: its call is long over
PRIVATE = "private-"


@dataclass(frozen=True, slots=True)
class Clip:
    """A file to play (with .wav), what it says for people to read, and how long it takes."""

    path: Path
    text: str
    seconds: float
    private: bool


class Line(Protocol):
    """A text that is not spoken yet: its key and its words (`dialogs.talk.Line`, `dialogs.talk.Choice`)."""

    @property
    def key(self) -> str: ...
    @property
    def words(self) -> Mapping[str, Word]: ...


Part = tuple[Language, Line]
Said = tuple[Language, Piece]


class Clips:
    """Composes clips in a folder that Asterisk reads by the same path. Its methods block, and threads may call them.

    `most_octets`: of public clips together. `now`: seconds since the epoch.
    """

    def __init__(
        self,
        library: Library,
        folder: Path,
        synthesiser: Synthesiser,
        *,
        most_octets: int = 200_000_000,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._library, self._folder, self._synthesiser = library, folder.absolute(), synthesiser
        self._most, self._now = most_octets, now
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[int, float]] = OrderedDict()  # name: octets, when it was last asked for
        self._octets = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._take_stock()

    def clip(self, parts: Sequence[Part], *, private: bool = False) -> Clip:
        """What these texts say, one after the other. Private also where a word of theirs is a text or a code.

        A recording that is missing is improvised: a department may have been added since the prompts were built.
        Raises NoSuchText and WrongWords (conf.texts), NoVoice where the voice fails.
        """
        said = _said(parts)
        text = text_of(piece for _, piece in said)
        if private or _is_private(said):
            path = self._folder / f"{PRIVATE}{secrets.token_hex(12)}.wav"
            samples = _sound(self._library, self._synthesiser, said)
            wav.write(path, samples, text)
            return Clip(path, text, wav.seconds(samples), private=True)
        return self._public(said, text)

    def drop(self, clip: Clip) -> None:
        """The caller has heard it, or left. A public clip stays."""
        if clip.private:
            clip.path.unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove private clips whose call forgot them (killed meanwhile), and what a crash left half written."""
        gone = 0
        for path in [*self._folder.glob(f"{PRIVATE}*.wav"), *self._folder.glob(".*.wav.*")]:
            if self._age(path) > PRIVATE_SECONDS:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _age(self, path: Path) -> float:
        try:
            return self._now() - path.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    # Public clips.

    def _public(self, said: Sequence[Said], text: str) -> Clip:
        made_of = [(*each, self._source(*each)) for each in said]
        path = self._folder / f"{hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]}.wav"
        try:
            seconds = wav.look(path)
            os.utime(path)  # so that another process, or this one anew, knows what was used last
        except (wav.BadSound, OSError):
            samples = _sound(self._library, self._synthesiser, said)
            wav.write(path, samples, text)
            seconds = wav.seconds(samples)
        self._used(path)
        return Clip(path, text, seconds, private=False)

    def _source(self, language: Language, piece: Piece) -> tuple[str, int, int] | None:
        """The file that a piece comes from and its state: a prompt that is built anew makes another clip."""
        path = self._library.find(language, piece)
        if path is None:
            return None
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        return str(path), status.st_mtime_ns, status.st_size

    def _used(self, path: Path) -> None:
        octets = path.stat().st_size
        with self._lock:
            self._octets += octets - self._kept.pop(path.name, (0, 0.0))[0]
            self._kept[path.name] = octets, self._now()
            self._evict()

    def _evict(self) -> None:
        while self._octets > self._most:
            name, (octets, when) = next(iter(self._kept.items()))
            if self._now() - when < IN_USE_SECONDS:
                return
            del self._kept[name]
            self._octets -= octets
            (self._folder / name).unlink(missing_ok=True)

    def _take_stock(self) -> None:
        """What an earlier process kept, in the order of its use."""
        found = [(path.stat(), path.name) for path in self._folder.glob("[0-9a-f]*.wav")]
        for status, name in sorted(found, key=lambda each: each[0].st_mtime):
            self._kept[name] = status.st_size, status.st_mtime
            self._octets += status.st_size
        with self._lock:
            self._evict()


def composed(library: Library, synthesiser: Synthesiser, parts: Sequence[Part]) -> tuple[str, bytes]:
    """What these texts say, for people to read, and its samples. Raises as `Clips.clip` does."""
    said = _said(parts)
    return text_of(piece for _, piece in said), _sound(library, synthesiser, said)


def _sound(library: Library, synthesiser: Synthesiser, said: Sequence[Said]) -> bytes:
    def of(language: Language, piece: Piece) -> bytes:
        if isinstance(piece, Pause):
            return wav.silence(piece.milliseconds)
        return _recording(library.find(language, piece)) or synthesiser.speak(language, piece.text)

    return b"".join(of(language, piece) for language, piece in said)


def _recording(path: Path | None) -> bytes:
    """A recording's samples; none where there is none, or it has gone a moment ago."""
    try:
        return wav.read(path) if path is not None else b""
    except wav.BadSound:
        return b""


def _said(parts: Sequence[Part]) -> list[Said]:
    """The pieces of all texts, a pause between each two unless the next begins with one of its own."""
    found: list[Said] = []
    for language, line in parts:
        pieces = phrases.pieces(language, line.key, **line.words)
        if found and pieces and not isinstance(pieces[0], Pause):
            found.append((language, BETWEEN))
        found += [(language, piece) for piece in pieces]
    return _ended(_merged(found)) or [("zh", AT_THE_END)]


def _merged(said: Sequence[Said]) -> list[Said]:
    """One pause where several meet at the seam of two texts, none at the beginning."""
    found: list[Said] = []
    for language, piece in said:
        if isinstance(piece, Pause) and not found:
            continue
        last = found[-1][1] if found else None
        if isinstance(piece, Pause) and isinstance(last, Pause):
            found[-1] = language, longest(last, piece)
        else:
            found.append((language, piece))
    return found


def _ended(said: list[Said]) -> list[Said]:
    """Who has heard all may answer at once."""
    if said and isinstance(said[-1][1], Pause):
        language, pause = said[-1]
        said[-1] = language, Pause(AT_THE_END.milliseconds, pause.text)
    return said


def _is_private(said: Sequence[Said]) -> bool:
    """Whether a name, a free text or a code is in it."""
    return any(
        isinstance(piece, Improvised) or (isinstance(piece, Recorded) and piece.key.startswith(DIGIT))
        for _, piece in said
    )
