"""An incoming call from its first word to its last: language, menu, operator, emergency, goodbye.

The dialogs are those of every channel. What was answered is kept, so a call that breaks off goes on where it was: at
once where only we were away, else when the resident calls, dials the USSD code or writes.
"""

from __future__ import annotations

import logging
from typing import Literal

from twisted.internet.interfaces import IReactorTime

from clinic import alarms, phones, subscribers
from clinic.errors import ClinicError
from conf.texts.words import LANGUAGES
from dialogs.conversation import Conversation, Ending
from dialogs.drafts import Draft, Drafts
from dialogs.talk import Desk, Dialog, Gone, Line, Screen
from ivr.calls import transfers
from ivr.calls.channel import Channel, Lost
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
    ) -> None:
        self._desk, self._drafts, self._menu, self._speaker = desk, drafts, menu, speaker
        self._records, self._settings, self._clock, self._counts = records, settings, clock, counts

    async def answer(self, channel: Channel, caller: str, *, taken_up: bool = False) -> None:
        """Lead a call to its end, and hang up. `taken_up`: it was going on before we came."""
        phone = self._phone(caller)
        voice = Voice(
            channel, self._speaker, self._settings, self._clock, self._counts, self._desk.installation.language
        )
        outcome: Outcome = "failed"
        try:
            await self._records.begin(channel, "in", phone, answered=True)
            outcome = await self._served(voice, phone, taken_up=taken_up)
            await channel.run("HANGUP")
        except Lost:
            self._records.leave(channel)
            return
        except Gone:
            outcome = "hung up" if outcome == "failed" else outcome
        except Exception:
            log.exception("a call broke")
            await give_back(channel, "failed")
        finally:
            await voice.player.close()
        await self._records.end(channel, outcome, voice.path, voice.language)

    async def _served(self, voice: Voice, phone: str, *, taken_up: bool) -> Outcome:
        """The menu, and what leads out of it at any time."""
        try:
            if taken_up:
                await voice.channel.stop_playing()
                voice.begin_with("voice.resumed")
            await self._choose_language(voice, phone, greet=not taken_up)
            if not phone:
                return await self._without_number(voice)
            return await self._conversations(voice, phone, taken_up=taken_up)
        except OperatorWanted:
            return await self._operator(voice, phone)
        except EmergencyWanted:
            return await self._emergency(voice, phone)

    async def _conversations(self, voice: Voice, phone: str, *, taken_up: bool) -> Outcome:
        """One after the other, as long as the caller wants the menu again."""
        draft = await self._draft(phone, taken_up=taken_up)
        while True:
            last, ended = await self._conversation(voice, phone, draft)
            if ended == "given up":
                if self._settings.operator:
                    raise OperatorWanted
                await voice.say(*last.notices, Line("voice.goodbye"))
                return "given up"
            key = await voice.last(last, "voice.menu_again")
            if key in {"0", "#"}:
                raise OperatorWanted if key == "0" else EmergencyWanted
            if key != "1":
                await voice.say(Line("voice.goodbye"))
                return "refused" if ended == "refused" else "done"
            draft = Draft(CHANNEL)

    async def _conversation(self, voice: Voice, phone: str, draft: Draft) -> tuple[Screen, Ending]:
        """Run the menu's dialog; what was answered stays for another time unless it is done."""
        conversation = Conversation(
            phone,
            voice.language,
            draft=draft,
            drafts=self._drafts,
            exchange=voice.exchange,
            wrong_answers=self._settings.wrong_answers,
            letters=False,
        )
        try:
            last = await conversation.run(self._menu, self._desk)
        except Lost:
            raise  # the draft stays open on this channel: the call is taken up where it was
        except (Gone, OperatorWanted, EmergencyWanted):
            await self._drafts.close(phone, draft)
            raise
        await self._drafts.close(phone, draft)
        voice.language = conversation.language
        return last, conversation.ended

    async def _draft(self, phone: str, *, taken_up: bool) -> Draft:
        found = await self._drafts.read(phone)
        if found is None or not found.answers:
            return Draft(CHANNEL)
        found.resuming = not (taken_up and found.channel == CHANNEL)
        found.channel, found.wrong, found.page = CHANNEL, 0, 0
        return found

    async def _choose_language(self, voice: Voice, phone: str, *, greet: bool) -> None:
        """The one that this phone has chosen, on whatever channel; else both are offered, each in its own words."""
        chosen = await self._desk.store.run(subscribers.language, phone=phone) if phone else None
        if greet:
            voice.language = chosen or self._desk.installation.language
            voice.begin_with("voice.welcome")
        if chosen is None:
            own = Line("voice.choose_own")
            key = await voice.ask([(language, own) for language in LANGUAGES], self._settings.silence_seconds)
            if key in {"0", "#"}:
                raise OperatorWanted if key == "0" else EmergencyWanted
            chosen = LANGUAGES[int(key) - 1] if key in {"1", "2"} else None
            if chosen is not None and phone:
                await self._desk.store.run(subscribers.set_language, phone=phone, language=chosen, now=self._desk.now())
        voice.language = chosen or self._desk.installation.language

    async def _without_number(self, voice: Voice) -> Outcome:
        """Nothing can be booked for nobody; a person can still help."""
        await voice.say(Line("voice.no_number"))
        if self._settings.operator:
            raise OperatorWanted
        await voice.say(Line("voice.goodbye"))
        return "no number"

    async def _operator(self, voice: Voice, phone: str) -> Outcome:
        """Ring the operator; where nobody answers, say so. A caller for help goes first even then."""
        self._counts.event("operator")
        voice.path.append("operator")
        await voice.say(Line("voice.calling_operator"))
        voice.channel.keys.clear()
        if await transfers.operator(voice.channel, self._settings.operator, self._settings.operator_seconds):
            return "operator"
        voice.path.append("operator?nobody")
        if await voice.ask(voice.parts(Line("voice.no_operator")), 1) == "#":
            return await self._emergency(voice, phone)
        return "given up"

    async def _emergency(self, voice: Voice, phone: str) -> Outcome:
        """The duty phone at once, and the caller's file to it by SMS."""
        self._counts.event("emergency")
        voice.path.append("emergency")
        log.warning("somebody calls for help: the duty phone is rung")
        duty_phone = await self._raise_alarm(voice.channel, phone)
        await voice.say(Line("voice.emergency_calling"))
        voice.channel.keys.clear()
        ways = transfers.ways(self._settings.trunks, duty_phone, voice.channel.link.name) if duty_phone else []
        dials = [way.dial for way in ways]
        if await transfers.ring(voice.channel, dials, self._settings.emergency_seconds):
            return "emergency"
        self._counts.event("emergency unanswered")
        voice.path.append("emergency?nobody")
        log.error("nobody answered a call for help")
        await voice.say(Line("voice.emergency_failed"))
        if await transfers.operator(voice.channel, self._settings.operator, self._settings.operator_seconds):
            return "emergency"
        return "given up"

    async def _raise_alarm(self, channel: Channel, phone: str) -> str:
        """The duty phone to ring. Without the database there is no file to send, but still a phone to ring."""
        try:
            alarm = await self._desk.store.run(
                alarms.raise_alarm,
                phone=phone,
                occasion=f"alarm:{channel.link.name}:{channel.uniqueid}"[:80],
                fallback=self._settings.emergency,
                installation=self._desk.installation,
                now=self._desk.now(),
            )
        except ClinicError as error:
            log.error("the file of a caller for help cannot be sent: %s", error)
            return self._settings.emergency
        return alarm.duty_phone

    def _phone(self, caller: str) -> str:
        try:
            return phones.canonical(caller, self._desk.installation.region)
        except phones.BadPhone:
            return ""


async def give_back(channel: Channel, why: str) -> None:
    """Leave the call to the dialplan, which sees by CAREDIAL_NEXT what we could not do: busy, unavailable, failed."""
    try:
        await channel.run("SET VARIABLE", "CAREDIAL_NEXT", why)
        await channel.run("ASYNCAGI BREAK")
    except Gone:
        pass
