"""The pusher: tells clients by their webhooks what became of their messages, at least once, in order.

Each client has one batch under way at a time, and a round of its own: one that is slow or away holds up nobody else.
An event is gone once its webhook has answered 2xx; else it comes again after a pause that grows, and is dropped after
some hours.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from clinic import pushes
from clinic.identity import Vault
from clinic.pushes import Batch
from dialogs.talk import Runs
from gateway.counters import PUSHES

log = logging.getLogger("caredial.pusher")

IDLE_SECONDS = 30.0
"""Between two looks when nothing is waiting: another node may have died with what it had."""

BROKEN_SECONDS = 5.0
"""After a look at the database that failed."""

LINGER_SECONDS = 0.2
"""From a change to our look at it: others come with it, and go with it."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 600.0
MARGIN = dt.timedelta(seconds=30)
"""A lease is so much longer than what a webhook has to answer in, twice: its head, then its body."""


class Posts(Protocol):
    """What posts (`gateway.webhooks.Poster`)."""

    def post(self, url: str, body: bytes, secret: str, seconds: int) -> Awaitable[int]: ...


class Pusher(Service):
    """Pushes while it runs; `wake` makes it look soon. `jitter` gives numbers from 0 to 1."""

    def __init__(
        self,
        store: Runs,
        vault: Vault,
        posts: Posts,
        clock: IReactorTime,
        now: Callable[[], dt.datetime],
        *,
        seconds: float = 10.0,
        hours: float = 24.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._vault, self._posts, self._clock, self._now = store, vault, posts, clock, now
        self._lease = dt.timedelta(seconds=2 * seconds) + MARGIN
        self._kept = dt.timedelta(hours=hours)
        self._jitter = jitter
        self._next: IDelayedCall | None = None
        self._looking: Deferred[Any] | None = None
        self._again = False
        self._under_way: dict[int, Deferred[None]] = {}

    def startService(self) -> None:
        super().startService()
        self._look()

    def stopService(self) -> Deferred[Any]:
        """What is under way is given up, and is due at once for whoever pushes next."""
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()
        looking = [] if self._looking is None else [self._looking]
        for round_ in list(self._under_way.values()):
            round_.cancel()
        return DeferredList([*looking, *self._under_way.values()])

    def wake(self) -> None:
        """Something is to be pushed (to be called in the reactor's thread)."""
        if self._looking is not None:
            self._again = True
        else:
            self._sleep(LINGER_SECONDS)

    def _sleep(self, seconds: float) -> None:
        """Look after so long, or before, where that is so already."""
        if not self.running:
            return
        if self._next is not None and self._next.active():
            if self._next.getTime() <= self._clock.seconds() + seconds:
                return
            self._next.cancel()
        self._next = self._clock.callLater(seconds, self._look)

    def _look(self) -> None:
        looking: Deferred[Any] = Deferred.fromCoroutine(self._begin_rounds())
        self._looking = looking
        looking.addErrback(_broken)
        looking.addCallback(self._rest)

    def _rest(self, seconds: float) -> None:
        self._looking = None
        again, self._again = self._again, False
        self._sleep(LINGER_SECONDS if again else seconds)

    async def _begin_rounds(self) -> Any:
        """Begin a round with each client that has something due; the seconds until another may have."""
        heads = await self._store.run(pushes.heads)
        wait = IDLE_SECONDS
        for client, due_at in heads.items():
            if client in self._under_way:
                continue
            left = (due_at - self._now()).total_seconds()
            if left > 0:
                wait = min(wait, left)
            elif self.running:
                self._round(client)
        return max(wait, LINGER_SECONDS)

    def _round(self, client: int) -> None:
        done: Deferred[Any] = Deferred.fromCoroutine(self._push_all(client))
        self._under_way[client] = done
        done.addErrback(_broken)
        done.addCallback(self._ended, client)

    def _ended(self, seconds: float, client: int) -> None:
        del self._under_way[client]
        self._sleep(seconds)

    async def _push_all(self, client: int) -> Any:
        """Batch after batch, until nothing is due or one was not taken; the seconds until a look at what is left."""
        while self.running:
            now = self._now()
            batch = await self._store.run(pushes.lease, client=client, now=now, until=now + self._lease)
            if batch is None or not await self._push(batch):
                break
        return LINGER_SECONDS

    async def _push(self, batch: Batch) -> bool:
        """Whether the webhook has taken it."""
        try:
            status = await self._posts.post(*self._request(batch))
        except Exception as error:  # noqa: BLE001  whatever a network or a webhook does: it was not taken
            await (self._failed(batch, _why(error)) if self.running else self._given_up(batch))
            return False
        if not 200 <= status < 300:
            await self._failed(batch, f"it answered {status}")
            return False
        await self._store.run(pushes.taken, batch=batch)
        PUSHES.labels("taken").inc(len(batch.events))
        return True

    def _request(self, batch: Batch) -> tuple[str, bytes, str, int]:
        """Address, body, secret and time. ValueError where the secret was sealed with another key."""
        secret = self._vault.unlock(batch.secret).decode()
        return batch.url, msgspec.json.encode({"events": batch.events}), secret, int(self._now().timestamp())

    async def _given_up(self, batch: Batch) -> None:
        await self._store.run(pushes.put_back, batch=batch, due_at=self._now(), tries=batch.tries)

    async def _failed(self, batch: Batch, why: str) -> None:
        tries, now = batch.tries + 1, self._now()
        due_at = now + dt.timedelta(seconds=self._pause(tries))
        await self._store.run(pushes.put_back, batch=batch, due_at=due_at, tries=tries)
        dropped = await self._store.run(pushes.drop, client=batch.client, before=now - self._kept)
        PUSHES.labels("not taken").inc(len(batch.events))
        log.warning("the webhook of client %s took nothing, at try %d: %s", batch.name, tries, why)
        if dropped:
            PUSHES.labels("dropped").inc(dropped)
            log.error("%d events that the webhook of client %s never took are dropped", dropped, batch.name)

    def _pause(self, tries: int) -> float:
        """It doubles with each try; between half of it and all, so that those who failed at once come apart."""
        whole = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries - 1, 30))
        return whole * (0.5 + self._jitter() / 2)


def _why(error: Exception) -> str:
    """What went wrong; a request that failed on its way wraps it."""
    reasons = getattr(error, "reasons", None) or [error]
    return ", ".join(type(getattr(reason, "value", reason)).__name__ for reason in reasons)


def _broken(failure: Failure) -> float:
    """The store was away, or the round was given up: what is leased comes due by itself. When to look again."""
    if not failure.check(CancelledError):
        log.error("events could not be pushed: %r", failure.value)
    return BROKEN_SECONDS
