"""An incoming call from its first word to its last: language, menu, operator, emergency, goodbye.

The dialogs are those of every channel. What was answered is kept, so a call that breaks off goes on where it was: at
once where only we were away, else when the resident calls, dials the USSD code or writes.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from clinic import phones, subscribers
from clinic.errors import ClinicError
from conf.texts.words import LANGUAGES, Language
from dialogs.conversation import Conversation, Ending
from dialogs.drafts import Draft, Drafts, Unkept
from dialogs.entrance import Entrance, Open
from dialogs.talk import Desk, Dialog, Gone, Line, Screen
from ivr.calls.channel import Channel, Lost, Stuck, give_back
from ivr.calls.people import People
from ivr.calls.ports import Counts
from ivr.calls.records import Records
from ivr.calls.speaker import Speaker
from ivr.calls.voice import EmergencyWanted, OperatorWanted, Voice
from ivr.settings import IvrSettings

log = logging.getLogger("caredial.calls")

CHANNEL = "ivr"
Outcome = Literal["done", "refused", "given up", "operator", "emergency", "hung up", "no number", "failed"]


class Hotline:
    """Answers calls. `menu` is the dialog that they begin with."""

    def __init__(
        self,
        desk: Desk,
        drafts: Drafts,
        menu: Dialog,
        speaker: Speaker,
        records: Records,
        *,
        settings: IvrSettings,
        clock: IReactorTime,
        counts: Counts,
        entrance: Entrance | None = None,
    ) -> None:
        self._entrance = Open(desk.store) if entrance is None else entrance
        self._desk, self._drafts, self._menu, self._speaker = desk, drafts, menu, speaker
        self._records, self._settings, self._clock, self._counts = records, settings, clock, counts
        self._people = People(desk, settings=settings, clock=clock, counts=counts)
        self._talking: set[str] = set()

    async def answer(self, channel: Channel, caller: str, *, taken_up: bool = False) -> None:
        """Lead a call to its end, and hang up. `taken_up`: it was going on before we came."""
        phone = self._phone(caller)
        language = self._desk.installation.language
        voice = Voice(channel, self._speaker, self._settings, self._clock, self._counts, language)
        outcome: Outcome = "failed"
        try:
            await self._records.begin(channel, "in", phone, answered=True)
            outcome = await self._served(voice, phone, taken_up=taken_up)
            await channel.run("HANGUP")
        except Lost:
            self._records.leave(channel)
            return
        except Stuck:
            await channel.hang_up()
        except Gone:
            outcome = _left(voice) if outcome == "failed" else outcome
        except Exception:
            log.exception("a call broke")
            await give_back(channel, "failed")
        finally:
            await voice.player.close()
        await self._records.end(channel, outcome, voice.path, voice.language)

    async def _served(self, voice: Voice, phone: str, *, taken_up: bool) -> Outcome:
        """The menu, and what leads out of it at any time. Where no operator answers, the call goes on where it was."""
        goes_on = taken_up
        try:
            if taken_up:
                await voice.channel.stop_playing()
                voice.begin_with("voice.resumed")
            greets = not taken_up
            while True:
                try:
                    await self._choose_language(voice, phone, greet=greets)
                    greets = False
                    if not phone:
                        return await self._without_number(voice)
                    return await self._conversations(voice, phone, goes_on=goes_on)
                except OperatorWanted as wanted:
                    if await self._people.operator(voice):
                        return "operator"
                    if wanted.given_up:
                        return await self._given_up(voice)
                    voice.begin_with("voice.no_operator")
                    goes_on = True
        except EmergencyWanted:
            return "emergency" if await self._people.help(voice, phone) else "given up"

    async def _given_up(self, voice: Voice) -> Outcome:
        if self._settings.operator:
            await voice.say(Line("voice.no_operator"))
        await voice.say(Line("voice.goodbye"))
        return "given up"

    async def _conversations(self, voice: Voice, phone: str, *, goes_on: bool) -> Outcome:
        """One after the other, as long as the caller wants the menu again.

        Of two calls from one phone at a time only the first is kept: they are two people.
        """
        drafts = Unkept() if phone in self._talking else self._drafts
        mine = {phone} - self._talking
        self._talking |= mine
        try:
            return await self._in_turn(voice, phone, drafts, goes_on=goes_on)
        finally:
            self._talking -= mine

    async def _in_turn(self, voice: Voice, phone: str, drafts: Drafts, *, goes_on: bool) -> Outcome:
        draft = await _begun(drafts, phone, goes_on=goes_on)
        while True:
            last, ended = await self._conversation(voice, phone, draft, drafts)
            if ended == "given up":
                if self._settings.operator:
                    raise OperatorWanted(given_up=True)
                await voice.say(*last.notices)
                return await self._given_up(voice)
            if not await voice.last(last, "voice.menu_again"):
                await voice.say(Line("voice.goodbye"))
                return "refused" if ended == "refused" else "done"
            draft = Draft(CHANNEL)

    async def _conversation(self, voice: Voice, phone: str, draft: Draft, drafts: Drafts) -> tuple[Screen, Ending]:
        """Run the menu's dialog; what was answered stays for another time unless it is done."""
        conversation = Conversation(
            phone,
            voice.language,
            draft=draft,
            drafts=drafts,
            exchange=voice.exchange,
            wrong_answers=self._settings.wrong_answers,
            channel="voice",
        )
        try:
            last = await conversation.run(self._menu, replace(self._desk, store=self._entrance.store(phone)))
        except Lost:
            raise  # the draft stays open on this channel: the call is taken up where it was
        except OperatorWanted:
            raise  # nor here: nobody may answer
        except (Gone, EmergencyWanted):
            await drafts.close(phone, draft)
            raise
        self._entrance.leave(phone)
        await drafts.close(phone, draft)
        voice.language = conversation.language
        return last, conversation.ended

    async def _choose_language(self, voice: Voice, phone: str, *, greet: bool) -> None:
        """The one that this phone has chosen, on whatever channel; else both are offered, each in its own words."""
        chosen = await self._turn(voice, phone) if phone else None
        if greet:
            voice.language = chosen or self._desk.installation.language
            voice.begin_with("voice.welcome")
        if chosen is None:
            own = Line("voice.choose_own")
            key = await voice.ask([(language, own) for language in LANGUAGES], self._settings.silence_seconds)
            voice.call_for(key)
            chosen = LANGUAGES[int(key) - 1] if key in {"1", "2"} else None
            if chosen is not None and phone:
                await self._remember(phone, chosen)
        voice.language = chosen or self._desk.installation.language

    async def _remember(self, phone: str, language: Language) -> None:
        with suppress(ClinicError):  # asked again the next time
            await self._desk.store.run(subscribers.set_language, phone=phone, language=language, now=self._desk.now())

    async def _turn(self, voice: Voice, phone: str) -> Language | None:
        """The language that this phone has chosen. In a crowd a caller waits for that, and hears that it is in line."""
        known = Deferred.fromCoroutine(self._known_language(phone))
        try:
            if not self._entrance.enter(phone):
                while not known.called:
                    await voice.say_to_all("voice.hold")
                    voice.forget()
            return await known
        finally:
            if not known.called:  # the caller has left the line
                known.addErrback(lambda _: None).cancel()

    async def _known_language(self, phone: str) -> Language | None:
        """None also while the database is away: help can be called for even then."""
        await self._entrance.turn(phone)
        try:
            return await self._entrance.store(phone).run(subscribers.language, phone=phone)
        except ClinicError as error:
            log.warning("a caller's language is not known: %s", error)
            return None

    async def _without_number(self, voice: Voice) -> Outcome:
        """Nothing can be booked for nobody; a person can still help."""
        await voice.say(Line("voice.no_number"))
        if self._settings.operator and await self._people.operator(voice):
            return "operator"
        await voice.say(Line("voice.goodbye"))
        return "no number"

    def _phone(self, caller: str) -> str:
        """The caller's number, "" for none: hidden ones come as words or as zeros."""
        if not caller.strip("+0"):
            return ""
        try:
            return phones.canonical(caller, self._desk.installation.region)
        except phones.BadPhone:
            return ""


def _left(voice: Voice) -> Outcome:
    """How a call ended that the caller has ended: with whom we had connected it, or with nobody."""
    match voice.path[-1:]:
        case ["operator"]:
            return "operator"
        case ["emergency"]:
            return "emergency"
    return "hung up"


async def _begun(drafts: Drafts, phone: str, *, goes_on: bool) -> Draft:
    """What was broken off; asked whether to go on, unless it is this call that goes on."""
    found = await drafts.read(phone)
    if found is None or not found.answers:
        return Draft(CHANNEL)
    found.resuming = not (goes_on and found.channel == CHANNEL)
    found.channel, found.wrong, found.page = CHANNEL, 0, 0
    return found
