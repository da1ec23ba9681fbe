"""The recordings that there are: those of people before those that were built.

`<recordings>/<language>/<key>.wav` goes before `<prompts>/<language>/<key>.wav`. A recording that is not of the
telephone's format is passed over: `caredial prompts build` makes one of it in the folder of the prompts.
The folder of the prompts has a manifest: what each prompt was built from, and the digest of its file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from conf.texts.words import LANGUAGES, Language
from ivr.speech import wav
from ivr.speech.pieces import Improvised, Pause, Piece, Prompt, Recorded

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Made:
    """What a prompt was built from, a text and the recipe of its sound, and its file's digest (SHA-256)."""

    text: str
    recipe: str
    digest: str


Manifest = Mapping[tuple[Language, str], Made]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that cannot be used as it is."""

    path: Path
    reason: str


class Library:
    """Finds recordings. `recordings` is the folder of those that people spoke, where there is one."""

    def __init__(self, prompts: Path, recordings: Path | None = None) -> None:
        self.prompts, self.recordings = prompts, recordings
        self._looked: dict[Path, tuple[int, int, bool]] = {}

    def find(self, language: Language, piece: Piece) -> Path | None:
        """The file of a piece; None where there is none that can be used, and for what is no recording."""
        match piece:
            case Recorded(key=key):
                return next((path for path in self._places(language, key) if self._usable(path)), None)
            case Pause() | Improvised():
                return None

    def missing(self, needed: Iterable[Prompt]) -> list[Prompt]:
        """Those that no call could play: there is no file, or none of the right format."""
        return [prompt for prompt in needed if not any(map(self._usable, self._places(prompt.language, prompt.key)))]

    def stale(self, needed: Iterable[Prompt], recipe: Callable[[Prompt], str]) -> list[Prompt]:
        """Built ones of another text, or by another recipe than `recipe` has for it, or that changed meanwhile."""
        manifest = self.manifest()
        return [prompt for prompt in needed if self._is_stale(prompt, manifest, recipe(prompt))]

    def _is_stale(self, prompt: Prompt, manifest: Manifest, recipe: str) -> bool:
        path = self.built(prompt.language, prompt.key)
        if not path.exists():
            return False  # missing, or spoken by a person
        made = manifest.get((prompt.language, prompt.key))
        return made != Made(prompt.text, recipe, digest(path))

    def orphaned(self, needed: Iterable[Prompt]) -> list[Path]:
        """Files that no text needs, in either folder."""
        known = {(prompt.language, prompt.key) for prompt in needed}
        return [path for language, path in self._files() if (language, path.stem) not in known]

    def unreadable(self) -> list[Problem]:
        """Files that are no WAV of the telephone's format, in either folder."""
        return list(self._unreadable())

    def _unreadable(self) -> Iterator[Problem]:
        for _, path in self._files():
            try:
                wav.read(path)
            except wav.BadSound as error:
                yield Problem(path, error.reason)

    def built(self, language: Language, key: str) -> Path:
        """Where the built prompt is, or would be."""
        return self.prompts / language / f"{key}.wav"

    def to_convert(self, language: Language, key: str) -> Path | None:
        """The recording of a person that is not of the telephone's format; None where there is none."""
        path = self.recordings / language / f"{key}.wav" if self.recordings else None
        return path if path is not None and path.exists() and not self._usable(path) else None

    def manifest(self) -> dict[tuple[Language, str], Made]:
        """What was built; empty where nothing was, or the manifest is damaged: then everything is built anew."""
        try:
            kept = json.loads((self.prompts / MANIFEST).read_text(encoding="utf-8"))
            return {
                (language, key): Made(**made) for language in LANGUAGES for key, made in kept.get(language, {}).items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def keep(self, manifest: Manifest) -> None:
        """Write the manifest, whole or not at all."""
        told: dict[str, dict[str, dict[str, str]]] = {}
        for (language, key), made in sorted(manifest.items()):
            told.setdefault(language, {})[key] = asdict(made)
        with wav.whole(self.prompts / MANIFEST) as file:
            file.write(json.dumps(told, ensure_ascii=False, indent=1).encode())

    def _places(self, language: Language, key: str) -> Iterator[Path]:
        if self.recordings is not None:
            yield self.recordings / language / f"{key}.wav"
        yield self.built(language, key)

    def _usable(self, path: Path) -> bool:
        """As `wav.look` has it, looked at again only when the file has changed."""
        try:
            status = path.stat()
        except OSError:
            return False
        known = self._looked.get(path)
        if known is None or known[:2] != (status.st_mtime_ns, status.st_size):
            known = self._looked[path] = (status.st_mtime_ns, status.st_size, _sounds(path))
        return known[2]

    def _files(self) -> Iterator[tuple[Language, Path]]:
        for folder in (self.recordings, self.prompts):
            for language in LANGUAGES:
                if folder is not None:
                    yield from ((language, path) for path in sorted((folder / language).glob("[!.]*.wav")))


def _sounds(path: Path) -> bool:
    try:
        wav.look(path)
    except wav.BadSound:
        return False
    return True


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
