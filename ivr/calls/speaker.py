"""Prompts for calls: put together aside from the reactor, and whether all recordings are there.

Many callers hear the same menu in the same minute: what was put together a moment ago is not looked for again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.interfaces import IReactorTime

from conf.texts.words import Language, Word
from dialogs.talk import Line
from ivr.calls.ports import Aside
from ivr.speech.clips import IN_USE_SECONDS, Clip

log = logging.getLogger("caredial.calls")

Part = tuple[Language, Line]
_Key = tuple[tuple[Language, str, tuple[tuple[str, Word], ...]], ...]

FRESH_SECONDS = IN_USE_SECONDS / 2
MOST_FRESH = 2_000
LOOK_SECONDS = 15.0
"""Between two looks whether prompts are missing: they may be built while we run."""


class Clips(Protocol):
    """Puts clips together (`ivr.speech.clips.Clips`); its methods block."""

    def clip(self, parts: Sequence[Part], *, private: bool = False) -> Clip: ...
    def drop(self, clip: Clip) -> None: ...


class Speaker:
    """Gives each call its clips. `missing` counts the recordings that are not there; it is asked aside, too."""

    def __init__(self, clips: Clips, aside: Aside, clock: IReactorTime, missing: Callable[[], int]) -> None:
        self._clips, self._aside, self._clock, self._look = clips, aside, clock, missing
        self._fresh: dict[_Key, tuple[Clip, float]] = {}
        self._missing, self._looked = 0, -LOOK_SECONDS

    async def clip(self, parts: Sequence[Part]) -> Clip:
        """One file with these texts, each in its language. Raises OSError, ivr.speech.espeak.NoVoice."""
        key = tuple((language, line.key, tuple(sorted(line.words.items()))) for language, line in parts)
        clip, until = self._fresh.get(key, (None, 0.0))
        if clip is None or until < self._clock.seconds():
            clip = await self._aside(self._clips.clip, parts)
            if not clip.private:
                self._keep(key, clip)
        return clip

    async def drop(self, clip: Clip) -> None:
        """A private clip is not needed any more."""
        await self._aside(self._clips.drop, clip)

    async def missing(self) -> int:
        """How many recordings are missing, as of a moment ago."""
        now = self._clock.seconds()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            try:
                self._missing = await self._aside(self._look)
            except Exception as error:  # noqa: BLE001  the database is away: what was there a moment ago is there still
                log.warning("it cannot be told whether prompts are missing: %s", error)
        return self._missing

    def _keep(self, key: _Key, clip: Clip) -> None:
        if len(self._fresh) >= MOST_FRESH:
            self._fresh.clear()
        self._fresh[key] = clip, self._clock.seconds() + FRESH_SECONDS
