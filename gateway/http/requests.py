"""Requests as they come from the network: bounded, with safe headers on every answer, logged without secrets."""

from __future__ import annotations

import io
import ipaddress
import logging
import re
import time
from collections.abc import Collection
from typing import ClassVar

from twisted.python.failure import Failure
from twisted.web import http, server
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource

from clinic.hospital.issues import Issue
from gateway.http.answers import SAFE_HEADERS, json_body, outcome_body
from gateway.http.counters import REQUEST_SECONDS, REQUESTS

log = logging.getLogger("caredial.http")

MAX_BODY = 2 * 1024 * 1024
LONG_BODY = 8 * 1024 * 1024
LONG_ROUTE = (b"POST", b"/api/messages")  # ten thousand messages in one request
FHIR_ROUTE = b"/fhir"
LONG_AT_ONCE = 8  # longer requests than MAX_BODY that are held at the same time
_DRAINED = 8  # a body of up to so many times the limit is read to its end, so that the client sees our answer

_SECRET = re.compile(r"(/t/|/payments/callback/[^/?]*/[^/?]*/)[^/.?]+")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class BoundedRequest(server.Request):
    """A request whose body never takes more than MAX_BODY octets of memory: a longer one is answered with 413.

    LONG_BODY on one route, and there for a few at the same time: one more is answered with 503.
    """

    content: io.BytesIO
    _size = 0
    _cut = False
    _began = 0.0
    _most = MAX_BODY
    _turned_away = False
    _held: ClassVar[set[BoundedRequest]] = set()

    def gotLength(self, length: int | None) -> None:  # noqa: ARG002  twisted's name
        self._began = time.monotonic()
        self._parsePOSTFormSubmission = False  # there are no forms here, so a broken one is nobody's concern
        self.content = io.BytesIO()
        line = getattr(self.channel, "_command", b""), getattr(self.channel, "_path", b"").partition(b"?")[0]
        if line == LONG_ROUTE:  # twisted itself tells a request its line only with the whole body
            self._most = LONG_BODY

    def handleContentChunk(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MAX_BODY and self._most == LONG_BODY and not self._hold():
            self.content = io.BytesIO()
        elif self._size <= self._most:
            self.content.write(data)
        elif self._size > _DRAINED * MAX_BODY and not self._cut:
            self._cut = True
            self.channel.loseConnection()

    def render(self, resrc: IResource) -> None:
        for name, value in SAFE_HEADERS.items():
            self.setHeader(name, value)
        if self._turned_away:
            self.setHeader("Retry-After", "5")
            self._refuse(503, "busy", "too many long requests at the same time; try again")
        elif self._size > self._most:
            self._refuse(413, "too_large", f"at most {self._most} octets are read")
        else:
            super().render(resrc)

    def _refuse(self, status: int, error: str, message: str) -> None:
        if self.path.startswith(FHIR_ROUTE):  # its clients read errors as FHIR has them, whoever refuses
            self.write(outcome_body(self, status, Issue("too-long", message)))
        else:
            self.write(json_body(self, status, {"error": error, "message": message}))
        self.finish()

    def _hold(self) -> bool:
        """Whether this one may be long; those that were turned away once stay so."""
        if self not in self._held and not self._turned_away:
            if len(self._held) < LONG_AT_ONCE:
                self._held.add(self)
            else:
                self._turned_away = True
        return not self._turned_away

    def connectionLost(self, reason: Failure) -> None:
        self._held.discard(self)
        super().connectionLost(reason)

    def finish(self) -> None:
        self._held.discard(self)
        method = self.method.decode("ascii", "replace")
        REQUESTS.labels(method if method in _METHODS else "other", f"{self.code // 100}xx").inc()
        REQUEST_SECONDS.observe(time.monotonic() - self._began)
        super().finish()


class CareSite(server.Site):
    """The site; its access log goes where all logs go, with T-code addresses masked."""

    requestFactory = BoundedRequest  # noqa: N815  twisted's name

    def log(self, request: http.Request) -> None:
        level = logging.INFO if request.code >= 400 else logging.DEBUG
        uri = masked(request.uri.decode("ascii", "backslashreplace"))
        log.log(level, "%s %s %s", request.method.decode("ascii", "replace"), uri, request.code)


def masked(uri: str) -> str:
    """The path of an address as a log may keep it: no query, no T-code token."""
    return _SECRET.sub(r"\1***", uri.partition("?")[0])[:200]


def address(request: IRequest, proxies: Collection[str] = ()) -> str:
    """Where a request comes from: the peer, or what our own reverse proxies (`proxies`, addresses) say of it.

    Each proxy adds its peer at the end of X-Forwarded-For, so it is read from the right until an address is none
    of ours; what stands further left was written by the client.
    """
    here = str(getattr(request.getClientAddress(), "host", ""))
    forwarded = request.requestHeaders.getRawHeaders("x-forwarded-for", [])
    hops = [hop.strip() for hop in ",".join(forwarded).split(",") if hop.strip()]
    while here in proxies and hops:
        here = hops.pop()
    return here


def from_inside(request: IRequest, proxies: Collection[str] = ()) -> bool:
    """Whether a request comes from this machine or a private network (RFC 1918, RFC 4193), by no stranger's proxy."""
    here = address(request, proxies)
    direct = here == str(getattr(request.getClientAddress(), "host", ""))
    if direct and request.requestHeaders.hasHeader("x-forwarded-for"):
        return False
    try:
        ip = ipaddress.ip_address(here)
        return (getattr(ip, "ipv4_mapped", None) or ip).is_private
    except ValueError:  # a UNIX socket, or nonsense in the header
        return False
