"""The port between a dialog and a channel: a dialog says, asks and lets choose; a channel shows or speaks.

A dialog hands over text keys and typed words, never strings, so that a screen, a text and a prompt come from one
source. It asks first and writes once at the end, because it is run again from its kept answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session

from clinic.identity import SealedIdentity
from clinic.installation import Installation
from clinic.rules import Rules
from conf.texts.words import Language, Word

P = ParamSpec("P")
T = TypeVar("T")
V = TypeVar("V", int, str)

Words = Mapping[str, Word]
Wants = Literal["text", "identity", "number", "name", "code"]
"""What is asked for where options are not: anything typed; an identity number, which keys can give too (star is X); a
number of up to three digits; a code of six digits that comes by SMS meanwhile; a name, which a channel without letters
records (`Talk.letters`) and answers with the recording's name."""
Via = Literal["ussd", "sms", "voice"]
"""How somebody talks with us."""
Answer = tuple[str, int | str]
"""The key of a prompt and the value that was answered: a JSON scalar."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text that is not written yet: its key and its words."""

    key: str
    words: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice(Generic[V]):
    """One of several answers: the value that is kept, and the text that is shown for it."""

    value: V
    key: str
    words: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Screen:
    """One turn of a conversation, before a channel gives it a form.

    `options` are numbered from 1 by their place, over all pages. `wants`: what is asked for where there are none.
    `back`: "0" leads to the question before.
    `final`: nothing is asked any more. No question and no notice: there is nothing left to tell.
    `again`: the question was shown before, and what came was no answer to it.
    """

    language: Language
    notices: tuple[Line, ...] = ()
    question: Line | None = None
    options: tuple[Choice[int] | Choice[str], ...] = ()
    back: bool = False
    final: bool = False
    wants: Wants = "text"
    again: bool = False

    @property
    def asked(self) -> list[int | str]:
        """What is asked, apart from its words: the prompt's key and the values to choose from, in their order."""
        return [self.question.key if self.question else "", *(option.value for option in self.options)]


class Gone(Exception):
    """The subscriber has left; raised by a channel where the conversation waits for an answer."""


class Again(Exception):
    """Raised by a dialog to go back to the prompt `prompt`, with the notice `tell`."""

    def __init__(self, prompt: str, *, tell: str, **words: Word) -> None:
        super().__init__(prompt)
        self.prompt = prompt
        self.notice = Line(tell, words)


class Talk(Protocol):
    """One conversation with one subscriber, as a dialog sees it."""

    phone: str
    language: Language
    channel: Via

    @property
    def letters(self) -> bool:
        """Whether names can be typed here. Where not (a voice call) a name is spoken, and `ask` for one gives the name
        of the recording; nothing else that needs letters may be asked for."""

    @property
    def occasion(self) -> str:
        """Names this conversation for all its life. A dialog writes once, so its write is done once under this name."""

    async def say(self, key: str, /, **words: Word) -> None:
        """Tell something; it is shown with the next question, or as the last words."""

    async def ask(self, key: str, parse: Callable[[str], str], /, *, wants: Wants = "text", **words: Word) -> str:
        """Ask for typed text until `parse` accepts it; it raises a ClinicError that tells what is wrong."""

    async def choose(self, key: str, options: Sequence[Choice[V]], /, **words: Word) -> V:
        """Let the subscriber choose; the value of the choice."""


class Runs(Protocol):
    """The store: runs a use case in a transaction, elsewhere."""

    def run(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...


class Seals(Protocol):
    """Seals identity numbers, and locks what is kept of a conversation (`clinic.identity.Vault`)."""

    def seal(self, number: str) -> SealedIdentity: ...
    def lock(self, blob: bytes) -> bytes: ...
    def unlock(self, blob: bytes) -> bytes:
        """The blob as it was; ValueError when it is damaged."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every dialog works with. `now` is aware, in the installation's time zone."""

    store: Runs
    vault: Seals
    installation: Installation
    now: Callable[[], dt.datetime]
    rules: Rules = field(default_factory=Rules)


Dialog = Callable[[Talk, Desk], Awaitable[None]]
