"""The hotline put together: Asterisks, speech, calls that come and calls that are made."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred

from clinic import residents, spoken_names
from dialogs.drafts import Drafts
from dialogs.entrance import Entrance
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

STOP_SECONDS = 10
NAME_SECONDS = 24 * 3600


class Telephony:
    """Everything between Asterisk and the dialogs."""

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        drafts: Drafts,
        entrance: Entrance,
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
        self._clock, self._aside = clock, aside
        self._lacking = 0
        megabytes = ivr.prompts.clips_megabytes
        clips = Clips(self.library, ivr.prompts.clips, open_voice(settings), most_octets=megabytes * 1_000_000)
        self._speaker = speaker = Speaker(clips, aside, clock, self.missing)
        records = Records(store, now, counts)
        rest: Any = {"settings": ivr, "clock": clock, "counts": counts}
        hotline = Hotline(desk, drafts, spoken(ivr.menu), speaker, records, entrance=entrance, **rest)
        self.switchboard = Switchboard(hotline, speaker, records, **rest)
        self.links = {name: self._link(name, clock) for name in ivr.servers}
        outbound = Outbound(speaker, **rest)
        self.caller = Caller(
            store,
            self.links,
            self.switchboard,
            outbound,
            desk.installation,
            ivr,
            clock,
            now,
            counts,
            node=node,
            rules=desk.rules,
        )
        self._clips = clips

    def _link(self, name: str, clock: Any) -> Link:
        try:
            return Link(name, self._settings.ivr.servers[name], self.switchboard, clock, wanted=EVENTS)
        except (OSError, ValueError) as error:
            raise ValueError(f"[ivr.servers.{name}] {error}") from error

    def states(self) -> dict[str, str]:
        """How the Asterisks and the prompts do: "ok", or what is wrong."""
        servers = {name: self._state(link) for name, link in self.links.items()}
        return {**servers, "prompts": f"{self._lacking} missing" if self._lacking else "ok"}

    def _state(self, link: Link) -> str:
        if not link.ready:
            return link.state
        return "ok" if link.name in self.switchboard.read_live else "live calls not read yet"

    def missing(self) -> int:
        """How many recordings are missing; reads files and the database, so it is not for the reactor's thread."""
        names = self._store.now.run_now(spoken_names.all_names)
        found = len(self.library.missing(needed(names)))
        counters.PROMPTS_MISSING.set(found)
        self._lacking = found
        return found

    async def tidy(self) -> str:
        """Remove the sound that belongs to nobody any more: private clips, spoken names."""
        return f"{await self._aside(self._swept)} recordings removed"

    def _swept(self) -> int:
        kept = self._store.now.run_now(residents.recordings)
        return self._clips.sweep() + sweep_names(self._settings.ivr.prompts.names, kept, time.time())

    def start(self) -> None:
        for folder, mode in ((self._settings.ivr.prompts.names, 0o2770), (self._settings.ivr.prompts.clips, 0o2750)):
            _shared(folder, mode)
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
        finished = Deferred.fromCoroutine(self.switchboard.stop()).addTimeout(STOP_SECONDS, self._clock)
        finished.addErrback(lambda failure: log.error("some calls have not come to their end: %r", failure.value))
        await finished
        await settled
        await DeferredList([maybeDeferred(link.stopService) for link in self.links.values()])


def sweep_names(folder: Path, kept: Collection[str], now: float) -> int:
    """Remove spoken names that stand for nobody; how many. A fresh one may belong to a call that goes on."""
    gone = 0
    for path in folder.glob("*.wav"):
        if path.stem not in kept and now - path.stat().st_mtime > NAME_SECONDS:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _shared(folder: Path, mode: int) -> None:
    """A folder for us and for Asterisk, which is in our group, and for nobody else."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        folder.chmod(mode)
    except OSError as error:  # an operator has made it, with an owner of its own
        log.warning("%s keeps its mode: %s", folder, error)
