"""Shared state: what several nodes share and may forget. Open dialogs and rate limits live here.

Redis by URL, or fakeredis inside the process, the embedded default. Every key has an expiry, so nothing piles up.
Calls are short; they run on a small thread pool beside the reactor, because redis-py blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar

import fakeredis
import redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

P = ParamSpec("P")
T = TypeVar("T")

PREFIX = "caredial:"
THREADS = 4


def connect(url: str) -> redis.Redis:
    """A client for `redis://...`; an empty URL gives an embedded one of this process's own."""
    if not url:
        return fakeredis.FakeRedis()
    return redis.Redis.from_url(
        url,
        socket_timeout=2,
        socket_connect_timeout=2,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), retries=3),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
    )


class Shared:
    """The shared state as the daemon awaits it."""

    def __init__(self, client: redis.Redis, reactor: IReactorFromThreads) -> None:
        self._client, self._embedded = client, isinstance(client, fakeredis.FakeRedis)
        self._reactor = reactor
        self._pool = ThreadPool(minthreads=1, maxthreads=THREADS, name="shared")

    def start(self) -> None:
        self._pool.start()

    def stop(self) -> None:
        self._pool.stop()
        self._client.close()

    def _run(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        """The embedded one answers sooner than a thread would be found for it."""
        if self._embedded:
            done = execute(fn, *args, **kwargs)
        else:
            done = deferToThreadPool(self._reactor, self._pool, fn, *args, **kwargs)
        return done.addErrback(_unreachable)

    async def check(self) -> None:
        """Raise unless the server answers."""
        await self._run(self._client.ping)

    # Open dialogs (the port `dialogs.drafts.Kept`), by phone.

    async def load(self, phone: str) -> bytes | None:
        """The kept answers of this phone's open dialog, or None."""
        blob: Any = await self._run(self._client.get, _dialog(phone))
        return blob if isinstance(blob, bytes) else None

    async def save(self, phone: str, blob: bytes, seconds: int) -> None:
        await self._run(self._client.set, _dialog(phone), blob, ex=seconds)

    async def drop(self, phone: str) -> None:
        await self._run(self._client.delete, _dialog(phone))

    # Rate limits.

    async def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        """Count one more use of `key`; False when there were over `limit` in this window of `seconds`."""
        return await self._run(self._count, f"{PREFIX}limit:{key}", limit, seconds)

    def _count(self, key: str, limit: int, seconds: int) -> bool:
        pipeline = self._client.pipeline()
        pipeline.incr(key)
        pipeline.expire(key, seconds, nx=True)
        used: int = pipeline.execute()[0]
        return used <= limit

    # Housekeeping.

    async def sweep(self) -> int:
        """Let go of what has expired, and tell how many keys remain. The embedded server only forgets on touch."""
        return await self._run(lambda: sum(1 for _ in self._client.scan_iter(f"{PREFIX}*")))


def _unreachable(failure: Failure) -> NoReturn:
    """Callers know OSError, whatever the client library calls it."""
    failure.trap(RedisError)
    raise ConnectionError(str(failure.value)) from failure.value


def _dialog(phone: str) -> str:
    return f"{PREFIX}dialog:{phone}"
