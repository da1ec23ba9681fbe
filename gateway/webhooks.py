"""One POST to a client's webhook: signed, in time, without redirects, and whatever it answers is bounded."""

from __future__ import annotations

import hmac
from typing import Any

from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred, TimeoutError, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool

SIGNATURE = "CareDial-Signature"
READ = 64 * 1024  # octets of an answer's body, which tells us nothing


def signature(secret: str, body: bytes, seconds: int) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 over the time, a full stop and the body, by the secret as it was shown."""
    signed = hmac.digest(secret.encode(), f"{seconds}.".encode() + body, "sha256")
    return f"t={seconds},v1={signed.hex()}"


class Poster:
    """Posts to webhooks over connections that are kept for the next one. `seconds` is the time that a webhook gets."""

    def __init__(self, reactor: Any, *, seconds: float) -> None:
        self._clock: IReactorTime = reactor
        self._seconds = seconds
        self._pool = HTTPConnectionPool(reactor, persistent=True)
        self._pool.retryAutomatically = False  # the pusher knows when to try again, and counts it
        self._client = HTTPClient(Agent(reactor, connectTimeout=seconds, pool=self._pool))

    def stop(self) -> Deferred[Any]:
        """Close the connections that are kept."""
        return maybeDeferred(self._pool.closeCachedConnections)

    async def post(self, url: str, body: bytes, secret: str, seconds: int) -> int:
        """The status that it was answered with. Raises whatever a network can, TimeoutError among it."""
        headers: Any = {
            "Content-Type": "application/json",
            "User-Agent": "CareDial",
            SIGNATURE: signature(secret, body, seconds),
        }
        asked = self._client.post(url, data=body, headers=headers, allow_redirects=False, unbuffered=True)
        response = await asked.addTimeout(self._seconds, self._clock)
        await self._drained(response)
        return int(response.code)

    async def _drained(self, response: Any) -> None:
        """Read the body to its end, so that the connection can be used again; one that has no end is closed."""
        drain = _Drain()
        response.deliverBody(drain)
        try:
            await drain.done.addTimeout(self._seconds, self._clock)
        except (TimeoutError, CancelledError):
            drain.close()


class _Drain(Protocol):
    def __init__(self) -> None:
        self.done: Deferred[None] = Deferred()
        self._read = 0

    def dataReceived(self, data: bytes) -> None:
        self._read += len(data)
        if self._read > READ:
            self.close()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002
        if not self.done.called:
            self.done.callback(None)
