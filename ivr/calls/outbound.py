"""A call that we made and that was answered: is a person there, and did they hear it to its end?

An answering machine presses no key. So the message is told only after "press 1 to listen", and has been heard when it
was played to its end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from twisted.internet.interfaces import IReactorTime

from clinic.speech import Speech
from dialogs.talk import Gone, Line
from ivr.calls.channel import Channel, Lost, Stuck
from ivr.calls.ports import Counts
from ivr.calls.speaker import Speaker
from ivr.calls.voice import Voice
from ivr.settings import IvrSettings

log = logging.getLogger("caredial.calls")

GREETINGS = 2
Heard = Literal["heard", "unheard", "failed"]


class Outbound:
    """Tells messages to whom answered."""

    def __init__(self, speaker: Speaker, *, settings: IvrSettings, clock: IReactorTime, counts: Counts) -> None:
        self._speaker, self._settings, self._clock, self._counts = speaker, settings, clock, counts

    async def tell(self, channel: Channel, speech: Speech, heard: Callable[[], None]) -> tuple[Heard, list[str]]:
        """Greet, wait for the key, tell, offer it again, hang up; what came of it, and the path. Raises Lost.

        `heard` is called as soon as the message was heard: whatever comes then, it is not told once more.
        """
        voice = Voice(channel, self._speaker, self._settings, self._clock, self._counts, speech.language)
        outcome: Heard = "unheard"
        try:
            if await self._listens(voice) and await self._told(voice, speech):
                outcome = "heard"
                heard()
                while await voice.ask(voice.parts(Line("voice.notice_again")), self._settings.goodbye_seconds) == "1":
                    await self._told(voice, speech)
                await voice.say(Line("voice.goodbye"))
            await channel.run("HANGUP")
        except Lost:
            if outcome != "heard":
                raise
        except Stuck:
            outcome = outcome if outcome == "heard" else "failed"
            await channel.hang_up()
        except Gone:
            voice.path.append("hung up")
        except Exception:
            log.exception("a message could not be told")
            outcome = outcome if outcome == "heard" else "failed"
            await channel.hang_up()
        finally:
            await voice.player.close()
        return outcome, voice.path

    async def _listens(self, voice: Voice) -> bool:
        for _ in range(GREETINGS):
            key = await voice.ask(voice.parts(Line("voice.greet_notice")), self._settings.outbound.listen_seconds)
            if key == "1":
                voice.path.append("listened")
                return True
        voice.path.append("no key")
        return False

    async def _told(self, voice: Voice, speech: Speech) -> bool:
        """Whether it was played to its end: a key that bounces, or is pressed again to be sure, must not skip it."""
        told = await voice.player.play([(speech.language, Line(speech.key, speech.words))], to_the_end=True)
        voice.channel.keys.clear()
        voice.path.append("told" if told else "cut off")
        return told
