"""The daemon put together: the only place that knows every part. Each part gets its collaborators by argument."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from twisted.web.server import Site

from clinic import workdays
from clinic.broadcasts.numbers import Numbers
from dialogs.drafts import Drafts
from dialogs.talk import Desk
from gateway import counters
from gateway import shared as shared_state
from gateway.config import Settings
from gateway.control import door
from gateway.control.site import Control
from gateway.entrance import Entrance
from gateway.given import installation_of, rules_of
from gateway.http.site import make_site
from gateway.inbound import Inbound
from gateway.job_counters import METRICS
from gateway.job_given import given_of
from gateway.journal import GATHER_SECONDS, Journal
from gateway.keys import open_keyring, open_vault
from gateway.payments.office import PaymentOffice
from gateway.posted import PostedLog
from gateway.pusher import Pusher
from gateway.sender import Sender
from gateway.store import Store, ThreadedStore, connect
from gateway.telephony import Telephony
from gateway.transaction import Mark
from gateway.webhooks import Poster
from gateway.workers import Workers
from scheduler.broadcasts import conclude
from scheduler.given import Node
from scheduler.jobs import Jobs
from scheduler.lead import Terms
from smpp import ussd
from smpp.link import Link
from smpp.pdu import SubmitSm, SubmitSmResp
from ussd_menus.commands import Commands
from ussd_menus.menus import Menus

log = logging.getLogger("caredial")

ASIDE_THREADS = 2
SPEECH_THREADS = 4


class CannotStart(Exception):
    """Why the daemon cannot run here, and what to do about it."""


def open_store(settings: Settings) -> Store:
    """The store of these settings, in the calling thread's hands."""
    database = settings.database
    engine = connect(database.url.get_secret_value(), threads=database.threads)
    return Store(engine, tries=database.tries)


def threaded_store(settings: Settings, store: Store, reactor: Any) -> ThreadedStore:
    """The store of the daemon, with processes of its own where `[database] processes` wants them."""
    database = settings.database
    if not database.processes:
        return ThreadedStore(store, reactor, threads=database.threads)
    workers = Workers(database.url.get_secret_value(), database.processes, settings.log, store.transact)
    return ThreadedStore(store, reactor, threads=database.processes, workers=workers)


class App:
    """The running daemon. `start` and `stop` are awaited in the reactor."""

    def __init__(self, settings: Settings, reactor: Any) -> None:
        """Raises CannotStart for a certificate that cannot be read."""
        self.settings, self._reactor = settings, reactor
        self.installation = installation_of(settings)
        self._vault, self._keyring = open_vault(settings), open_keyring(settings)
        database = open_store(settings)
        self.store = threaded_store(settings, database, reactor)
        self.shared = shared_state.Shared(shared_state.connect(settings.shared.url.get_secret_value()), reactor)
        self._aside = ThreadPool(minthreads=1, maxthreads=ASIDE_THREADS, name="aside")
        self._speech = ThreadPool(minthreads=1, maxthreads=SPEECH_THREADS, name="speech")
        now, seconds = self.installation.now, settings.ussd.resume_minutes * 60
        self._desk = Desk(self.store.talks, self._vault, self.installation, now, rules_of(settings))
        self._drafts = Drafts(self.shared, self._vault, seconds=seconds, now=now)
        self._journal = Journal(self.store, now, reactor, region=self.installation.region, gather=GATHER_SECONDS)
        self._entrance = Entrance(self.store.talks, busy_seconds=settings.ussd.busy_seconds, later=reactor.callLater)
        counters.watch_entrance(self._entrance)
        self._menus, self.inbound = self._conversations()
        self.links = {name: self._link(name) for name in settings.smpp.links}
        self.sender = self._sender()
        self._poster = Poster(reactor, seconds=settings.api.push_seconds)
        self.pusher = self._pusher()
        self.telephony = self._telephony() if settings.ivr.servers else None
        self.sender.sent_all = self._sent_all
        self.payments = self._payments()
        self.jobs = self._jobs()
        hotline = self.telephony
        self.control = Control(
            self.links,
            self._menus.pushes,
            hotline.links if hotline else {},
            lambda: hotline.switchboard.calls() if hotline else {},
            self.sender.status,
        )
        self._listening: IListeningPort | None = None
        self._door: IListeningPort | None = None
        wakes: dict[Mark, Callable[[], object]] = {
            "told": self._told,
            "noted": self.pusher.wake,
            "pays": self.payments.wake,
        }
        database.wakes = {mark: partial(reactor.callFromThread, wake) for mark, wake in wakes.items()}

    def _link(self, name: str) -> Link:
        try:
            return Link(
                name, self.settings.smpp.links[name], self.inbound, self._reactor, shares=self.settings.sms.shares
            )
        except (OSError, ValueError) as error:
            raise CannotStart(f"[smpp.links.{name}] tls_ca: {error}") from error

    def _told(self) -> None:
        """Something was written into the outbox."""
        self.sender.wake()
        if self.telephony is not None:
            self.telephony.caller.wake()

    def _sent_all(self) -> None:
        """A broadcast may be over: whoever watches it need not wait for the job."""
        done = Deferred.fromCoroutine(conclude(self.store, self.installation.now))
        done.addErrback(lambda failure: log.warning("broadcasts are concluded later: %s", failure.value))

    @property
    def address(self) -> str:
        """Where the pages are served, once started."""
        host: Any = self._listening.getHost() if self._listening else None
        return f"http://{host.host}:{host.port}" if host else self.installation.public_url

    async def start(self) -> None:
        """Check and open everything; CannotStart tells what stands in the way."""
        self._listen()
        for part in (self._aside, self._speech, self.store, self.shared):
            part.start()
        await self._check()
        # The country's holidays take a third of a second to read: not within the first transaction that asks for them.
        await deferToThreadPool(self._reactor, self._aside, workdays.known, self.installation.region)
        self._open_door()
        self.sender.startService()
        await self.sender.taken_back  # before its receipts come: they look for segments that are written down
        if not self.sender.running:
            return  # stopped meanwhile
        for link in self.links.values():
            counters.watch(link)
            link.startService()
        self.pusher.startService()
        self.payments.start()
        if self.telephony is not None:
            self.telephony.start()
        self.jobs.start()
        await self.inbound.recover()

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, unbind, close."""
        for port in (self._listening, self._door):
            if port is not None:
                await maybeDeferred(port.stopListening)
        self.control.stop()
        await self.jobs.stop()
        self._menus.stop()
        await self.payments.stop()
        if self.telephony is not None:
            await self.telephony.stop()
        settled = maybeDeferred(self.sender.stopService)
        # What waits within a link comes back now, and is put back into the outbox; what is written gets its answer.
        await DeferredList([maybeDeferred(link.stopService) for link in self.links.values() if link.running])
        await settled
        await self.pusher.stopService()
        await self._poster.stop()
        for part in (self.shared, self.store, self._speech, self._aside):
            part.stop()

    def _listen(self) -> None:
        http = self.settings.http
        try:
            self._listening = self._reactor.listenTCP(http.port, self._site(), interface=http.host)
        except CannotListenError as error:
            raise CannotStart(
                f"cannot listen on {http.host}:{http.port} ([http] port): {error.socketError.strerror}"
            ) from error

    def _open_door(self) -> None:
        path = self.settings.control.socket
        try:
            self._door = door.listen(self._reactor, Path(path), self.control.site()) if path else None
        except door.NoDoor as error:
            raise CannotStart(str(error)) from error

    async def _check(self) -> None:
        try:
            await self.store.check()
        except Exception as error:
            raise CannotStart(f"[database] url: {error}") from error
        try:
            await self.shared.check()
        except OSError as error:
            raise CannotStart(f"[shared] url: {error}") from error

    def _conversations(self) -> tuple[Menus, Inbound]:
        """Menus by USSD and commands by SMS: one set of dialogs, one place for what is kept of them."""
        settings, now = self.settings.ussd, self.installation.now
        menus = Menus(
            self._desk,
            self._drafts,
            submit=self._submit,
            dialects=lambda link: self.settings.smpp.links[link].ussd or ussd.STANDARD,
            clock=self._reactor,
            settings=settings,
            counts=counters.UssdCounts(),
            entrance=self._entrance,
        )
        commands = Commands(
            self._desk, self._drafts, allow=self.shared.allow, settings=settings, entrance=self._entrance
        )
        return menus, Inbound(
            self.store,
            menus,
            commands,
            now,
            clock=self._reactor,
            region=self.installation.region,
            journal=self._journal,
        )

    def _sender(self) -> Sender:
        rules = rules_of(self.settings)
        return Sender(
            self.store,
            self.links,
            self.installation,
            self._reactor,
            self.installation.now,
            node=self._node,
            batch=self.settings.sms.batch,
            broadcast_batch=self.settings.sms.broadcast_batch,
            poll_seconds=self.settings.sms.poll_seconds,
            only=self.settings.sms.link,
            calls=bool(self.settings.ivr.trunks),
            journal=self._journal,
            rules=rules,
            posted=PostedLog(self.settings.installation.data_dir / f"posted-{self.settings.http.port}.log"),
            on_net=Numbers(self.installation.region, rules.contract.on_net_prefixes).on_net,
        )

    def _pusher(self) -> Pusher:
        api = self.settings.api
        return Pusher(
            self.store,
            self._vault,
            self._poster,
            self._reactor,
            self.installation.now,
            seconds=api.push_seconds,
            hours=api.push_hours,
        )

    @property
    def _node(self) -> str:
        return f"{socket.gethostname()}:{self.settings.http.port}"

    def _telephony(self) -> Telephony:
        aside = partial(deferToThreadPool, self._reactor, self._speech)
        try:
            return Telephony(
                self.settings,
                self._desk,
                self._drafts,
                self._entrance,
                self.store,
                self._reactor,
                self.installation.now,
                aside,
                node=self._node,
            )
        except ValueError as error:
            raise CannotStart(f"the hotline: {error}") from error

    def _payments(self) -> PaymentOffice:
        try:
            return PaymentOffice(self.settings, self.store, self.installation, self._reactor, self.installation.now)
        except (OSError, ValueError) as error:
            raise CannotStart(str(error)) from error

    def _jobs(self) -> Jobs:
        hotline, settings = self.telephony, self.settings.jobs
        ours = Node(self.shared, self.sender.under_way)
        if hotline is not None:
            ours = Node(self.shared, self.sender.under_way, hotline.switchboard.telling, hotline.tidy)
        terms = Terms(
            self._node if self.settings.http.port else f"{socket.gethostname()} process {os.getpid()}",
            lease=dt.timedelta(seconds=settings.lease_seconds),
            look=dt.timedelta(seconds=settings.look_seconds),
        )
        given = given_of(self.settings, self.store, partial(deferToThreadPool, self._reactor, self._aside))
        jobs = Jobs(self._reactor, self.store.now, given, ours, terms)
        METRICS.watch(jobs, self.installation.now)
        return jobs

    async def _submit(self, link: str, bind: str, pdu: SubmitSm) -> SubmitSmResp:
        """A menu goes before waiting SMS: somebody is looking at the screen. Over the bind that it came by, if it can.

        An SMS centre may know a session only where it began.
        """
        way = self.links[link]
        return await counters.counted(way, way.submit(pdu, urgent=True, bind=bind))

    def _site(self) -> Site:
        return make_site(
            store=self.store.pages,
            keyring=self._keyring,
            limits=self.shared,
            installation=self.installation,
            settings=self.settings,
            now=self.installation.now,
            clock=self._reactor,
            aside=partial(deferToThreadPool, self._reactor, self._aside),
            checks={"database": self.store.check, "shared": self.shared.check},
            links=lambda: {name: link.bound for name, link in self.links.items()},
            hotline=lambda: self.telephony.states() if self.telephony is not None else {},
            payments=self.payments.payer.states,
            callbacks=self.payments.callbacks,
            rules=rules_of(self.settings),
            vault=self._vault,
        )
