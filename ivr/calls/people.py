"""People behind the hotline: the operator, and who is on duty when somebody calls for help."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from contextlib import suppress

from twisted.internet.defer import ensureDeferred
from twisted.internet.interfaces import IReactorTime

from clinic import alarms, phones
from clinic.views import AlarmView
from dialogs.talk import Desk, Line
from ivr.calls import transfers
from ivr.calls.channel import Channel
from ivr.calls.ports import Counts
from ivr.calls.voice import EmergencyWanted, Voice
from ivr.settings import IvrSettings

log = logging.getLogger("caredial.calls")

ALARM_SECONDS = 3.0
"""For the database to say whose phone is to ring, and to write the caller's file."""


class People:
    """Connects callers with them."""

    def __init__(self, desk: Desk, *, settings: IvrSettings, clock: IReactorTime, counts: Counts) -> None:
        self._desk, self._settings, self._clock, self._counts = desk, settings, clock, counts

    async def operator(self, voice: Voice) -> bool:
        """Ring the operator; whether somebody answered. Raises Gone, EmergencyWanted."""
        self._counts.event("operator")
        voice.path.append("operator")
        await voice.say(Line("voice.calling_operator"))
        voice.forget()
        settings = self._settings
        answered = await transfers.operator(voice.channel, settings.operator, settings.operator_seconds)
        if not answered:
            voice.path.append("operator?nobody")
            voice.forget()
        return answered

    async def help(self, voice: Voice, phone: str) -> bool:
        """The duty phone at once, and the caller's file to it by SMS; then whoever else there is. Raises Gone."""
        self._counts.event("emergency")
        voice.path.append("emergency")
        log.warning("somebody calls for help")
        dials = self._dials(voice, await self._raise_alarm(voice.channel, phone))
        if not dials:
            log.error("somebody calls for help, and no trunk carries a duty phone")
        elif await self._rung(voice, dials):
            return True
        self._counts.event("emergency unanswered")
        voice.path.append("emergency?nobody")
        if self._settings.operator and await self._last_resort(voice):
            return True
        log.error("nobody answered a call for help")
        last = Line("voice.emergency_failed" if dials else "voice.no_duty")
        await voice.say(last, last)
        return False

    async def _last_resort(self, voice: Voice) -> bool:
        with suppress(EmergencyWanted):  # once more: that is what we are at
            return await self.operator(voice)
        return False

    async def _rung(self, voice: Voice, dials: list[str]) -> bool:
        await voice.say(Line("voice.emergency_calling"))
        voice.channel.keys.clear()
        return await transfers.ring(voice.channel, dials, self._settings.emergency_seconds)

    def _dials(self, voice: Voice, duty_phone: str) -> list[str]:
        """What Asterisk dials for the caller's duty phone, and then for the one that stands in for any."""
        numbers = dict.fromkeys(filter(None, (duty_phone, self._stand_in())))
        server = voice.channel.link.name
        return [way.dial for number in numbers for way in transfers.ways(self._settings.trunks, number, server)]

    def _stand_in(self) -> str:
        """The duty phone of nobody's centre; a short number stays as it is."""
        try:
            return phones.canonical(self._settings.emergency, self._desk.installation.region)
        except phones.BadPhone:
            return ""

    async def _raise_alarm(self, channel: Channel, phone: str) -> str:
        """The duty phone to ring. Without the database there is no file to send, but still a phone to ring."""
        raised = self._desk.store.run(
            alarms.raise_alarm,
            phone=phone,
            occasion=f"alarm:{channel.link.name}:{channel.uniqueid}"[:80],
            fallback=self._stand_in(),
            installation=self._desk.installation,
            now=self._desk.now(),
        )
        # Whatever keeps the database, it must not keep the telephone from ringing; the file is sent all the same.
        given = ensureDeferred(_awaited(raised)).addTimeout(ALARM_SECONDS, self._clock)
        try:
            return (await given).duty_phone
        except Exception as error:  # noqa: BLE001
            log.error("a duty phone is rung without the caller's file: %s", error or type(error).__name__)
            return ""


async def _awaited(alarm: Awaitable[AlarmView]) -> AlarmView:
    return await alarm
