"""The caller: claims from the outbox what is to be told by telephone, dials, and settles what became of each call.

Journal first, as for SMS: claim and call record are committed before the dial. After a crash a call may still be live,
parked in Asterisk: it is gone on with (`returned`), and only what is not live is recovered, once every Asterisk has
told what is.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater

from clinic import calls, voice
from clinic.errors import ClinicError
from clinic.hours import quiet_until
from clinic.installation import Installation
from clinic.outbox import LEASE
from clinic.rules import Rules
from clinic.voice import Outcome, OutgoingCall
from dialogs.talk import Gone, Runs
from ivr.ami.link import Link
from ivr.calls import transfers
from ivr.calls.channel import Channel
from ivr.calls.dial import Away, NotReached, channel_id
from ivr.calls.outbound import Outbound
from ivr.calls.ports import Counts
from ivr.calls.switchboard import Switchboard
from ivr.calls.transfers import Way
from ivr.settings import IvrSettings

log = logging.getLogger("caredial.caller")

RENEW_SECONDS = LEASE.total_seconds() / 5
SETTLE_SECONDS = 5.0
"""Between two tries to settle while the database is away."""
PATIENCE_SECONDS = 60.0
"""For an Asterisk that does not come back: then its calls count as over."""


class Caller(Service):
    """Works through the calls that are due while it runs; `wake` makes it look at once."""

    def __init__(
        self,
        store: Runs,
        links: Mapping[str, Link],
        switchboard: Switchboard,
        outbound: Outbound,
        installation: Installation,
        settings: IvrSettings,
        clock: IReactorTime,
        now: Callable[[], dt.datetime],
        counts: Counts,
        *,
        node: str,
        rules: Rules | None = None,
    ) -> None:
        self._store, self._links, self._switchboard, self._outbound = store, links, switchboard, outbound
        self._installation, self._settings, self._clock, self._now = installation, settings, clock, now
        self._counts, self._node, self._rules = counts, f"{node}/voice", rules
        hours = settings.outbound
        self._quiet = hours.quiet_from, hours.quiet_until
        self._plans: dict[str, list[int]] = {name: getattr(hours, name) for name in voice.PLANNED}
        self._load: Counter[str] = Counter()
        self._under_way: dict[Deferred[None], int] = {}
        self._next: IDelayedCall | None = None
        self._round: Deferred[None] | None = None
        self._again = self._recovered = False
        self._since = self._renewed = clock.seconds()
        switchboard.returned = self.returned

    def startService(self) -> None:
        super().startService()
        self._since = self._clock.seconds()
        self.wake()

    def stopService(self) -> Deferred[None] | None:
        """Dials nothing more; calls that are live stay parked in Asterisk, and claimed."""
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()
        waiting = [*([self._round] if self._round else []), *self._under_way]
        return DeferredList(waiting).addCallback(lambda _: None) if waiting else None

    def wake(self) -> None:
        """Look at the outbox at once (to be called in the reactor's thread)."""
        if self._round is not None:
            self._again = True
        if self._round is not None or not self.running:
            return
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._round = Deferred.fromCoroutine(self._work())
        self._round.addErrback(lambda failure: log.error("calls to make could not be read: %s", failure.value))
        self._round.addBoth(self._rest)

    def _rest(self, _: object) -> None:
        self._round = None
        again, self._again = self._again, False
        if self.running:
            self._next = self._clock.callLater(0 if again else self._settings.outbound.poll_seconds, self.wake)

    async def _work(self) -> None:
        if not self._settings.trunks or not await self._may_begin():
            return
        await self._renew()
        now = self._now()
        await self._store.run(voice.fall_back, now=now)
        trunks = [self._trunk(name) for name in self._settings.trunks]
        batch = await self._store.run(
            voice.claim,
            caller=self._node,
            trunks=trunks,
            most=sum(trunk.room for trunk in trunks),
            now=now,
            quiet=quiet_until(now, self._quiet, self._installation.timezone) is not None,
            rules=self._rules,
        )
        for message in batch:
            if self.running:
                self._begin(self._call(message), message.id)
            else:  # we were stopped meanwhile: nobody is called any more
                await self._store.run(voice.put_back, caller=self._node, message=message.id, due_at=now)

    async def _may_begin(self) -> bool:
        """Before any call of ours: what an earlier process of ours had claimed, and is not live, goes back."""
        waiting = [name for name in self._links if name not in self._switchboard.read_live]
        if not self._recovered and (not waiting or self._clock.seconds() - self._since > PATIENCE_SECONDS):
            alive = self._switchboard.telling() | frozenset(self._under_way.values())
            found = await self._store.run(voice.recover, caller=self._node, alive_messages=alive, now=self._now())
            self._recovered = True
            if found:
                log.warning("%d calls of a gateway that died are made once more", found)
        return self._recovered

    async def _renew(self) -> None:
        now = self._clock.seconds()
        if now - self._renewed >= RENEW_SECONDS:
            messages = frozenset(self._under_way.values()) | self._switchboard.telling()
            await self._store.run(voice.renew, caller=self._node, messages=messages, now=self._now())
            self._renewed, self._recovered = now, False  # another gateway may have died meanwhile

    def _trunk(self, name: str) -> voice.Trunk:
        """A trunk whose Asterisk is away has no room: its numbers wait."""
        settings = self._settings.trunks[name]
        ready = self._links[settings.server].ready and settings.server in self._switchboard.read_live
        return voice.Trunk(name, tuple(settings.prefixes), max(0, settings.calls - self._load[name]) if ready else 0)

    def _begin(self, call: object, message: int) -> None:
        done: Deferred[None] = Deferred.fromCoroutine(call)  # type: ignore[arg-type]
        done.addErrback(lambda failure: log.error("message %d was not told: %r", message, failure.value))
        if not done.called:
            self._under_way[done] = message
            done.addCallback(lambda _: self._ended(done))

    def _ended(self, done: Deferred[None]) -> None:
        del self._under_way[done]
        self.wake()

    async def _call(self, message: OutgoingCall) -> None:
        """Dial, tell, settle."""
        trunk = self._settings.trunks[message.trunk]
        way = Way(message.trunk, trunk, transfers.dialled(trunk, message.phone))
        uniqueid, dialled_at = channel_id(message.id), self._now()
        self._load[message.trunk] += 1
        try:
            with self._switchboard.expecting(trunk.server, uniqueid):
                await self._journalled(message, way, uniqueid, dialled_at)
        finally:
            self._load[message.trunk] -= 1

    async def _journalled(self, message: OutgoingCall, way: Way, uniqueid: str, dialled_at: dt.datetime) -> None:
        """The record stands before the dial: after a crash it tells that somebody may have been called."""
        call = await self._store.run(
            voice.dialled,
            caller=self._node,
            message=message.id,
            server=way.settings.server,
            uniqueid=uniqueid,
            trunk=message.trunk,
            now=dialled_at,
        )
        if call is not None:
            await self._made(message, way, uniqueid, call, dialled_at)

    async def _made(self, message: OutgoingCall, way: Way, uniqueid: str, call: int, dialled_at: dt.datetime) -> None:
        link = self._links[way.settings.server]
        try:
            shown = way.settings.caller_id or self._installation.hotline
            channel = await self._switchboard.dial(link, way, uniqueid, shown)
        except NotReached as error:
            await self._over(message.id, call, error.outcome, [], error.cause, dialled_at)
            self._counts.ended("out", error.outcome, (self._now() - dialled_at).total_seconds())
        except Away:
            self._not_known()
        else:
            await self._told(channel, message, call, dialled_at)

    async def _told(self, channel: Channel, message: OutgoingCall, call: int, dialled_at: dt.datetime) -> None:
        """Whatever goes wrong with the database meanwhile, a person is on the line."""

        def heard() -> None:
            self._begin(self._over(message.id, None, "heard", [], None, dialled_at), message.id)

        await self._noted(calls.answered, call=call, now=self._now())
        try:
            outcome, path = await self._outbound.tell(channel, message.speech, heard)
        except Gone:
            self._not_known()
            return
        finally:
            self._switchboard.over(channel)
        await self._over(message.id, call, outcome, path, channel.cause, dialled_at)
        self._counts.ended("out", outcome, (self._now() - dialled_at).total_seconds())

    async def _noted(self, use_case: Callable[..., Any], **how: Any) -> None:
        """A record that cannot be written costs nobody a call."""
        try:
            await self._store.run(use_case, **how)
        except ClinicError as error:
            log.warning("a call could not be recorded: %s", error)

    def _not_known(self) -> None:
        """Asterisk is away. When it is back the call is live, and taken up, or its message is recovered."""
        log.warning("what became of a call is not known until its server is back")
        self._recovered, self._since = False, self._clock.seconds()

    async def returned(self, channel: Channel, message: int) -> None:
        """Go on with a call that was dialled before a crash, or before Asterisk was away: greet again, and tell."""
        where: dict[str, str] = {"server": channel.link.name, "uniqueid": channel.uniqueid}
        try:
            found = await self._store.run(voice.dialled_before, message=message, **where)
        except ClinicError as error:
            log.warning("a call of ours is ended, what it is to tell cannot be read: %s", error)
            found = None
        if found is None:
            await channel.hang_up()
            await self._noted(calls.forget, now=self._now(), **where)
            return
        trunk = found.message.trunk
        self._load[trunk] += 1
        try:
            await self._told(channel, found.message, found.call, found.dialled_at)
        finally:
            self._load[trunk] -= 1

    async def _over(
        self,
        message: int,
        call: int | None,
        outcome: Outcome,
        path: list[str],
        cause: int | None,
        dialled_at: dt.datetime,
    ) -> None:
        """However long the database is away: what became of a call that was heard must not be forgotten."""
        while not await self._settled(message, call, outcome, path, cause, dialled_at):
            await deferLater(self._clock, SETTLE_SECONDS)

    async def _settled(
        self,
        message: int,
        call: int | None,
        outcome: Outcome,
        path: list[str],
        cause: int | None,
        dialled_at: dt.datetime,
    ) -> bool:
        now = self._now()
        try:
            await self._store.run(
                voice.settle,
                message=message,
                call=call,
                outcome=outcome,
                path=path,
                cause=cause,
                dialled_at=dialled_at,
                plans=self._plans,
                quiet=self._quiet,
                now=now,
            )
        except ClinicError as error:
            if not (error.retry and self.running):
                raise
            return False
        return True
