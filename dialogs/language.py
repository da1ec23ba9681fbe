"""Choosing the language: the subscriber's, on every channel, from now on."""

from __future__ import annotations

from clinic import subscribers
from conf.texts.words import Language
from dialogs.talk import Again, Choice, Desk, Talk


async def choose_language(talk: Talk, desk: Desk) -> None:
    """Choose, and come back to the root menu in that language."""
    chosen = await talk.choose("language.which", [Choice("zh", "language.zh"), Choice("en", "language.en")])
    language: Language = "en" if chosen == "en" else "zh"
    await desk.store.run(subscribers.set_language, phone=talk.phone, language=language, now=desk.now())
    talk.language = language
    raise Again("root.menu", tell="language.set")
