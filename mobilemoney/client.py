"""One provider over HTTPS: its token, its time, its errors (Twisted, treq). It knows nothing of what is asked."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred, TimeoutError, maybeDeferred
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from mobilemoney.answers import Answer
from mobilemoney.dialects import Dialect
from mobilemoney.messages import LARGEST, Token, Unreadable, read
from mobilemoney.orders import Request
from reach import tls
from reach.backoff import Backoff

MARGIN: Final = 30.0
"""Seconds before its end at which a token is not used any more."""
LOST, REFUSED = (1.0, 60.0), (10.0, 600.0)


class Unsent(Exception):
    """Nobody was reached: the provider has surely not received it."""


class NoAnswer(Exception):
    """It was sent, or may have been, and nobody has answered."""


class NoToken(Unsent):
    """Our id or secret is refused, or no token could be had; nothing else was sent."""


class Sends(Protocol):
    """What sends requests to one provider (`Client`)."""

    async def send(self, request: Request) -> Answer:
        """Raises Unsent, NoAnswer."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """How a provider is reached. `url` has no slash at its end; `token_url` where it is not the dialect's path."""

    url: str
    client_id: str
    secret: str = field(repr=False)
    seconds: float = 15.0
    token_url: str = ""
    tls_ca: str | None = None


class Client:
    """A provider. `jitter` gives numbers from 0 to 1; `http` speaks HTTP, where it is not Twisted's own."""

    def __init__(
        self,
        reactor: Any,
        access: Access,
        dialect: Dialect,
        *,
        jitter: Callable[[], float] = random.random,
        http: HTTPClient | None = None,
    ) -> None:
        """OSError or ValueError where `tls_ca` cannot be read."""
        self._clock: IReactorTime = reactor
        self._access, self._dialect = access, dialect
        self._pool = HTTPConnectionPool(reactor, persistent=True)
        self._pool.retryAutomatically = False  # a repeat is a decision, and the session takes it
        endpoints = _Endpoints(reactor, access)
        self._http = http or HTTPClient(Agent.usingEndpointFactory(reactor, endpoints, pool=self._pool))
        self._token: Token | None = None
        self._token_until = 0.0
        self._asking: list[Deferred[None]] | None = None
        self._jitter = jitter
        self._backoff = Backoff(LOST, REFUSED, jitter)
        self._quiet_until = 0.0
        self.problem = ""

    @property
    def rests(self) -> float:
        """Seconds for which this provider, which was not reached, is left in peace."""
        return max(0.0, self._quiet_until - self._clock.seconds())

    def stop(self) -> Deferred[Any]:
        """Close the connections that are kept."""
        return maybeDeferred(self._pool.closeCachedConnections)

    async def send(self, request: Request) -> Answer:
        """The answer, whatever its status. A token that is not taken any more is renewed once.

        Raises Unsent, also while this provider rests, and NoAnswer.
        """
        if self.rests:
            raise Unsent(f"left in peace for {self.rests:.0f} s more: {self.problem}")
        token = await self.token()
        answer = await self._counted(request, token)
        if answer.status == 401 and _is_about_us(answer):
            self.forget(token)
            answer = await self._counted(request, await self.token())
        return answer

    def forget(self, token: str) -> None:
        """This token is not taken any more."""
        if self._token is not None and self._token.access_token == token:
            self._token = None

    async def token(self) -> str:
        """A token that is good for some time; those who need one together wait for one request. Raises NoToken."""
        while self._token is None or self._clock.seconds() >= self._token_until:
            if self._asking is None:
                await self._renew()
            else:
                waits: Deferred[None] = Deferred()
                self._asking.append(waits)
                await waits
        return self._token.access_token

    async def _renew(self) -> None:
        self._asking = []
        try:
            self._token = await self._asked_token()
            lasts = self._token.expires_in
            self._token_until = self._clock.seconds() + max(lasts - MARGIN, lasts / 2)
        except NoToken as error:
            self._refused(error)
            raise
        finally:
            waiting, self._asking = self._asking, None
            failure = None if self._token is not None else Failure(NoToken(self.problem or "no token"))
            for one in waiting:
                if failure is None:
                    one.callback(None)
                else:
                    one.errback(failure)

    async def _asked_token(self) -> Token:
        access = self._access
        login = base64.b64encode(f"{access.client_id}:{access.secret}".encode()).decode()
        scope = {"scope": self._dialect.scope} if self._dialect.scope else {}
        headers = {"Authorization": f"Basic {login}", "Accept": "application/json", "Cache-Control": "no-cache"}
        url = access.token_url or access.url + self._dialect.token
        try:
            answer = await self._call("POST", url, headers, {"grant_type": "client_credentials", **scope})
        except (Unsent, NoAnswer) as error:
            raise NoToken(f"no token: {error}") from error
        if answer.status != 200:
            raise NoToken(f"no token: HTTP {answer.status}; look at client_id, client_secret and token_url")
        try:
            token = read(answer.body, Token)
        except Unreadable as error:
            raise NoToken(f"no token: {error}") from error
        if token.token_type.lower() not in ("", "bearer", "bearertoken"):
            raise NoToken(f"no token: one of type {token.token_type[:20]}, which we cannot use")
        return token

    async def _counted(self, request: Request, token: str) -> Answer:
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        try:
            answer = await self._call(request.method, self._access.url + request.path, headers, request.body or None)
        except (Unsent, NoAnswer) as error:
            self._away(str(error))
            raise
        if answer.status in (429, 503):
            self._away(f"HTTP {answer.status}")
        elif self.problem:
            self._backoff = Backoff(LOST, REFUSED, self._jitter)
            self.problem, self._quiet_until = "", 0.0
        return answer

    def _away(self, why: str) -> None:
        self.problem, self._quiet_until = why, self._clock.seconds() + self._backoff.delay()

    def _refused(self, error: NoToken) -> None:
        self._token = None
        self._backoff.refused()
        self._away(str(error))

    async def _call(self, method: str, url: str, headers: dict[str, str], data: Any) -> Answer:
        """One exchange, in the time that the provider has. Raises Unsent, NoAnswer."""
        done = Deferred.fromCoroutine(self._exchange(method, url, headers, data))
        try:
            return await done.addTimeout(self._access.seconds, self._clock)
        except (TimeoutError, CancelledError) as error:
            raise NoAnswer(f"no answer in {self._access.seconds:g} s") from error

    async def _exchange(self, method: str, url: str, headers: Any, data: Any) -> Answer:
        try:
            asked: Any = self._http.request(
                method, url, headers=headers, data=data, allow_redirects=False, unbuffered=True
            )
            response = await asked
            return Answer(int(response.code), await _body(response))
        except CancelledError:
            raise
        except (ConnectError, DNSLookupError) as error:
            raise Unsent(f"cannot be reached: {_why(error)}") from error
        except Exception as error:
            why = tls.explained(_why(error), "provider")
            if "certificate" in why or "TLS" in why:
                raise Unsent(why) from error
            raise NoAnswer(f"the connection ended: {why}") from error


@implementer(IAgentEndpointFactory)
class _Endpoints:
    """TCP, or TLS with the name checked, against our own authority where one is set."""

    def __init__(self, reactor: Any, access: Access) -> None:
        self._reactor, self._access = reactor, access
        self._endpoint("localhost", 443, "https")  # an authority that cannot be read is told at the start

    def endpointForURI(self, uri: Any) -> IStreamClientEndpoint:
        return self._endpoint(uri.host.decode("ascii"), uri.port, uri.scheme.decode("ascii"))

    def _endpoint(self, host: str, port: int, scheme: str) -> IStreamClientEndpoint:
        access = self._access
        return tls.endpoint(
            self._reactor, host, port, timeout=access.seconds, tls=scheme == "https", authority=access.tls_ca
        )


def _is_about_us(answer: Answer) -> bool:
    """401 also says that a resident has declined (Authorisation/RequestDeclined): then the token is good."""
    return b"requestdeclined" not in answer.body.lower() and b"requestingparty" not in answer.body.lower()


async def _body(response: Any) -> bytes:
    """The body, bounded: a longer one is cut, and then no message."""
    read_so_far: list[bytes] = []

    def took(data: bytes) -> None:
        room = LARGEST + 1 - sum(map(len, read_so_far))
        if room > 0:
            read_so_far.append(data[:room])

    await response.collect(took)
    return b"".join(read_so_far)


def _why(error: Exception) -> str:
    """What went wrong; a request that failed on its way wraps it."""
    reasons = getattr(error, "reasons", None) or [error]
    return ", ".join(str(getattr(reason, "value", reason)) or type(reason).__name__ for reason in reasons)[:200]
