"""The hotline put together: Asterisks, speech, calls that come and calls that are made."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred

from clinic import spoken_names
from dialogs.drafts import Drafts
from dialogs.root import spoken
from dialogs.talk import Desk
from gateway import counters
from gateway.caller import Caller
from gateway.config import Settings
from gateway.speech import open_library, open_voice
from gateway.store import ThreadedStore
from ivr.ami.link import Link
from ivr.calls.hotline import Hotline
from ivr.calls.outbound import Outbound
from ivr.calls.ports import Aside
from ivr.calls.records import Records
from ivr.calls.speaker import Speaker
from ivr.calls.switchboard import EVENTS, Switchboard
from ivr.speech.clips import Clips
from ivr.speech.phrases import needed

log = logging.getLogger("caredial.calls")


class Telephony:
    """Everything between Asterisk and the dialogs."""

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        drafts: Drafts,
        store: ThreadedStore,
        clock: Any,
        now: Callable[[], dt.datetime],
        aside: Aside,
        *,
        node: str,
    ) -> None:
        """Raises ValueError for a menu that cannot be spoken; OSError or ValueError with the server's name for TLS."""
        self._settings, ivr = settings, settings.ivr
        counts = counters.CallCounts()
        self.library = open_library(settings)
        self._store = store
        self._lacking = 0
        megabytes = ivr.prompts.clips_megabytes
        clips = Clips(self.library, ivr.prompts.clips, open_voice(settings), most_octets=megabytes * 1_000_000)
        self._speaker = speaker = Speaker(clips, aside, clock, self.missing)
        records = Records(store, now, counts)
        rest: Any = {"settings": ivr, "clock": clock, "counts": counts}
        hotline = Hotline(desk, drafts, spoken(ivr.menu), speaker, records, **rest)
        self.switchboard = Switchboard(hotline, speaker, records, **rest)
        self.links = {name: self._link(name, clock) for name in ivr.servers}
        outbound = Outbound(speaker, **rest)
        self.caller = Caller(
            store, self.links, self.switchboard, outbound, desk.installation, ivr, clock, now, counts, node=node
        )
        self.sweep = clips.sweep

    def _link(self, name: str, clock: Any) -> Link:
        try:
            return Link(name, self._settings.ivr.servers[name], self.switchboard, clock, wanted=EVENTS)
        except (OSError, ValueError) as error:
            raise ValueError(f"[ivr.servers.{name}] {error}") from error

    def states(self) -> dict[str, str]:
        """How the Asterisks and the prompts do: "ok", or what is wrong."""
        servers = {name: "ok" if link.ready else link.state for name, link in self.links.items()}
        return {**servers, "prompts": f"{self._lacking} missing" if self._lacking else "ok"}

    def missing(self) -> int:
        """How many recordings are missing; reads files and the database, so it is not for the reactor's thread."""
        names = self._store.now.run_now(spoken_names.all_names)
        found = len(self.library.missing(needed(names)))
        counters.PROMPTS_MISSING.set(found)
        self._lacking = found
        return found

    def start(self) -> None:
        self._settings.ivr.prompts.names.mkdir(parents=True, exist_ok=True)
        counters.watch_hotline(self.links, self.switchboard)
        for link in self.links.values():
            link.startService()
        self.caller.startService()
        Deferred.fromCoroutine(self._look()).addErrback(
            lambda failure: log.error("it cannot be told whether prompts are missing: %s", failure.value)
        )

    async def _look(self) -> None:
        missing = await self._speaker.missing()
        if missing:
            log.error("%d prompts are missing: no call is answered before `caredial prompts build` has run", missing)

    async def stop(self) -> None:
        """Take nothing new; calls stay parked in Asterisk for whoever starts next."""
        settled = maybeDeferred(self.caller.stopService)
        self.switchboard.stop()
        await self.switchboard.finished()
        await settled
        await DeferredList([maybeDeferred(link.stopService) for link in self.links.values()])
