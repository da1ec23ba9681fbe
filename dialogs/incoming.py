"""What a text to the service number is to those who take it, and what they may make of it (`dialogs.takers`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from clinic.notices.questions import Asked
from conf.texts.words import Language
from dialogs.talk import Answer, Desk


@dataclass(frozen=True, slots=True)
class Incoming:
    """A text to the service number; `inbox` is its number in the inbox, `language` how the reply is to be."""

    phone: str
    text: str
    inbox: int
    language: Language


Reply = str | list[Answer]
"""What is answered: a finished text, or the answers with which a conversation begins (`dialogs.drafts.Draft`)."""
Taker = Callable[[Incoming, Desk], Awaitable[Reply | None]]
Answering = Callable[[Asked, Incoming, Desk], Awaitable[Reply | None]]

SILENCE: Final = ""
"""The reply of a taker that answers nothing: a machine has written."""
