"""A conversation's screens, spoken: what is heard, and the keys that answer it.

Keys: 1 to 9 choose, * goes back, 0 calls the operator, # calls for help at any time. A menu of more than nine is read
in pages of eight, with 9 for more. In a number * stands for X, where an identity number may have one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from twisted.internet.interfaces import IReactorTime

from conf.texts.words import LANGUAGES, Language
from dialogs.conversation import BACK, NotUnderstood, Unanswered
from dialogs.talk import Line, Screen
from ivr.calls.channel import Channel
from ivr.calls.playing import ALL_KEYS, Player
from ivr.calls.ports import Counts
from ivr.calls.speaker import Part, Speaker
from ivr.settings import IvrSettings

MOST_ON_A_PAGE, MORE = 9, "9"
IDENTITY_KEYS = 18
NUMBER_KEYS, NUMBER_SECONDS = 3, 5.0
"""Most keys of a number that was measured, and how long to wait for one more of them."""
CODE_KEYS, CODE_SECONDS = 6, 60.0
"""Of a code, and how long an SMS with it may take to come and to be opened."""
LEAST_SAMPLES, LEAST_BEFORE_SILENCE = 3_200, 10_500
"""A name takes longer. Where silence ended it, a second of that is left on the recording."""
ENDING_SECONDS = 6.0
"""In which a # after a number or a name only means that it is complete, as we have asked for."""
NOT_UNDERSTOOD = Line(NotUnderstood.tell)
SILENT_SECONDS = 2  # of silence end a spoken name


class OperatorWanted(Exception):
    """The caller wants a person; with `given_up` has found no answer to a question."""

    def __init__(self, *, given_up: bool = False) -> None:
        super().__init__()
        self.given_up = given_up


class EmergencyWanted(Exception):
    """The caller needs help at once."""


class NeedsLetters(Exception):
    """A dialog asks for typed text here, and was not marked so (`dialogs.letters.in_writing`): it cannot go on."""


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
        self.player = Player(channel, speaker, clock, counts)
        self.path: list[str] = []
        self._settings = settings
        self._first: list[Part] = []

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
            if screen.wants == "number":
                return await self._number(screen, question)
            if screen.wants == "code":
                return await self._code(screen, question)
            if screen.wants == "name":
                return await self._name(screen, question)
        except (Unanswered, NotUnderstood) as error:
            self.path.append(f"{question}?{error.tell.partition('.')[2]}")
            raise
        raise NeedsLetters(question)

    async def last(self, screen: Screen, offer: str) -> bool:
        """Speak a last screen, again as often as is wished, and offer one more thing; whether that is wanted."""
        self.language = screen.language
        lines, wrong = [*screen.notices, Line("voice.repeat"), Line(offer)], 0
        while True:
            key = await self.ask(self.parts(*lines), self._settings.goodbye_seconds)
            if key is None or key == "1" or wrong == self._settings.wrong_answers:
                return key == "1"
            self.call_for(key)
            if key != "*":
                lines, wrong = [NOT_UNDERSTOOD, *lines[-2:]], wrong + 1

    def call_for(self, key: str | None) -> None:
        """The keys that mean the same everywhere."""
        if key == "0" and self._settings.operator:
            raise OperatorWanted
        if key == "#":
            raise EmergencyWanted

    def forget(self) -> None:
        """What was pressed so far was for something else, but a call for help. Raises EmergencyWanted."""
        if self.channel.keys.clear():
            raise EmergencyWanted

    async def ask(self, parts: Sequence[Part], seconds: float) -> str | None:
        """Speak, and take the key that answers; None after so many seconds of silence."""
        return await self.player.ask(self._begun(parts), seconds)

    async def say(self, *lines: Line) -> None:
        """Speak to the end, whatever is pressed meanwhile."""
        await self.player.play(self._begun(self.parts(*lines)), to_the_end=True)

    async def say_to_all(self, key: str) -> None:
        """The same in each language, to the end, to somebody of whom we do not know which is theirs."""
        await self.player.play([(language, Line(key)) for language in LANGUAGES], to_the_end=True)

    def _begun(self, parts: Sequence[Part]) -> list[Part]:
        """With what was to be said before; not where a key has answered the question already."""
        if self.channel.keys:
            return list(parts)
        first, self._first = self._first, []
        return [*first, *parts]

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
                self.call_for(key)
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
            lines += [Line("voice.to_operator")] if self._settings.operator else []
            lines.append(Line("voice.emergency_hint"))
        return self.parts(*lines)

    async def _identity(self, screen: Screen, question: str) -> str:
        """What was keyed in: 18 keys, or fewer where # or silence ends it."""
        lines = [*screen.notices, *([screen.question] if screen.question else []), Line("voice.enter_number")]
        typed = ""
        if screen.notices:
            self.forget()  # what was pressed ahead belonged to the number that was refused
        key = await self.ask(self.parts(*lines), self._settings.silence_seconds)
        while key is not None and not (key == "#" and typed):
            if not typed:
                if key == "*" and screen.back:
                    return BACK
                self.call_for(key)
            if key in "*0" and not typed:
                raise NotUnderstood  # no number begins so
            if key == "*" and len(typed) != IDENTITY_KEYS - 1:
                raise NotUnderstood
            typed += "X" if key == "*" else key
            if len(typed) == IDENTITY_KEYS:
                break
            key = await self.channel.keys.next(self._settings.key_seconds)
        if not typed:
            raise Unanswered
        self.player.answered()
        self.channel.keys.ended(ENDING_SECONDS)
        self.path.append(question)
        return typed

    async def _number(self, screen: Screen, question: str) -> str:
        """What was keyed in: three digits, or fewer where # or silence ends it."""
        typed, keys = "", self.channel.keys
        if screen.notices:
            self.forget()  # what was pressed ahead belonged to the number that was refused
        lines = [*screen.notices, *([screen.question] if screen.question else [])]
        key = await self.ask(self.parts(*lines), self._settings.silence_seconds)
        while key is not None and not (key == "#" and typed):
            if not typed:
                if key == "*" and screen.back:
                    return BACK
                self.call_for(key)
            if key == "*" or (key == "0" and not typed):
                raise NotUnderstood
            typed += key
            if len(typed) == NUMBER_KEYS:
                break
            keys.goes_on()
            key = await keys.next(NUMBER_SECONDS)
        if not typed:
            raise Unanswered
        self.player.answered()
        keys.ended(ENDING_SECONDS)
        self.path.append(question)
        return typed

    async def _code(self, screen: Screen, question: str) -> str:
        """What was keyed in: six digits, or fewer where # or silence ends it. The SMS needs its time to come, and a
        code may begin with 0, which calls nobody here."""
        typed, keys = "", self.channel.keys
        if screen.notices:
            self.forget()  # what was pressed ahead belonged to the code that was refused
        lines = [*screen.notices, *([screen.question] if screen.question else [])]
        key = await self.ask(self.parts(*lines), CODE_SECONDS)
        while key is not None and not (key == "#" and typed):
            if key == "*":
                if typed or not screen.back:
                    raise NotUnderstood
                return BACK
            if key == "#":
                self.call_for(key)
            typed += key
            if len(typed) == CODE_KEYS:
                break
            key = await keys.next(self._settings.key_seconds)
        if not typed:
            raise Unanswered
        self.player.answered()
        keys.ended(ENDING_SECONDS)
        self.path.append(question)
        return typed

    async def _name(self, screen: Screen, question: str) -> str:
        """The name of the recording of what was said after the tone."""
        lines = [*screen.notices, *([screen.question] if screen.question else []), Line("voice.speak_name")]
        await self.player.play(self._begun(self.parts(*lines)))
        if self.channel.keys:
            key = self.channel.keys.take()
            if key == "*" and screen.back:
                return BACK
            self.call_for(key)
        name = secrets.token_hex(16)
        path, most = str(self._settings.prompts.names / name), str(self._settings.name_seconds * 1000)
        result = await self.channel.run("RECORD FILE", path, "wav", ALL_KEYS, most, "BEEP", f"s={SILENT_SECONDS}")
        if result.result == "-1":
            await self.player.refused(path, result)
        if self.channel.keys and self.channel.keys.take() == "*" and screen.back:
            return BACK
        least = LEAST_BEFORE_SILENCE if result.data == "timeout" else LEAST_SAMPLES
        if (result.endpos or 0) < least:
            raise Unanswered
        self.channel.keys.ended(ENDING_SECONDS)
        self.path.append(question)
        return name


def _pages(options: int) -> list[range]:
    """Places of the options on each page: at most nine, or eight and 9 for more."""
    pages, start = [], 0
    while options - start > MOST_ON_A_PAGE:
        pages.append(range(start, start + MOST_ON_A_PAGE - 1))
        start += MOST_ON_A_PAGE - 1
    return [*pages, range(start, options)]
