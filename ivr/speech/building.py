"""Building prompts: those that are missing or stale, and nothing twice.

A prompt is built from its text by the voice, or from a person's recording that is not of the telephone's format. The
files are whole at any moment; the manifest is written even where the building ends early, so the next one goes on
there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from conf.texts.words import Language
from ivr.speech import wav
from ivr.speech.espeak import Synthesiser
from ivr.speech.library import Library, Made, digest
from ivr.speech.pieces import Prompt


@dataclass(slots=True)
class Built:
    """What a building did."""

    made: list[Prompt] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    """Files that no text needs any more, by language and key: `zh/visit.booked-3f9a2c`."""
    kept: int = 0


class Building:
    """Brings the built prompts of a library to what is needed."""

    def __init__(self, library: Library, synthesiser: Synthesiser, threads: int | None = None) -> None:
        self._library, self._synthesiser = library, synthesiser
        self._threads = threads or os.cpu_count() or 1

    def recipe(self, prompt: Prompt) -> str:
        """What the sound of a prompt is made by, besides its text: the voice, or the recording with its digest."""
        recording = self._library.to_convert(prompt.language, prompt.key)
        if recording is not None:
            return f"recording {digest(recording)}"
        return self._synthesiser.recipe(prompt.language, prompt.text)

    def due(self, needed: Iterable[Prompt]) -> list[Prompt]:
        """What has to be built."""
        every = list(needed)
        stale = set(self._library.stale(every, self.recipe))
        return [prompt for prompt in every if prompt in stale or not self._there(prompt)]

    def _there(self, prompt: Prompt) -> bool:
        return self._library.built(prompt.language, prompt.key).exists()

    def build(self, needed: Iterable[Prompt], done: Callable[[Prompt], None] = lambda _: None) -> Built:
        """Build what is due, remove what nobody needs; `done` is told each prompt as it is ready.

        Raises NoVoice at the first that cannot be built; those that are ready by then stay.
        """
        every = list(needed)
        due = self.due(every)
        built = Built(kept=len(every) - len(due))
        manifest = self._library.manifest()
        try:
            with ThreadPoolExecutor(self._threads) as pool:
                ready = {pool.submit(self._make, prompt): prompt for prompt in due}
                self._gather(ready, manifest, built, done)
            self._remove(every, manifest, built)
        finally:
            self._library.keep(manifest)
        return built

    def _gather(
        self,
        ready: dict[Future[Made], Prompt],
        manifest: dict[tuple[Language, str], Made],
        built: Built,
        done: Callable[[Prompt], None],
    ) -> None:
        try:
            for future in as_completed(ready):
                prompt = ready[future]
                manifest[prompt.language, prompt.key] = future.result()
                built.made.append(prompt)
                done(prompt)
        finally:
            for future in ready:
                future.cancel()  # those that have not begun, where one has failed

    def _make(self, prompt: Prompt) -> Made:
        recording = self._library.to_convert(prompt.language, prompt.key)
        recipe = self.recipe(prompt)
        if recording is None:
            samples = self._synthesiser.speak(prompt.language, prompt.text)
        else:
            samples = self._synthesiser.convert(recording)
        path = self._library.built(prompt.language, prompt.key)
        wav.write(path, samples, prompt.text)
        return Made(prompt.text, recipe, digest(path))

    def _remove(self, needed: list[Prompt], manifest: dict[tuple[Language, str], Made], built: Built) -> None:
        """Only what an earlier building made: the folder may hold files of somebody else."""
        known = {(prompt.language, prompt.key) for prompt in needed}
        for language, key in [place for place in manifest if place not in known]:
            (self._library.prompts / language / f"{key}.wav").unlink(missing_ok=True)
            del manifest[language, key]
            built.removed.append(f"{language}/{key}")
