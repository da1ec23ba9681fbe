"""A conversation: the one Talk for every channel that puts one question at a time (USSD, SMS, a telephone call).

The dialog is an ordinary coroutine. It is run from its first line whenever something moves other than forward (back,
resume, the next SMS): answers that are kept are given without asking, and the first one that is missing, or whose
choice has gone meanwhile, is asked.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from clinic.errors import ClinicError
from conf.texts.words import Language, Word
from dialogs.drafts import Draft, Drafts
from dialogs.talk import Again, Choice, Desk, Dialog, Line, Screen, V, Via, Wants

BACK = "0"
RESUME = (Choice("on", "talk.go_on"), Choice("again", "talk.start_again"))

T = TypeVar("T")
Ending = Literal["done", "refused", "given up", "left"]


class NotUnderstood(ClinicError):
    """No answer to what was asked; an exchange may say so, too."""

    tell = "talk.not_understood"


class Unanswered(ClinicError):
    """Raised by an exchange that got no answer: it counts like a wrong one, and `tell` says so."""

    tell = "talk.unanswered"


class TooManyWrong(ClinicError):
    """Told like any refusal; retry, so what was answered is kept."""

    tell = "talk.too_many"
    retry = True


class _Back(Exception):
    """The subscriber wants the question before."""


class Conversation:
    """Talks with one subscriber through `exchange`, which shows a screen and gives the answer to it.

    `exchange` raises what it likes to leave the conversation (Gone); whatever was answered is kept by then.
    `typed` are answers given beforehand, the arguments of a dialled code.
    After `run`, `ended` tells how it came to its end.
    """

    def __init__(
        self,
        phone: str,
        language: Language,
        *,
        draft: Draft,
        drafts: Drafts,
        exchange: Callable[[Screen], Awaitable[str]],
        typed: Sequence[str] = (),
        wrong_answers: int = 3,
        channel: Via = "ussd",
    ) -> None:
        self.channel: Via = channel
        self.ended: Ending = "done"
        self.phone = phone
        self.language: Language = language
        self.draft = draft
        self._drafts = drafts
        self._exchange = exchange
        self._typed = deque(typed)
        self._wrong_answers = wrong_answers
        self._step = 0
        self._said: list[Line] = []
        self._notices: list[Line] = []

    @property
    def letters(self) -> bool:
        return self.channel != "voice"

    @property
    def occasion(self) -> str:
        return self.draft.id

    async def run(self, dialog: Dialog, desk: Desk) -> Screen:
        """Run the dialog to its end; the last screen. `draft.answers` are empty then unless it can be resumed."""
        try:
            if self.draft.resuming:
                await self._resume()
            while not await self._through(dialog, desk):
                await self._drafts.write(self.phone, self.draft)
        except ClinicError as error:
            self.ended = "given up" if isinstance(error, TooManyWrong) else "refused"
            self._said.append(Line(error.tell, error.words))
            if error.retry:
                return self._last()
        except _Back:
            self.ended = "left"
            self._said.append(Line("talk.bye"))
            return self._last()
        self.draft.answers.clear()
        return self._last()

    async def say(self, key: str, /, **words: Word) -> None:
        self._said.append(Line(key, words))

    async def ask(self, key: str, parse: Callable[[str], str], /, *, wants: Wants = "text", **words: Word) -> str:
        kept = self._kept(key)
        if kept is not None:
            self._go_on()
            return str(kept)
        value = await self._put(self._screen(Line(key, words), wants=wants), parse)
        await self._keep(key, value)
        return value

    async def choose(self, key: str, options: Sequence[Choice[V]], /, **words: Word) -> V:
        values = [option.value for option in options]
        kept = self._kept(key)
        for value in values:
            if value == kept:
                self._go_on()
                return value
        if kept is not None:
            self._notices.append(Line("talk.gone"))
            del self.draft.answers[self._step :]
        screen = self._screen(Line(key, words), tuple(options))
        value = await self._put(screen, lambda text: values[_number(text, len(values)) - 1])
        await self._keep(key, value)
        return value

    async def _through(self, dialog: Dialog, desk: Desk) -> bool:
        """Run the dialog from its first line; False when it has to be run again."""
        self._step = 0
        self._said.clear()
        try:
            await dialog(self, desk)
        except _Back:
            if not self.draft.answers:
                raise
            self.draft.answers.pop()
            return False
        except Again as again:
            return not self._rewind(again)
        return True

    def _rewind(self, again: Again) -> bool:
        """Go back to that prompt; False when it never was one, and the notice is all there is to tell."""
        self._notices.append(again.notice)
        prompts = [key for key, _ in self.draft.answers]
        if again.prompt not in prompts:
            return False
        del self.draft.answers[prompts.index(again.prompt) :]
        return True

    async def _resume(self) -> None:
        """Ask whether to go on where the conversation was broken off."""
        about = Line("talk.resume", {"what": str(self.draft.answers[0][1])})
        screen = Screen(self.language, question=about, options=RESUME)
        if await self._put(screen, lambda text: _number(text, 2)) == 2:
            self.draft.start_again()
        self.draft.resuming = False
        await self._drafts.write(self.phone, self.draft)

    def _kept(self, key: str) -> int | str | None:
        """The next kept answer if it answers this prompt; otherwise it and all after it are forgotten."""
        if self._step == len(self.draft.answers):
            return None
        prompt, value = self.draft.answers[self._step]
        if prompt == key:
            return value
        del self.draft.answers[self._step :]
        return None

    def _go_on(self) -> None:
        """The kept answer stands: what was said with its question has been shown."""
        self._step += 1
        self._said.clear()

    async def _keep(self, key: str, value: int | str) -> None:
        self.draft.answers.append((key, value))
        self._step += 1
        await self._drafts.write(self.phone, self.draft)

    def _screen(self, question: Line, options: tuple[Choice[V], ...] = (), *, wants: Wants = "text") -> Screen:
        return Screen(self.language, self._told(), question, options, back=bool(self.draft.answers), wants=wants)

    def _last(self) -> Screen:
        return Screen(self.language, self._told(), final=True)

    def _told(self) -> tuple[Line, ...]:
        told = (*self._notices, *self._said)
        self._notices.clear()
        self._said.clear()
        return told

    async def _put(self, screen: Screen, read: Callable[[str], T]) -> T:
        """Put the question until the answer can be read."""
        while True:
            beforehand = bool(self._typed)
            try:
                text = self._typed.popleft() if beforehand else await self._exchange(screen)
                if plain(text) == BACK:
                    self._typed.clear()
                    raise _Back
                value = read(text)
            except ClinicError as error:
                self._count_wrong(beforehand)
                told = screen.notices if beforehand else ()
                screen = replace(screen, notices=(*told, Line(error.tell, error.words)), again=not beforehand)
            else:
                self.draft.wrong = 0
                return value

    def _count_wrong(self, beforehand: bool) -> None:
        """A wrong argument of a code makes the rest worthless, yet nobody has been asked so far."""
        if beforehand:
            self._typed.clear()
            return
        self.draft.wrong += 1
        if self.draft.wrong >= self._wrong_answers:
            raise TooManyWrong


def _number(text: str, most: int) -> int:
    """The number of an option, as people type it: "2", "2.", "２", "#2"."""
    digits = plain(text)
    if not digits.isdecimal() or len(digits) > 5 or not 1 <= int(digits) <= most:
        raise NotUnderstood
    return int(digits)


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(" \r\n\t.,:)(#*。，、")
