"""What speech is made with, as the settings have it."""

from __future__ import annotations

from gateway.config import Settings
from ivr.speech.espeak import Espeak
from ivr.speech.library import Library


def open_library(settings: Settings) -> Library:
    """The prompts that are there."""
    prompts = settings.ivr.prompts
    return Library(prompts.folder, prompts.recordings)


def open_voice(settings: Settings) -> Espeak:
    """The voice that builds prompts, and speaks what cannot be recorded beforehand."""
    prompts = settings.ivr.prompts
    return Espeak({"zh": prompts.voice_zh, "en": prompts.voice_en}, prompts.words_per_minute)
