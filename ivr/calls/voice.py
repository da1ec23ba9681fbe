"""A conversation's screens, spoken: what is heard, and the keys that answer it.

Keys: 1 to 9 choose, * goes back, 0 calls the operator, # calls for help at any time. A menu of more than nine is read
in pages of eight, with 9 for more. In a number * stands for X, where an identity number may have one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, FirstError
from twisted.internet.interfaces import IReactorTime

from conf.texts.words import Code, Language
from dialogs.conversation import BACK, NotUnderstood, Unanswered
from dialogs.talk import Line, Screen
from ivr.ami.agi import Result
from ivr.calls.channel import Channel, Lost
from ivr.calls.ports import Counts
from ivr.calls.speaker import Part, Speaker
from ivr.settings import IvrSettings
from ivr.speech.clips import Clip

ALL_KEYS = "0123456789*#"
MOST_ON_A_PAGE, MORE = 9, "9"
IDENTITY_KEYS = 18
STOP_SECONDS = 0.15
"""A key ends a prompt at once, unless it came while the prompt was still on its way: then it is stopped by hand."""
SLACK_SECONDS = 15.0
"""How much longer than it lasts a prompt may take before Asterisk is given up."""
GRACE_SECONDS = 2.0
"""In which the event of a hangup follows the command that it broke off."""
LEAST_SAMPLES = 3_200  # 0.4 s: a name takes longer
ENDING_SECONDS = 6.0
"""In which a # after a number or a name only means that it is complete, as we have asked for."""
SILENT_SECONDS = 2  # of silence end a spoken name


class OperatorWanted(Exception):
    """The caller wants a person."""


class EmergencyWanted(Exception):
    """The caller needs help at once."""


class Unplayable(Exception):
    """Asterisk could not play a prompt that is there: it cannot read the folder."""


class Voice:
    """Speaks to one call. `path` are the steps so far: prompts, and what was chosen, by their keys."""

    def __init__(
        self,
        channel: Channel,
        speaker: Speaker,
        settings: IvrSettings,
        clock: IReactorTime,
        counts: Counts,
        language: Language,
    ) -> None:
        self.channel, self.language = channel, language
        self.path: list[str] = []
        self._speaker, self._settings, self._clock, self._counts = speaker, settings, clock, counts
        self._first: list[Part] = []
        self._private: list[Clip] = []
        self._pressed_at: float | None = None

    def begin_with(self, *keys: str) -> None:
        """Say these before the next question."""
        self._first += self.parts(*(Line(key) for key in keys))

    def parts(self, *lines: Line) -> list[Part]:
        return [(self.language, line) for line in lines]

    async def exchange(self, screen: Screen) -> str:
        """Speak a screen until it is answered, for a Conversation.

        Raises Gone, OperatorWanted, EmergencyWanted; Unanswered and NotUnderstood, which the conversation counts.
        """
        self.language = screen.language
        question = screen.question.key if screen.question else ""
        try:
            if screen.options:
                return await self._choice(screen, question)
            if screen.wants == "identity":
                return await self._identity(screen, question)
            if screen.wants == "name":
                return await self._name(screen, question)
        except (Unanswered, NotUnderstood) as error:
            self.path.append(f"{question}?{error.tell.partition('.')[2]}")
            raise
        raise NotImplementedError(f"{question} wants letters, and a telephone has none")

    async def last(self, screen: Screen, *more: str) -> str | None:
        """Speak a last screen and what may follow it; the key that was pressed, None for none. A code is repeated."""
        self.language = screen.language
        coded = any(isinstance(word, Code) for line in screen.notices for word in line.words.values())
        lines = [*screen.notices, *([Line("voice.repeat")] if coded else []), *map(Line, more)]
        while True:
            key = await self.ask(self.parts(*lines), self._settings.goodbye_seconds)
            if key != "*" or not coded:
                return key

    async def ask(self, parts: Sequence[Part], seconds: float) -> str | None:
        """Speak, and take the key that answers; None after so many seconds of silence."""
        await self.play(parts)
        key = await self.channel.keys.next(seconds)
        self._pressed_at = None if key is None else self._clock.seconds()
        return key

    async def say(self, *lines: Line) -> None:
        """Speak to the end, whatever is pressed meanwhile."""
        await self.play(self.parts(*lines), to_the_end=True)

    async def play(self, parts: Sequence[Part], *, to_the_end: bool = False) -> bool:
        """Play until it ends or a key comes; whether it was heard to its end. An answered question is not played."""
        if self.channel.keys and not to_the_end:
            return False
        clip = await self._speaker.clip([*self._first, *parts])
        self._first.clear()
        if clip.private:
            self._private.append(clip)
        if self._pressed_at is not None:
            self._counts.took(self._clock.seconds() - self._pressed_at)
            self._pressed_at = None
        return await self._played(clip, to_the_end=to_the_end)

    async def close(self) -> None:
        """The call is over: what only it needed goes."""
        clips, self._private = self._private, []
        for clip in clips:
            await self._speaker.drop(clip)

    async def _played(self, clip: Clip, *, to_the_end: bool) -> bool:
        """STREAM FILE with escape digits: Asterisk itself ends it at a key, without waiting for us."""
        escape = "" if to_the_end else ALL_KEYS
        playing = Deferred.fromCoroutine(self.channel.run("STREAM FILE", str(clip.path.with_suffix("")), escape))
        result = await self._until_key(playing, clip.seconds + SLACK_SECONDS, stops=not to_the_end)
        if result is not None and result.result == "-1":
            await self._not_played(clip.path)
        return result is not None and result.result == "0"

    async def _until_key(self, playing: Deferred[Result], seconds: float, *, stops: bool) -> Result | None:
        """What playing came to; None when a key came first."""
        pressed = Deferred.fromCoroutine(self.channel.keys.wait(seconds, ignore=not stops))
        first: list[Deferred[Any]] = [playing, pressed]
        try:
            await DeferredList(first, fireOnOneCallback=True, fireOnOneErrback=True, consumeErrors=True)
        except FirstError as error:
            error.subFailure.raiseException()
        pressed.cancel()
        if playing.called:
            return await playing
        if not (stops and self.channel.keys):
            self.channel.end(Lost())
            raise Lost
        self._clock.callLater(STOP_SECONDS, self._stop, playing)
        return None

    def _stop(self, playing: Deferred[Result]) -> None:
        if not playing.called and self.channel.over is None:
            Deferred.fromCoroutine(self.channel.stop_playing())

    async def _not_played(self, path: Path) -> None:
        """Asterisk says -1 for a hangup, whose event may come after, and for a file that it cannot read."""
        await self.channel.keys.wait(GRACE_SECONDS, ignore=True)
        raise Unplayable(path)

    async def _choice(self, screen: Screen, question: str) -> str:
        """The number of the option that was chosen, counted over all pages."""
        pages, page = _pages(len(screen.options)), 0
        while True:
            shown = pages[page]
            key = await self.ask(self._menu(screen, shown, more=page + 1 < len(pages)), self._settings.silence_seconds)
            place = shown.start + int(key) - 1 if key is not None and key in "123456789" else -1
            if key is None:
                raise Unanswered
            if key == MORE and page + 1 < len(pages):
                page += 1
            elif key == "*" and page:
                page -= 1
            elif key == "*" and screen.back:
                return BACK
            elif place in shown:
                self.path.append(f"{question}:{screen.options[place].key.partition('.')[2]}")
                return str(place + 1)
            elif key != "*":  # at the first question a star has the menu read again
                _call_for(key)
                raise NotUnderstood

    def _menu(self, screen: Screen, shown: range, *, more: bool) -> list[Part]:
        lines = [*screen.notices, *([screen.question] if screen.question else [])]
        for key, place in enumerate(shown, start=1):
            option = screen.options[place]
            lines += [Line(option.key, option.words), Line("voice.press", {"key": key})]
        if more:
            lines += [Line("voice.more"), Line("voice.press", {"key": int(MORE)})]
        if screen.back or shown.start:
            lines.append(Line("voice.back"))
        else:
            lines += [Line("voice.to_operator"), Line("voice.emergency_hint")]
        return self.parts(*lines)

    async def _identity(self, screen: Screen, question: str) -> str:
        """What was keyed in: 18 keys, or fewer where # or silence ends it."""
        lines = [*screen.notices, *([screen.question] if screen.question else []), Line("voice.enter_number")]
        typed = ""
        key = await self.ask(self.parts(*lines), self._settings.silence_seconds)
        while key is not None and not (key == "#" and typed):
            if not typed:
                if key == "*" and screen.back:
                    return BACK
                _call_for(key)
            if key == "*" and len(typed) != IDENTITY_KEYS - 1:
                raise NotUnderstood
            typed += "X" if key == "*" else key
            if len(typed) == IDENTITY_KEYS:
                break
            key = await self.channel.keys.next(self._settings.key_seconds)
        if not typed:
            raise Unanswered
        self._pressed_at = self._clock.seconds()
        self.channel.keys.ended(ENDING_SECONDS)
        self.path.append(question)
        return typed

    async def _name(self, screen: Screen, question: str) -> str:
        """The name of the recording of what was said after the tone."""
        lines = [*screen.notices, *([screen.question] if screen.question else []), Line("voice.speak_name")]
        await self.play(self.parts(*lines))
        if self.channel.keys:
            key = self.channel.keys.take()
            if key == "*" and screen.back:
                return BACK
            _call_for(key)
        name = secrets.token_hex(16)
        path, most = str(self._settings.prompts.names / name), str(self._settings.name_seconds * 1000)
        result = await self.channel.run("RECORD FILE", path, "wav", ALL_KEYS, most, "BEEP", f"s={SILENT_SECONDS}")
        if result.result == "-1":
            await self._not_played(Path(path))
        if self.channel.keys and self.channel.keys.take() == "*" and screen.back:
            return BACK
        if (result.endpos or 0) < LEAST_SAMPLES:
            raise Unanswered
        self.channel.keys.ended(ENDING_SECONDS)
        self.path.append(question)
        return name


def _call_for(key: str) -> None:
    """The keys that mean the same everywhere."""
    if key == "0":
        raise OperatorWanted
    if key == "#":
        raise EmergencyWanted


def _pages(options: int) -> list[range]:
    """Places of the options on each page: at most nine, or eight and 9 for more."""
    pages, start = [], 0
    while options - start > MOST_ON_A_PAGE:
        pages.append(range(start, start + MOST_ON_A_PAGE - 1))
        start += MOST_ON_A_PAGE - 1
    return [*pages, range(start, options)]
